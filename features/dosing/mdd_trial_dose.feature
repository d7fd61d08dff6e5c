Feature: The dose of the controlled trial
  The trial gave 60 to 90 mg a day. A dose is within this range, or below it in the reported range.

  Background:
    Given as of 2026-11-23

  Rule: dosing.mdd-at-trial-dose and dosing.mdd-outside-trial-dose

    Scenario Outline: Within the reported range, at the dose of the trial or below it
      Given a woman of 45
      And the patient takes mianserin <dose> mg/d for major depressive disorder
      When the record is evaluated
      Then of these rules only <band> fires:
        | dosing.mdd-at-trial-dose      |
        | dosing.mdd-outside-trial-dose |

      Examples:
        | dose  | band                          |
        | 29.75 | none                          |
        | 30    | dosing.mdd-outside-trial-dose |
        | 30.25 | dosing.mdd-outside-trial-dose |
        | 59.75 | dosing.mdd-outside-trial-dose |
        | 60    | dosing.mdd-at-trial-dose      |
        | 60.25 | dosing.mdd-at-trial-dose      |
        | 89.75 | dosing.mdd-at-trial-dose      |
        | 90    | dosing.mdd-at-trial-dose      |
        | 90.25 | none                          |

  Rule: dosing.mdd-at-trial-dose

    Scenario Outline: Patients to whom dosing.mdd-at-trial-dose applies
      Given <patient>
      And <treatment>
      When the record is evaluated
      Then rule `dosing.mdd-at-trial-dose` <outcome>

      Examples:
        | patient                  | treatment                                                         | outcome                                                                                                    |
        | a woman of 45            | the patient takes mianserin 75 mg/d for major depressive disorder | fires as info                                                                                              |
        | a boy of 12              | the patient takes mianserin 75 mg/d for major depressive disorder | does not apply                                                                                             |
        | a patient of unknown age | the patient takes mianserin 75 mg/d for major depressive disorder | is not evaluable because `patient.age_years` is unknown                                                    |
        | a woman of 45            | the patient takes mianserin 75 mg/d for insomnia                  | does not apply                                                                                             |
        | a woman of 45            | the patient takes mianserin 75 mg/d                               | is not evaluable because `mianserin.indication` is unknown                                                 |
        | a woman of 45            | the patient takes mianserin for major depressive disorder         | is not evaluable because `mianserin.daily_dose` is unknown                                                 |
        | a woman of 45            | the patient does not take mianserin                               | does not apply                                                                                             |
        | a woman of 45            | nothing is known about medications                                | is not evaluable because `mianserin.active`, `mianserin.indication` and `mianserin.daily_dose` are unknown |

  Rule: dosing.mdd-outside-trial-dose

    Scenario Outline: Patients to whom dosing.mdd-outside-trial-dose applies
      Given <patient>
      And <treatment>
      When the record is evaluated
      Then rule `dosing.mdd-outside-trial-dose` <outcome>

      Examples:
        | patient                  | treatment                                                         | outcome                                                                                                    |
        | a woman of 45            | the patient takes mianserin 45 mg/d for major depressive disorder | fires as info                                                                                              |
        | a boy of 12              | the patient takes mianserin 45 mg/d for major depressive disorder | does not apply                                                                                             |
        | a patient of unknown age | the patient takes mianserin 45 mg/d for major depressive disorder | is not evaluable because `patient.age_years` is unknown                                                    |
        | a woman of 45            | the patient takes mianserin 45 mg/d for insomnia                  | does not apply                                                                                             |
        | a woman of 45            | the patient takes mianserin 45 mg/d                               | is not evaluable because `mianserin.indication` is unknown                                                 |
        | a woman of 45            | the patient takes mianserin for major depressive disorder         | is not evaluable because `mianserin.daily_dose` is unknown                                                 |
        | a woman of 45            | the patient does not take mianserin                               | does not apply                                                                                             |
        | a woman of 45            | nothing is known about medications                                | is not evaluable because `mianserin.active`, `mianserin.indication` and `mianserin.daily_dose` are unknown |

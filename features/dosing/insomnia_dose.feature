Feature: The daily dose in insomnia
  Three dose ranges around 10 mg a day, and above them the highest dose of any label.

  Background:
    Given as of 2026-11-23

  Rule: dosing.insomnia-below-low-dose, dosing.insomnia-low-dose, dosing.insomnia-above-low-dose and dosing.above-every-label

    Scenario Outline: The dose ranges in insomnia have no gap and no overlap
      Given a woman of 45
      And the patient takes mianserin <dose> mg/d for insomnia
      When the record is evaluated
      Then of these rules only <band> fires:
        | dosing.insomnia-below-low-dose |
        | dosing.insomnia-low-dose       |
        | dosing.insomnia-above-low-dose |
        | dosing.above-every-label       |

      Examples:
        | dose   | band                           |
        | 0.25   | dosing.insomnia-below-low-dose |
        | 7.25   | dosing.insomnia-below-low-dose |
        | 7.5    | dosing.insomnia-low-dose       |
        | 7.75   | dosing.insomnia-low-dose       |
        | 10     | dosing.insomnia-low-dose       |
        | 12.25  | dosing.insomnia-low-dose       |
        | 12.5   | dosing.insomnia-low-dose       |
        | 12.75  | dosing.insomnia-above-low-dose |
        | 30     | dosing.insomnia-above-low-dose |
        | 199.75 | dosing.insomnia-above-low-dose |
        | 200    | dosing.insomnia-above-low-dose |
        | 200.25 | dosing.above-every-label       |

  Rule: dosing.insomnia-below-low-dose

    Scenario Outline: Patients to whom dosing.insomnia-below-low-dose applies
      Given <patient>
      And <treatment>
      When the record is evaluated
      Then rule `dosing.insomnia-below-low-dose` <outcome>

      Examples:
        | patient                  | treatment                                                        | outcome                                                                                                    |
        | a woman of 45            | the patient takes mianserin 5 mg/d for insomnia                  | fires as info                                                                                              |
        | a boy of 12              | the patient takes mianserin 5 mg/d for insomnia                  | does not apply                                                                                             |
        | a patient of unknown age | the patient takes mianserin 5 mg/d for insomnia                  | is not evaluable because `patient.age_years` is unknown                                                    |
        | a woman of 45            | the patient takes mianserin 5 mg/d for major depressive disorder | does not apply                                                                                             |
        | a woman of 45            | the patient takes mianserin 5 mg/d                               | is not evaluable because `mianserin.indication` is unknown                                                 |
        | a woman of 45            | the patient takes mianserin for insomnia                         | is not evaluable because `mianserin.daily_dose` is unknown                                                 |
        | a woman of 45            | the patient does not take mianserin                              | does not apply                                                                                             |
        | a woman of 45            | nothing is known about medications                               | is not evaluable because `mianserin.active`, `mianserin.indication` and `mianserin.daily_dose` are unknown |

  Rule: dosing.insomnia-low-dose

    Scenario Outline: Patients to whom dosing.insomnia-low-dose applies
      Given <patient>
      And <treatment>
      When the record is evaluated
      Then rule `dosing.insomnia-low-dose` <outcome>

      Examples:
        | patient                  | treatment                                                         | outcome                                                                                                    |
        | a woman of 45            | the patient takes mianserin 10 mg/d for insomnia                  | fires as info                                                                                              |
        | a boy of 12              | the patient takes mianserin 10 mg/d for insomnia                  | does not apply                                                                                             |
        | a patient of unknown age | the patient takes mianserin 10 mg/d for insomnia                  | is not evaluable because `patient.age_years` is unknown                                                    |
        | a woman of 45            | the patient takes mianserin 10 mg/d for major depressive disorder | does not apply                                                                                             |
        | a woman of 45            | the patient takes mianserin 10 mg/d                               | is not evaluable because `mianserin.indication` is unknown                                                 |
        | a woman of 45            | the patient takes mianserin for insomnia                          | is not evaluable because `mianserin.daily_dose` is unknown                                                 |
        | a woman of 45            | the patient does not take mianserin                               | does not apply                                                                                             |
        | a woman of 45            | nothing is known about medications                                | is not evaluable because `mianserin.active`, `mianserin.indication` and `mianserin.daily_dose` are unknown |

  Rule: dosing.insomnia-above-low-dose

    Scenario Outline: Patients to whom dosing.insomnia-above-low-dose applies
      Given <patient>
      And <treatment>
      When the record is evaluated
      Then rule `dosing.insomnia-above-low-dose` <outcome>

      Examples:
        | patient                  | treatment                                                         | outcome                                                                                                    |
        | a woman of 45            | the patient takes mianserin 30 mg/d for insomnia                  | fires as warning                                                                                           |
        | a boy of 12              | the patient takes mianserin 30 mg/d for insomnia                  | does not apply                                                                                             |
        | a patient of unknown age | the patient takes mianserin 30 mg/d for insomnia                  | is not evaluable because `patient.age_years` is unknown                                                    |
        | a woman of 45            | the patient takes mianserin 30 mg/d for major depressive disorder | does not apply                                                                                             |
        | a woman of 45            | the patient takes mianserin 30 mg/d                               | is not evaluable because `mianserin.indication` is unknown                                                 |
        | a woman of 45            | the patient takes mianserin for insomnia                          | is not evaluable because `mianserin.daily_dose` is unknown                                                 |
        | a woman of 45            | the patient does not take mianserin                               | does not apply                                                                                             |
        | a woman of 45            | nothing is known about medications                                | is not evaluable because `mianserin.active`, `mianserin.indication` and `mianserin.daily_dose` are unknown |

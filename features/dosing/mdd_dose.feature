Feature: The daily dose in major depressive disorder
  Four dose ranges, one of which contains every dose. The narrower range of the controlled trial has
  its own feature.

  Background:
    Given as of 2026-11-23

  Rule: dosing.mdd-below-range, dosing.mdd-within-range, dosing.mdd-above-range and dosing.above-every-label

    Scenario Outline: The four dose ranges have no gap and no overlap
      Given a woman of 45
      And the patient takes mianserin <dose> mg/d for major depressive disorder
      When the record is evaluated
      Then of these rules only <band> fires:
        | dosing.mdd-below-range   |
        | dosing.mdd-within-range  |
        | dosing.mdd-above-range   |
        | dosing.above-every-label |

      Examples:
        | dose   | band                     |
        | 0.25   | dosing.mdd-below-range   |
        | 29.75  | dosing.mdd-below-range   |
        | 30     | dosing.mdd-within-range  |
        | 30.25  | dosing.mdd-within-range  |
        | 60     | dosing.mdd-within-range  |
        | 89.75  | dosing.mdd-within-range  |
        | 90     | dosing.mdd-within-range  |
        | 90.25  | dosing.mdd-above-range   |
        | 199.75 | dosing.mdd-above-range   |
        | 200    | dosing.mdd-above-range   |
        | 200.25 | dosing.above-every-label |
        | 300    | dosing.above-every-label |

    Scenario Outline: The unit of the dose does not matter
      Given a woman of 45
      And the patient takes mianserin <dose> for major depressive disorder
      When the record is evaluated
      Then of these rules only <band> fires:
        | dosing.mdd-below-range   |
        | dosing.mdd-within-range  |
        | dosing.mdd-above-range   |
        | dosing.above-every-label |

      Examples:
        | dose       | band                     |
        | 15000 ug/d | dosing.mdd-below-range   |
        | 45 mg/day  | dosing.mdd-within-range  |
        | 0.06 g/d   | dosing.mdd-within-range  |
        | 0.3 g/d    | dosing.above-every-label |

    Scenario: The doses of several entries are added up
      Given a woman of 45
      And the patient takes these medications:
        | drug      | dose    | for                       |
        | mianserin | 30 mg/d | major depressive disorder |
        | mianserin | 15 mg/d | major depressive disorder |
      When the record is evaluated
      Then rule `dosing.mdd-within-range` fires because `mianserin.daily_dose` is 45 mg/d
      And rule `dosing.mdd-above-range` does not fire

    Scenario: A dose that is wrong by a factor of 1000 neither fires nor silences a rule
      Given a woman of 45
      And the patient takes mianserin 60 g/d for major depressive disorder
      When the record is evaluated
      Then rule `dosing.above-every-label` is not evaluable because `mianserin.daily_dose` is unknown
      And rule `dosing.mdd-within-range` is not evaluable because `mianserin.daily_dose` is unknown
      And a notice at /medications/0/daily_dose/value mentions "plausible"

  Rule: dosing.mdd-below-range

    Scenario Outline: Patients to whom dosing.mdd-below-range applies
      Given <patient>
      And <treatment>
      When the record is evaluated
      Then rule `dosing.mdd-below-range` <outcome>

      Examples:
        | patient                  | treatment                                                         | outcome                                                                                                    |
        | a woman of 45            | the patient takes mianserin 15 mg/d for major depressive disorder | fires as warning                                                                                           |
        | a boy of 12              | the patient takes mianserin 15 mg/d for major depressive disorder | does not apply                                                                                             |
        | a patient of unknown age | the patient takes mianserin 15 mg/d for major depressive disorder | is not evaluable because `patient.age_years` is unknown                                                    |
        | a woman of 45            | the patient takes mianserin 15 mg/d for insomnia                  | does not apply                                                                                             |
        | a woman of 45            | the patient takes mianserin 15 mg/d                               | is not evaluable because `mianserin.indication` is unknown                                                 |
        | a woman of 45            | the patient takes mianserin for major depressive disorder         | is not evaluable because `mianserin.daily_dose` is unknown                                                 |
        | a woman of 45            | the patient does not take mianserin                               | does not apply                                                                                             |
        | a woman of 45            | nothing is known about medications                                | is not evaluable because `mianserin.active`, `mianserin.indication` and `mianserin.daily_dose` are unknown |

  Rule: dosing.mdd-within-range

    Scenario Outline: Patients to whom dosing.mdd-within-range applies
      Given <patient>
      And <treatment>
      When the record is evaluated
      Then rule `dosing.mdd-within-range` <outcome>

      Examples:
        | patient                  | treatment                                                         | outcome                                                                                                    |
        | a woman of 45            | the patient takes mianserin 60 mg/d for major depressive disorder | fires as info                                                                                              |
        | a boy of 12              | the patient takes mianserin 60 mg/d for major depressive disorder | does not apply                                                                                             |
        | a patient of unknown age | the patient takes mianserin 60 mg/d for major depressive disorder | is not evaluable because `patient.age_years` is unknown                                                    |
        | a woman of 45            | the patient takes mianserin 60 mg/d for insomnia                  | does not apply                                                                                             |
        | a woman of 45            | the patient takes mianserin 60 mg/d                               | is not evaluable because `mianserin.indication` is unknown                                                 |
        | a woman of 45            | the patient takes mianserin for major depressive disorder         | is not evaluable because `mianserin.daily_dose` is unknown                                                 |
        | a woman of 45            | the patient does not take mianserin                               | does not apply                                                                                             |
        | a woman of 45            | nothing is known about medications                                | is not evaluable because `mianserin.active`, `mianserin.indication` and `mianserin.daily_dose` are unknown |

  Rule: dosing.mdd-above-range

    Scenario Outline: Patients to whom dosing.mdd-above-range applies
      Given <patient>
      And <treatment>
      When the record is evaluated
      Then rule `dosing.mdd-above-range` <outcome>

      Examples:
        | patient                  | treatment                                                          | outcome                                                                                                    |
        | a woman of 45            | the patient takes mianserin 120 mg/d for major depressive disorder | fires as warning                                                                                           |
        | a boy of 12              | the patient takes mianserin 120 mg/d for major depressive disorder | does not apply                                                                                             |
        | a patient of unknown age | the patient takes mianserin 120 mg/d for major depressive disorder | is not evaluable because `patient.age_years` is unknown                                                    |
        | a woman of 45            | the patient takes mianserin 120 mg/d for insomnia                  | does not apply                                                                                             |
        | a woman of 45            | the patient takes mianserin 120 mg/d                               | is not evaluable because `mianserin.indication` is unknown                                                 |
        | a woman of 45            | the patient takes mianserin for major depressive disorder          | is not evaluable because `mianserin.daily_dose` is unknown                                                 |
        | a woman of 45            | the patient does not take mianserin                                | does not apply                                                                                             |
        | a woman of 45            | nothing is known about medications                                 | is not evaluable because `mianserin.active`, `mianserin.indication` and `mianserin.daily_dose` are unknown |

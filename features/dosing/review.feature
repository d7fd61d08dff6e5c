Feature: No response after the duration of the controlled study
  After four weeks, the score fell by less than half, and the dose is below the highest reported dose.
  A score may have decimals if it is the average of several raters.

  Background:
    Given as of 2026-11-23

  Rule: dosing.no-response-at-review

    Scenario Outline: Reduction of the score since the start
      Given a woman of 45
      And the patient takes mianserin 60 mg/d for major depressive disorder started 40 days ago
      And HAM-D17 score over time:
        | when        | result     |
        | 10 days ago | <now>      |
        | 70 days ago | 31 {score} |
        | 25 days ago | 18 {score} |
        | 45 days ago | 20 {score} |
      When the record is evaluated
      Then rule `dosing.no-response-at-review` <outcome>

      Examples:
        | now           | outcome                                                        |
        | 19 {score}    | fires as info                                                  |
        | 10.02 {score} | fires                                                          |
        | 10 {score}    | does not fire                                                  |
        | 9.98 {score}  | does not fire                                                  |
        | unknown       | is not evaluable because `hamd17.reduction_percent` is unknown |

    Scenario Outline: Below the highest reported dose
      Given a woman of 45
      And <treatment>
      And HAM-D17 score of 24 {score}, 41 days ago
      And HAM-D17 score of 20 {score}, 2 days ago
      When the record is evaluated
      Then rule `dosing.no-response-at-review` <outcome>

      Examples:
        | treatment                                                                                | outcome                                                    |
        | the patient takes mianserin 89.75 mg/d for major depressive disorder started 40 days ago | fires                                                      |
        | the patient takes mianserin 90 mg/d for major depressive disorder started 40 days ago    | does not fire                                              |
        | the patient takes mianserin 90.25 mg/d for major depressive disorder started 40 days ago | does not fire                                              |
        | the patient takes mianserin for major depressive disorder started 40 days ago            | is not evaluable because `mianserin.daily_dose` is unknown |

    Scenario Outline: When a response is looked for
      Given <patient>
      And <treatment>
      And HAM-D17 score of 24 {score}, 60 days ago
      And HAM-D17 score of 20 {score}, 2 days ago
      When the record is evaluated
      Then rule `dosing.no-response-at-review` <outcome>

      Examples:
        | patient                  | treatment                                                                             | outcome                                                                                                                                                               |
        | a woman of 45            | the patient takes mianserin 60 mg/d for major depressive disorder started 27 days ago | does not apply                                                                                                                                                        |
        | a woman of 45            | the patient takes mianserin 60 mg/d for major depressive disorder started 28 days ago | fires                                                                                                                                                                 |
        | a woman of 45            | the patient takes mianserin 60 mg/d for major depressive disorder started 29 days ago | fires                                                                                                                                                                 |
        | a woman of 45            | the patient takes mianserin 60 mg/d for major depressive disorder                     | is not evaluable because `mianserin.days_on_treatment` and `hamd17.reduction_percent` are unknown                                                                     |
        | a woman of 45            | the patient takes mianserin 60 mg/d for insomnia started 40 days ago                  | does not apply                                                                                                                                                        |
        | a woman of 45            | the patient takes mianserin 60 mg/d started 40 days ago                               | is not evaluable because `mianserin.indication` is unknown                                                                                                            |
        | a boy of 12              | the patient takes mianserin 60 mg/d for major depressive disorder started 40 days ago | does not apply                                                                                                                                                        |
        | a patient of unknown age | the patient takes mianserin 60 mg/d for major depressive disorder started 40 days ago | is not evaluable because `patient.age_years` is unknown                                                                                                               |
        | a woman of 45            | the patient does not take mianserin                                                   | does not apply                                                                                                                                                        |
        | a woman of 45            | nothing is known about medications                                                    | is not evaluable because `mianserin.active`, `mianserin.indication`, `mianserin.days_on_treatment`, `hamd17.reduction_percent` and `mianserin.daily_dose` are unknown |

Feature: A white blood count around the start of treatment, for the elderly
  Either of the two counts, from 28 days before to 7 days after the start; checked during the first 90
  days.

  Background:
    Given as of 2026-11-23

  Rule: monitoring.elderly-baseline-missing

    Scenario Outline: The window around the start
      Given a woman of 78
      And the patient takes mianserin 30 mg/d started 40 days ago
      And <count>
      When the record is evaluated
      Then rule `monitoring.elderly-baseline-missing` <outcome>

      Examples:
        | count                                  | outcome                                                          |
        | neutrophils of 3.1 10*9/L, 69 days ago | fires as warning                                                 |
        | neutrophils of 3.1 10*9/L, 68 days ago | does not fire                                                    |
        | leukocytes of 6.1 10*9/L, 67 days ago  | does not fire                                                    |
        | leukocytes of 6.1 10*9/L, 40 days ago  | does not fire                                                    |
        | leukocytes of 6.1 10*9/L, 34 days ago  | does not fire                                                    |
        | neutrophils of 3.1 10*9/L, 33 days ago | does not fire                                                    |
        | neutrophils of 3.1 10*9/L, 32 days ago | fires                                                            |
        | platelets of 210 10*9/L, 40 days ago   | fires                                                            |
        | no observations                        | fires                                                            |
        | neutrophils of 3.1 10*9/L, undated     | is not evaluable because `blood_count.baseline_taken` is unknown |
        | nothing is known about observations    | is not evaluable because `blood_count.baseline_taken` is unknown |

    Scenario Outline: Patients whose baseline is checked
      Given <patient>
      And <treatment>
      And no observations
      When the record is evaluated
      Then rule `monitoring.elderly-baseline-missing` <outcome>

      Examples:
        | patient                  | treatment                                               | outcome                                                                                   |
        | a woman of 64            | the patient takes mianserin 30 mg/d started 40 days ago | does not apply                                                                            |
        | a woman of 65            | the patient takes mianserin 30 mg/d started 40 days ago | fires                                                                                     |
        | a woman of 66            | the patient takes mianserin 30 mg/d started 40 days ago | fires                                                                                     |
        | a patient of unknown age | the patient takes mianserin 30 mg/d started 40 days ago | is not evaluable because `patient.age_years` is unknown                                   |
        | a woman of 78            | the patient takes mianserin 30 mg/d started 89 days ago | fires                                                                                     |
        | a woman of 78            | the patient takes mianserin 30 mg/d started 90 days ago | fires                                                                                     |
        | a woman of 78            | the patient takes mianserin 30 mg/d started 91 days ago | does not apply                                                                            |
        | a woman of 78            | the patient takes mianserin 30 mg/d                     | is not evaluable because `mianserin.days_on_treatment` is unknown                         |
        | a woman of 78            | the patient does not take mianserin                     | does not apply                                                                            |
        | a woman of 78            | nothing is known about medications                      | is not evaluable because `mianserin.active` and `mianserin.days_on_treatment` are unknown |

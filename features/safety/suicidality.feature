Feature: Suicidality in young adults early in treatment
  Labelling describes a higher risk below 25 years. It is an operational decision that early means the
  first four weeks.

  Background:
    Given as of 2026-11-23

  Rule: safety.suicidality-under-25

    Scenario Outline: Young adults by age
      Given <patient>
      And the patient takes mianserin 30 mg/d started 10 days ago
      When the record is evaluated
      Then rule `safety.suicidality-under-25` <outcome>

      Examples:
        | patient                  | outcome                                                 |
        | a girl of 17             | does not apply                                          |
        | a woman of 18            | fires as warning                                        |
        | a woman of 19            | fires                                                   |
        | a man of 24              | fires                                                   |
        | a man of 25              | does not apply                                          |
        | a man of 26              | does not apply                                          |
        | a patient of unknown age | is not evaluable because `patient.age_years` is unknown |

    Scenario Outline: Young adults by time on mianserin
      Given a woman of 22
      And <treatment>
      When the record is evaluated
      Then rule `safety.suicidality-under-25` <outcome>

      Examples:
        | treatment                                               | outcome                                                                                   |
        | the patient takes mianserin 30 mg/d started today       | fires                                                                                     |
        | the patient takes mianserin 30 mg/d started 27 days ago | fires                                                                                     |
        | the patient takes mianserin 30 mg/d started 28 days ago | fires                                                                                     |
        | the patient takes mianserin 30 mg/d started 29 days ago | does not apply                                                                            |
        | the patient takes mianserin 30 mg/d                     | is not evaluable because `mianserin.days_on_treatment` is unknown                         |
        | the patient does not take mianserin                     | does not apply                                                                            |
        | nothing is known about medications                      | is not evaluable because `mianserin.active` and `mianserin.days_on_treatment` are unknown |

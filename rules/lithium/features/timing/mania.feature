Feature: Two levels a week in mania
  The older US label has two levels a week in the acute phase. The week before the evaluation is counted from the 7th
  day of treatment on.

  Background:
    Given as of 2026-11-23
    And a man of 45

  Rule: timing.mania-fewer-than-two-a-week

    Scenario Outline: Levels of the last week
      Given the patient takes lithium carbonate 900 mg/d for mania started 20 days ago
      And lithium level over time:
        | when              | result      |
        | 2 days ago        | 0.90 mmol/L |
        | <second> days ago | 0.80 mmol/L |
        | 9 days ago        | 0.70 mmol/L |
      When the record is evaluated
      Then rule `timing.mania-fewer-than-two-a-week` <outcome>

      Examples:
        | second | outcome       |
        | 6      | does not fire |
        | 7      | fires as info |

    Scenario: More than two levels
      Given the patient takes lithium carbonate 900 mg/d for mania started 20 days ago
      And lithium level over time:
        | when       | result      |
        | 1 day ago  | 0.90 mmol/L |
        | 3 days ago | 0.80 mmol/L |
        | 5 days ago | 0.70 mmol/L |
      When the record is evaluated
      Then rule `timing.mania-fewer-than-two-a-week` does not fire

    Scenario Outline: From the 7th day on
      Given the patient takes lithium carbonate 900 mg/d for mania started <started> days ago
      And no observations
      When the record is evaluated
      Then rule `timing.mania-fewer-than-two-a-week` <outcome>

      Examples:
        | started | outcome        |
        | 6       | does not apply |
        | 7       | fires          |
        | 8       | fires          |

    Scenario Outline: Patients to whom timing.mania-fewer-than-two-a-week applies
      Given <treatment>
      And <level>
      When the record is evaluated
      Then rule `timing.mania-fewer-than-two-a-week` <outcome>

      Examples:
        | treatment                                                                   | level                                    | outcome                                                                                                     |
        | the patient takes lithium 900 mg/d for bipolar disorder started 20 days ago | lithium level of 0.90 mmol/L, 2 days ago | does not apply                                                                                              |
        | the patient takes lithium 900 mg/d started 20 days ago                      | lithium level of 0.90 mmol/L, 2 days ago | is not evaluable because `lithium.indication` is unknown                                                    |
        | the patient takes lithium 900 mg/d for mania                                | lithium level of 0.90 mmol/L, 2 days ago | is not evaluable because `lithium.days_on_treatment` is unknown                                             |
        | the patient takes lithium 900 mg/d for mania started 20 days ago            | lithium level of 0.90 mmol/L, undated    | is not evaluable because `lithium-level.number_in_week` is unknown                                          |
        | the patient takes lithium 900 mg/d for mania started 20 days ago            | nothing is known about observations      | is not evaluable because `lithium-level.number_in_week` is unknown                                          |
        | the patient does not take lithium                                           | lithium level of 0.90 mmol/L, 2 days ago | does not apply                                                                                              |
        | nothing is known about medications                                          | lithium level of 0.90 mmol/L, 2 days ago | is not evaluable because `lithium.active`, `lithium.indication` and `lithium.days_on_treatment` are unknown |

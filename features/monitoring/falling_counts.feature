Feature: A count that halves
  The latest count compared with the one before, if both are recent.

  Background:
    Given as of 2026-11-23
    And a woman of 45

  Rule: monitoring.count-falling

    Scenario Outline: How far neutrophils fell since the previous count
      Given the patient takes mianserin 30 mg/d
      And neutrophils over time:
        | when        | result       |
        | 30 days ago | 10 10*9/L    |
        | 1 day ago   | <now> 10*9/L |
        | 60 days ago | 5 10*9/L     |
      And leukocytes over time:
        | when        | result   |
        | 1 day ago   | 6 10*9/L |
        | 30 days ago | 6 10*9/L |
      When the record is evaluated
      Then rule `monitoring.count-falling` <outcome>

      Examples:
        | now  | outcome          |
        | 5.01 | does not fire    |
        | 5    | fires as warning |
        | 4.99 | fires            |

    Scenario Outline: How far leukocytes fell since the previous count
      Given the patient takes mianserin 30 mg/d
      And leukocytes over time:
        | when        | result       |
        | 30 days ago | 10 10*9/L    |
        | 1 day ago   | <now> 10*9/L |
        | 60 days ago | 5 10*9/L     |
      And neutrophils over time:
        | when        | result   |
        | 1 day ago   | 6 10*9/L |
        | 30 days ago | 6 10*9/L |
      When the record is evaluated
      Then rule `monitoring.count-falling` <outcome>

      Examples:
        | now  | outcome          |
        | 5.01 | does not fire    |
        | 5    | fires as warning |
        | 4.99 | fires            |

    Scenario Outline: Whether the previous count is recent
      Given the patient takes mianserin 30 mg/d
      And these results:
        | observation | result   | when              |
        | neutrophils | 8 10*9/L | <before> days ago |
        | neutrophils | 3 10*9/L | 1 day ago         |
        | leukocytes  | 6 10*9/L | 1 day ago         |
        | leukocytes  | 6 10*9/L | 8 days ago        |
      When the record is evaluated
      Then rule `monitoring.count-falling` <outcome>

      Examples:
        | before | outcome                                                        |
        | 89     | fires                                                          |
        | 90     | fires                                                          |
        | 91     | is not evaluable because `neutrophils.fall_percent` is unknown |

    Scenario Outline: A fall of the leukocytes, with a recent or old previous count
      Given the patient takes mianserin 30 mg/d
      And these results:
        | observation | result     | when              |
        | leukocytes  | 8 10*9/L   | <before> days ago |
        | leukocytes  | 3.9 10*9/L | 1 day ago         |
        | neutrophils | 3 10*9/L   | 1 day ago         |
        | neutrophils | 3 10*9/L   | 8 days ago        |
      When the record is evaluated
      Then rule `monitoring.count-falling` <outcome>

      Examples:
        | before | outcome                                                       |
        | 90     | fires                                                         |
        | 91     | is not evaluable because `leukocytes.fall_percent` is unknown |

    Scenario: A fall of one count is enough, even if the other is unknown
      Given the patient takes mianserin 30 mg/d
      And neutrophils of 3 10*9/L, 1 day ago
      And neutrophils of 8 10*9/L, 9 days ago
      When the record is evaluated
      Then rule `monitoring.count-falling` fires because `neutrophils.fall_percent` is 62.5 %

    Scenario: A single count is not enough
      Given the patient takes mianserin 30 mg/d
      And neutrophils of 3 10*9/L, 1 day ago
      And leukocytes of 6 10*9/L, 1 day ago
      When the record is evaluated
      Then rule `monitoring.count-falling` is not evaluable because `neutrophils.fall_percent` and `leukocytes.fall_percent` are unknown

    Scenario: A fall without mianserin
      Given the patient does not take mianserin
      And neutrophils of 3 10*9/L, 1 day ago
      And neutrophils of 8 10*9/L, 9 days ago
      When the record is evaluated
      Then rule `monitoring.count-falling` does not apply

    Scenario: A fall, medications unknown
      Given neutrophils of 3 10*9/L, 1 day ago
      And neutrophils of 8 10*9/L, 9 days ago
      When the record is evaluated
      Then rule `monitoring.count-falling` is not evaluable because `mianserin.active` is unknown

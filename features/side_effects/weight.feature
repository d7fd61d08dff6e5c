Feature: Measured weight gain
  The latest weight compared with the last one on or before the start of mianserin; if there is none,
  with the first one after it.

  Background:
    Given as of 2026-11-23
    And a woman of 45

  Rule: side-effects.weight-gain-measured and side-effects.weight-gain-marked

    Scenario Outline: Weight gain since the start, by grade
      Given the patient takes mianserin 30 mg/d started 40 days ago
      And body weight over time:
        | when        | result |
        | 2 days ago  | <now>  |
        | 60 days ago | 88 kg  |
        | 20 days ago | 130 kg |
        | 40 days ago | 100 kg |
      When the record is evaluated
      Then of these rules only <band> fires:
        | side-effects.weight-gain-measured |
        | side-effects.weight-gain-marked   |

      Examples:
        | now      | band                              |
        | 98 kg    | none                              |
        | 104.9 kg | none                              |
        | 105 kg   | side-effects.weight-gain-measured |
        | 105.1 kg | side-effects.weight-gain-measured |
        | 109.9 kg | side-effects.weight-gain-measured |
        | 110 kg   | side-effects.weight-gain-marked   |
        | 110.1 kg | side-effects.weight-gain-marked   |

    Scenario: The indicator grows with the grade
      Given the patient takes mianserin 30 mg/d started 40 days ago
      And body weight of 80 kg, 40 days ago
      And body weight of 85 kg, 1 day ago
      When the record is evaluated
      Then rule `side-effects.weight-gain-measured` fires as info
      And rule `side-effects.weight-gain-measured` fires because `weight.change_percent` is 6.25 %

    Scenario: Marked weight gain, first weighed in pounds
      Given the patient takes mianserin 30 mg/d started 40 days ago
      And body weight of 176 [lb_av], 40 days ago
      And body weight of 90 kg, 1 day ago
      When the record is evaluated
      Then rule `side-effects.weight-gain-marked` fires as warning

    Scenario: Not weighed before the start: the first weight after it is used
      Given the patient takes mianserin 30 mg/d started 40 days ago
      And body weight over time:
        | when        | result |
        | 5 days ago  | 67 kg  |
        | 38 days ago | 60 kg  |
        | 20 days ago | 63 kg  |
      When the record is evaluated
      Then rule `side-effects.weight-gain-marked` fires
      And rule `side-effects.weight-gain-measured` does not fire

    Scenario: Two weights after the start: the first of them is used
      Given the patient takes mianserin 30 mg/d started 40 days ago
      And body weight of 60 kg, 38 days ago
      And body weight of 66 kg, 5 days ago
      When the record is evaluated
      Then rule `side-effects.weight-gain-marked` fires because `weight.change_percent` is 10 %

    Scenario: A loss between two weights after the start: the first weight is used, not the lowest
      Given the patient takes mianserin 30 mg/d started 40 days ago
      And body weight over time:
        | when        | result  |
        | 5 days ago  | 63.6 kg |
        | 20 days ago | 55 kg   |
        | 38 days ago | 60 kg   |
      When the record is evaluated
      Then rule `side-effects.weight-gain-measured` fires because `weight.change_percent` is 6 %

    Scenario: A loss before the start: the last weight before it is used, not the highest
      Given the patient takes mianserin 30 mg/d started 40 days ago
      And body weight over time:
        | when         | result  |
        | 2 days ago   | 84.8 kg |
        | 50 days ago  | 80 kg   |
        | 300 days ago | 95 kg   |
      When the record is evaluated
      Then rule `side-effects.weight-gain-measured` fires because `weight.change_percent` is 6 %

    Scenario Outline: Records from which the weight gain is not known
      Given <treatment>
      And body weight of 80 kg, 40 days ago
      And <weight now>
      When the record is evaluated
      Then rule `side-effects.weight-gain-measured` <measured>
      And rule `side-effects.weight-gain-marked` <marked>

      Examples:
        | treatment                                               | weight now                              | measured                                                                            | marked                                                                              |
        | the patient takes mianserin 30 mg/d started 40 days ago | body weight taken today, result unknown | is not evaluable because `weight.change_percent` is unknown                         | is not evaluable because `weight.change_percent` is unknown                         |
        | the patient takes mianserin 30 mg/d                     | body weight of 90 kg, 1 day ago         | is not evaluable because `weight.change_percent` is unknown                         | is not evaluable because `weight.change_percent` is unknown                         |
        | the patient takes mianserin 30 mg/d started 40 days ago | body weight of 90 kg, undated           | is not evaluable because `weight.change_percent` is unknown                         | is not evaluable because `weight.change_percent` is unknown                         |
        | the patient does not take mianserin                     | body weight of 90 kg, 1 day ago         | does not apply                                                                      | does not apply                                                                      |
        | nothing is known about medications                      | body weight of 90 kg, 1 day ago         | is not evaluable because `mianserin.active` and `weight.change_percent` are unknown | is not evaluable because `mianserin.active` and `weight.change_percent` are unknown |

    Scenario Outline: One weight is not enough
      Given the patient takes mianserin 30 mg/d started 40 days ago
      And body weight of 80 kg, <when>
      When the record is evaluated
      Then rule `side-effects.weight-gain-marked` is not evaluable because `weight.change_percent` is unknown
      And rule `side-effects.weight-gain-measured` is not evaluable because `weight.change_percent` is unknown

      Examples:
        | when        |
        | 1 day ago   |
        | 40 days ago |
        | 60 days ago |

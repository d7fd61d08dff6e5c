Feature: Counts before the start in the US scheme
  A start below 1.5, with benign ethnic neutropenia below 1.0, is discouraged; with it two counts are asked for.
  A baseline is from the 28 days up to and including the day of the start, and is compared in the first 28 days.

  Background:
    Given as of 2026-11-23

  Rule: counts-us.baseline-low

    Scenario Outline: Last count before the start: <count>
      Given the patient has US label monitoring
      And the patient takes clozapine 25 mg/d started 10 days ago
      And neutrophils over time:
        | when        | result         |
        | 30 days ago | 0.8 10*9/L     |
        | 12 days ago | <count> 10*9/L |
        | 5 days ago  | 0.9 10*9/L     |
      When the record is evaluated
      Then rule `counts-us.baseline-low` <outcome>

      Examples:
        | count | outcome          |
        | 1.49  | fires as warning |
        | 1.5   | does not fire    |
        | 1.51  | does not fire    |

    Scenario Outline: When the count was taken: <when>
      Given the patient has US label monitoring
      And the patient takes clozapine 25 mg/d started 10 days ago
      And neutrophils of 1.2 10*9/L, <when>
      When the record is evaluated
      Then rule `counts-us.baseline-low` <low>
      And rule `counts-us.baseline-missing` <missing>

      Examples:
        | when        | low              | missing          |
        | 9 days ago  | is not evaluable | fires as warning |
        | 10 days ago | fires            | does not fire    |
        | 11 days ago | fires            | does not fire    |
        | 37 days ago | fires            | does not fire    |
        | 38 days ago | fires            | does not fire    |
        | 39 days ago | is not evaluable | fires            |

    Scenario Outline: How long the baseline is compared, and for whom: <whom>
      Given <scheme>
      And <neutropenia>
      And <treatment>
      And neutrophils of 1.2 10*9/L, 29 days ago
      When the record is evaluated
      Then rule `counts-us.baseline-low` <outcome>

      Examples:
        | whom                       | scheme                              | neutropenia                                                       | treatment                                               | outcome                                                           |
        | day 27                     | the patient has US label monitoring | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d started 27 days ago | fires                                                            |
        | day 28                     | the patient has US label monitoring | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d started 28 days ago | fires                                                            |
        | day 29                     | the patient has US label monitoring | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d started 29 days ago | does not apply                                                   |
        | another scheme             | the patient has EU 2025 monitoring  | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d started 20 days ago | does not apply                                                   |
        | no scheme                  | no conditions                       | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d started 20 days ago | is not evaluable                                                 |
        | benign ethnic neutropenia  | the patient has US label monitoring | the patient has benign ethnic neutropenia                         | the patient takes clozapine 300 mg/d started 20 days ago | does not apply                                                   |
        | perhaps of the benign kind | the patient has US label monitoring | it is not known whether the patient has benign ethnic neutropenia | the patient takes clozapine 300 mg/d started 20 days ago | is not evaluable                                                 |
        | unknown start              | the patient has US label monitoring | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d                     | is not evaluable                                                 |
        | not on clozapine           | the patient has US label monitoring | the patient does not have benign ethnic neutropenia               | the patient does not take clozapine                      | does not apply                                                   |
        | medications unknown        | the patient has US label monitoring | the patient does not have benign ethnic neutropenia               | nothing is known about medications                       | is not evaluable                                                 |

  Rule: counts-us.baseline-missing

    Scenario Outline: How long a missing baseline is shown, and for whom: <whom>
      Given <scheme>
      And <neutropenia>
      And <treatment>
      And <counts>
      When the record is evaluated
      Then rule `counts-us.baseline-missing` <outcome>

      Examples:
        | whom                       | scheme                              | neutropenia                                                       | treatment                                                | counts                                  | outcome          |
        | day 27                     | the patient has US label monitoring | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d started 27 days ago | no observations                         | fires            |
        | day 28                     | the patient has US label monitoring | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d started 28 days ago | no observations                         | fires            |
        | day 29                     | the patient has US label monitoring | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d started 29 days ago | no observations                         | does not apply   |
        | another scheme             | the patient has EU 2025 monitoring  | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d started 20 days ago | no observations                         | does not apply   |
        | no scheme                  | no conditions                       | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d started 20 days ago | no observations                         | is not evaluable |
        | benign ethnic neutropenia  | the patient has US label monitoring | the patient has benign ethnic neutropenia                         | the patient takes clozapine 300 mg/d started 20 days ago | no observations                         | does not apply   |
        | perhaps of the benign kind | the patient has US label monitoring | it is not known whether the patient has benign ethnic neutropenia | the patient takes clozapine 300 mg/d started 20 days ago | no observations                         | is not evaluable |
        | unknown start              | the patient has US label monitoring | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d                     | no observations                         | is not evaluable |
        | not on clozapine           | the patient has US label monitoring | the patient does not have benign ethnic neutropenia               | the patient does not take clozapine                      | no observations                         | does not apply   |
        | medications unknown        | the patient has US label monitoring | the patient does not have benign ethnic neutropenia               | nothing is known about medications                       | no observations                         | is not evaluable |
        | observations unknown       | the patient has US label monitoring | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d started 20 days ago | nothing is known about observations     | is not evaluable |
        | a count without a date     | the patient has US label monitoring | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d started 20 days ago | neutrophils of 3.1 10*9/L, undated      | is not evaluable |

    Scenario: Two counts before the start
      Given the patient has US label monitoring
      And the patient takes clozapine 25 mg/d started 5 days ago
      And neutrophils over time:
        | when       | result     |
        | 6 days ago | 3.1 10*9/L |
        | 9 days ago | 2.9 10*9/L |
      When the record is evaluated
      Then rule `counts-us.baseline-missing` does not fire

  Rule: counts-us.ben-baseline-low and counts-us.ben-baseline-incomplete

    Scenario Outline: Last count before the start with benign ethnic neutropenia: <count>
      Given the patient has US label monitoring
      And the patient has benign ethnic neutropenia
      And the patient takes clozapine 25 mg/d started 10 days ago
      And neutrophils over time:
        | when        | result         |
        | 20 days ago | 1.2 10*9/L     |
        | 12 days ago | <count> 10*9/L |
      When the record is evaluated
      Then rule `counts-us.ben-baseline-low` <low>
      And rule `counts-us.ben-baseline-incomplete` does not fire
      And rule `counts-us.baseline-low` does not apply

      Examples:
        | count | low              |
        | 0.99  | fires as warning |
        | 1     | does not fire    |
        | 1.01  | does not fire    |

    Scenario Outline: Number of counts before the start: first <first>, second <second>
      Given the patient has US label monitoring
      And the patient has benign ethnic neutropenia
      And the patient takes clozapine 25 mg/d started 10 days ago
      And neutrophils over time:
        | when     | result     |
        | <first>  | 1.2 10*9/L |
        | <second> | 1.3 10*9/L |
        | <third>  | 1.1 10*9/L |
      When the record is evaluated
      Then rule `counts-us.ben-baseline-incomplete` <outcome>

      Examples:
        | first       | second      | third       | outcome          |
        | 39 days ago | 9 days ago  | 2 days ago  | fires as warning |
        | 38 days ago | 9 days ago  | 2 days ago  | fires            |
        | 38 days ago | 10 days ago | 2 days ago  | does not fire    |
        | 38 days ago | 20 days ago | 12 days ago | does not fire    |

    Scenario Outline: Baselines with benign ethnic neutropenia, for whom: <whom>
      Given <scheme>
      And <neutropenia>
      And <treatment>
      And <counts>
      When the record is evaluated
      Then rule `counts-us.ben-baseline-low` <low>
      And rule `counts-us.ben-baseline-incomplete` <incomplete>

      Examples:
        | whom                       | scheme                              | neutropenia                                                       | treatment                                                | counts                                  | low              | incomplete       |
        | day 27                     | the patient has US label monitoring | the patient has benign ethnic neutropenia                         | the patient takes clozapine 300 mg/d started 27 days ago | neutrophils of 0.8 10*9/L, 40 days ago  | fires            | fires            |
        | day 28                     | the patient has US label monitoring | the patient has benign ethnic neutropenia                         | the patient takes clozapine 300 mg/d started 28 days ago | neutrophils of 0.8 10*9/L, 40 days ago  | fires            | fires            |
        | day 29                     | the patient has US label monitoring | the patient has benign ethnic neutropenia                         | the patient takes clozapine 300 mg/d started 29 days ago | neutrophils of 0.8 10*9/L, 40 days ago  | does not apply   | does not apply   |
        | another scheme             | the patient has EU 2025 monitoring  | the patient has benign ethnic neutropenia                         | the patient takes clozapine 300 mg/d started 20 days ago | neutrophils of 0.8 10*9/L, 40 days ago  | does not apply   | does not apply   |
        | no scheme                  | no conditions                       | the patient has benign ethnic neutropenia                         | the patient takes clozapine 300 mg/d started 20 days ago | neutrophils of 0.8 10*9/L, 40 days ago  | is not evaluable | is not evaluable |
        | perhaps of the benign kind | the patient has US label monitoring | it is not known whether the patient has benign ethnic neutropenia | the patient takes clozapine 300 mg/d started 20 days ago | neutrophils of 0.8 10*9/L, 40 days ago  | is not evaluable | is not evaluable |
        | not of the benign kind     | the patient has US label monitoring | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d started 20 days ago | neutrophils of 0.8 10*9/L, 40 days ago  | does not apply   | does not apply   |
        | unknown start              | the patient has US label monitoring | the patient has benign ethnic neutropenia                         | the patient takes clozapine 300 mg/d                     | neutrophils of 0.8 10*9/L, 40 days ago  | is not evaluable | is not evaluable |
        | not on clozapine           | the patient has US label monitoring | the patient has benign ethnic neutropenia                         | the patient does not take clozapine                      | neutrophils of 0.8 10*9/L, 40 days ago  | does not apply   | does not apply   |
        | medications unknown        | the patient has US label monitoring | the patient has benign ethnic neutropenia                         | nothing is known about medications                       | neutrophils of 0.8 10*9/L, 40 days ago  | is not evaluable | is not evaluable |
        | observations unknown       | the patient has US label monitoring | the patient has benign ethnic neutropenia                         | the patient takes clozapine 300 mg/d started 20 days ago | nothing is known about observations     | is not evaluable | is not evaluable |

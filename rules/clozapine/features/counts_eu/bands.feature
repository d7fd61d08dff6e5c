Feature: Neutrophil counts in the EU scheme of 2025
  Bands at 0.5, 1.0 and 1.5, each with its lower end, on neutrophils alone. With benign ethnic neutropenia a
  start is possible from 1.0 on, so that mild is not reported.

  Background:
    Given as of 2026-11-23

  Rule: counts-eu.mild, counts-eu.moderate and counts-eu.severe

    Scenario Outline: A count of <count> without benign ethnic neutropenia
      Given the patient has EU 2025 monitoring
      And the patient takes clozapine 300 mg/d started 400 days ago
      And neutrophils of <count> 10*9/L, 2 days ago
      When the record is evaluated
      Then of these rules only <band> fires:
        | counts-eu.mild     |
        | counts-eu.moderate |
        | counts-eu.severe   |

      Examples:
        | count | band               |
        | 0     | counts-eu.severe   |
        | 0.49  | counts-eu.severe   |
        | 0.5   | counts-eu.moderate |
        | 0.51  | counts-eu.moderate |
        | 0.99  | counts-eu.moderate |
        | 1     | counts-eu.mild     |
        | 1.01  | counts-eu.mild     |
        | 1.49  | counts-eu.mild     |
        | 1.5   | none               |
        | 1.51  | none               |

    Scenario Outline: A count of <count> with benign ethnic neutropenia
      Given the patient has EU 2025 monitoring
      And the patient has benign ethnic neutropenia
      And the patient takes clozapine 300 mg/d started 400 days ago
      And neutrophils of <count> 10*9/L, 2 days ago
      When the record is evaluated
      Then rule `counts-eu.mild` does not apply
      And of these rules only <band> fires:
        | counts-eu.moderate |
        | counts-eu.severe   |

      Examples:
        | count | band               |
        | 0.49  | counts-eu.severe   |
        | 0.5   | counts-eu.moderate |
        | 0.99  | counts-eu.moderate |
        | 1     | none               |
        | 1.3   | none               |

    Scenario Outline: Whom the bands are for: <whom>
      Given <scheme>
      And <neutropenia>
      And <treatment>
      And <count>
      When the record is evaluated
      Then rule `<rule>` <outcome>

      Examples:
        | whom                       | scheme                              | neutropenia                                                       | treatment                                 | count                                 | rule               | outcome           |
        | the EU scheme              | the patient has EU 2025 monitoring  | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d      | neutrophils of 1.2 10*9/L, 2 days ago | counts-eu.mild     | fires as warning  |
        | 28 days after the end      | the patient has EU 2025 monitoring  | the patient does not have benign ethnic neutropenia               | the patient stopped clozapine 28 days ago | neutrophils of 1.2 10*9/L, 2 days ago | counts-eu.mild     | fires             |
        | another scheme             | the patient has US label monitoring | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d      | neutrophils of 1.2 10*9/L, 2 days ago | counts-eu.mild     | does not apply    |
        | no scheme                  | no conditions                       | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d      | neutrophils of 1.2 10*9/L, 2 days ago | counts-eu.mild     | is not evaluable  |
        | perhaps of the benign kind | the patient has EU 2025 monitoring  | it is not known whether the patient has benign ethnic neutropenia | the patient takes clozapine 300 mg/d      | neutrophils of 1.2 10*9/L, 2 days ago | counts-eu.mild     | is not evaluable  |
        | never on clozapine         | the patient has EU 2025 monitoring  | the patient does not have benign ethnic neutropenia               | the patient does not take clozapine       | neutrophils of 1.2 10*9/L, 2 days ago | counts-eu.mild     | does not apply    |
        | medications unknown        | the patient has EU 2025 monitoring  | the patient does not have benign ethnic neutropenia               | nothing is known about medications        | neutrophils of 1.2 10*9/L, 2 days ago | counts-eu.mild     | is not evaluable  |
        | no count                   | the patient has EU 2025 monitoring  | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d      | no observations                       | counts-eu.mild     | is not evaluable  |
        | the EU scheme              | the patient has EU 2025 monitoring  | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d      | neutrophils of 0.7 10*9/L, 2 days ago | counts-eu.moderate | fires as critical |
        | 28 days after the end      | the patient has EU 2025 monitoring  | the patient does not have benign ethnic neutropenia               | the patient stopped clozapine 28 days ago | neutrophils of 0.7 10*9/L, 2 days ago | counts-eu.moderate | fires             |
        | another scheme             | the patient has US label monitoring | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d      | neutrophils of 0.7 10*9/L, 2 days ago | counts-eu.moderate | does not apply    |
        | no scheme                  | no conditions                       | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d      | neutrophils of 0.7 10*9/L, 2 days ago | counts-eu.moderate | is not evaluable  |
        | perhaps of the benign kind | the patient has EU 2025 monitoring  | it is not known whether the patient has benign ethnic neutropenia | the patient takes clozapine 300 mg/d      | neutrophils of 0.7 10*9/L, 2 days ago | counts-eu.moderate | fires             |
        | never on clozapine         | the patient has EU 2025 monitoring  | the patient does not have benign ethnic neutropenia               | the patient does not take clozapine       | neutrophils of 0.7 10*9/L, 2 days ago | counts-eu.moderate | does not apply    |
        | medications unknown        | the patient has EU 2025 monitoring  | the patient does not have benign ethnic neutropenia               | nothing is known about medications        | neutrophils of 0.7 10*9/L, 2 days ago | counts-eu.moderate | is not evaluable  |
        | no count                   | the patient has EU 2025 monitoring  | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d      | no observations                       | counts-eu.moderate | is not evaluable  |
        | the EU scheme              | the patient has EU 2025 monitoring  | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d      | neutrophils of 0.3 10*9/L, 2 days ago | counts-eu.severe   | fires as critical |
        | 28 days after the end      | the patient has EU 2025 monitoring  | the patient does not have benign ethnic neutropenia               | the patient stopped clozapine 28 days ago | neutrophils of 0.3 10*9/L, 2 days ago | counts-eu.severe   | fires             |
        | another scheme             | the patient has US label monitoring | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d      | neutrophils of 0.3 10*9/L, 2 days ago | counts-eu.severe   | does not apply    |
        | no scheme                  | no conditions                       | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d      | neutrophils of 0.3 10*9/L, 2 days ago | counts-eu.severe   | is not evaluable  |
        | never on clozapine         | the patient has EU 2025 monitoring  | the patient does not have benign ethnic neutropenia               | the patient does not take clozapine       | neutrophils of 0.3 10*9/L, 2 days ago | counts-eu.severe   | does not apply    |
        | medications unknown        | the patient has EU 2025 monitoring  | the patient does not have benign ethnic neutropenia               | nothing is known about medications        | neutrophils of 0.3 10*9/L, 2 days ago | counts-eu.severe   | is not evaluable  |
        | no count                   | the patient has EU 2025 monitoring  | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d      | no observations                       | counts-eu.severe   | is not evaluable  |

    Scenario: A leukocyte count is no part of the scheme
      Given the patient has EU 2025 monitoring
      And the patient takes clozapine 300 mg/d started 400 days ago
      And leukocytes of 2.1 10*9/L, 2 days ago
      And neutrophils of 1.8 10*9/L, 2 days ago
      When the record is evaluated
      Then no rule of family counts-eu fires

  Rule: counts-eu.baseline-low and counts-eu.ben-baseline-low

    Scenario Outline: Last count before the start: <count>
      Given the patient has EU 2025 monitoring
      And <neutropenia>
      And the patient takes clozapine 25 mg/d started 10 days ago
      And neutrophils over time:
        | when        | result         |
        | 35 days ago | 4.1 10*9/L     |
        | 30 days ago | 0.8 10*9/L     |
        | 12 days ago | <count> 10*9/L |
        | 5 days ago  | 0.9 10*9/L     |
      When the record is evaluated
      Then rule `counts-eu.baseline-low` <general>
      And rule `counts-eu.ben-baseline-low` <ben>

      Examples:
        | count | neutropenia                                         | general          | ben              |
        | 1.49  | the patient does not have benign ethnic neutropenia | fires as warning | does not apply   |
        | 1.5   | the patient does not have benign ethnic neutropenia | does not fire    | does not apply   |
        | 1.51  | the patient does not have benign ethnic neutropenia | does not fire    | does not apply   |
        | 0.99  | the patient has benign ethnic neutropenia           | does not apply   | fires as warning |
        | 1     | the patient has benign ethnic neutropenia           | does not apply   | does not fire    |
        | 1.01  | the patient has benign ethnic neutropenia           | does not apply   | does not fire    |

    Scenario Outline: Before the start, for whom: <whom>
      Given <scheme>
      And <neutropenia>
      And <treatment>
      And <count>
      When the record is evaluated
      Then rule `counts-eu.baseline-low` <general>
      And rule `counts-eu.ben-baseline-low` <ben>

      Examples:
        | whom                       | scheme                              | neutropenia                                                       | treatment                                                | count                                  | general          | ben              |
        | day 27                     | the patient has EU 2025 monitoring  | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d started 27 days ago | neutrophils of 0.8 10*9/L, 40 days ago | fires            | does not apply   |
        | day 28                     | the patient has EU 2025 monitoring  | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d started 28 days ago | neutrophils of 0.8 10*9/L, 40 days ago | fires            | does not apply   |
        | day 29                     | the patient has EU 2025 monitoring  | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d started 29 days ago | neutrophils of 0.8 10*9/L, 40 days ago | does not apply   | does not apply   |
        | day 27, benign             | the patient has EU 2025 monitoring  | the patient has benign ethnic neutropenia                         | the patient takes clozapine 300 mg/d started 27 days ago | neutrophils of 0.8 10*9/L, 40 days ago | does not apply   | fires            |
        | day 28, benign             | the patient has EU 2025 monitoring  | the patient has benign ethnic neutropenia                         | the patient takes clozapine 300 mg/d started 28 days ago | neutrophils of 0.8 10*9/L, 40 days ago | does not apply   | fires            |
        | day 29, benign             | the patient has EU 2025 monitoring  | the patient has benign ethnic neutropenia                         | the patient takes clozapine 300 mg/d started 29 days ago | neutrophils of 0.8 10*9/L, 40 days ago | does not apply   | does not apply   |
        | 39 days ago                | the patient has EU 2025 monitoring  | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d started 10 days ago | neutrophils of 0.8 10*9/L, 39 days ago | is not evaluable | does not apply   |
        | 9 days ago                 | the patient has EU 2025 monitoring  | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d started 10 days ago | neutrophils of 0.8 10*9/L, 9 days ago  | is not evaluable | does not apply   |
        | 9 days ago, benign         | the patient has EU 2025 monitoring  | the patient has benign ethnic neutropenia                         | the patient takes clozapine 300 mg/d started 10 days ago | neutrophils of 0.8 10*9/L, 9 days ago  | does not apply   | is not evaluable |
        | another scheme             | the patient has US label monitoring | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d started 20 days ago | neutrophils of 0.8 10*9/L, 40 days ago | does not apply   | does not apply   |
        | another scheme, benign     | the patient has US label monitoring | the patient has benign ethnic neutropenia                         | the patient takes clozapine 300 mg/d started 20 days ago | neutrophils of 0.8 10*9/L, 40 days ago | does not apply   | does not apply   |
        | no scheme                  | no conditions                       | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d started 20 days ago | neutrophils of 0.8 10*9/L, 40 days ago | is not evaluable | does not apply   |
        | no scheme, benign          | no conditions                       | the patient has benign ethnic neutropenia                         | the patient takes clozapine 300 mg/d started 20 days ago | neutrophils of 0.8 10*9/L, 40 days ago | does not apply   | is not evaluable |
        | perhaps of the benign kind | the patient has EU 2025 monitoring  | it is not known whether the patient has benign ethnic neutropenia | the patient takes clozapine 300 mg/d started 20 days ago | neutrophils of 0.8 10*9/L, 40 days ago | is not evaluable | is not evaluable |
        | unknown start              | the patient has EU 2025 monitoring  | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d                     | neutrophils of 0.8 10*9/L, 40 days ago | is not evaluable | does not apply   |
        | unknown start, benign      | the patient has EU 2025 monitoring  | the patient has benign ethnic neutropenia                         | the patient takes clozapine 300 mg/d                     | neutrophils of 0.8 10*9/L, 40 days ago | does not apply   | is not evaluable |
        | not on clozapine           | the patient has EU 2025 monitoring  | the patient does not have benign ethnic neutropenia               | the patient does not take clozapine                      | neutrophils of 0.8 10*9/L, 40 days ago | does not apply   | does not apply   |
        | not on it, benign          | the patient has EU 2025 monitoring  | the patient has benign ethnic neutropenia                         | the patient does not take clozapine                      | neutrophils of 0.8 10*9/L, 40 days ago | does not apply   | does not apply   |
        | medications unknown        | the patient has EU 2025 monitoring  | the patient does not have benign ethnic neutropenia               | nothing is known about medications                       | neutrophils of 0.8 10*9/L, 40 days ago | is not evaluable | does not apply   |
        | unknown, benign            | the patient has EU 2025 monitoring  | the patient has benign ethnic neutropenia                         | nothing is known about medications                       | neutrophils of 0.8 10*9/L, 40 days ago | does not apply   | is not evaluable |

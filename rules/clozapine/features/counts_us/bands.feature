Feature: Neutrophil counts in the US scheme
  The US label counts neutrophils only. Without benign ethnic neutropenia the bands begin at 0.5, 1.0 and 1.5;
  with it, at 0.5 and 1.0. Each band includes its lower end. Counts are compared during treatment and for 28
  days after it.

  Background:
    Given as of 2026-11-23

  Rule: counts-us.mild, counts-us.moderate and counts-us.severe

    Scenario Outline: A count of <count> without benign ethnic neutropenia
      Given the patient has US label monitoring
      And the patient takes clozapine 300 mg/d started 400 days ago
      And neutrophils over time:
        | when        | result         |
        | 30 days ago | 3.9 10*9/L     |
        | today       | <count> 10*9/L |
      When the record is evaluated
      Then of these rules only <band> fires:
        | counts-us.mild     |
        | counts-us.moderate |
        | counts-us.severe   |
      And rule `counts-us.ben-neutropenia` does not apply

      Examples:
        | count | band               |
        | 0     | counts-us.severe   |
        | 0.49  | counts-us.severe   |
        | 0.5   | counts-us.moderate |
        | 0.51  | counts-us.moderate |
        | 0.99  | counts-us.moderate |
        | 1     | counts-us.mild     |
        | 1.01  | counts-us.mild     |
        | 1.49  | counts-us.mild     |
        | 1.5   | none               |
        | 1.51  | none               |
        | 4.2   | none               |

    Scenario Outline: Indicators, and counts of up to 90 days ago
      Given the patient has US label monitoring
      And the patient takes clozapine 300 mg/d started 400 days ago
      And neutrophils of <count> /uL, <age> days ago
      When the record is evaluated
      Then rule `<rule>` <outcome>

      Examples:
        | count | age | rule               | outcome                                                  |
        | 1499  | 90  | counts-us.mild     | fires as warning                                         |
        | 999   | 90  | counts-us.moderate | fires as critical                                        |
        | 499   | 90  | counts-us.severe   | fires as critical                                        |
        | 1499  | 91  | counts-us.mild     | is not evaluable because `neutrophils.latest` is unknown |
        | 999   | 91  | counts-us.moderate | is not evaluable because `neutrophils.latest` is unknown |
        | 499   | 91  | counts-us.severe   | is not evaluable because `neutrophils.latest` is unknown |

    Scenario Outline: Of whom the bands are: <whom>
      Given <scheme>
      And <neutropenia>
      And <treatment>
      And neutrophils of 1.2 10*9/L, 2 days ago
      And leukocytes of 4.1 10*9/L, 2 days ago
      When the record is evaluated
      Then rule `counts-us.mild` <mild>
      And rule `counts-us.ben-neutropenia` <ben>

      Examples:
        | whom                          | scheme                                         | neutropenia                                                             | treatment                                                             | mild             | ben              |
        | the US scheme                 | the patient has US label monitoring            | the patient does not have benign ethnic neutropenia                     | the patient takes clozapine 300 mg/d                                  | fires            | does not apply   |
        | another scheme                | the patient has EU 2025 monitoring             | the patient does not have benign ethnic neutropenia                     | the patient takes clozapine 300 mg/d                                  | does not apply   | does not apply   |
        | no scheme                     | no conditions                                  | the patient does not have benign ethnic neutropenia                     | the patient takes clozapine 300 mg/d                                  | is not evaluable | does not apply   |
        | benign ethnic neutropenia     | the patient has US label monitoring            | the patient has benign ethnic neutropenia                               | the patient takes clozapine 300 mg/d                                  | does not apply   | does not fire    |
        | perhaps of the benign kind    | the patient has US label monitoring            | it is not known whether the patient has benign ethnic neutropenia       | the patient takes clozapine 300 mg/d                                  | is not evaluable | does not fire    |
        | never on clozapine            | the patient has US label monitoring            | the patient does not have benign ethnic neutropenia                     | the patient does not take clozapine                                   | does not apply   | does not apply   |
        | 27 days after the end         | the patient has US label monitoring            | the patient does not have benign ethnic neutropenia                     | the patient stopped clozapine 27 days ago                             | fires            | does not apply   |
        | 28 days after the end         | the patient has US label monitoring            | the patient does not have benign ethnic neutropenia                     | the patient stopped clozapine 28 days ago                             | fires            | does not apply   |
        | 29 days after the end         | the patient has US label monitoring            | the patient does not have benign ethnic neutropenia                     | the patient stopped clozapine 29 days ago                             | does not apply   | does not apply   |
        | ended on an unknown day       | the patient has US label monitoring            | the patient does not have benign ethnic neutropenia                     | the patient stopped clozapine on an unknown day                       | is not evaluable | does not apply   |
        | medications unknown           | the patient has US label monitoring            | the patient does not have benign ethnic neutropenia                     | nothing is known about medications                                    | is not evaluable | does not apply   |

    Scenario Outline: The lower bands need the same scheme and treatment: <whom>
      Given <scheme>
      And <neutropenia>
      And <treatment>
      And neutrophils of 0.7 10*9/L, 2 days ago
      When the record is evaluated
      Then rule `counts-us.moderate` <outcome>

      Examples:
        | whom                       | scheme                              | neutropenia                                                       | treatment                            | outcome                                                                    |
        | another scheme             | the patient has EU 2025 monitoring  | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d | does not apply                                                             |
        | no scheme                  | no conditions                       | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d | is not evaluable because `scheme.selected` is unknown                      |
        | benign ethnic neutropenia  | the patient has US label monitoring | the patient has benign ethnic neutropenia                         | the patient takes clozapine 300 mg/d | does not apply                                                             |
        | perhaps of the benign kind | the patient has US label monitoring | it is not known whether the patient has benign ethnic neutropenia | the patient takes clozapine 300 mg/d | is not evaluable because `condition.benign-ethnic-neutropenia` is unknown  |
        | never on clozapine         | the patient has US label monitoring | the patient does not have benign ethnic neutropenia               | the patient does not take clozapine  | does not apply                                                             |
        | medications unknown        | the patient has US label monitoring | the patient does not have benign ethnic neutropenia               | nothing is known about medications   | is not evaluable because `clozapine.active`, `clozapine.stopped_ever` and `clozapine.days_since_stop` are unknown |

    Scenario Outline: The lowest band, with or without benign ethnic neutropenia: <whom>
      Given <scheme>
      And <neutropenia>
      And <treatment>
      And <count>
      When the record is evaluated
      Then rule `counts-us.severe` <outcome>

      Examples:
        | whom                       | scheme                              | neutropenia                                                       | treatment                            | count                                 | outcome           |
        | not of the benign kind     | the patient has US label monitoring | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d | neutrophils of 0.3 10*9/L, 2 days ago | fires as critical |
        | benign ethnic neutropenia  | the patient has US label monitoring | the patient has benign ethnic neutropenia                         | the patient takes clozapine 300 mg/d | neutrophils of 0.3 10*9/L, 2 days ago | fires             |
        | perhaps of the benign kind | the patient has US label monitoring | it is not known whether the patient has benign ethnic neutropenia | the patient takes clozapine 300 mg/d | neutrophils of 0.3 10*9/L, 2 days ago | fires             |
        | another scheme             | the patient has EU 2025 monitoring  | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d | neutrophils of 0.3 10*9/L, 2 days ago | does not apply    |
        | no scheme                  | no conditions                       | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d | neutrophils of 0.3 10*9/L, 2 days ago | is not evaluable  |
        | never on clozapine         | the patient has US label monitoring | the patient does not have benign ethnic neutropenia               | the patient does not take clozapine  | neutrophils of 0.3 10*9/L, 2 days ago | does not apply    |
        | medications unknown        | the patient has US label monitoring | the patient does not have benign ethnic neutropenia               | nothing is known about medications   | neutrophils of 0.3 10*9/L, 2 days ago | is not evaluable  |
        | no count                   | the patient has US label monitoring | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d | no observations                       | is not evaluable  |

  Rule: counts-us.ben-neutropenia

    Scenario Outline: A count of <count> with benign ethnic neutropenia
      Given the patient has US label monitoring
      And the patient has benign ethnic neutropenia
      And the patient takes clozapine 300 mg/d started 400 days ago
      And neutrophils of <count> 10*9/L, today
      When the record is evaluated
      Then of these rules only <band> fires:
        | counts-us.ben-neutropenia |
        | counts-us.severe          |
      And rule `counts-us.mild` does not apply
      And rule `counts-us.moderate` does not apply

      Examples:
        | count | band                      |
        | 0.49  | counts-us.severe          |
        | 0.5   | counts-us.ben-neutropenia |
        | 0.51  | counts-us.ben-neutropenia |
        | 0.99  | counts-us.ben-neutropenia |
        | 1     | none                      |
        | 1.01  | none                      |
        | 1.3   | none                      |

    Scenario Outline: With benign ethnic neutropenia: <whom>
      Given <scheme>
      And <neutropenia>
      And <treatment>
      And <count>
      When the record is evaluated
      Then rule `counts-us.ben-neutropenia` <outcome>

      Examples:
        | whom                       | scheme                              | neutropenia                                                       | treatment                            | count                                 | outcome          |
        | the US scheme              | the patient has US label monitoring | the patient has benign ethnic neutropenia                         | the patient takes clozapine 300 mg/d | neutrophils of 0.7 10*9/L, 2 days ago | fires as warning |
        | another scheme             | the patient has EU 2025 monitoring  | the patient has benign ethnic neutropenia                         | the patient takes clozapine 300 mg/d | neutrophils of 0.7 10*9/L, 2 days ago | does not apply   |
        | no scheme                  | no conditions                       | the patient has benign ethnic neutropenia                         | the patient takes clozapine 300 mg/d | neutrophils of 0.7 10*9/L, 2 days ago | is not evaluable |
        | perhaps of the benign kind | the patient has US label monitoring | it is not known whether the patient has benign ethnic neutropenia | the patient takes clozapine 300 mg/d | neutrophils of 0.7 10*9/L, 2 days ago | is not evaluable |
        | not of the benign kind     | the patient has US label monitoring | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d | neutrophils of 0.7 10*9/L, 2 days ago | does not apply   |
        | never on clozapine         | the patient has US label monitoring | the patient has benign ethnic neutropenia                         | the patient does not take clozapine  | neutrophils of 0.7 10*9/L, 2 days ago | does not apply   |
        | medications unknown        | the patient has US label monitoring | the patient has benign ethnic neutropenia                         | nothing is known about medications   | neutrophils of 0.7 10*9/L, 2 days ago | is not evaluable |
        | no count                   | the patient has US label monitoring | the patient has benign ethnic neutropenia                         | the patient takes clozapine 300 mg/d | no observations                       | is not evaluable |

  Rule: counts-us.low-and-ben-unknown

    Scenario Outline: A count of <count>, and it is not known whether it is benign ethnic neutropenia
      Given the patient has US label monitoring
      And it is not known whether the patient has benign ethnic neutropenia
      And the patient takes clozapine 300 mg/d started 400 days ago
      And neutrophils of <count> 10*9/L, 2 days ago
      When the record is evaluated
      Then of these rules only <band> fires:
        | counts-us.low-and-ben-unknown |
        | counts-us.severe              |

      Examples:
        | count | band                          |
        | 0.49  | counts-us.severe              |
        | 0.5   | counts-us.low-and-ben-unknown |
        | 0.51  | counts-us.low-and-ben-unknown |
        | 1.49  | counts-us.low-and-ben-unknown |
        | 1.5   | none                          |
        | 1.51  | none                          |

    Scenario Outline: A low count of perhaps the benign kind: <whom>
      Given <scheme>
      And <neutropenia>
      And <treatment>
      And <count>
      When the record is evaluated
      Then rule `counts-us.low-and-ben-unknown` <outcome>

      Examples:
        | whom                   | scheme                                             | neutropenia                                                       | treatment                            | count                                 | outcome          |
        | not known              | the patient has US label monitoring                | it is not known whether the patient has benign ethnic neutropenia | the patient takes clozapine 300 mg/d | neutrophils of 1.2 10*9/L, 2 days ago | fires as warning |
        | present                | the patient has US label monitoring                | the patient has benign ethnic neutropenia                         | the patient takes clozapine 300 mg/d | neutrophils of 1.2 10*9/L, 2 days ago | does not apply   |
        | absent                 | the patient has US label monitoring                | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d | neutrophils of 1.2 10*9/L, 2 days ago | does not apply   |
        | another scheme         | the patient has EU 2025 monitoring                 | it is not known whether the patient has benign ethnic neutropenia | the patient takes clozapine 300 mg/d | neutrophils of 1.2 10*9/L, 2 days ago | does not apply   |
        | no scheme              | the patient does not have US label monitoring      | it is not known whether the patient has benign ethnic neutropenia | the patient takes clozapine 300 mg/d | neutrophils of 1.2 10*9/L, 2 days ago | is not evaluable |
        | never on clozapine     | the patient has US label monitoring                | it is not known whether the patient has benign ethnic neutropenia | the patient does not take clozapine  | neutrophils of 1.2 10*9/L, 2 days ago | does not apply   |
        | medications unknown    | the patient has US label monitoring                | it is not known whether the patient has benign ethnic neutropenia | nothing is known about medications   | neutrophils of 1.2 10*9/L, 2 days ago | is not evaluable |
        | no count               | the patient has US label monitoring                | it is not known whether the patient has benign ethnic neutropenia | the patient takes clozapine 300 mg/d | no observations                       | is not evaluable |

    Scenario: A coded condition that is not understood may be benign ethnic neutropenia, but selects no scheme
      Given the record:
        """
        {"as_of": "2026-11-23",
         "conditions": [{"code": "us-label-monitoring"}, {"code": "http://snomed.info/sct|84757009"}],
         "medications": [{"drug": "clozapine"}], "symptoms": [],
         "observations": [{"code": "neutrophils", "value": 1.2, "unit": "10*9/L", "date": "2026-11-22"}]}
        """
      When the record is evaluated
      Then rule `counts-us.low-and-ben-unknown` fires
      And rule `counts-us.mild` is not evaluable because `condition.benign-ethnic-neutropenia` is unknown

    Scenario: The same count in the words of three schemes
      The US label calls it mild, the UK traffic light red.
      Given the patient takes clozapine 300 mg/d started 400 days ago
      And the patient has US label monitoring
      And neutrophils of 1.2 K/uL, today
      When the record is evaluated
      Then rule `counts-us.mild` fires because `neutrophils.latest` is 1200 /uL
      And rule `counts-us.mild` shows conflict scheme-bands
      And rule `counts-us.mild` rests on claim us.mild

Feature: Grades of the neutrophil count
  Three grades below 1.5, of which at most one fires. The value of a count older than 90 days is
  unknown.

  Background:
    Given as of 2026-11-23
    And a woman of 45

  Rule: monitoring.agranulocytosis-range, monitoring.neutropenia-severe and monitoring.neutropenia-moderate

    Scenario Outline: The grades have no gap and no overlap
      Given the patient takes mianserin 30 mg/d
      And neutrophils over time:
        | when        | result         |
        | 20 days ago | 0.7 10*9/L     |
        | 2 days ago  | <count> 10*9/L |
        | 60 days ago | 3.9 10*9/L     |
      When the record is evaluated
      Then of these rules only <band> fires:
        | monitoring.agranulocytosis-range |
        | monitoring.neutropenia-severe    |
        | monitoring.neutropenia-moderate  |

      Examples:
        | count | band                             |
        | 0     | monitoring.agranulocytosis-range |
        | 0.49  | monitoring.agranulocytosis-range |
        | 0.5   | monitoring.neutropenia-severe    |
        | 0.51  | monitoring.neutropenia-severe    |
        | 0.99  | monitoring.neutropenia-severe    |
        | 1     | monitoring.neutropenia-moderate  |
        | 1.01  | monitoring.neutropenia-moderate  |
        | 1.49  | monitoring.neutropenia-moderate  |
        | 1.5   | none                             |
        | 1.51  | none                             |
        | 4.2   | none                             |

    Scenario Outline: Each grade has its indicator, until a count is 90 days old
      Given the patient takes mianserin 30 mg/d
      And neutrophils of <count> 10*9/L, 90 days ago
      When the record is evaluated
      Then rule `<rule>` fires as <indicator>

      Examples:
        | count | rule                             | indicator |
        | 0.3   | monitoring.agranulocytosis-range | critical  |
        | 0.7   | monitoring.neutropenia-severe    | critical  |
        | 1.2   | monitoring.neutropenia-moderate  | warning   |

    Scenario Outline: A count that cannot be used: <where>
      Given <treatment>
      And <count>
      When the record is evaluated
      Then rule `monitoring.agranulocytosis-range` <outcome>
      And rule `monitoring.neutropenia-severe` <outcome>
      And rule `monitoring.neutropenia-moderate` <outcome>

      Examples:
        | where                         | treatment                           | count                                                   | outcome                                                  |
        | the count is from 91 days ago | the patient takes mianserin 30 mg/d | neutrophils of 0.3 10*9/L, 91 days ago                  | is not evaluable because `neutrophils.latest` is unknown |
        | it has no result              | the patient takes mianserin 30 mg/d | neutrophils taken 2 days ago, result unknown            | is not evaluable because `neutrophils.latest` is unknown |
        | it has no date                | the patient takes mianserin 30 mg/d | neutrophils of 0.3 10*9/L, undated                      | is not evaluable because `neutrophils.latest` is unknown |
        | there was none                | the patient takes mianserin 30 mg/d | no observations                                         | is not evaluable because `neutrophils.latest` is unknown |
        | nothing is known              | the patient takes mianserin 30 mg/d | nothing is known about observations                     | is not evaluable because `neutrophils.latest` is unknown |
        | it is of tomorrow             | the patient takes mianserin 30 mg/d | neutrophils of 0.3 10*9/L, in 1 day                     | is not evaluable because `neutrophils.latest` is unknown |
        | it was an error               | the patient takes mianserin 30 mg/d | neutrophils of 0.3 10*9/L, 2 days ago, entered-in-error | is not evaluable because `neutrophils.latest` is unknown |

    Scenario Outline: No grade unless mianserin is taken
      Given <treatment>
      And neutrophils of <count> 10*9/L, 2 days ago
      When the record is evaluated
      Then rule `<rule>` <outcome>

      Examples:
        | treatment                           | count | rule                             | outcome                                                |
        | the patient does not take mianserin | 0.3   | monitoring.agranulocytosis-range | does not apply                                         |
        | nothing is known about medications  | 0.3   | monitoring.agranulocytosis-range | is not evaluable because `mianserin.active` is unknown |
        | the patient does not take mianserin | 0.7   | monitoring.neutropenia-severe    | does not apply                                         |
        | nothing is known about medications  | 0.7   | monitoring.neutropenia-severe    | is not evaluable because `mianserin.active` is unknown |
        | the patient does not take mianserin | 1.2   | monitoring.neutropenia-moderate  | does not apply                                         |
        | nothing is known about medications  | 1.2   | monitoring.neutropenia-moderate  | is not evaluable because `mianserin.active` is unknown |

    Scenario Outline: The unit of the count does not matter
      Given the patient takes mianserin 30 mg/d
      And neutrophils of <count>, 2 days ago
      When the record is evaluated
      Then of these rules only <band> fires:
        | monitoring.agranulocytosis-range |
        | monitoring.neutropenia-severe    |
        | monitoring.neutropenia-moderate  |

      Examples:
        | count          | band                             |
        | 3100 /uL       | none                             |
        | 1100 /uL       | monitoring.neutropenia-moderate  |
        | 1.2 K/uL       | monitoring.neutropenia-moderate  |
        | 1.2 10*3/uL    | monitoring.neutropenia-moderate  |
        | 600 {cells}/uL | monitoring.neutropenia-severe    |
        | 0.4 x10E9/L    | monitoring.agranulocytosis-range |

    Scenario: A count in the wrong unit gives a notice and fires no rule
      Given the patient takes mianserin 30 mg/d
      And neutrophils of 1200 10*9/L, 2 days ago
      When the record is evaluated
      Then rule `monitoring.neutropenia-moderate` is not evaluable because `neutrophils.latest` is unknown
      And a notice at /observations/0/value mentions "plausible"

    Scenario: A corrected result replaces the final one of the same day
      Given the patient takes mianserin 30 mg/d
      And neutrophils of 0.4 10*9/L, 2 days ago
      And neutrophils of 1.4 10*9/L, 2 days ago, corrected
      When the record is evaluated
      Then rule `monitoring.neutropenia-moderate` fires because `neutrophils.latest` is 1400 /uL
      And rule `monitoring.agranulocytosis-range` does not fire

    Scenario: Two different final results of one day
      Given the patient takes mianserin 30 mg/d
      And neutrophils of 0.4 10*9/L, 2 days ago
      And neutrophils of 1.4 10*9/L, 2 days ago
      When the record is evaluated
      Then rule `monitoring.agranulocytosis-range` is not evaluable because `neutrophils.latest` is unknown
      And rule `monitoring.neutropenia-moderate` is not evaluable because `neutrophils.latest` is unknown
      And a notice mentions "disagree"

Feature: Grades of haemoglobin
  Grade 2 below 100 g/L, grade 3 below 80 g/L.

  Background:
    Given as of 2026-11-23
    And a woman of 45

  Rule: monitoring.anaemia-severe and monitoring.anaemia

    Scenario Outline: The haemoglobin grades have no gap and no overlap
      Given the patient takes mianserin 30 mg/d
      And haemoglobin over time:
        | when        | result      |
        | 20 days ago | 90 g/L      |
        | 2 days ago  | <count> g/L |
        | 60 days ago | 131 g/L     |
      When the record is evaluated
      Then of these rules only <band> fires:
        | monitoring.anaemia-severe |
        | monitoring.anaemia        |

      Examples:
        | count | band                      |
        | 40    | monitoring.anaemia-severe |
        | 79    | monitoring.anaemia-severe |
        | 80    | monitoring.anaemia        |
        | 81    | monitoring.anaemia        |
        | 99    | monitoring.anaemia        |
        | 100   | none                      |
        | 101   | none                      |

    Scenario Outline: Each haemoglobin grade has its indicator
      Given the patient takes mianserin 30 mg/d
      And haemoglobin of <count> g/L, 90 days ago
      When the record is evaluated
      Then rule `<rule>` fires as <indicator>

      Examples:
        | count | rule                      | indicator |
        | 70    | monitoring.anaemia-severe | critical  |
        | 90    | monitoring.anaemia        | warning   |

    Scenario Outline: Haemoglobin that cannot be used: <where>
      Given <treatment>
      And <count>
      When the record is evaluated
      Then rule `monitoring.anaemia-severe` <outcome>
      And rule `monitoring.anaemia` <outcome>

      Examples:
        | where                         | treatment                           | count                                               | outcome                                                  |
        | the count is from 91 days ago | the patient takes mianserin 30 mg/d | haemoglobin of 70 g/L, 91 days ago                  | is not evaluable because `haemoglobin.latest` is unknown |
        | it has no result              | the patient takes mianserin 30 mg/d | haemoglobin taken 2 days ago, result unknown        | is not evaluable because `haemoglobin.latest` is unknown |
        | it has no date                | the patient takes mianserin 30 mg/d | haemoglobin of 70 g/L, undated                      | is not evaluable because `haemoglobin.latest` is unknown |
        | there was none                | the patient takes mianserin 30 mg/d | no observations                                     | is not evaluable because `haemoglobin.latest` is unknown |
        | nothing is known              | the patient takes mianserin 30 mg/d | nothing is known about observations                 | is not evaluable because `haemoglobin.latest` is unknown |
        | it is of tomorrow             | the patient takes mianserin 30 mg/d | haemoglobin of 70 g/L, in 1 day                     | is not evaluable because `haemoglobin.latest` is unknown |
        | it was an error               | the patient takes mianserin 30 mg/d | haemoglobin of 70 g/L, 2 days ago, entered-in-error | is not evaluable because `haemoglobin.latest` is unknown |

    Scenario Outline: No haemoglobin grade unless mianserin is taken
      Given <treatment>
      And haemoglobin of <count> g/L, 2 days ago
      When the record is evaluated
      Then rule `<rule>` <outcome>

      Examples:
        | treatment                           | count | rule                      | outcome                                                |
        | the patient does not take mianserin | 70    | monitoring.anaemia-severe | does not apply                                         |
        | nothing is known about medications  | 70    | monitoring.anaemia-severe | is not evaluable because `mianserin.active` is unknown |
        | the patient does not take mianserin | 90    | monitoring.anaemia        | does not apply                                         |
        | nothing is known about medications  | 90    | monitoring.anaemia        | is not evaluable because `mianserin.active` is unknown |

    Scenario Outline: Haemoglobin in grams per decilitre
      Given the patient takes mianserin 30 mg/d
      And haemoglobin of <value> g/dL, 2 days ago
      When the record is evaluated
      Then of these rules only <band> fires:
        | monitoring.anaemia-severe |
        | monitoring.anaemia        |

      Examples:
        | value | band                      |
        | 7.2   | monitoring.anaemia-severe |
        | 8.8   | monitoring.anaemia        |
        | 12.1  | none                      |

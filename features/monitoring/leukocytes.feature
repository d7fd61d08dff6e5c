Feature: Grades of the leukocyte count
  Markedly low below 3.0, low below 4.0.

  Background:
    Given as of 2026-11-23
    And a woman of 45

  Rule: monitoring.leukopenia-marked and monitoring.leukopenia

    Scenario Outline: The leukocyte grades have no gap and no overlap
      Given the patient takes mianserin 30 mg/d
      And leukocytes over time:
        | when        | result         |
        | 20 days ago | 3.4 10*9/L     |
        | 2 days ago  | <count> 10*9/L |
        | 60 days ago | 6.1 10*9/L     |
      When the record is evaluated
      Then of these rules only <band> fires:
        | monitoring.leukopenia-marked |
        | monitoring.leukopenia        |

      Examples:
        | count | band                         |
        | 0.1   | monitoring.leukopenia-marked |
        | 2.99  | monitoring.leukopenia-marked |
        | 3     | monitoring.leukopenia        |
        | 3.01  | monitoring.leukopenia        |
        | 3.99  | monitoring.leukopenia        |
        | 4     | none                         |
        | 4.01  | none                         |

    Scenario Outline: Each leukocyte grade has its indicator
      Given the patient takes mianserin 30 mg/d
      And leukocytes of <count> 10*9/L, 90 days ago
      When the record is evaluated
      Then rule `<rule>` fires as <indicator>

      Examples:
        | count | rule                         | indicator |
        | 2.1   | monitoring.leukopenia-marked | critical  |
        | 3.5   | monitoring.leukopenia        | warning   |

    Scenario Outline: A leukocyte count that cannot be used: <where>
      Given <treatment>
      And <count>
      When the record is evaluated
      Then rule `monitoring.leukopenia-marked` <outcome>
      And rule `monitoring.leukopenia` <outcome>

      Examples:
        | where                         | treatment                           | count                                                  | outcome                                                 |
        | the count is from 91 days ago | the patient takes mianserin 30 mg/d | leukocytes of 2.1 10*9/L, 91 days ago                  | is not evaluable because `leukocytes.latest` is unknown |
        | it has no result              | the patient takes mianserin 30 mg/d | leukocytes taken 2 days ago, result unknown            | is not evaluable because `leukocytes.latest` is unknown |
        | it has no date                | the patient takes mianserin 30 mg/d | leukocytes of 2.1 10*9/L, undated                      | is not evaluable because `leukocytes.latest` is unknown |
        | there was none                | the patient takes mianserin 30 mg/d | no observations                                        | is not evaluable because `leukocytes.latest` is unknown |
        | nothing is known              | the patient takes mianserin 30 mg/d | nothing is known about observations                    | is not evaluable because `leukocytes.latest` is unknown |
        | it is of tomorrow             | the patient takes mianserin 30 mg/d | leukocytes of 2.1 10*9/L, in 1 day                     | is not evaluable because `leukocytes.latest` is unknown |
        | it was an error               | the patient takes mianserin 30 mg/d | leukocytes of 2.1 10*9/L, 2 days ago, entered-in-error | is not evaluable because `leukocytes.latest` is unknown |

    Scenario Outline: No leukocyte grade unless mianserin is taken
      Given <treatment>
      And leukocytes of <count> 10*9/L, 2 days ago
      When the record is evaluated
      Then rule `<rule>` <outcome>

      Examples:
        | treatment                           | count | rule                         | outcome                                                |
        | the patient does not take mianserin | 2.1   | monitoring.leukopenia-marked | does not apply                                         |
        | nothing is known about medications  | 2.1   | monitoring.leukopenia-marked | is not evaluable because `mianserin.active` is unknown |
        | the patient does not take mianserin | 3.5   | monitoring.leukopenia        | does not apply                                         |
        | nothing is known about medications  | 3.5   | monitoring.leukopenia        | is not evaluable because `mianserin.active` is unknown |

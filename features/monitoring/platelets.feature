Feature: Grades of the platelet count
  Grade 2 below 75, grade 3 below 50.

  Background:
    Given as of 2026-11-23
    And a woman of 45

  Rule: monitoring.thrombocytopenia-severe and monitoring.thrombocytopenia

    Scenario Outline: The platelet grades have no gap and no overlap
      Given the patient takes mianserin 30 mg/d
      And platelets over time:
        | when        | result         |
        | 20 days ago | 60 10*9/L      |
        | 2 days ago  | <count> 10*9/L |
        | 60 days ago | 210 10*9/L     |
      When the record is evaluated
      Then of these rules only <band> fires:
        | monitoring.thrombocytopenia-severe |
        | monitoring.thrombocytopenia        |

      Examples:
        | count | band                               |
        | 1     | monitoring.thrombocytopenia-severe |
        | 49    | monitoring.thrombocytopenia-severe |
        | 50    | monitoring.thrombocytopenia        |
        | 51    | monitoring.thrombocytopenia        |
        | 74    | monitoring.thrombocytopenia        |
        | 75    | none                               |
        | 76    | none                               |

    Scenario Outline: Each platelet grade has its indicator
      Given the patient takes mianserin 30 mg/d
      And platelets of <count> 10*9/L, 90 days ago
      When the record is evaluated
      Then rule `<rule>` fires as <indicator>

      Examples:
        | count | rule                               | indicator |
        | 30    | monitoring.thrombocytopenia-severe | critical  |
        | 60    | monitoring.thrombocytopenia        | warning   |

    Scenario Outline: A platelet count that cannot be used: <where>
      Given <treatment>
      And <count>
      When the record is evaluated
      Then rule `monitoring.thrombocytopenia-severe` <outcome>
      And rule `monitoring.thrombocytopenia` <outcome>

      Examples:
        | where                         | treatment                           | count                                                | outcome                                                |
        | the count is from 91 days ago | the patient takes mianserin 30 mg/d | platelets of 30 10*9/L, 91 days ago                  | is not evaluable because `platelets.latest` is unknown |
        | it has no result              | the patient takes mianserin 30 mg/d | platelets taken 2 days ago, result unknown           | is not evaluable because `platelets.latest` is unknown |
        | it has no date                | the patient takes mianserin 30 mg/d | platelets of 30 10*9/L, undated                      | is not evaluable because `platelets.latest` is unknown |
        | there was none                | the patient takes mianserin 30 mg/d | no observations                                      | is not evaluable because `platelets.latest` is unknown |
        | nothing is known              | the patient takes mianserin 30 mg/d | nothing is known about observations                  | is not evaluable because `platelets.latest` is unknown |
        | it is of tomorrow             | the patient takes mianserin 30 mg/d | platelets of 30 10*9/L, in 1 day                     | is not evaluable because `platelets.latest` is unknown |
        | it was an error               | the patient takes mianserin 30 mg/d | platelets of 30 10*9/L, 2 days ago, entered-in-error | is not evaluable because `platelets.latest` is unknown |

    Scenario Outline: No platelet grade unless mianserin is taken
      Given <treatment>
      And platelets of <count> 10*9/L, 2 days ago
      When the record is evaluated
      Then rule `<rule>` <outcome>

      Examples:
        | treatment                           | count | rule                               | outcome                                                |
        | the patient does not take mianserin | 30    | monitoring.thrombocytopenia-severe | does not apply                                         |
        | nothing is known about medications  | 30    | monitoring.thrombocytopenia-severe | is not evaluable because `mianserin.active` is unknown |
        | the patient does not take mianserin | 60    | monitoring.thrombocytopenia        | does not apply                                         |
        | nothing is known about medications  | 60    | monitoring.thrombocytopenia        | is not evaluable because `mianserin.active` is unknown |

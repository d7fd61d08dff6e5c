Feature: Counts after a low one in the US scheme
  A first low count is repeated within a day. Mild neutropenia (with benign ethnic neutropenia: 0.5 to below 1.0)
  has counts three times weekly, anything lower daily. After moderate neutropenia counts are weekly for 4 weeks.

  Background:
    Given as of 2026-11-23

  Rule: counts-us.low-not-repeated and counts-us.low-count-overdue

    Scenario Outline: A mild count <age> days ago
      Given the patient has US label monitoring
      And the patient takes clozapine 300 mg/d started 400 days ago
      And neutrophils over time:
        | when           | result     |
        | 40 days ago    | 3.9 10*9/L |
        | <age> days ago | 1.2 10*9/L |
      When the record is evaluated
      Then rule `counts-us.low-not-repeated` <repeat>
      And rule `counts-us.low-count-overdue` <overdue>

      Examples:
        | age | repeat           | overdue          |
        | 0   | does not fire    | does not fire    |
        | 1   | does not fire    | does not fire    |
        | 2   | fires as warning | does not fire    |
        | 3   | fires            | does not fire    |
        | 4   | fires            | fires as warning |

    Scenario Outline: A latest count of <count>, a week ago, without benign ethnic neutropenia
      Given the patient has US label monitoring
      And the patient takes clozapine 300 mg/d started 400 days ago
      And neutrophils over time:
        | when        | result         |
        | 40 days ago | 3.9 10*9/L     |
        | 7 days ago  | <count> 10*9/L |
      When the record is evaluated
      Then rule `counts-us.low-not-repeated` <repeat>
      And rule `counts-us.low-count-overdue` <overdue>
      And rule `counts-us.daily-count-overdue` <daily>

      Examples:
        | count | repeat        | overdue       | daily             |
        | 0.4   | does not fire | does not fire | fires as critical |
        | 0.99  | does not fire | does not fire | fires             |
        | 1     | fires         | fires         | does not fire     |
        | 1.01  | fires         | fires         | does not fire     |
        | 1.49  | fires         | fires         | does not fire     |
        | 1.5   | does not fire | does not fire | does not fire     |
        | 1.51  | does not fire | does not fire | does not fire     |

    Scenario Outline: A latest count of <count>, a week ago, with benign ethnic neutropenia
      Given the patient has US label monitoring
      And the patient has benign ethnic neutropenia
      And the patient takes clozapine 300 mg/d started 400 days ago
      And neutrophils over time:
        | when        | result         |
        | 40 days ago | 1.3 10*9/L     |
        | 7 days ago  | <count> 10*9/L |
      When the record is evaluated
      Then rule `counts-us.low-not-repeated` <repeat>
      And rule `counts-us.low-count-overdue` <overdue>
      And rule `counts-us.daily-count-overdue` <daily>

      Examples:
        | count | repeat        | overdue       | daily         |
        | 0.49  | does not fire | does not fire | fires         |
        | 0.5   | fires         | fires         | does not fire |
        | 0.51  | fires         | fires         | does not fire |
        | 0.99  | fires         | fires         | does not fire |
        | 1     | does not fire | does not fire | does not fire |
        | 1.01  | does not fire | does not fire | does not fire |

    Scenario Outline: The count before was <before>
      Given the patient has US label monitoring
      And <neutropenia>
      And the patient takes clozapine 300 mg/d started 400 days ago
      And neutrophils over time:
        | when        | result          |
        | 60 days ago | 0.6 10*9/L      |
        | 9 days ago  | <before> 10*9/L |
        | 2 days ago  | <latest> 10*9/L |
      When the record is evaluated
      Then rule `counts-us.low-not-repeated` <repeat>

      Examples:
        | neutropenia                                         | before | latest | repeat        |
        | the patient does not have benign ethnic neutropenia | 1.49   | 1.2    | does not fire |
        | the patient does not have benign ethnic neutropenia | 1.5    | 1.2    | fires         |
        | the patient has benign ethnic neutropenia           | 0.99   | 0.7    | does not fire |
        | the patient has benign ethnic neutropenia           | 1      | 0.7    | fires         |

    Scenario Outline: Little is known of the counts: <what>
      Given the patient has US label monitoring
      And <neutropenia>
      And the patient takes clozapine 300 mg/d started 400 days ago
      And <counts>
      And <list>
      When the record is evaluated
      Then rule `counts-us.low-not-repeated` <repeat>
      And rule `counts-us.low-count-overdue` <overdue>
      And rule `counts-us.daily-count-overdue` <daily>

      Examples:
        | what                                    | neutropenia                                                       | counts                                  | list                                           | repeat           | overdue          | daily            |
        | one count, mild                         | the patient does not have benign ethnic neutropenia               | neutrophils of 1.2 10*9/L, 5 days ago   | leukocytes of 5 10*9/L, 2 days ago             | fires            | fires            | does not fire    |
        | one count, benign ethnic neutropenia    | the patient has benign ethnic neutropenia                         | neutrophils of 0.7 10*9/L, 5 days ago   | leukocytes of 5 10*9/L, 2 days ago             | fires            | fires            | does not fire    |
        | the count before has no result          | the patient does not have benign ethnic neutropenia               | neutrophils of 1.2 10*9/L, 5 days ago   | neutrophils taken 20 days ago, result unknown  | is not evaluable | fires            | does not fire    |
        | before unknown, benign                  | the patient has benign ethnic neutropenia                         | neutrophils of 0.7 10*9/L, 5 days ago   | neutrophils taken 20 days ago, result unknown  | is not evaluable | fires            | does not fire    |
        | no count                                | the patient does not have benign ethnic neutropenia               | no observations                         | leukocytes of 5 10*9/L, 2 days ago             | is not evaluable | is not evaluable | is not evaluable |
        | no count, benign                        | the patient has benign ethnic neutropenia                         | no observations                         | leukocytes of 5 10*9/L, 2 days ago             | is not evaluable | is not evaluable | is not evaluable |
        | perhaps of the benign kind, 1.2         | it is not known whether the patient has benign ethnic neutropenia | neutrophils of 1.2 10*9/L, 5 days ago   | leukocytes of 5 10*9/L, 2 days ago             | is not evaluable | is not evaluable | does not fire    |
        | perhaps of the benign kind, 0.7         | it is not known whether the patient has benign ethnic neutropenia | neutrophils of 0.7 10*9/L, 5 days ago   | leukocytes of 5 10*9/L, 2 days ago             | is not evaluable | is not evaluable | is not evaluable |
        | perhaps of the benign kind, 0.3         | it is not known whether the patient has benign ethnic neutropenia | neutrophils of 0.3 10*9/L, 5 days ago   | leukocytes of 5 10*9/L, 2 days ago             | does not fire    | does not fire    | fires            |
        | the latest may have been an older count | the patient does not have benign ethnic neutropenia               | neutrophils of 1.2 10*9/L, 91 days ago  | leukocytes of 5 10*9/L, 2 days ago             | is not evaluable | is not evaluable | is not evaluable |

    Scenario Outline: Whom the counts after a low one are for: <whom>
      Given <scheme>
      And <treatment>
      And neutrophils over time:
        | when        | result         |
        | 40 days ago | 3.9 10*9/L     |
        | 7 days ago  | <count> 10*9/L |
      When the record is evaluated
      Then rule `<rule>` <outcome>

      Examples:
        | whom                   | scheme                              | treatment                                                   | count | rule                           | outcome          |
        | 28 days after the end  | the patient has US label monitoring | the patient stopped clozapine 28 days ago                   | 1.2   | counts-us.low-not-repeated     | fires            |
        | another scheme         | the patient has EU 2025 monitoring  | the patient takes clozapine 300 mg/d                        | 1.2   | counts-us.low-not-repeated     | does not apply   |
        | no scheme              | no conditions                       | the patient takes clozapine 300 mg/d                        | 1.2   | counts-us.low-not-repeated     | is not evaluable |
        | not on clozapine       | the patient has US label monitoring | the patient does not take clozapine                         | 1.2   | counts-us.low-not-repeated     | does not apply   |
        | medications unknown    | the patient has US label monitoring | nothing is known about medications                          | 1.2   | counts-us.low-not-repeated     | is not evaluable |
        | 28 days after the end  | the patient has US label monitoring | the patient stopped clozapine 28 days ago                   | 1.2   | counts-us.low-count-overdue    | fires            |
        | another scheme         | the patient has EU 2025 monitoring  | the patient takes clozapine 300 mg/d                        | 1.2   | counts-us.low-count-overdue    | does not apply   |
        | no scheme              | no conditions                       | the patient takes clozapine 300 mg/d                        | 1.2   | counts-us.low-count-overdue    | is not evaluable |
        | not on clozapine       | the patient has US label monitoring | the patient does not take clozapine                         | 1.2   | counts-us.low-count-overdue    | does not apply   |
        | medications unknown    | the patient has US label monitoring | nothing is known about medications                          | 1.2   | counts-us.low-count-overdue    | is not evaluable |
        | 28 days after the end  | the patient has US label monitoring | the patient stopped clozapine 28 days ago                   | 0.7   | counts-us.daily-count-overdue  | fires            |
        | another scheme         | the patient has EU 2025 monitoring  | the patient takes clozapine 300 mg/d                        | 0.7   | counts-us.daily-count-overdue  | does not apply   |
        | no scheme              | no conditions                       | the patient takes clozapine 300 mg/d                        | 0.7   | counts-us.daily-count-overdue  | is not evaluable |
        | not on clozapine       | the patient has US label monitoring | the patient does not take clozapine                         | 0.7   | counts-us.daily-count-overdue  | does not apply   |
        | medications unknown    | the patient has US label monitoring | nothing is known about medications                          | 0.7   | counts-us.daily-count-overdue  | is not evaluable |

  Rule: counts-us.daily-count-overdue

    Scenario Outline: A moderate count <age> days ago
      Given the patient has US label monitoring
      And the patient stopped clozapine <age> days ago
      And neutrophils of 0.8 10*9/L, <age> days ago
      When the record is evaluated
      Then rule `counts-us.daily-count-overdue` <outcome>

      Examples:
        | age | outcome           |
        | 0   | does not fire     |
        | 1   | does not fire     |
        | 2   | fires as critical |

  Rule: counts-us.recovery-overdue

    Scenario Outline: Recovered <recovery> days ago, last count <latest> days ago
      Given the patient has US label monitoring
      And the patient takes clozapine 300 mg/d started 800 days ago
      And neutrophils over time:
        | when                | result     |
        | 90 days ago         | 4.1 10*9/L |
        | 60 days ago         | 0.9 10*9/L |
        | 58 days ago         | 1.2 10*9/L |
        | <recovery> days ago | 1.5 10*9/L |
        | <latest> days ago   | 3.1 10*9/L |
      When the record is evaluated
      Then rule `counts-us.recovery-overdue` <outcome>
      And rule `counts-us.monthly-overdue` does not fire

      Examples:
        | recovery | latest | outcome          |
        | 20       | 6      | does not fire    |
        | 20       | 7      | does not fire    |
        | 20       | 8      | fires as warning |
        | 27       | 8      | fires            |
        | 28       | 8      | fires            |
        | 29       | 8      | does not fire    |

    Scenario Outline: Counts of <lowest>, then <next>, <recovery> and <later>
      Given the patient has US label monitoring
      And the patient takes clozapine 300 mg/d started 800 days ago
      And neutrophils over time:
        | when        | result            |
        | 90 days ago | 4.1 10*9/L        |
        | 27 days ago | <lowest> 10*9/L   |
        | 25 days ago | <next> 10*9/L     |
        | 20 days ago | <recovery> 10*9/L |
        | 10 days ago | <later> 10*9/L    |
      When the record is evaluated
      Then rule `counts-us.recovery-overdue` <outcome>

      Examples:
        | lowest | next | recovery | later | outcome       |
        | 0.4    | 1.3  | 1.6      | 2.5   | fires         |
        | 0.99   | 1.3  | 1.6      | 2.5   | fires         |
        | 1      | 1.3  | 1.6      | 2.5   | does not fire |
        | 1.01   | 1.3  | 1.6      | 2.5   | does not fire |
        | 1.2    | 0.99 | 1.6      | 2.5   | fires         |
        | 0.8    | 1.3  | 1.49     | 1.49  | does not fire |
        | 0.8    | 1.3  | 1.49     | 1.5   | fires         |
        | 0.8    | 1.6  | 1.2      | 1.7   | fires         |
        | 0.8    | 0.9  | 0.8      | 0.9   | does not fire |

    Scenario: A mild count after the recovery does not end the four weeks
      Given the patient has US label monitoring
      And the patient takes clozapine 300 mg/d started 800 days ago
      And neutrophils over time:
        | when        | result     |
        | 40 days ago | 0.8 10*9/L |
        | 26 days ago | 1.6 10*9/L |
        | 20 days ago | 1.3 10*9/L |
        | 12 days ago | 1.7 10*9/L |
      When the record is evaluated
      Then rule `counts-us.recovery-overdue` fires because `neutrophils.days_since_recovery` is 26 days

    Scenario: A count of exactly 1.0 is mild and begins nothing anew
      Given the patient has US label monitoring
      And the patient takes clozapine 300 mg/d started 800 days ago
      And neutrophils over time:
        | when        | result     |
        | 40 days ago | 0.8 10*9/L |
        | 30 days ago | 1.6 10*9/L |
        | 20 days ago | 1 10*9/L   |
        | 12 days ago | 1.7 10*9/L |
      When the record is evaluated
      Then rule `counts-us.recovery-overdue` does not fire

    Scenario: Two episodes, of which the later one counts
      Given the patient has US label monitoring
      And the patient takes clozapine 300 mg/d started 800 days ago
      And neutrophils over time:
        | when        | result     |
        | 80 days ago | 0.7 10*9/L |
        | 70 days ago | 1.9 10*9/L |
        | 30 days ago | 0.8 10*9/L |
        | 14 days ago | 1.6 10*9/L |
        | 9 days ago  | 2.6 10*9/L |
      When the record is evaluated
      Then rule `counts-us.recovery-overdue` fires because `neutrophils.days_since_recovery` is 14 days

    Scenario: Still low, so not recovered
      Given the patient has US label monitoring
      And the patient takes clozapine 300 mg/d started 800 days ago
      And neutrophils over time:
        | when        | result     |
        | 40 days ago | 0.8 10*9/L |
        | 10 days ago | 1.2 10*9/L |
      When the record is evaluated
      Then rule `counts-us.recovery-overdue` does not fire
      And rule `counts-us.low-count-overdue` fires

    Scenario Outline: Whom the counts after recovery are for: <whom>
      Given <scheme>
      And <neutropenia>
      And <treatment>
      And neutrophils over time:
        | when        | result     |
        | 90 days ago | 4.1 10*9/L |
        | 40 days ago | 0.8 10*9/L |
        | 20 days ago | 1.6 10*9/L |
      When the record is evaluated
      Then rule `counts-us.recovery-overdue` <outcome>

      Examples:
        | whom                       | scheme                              | neutropenia                                                       | treatment                                                 | outcome          |
        | the US scheme              | the patient has US label monitoring | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d started 800 days ago | fires            |
        | another scheme             | the patient has EU 2025 monitoring  | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d started 800 days ago | does not apply   |
        | no scheme                  | no conditions                       | the patient does not have benign ethnic neutropenia               | the patient takes clozapine 300 mg/d started 800 days ago | is not evaluable |
        | benign ethnic neutropenia  | the patient has US label monitoring | the patient has benign ethnic neutropenia                         | the patient takes clozapine 300 mg/d started 800 days ago | does not apply   |
        | perhaps of the benign kind | the patient has US label monitoring | it is not known whether the patient has benign ethnic neutropenia | the patient takes clozapine 300 mg/d started 800 days ago | is not evaluable |
        | clozapine ended            | the patient has US label monitoring | the patient does not have benign ethnic neutropenia               | the patient stopped clozapine 30 days ago                 | does not apply   |
        | medications unknown        | the patient has US label monitoring | the patient does not have benign ethnic neutropenia               | nothing is known about medications                        | is not evaluable |

    Scenario Outline: Counts unknown or none: <what>
      Given the patient has US label monitoring
      And the patient takes clozapine 300 mg/d started 800 days ago
      And <counts>
      When the record is evaluated
      Then rule `counts-us.recovery-overdue` <outcome>

      Examples:
        | what                | counts                              | outcome          |
        | never counted       | no observations                     | does not fire    |
        | observations absent | nothing is known about observations | is not evaluable |
        | one normal count    | neutrophils of 3 10*9/L, 9 days ago | does not fire    |

    Scenario Outline: An undated count beside a recovery: <count>
      Given the patient has US label monitoring
      And the patient takes clozapine 300 mg/d started 800 days ago
      And neutrophils over time:
        | when        | result     |
        | 90 days ago | 4.1 10*9/L |
        | 40 days ago | 0.8 10*9/L |
        | 20 days ago | 1.6 10*9/L |
      And neutrophils of <count> 10*9/L, undated
      When the record is evaluated
      Then rule `counts-us.recovery-overdue` is not evaluable

      Examples:
        | count |
        | 3.3   |
        | 0.7   |

  Rule: counts-us.fever-after-stop

    Scenario Outline: <temperature> degrees, <when> days ago, clozapine ended <end> days ago
      Given the patient has US label monitoring
      And the patient stopped clozapine <end> days ago
      And body temperature of <temperature> Cel, <when> days ago
      When the record is evaluated
      Then rule `counts-us.fever-after-stop` <outcome>

      Examples:
        | temperature | when | end | outcome          |
        | 38.4        | 2    | 10  | does not fire    |
        | 38.5        | 2    | 10  | fires as warning |
        | 38.6        | 2    | 10  | fires            |
        | 39          | 9    | 10  | fires            |
        | 39          | 10   | 10  | fires            |
        | 39          | 11   | 10  | does not fire    |
        | 39          | 2    | 13  | fires            |
        | 39          | 2    | 14  | fires            |
        | 39          | 2    | 15  | does not apply   |

    Scenario: A fever after clozapine was begun again
      Given the patient has US label monitoring
      And the patient takes these medications:
        | drug      | dose     | started      | stopped     |
        | clozapine | 300 mg/d | 400 days ago | 10 days ago |
        | clozapine | 25 mg/d  | 5 days ago   |             |
      And body temperature of 39 Cel, 2 days ago
      When the record is evaluated
      Then rule `counts-us.fever-after-stop` does not apply

    Scenario: Of two treatments the later end counts
      Given the patient has US label monitoring
      And the patient takes these medications:
        | drug      | dose     | started      | stopped      |
        | clozapine | 300 mg/d | 900 days ago | 500 days ago |
        | clozapine | 300 mg/d | 400 days ago | 10 days ago  |
      And body temperature of 39 Cel, 2 days ago
      When the record is evaluated
      Then rule `counts-us.fever-after-stop` fires because `clozapine.days_since_stop` is 10 days

    Scenario Outline: Whom the fever is about: <whom>
      Given <scheme>
      And <treatment>
      And <temperature>
      When the record is evaluated
      Then rule `counts-us.fever-after-stop` <outcome>

      Examples:
        | whom                  | scheme                              | treatment                                          | temperature                              | outcome          |
        | another scheme        | the patient has EU 2025 monitoring  | the patient stopped clozapine 10 days ago          | body temperature of 39 Cel, 2 days ago   | does not apply   |
        | no scheme             | no conditions                       | the patient stopped clozapine 10 days ago          | body temperature of 39 Cel, 2 days ago   | is not evaluable |
        | never on clozapine    | the patient has US label monitoring | the patient does not take clozapine                | body temperature of 39 Cel, 2 days ago   | does not apply   |
        | on clozapine          | the patient has US label monitoring | the patient takes clozapine 300 mg/d               | body temperature of 39 Cel, 2 days ago   | does not apply   |
        | ended on unknown day  | the patient has US label monitoring | the patient stopped clozapine on an unknown day    | body temperature of 39 Cel, 2 days ago   | is not evaluable |
        | medications unknown   | the patient has US label monitoring | nothing is known about medications                 | body temperature of 39 Cel, 2 days ago   | is not evaluable |
        | no temperature        | the patient has US label monitoring | the patient stopped clozapine 10 days ago          | no observations                          | does not fire    |
        | temperature undated   | the patient has US label monitoring | the patient stopped clozapine 10 days ago          | body temperature of 39 Cel, undated      | is not evaluable |
        | observations unknown  | the patient has US label monitoring | the patient stopped clozapine 10 days ago          | nothing is known about observations      | is not evaluable |

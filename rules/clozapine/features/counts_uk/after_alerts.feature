Feature: Counts after amber and red ones in the UK scheme
  After amber, counts twice weekly until green; after red, daily until two consecutive green ones, and no new
  exposure.

  Background:
    Given as of 2026-11-23

  Rule: counts-uk.amber-overdue

    Scenario Outline: Amber counts <age> days ago
      Given the patient has UK traffic light monitoring
      And the patient takes clozapine 300 mg/d started 400 days ago
      And neutrophils of <neutrophils> 10*9/L, <age> days ago
      And leukocytes of <leukocytes> 10*9/L, <age> days ago
      When the record is evaluated
      Then rule `counts-uk.amber-overdue` <outcome>

      Examples:
        | neutrophils | leukocytes | age | outcome          |
        | 1.7         | 5          | 3   | does not fire    |
        | 1.7         | 5          | 4   | does not fire    |
        | 1.7         | 5          | 5   | fires as warning |
        | 1.49        | 5          | 5   | does not apply   |
        | 1.5         | 5          | 5   | fires            |
        | 1.51        | 5          | 5   | fires            |
        | 1.99        | 5          | 5   | fires            |
        | 2           | 5          | 5   | does not apply   |
        | 2.01        | 5          | 5   | does not apply   |
        | 4           | 2.99       | 5   | does not apply   |
        | 4           | 3          | 5   | fires            |
        | 4           | 3.01       | 5   | fires            |
        | 4           | 3.49       | 5   | fires            |
        | 4           | 3.5        | 5   | does not apply   |
        | 4           | 3.51       | 5   | does not apply   |

    Scenario Outline: Amber counts five days ago, for whom: <whom>
      Given <scheme>
      And <treatment>
      And <neutrophils>
      And <leukocytes>
      When the record is evaluated
      Then rule `counts-uk.amber-overdue` <outcome>

      Examples:
        | whom                    | scheme                                      | treatment                                 | neutrophils                            | leukocytes                           | outcome          |
        | the UK scheme           | the patient has UK traffic light monitoring | the patient takes clozapine 300 mg/d      | neutrophils of 1.7 10*9/L, 5 days ago  | leukocytes of 6.1 10*9/L, 5 days ago | fires            |
        | 28 days after the end   | the patient has UK traffic light monitoring | the patient stopped clozapine 28 days ago | neutrophils of 1.7 10*9/L, 5 days ago  | leukocytes of 6.1 10*9/L, 5 days ago | fires            |
        | another scheme          | the patient has US label monitoring         | the patient takes clozapine 300 mg/d      | neutrophils of 1.7 10*9/L, 5 days ago  | leukocytes of 6.1 10*9/L, 5 days ago | does not apply   |
        | no scheme               | no conditions                               | the patient takes clozapine 300 mg/d      | neutrophils of 1.7 10*9/L, 5 days ago  | leukocytes of 6.1 10*9/L, 5 days ago | is not evaluable |
        | never on clozapine      | the patient has UK traffic light monitoring | the patient does not take clozapine       | neutrophils of 1.7 10*9/L, 5 days ago  | leukocytes of 6.1 10*9/L, 5 days ago | does not apply   |
        | medications unknown     | the patient has UK traffic light monitoring | nothing is known about medications        | neutrophils of 1.7 10*9/L, 5 days ago  | leukocytes of 6.1 10*9/L, 5 days ago | is not evaluable |
        | leukocytes unknown      | the patient has UK traffic light monitoring | the patient takes clozapine 300 mg/d      | neutrophils of 1.7 10*9/L, 5 days ago  | no symptoms                          | is not evaluable |
        | neutrophils unknown     | the patient has UK traffic light monitoring | the patient takes clozapine 300 mg/d      | no symptoms                            | leukocytes of 3.2 10*9/L, 5 days ago | is not evaluable |
        | neutrophils not usable  | the patient has UK traffic light monitoring | the patient takes clozapine 300 mg/d      | neutrophils taken 5 days ago, result unknown | leukocytes of 3.2 10*9/L, 5 days ago | is not evaluable |

  Rule: counts-uk.red-overdue

    Scenario Outline: Counts before <before>, latest <latest>, <age> days ago
      Given the patient has UK traffic light monitoring
      And the patient stopped clozapine 6 days ago
      And these results:
        | observation | result              | when           |
        | neutrophils | 4.1 10*9/L          | 30 days ago    |
        | leukocytes  | 8.1 10*9/L          | 30 days ago    |
        | neutrophils | <n-before> 10*9/L   | 6 days ago     |
        | leukocytes  | <l-before> 10*9/L   | 6 days ago     |
        | neutrophils | <n> 10*9/L          | <age> days ago |
        | leukocytes  | <l> 10*9/L          | <age> days ago |
      When the record is evaluated
      Then rule `counts-uk.red-overdue` <outcome>

      Examples:
        | before            | latest           | n-before | l-before | n    | l    | age | outcome           |
        | green             | red              | 3.2      | 6        | 1.2  | 6    | 0   | does not fire     |
        | green             | red              | 3.2      | 6        | 1.2  | 6    | 1   | does not fire     |
        | green             | red              | 3.2      | 6        | 1.2  | 6    | 2   | fires as critical |
        | green             | nearly red       | 3.2      | 6        | 1.49 | 6    | 2   | fires             |
        | green             | no longer red    | 3.2      | 6        | 1.5  | 6    | 2   | does not fire     |
        | green             | above red        | 3.2      | 6        | 1.51 | 6    | 2   | does not fire     |
        | green             | red leukocytes   | 3.2      | 6        | 3    | 2.99 | 2   | fires             |
        | green             | amber leukocytes | 3.2      | 6        | 3    | 3    | 2   | does not fire     |
        | green             | amber leukocytes | 3.2      | 6        | 3    | 3.01 | 2   | does not fire     |
        | red neutrophils   | green            | 1.49     | 6        | 3    | 6    | 2   | fires             |
        | amber neutrophils | green            | 1.5      | 6        | 3    | 6    | 2   | does not fire     |
        | red leukocytes    | green            | 3.2      | 2.99     | 3    | 6    | 2   | fires             |
        | amber leukocytes  | green            | 3.2      | 3        | 3    | 6    | 2   | does not fire     |

    Scenario Outline: A red count followed by two green ones, the latest <age> days ago
      Given the patient has UK traffic light monitoring
      And the patient takes clozapine 300 mg/d started 400 days ago
      And these results:
        | observation | result     | when           |
        | neutrophils | 1.2 10*9/L | 9 days ago     |
        | leukocytes  | 2.5 10*9/L | 9 days ago     |
        | neutrophils | 2.2 10*9/L | 8 days ago     |
        | leukocytes  | 4.5 10*9/L | 8 days ago     |
        | neutrophils | 2.6 10*9/L | <age> days ago |
        | leukocytes  | 5.5 10*9/L | <age> days ago |
      When the record is evaluated
      Then rule `counts-uk.red-overdue` does not fire

      Examples:
        | age |
        | 1   |
        | 2   |
        | 7   |

    Scenario Outline: Red counts two days ago, for whom: <whom>
      Given <scheme>
      And <treatment>
      And <neutrophils>
      And <leukocytes>
      And <earlier>
      When the record is evaluated
      Then rule `counts-uk.red-overdue` <outcome>

      Examples:
        | whom                     | scheme                                      | treatment                                 | neutrophils                            | leukocytes                           | earlier                                       | outcome          |
        | the UK scheme            | the patient has UK traffic light monitoring | the patient stopped clozapine 2 days ago  | neutrophils of 1.2 10*9/L, 2 days ago  | leukocytes of 6.1 10*9/L, 2 days ago | no symptoms                                   | fires            |
        | another scheme           | the patient has US label monitoring         | the patient stopped clozapine 2 days ago  | neutrophils of 1.2 10*9/L, 2 days ago  | leukocytes of 6.1 10*9/L, 2 days ago | no symptoms                                   | does not apply   |
        | no scheme                | no conditions                               | the patient stopped clozapine 2 days ago  | neutrophils of 1.2 10*9/L, 2 days ago  | leukocytes of 6.1 10*9/L, 2 days ago | no symptoms                                   | is not evaluable |
        | never on clozapine       | the patient has UK traffic light monitoring | the patient does not take clozapine       | neutrophils of 1.2 10*9/L, 2 days ago  | leukocytes of 6.1 10*9/L, 2 days ago | no symptoms                                   | does not apply   |
        | medications unknown      | the patient has UK traffic light monitoring | nothing is known about medications        | neutrophils of 1.2 10*9/L, 2 days ago  | leukocytes of 6.1 10*9/L, 2 days ago | no symptoms                                   | is not evaluable |
        | leukocytes unknown       | the patient has UK traffic light monitoring | the patient takes clozapine 300 mg/d      | neutrophils of 3.2 10*9/L, 2 days ago  | no symptoms                          | no symptoms                                   | is not evaluable |
        | neutrophils unknown      | the patient has UK traffic light monitoring | the patient takes clozapine 300 mg/d      | no symptoms                            | leukocytes of 6.1 10*9/L, 2 days ago | no symptoms                                   | is not evaluable |
        | undated red neutrophils  | the patient has UK traffic light monitoring | the patient takes clozapine 300 mg/d      | neutrophils of 1.2 10*9/L, undated     | leukocytes of 2.8 10*9/L, 2 days ago | no symptoms                                   | is not evaluable |
        | neutrophils before unknown | the patient has UK traffic light monitoring | the patient takes clozapine 300 mg/d    | neutrophils of 3.2 10*9/L, 2 days ago  | leukocytes of 6.1 10*9/L, 2 days ago | neutrophils taken 9 days ago, result unknown  | is not evaluable |
        | leukocytes before unknown  | the patient has UK traffic light monitoring | the patient takes clozapine 300 mg/d    | neutrophils of 3.2 10*9/L, 2 days ago  | leukocytes of 6.1 10*9/L, 2 days ago | leukocytes taken 9 days ago, result unknown   | is not evaluable |
        | red counts too old       | the patient has UK traffic light monitoring | the patient takes clozapine 300 mg/d      | neutrophils of 1.2 10*9/L, 91 days ago | leukocytes of 2.8 10*9/L, 91 days ago | no symptoms                                  | is not evaluable |
        | one green count each     | the patient has UK traffic light monitoring | the patient takes clozapine 300 mg/d      | neutrophils of 3.2 10*9/L, 2 days ago  | leukocytes of 6.1 10*9/L, 2 days ago | no symptoms                                   | does not fire    |

  Rule: counts-uk.restarted-after-red

    Scenario Outline: Neutrophils <neutrophils>, leukocytes <leukocytes>, <count> days ago
      The first course lasted from 400 to 100 days ago, the second began 50 days ago.
      Given the patient has UK traffic light monitoring
      And the patient takes these medications:
        | drug      | dose     | started      | stopped      |
        | clozapine | 300 mg/d | 400 days ago | 100 days ago |
        | clozapine | 200 mg/d | 50 days ago  |              |
      And these results:
        | observation | result               | when             |
        | neutrophils | <neutrophils> 10*9/L | <count> days ago |
        | leukocytes  | <leukocytes> 10*9/L  | <count> days ago |
        | neutrophils | 4.1 10*9/L           | 2 days ago       |
        | leukocytes  | 8.1 10*9/L           | 2 days ago       |
      When the record is evaluated
      Then rule `counts-uk.restarted-after-red` <outcome>

      Examples:
        | neutrophils | leukocytes | count | outcome           |
        | 1.49        | 6          | 101   | fires as critical |
        | 1.5         | 6          | 101   | does not fire     |
        | 1.51        | 6          | 101   | does not fire     |
        | 3.2         | 2.99       | 101   | fires             |
        | 3.2         | 3          | 101   | does not fire     |
        | 1.2         | 6          | 49    | does not fire     |
        | 1.2         | 6          | 50    | fires             |
        | 1.2         | 6          | 51    | fires             |
        | 1.2         | 6          | 399   | fires             |
        | 1.2         | 6          | 400   | does not fire     |
        | 1.2         | 6          | 401   | does not fire     |
        | 3.2         | 2.5        | 49    | does not fire     |
        | 3.2         | 2.5        | 50    | fires             |
        | 3.2         | 2.5        | 399   | fires             |
        | 3.2         | 2.5        | 400   | does not fire     |

    Scenario: After a red count one day without clozapine makes a restart
      Given the patient has UK traffic light monitoring
      And the patient takes these medications:
        | drug      | dose     | started      | stopped     |
        | clozapine | 300 mg/d | 400 days ago | 50 days ago |
        | clozapine | 300 mg/d | 49 days ago  |             |
      And neutrophils of 1.2 10*9/L, 50 days ago
      And leukocytes of 4.5 10*9/L, 50 days ago
      When the record is evaluated
      Then rule `counts-uk.restarted-after-red` fires

    Scenario: A red count during a treatment with a changed dose is no restart
      Given the patient has UK traffic light monitoring
      And the patient takes these medications:
        | drug      | dose     | started      | stopped     |
        | clozapine | 300 mg/d | 400 days ago | 50 days ago |
        | clozapine | 200 mg/d | 50 days ago  |             |
      And neutrophils of 1.2 10*9/L, 100 days ago
      And leukocytes of 2.5 10*9/L, 100 days ago
      When the record is evaluated
      Then rule `counts-uk.restarted-after-red` does not fire

    Scenario Outline: A red count before the present course, for whom: <whom>
      Given <scheme>
      And <treatment>
      And <earlier>
      And neutrophils of <neutrophils> 10*9/L, 100 days ago
      And <leukocytes>
      When the record is evaluated
      Then rule `counts-uk.restarted-after-red` <outcome>

      Examples:
        | whom                        | scheme                                      | treatment                                                | earlier                                                               | neutrophils | leukocytes                                     | outcome          |
        | the UK scheme               | the patient has UK traffic light monitoring | the patient takes clozapine 300 mg/d started 50 days ago | the patient took clozapine started 400 days ago, stopped 90 days ago  | 1.2         | leukocytes of 6 10*9/L, 2 days ago             | fires            |
        | another scheme              | the patient has US label monitoring         | the patient takes clozapine 300 mg/d started 50 days ago | the patient took clozapine started 400 days ago, stopped 90 days ago  | 1.2         | leukocytes of 6 10*9/L, 2 days ago             | does not apply   |
        | no scheme                   | no conditions                               | the patient takes clozapine 300 mg/d started 50 days ago | the patient took clozapine started 400 days ago, stopped 90 days ago  | 1.2         | leukocytes of 6 10*9/L, 2 days ago             | is not evaluable |
        | clozapine ended             | the patient has UK traffic light monitoring | the patient stopped clozapine 50 days ago                | the patient took clozapine started 400 days ago, stopped 90 days ago  | 1.2         | leukocytes of 6 10*9/L, 2 days ago             | does not apply   |
        | medications unknown         | the patient has UK traffic light monitoring | no symptoms                                              | nothing is known about medications                                    | 1.2         | leukocytes of 6 10*9/L, 2 days ago             | is not evaluable |
        | first start unknown         | the patient has UK traffic light monitoring | the patient takes clozapine 300 mg/d started 50 days ago | the patient took clozapine stopped 90 days ago                        | 1.2         | leukocytes of 6 10*9/L, 2 days ago             | is not evaluable |
        | leukocytes then unknown     | the patient has UK traffic light monitoring | the patient takes clozapine 300 mg/d started 50 days ago | the patient took clozapine started 400 days ago, stopped 90 days ago  | 3.2         | leukocytes taken 100 days ago, result unknown  | is not evaluable |
        | neutrophils then unknown    | the patient has UK traffic light monitoring | the patient takes clozapine 300 mg/d started 50 days ago | the patient took clozapine started 400 days ago, stopped 90 days ago  | 3.2         | neutrophils taken 120 days ago, result unknown | is not evaluable |

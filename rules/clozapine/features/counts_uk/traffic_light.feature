Feature: The UK traffic light
  Green from leukocytes of 3.5 and neutrophils of 2.0 on, red below 3.0 or 1.5, amber between. One red count is
  enough for red; without it one amber count is enough for amber.

  Background:
    Given as of 2026-11-23

  Rule: counts-uk.red, counts-uk.amber and counts-uk.green

    Scenario Outline: Neutrophils <neutrophils>, leukocytes <leukocytes>
      Given the patient has UK traffic light monitoring
      And the patient takes clozapine 300 mg/d started 400 days ago
      And these results:
        | observation | result               | when        |
        | neutrophils | <neutrophils> 10*9/L | 2 days ago  |
        | leukocytes  | <leukocytes> 10*9/L  | 2 days ago  |
        | neutrophils | 4.1 10*9/L           | 30 days ago |
        | leukocytes  | 8.1 10*9/L           | 30 days ago |
      When the record is evaluated
      Then of these rules only <light> fires:
        | counts-uk.red   |
        | counts-uk.amber |
        | counts-uk.green |

      Examples:
        | neutrophils | leukocytes | light           |
        | 0.4         | 5          | counts-uk.red   |
        | 1.49        | 5          | counts-uk.red   |
        | 1.5         | 5          | counts-uk.amber |
        | 1.51        | 5          | counts-uk.amber |
        | 1.99        | 5          | counts-uk.amber |
        | 2           | 5          | counts-uk.green |
        | 2.01        | 5          | counts-uk.green |
        | 4.2         | 2.99       | counts-uk.red   |
        | 4.2         | 3          | counts-uk.amber |
        | 4.2         | 3.01       | counts-uk.amber |
        | 4.2         | 3.49       | counts-uk.amber |
        | 4.2         | 3.5        | counts-uk.green |
        | 4.2         | 3.51       | counts-uk.green |
        | 1.7         | 3.2        | counts-uk.amber |
        | 1.4         | 3.2        | counts-uk.red   |
        | 1.7         | 2.8        | counts-uk.red   |
        | 1.2         | 2.5        | counts-uk.red   |

    Scenario Outline: Only one count is known: <count>
      Given the patient has UK traffic light monitoring
      And the patient takes clozapine 300 mg/d started 400 days ago
      And <count>
      When the record is evaluated
      Then rule `counts-uk.red` <red>
      And rule `counts-uk.amber` <amber>
      And rule `counts-uk.green` <green>

      Examples:
        | count                                  | red               | amber            | green            |
        | neutrophils of 1.2 10*9/L, 2 days ago  | fires as critical | does not fire    | does not fire    |
        | neutrophils of 1.7 10*9/L, 2 days ago  | is not evaluable  | is not evaluable | does not fire    |
        | neutrophils of 4.2 10*9/L, 2 days ago  | is not evaluable  | is not evaluable | is not evaluable |
        | leukocytes of 2.5 10*9/L, 2 days ago   | fires             | does not fire    | does not fire    |
        | leukocytes of 3.2 10*9/L, 2 days ago   | is not evaluable  | is not evaluable | does not fire    |
        | leukocytes of 6.1 10*9/L, 2 days ago   | is not evaluable  | is not evaluable | is not evaluable |
        | no observations                        | is not evaluable  | is not evaluable | is not evaluable |

    Scenario Outline: Whom the light is for: <whom>
      Given <scheme>
      And <treatment>
      And neutrophils of <neutrophils> 10*9/L, 2 days ago
      And leukocytes of 6.1 10*9/L, 2 days ago
      When the record is evaluated
      Then rule `<rule>` <outcome>

      Examples:
        | whom                  | scheme                                      | treatment                                 | neutrophils | rule            | outcome           |
        | the UK scheme         | the patient has UK traffic light monitoring | the patient takes clozapine 300 mg/d      | 1.2         | counts-uk.red   | fires as critical |
        | another scheme        | the patient has US label monitoring         | the patient takes clozapine 300 mg/d      | 1.2         | counts-uk.red   | does not apply    |
        | no scheme             | no conditions                               | the patient takes clozapine 300 mg/d      | 1.2         | counts-uk.red   | is not evaluable  |
        | never on clozapine    | the patient has UK traffic light monitoring | the patient does not take clozapine       | 1.2         | counts-uk.red   | does not apply    |
        | 28 days after the end | the patient has UK traffic light monitoring | the patient stopped clozapine 28 days ago | 1.2         | counts-uk.red   | fires             |
        | medications unknown   | the patient has UK traffic light monitoring | nothing is known about medications        | 1.2         | counts-uk.red   | is not evaluable  |
        | the UK scheme         | the patient has UK traffic light monitoring | the patient takes clozapine 300 mg/d      | 1.7         | counts-uk.amber | fires as warning  |
        | another scheme        | the patient has US label monitoring         | the patient takes clozapine 300 mg/d      | 1.7         | counts-uk.amber | does not apply    |
        | no scheme             | no conditions                               | the patient takes clozapine 300 mg/d      | 1.7         | counts-uk.amber | is not evaluable  |
        | never on clozapine    | the patient has UK traffic light monitoring | the patient does not take clozapine       | 1.7         | counts-uk.amber | does not apply    |
        | 28 days after the end | the patient has UK traffic light monitoring | the patient stopped clozapine 28 days ago | 1.7         | counts-uk.amber | fires             |
        | medications unknown   | the patient has UK traffic light monitoring | nothing is known about medications        | 1.7         | counts-uk.amber | is not evaluable  |
        | the UK scheme         | the patient has UK traffic light monitoring | the patient takes clozapine 300 mg/d      | 2.7         | counts-uk.green | fires as info     |
        | another scheme        | the patient has US label monitoring         | the patient takes clozapine 300 mg/d      | 2.7         | counts-uk.green | does not apply    |
        | no scheme             | no conditions                               | the patient takes clozapine 300 mg/d      | 2.7         | counts-uk.green | is not evaluable  |
        | never on clozapine    | the patient has UK traffic light monitoring | the patient does not take clozapine       | 2.7         | counts-uk.green | does not apply    |
        | 28 days after the end | the patient has UK traffic light monitoring | the patient stopped clozapine 28 days ago | 2.7         | counts-uk.green | fires             |
        | medications unknown   | the patient has UK traffic light monitoring | nothing is known about medications        | 2.7         | counts-uk.green | is not evaluable  |

    Scenario: Benign ethnic neutropenia has no light of its own
      Given the patient has UK traffic light monitoring
      And the patient has benign ethnic neutropenia
      And the patient takes clozapine 300 mg/d started 400 days ago
      And neutrophils of 1.3 10*9/L, today
      When the record is evaluated
      Then rule `counts-uk.red` fires
      And rule `counts-uk.red` shows conflict scheme-bands

  Rule: counts-uk.haematologist

    Scenario Outline: Neutrophils <neutrophils>, leukocytes <leukocytes>, <fever>
      Given the patient has UK traffic light monitoring
      And the patient takes clozapine 300 mg/d started 400 days ago
      And neutrophils of <neutrophils> 10*9/L, 2 days ago
      And leukocytes of <leukocytes> 10*9/L, 2 days ago
      And <fever>
      When the record is evaluated
      Then rule `counts-uk.haematologist` <outcome>

      Examples:
        | neutrophils | leukocytes | fever                                            | outcome           |
        | 0.99        | 4          | the patient does not report fever                | fires as critical |
        | 1           | 4          | the patient does not report fever                | does not fire     |
        | 1.01        | 4          | the patient does not report fever                | does not fire     |
        | 1.6         | 1.99       | the patient does not report fever                | fires             |
        | 1.6         | 2          | the patient does not report fever                | does not fire     |
        | 1.6         | 2.01       | the patient does not report fever                | does not fire     |
        | 1.2         | 4          | the patient reports fever                        | fires             |
        | 1.2         | 4          | it is not known whether the patient reports fever | is not evaluable |
        | 1.7         | 4          | the patient reports fever                        | does not apply    |
        | 1.49        | 4          | the patient reports fever                        | fires             |
        | 1.5         | 4          | the patient reports fever                        | does not apply    |
        | 1.51        | 4          | the patient reports fever                        | does not apply    |
        | 4           | 2.99       | the patient reports fever                        | fires             |
        | 4           | 3          | the patient reports fever                        | does not apply    |
        | 4           | 3.01       | the patient reports fever                        | does not apply    |

    Scenario Outline: Deeper cut-offs with <what>
      Given <scheme>
      And <treatment>
      And <neutrophils>
      And <leukocytes>
      And <fever>
      When the record is evaluated
      Then rule `counts-uk.haematologist` <outcome>

      Examples:
        | what                   | scheme                                      | treatment                            | neutrophils                            | leukocytes                            | fever                             | outcome          |
        | leukocytes unknown     | the patient has UK traffic light monitoring | the patient takes clozapine 300 mg/d | neutrophils of 1.2 10*9/L, 2 days ago  | no symptoms                           | the patient does not report fever | is not evaluable |
        | neutrophils unknown    | the patient has UK traffic light monitoring | the patient takes clozapine 300 mg/d | leukocytes of 2.5 10*9/L, 2 days ago   | no symptoms                           | the patient does not report fever | is not evaluable |
        | no counts              | the patient has UK traffic light monitoring | the patient takes clozapine 300 mg/d | no observations                        | no symptoms                           | the patient reports fever         | is not evaluable |
        | another scheme         | the patient has US label monitoring         | the patient takes clozapine 300 mg/d | neutrophils of 0.7 10*9/L, 2 days ago  | leukocytes of 2.5 10*9/L, 2 days ago  | the patient reports fever         | does not apply   |
        | no scheme              | no conditions                               | the patient takes clozapine 300 mg/d | neutrophils of 0.7 10*9/L, 2 days ago  | leukocytes of 2.5 10*9/L, 2 days ago  | the patient reports fever         | is not evaluable |
        | never on clozapine     | the patient has UK traffic light monitoring | the patient does not take clozapine  | neutrophils of 0.7 10*9/L, 2 days ago  | leukocytes of 2.5 10*9/L, 2 days ago  | the patient reports fever         | does not apply   |
        | medications unknown    | the patient has UK traffic light monitoring | nothing is known about medications   | neutrophils of 0.7 10*9/L, 2 days ago  | leukocytes of 2.5 10*9/L, 2 days ago  | the patient reports fever         | is not evaluable |

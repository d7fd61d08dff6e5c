Feature: One count in the words of three schemes
  Neutrophils of 1.2 with 5.1 leukocytes after 14 months: mild in the US label, red in the UK, mild in the EU
  text of 2025. The record decides which of them speaks, and only one does.

  Background:
    Given as of 2026-11-23
    And a man of 40
    And the patient takes clozapine 250 mg/d started 420 days ago
    And these results:
      | observation            | result     | when         |
      | neutrophils            | 1.2 10*9/L | today        |
      | leukocytes             | 5.1 10*9/L | today        |
      | neutrophils            | 2.9 10*9/L | 25 days ago  |
      | leukocytes             | 6.1 10*9/L | 25 days ago  |
      | clozapine plasma level | 420 ng/mL  | 25 days ago  |
      | body weight            | 80 kg      | 421 days ago |
      | body weight            | 82 kg      | 25 days ago  |
      | HbA1c                  | 5.4 %      | 25 days ago  |
    And no symptoms

  Rule: counts-us.mild, counts-uk.red and counts-eu.mild

    Scenario: The US label
      Given the patient has US label monitoring
      When the record is evaluated
      Then only these rules fire:
        | rule           | indicator |
        | counts-us.mild | warning   |

    Scenario: The UK traffic light
      Given the patient has UK traffic light monitoring
      When the record is evaluated
      Then only these rules fire:
        | rule          | indicator |
        | counts-uk.red | critical  |

    Scenario: The EU text of 2025
      Given the patient has EU 2025 monitoring
      When the record is evaluated
      Then only these rules fire:
        | rule                        | indicator |
        | counts-eu.mild              | warning   |
        | counts-eu.interval-not-read | info      |

    Scenario: No scheme
      Given no conditions
      When the record is evaluated
      Then only these rules fire:
        | rule                 | indicator |
        | scheme.none-selected | info      |

    Scenario: Two schemes
      Given the patient has US label monitoring
      And the patient has UK traffic light monitoring
      When the record is evaluated
      Then only these rules fire:
        | rule                    | indicator |
        | scheme.several-selected | warning   |

    Scenario: The US label with benign ethnic neutropenia
      Given the patient has US label monitoring
      And the patient has benign ethnic neutropenia
      When the record is evaluated
      Then no rule fires

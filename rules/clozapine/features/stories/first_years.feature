Feature: The same patient, later and later
  Clozapine since 2025-01-01 and one count, on 2025-03-01. The same record is evaluated for later days.

  Background:
    Given as of 2025-03-05
    And the patient takes clozapine 250 mg/d started 2025-01-01
    And neutrophils of 3.1 10*9/L, 2025-03-01
    And leukocytes of 6.1 10*9/L, 2025-03-01

  Rule: the intervals of each scheme

    Scenario Outline: <scheme>, <day>
      Given the patient has <scheme>
      When the record is evaluated as of <day>
      Then rule `<rule>` <outcome>

      Examples:
        | scheme                      | day        | rule                            | outcome       |
        | US label monitoring         | 2025-03-08 | counts-us.weekly-overdue        | does not fire |
        | US label monitoring         | 2025-03-09 | counts-us.weekly-overdue        | fires         |
        | US label monitoring         | 2025-07-01 | counts-us.weekly-overdue        | fires         |
        | US label monitoring         | 2025-07-02 | counts-us.two-weekly-overdue    | fires         |
        | US label monitoring         | 2025-12-30 | counts-us.two-weekly-overdue    | fires         |
        | US label monitoring         | 2025-12-31 | counts-us.monthly-overdue       | fires         |
        | UK traffic light monitoring | 2025-05-06 | counts-uk.weekly-overdue        | fires         |
        | UK traffic light monitoring | 2025-05-07 | counts-uk.fortnightly-overdue   | fires         |
        | UK traffic light monitoring | 2025-12-31 | counts-uk.four-weekly-overdue   | fires         |
        | EU 2025 monitoring          | 2025-05-06 | counts-eu.weekly-overdue        | fires         |
        | EU 2025 monitoring          | 2025-05-07 | counts-eu.monthly-overdue       | fires         |
        | EU 2025 monitoring          | 2025-12-31 | counts-eu.twelve-weekly-overdue | fires         |
        | EU 2025 monitoring          | 2026-12-29 | counts-eu.twelve-weekly-overdue | fires         |
        | EU 2025 monitoring          | 2026-12-30 | counts-eu.annual-overdue        | fires         |

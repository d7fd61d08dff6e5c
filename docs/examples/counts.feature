Feature: A falling blood count

  Scenario: A moderate neutropenia is noticed
    Given as of 2026-11-23
    And a woman of 78
    And the patient takes mianserin 60 mg/d for major depressive disorder, started 53 days ago
    And neutrophils over time:
      | when        | result     |
      | 3 days ago  | 1200 /uL   |
      | 56 days ago | 2.9 10*9/L |
    When the record is evaluated
    Then rule monitoring.neutropenia-moderate fires as warning
    And rule monitoring.anaemia is not evaluable because haemoglobin.latest is unknown

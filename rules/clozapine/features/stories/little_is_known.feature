Feature: Little is known
  What a record does not say leaves rules unevaluated; it is never taken for normal.

  Rule: scheme.none-selected and the rules on counts

    Scenario: An empty record
      Given the record:
        """
        {"as_of": "2026-11-23"}
        """
      When the record is evaluated
      Then no rule fires
      And rule `counts-us.severe` is not evaluable
      And rule `counts-uk.red` is not evaluable
      And rule `counts-eu.severe` is not evaluable
      And rule `scheme.none-selected` is not evaluable because `clozapine.active` and `scheme.number` are unknown

    Scenario: A patient who died
      Given as of 2026-11-23
      And the patient takes clozapine 1000 mg/d
      And the patient died 2 days ago
      When the record is evaluated
      Then rule `dosing.above-maximum` does not apply
      And no rule fires

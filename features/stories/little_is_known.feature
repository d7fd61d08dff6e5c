Feature: Records with little data, or with errors
  Missing data are never treated as absent, zero or normal. Wrong data are refused, not guessed.

  Background:
    Given as of 2026-11-23

  Scenario: Nothing but the drug
    Given the patient takes mianserin
    When the record is evaluated
    Then no rule fires
    And rule `monitoring.infection-signs` is not evaluable because `symptom.fever` is unknown among others
    And rule `dosing.above-every-label` is not evaluable because `mianserin.daily_dose` is unknown
    And rule `safety.maoi` does not fire
    And rule `augmentation.candidate` does not apply

  Scenario: An empty record
    Given the record:
      """
      {}
      """
    When the record is evaluated
    Then no rule fires
    And rule `safety.mania` is not evaluable because `mianserin.active` and `condition.mania` are unknown
    And there is no notice

  Scenario: The patient has died
    Given a woman of 78
    And the patient died 3 days ago
    And the patient takes mianserin 300 mg/d
    And the patient reports fever
    When the record is evaluated
    Then no rule fires
    And rule `dosing.above-every-label` does not apply
    And rule `monitoring.infection-signs` does not apply
    And a notice at /patient/deceased_date mentions "no rule applies"

  Scenario: The patient died today
    Given the patient died today
    And the patient takes mianserin 300 mg/d
    When the record is evaluated
    Then rule `dosing.above-every-label` fires as critical

  Scenario: A code that the rulebook does not know
    Given the record:
      """
      {"as_of": "2026-11-23", "medications": [{"drug": "mianserin"}], "conditions": [{"code": "epilepsi"}]}
      """
    When the record is evaluated
    Then rule `safety.epilepsy` does not fire
    And a notice at /conditions/0/code mentions "epilepsy"

  Scenario: A dose without a unit
    Given the record:
      """
      {"as_of": "2026-11-23",
       "medications": [{"drug": "mianserin", "daily_dose": {"value": 60}}]}
      """
    When the record is evaluated
    Then the record is refused at /medications/0/daily_dose/unit

  Scenario: Age and date of birth at once
    Given the record:
      """
      {"as_of": "2026-11-23", "patient": {"birth_date": "1948-03-02", "age_years": 78}}
      """
    When the record is evaluated
    Then the record is refused at /patient/age_years

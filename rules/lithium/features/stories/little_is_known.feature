Feature: Records with little data, or with errors
  Missing data are never treated as absent, zero or normal. Wrong data are refused or not used, and not guessed.

  Background:
    Given as of 2026-11-23

  Scenario: Nothing but the drug
    Given the patient takes lithium carbonate
    When the record is evaluated
    Then no rule fires
    And rule `levels.toxic` is not evaluable because `lithium-level.latest` is unknown
    And rule `renal.filtration-below-30` is not evaluable because `filtration.latest` is unknown among others
    And rule `interactions.nsaid-started` does not fire

  Scenario: An empty record
    Given the record:
      """
      {}
      """
    When the record is evaluated
    Then no rule fires
    And rule `levels.toxic` is not evaluable because `lithium.active` and `lithium-level.latest` are unknown
    And there is no notice

  Scenario: The patient has died
    Given a woman of 78
    And the patient died 3 days ago
    And the patient takes lithium carbonate 800 mg/d
    And lithium level of 2.10 mmol/L, 4 days ago
    When the record is evaluated
    Then no rule fires
    And rule `levels.toxic` does not apply
    And a notice at /patient/deceased_date mentions "no rule applies"

  Scenario: A drug that is not understood may be an interacting one
    Given the record:
      """
      {"as_of": "2026-11-23",
       "medications": [{"drug": "lithium-carbonate", "start": "2020-01-01"},
                       {"drug": "http://example.org/drugs|17", "start": "2026-11-13"}]}
      """
    When the record is evaluated
    Then rule `interactions.nsaid-started` is not evaluable because `nsaid_drug.started_recently` is unknown
    And rule `levels.toxic` is not evaluable because `lithium-level.latest` is unknown

  Scenario Outline: Codes of lithium
    Given the record:
      """
      {"as_of": "2026-11-23", "medications": [{"drug": "<code>"}],
       "observations": [{"code": "loinc|14334-7", "value": 1.7, "unit": "mmol/L", "date": "2026-11-20"}]}
      """
    When the record is evaluated
    Then rule `levels.toxic` <outcome>

    Examples:
      | code             | outcome                                              |
      | atc\|N05AN01     | fires                                                |
      | rxnorm\|197889   | fires                                                |
      | sct\|387098001   | fires                                                |
      | sct\|85899009    | fires                                                |
      | rxnorm\|6448     | is not evaluable because `lithium.active` is unknown |
      | atc\|D11AX04     | does not apply                                       |
      | atc\|N05AN       | is not evaluable because `lithium.active` is unknown |
      | warfarin         | does not apply                                       |

  Scenario Outline: Codes of the level
    Given the record:
      """
      {"as_of": "2026-11-23", "medications": [{"drug": "lithium"}],
       "observations": [{"code": "<code>", "value": 11.8, "unit": "<unit>", "date": "2026-11-20"}]}
      """
    When the record is evaluated
    Then rule `levels.toxic` <outcome>

    Examples:
      | code           | unit  | outcome                                                    |
      | loinc\|3719-2  | mg/L  | fires                                                      |
      | loinc\|14334-7 | mg/L  | fires                                                      |
      | loinc\|14334-7 | mmol/L | is not evaluable because `lithium-level.latest` is unknown |
      | loinc\|25461-5 | mg/L  | is not evaluable because `lithium-level.latest` is unknown |
      | loinc\|80970-7 | mg/L  | is not evaluable because `lithium-level.latest` is unknown |

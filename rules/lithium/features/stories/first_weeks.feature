Feature: The first weeks on lithium in mania
  A start, an early level, a higher dose and the level after it.

  Background:
    Given a man of 29
    And the patient has mania since 2026-11-01
    And no symptoms
    And the patient takes these medications:
      | drug              | dose      | for   | started    | stopped    |
      | lithium carbonate | 800 mg/d  | mania | 2026-11-02 | 2026-11-12 |
      | lithium carbonate | 1200 mg/d | mania | 2026-11-12 |            |
    And these results:
      | observation     | result      | when       |
      | TSH             | 1.9 mIU/L   | 2026-11-01 |
      | creatinine      | 84 umol/L   | 2026-11-01 |
      | serum calcium   | 2.38 mmol/L | 2026-11-01 |
      | serum sodium    | 141 mmol/L  | 2026-11-01 |
      | leukocyte count | 7.2 10*9/L  | 2026-11-01 |
      | body weight     | 82 kg       | 2026-11-01 |
      | lithium level   | 0.66 mmol/L | 2026-11-11 |
      | lithium level   | 0.88 mmol/L | 2026-11-17 |
      | lithium level   | 0.93 mmol/L | 2026-11-21 |

  Scenario Outline: Day by day
    When the record is evaluated as of <day>
    Then rule `timing.level-too-early` <early>
    And rule `timing.level-on-disputed-day` <disputed>
    And rule `timing.level-after-change-missing` <missing>
    And rule `monitoring.baseline-incomplete` does not fire

    Examples:
      | day        | early         | disputed      | missing       |
      | 2026-11-11 | does not fire | does not fire | does not fire |
      | 2026-11-17 | does not fire | fires as info | does not fire |
      | 2026-11-21 | does not fire | does not fire | does not fire |

  Scenario: The level in mania on the last day
    When the record is evaluated as of 2026-11-21
    Then rule `levels.mania-within-ranges` fires because `lithium-level.latest` is 0.93 mmol/L
    And no other rule of family levels fires

  Scenario: No level after the change
    Given the record:
      """
      {"as_of": "2026-11-22", "patient": {"age_years": 29, "sex": "male"},
       "medications": [
         {"drug": "lithium-carbonate", "daily_dose": {"value": 800, "unit": "mg/d"}, "start": "2026-11-02", "stop": "2026-11-12"},
         {"drug": "lithium-carbonate", "daily_dose": {"value": 1200, "unit": "mg/d"}, "start": "2026-11-12"}],
       "observations": [{"code": "loinc|14334-7", "value": 0.66, "unit": "mmol/L", "date": "2026-11-09"}]}
      """
    When the record is evaluated
    Then rule `timing.level-after-change-missing` fires because `lithium.days_since_change` is 10 days

Feature: An elderly woman on lithium buys ibuprofen
  One record over some weeks: an interacting drug, the level that follows it, and the renal function.

  Background:
    Given as of 2026-11-23
    And a woman born on 1951-08-30
    And the patient takes these medications:
      | drug              | dose     | for              | started     |
      | lithium carbonate | 600 mg/d | bipolar disorder | 2009-03-02  |
      | ibuprofen         |          |                  | 12 days ago |
    And the patient has bipolar disorder
    And no symptoms

  Scenario: No level yet since the start
    Given these results:
      | observation   | result      | when         |
      | lithium level | 0.58 mmol/L | 40 days ago  |
      | lithium level | 0.55 mmol/L | 130 days ago |
      | creatinine    | 78 umol/L   | 40 days ago  |
      | creatinine    | 76 umol/L   | 300 days ago |
      | TSH           | 2.2 mIU/L   | 40 days ago  |
      | serum calcium | 2.41 mmol/L | 40 days ago  |
      | serum sodium  | 140 mmol/L  | 40 days ago  |
      | body weight   | 68 kg       | 40 days ago  |
    When the record is evaluated
    Then only these rules fire:
      | rule                             | indicator |
      | interactions.nsaid-started       | warning   |
      | interactions.no-level-since-start | warning  |
      | levels.elderly-usual-range       | info      |
      | timing.level-current             | info      |

  Scenario: A higher level and a lower filtration rate
    Given these results:
      | observation   | result      | when         |
      | lithium level | 1.02 mmol/L | 2 days ago   |
      | lithium level | 0.58 mmol/L | 40 days ago  |
      | creatinine    | 121 umol/L  | 2 days ago   |
      | creatinine    | 78 umol/L   | 40 days ago  |
      | creatinine    | 76 umol/L   | 300 days ago |
      | TSH           | 2.2 mIU/L   | 40 days ago  |
      | serum calcium | 2.41 mmol/L | 40 days ago  |
      | serum sodium  | 140 mmol/L  | 40 days ago  |
      | body weight   | 68 kg       | 40 days ago  |
    When the record is evaluated
    Then only these rules fire:
      | rule                          | indicator |
      | interactions.nsaid-started    | warning   |
      | levels.elderly-above-range    | warning   |
      | levels.above-older-review     | info      |
      | renal.filtration-30-to-44     | warning   |
      | renal.fall-below-45           | warning   |
      | renal.persistent-fall         | warning   |
      | timing.level-current          | info      |
    And rule `levels.toxic` does not fire
    And rule `interactions.no-level-since-start` does not fire

Feature: Six weeks of the studied pair
  A man with resistant depression on 60 mg of mianserin and 20 mg of fluoxetine a day: he is better but
  not well.

  Scenario: Response without remission
    Given as of 2026-11-23
    And a man of 47
    And the patient has snomed-ct|370143000 since 2022-04-10
    And the patient has treatment-resistant depression since 2026-08-01
    And the patient takes these medications:
      | drug         | dose      | for                       | started    | stopped    |
      | atc\|N06AX03 | 60 mg/d   | major depressive disorder | 2026-10-05 |            |
      | fluoxetine   | 20 mg/day |                           | 2026-03-01 |            |
      | venlafaxine  | 150 mg/d  |                           | 2025-06-01 | 2026-02-15 |
    And HAM-D17 score over time:
      | when       | result     |
      | 2026-11-16 | 11 {score} |
      | 2026-10-02 | 26 {score} |
      | 2026-10-26 | 19 {score} |
    And neutrophils of 4.6 10*9/L, on 2026-11-02
    And the patient reports mild dry mouth
    And the patient does not report drowsiness
    And a history of 2 failed antidepressant trials
    When the record is evaluated
    Then only these rules fire:
      | rule                      | indicator |
      | augmentation.response     | info      |
      | augmentation.studied-pair | info      |
      | dosing.mdd-at-trial-dose  | info      |
      | dosing.mdd-within-range   | info      |
      | side-effects.dry-mouth    | info      |
    And rule `augmentation.remission` does not fire
    And rule `augmentation.studied-pair` rests on claim `seed.table1.trd-dose`
    And rule `augmentation.partner-not-in-source` does not apply
    And rule `monitoring.adult-count-overdue-initial` does not fire

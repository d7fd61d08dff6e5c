Feature: An elderly woman nine weeks into treatment
  Whole patients: the advisories of all rules for one record.

  Scenario: Her blood count is overdue
    Given as of 2026-11-23
    And a woman born on 1948-03-02
    And the patient has major depressive disorder since 2019-01-15
    And the patient has diabetes since 2008-06-01
    And the patient takes these medications:
      | drug       | dose    | for                       | started    | stopped    |
      | mianserin  | 75 mg/d | major depressive disorder | 2026-09-20 |            |
      | warfarin   | 3 mg/d  |                           | 2024-05-02 |            |
      | citalopram | 20 mg/d |                           | 2025-11-03 | 2026-09-06 |
    And these results:
      | observation   | result     | when       |
      | neutrophils   | 3100 /uL   | 2026-10-14 |
      | neutrophils   | 4.2 10*9/L | 2026-09-18 |
      | leukocytes    | 5.4 10*9/L | 2026-10-14 |
      | leukocytes    | 6.6 K/uL   | 2026-09-18 |
      | platelets     | 212 10*9/L | 2026-10-14 |
      | haemoglobin   | 12.1 g/dL  | 2026-10-14 |
      | body weight   | 64 kg      | 2026-09-19 |
      | body weight   | 68.2 kg    | 2026-11-20 |
      | body weight   | 65.5 kg    | 2026-10-15 |
      | HAM-D17 score | 17 {score} | 2026-11-02 |
      | HAM-D17 score | 24 {score} | 2026-09-19 |
    And the patient reports mild dizziness
    And the patient reports moderate drowsiness
    And a history of 1 failed antidepressant trial
    When the record is evaluated
    Then only these rules fire:
      | rule                                     | indicator |
      | dosing.mdd-at-trial-dose                 | info      |
      | dosing.mdd-within-range                  | info      |
      | dosing.no-response-at-review             | info      |
      | monitoring.elderly-count-overdue-initial | warning   |
      | safety.diabetes                          | warning   |
      | safety.warfarin                          | info      |
      | side-effects.dizziness                   | info      |
      | side-effects.drowsiness                  | info      |
      | side-effects.elderly-falls-risk          | warning   |
      | side-effects.weight-gain-measured        | info      |
    And rule `monitoring.elderly-count-overdue-initial` fires because `blood_count.days_since_latest` is 40 days
    And rule `monitoring.elderly-count-overdue-initial` rests on claim `ie-p.blood-count`
    And rule `monitoring.elderly-count-overdue-initial` shows conflict `seed.monitoring-undefined`
    And rule `side-effects.weight-gain-measured` fires because `weight.change_percent` is 6.5625 %
    And there is no notice

  Scenario: The same record a month later
    Given as of 2026-11-23
    And a woman of 78
    And no conditions
    And no symptoms
    And the patient takes mianserin 60 mg/d for major depressive disorder since 2026-09-20
    And neutrophils of 3.1 10*9/L, 2026-11-10
    And leukocytes of 5.4 10*9/L, 2026-11-10
    When the record is evaluated
    Then rule `monitoring.elderly-count-current` fires as info
    And rule `monitoring.elderly-count-overdue-initial` does not fire
    And rule `monitoring.elderly-baseline-missing` fires as warning
    And no other rule of family monitoring fires
    When the record is evaluated as of 2026-12-15
    Then rule `monitoring.elderly-count-current` does not fire
    And rule `monitoring.elderly-count-overdue-initial` fires because `blood_count.days_since_latest` is 35 days
    When the record is evaluated as of 2027-01-20
    Then rule `monitoring.elderly-count-overdue-initial` does not apply
    And rule `monitoring.elderly-count-current` fires because `blood_count.days_since_latest` is 71 days

Feature: A low dose for sleep, with a second sedative
  No depression on record, more than the reported dose, and zopiclone as well.

  Scenario: Insomnia without depression
    Given as of 2026-11-23
    And a woman born on 1971-07-19
    And the patient has insomnia since 2026-01-10
    And the patient does not have major depressive disorder
    And the patient takes these medications:
      | drug      | dose     | for      | started    | stopped    |
      | mianserin | 15 mg/d  | insomnia | 2026-10-26 |            |
      | zopiclone | 7.5 mg/d |          | 2026-02-01 |            |
      | temazepam | 10 mg/d  |          | 2026-01-12 | 2026-01-31 |
    And leukocytes of 6.8 10*9/L, on 2026-11-09
    And the patient reports severe drowsiness
    And the patient does not report dizziness
    And a history of 0 failed antidepressant trials
    When the record is evaluated
    Then only these rules fire:
      | rule                               | indicator |
      | dosing.insomnia-above-low-dose     | warning   |
      | dosing.insomnia-without-depression | warning   |
      | side-effects.common-severe         | warning   |
      | side-effects.drowsiness            | info      |
      | side-effects.sedative-combination  | warning   |
    And rule `side-effects.drowsiness` names target `histamine-h1`
    And no rule of family monitoring fires
    And no rule of family safety fires

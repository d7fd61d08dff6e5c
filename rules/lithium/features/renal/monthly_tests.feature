Feature: Monthly tests with altered renal function
  A Scottish health board has the level and renal function at least monthly. Altered means renal insufficiency or a
  filtration rate below 60, which is a decision of this rulebook.

  Background:
    Given as of 2026-11-23

  Rule: renal.level-not-monthly

    Scenario Outline: From which filtration rate on
      Given a woman of 60
      And no conditions
      And the patient takes lithium carbonate 600 mg/d started 900 days ago
      And creatinine of <creatinine> umol/L, 3 days ago
      And lithium level of 0.50 mmol/L, 60 days ago
      When the record is evaluated
      Then fact `filtration.latest` is <rate> mL/min/1.73 m2
      And rule `renal.level-not-monthly` <outcome>

      Examples:
        | creatinine     | rate | outcome          |
        | 94.01777291681 | 59.9 | fires as warning |
        | 93.88717452874 | 60   | does not apply   |
        | 93.75697458261 | 60.1 | does not apply   |

    Scenario Outline: Days since the latest level
      Given a woman of 60
      And the patient has renal insufficiency
      And the patient takes lithium carbonate 600 mg/d started 900 days ago
      And lithium level over time:
        | when            | result      |
        | <days> days ago | 0.50 mmol/L |
        | 100 days ago    | 0.60 mmol/L |
      When the record is evaluated
      Then rule `renal.level-not-monthly` <outcome>

      Examples:
        | days | outcome       |
        | 30   | does not fire |
        | 31   | does not fire |
        | 32   | fires         |

    Scenario Outline: Patients to whom renal.level-not-monthly applies
      Given <patient>
      And <conditions>
      And <treatment>
      And <results>
      When the record is evaluated
      Then rule `renal.level-not-monthly` <outcome>

      Examples:
        | patient       | conditions                          | treatment                                                         | results                                   | outcome                                                                                         |
        | a woman of 60 | the patient has renal insufficiency | the patient takes lithium carbonate 600 mg/d started 900 days ago | no observations                           | fires                                                                                           |
        | a woman of 60 | the patient has renal insufficiency | the patient takes lithium carbonate 600 mg/d started 900 days ago | nothing is known about observations       | is not evaluable because `lithium-level.ever` and `lithium-level.days_since_latest` are unknown |
        | a woman of 60 | the patient has renal insufficiency | the patient takes lithium carbonate 600 mg/d started 900 days ago | lithium level of 0.50 mmol/L, undated     | is not evaluable because `lithium-level.days_since_latest` is unknown                           |
        | a woman of 60 | no conditions                       | the patient takes lithium carbonate 600 mg/d started 900 days ago | lithium level of 0.50 mmol/L, 60 days ago | is not evaluable because `filtration.latest` is unknown                                         |
        | a woman of 60 | the patient has renal insufficiency | the patient does not take lithium                                 | lithium level of 0.50 mmol/L, 60 days ago | does not apply                                                                                  |
        | a woman of 60 | the patient has renal insufficiency | nothing is known about medications                                | lithium level of 0.50 mmol/L, 60 days ago | is not evaluable because `lithium.active` is unknown                                            |

  Rule: renal.function-not-monthly

    Scenario Outline: Days since the latest test
      Given a woman of 60
      And the patient has renal insufficiency
      And the patient takes lithium carbonate 600 mg/d started 900 days ago
      And <result>, <days> days ago
      And creatinine of 80 umol/L, 100 days ago
      When the record is evaluated
      Then rule `renal.function-not-monthly` <outcome>

      Examples:
        | result                                        | days | outcome          |
        | creatinine of 90 umol/L                       | 30   | does not fire    |
        | creatinine of 90 umol/L                       | 31   | does not fire    |
        | creatinine of 90 umol/L                       | 32   | fires as warning |
        | estimated filtration rate of 55 mL/min        | 20   | does not fire    |
        | estimated filtration rate of 55 mL/min/1.73m2 | 50   | fires            |

    Scenario Outline: Patients to whom renal.function-not-monthly applies
      Given a woman of 60
      And <conditions>
      And <treatment>
      And <results>
      When the record is evaluated
      Then rule `renal.function-not-monthly` <outcome>

      Examples:
        | conditions                          | treatment                                                         | results                                             | outcome                                                                                           |
        | the patient has renal insufficiency | the patient takes lithium carbonate 600 mg/d started 900 days ago | no observations                                     | fires                                                                                             |
        | the patient has renal insufficiency | the patient takes lithium carbonate 600 mg/d started 900 days ago | nothing is known about observations                 | is not evaluable because `renal_function.ever` and `renal_function.days_since_latest` are unknown |
        | the patient has renal insufficiency | the patient takes lithium carbonate 600 mg/d started 900 days ago | creatinine of 90 umol/L, undated                    | is not evaluable because `renal_function.days_since_latest` is unknown                            |
        | no conditions                       | the patient takes lithium carbonate 600 mg/d started 900 days ago | creatinine of 70 umol/L, 60 days ago                | does not apply                                                                                    |
        | no conditions                       | the patient takes lithium carbonate 600 mg/d started 900 days ago | estimated filtration rate of 70 mL/min, 60 days ago | is not evaluable because `filtration.latest` is unknown                                           |
        | the patient has renal insufficiency | the patient does not take lithium                                 | no observations                                     | does not apply                                                                                    |
        | the patient has renal insufficiency | nothing is known about medications                                | no observations                                     | is not evaluable because `lithium.active` is unknown                                              |

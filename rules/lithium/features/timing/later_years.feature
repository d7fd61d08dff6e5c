Feature: Levels after the first year on lithium
  Every six months by NICE, as quoted, or every three with a reason for closer monitoring; every three throughout by a
  Scottish health board. Three months are 91 days, six months 183 days.

  Background:
    Given as of 2026-11-23

  Scenario Outline: Without a reason for closer monitoring
    Given a woman of 45
    And no conditions
    And the patient takes lithium carbonate 800 mg/d started 900 days ago
    And creatinine of 70 umol/L, 20 days ago
    And lithium level over time:
      | when              | result      |
      | <latest> days ago | 0.70 mmol/L |
      | 200 days ago      | 0.60 mmol/L |
      | 300 days ago      | 0.60 mmol/L |
    When the record is evaluated
    Then rule `timing.level-current` <current>
    And rule `timing.level-between-intervals` <between>
    And rule `timing.level-overdue-later` <overdue>

    Examples:
      | latest | current       | between       | overdue          |
      | 90     | fires as info | does not fire | does not fire    |
      | 91     | fires         | does not fire | does not fire    |
      | 92     | does not fire | fires as info | does not fire    |
      | 182    | does not fire | fires         | does not fire    |
      | 183    | does not fire | fires         | does not fire    |
      | 184    | does not fire | does not fire | fires as warning |

  Scenario Outline: With a reason for closer monitoring
    Given a woman of 70
    And no conditions
    And the patient takes lithium carbonate 800 mg/d started 900 days ago
    And lithium level over time:
      | when              | result      |
      | <latest> days ago | 0.70 mmol/L |
      | 200 days ago      | 0.60 mmol/L |
    When the record is evaluated
    Then rule `timing.level-overdue-with-risk` <outcome>

    Examples:
      | latest | outcome          |
      | 90     | does not fire    |
      | 91     | does not fire    |
      | 92     | fires as warning |
      | 182    | fires            |
      | 183    | fires            |
      | 184    | does not fire    |

  Rule: timing.level-overdue-with-risk

    Scenario Outline: Reasons for closer monitoring
      Given <patient>
      And <condition>
      And the patient takes lithium carbonate 800 mg/d started 900 days ago
      And the patient takes <drug>
      And <creatinine>
      And lithium level of <level> mmol/L, 120 days ago
      When the record is evaluated
      Then rule `timing.level-overdue-with-risk` <closer>
      And rule `timing.level-between-intervals` <between>

      Examples:
        | patient       | condition                                            | drug                                                     | creatinine                            | level | closer           | between        |
        | a woman of 45 | no conditions                                        | warfarin                                                 | creatinine of 70 umol/L, 20 days ago  | 0.70  | does not apply   | fires as info  |
        | a woman of 75 | no conditions                                        | warfarin                                                 | creatinine of 70 umol/L, 20 days ago  | 0.70  | fires as warning | does not apply |
        | a woman of 45 | no conditions                                        | ramipril                                                 | creatinine of 70 umol/L, 20 days ago  | 0.70  | fires            | does not apply |
        | a woman of 45 | no conditions                                        | losartan                                                 | creatinine of 70 umol/L, 20 days ago  | 0.70  | fires            | does not apply |
        | a woman of 45 | no conditions                                        | ibuprofen                                                | creatinine of 70 umol/L, 20 days ago  | 0.70  | fires            | does not apply |
        | a woman of 45 | no conditions                                        | hydrochlorothiazide                                      | creatinine of 70 umol/L, 20 days ago  | 0.70  | fires            | does not apply |
        | a woman of 45 | no conditions                                        | furosemide                                               | creatinine of 70 umol/L, 20 days ago  | 0.70  | fires            | does not apply |
        | a woman of 45 | no conditions                                        | amiloride                                                | creatinine of 70 umol/L, 20 days ago  | 0.70  | fires            | does not apply |
        | a woman of 45 | no conditions                                        | theophylline                                             | creatinine of 70 umol/L, 20 days ago  | 0.70  | fires            | does not apply |
        | a woman of 45 | no conditions                                        | ramipril, started 700 days ago, stopped 400 days ago     | creatinine of 70 umol/L, 20 days ago  | 0.70  | does not apply   | fires          |
        | a woman of 45 | no conditions                                        | theophylline, started 700 days ago, stopped 400 days ago | creatinine of 70 umol/L, 20 days ago  | 0.70  | does not apply   | fires          |
        | a woman of 45 | no conditions                                        | warfarin                                                 | creatinine of 200 umol/L, 20 days ago | 0.70  | fires            | does not apply |
        | a woman of 45 | the patient does not have hypothyroidism             | warfarin                                                 | creatinine of 70 umol/L, 20 days ago  | 0.70  | does not apply   | fires          |
        | a woman of 45 | the patient has hypothyroidism resolved 300 days ago | warfarin                                                 | creatinine of 70 umol/L, 20 days ago  | 0.70  | does not apply   | fires          |
        | a woman of 45 | the patient has renal insufficiency                  | warfarin                                                 | creatinine of 70 umol/L, 20 days ago  | 0.70  | fires            | does not apply |
        | a woman of 45 | the patient has hypothyroidism                       | warfarin                                                 | creatinine of 70 umol/L, 20 days ago  | 0.70  | fires            | does not apply |
        | a woman of 45 | the patient has raised calcium                       | warfarin                                                 | creatinine of 70 umol/L, 20 days ago  | 0.70  | fires            | does not apply |
        | a woman of 45 | the patient has pregnancy                            | warfarin                                                 | creatinine of 70 umol/L, 20 days ago  | 0.70  | fires            | does not apply |
        | a woman of 45 | no conditions                                        | warfarin                                                 | creatinine of 70 umol/L, 20 days ago  | 0.79  | does not apply   | fires          |
        | a woman of 45 | no conditions                                        | warfarin                                                 | creatinine of 70 umol/L, 20 days ago  | 0.80  | fires            | does not apply |
        | a woman of 45 | no conditions                                        | warfarin                                                 | creatinine of 70 umol/L, 20 days ago  | 0.81  | fires            | does not apply |

    Scenario Outline: What is not known may be a reason
      Given <patient>
      And <conditions>
      And the patient takes lithium carbonate 800 mg/d started 900 days ago
      And <drug>
      And <creatinine>
      And <level>
      When the record is evaluated
      Then rule `timing.level-overdue-with-risk` is not evaluable because <unknown>
      And rule `timing.level-between-intervals` is not evaluable because <unknown>

      Examples:
        | patient                  | conditions                        | drug                                               | creatinine                           | level                                            | unknown                                                                                                                       |
        | a patient of unknown age | no conditions                     | the patient takes warfarin                         | creatinine of 70 umol/L, 20 days ago | lithium level of 0.70 mmol/L, 120 days ago       | `patient.age_years` and `filtration.latest` are unknown                                                                       |
        | a woman of 45            | nothing is known about conditions | the patient takes warfarin                         | creatinine of 70 umol/L, 20 days ago | lithium level of 0.70 mmol/L, 120 days ago       | `condition.renal-insufficiency`, `condition.hypothyroidism`, `condition.hypercalcaemia` and `condition.pregnancy` are unknown |
        | a woman of 45            | no conditions                     | it is not known whether the patient takes ramipril | creatinine of 70 umol/L, 20 days ago | lithium level of 0.70 mmol/L, 120 days ago       | `raising_drug.active` is unknown                                                                                              |
        | a woman of 45            | no conditions                     | it is not known whether the patient takes caffeine | creatinine of 70 umol/L, 20 days ago | lithium level of 0.70 mmol/L, 120 days ago       | `lowering_drug.active` is unknown                                                                                             |
        | a woman of 45            | no conditions                     | the patient takes warfarin                         | body weight of 70 kg, 20 days ago    | lithium level of 0.70 mmol/L, 120 days ago       | `filtration.latest` is unknown                                                                                                |
        | a woman of 45            | no conditions                     | the patient takes warfarin                         | creatinine of 70 umol/L, 20 days ago | lithium level taken 120 days ago, result unknown | `lithium-level.latest` is unknown                                                                                             |

  Rule: timing.level-current

    Scenario Outline: Patients to whom timing.level-current applies
      Given a woman of 45
      And no conditions
      And <treatment>
      And <results>
      When the record is evaluated
      Then rule `timing.level-current` <outcome>

      Examples:
        | treatment                                                                 | results                                   | outcome                                                                                         |
        | the patient takes lithium carbonate 800 mg/d started 900 days ago         | lithium level of 0.70 mmol/L, 80 days ago | fires as info                                                                                   |
        | the patient takes lithium 800 mg/d started 300 days ago                   | lithium level of 0.70 mmol/L, 80 days ago | does not apply                                                                                  |
        | the patient takes lithium 800 mg/d                                        | lithium level of 0.70 mmol/L, 80 days ago | is not evaluable because `lithium.days_on_treatment` is unknown                                 |
        | the patient takes lithium carbonate 800 mg/d started 900 days ago         | lithium level of 0.70 mmol/L, undated     | is not evaluable because `lithium-level.days_since_latest` is unknown                           |
        | the patient takes lithium carbonate 800 mg/d started 900 days ago         | nothing is known about observations       | is not evaluable because `lithium-level.ever` and `lithium-level.days_since_latest` are unknown |
        | the patient takes lithium carbonate 800 mg/d started 900 days ago         | no observations                           | does not fire                                                                                   |
        | the patient took lithium 800 mg/d started 900 days ago stopped 5 days ago | lithium level of 0.70 mmol/L, 80 days ago | does not apply                                                                                  |
        | nothing is known about medications                                        | lithium level of 0.70 mmol/L, 80 days ago | is not evaluable because `lithium.active` and `lithium.days_on_treatment` are unknown           |

  Rule: timing.level-between-intervals

    Scenario Outline: Patients to whom timing.level-between-intervals applies
      Given a woman of 45
      And no conditions
      And <treatment>
      And <results>
      When the record is evaluated
      Then rule `timing.level-between-intervals` <outcome>

      Examples:
        | treatment                                                                 | results                                    | outcome        |
        | the patient takes lithium carbonate 800 mg/d started 900 days ago         | no observations                            | does not fire  |
        | the patient took lithium 800 mg/d started 900 days ago stopped 5 days ago | lithium level of 0.70 mmol/L, 120 days ago | does not apply |

  Rule: timing.level-overdue-with-risk

    Scenario Outline: Patients to whom timing.level-overdue-with-risk applies
      Given a woman of 70
      And no conditions
      And <treatment>
      And <results>
      When the record is evaluated
      Then rule `timing.level-overdue-with-risk` <outcome>

      Examples:
        | treatment                                                                 | results                                    | outcome                                                                                         |
        | the patient takes lithium carbonate 800 mg/d started 900 days ago         | lithium level of 0.70 mmol/L, 120 days ago | fires as warning                                                                                |
        | the patient takes lithium 800 mg/d started 300 days ago                   | lithium level of 0.70 mmol/L, 120 days ago | does not apply                                                                                  |
        | the patient takes lithium 800 mg/d                                        | lithium level of 0.70 mmol/L, 120 days ago | is not evaluable because `lithium.days_on_treatment` is unknown                                 |
        | the patient takes lithium carbonate 800 mg/d started 900 days ago         | lithium level of 0.70 mmol/L, undated      | is not evaluable because `lithium-level.days_since_latest` is unknown                           |
        | the patient takes lithium carbonate 800 mg/d started 900 days ago         | nothing is known about observations        | is not evaluable because `lithium-level.ever` and `lithium-level.days_since_latest` are unknown |
        | the patient takes lithium carbonate 800 mg/d started 900 days ago         | no observations                            | does not fire                                                                                   |
        | the patient took lithium 800 mg/d started 900 days ago stopped 5 days ago | lithium level of 0.70 mmol/L, 120 days ago | does not apply                                                                                  |
        | nothing is known about medications                                        | lithium level of 0.70 mmol/L, 120 days ago | is not evaluable because `lithium.active` and `lithium.days_on_treatment` are unknown           |

  Rule: timing.level-overdue-later

    Scenario Outline: Patients to whom timing.level-overdue-later applies
      Given a woman of 45
      And no conditions
      And <treatment>
      And <results>
      When the record is evaluated
      Then rule `timing.level-overdue-later` <outcome>

      Examples:
        | treatment                                                                 | results                                    | outcome                                                                                         |
        | the patient takes lithium carbonate 800 mg/d started 900 days ago         | lithium level of 0.70 mmol/L, 200 days ago | fires as warning                                                                                |
        | the patient takes lithium 800 mg/d started 300 days ago                   | lithium level of 0.70 mmol/L, 200 days ago | does not apply                                                                                  |
        | the patient takes lithium 800 mg/d                                        | lithium level of 0.70 mmol/L, 200 days ago | is not evaluable because `lithium.days_on_treatment` is unknown                                 |
        | the patient takes lithium carbonate 800 mg/d started 900 days ago         | lithium level of 0.70 mmol/L, undated      | is not evaluable because `lithium-level.days_since_latest` is unknown                           |
        | the patient takes lithium carbonate 800 mg/d started 900 days ago         | nothing is known about observations        | is not evaluable because `lithium-level.ever` and `lithium-level.days_since_latest` are unknown |
        | the patient takes lithium carbonate 800 mg/d started 900 days ago         | no observations                            | fires                                                                                           |
        | the patient took lithium 800 mg/d started 900 days ago stopped 5 days ago | lithium level of 0.70 mmol/L, 200 days ago | does not apply                                                                                  |
        | nothing is known about medications                                        | lithium level of 0.70 mmol/L, 200 days ago | is not evaluable because `lithium.active` and `lithium.days_on_treatment` are unknown           |

  Rule: timing.level-between-intervals

    Scenario Outline: What has to be known for timing.level-between-intervals
      Given a woman of 45
      And no conditions
      And <treatment>
      And creatinine of 70 umol/L, 20 days ago
      And <level>
      When the record is evaluated
      Then rule `timing.level-between-intervals` <outcome>

      Examples:
        | treatment                                                         | level                                      | outcome                                                                                                                              |
        | the patient takes lithium 800 mg/d started 300 days ago           | lithium level of 0.70 mmol/L, 120 days ago | does not apply                                                                                                                       |
        | the patient takes lithium 800 mg/d                                | lithium level of 0.70 mmol/L, 120 days ago | is not evaluable because `lithium.days_on_treatment` is unknown                                                                      |
        | the patient takes lithium carbonate 800 mg/d started 900 days ago | lithium level of 0.70 mmol/L, undated      | is not evaluable because `lithium-level.days_since_latest` and `lithium-level.latest` are unknown                                    |
        | nothing is known about medications                                | lithium level of 0.70 mmol/L, 120 days ago | is not evaluable because `lithium.active`, `lithium.days_on_treatment`, `raising_drug.active` and `lowering_drug.active` are unknown |

    Scenario: Nothing but the drug is known
      Given a woman of 45
      And no conditions
      And the patient takes lithium carbonate 800 mg/d started 900 days ago
      When the record is evaluated
      Then rule `timing.level-between-intervals` is not evaluable because `lithium-level.ever` is unknown among others

Feature: Calcium, whose interval is disputed
  Every six months by a page of the NHS, every year by the South African guideline, every two years by bpac in 2007.

  Background:
    Given as of 2026-11-23
    And a woman of 45

  Scenario Outline: Time since the latest calcium
    Given the patient takes lithium carbonate 600 mg/d started 900 days ago
    And serum calcium over time:
      | when            | result      |
      | <days> days ago | 2.40 mmol/L |
      | 500 days ago    | 9.8 mg/dL   |
    When the record is evaluated
    Then of these rules only <rule> fires:
      | `monitoring.calcium-between-intervals` |
      | `monitoring.calcium-overdue`           |

    Examples:
      | days | rule                                   |
      | 182  | none                                   |
      | 183  | none                                   |
      | 184  | `monitoring.calcium-between-intervals` |
      | 364  | `monitoring.calcium-between-intervals` |
      | 365  | `monitoring.calcium-between-intervals` |
      | 366  | `monitoring.calcium-overdue`           |

  Scenario Outline: Calcium never measured
    Given the patient takes lithium carbonate 600 mg/d started <started> days ago
    And no observations
    When the record is evaluated
    Then of these rules only <rule> fires:
      | `monitoring.calcium-between-intervals` |
      | `monitoring.calcium-overdue`           |

    Examples:
      | started | rule                                   |
      | 182     | none                                   |
      | 183     | none                                   |
      | 184     | `monitoring.calcium-between-intervals` |
      | 364     | `monitoring.calcium-between-intervals` |
      | 365     | `monitoring.calcium-between-intervals` |
      | 366     | `monitoring.calcium-overdue`           |

  Rule: monitoring.calcium-between-intervals

    Scenario Outline: Patients to whom monitoring.calcium-between-intervals applies
      Given <treatment>
      And <results>
      When the record is evaluated
      Then rule `monitoring.calcium-between-intervals` <outcome>

      Examples:
        | treatment                                                         | results                                    | outcome                                                                                               |
        | the patient takes lithium carbonate 600 mg/d started 900 days ago | serum calcium of 2.40 mmol/L, 300 days ago | fires as info                                                                                         |
        | the patient takes lithium carbonate 600 mg/d started 300 days ago | serum calcium of 2.40 mmol/L, 20 days ago  | does not fire                                                                                         |
        | the patient takes lithium carbonate 600 mg/d started 300 days ago | nothing is known about observations        | is not evaluable because `calcium-in-serum.ever` and `calcium-in-serum.days_since_latest` are unknown |
        | the patient takes lithium carbonate 600 mg/d started 300 days ago | serum calcium of 2.40 mmol/L, undated      | is not evaluable because `calcium-in-serum.days_since_latest` is unknown                              |
        | the patient takes lithium                                         | no observations                            | is not evaluable because `lithium.days_on_treatment` is unknown                                       |
        | the patient does not take lithium                                 | no observations                            | does not apply                                                                                        |
        | nothing is known about medications                                | no observations                            | is not evaluable because `lithium.active` and `lithium.days_on_treatment` are unknown                 |

  Rule: monitoring.calcium-overdue

    Scenario Outline: Patients to whom monitoring.calcium-overdue applies
      Given <treatment>
      And <results>
      When the record is evaluated
      Then rule `monitoring.calcium-overdue` <outcome>

      Examples:
        | treatment                                                         | results                                    | outcome                                                                                               |
        | the patient takes lithium carbonate 600 mg/d started 900 days ago | serum calcium of 2.40 mmol/L, 400 days ago | fires as warning                                                                                      |
        | the patient takes lithium carbonate 600 mg/d started 400 days ago | serum calcium of 2.40 mmol/L, 20 days ago  | does not fire                                                                                         |
        | the patient takes lithium carbonate 600 mg/d started 400 days ago | nothing is known about observations        | is not evaluable because `calcium-in-serum.ever` and `calcium-in-serum.days_since_latest` are unknown |
        | the patient takes lithium carbonate 600 mg/d started 400 days ago | serum calcium of 2.40 mmol/L, undated      | is not evaluable because `calcium-in-serum.days_since_latest` is unknown                              |
        | the patient takes lithium                                         | no observations                            | is not evaluable because `lithium.days_on_treatment` is unknown                                       |
        | the patient does not take lithium                                 | no observations                            | does not apply                                                                                        |
        | nothing is known about medications                                | no observations                            | is not evaluable because `lithium.active` and `lithium.days_on_treatment` are unknown                 |

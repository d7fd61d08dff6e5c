Feature: Tests every six months
  A page of the NHS has thyroid function, filtration rate, electrolytes and weight every six months, read as 183 days.

  Background:
    Given as of 2026-11-23
    And a woman of 45

  Rule: monitoring.thyroid-overdue

    Scenario Outline: Time since the latest test, for monitoring.thyroid-overdue
      Given the patient takes lithium carbonate 600 mg/d started 900 days ago
      And <result>, <days> days ago
      And TSH of 2.1 mIU/L, 400 days ago
      When the record is evaluated
      Then rule `monitoring.thyroid-overdue` <outcome>

      Examples:
        | result           | days | outcome          |
        | TSH of 2.1 mIU/L | 182  | does not fire    |
        | TSH of 2.1 mIU/L | 183  | does not fire    |
        | TSH of 2.1 mIU/L | 184  | fires as warning |
        | TSH of 1.5 mU/L  | 20   | does not fire    |
        | TSH of 1.5 mU/L  | 300  | fires            |

    Scenario Outline: Never tested, for monitoring.thyroid-overdue
      Given <treatment>
      And <results>
      When the record is evaluated
      Then rule `monitoring.thyroid-overdue` <outcome>

      Examples:
        | treatment                                                         | results                             | outcome                                                                                     |
        | the patient takes lithium carbonate 600 mg/d started 182 days ago | no observations                     | does not fire                                                                               |
        | the patient takes lithium carbonate 600 mg/d started 183 days ago | no observations                     | does not fire                                                                               |
        | the patient takes lithium carbonate 600 mg/d started 184 days ago | no observations                     | fires                                                                                       |
        | the patient takes lithium carbonate 600 mg/d started 300 days ago | nothing is known about observations | is not evaluable because `thyrotropin.ever` and `thyrotropin.days_since_latest` are unknown |
        | the patient takes lithium carbonate 600 mg/d started 300 days ago | TSH of 2.1 mIU/L, undated           | is not evaluable because `thyrotropin.days_since_latest` is unknown                         |
        | the patient takes lithium                                         | no observations                     | is not evaluable because `lithium.days_on_treatment` is unknown                             |
        | the patient does not take lithium                                 | no observations                     | does not apply                                                                              |
        | nothing is known about medications                                | no observations                     | is not evaluable because `lithium.active` and `lithium.days_on_treatment` are unknown       |

  Rule: monitoring.renal-function-overdue

    Scenario Outline: Time since the latest test, for monitoring.renal-function-overdue
      Given the patient takes lithium carbonate 600 mg/d started 900 days ago
      And <result>, <days> days ago
      And creatinine of 70 umol/L, 400 days ago
      When the record is evaluated
      Then rule `monitoring.renal-function-overdue` <outcome>

      Examples:
        | result                                 | days | outcome          |
        | creatinine of 70 umol/L                | 182  | does not fire    |
        | creatinine of 70 umol/L                | 183  | does not fire    |
        | creatinine of 70 umol/L                | 184  | fires as warning |
        | estimated filtration rate of 80 mL/min | 20   | does not fire    |
        | estimated filtration rate of 80 mL/min | 300  | fires            |

    Scenario Outline: Never tested, for monitoring.renal-function-overdue
      Given <treatment>
      And <results>
      When the record is evaluated
      Then rule `monitoring.renal-function-overdue` <outcome>

      Examples:
        | treatment                                                         | results                             | outcome                                                                                           |
        | the patient takes lithium carbonate 600 mg/d started 182 days ago | no observations                     | does not fire                                                                                     |
        | the patient takes lithium carbonate 600 mg/d started 183 days ago | no observations                     | does not fire                                                                                     |
        | the patient takes lithium carbonate 600 mg/d started 184 days ago | no observations                     | fires                                                                                             |
        | the patient takes lithium carbonate 600 mg/d started 300 days ago | nothing is known about observations | is not evaluable because `renal_function.ever` and `renal_function.days_since_latest` are unknown |
        | the patient takes lithium carbonate 600 mg/d started 300 days ago | creatinine of 70 umol/L, undated    | is not evaluable because `renal_function.days_since_latest` is unknown                            |
        | the patient takes lithium                                         | no observations                     | is not evaluable because `lithium.days_on_treatment` is unknown                                   |
        | the patient does not take lithium                                 | no observations                     | does not apply                                                                                    |
        | nothing is known about medications                                | no observations                     | is not evaluable because `lithium.active` and `lithium.days_on_treatment` are unknown             |

  Rule: monitoring.electrolytes-overdue

    Scenario Outline: Time since the latest test, for monitoring.electrolytes-overdue
      Given the patient takes lithium carbonate 600 mg/d started 900 days ago
      And <result>, <days> days ago
      And serum sodium of 140 mmol/L, 400 days ago
      When the record is evaluated
      Then rule `monitoring.electrolytes-overdue` <outcome>

      Examples:
        | result                     | days | outcome       |
        | serum sodium of 140 mmol/L | 182  | does not fire |
        | serum sodium of 140 mmol/L | 183  | does not fire |
        | serum sodium of 140 mmol/L | 184  | fires as info |
        | serum sodium of 138 mEq/L  | 20   | does not fire |
        | serum sodium of 138 mEq/L  | 300  | fires         |

    Scenario Outline: Never tested, for monitoring.electrolytes-overdue
      Given <treatment>
      And <results>
      When the record is evaluated
      Then rule `monitoring.electrolytes-overdue` <outcome>

      Examples:
        | treatment                                                         | results                             | outcome                                                                                             |
        | the patient takes lithium carbonate 600 mg/d started 182 days ago | no observations                     | does not fire                                                                                       |
        | the patient takes lithium carbonate 600 mg/d started 183 days ago | no observations                     | does not fire                                                                                       |
        | the patient takes lithium carbonate 600 mg/d started 184 days ago | no observations                     | fires                                                                                               |
        | the patient takes lithium carbonate 600 mg/d started 300 days ago | nothing is known about observations | is not evaluable because `sodium-in-serum.ever` and `sodium-in-serum.days_since_latest` are unknown |
        | the patient takes lithium carbonate 600 mg/d started 300 days ago | serum sodium of 140 mmol/L, undated | is not evaluable because `sodium-in-serum.days_since_latest` is unknown                             |
        | the patient takes lithium                                         | no observations                     | is not evaluable because `lithium.days_on_treatment` is unknown                                     |
        | the patient does not take lithium                                 | no observations                     | does not apply                                                                                      |
        | nothing is known about medications                                | no observations                     | is not evaluable because `lithium.active` and `lithium.days_on_treatment` are unknown               |

  Rule: monitoring.weight-overdue

    Scenario Outline: Time since the latest test, for monitoring.weight-overdue
      Given the patient takes lithium carbonate 600 mg/d started 900 days ago
      And <result>, <days> days ago
      And body weight of 70 kg, 400 days ago
      When the record is evaluated
      Then rule `monitoring.weight-overdue` <outcome>

      Examples:
        | result                      | days | outcome       |
        | body weight of 70 kg        | 182  | does not fire |
        | body weight of 70 kg        | 183  | does not fire |
        | body weight of 70 kg        | 184  | fires as info |
        | body mass index of 24 kg/m2 | 20   | does not fire |
        | body mass index of 24 kg/m2 | 300  | fires         |

    Scenario Outline: Never tested, for monitoring.weight-overdue
      Given <treatment>
      And <results>
      When the record is evaluated
      Then rule `monitoring.weight-overdue` <outcome>

      Examples:
        | treatment                                                         | results                             | outcome                                                                                           |
        | the patient takes lithium carbonate 600 mg/d started 182 days ago | no observations                     | does not fire                                                                                     |
        | the patient takes lithium carbonate 600 mg/d started 183 days ago | no observations                     | does not fire                                                                                     |
        | the patient takes lithium carbonate 600 mg/d started 184 days ago | no observations                     | fires                                                                                             |
        | the patient takes lithium carbonate 600 mg/d started 300 days ago | nothing is known about observations | is not evaluable because `weight_measure.ever` and `weight_measure.days_since_latest` are unknown |
        | the patient takes lithium carbonate 600 mg/d started 300 days ago | body weight of 70 kg, undated       | is not evaluable because `weight_measure.days_since_latest` is unknown                            |
        | the patient takes lithium                                         | no observations                     | is not evaluable because `lithium.days_on_treatment` is unknown                                   |
        | the patient does not take lithium                                 | no observations                     | does not apply                                                                                    |
        | nothing is known about medications                                | no observations                     | is not evaluable because `lithium.active` and `lithium.days_on_treatment` are unknown             |

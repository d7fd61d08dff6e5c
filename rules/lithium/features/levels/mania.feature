Feature: The lithium level in mania, from 18 to 64 years
  A review names 0.7 to 0.8 mmol/L, the South African guideline 0.8 to 1.0, and the older US label 1 to 1.5, which is
  where others report toxicity.

  Background:
    Given as of 2026-11-23

  Scenario Outline: The bands of the level
    Given a man of 45
    And the patient takes lithium carbonate 1000 mg/d for mania started 20 days ago
    And lithium level over time:
      | when         | result         |
      | 3 days ago   | <level> mmol/L |
      | 90 days ago  | 0.30 mmol/L    |
      | 150 days ago | 1.65 mmol/L    |
    When the record is evaluated
    Then of these rules only <rule> fires:
      | `levels.below-every-range`   |
      | `levels.mania-below-ranges`  |
      | `levels.mania-within-ranges` |
      | `levels.mania-us-range`      |
      | `levels.toxic`               |

    Examples:
      | level | rule                         |
      | 0.39  | `levels.below-every-range`   |
      | 0.40  | `levels.mania-below-ranges`  |
      | 0.41  | `levels.mania-below-ranges`  |
      | 0.69  | `levels.mania-below-ranges`  |
      | 0.70  | `levels.mania-within-ranges` |
      | 0.71  | `levels.mania-within-ranges` |
      | 0.99  | `levels.mania-within-ranges` |
      | 1.00  | `levels.mania-within-ranges` |
      | 1.01  | `levels.mania-us-range`      |
      | 1.49  | `levels.mania-us-range`      |
      | 1.50  | `levels.toxic`               |
      | 1.51  | `levels.toxic`               |

  Rule: levels.mania-below-ranges

    Scenario Outline: Patients to whom levels.mania-below-ranges applies
      Given <patient>
      And <treatment>
      And <level>
      When the record is evaluated
      Then rule `levels.mania-below-ranges` <outcome>

      Examples:
        | patient                  | treatment                                                         | level                                    | outcome                                                                        |
        | a woman of 45            | the patient takes lithium carbonate 800 mg/d for mania            | lithium level of 0.60 mmol/L, 3 days ago | fires as info                                                                  |
        | a boy of 15              | the patient takes lithium carbonate 800 mg/d for mania            | lithium level of 0.60 mmol/L, 3 days ago | does not apply                                                                 |
        | a man of 70              | the patient takes lithium carbonate 800 mg/d for mania            | lithium level of 0.60 mmol/L, 3 days ago | does not apply                                                                 |
        | a patient of unknown age | the patient takes lithium carbonate 800 mg/d for mania            | lithium level of 0.60 mmol/L, 3 days ago | is not evaluable because `patient.age_years` is unknown                        |
        | a woman of 45            | the patient takes lithium carbonate 800 mg/d for bipolar disorder | lithium level of 0.60 mmol/L, 3 days ago | does not apply                                                                 |
        | a woman of 45            | the patient takes lithium carbonate 800 mg/d                      | lithium level of 0.60 mmol/L, 3 days ago | is not evaluable because `lithium.indication` is unknown                       |
        | a woman of 45            | the patient takes lithium carbonate 800 mg/d for mania            | lithium level of 0.60 mmol/L, undated    | is not evaluable because `lithium-level.latest` is unknown                     |
        | a woman of 45            | the patient does not take lithium                                 | lithium level of 0.60 mmol/L, 3 days ago | does not apply                                                                 |
        | a woman of 45            | nothing is known about medications                                | lithium level of 0.60 mmol/L, 3 days ago | is not evaluable because `lithium.active` and `lithium.indication` are unknown |

  Rule: levels.mania-within-ranges

    Scenario Outline: Patients to whom levels.mania-within-ranges applies
      Given <patient>
      And <treatment>
      And <level>
      When the record is evaluated
      Then rule `levels.mania-within-ranges` <outcome>

      Examples:
        | patient                  | treatment                                                         | level                                    | outcome                                                                        |
        | a woman of 45            | the patient takes lithium carbonate 800 mg/d for mania            | lithium level of 0.90 mmol/L, 3 days ago | fires as info                                                                  |
        | a boy of 15              | the patient takes lithium carbonate 800 mg/d for mania            | lithium level of 0.90 mmol/L, 3 days ago | does not apply                                                                 |
        | a man of 70              | the patient takes lithium carbonate 800 mg/d for mania            | lithium level of 0.90 mmol/L, 3 days ago | does not apply                                                                 |
        | a patient of unknown age | the patient takes lithium carbonate 800 mg/d for mania            | lithium level of 0.90 mmol/L, 3 days ago | is not evaluable because `patient.age_years` is unknown                        |
        | a woman of 45            | the patient takes lithium carbonate 800 mg/d for bipolar disorder | lithium level of 0.90 mmol/L, 3 days ago | does not apply                                                                 |
        | a woman of 45            | the patient takes lithium carbonate 800 mg/d                      | lithium level of 0.90 mmol/L, 3 days ago | is not evaluable because `lithium.indication` is unknown                       |
        | a woman of 45            | the patient takes lithium carbonate 800 mg/d for mania            | lithium level of 0.90 mmol/L, undated    | is not evaluable because `lithium-level.latest` is unknown                     |
        | a woman of 45            | the patient does not take lithium                                 | lithium level of 0.90 mmol/L, 3 days ago | does not apply                                                                 |
        | a woman of 45            | nothing is known about medications                                | lithium level of 0.90 mmol/L, 3 days ago | is not evaluable because `lithium.active` and `lithium.indication` are unknown |

  Rule: levels.mania-us-range

    Scenario Outline: Patients to whom levels.mania-us-range applies
      Given <patient>
      And <treatment>
      And <level>
      When the record is evaluated
      Then rule `levels.mania-us-range` <outcome>

      Examples:
        | patient                  | treatment                                                         | level                                    | outcome                                                                        |
        | a woman of 45            | the patient takes lithium carbonate 800 mg/d for mania            | lithium level of 1.30 mmol/L, 3 days ago | fires as warning                                                               |
        | a boy of 15              | the patient takes lithium carbonate 800 mg/d for mania            | lithium level of 1.30 mmol/L, 3 days ago | does not apply                                                                 |
        | a man of 70              | the patient takes lithium carbonate 800 mg/d for mania            | lithium level of 1.30 mmol/L, 3 days ago | does not apply                                                                 |
        | a patient of unknown age | the patient takes lithium carbonate 800 mg/d for mania            | lithium level of 1.30 mmol/L, 3 days ago | is not evaluable because `patient.age_years` is unknown                        |
        | a woman of 45            | the patient takes lithium carbonate 800 mg/d for bipolar disorder | lithium level of 1.30 mmol/L, 3 days ago | does not apply                                                                 |
        | a woman of 45            | the patient takes lithium carbonate 800 mg/d                      | lithium level of 1.30 mmol/L, 3 days ago | is not evaluable because `lithium.indication` is unknown                       |
        | a woman of 45            | the patient takes lithium carbonate 800 mg/d for mania            | lithium level of 1.30 mmol/L, undated    | is not evaluable because `lithium-level.latest` is unknown                     |
        | a woman of 45            | the patient does not take lithium                                 | lithium level of 1.30 mmol/L, 3 days ago | does not apply                                                                 |
        | a woman of 45            | nothing is known about medications                                | lithium level of 1.30 mmol/L, 3 days ago | is not evaluable because `lithium.active` and `lithium.indication` are unknown |

Feature: The lithium level in bipolar disorder, from 18 to 64 years
  NICE names 0.6 to 0.8 mmol/L as the optimum. The consensus of ISBD and IGSLI adds 0.4 to 0.6 and 0.8 to 1.0 as
  options, and the older US label ends at 1.2. Toxicity is reported from 1.5 mmol/L on.

  Background:
    Given as of 2026-11-23

  Scenario Outline: The bands of the level
    Given a woman of 45
    And the patient takes lithium carbonate 800 mg/d for bipolar disorder started 400 days ago
    And lithium level over time:
      | when         | result         |
      | 3 days ago   | <level> mmol/L |
      | 90 days ago  | 0.30 mmol/L    |
      | 150 days ago | 1.65 mmol/L    |
    When the record is evaluated
    Then of these rules only <rule> fires:
      | `levels.below-every-range`      |
      | `levels.below-optimum`          |
      | `levels.within-optimum`         |
      | `levels.above-optimum`          |
      | `levels.above-consensus`        |
      | `levels.above-long-term-ranges` |
      | `levels.toxic`                  |

    Examples:
      | level | rule                            |
      | 0.10  | `levels.below-every-range`      |
      | 0.39  | `levels.below-every-range`      |
      | 0.40  | `levels.below-optimum`          |
      | 0.41  | `levels.below-optimum`          |
      | 0.59  | `levels.below-optimum`          |
      | 0.60  | `levels.within-optimum`         |
      | 0.61  | `levels.within-optimum`         |
      | 0.79  | `levels.within-optimum`         |
      | 0.80  | `levels.within-optimum`         |
      | 0.81  | `levels.above-optimum`          |
      | 0.99  | `levels.above-optimum`          |
      | 1.00  | `levels.above-optimum`          |
      | 1.01  | `levels.above-consensus`        |
      | 1.19  | `levels.above-consensus`        |
      | 1.20  | `levels.above-consensus`        |
      | 1.21  | `levels.above-long-term-ranges` |
      | 1.49  | `levels.above-long-term-ranges` |
      | 1.50  | `levels.toxic`                  |
      | 1.51  | `levels.toxic`                  |
      | 3.20  | `levels.toxic`                  |

  Scenario Outline: The same level in other units
    Given a woman of 45
    And the patient takes lithium carbonate 800 mg/d for bipolar disorder started 400 days ago
    And lithium level of <level>, 3 days ago
    When the record is evaluated
    Then rule `levels.within-optimum` fires because `lithium-level.latest` is 0.75 mmol/L

    Examples:
      | level        |
      | 0.75 mmol/L  |
      | 0.75 mEq/L   |
      | 750 umol/L   |
      | 5.205 mg/L   |
      | 5.205 ug/mL  |
      | 0.5205 mg/dL |

  Scenario: A level in the wrong unit is not used
    Given a woman of 45
    And the patient takes lithium carbonate 800 mg/d for bipolar disorder started 400 days ago
    And lithium level of 800 mmol/L, 3 days ago
    When the record is evaluated
    Then rule `levels.toxic` is not evaluable because `lithium-level.latest` is unknown
    And a notice at /observations/0/value mentions "plausible"

  Rule: levels.below-optimum

    Scenario Outline: Patients to whom levels.below-optimum applies
      Given <patient>
      And <treatment>
      And <level>
      When the record is evaluated
      Then rule `levels.below-optimum` <outcome>

      Examples:
        | patient                  | treatment                                                         | level                                    | outcome                                                                        |
        | a woman of 45            | the patient takes lithium carbonate 800 mg/d for bipolar disorder | lithium level of 0.50 mmol/L, 3 days ago | fires as info                                                                  |
        | a boy of 15              | the patient takes lithium carbonate 800 mg/d for bipolar disorder | lithium level of 0.50 mmol/L, 3 days ago | does not apply                                                                 |
        | a man of 70              | the patient takes lithium carbonate 800 mg/d for bipolar disorder | lithium level of 0.50 mmol/L, 3 days ago | does not apply                                                                 |
        | a patient of unknown age | the patient takes lithium carbonate 800 mg/d for bipolar disorder | lithium level of 0.50 mmol/L, 3 days ago | is not evaluable because `patient.age_years` is unknown                        |
        | a woman of 45            | the patient takes lithium carbonate 800 mg/d for mania            | lithium level of 0.50 mmol/L, 3 days ago | does not apply                                                                 |
        | a woman of 45            | the patient takes lithium carbonate 800 mg/d                      | lithium level of 0.50 mmol/L, 3 days ago | is not evaluable because `lithium.indication` is unknown                       |
        | a woman of 45            | the patient takes lithium carbonate 800 mg/d for bipolar disorder | lithium level of 0.50 mmol/L, undated    | is not evaluable because `lithium-level.latest` is unknown                     |
        | a woman of 45            | the patient does not take lithium                                 | lithium level of 0.50 mmol/L, 3 days ago | does not apply                                                                 |
        | a woman of 45            | nothing is known about medications                                | lithium level of 0.50 mmol/L, 3 days ago | is not evaluable because `lithium.active` and `lithium.indication` are unknown |

  Rule: levels.within-optimum

    Scenario Outline: Patients to whom levels.within-optimum applies
      Given <patient>
      And <treatment>
      And <level>
      When the record is evaluated
      Then rule `levels.within-optimum` <outcome>

      Examples:
        | patient                  | treatment                                                         | level                                    | outcome                                                                        |
        | a woman of 45            | the patient takes lithium carbonate 800 mg/d for bipolar disorder | lithium level of 0.70 mmol/L, 3 days ago | fires as info                                                                  |
        | a boy of 15              | the patient takes lithium carbonate 800 mg/d for bipolar disorder | lithium level of 0.70 mmol/L, 3 days ago | does not apply                                                                 |
        | a man of 70              | the patient takes lithium carbonate 800 mg/d for bipolar disorder | lithium level of 0.70 mmol/L, 3 days ago | does not apply                                                                 |
        | a patient of unknown age | the patient takes lithium carbonate 800 mg/d for bipolar disorder | lithium level of 0.70 mmol/L, 3 days ago | is not evaluable because `patient.age_years` is unknown                        |
        | a woman of 45            | the patient takes lithium carbonate 800 mg/d for mania            | lithium level of 0.70 mmol/L, 3 days ago | does not apply                                                                 |
        | a woman of 45            | the patient takes lithium carbonate 800 mg/d                      | lithium level of 0.70 mmol/L, 3 days ago | is not evaluable because `lithium.indication` is unknown                       |
        | a woman of 45            | the patient takes lithium carbonate 800 mg/d for bipolar disorder | lithium level of 0.70 mmol/L, undated    | is not evaluable because `lithium-level.latest` is unknown                     |
        | a woman of 45            | the patient does not take lithium                                 | lithium level of 0.70 mmol/L, 3 days ago | does not apply                                                                 |
        | a woman of 45            | nothing is known about medications                                | lithium level of 0.70 mmol/L, 3 days ago | is not evaluable because `lithium.active` and `lithium.indication` are unknown |

  Rule: levels.above-optimum

    Scenario Outline: Patients to whom levels.above-optimum applies
      Given <patient>
      And <treatment>
      And <level>
      When the record is evaluated
      Then rule `levels.above-optimum` <outcome>

      Examples:
        | patient                  | treatment                                                         | level                                    | outcome                                                                        |
        | a woman of 45            | the patient takes lithium carbonate 800 mg/d for bipolar disorder | lithium level of 0.90 mmol/L, 3 days ago | fires as info                                                                  |
        | a boy of 15              | the patient takes lithium carbonate 800 mg/d for bipolar disorder | lithium level of 0.90 mmol/L, 3 days ago | does not apply                                                                 |
        | a man of 70              | the patient takes lithium carbonate 800 mg/d for bipolar disorder | lithium level of 0.90 mmol/L, 3 days ago | does not apply                                                                 |
        | a patient of unknown age | the patient takes lithium carbonate 800 mg/d for bipolar disorder | lithium level of 0.90 mmol/L, 3 days ago | is not evaluable because `patient.age_years` is unknown                        |
        | a woman of 45            | the patient takes lithium carbonate 800 mg/d for mania            | lithium level of 0.90 mmol/L, 3 days ago | does not apply                                                                 |
        | a woman of 45            | the patient takes lithium carbonate 800 mg/d                      | lithium level of 0.90 mmol/L, 3 days ago | is not evaluable because `lithium.indication` is unknown                       |
        | a woman of 45            | the patient takes lithium carbonate 800 mg/d for bipolar disorder | lithium level of 0.90 mmol/L, undated    | is not evaluable because `lithium-level.latest` is unknown                     |
        | a woman of 45            | the patient does not take lithium                                 | lithium level of 0.90 mmol/L, 3 days ago | does not apply                                                                 |
        | a woman of 45            | nothing is known about medications                                | lithium level of 0.90 mmol/L, 3 days ago | is not evaluable because `lithium.active` and `lithium.indication` are unknown |

  Rule: levels.above-consensus

    Scenario Outline: Patients to whom levels.above-consensus applies
      Given <patient>
      And <treatment>
      And <level>
      When the record is evaluated
      Then rule `levels.above-consensus` <outcome>

      Examples:
        | patient                  | treatment                                                         | level                                    | outcome                                                                        |
        | a woman of 45            | the patient takes lithium carbonate 800 mg/d for bipolar disorder | lithium level of 1.10 mmol/L, 3 days ago | fires as warning                                                               |
        | a boy of 15              | the patient takes lithium carbonate 800 mg/d for bipolar disorder | lithium level of 1.10 mmol/L, 3 days ago | does not apply                                                                 |
        | a man of 70              | the patient takes lithium carbonate 800 mg/d for bipolar disorder | lithium level of 1.10 mmol/L, 3 days ago | does not apply                                                                 |
        | a patient of unknown age | the patient takes lithium carbonate 800 mg/d for bipolar disorder | lithium level of 1.10 mmol/L, 3 days ago | is not evaluable because `patient.age_years` is unknown                        |
        | a woman of 45            | the patient takes lithium carbonate 800 mg/d for mania            | lithium level of 1.10 mmol/L, 3 days ago | does not apply                                                                 |
        | a woman of 45            | the patient takes lithium carbonate 800 mg/d                      | lithium level of 1.10 mmol/L, 3 days ago | is not evaluable because `lithium.indication` is unknown                       |
        | a woman of 45            | the patient takes lithium carbonate 800 mg/d for bipolar disorder | lithium level of 1.10 mmol/L, undated    | is not evaluable because `lithium-level.latest` is unknown                     |
        | a woman of 45            | the patient does not take lithium                                 | lithium level of 1.10 mmol/L, 3 days ago | does not apply                                                                 |
        | a woman of 45            | nothing is known about medications                                | lithium level of 1.10 mmol/L, 3 days ago | is not evaluable because `lithium.active` and `lithium.indication` are unknown |

  Rule: levels.above-long-term-ranges

    Scenario Outline: Patients to whom levels.above-long-term-ranges applies
      Given <patient>
      And <treatment>
      And <level>
      When the record is evaluated
      Then rule `levels.above-long-term-ranges` <outcome>

      Examples:
        | patient                  | treatment                                                         | level                                    | outcome                                                                        |
        | a woman of 45            | the patient takes lithium carbonate 800 mg/d for bipolar disorder | lithium level of 1.30 mmol/L, 3 days ago | fires as warning                                                               |
        | a boy of 15              | the patient takes lithium carbonate 800 mg/d for bipolar disorder | lithium level of 1.30 mmol/L, 3 days ago | does not apply                                                                 |
        | a man of 70              | the patient takes lithium carbonate 800 mg/d for bipolar disorder | lithium level of 1.30 mmol/L, 3 days ago | does not apply                                                                 |
        | a patient of unknown age | the patient takes lithium carbonate 800 mg/d for bipolar disorder | lithium level of 1.30 mmol/L, 3 days ago | is not evaluable because `patient.age_years` is unknown                        |
        | a woman of 45            | the patient takes lithium carbonate 800 mg/d for mania            | lithium level of 1.30 mmol/L, 3 days ago | does not apply                                                                 |
        | a woman of 45            | the patient takes lithium carbonate 800 mg/d                      | lithium level of 1.30 mmol/L, 3 days ago | is not evaluable because `lithium.indication` is unknown                       |
        | a woman of 45            | the patient takes lithium carbonate 800 mg/d for bipolar disorder | lithium level of 1.30 mmol/L, undated    | is not evaluable because `lithium-level.latest` is unknown                     |
        | a woman of 45            | the patient does not take lithium                                 | lithium level of 1.30 mmol/L, 3 days ago | does not apply                                                                 |
        | a woman of 45            | nothing is known about medications                                | lithium level of 1.30 mmol/L, 3 days ago | is not evaluable because `lithium.active` and `lithium.indication` are unknown |

  Rule: levels.no-range-for-indication

    Scenario Outline: What lithium is taken for
      Given <patient>
      And <treatment>
      And <conditions>
      When the record is evaluated
      Then rule `levels.no-range-for-indication` <outcome>

      Examples:
        | patient                  | treatment                                               | conditions                                | outcome                                                                        |
        | a woman of 45            | the patient takes lithium for major depressive disorder | the patient has bipolar disorder          | fires as info                                                                  |
        | a woman of 45            | the patient takes lithium for bipolar disorder          | the patient has mania                     | does not fire                                                                  |
        | a woman of 45            | the patient takes lithium for mania                     | no conditions                             | does not fire                                                                  |
        | a woman of 45            | the patient takes lithium                               | the patient has major depressive disorder | is not evaluable because `lithium.indication` is unknown                       |
        | a boy of 15              | the patient takes lithium for major depressive disorder | no conditions                             | does not apply                                                                 |
        | a man of 70              | the patient takes lithium for major depressive disorder | no conditions                             | does not apply                                                                 |
        | a patient of unknown age | the patient takes lithium for major depressive disorder | no conditions                             | is not evaluable because `patient.age_years` is unknown                        |
        | a woman of 45            | the patient does not take lithium                       | no conditions                             | does not apply                                                                 |
        | a woman of 45            | nothing is known about medications                      | no conditions                             | is not evaluable because `lithium.active` and `lithium.indication` are unknown |

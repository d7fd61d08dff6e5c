Feature: The lithium level from 65 years on
  The consensus of ISBD and IGSLI has 0.40 to 0.60 mmol/L as usual, with an option up to 0.70 or 0.80 from 65 to 79
  years and up to 0.70 over 80. There is no consensus about it, and the indication does not matter.

  Background:
    Given as of 2026-11-23

  Scenario Outline: The bands of the level from 65 to 79 years
    Given a woman of 72
    And the patient takes lithium carbonate 400 mg/d started 900 days ago
    And lithium level over time:
      | when         | result         |
      | 3 days ago   | <level> mmol/L |
      | 90 days ago  | 0.30 mmol/L    |
      | 150 days ago | 1.65 mmol/L    |
    When the record is evaluated
    Then of these rules only <rule> fires:
      | `levels.below-every-range`      |
      | `levels.elderly-usual-range`    |
      | `levels.elderly-optional-range` |
      | `levels.elderly-upper-option`   |
      | `levels.elderly-above-range`    |
      | `levels.toxic`                  |

    Examples:
      | level | rule                            |
      | 0.39  | `levels.below-every-range`      |
      | 0.40  | `levels.elderly-usual-range`    |
      | 0.41  | `levels.elderly-usual-range`    |
      | 0.59  | `levels.elderly-usual-range`    |
      | 0.60  | `levels.elderly-usual-range`    |
      | 0.61  | `levels.elderly-optional-range` |
      | 0.69  | `levels.elderly-optional-range` |
      | 0.70  | `levels.elderly-optional-range` |
      | 0.71  | `levels.elderly-upper-option`   |
      | 0.79  | `levels.elderly-upper-option`   |
      | 0.80  | `levels.elderly-upper-option`   |
      | 0.81  | `levels.elderly-above-range`    |
      | 1.49  | `levels.elderly-above-range`    |
      | 1.50  | `levels.toxic`                  |
      | 1.51  | `levels.toxic`                  |

  Scenario Outline: The bands of the level from 80 years on
    Given a man of 84
    And the patient takes lithium carbonate 300 mg/d started 900 days ago
    And lithium level over time:
      | when         | result         |
      | 3 days ago   | <level> mmol/L |
      | 90 days ago  | 0.30 mmol/L    |
      | 150 days ago | 1.65 mmol/L    |
    When the record is evaluated
    Then of these rules only <rule> fires:
      | `levels.below-every-range`      |
      | `levels.elderly-usual-range`    |
      | `levels.elderly-optional-range` |
      | `levels.elderly-above-range`    |
      | `levels.toxic`                  |

    Examples:
      | level | rule                            |
      | 0.20  | `levels.below-every-range`      |
      | 0.50  | `levels.elderly-usual-range`    |
      | 0.69  | `levels.elderly-optional-range` |
      | 0.70  | `levels.elderly-optional-range` |
      | 0.71  | `levels.elderly-above-range`    |
      | 1.00  | `levels.elderly-above-range`    |
      | 2.00  | `levels.toxic`                  |

  Rule: levels.elderly-upper-option

    Scenario Outline: The 80th birthday ends the wider option
      Given a woman born on <born>
      And the patient takes lithium carbonate 400 mg/d
      And lithium level of 0.75 mmol/L, 3 days ago
      When the record is evaluated
      Then rule `levels.elderly-upper-option` <upper>
      And rule `levels.elderly-above-range` <above>

      Examples:
        | born       | upper          | above            |
        | 1946-11-24 | fires as info  | does not fire    |
        | 1946-11-23 | does not apply | fires as warning |
        | 1945-11-23 | does not apply | fires as warning |

  Rule: levels.elderly-usual-range

    Scenario Outline: The elderly begin at 65 years
      Given the patient is <age> years old
      And the patient takes lithium carbonate 400 mg/d for bipolar disorder
      And lithium level of 0.60 mmol/L, 3 days ago
      When the record is evaluated
      Then rule `levels.elderly-usual-range` <elderly>
      And rule `levels.within-optimum` <younger>

      Examples:
        | age | elderly        | younger        |
        | 64  | does not apply | fires as info  |
        | 65  | fires as info  | does not apply |
        | 66  | fires as info  | does not apply |

  Rule: levels.elderly-usual-range

    Scenario Outline: Patients to whom levels.elderly-usual-range applies
      Given <patient>
      And <treatment>
      And <level>
      When the record is evaluated
      Then rule `levels.elderly-usual-range` <outcome>

      Examples:
        | patient                  | treatment                                    | level                                    | outcome                                                    |
        | a woman of 72            | the patient takes lithium carbonate 400 mg/d | lithium level of 0.50 mmol/L, 3 days ago | fires as info                                              |
        | a woman of 45            | the patient takes lithium carbonate 400 mg/d | lithium level of 0.50 mmol/L, 3 days ago | does not apply                                             |
        | a patient of unknown age | the patient takes lithium carbonate 400 mg/d | lithium level of 0.50 mmol/L, 3 days ago | is not evaluable because `patient.age_years` is unknown    |
        | a woman of 72            | the patient takes lithium carbonate 400 mg/d | lithium level of 0.50 mmol/L, undated    | is not evaluable because `lithium-level.latest` is unknown |
        | a woman of 72            | the patient does not take lithium            | lithium level of 0.50 mmol/L, 3 days ago | does not apply                                             |
        | a woman of 72            | nothing is known about medications           | lithium level of 0.50 mmol/L, 3 days ago | is not evaluable because `lithium.active` is unknown       |

  Rule: levels.elderly-optional-range

    Scenario Outline: Patients to whom levels.elderly-optional-range applies
      Given <patient>
      And <treatment>
      And <level>
      When the record is evaluated
      Then rule `levels.elderly-optional-range` <outcome>

      Examples:
        | patient                  | treatment                                    | level                                    | outcome                                                    |
        | a woman of 72            | the patient takes lithium carbonate 400 mg/d | lithium level of 0.65 mmol/L, 3 days ago | fires as info                                              |
        | a woman of 45            | the patient takes lithium carbonate 400 mg/d | lithium level of 0.65 mmol/L, 3 days ago | does not apply                                             |
        | a patient of unknown age | the patient takes lithium carbonate 400 mg/d | lithium level of 0.65 mmol/L, 3 days ago | is not evaluable because `patient.age_years` is unknown    |
        | a woman of 72            | the patient takes lithium carbonate 400 mg/d | lithium level of 0.65 mmol/L, undated    | is not evaluable because `lithium-level.latest` is unknown |
        | a woman of 72            | the patient does not take lithium            | lithium level of 0.65 mmol/L, 3 days ago | does not apply                                             |
        | a woman of 72            | nothing is known about medications           | lithium level of 0.65 mmol/L, 3 days ago | is not evaluable because `lithium.active` is unknown       |

  Rule: levels.elderly-upper-option

    Scenario Outline: Patients to whom levels.elderly-upper-option applies
      Given <patient>
      And <treatment>
      And <level>
      When the record is evaluated
      Then rule `levels.elderly-upper-option` <outcome>

      Examples:
        | patient                  | treatment                                    | level                                    | outcome                                                    |
        | a woman of 72            | the patient takes lithium carbonate 400 mg/d | lithium level of 0.75 mmol/L, 3 days ago | fires as info                                              |
        | a woman of 45            | the patient takes lithium carbonate 400 mg/d | lithium level of 0.75 mmol/L, 3 days ago | does not apply                                             |
        | a patient of unknown age | the patient takes lithium carbonate 400 mg/d | lithium level of 0.75 mmol/L, 3 days ago | is not evaluable because `patient.age_years` is unknown    |
        | a woman of 72            | the patient takes lithium carbonate 400 mg/d | lithium level of 0.75 mmol/L, undated    | is not evaluable because `lithium-level.latest` is unknown |
        | a woman of 72            | the patient does not take lithium            | lithium level of 0.75 mmol/L, 3 days ago | does not apply                                             |
        | a woman of 72            | nothing is known about medications           | lithium level of 0.75 mmol/L, 3 days ago | is not evaluable because `lithium.active` is unknown       |

  Rule: levels.elderly-above-range

    Scenario Outline: Patients to whom levels.elderly-above-range applies
      Given <patient>
      And <treatment>
      And <level>
      When the record is evaluated
      Then rule `levels.elderly-above-range` <outcome>

      Examples:
        | patient                  | treatment                                    | level                                    | outcome                                                    |
        | a woman of 72            | the patient takes lithium carbonate 400 mg/d | lithium level of 1.10 mmol/L, 3 days ago | fires as warning                                           |
        | a woman of 45            | the patient takes lithium carbonate 400 mg/d | lithium level of 1.10 mmol/L, 3 days ago | does not apply                                             |
        | a patient of unknown age | the patient takes lithium carbonate 400 mg/d | lithium level of 1.10 mmol/L, 3 days ago | is not evaluable because `patient.age_years` is unknown    |
        | a woman of 72            | the patient takes lithium carbonate 400 mg/d | lithium level of 1.10 mmol/L, undated    | is not evaluable because `lithium-level.latest` is unknown |
        | a woman of 72            | the patient does not take lithium            | lithium level of 1.10 mmol/L, 3 days ago | does not apply                                             |
        | a woman of 72            | nothing is known about medications           | lithium level of 1.10 mmol/L, 3 days ago | is not evaluable because `lithium.active` is unknown       |

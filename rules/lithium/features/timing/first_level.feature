Feature: The first level after a start or change of dose
  The sources name different days: 3 (newer US label), 4 to 7 (a label of the United Kingdom), 5 (South Africa), 5 to 7
  (a Scottish health board) and 7 (a page of the NHS). A changed dose counts like a start.

  Background:
    Given as of 2026-11-23
    And a woman of 45

  Scenario Outline: Days from the change of dose to the latest level
    Given the patient took lithium carbonate 600 mg/d started 300 days ago stopped 20 days ago
    And the patient takes lithium carbonate 800 mg/d started 20 days ago
    And lithium level over time:
      | when             | result      |
      | <level> days ago | 0.70 mmol/L |
      | 90 days ago      | 0.60 mmol/L |
    When the record is evaluated
    Then rule `timing.level-too-early` <early>
    And rule `timing.level-on-disputed-day` <disputed>

    Examples:
      | level | early         | disputed      |
      | 21    | does not fire | does not fire |
      | 20    | does not fire | does not fire |
      | 19    | fires as info | does not fire |
      | 18    | fires         | does not fire |
      | 17    | does not fire | fires as info |
      | 16    | does not fire | fires         |
      | 14    | does not fire | fires         |
      | 13    | does not fire | does not fire |
      | 12    | does not fire | does not fire |

  Rule: timing.level-too-early

    Scenario Outline: Patients to whom timing.level-too-early applies
      Given <treatment>
      And <level>
      When the record is evaluated
      Then rule `timing.level-too-early` <outcome>

      Examples:
        | treatment                                                                          | level                                    | outcome                                                                                     |
        | the patient takes lithium carbonate 800 mg/d started 10 days ago                   | lithium level of 0.70 mmol/L, undated    | is not evaluable because `lithium-level.days_after_change` is unknown                       |
        | the patient takes lithium carbonate 800 mg/d started 10 days ago                   | no observations                          | is not evaluable because `lithium-level.days_after_change` is unknown                       |
        | the patient takes lithium carbonate 800 mg/d                                       | lithium level of 0.70 mmol/L, 8 days ago | is not evaluable because `lithium-level.days_after_change` is unknown                       |
        | the patient took lithium carbonate 800 mg/d started 10 days ago stopped 2 days ago | lithium level of 0.70 mmol/L, 8 days ago | does not apply                                                                              |
        | nothing is known about medications                                                 | lithium level of 0.70 mmol/L, 8 days ago | is not evaluable because `lithium.active` and `lithium-level.days_after_change` are unknown |

  Rule: timing.level-on-disputed-day

    Scenario Outline: Patients to whom timing.level-on-disputed-day applies
      Given <treatment>
      And <level>
      When the record is evaluated
      Then rule `timing.level-on-disputed-day` <outcome>

      Examples:
        | treatment                                                                          | level                                    | outcome                                                                                     |
        | the patient takes lithium carbonate 800 mg/d started 10 days ago                   | lithium level of 0.70 mmol/L, 5 days ago | fires as info                                                                               |
        | the patient takes lithium carbonate 800 mg/d started 10 days ago                   | lithium level of 0.70 mmol/L, undated    | is not evaluable because `lithium-level.days_after_change` is unknown                       |
        | the patient takes lithium carbonate 800 mg/d started 10 days ago                   | no observations                          | is not evaluable because `lithium-level.days_after_change` is unknown                       |
        | the patient takes lithium carbonate 800 mg/d                                       | lithium level of 0.70 mmol/L, 5 days ago | is not evaluable because `lithium-level.days_after_change` is unknown                       |
        | the patient took lithium carbonate 800 mg/d started 10 days ago stopped 2 days ago | lithium level of 0.70 mmol/L, 5 days ago | does not apply                                                                              |
        | nothing is known about medications                                                 | lithium level of 0.70 mmol/L, 5 days ago | is not evaluable because `lithium.active` and `lithium-level.days_after_change` are unknown |

  Rule: timing.level-after-change-missing

    Scenario Outline: A week without a level
      Given the patient takes lithium carbonate 800 mg/d started <started> days ago
      And <level>
      When the record is evaluated
      Then rule `timing.level-after-change-missing` <outcome>

      Examples:
        | started | level                                     | outcome                                                                |
        | 6       | no observations                           | does not fire                                                          |
        | 7       | no observations                           | does not fire                                                          |
        | 8       | no observations                           | fires as warning                                                       |
        | 40      | lithium level of 0.70 mmol/L, 41 days ago | fires as warning                                                       |
        | 40      | lithium level of 0.70 mmol/L, 38 days ago | fires                                                                  |
        | 40      | lithium level of 0.70 mmol/L, 37 days ago | does not fire                                                          |
        | 40      | lithium level of 0.70 mmol/L, 36 days ago | does not fire                                                          |
        | 40      | nothing is known about observations       | is not evaluable because `lithium-level.taken_since_change` is unknown |

    Scenario Outline: What counts as a change
      Given the patient takes these medications:
        | drug     | dose     | started      | stopped            |
        | <first>  | <dose>   | 300 days ago | <stopped> days ago |
        | <second> | 800 mg/d | 30 days ago  |                    |
      And lithium level of 0.70 mmol/L, 60 days ago
      When the record is evaluated
      Then rule `timing.level-after-change-missing` <outcome>

      Examples:
        | first             | dose     | stopped | second            | outcome          |
        | lithium carbonate | 600 mg/d | 30      | lithium carbonate | fires as warning |
        | lithium carbonate | 800 mg/d | 30      | lithium carbonate | does not fire    |
        | lithium citrate   | 600 mg/d | 30      | lithium carbonate | fires            |
        | lithium carbonate | 800 mg/d | 36      | lithium carbonate | does not fire    |
        | lithium carbonate | 800 mg/d | 37      | lithium carbonate | does not fire    |
        | lithium carbonate | 800 mg/d | 38      | lithium carbonate | fires            |

    Scenario Outline: Patients to whom timing.level-after-change-missing applies
      Given <treatment>
      And <level>
      When the record is evaluated
      Then rule `timing.level-after-change-missing` <outcome>

      Examples:
        | treatment                                               | level           | outcome                                                                               |
        | the patient takes lithium carbonate started 20 days ago | no observations | is not evaluable because `lithium.days_since_change` is unknown                       |
        | the patient does not take lithium                       | no observations | does not apply                                                                        |
        | nothing is known about medications                      | no observations | is not evaluable because `lithium.active` and `lithium.days_since_change` are unknown |

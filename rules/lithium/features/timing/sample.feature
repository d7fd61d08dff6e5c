Feature: The hours from the last dose to the sample
  Twelve hours by most sources, with 10 to 14 tolerated; 8 to 12 by the older US label. The history states them.

  Background:
    Given as of 2026-11-23
    And a woman of 45

  Scenario Outline: Hours from the last dose to the sample
    Given the patient takes lithium carbonate 800 mg/d
    And a history of <hours> lithium sample hours
    When the record is evaluated
    Then of these rules only <rule> fires:
      | `timing.sample-too-early`    |
      | `timing.sample-in-us-window` |
      | `timing.sample-too-late`     |

    Examples:
      | hours | rule                         |
      | 4     | `timing.sample-too-early`    |
      | 7     | `timing.sample-too-early`    |
      | 8     | `timing.sample-in-us-window` |
      | 10    | none                         |
      | 11    | none                         |
      | 12    | none                         |
      | 13    | none                         |
      | 14    | none                         |
      | 15    | `timing.sample-too-late`     |
      | 24    | `timing.sample-too-late`     |

  Scenario: Nine hours
    Given the patient takes lithium carbonate 800 mg/d
    And a history of 9 lithium sample hours
    When the record is evaluated
    Then rule `timing.sample-in-us-window` fires as info
    And rule `timing.sample-too-early` does not fire

  Rule: timing.sample-too-early

    Scenario Outline: Patients to whom timing.sample-too-early applies
      Given <treatment>
      And <history>
      When the record is evaluated
      Then rule `timing.sample-too-early` <outcome>

      Examples:
        | treatment                          | history                             | outcome                                                            |
        | the patient takes lithium 800 mg/d | a history of 5 lithium sample hours | fires as warning                                                   |
        | the patient takes lithium 800 mg/d | nothing is known about history      | is not evaluable because `history.lithium_sample_hours` is unknown |
        | the patient does not take lithium  | a history of 5 lithium sample hours | does not apply                                                     |
        | nothing is known about medications | a history of 5 lithium sample hours | is not evaluable because `lithium.active` is unknown               |

  Rule: timing.sample-in-us-window

    Scenario Outline: Patients to whom timing.sample-in-us-window applies
      Given <treatment>
      And <history>
      When the record is evaluated
      Then rule `timing.sample-in-us-window` <outcome>

      Examples:
        | treatment                          | history                             | outcome                                                            |
        | the patient takes lithium 800 mg/d | nothing is known about history      | is not evaluable because `history.lithium_sample_hours` is unknown |
        | the patient does not take lithium  | a history of 9 lithium sample hours | does not apply                                                     |
        | nothing is known about medications | a history of 9 lithium sample hours | is not evaluable because `lithium.active` is unknown               |

  Rule: timing.sample-too-late

    Scenario Outline: Patients to whom timing.sample-too-late applies
      Given <treatment>
      And <history>
      When the record is evaluated
      Then rule `timing.sample-too-late` <outcome>

      Examples:
        | treatment                          | history                              | outcome                                                            |
        | the patient takes lithium 800 mg/d | a history of 20 lithium sample hours | fires as info                                                      |
        | the patient takes lithium 800 mg/d | nothing is known about history       | is not evaluable because `history.lithium_sample_hours` is unknown |
        | the patient does not take lithium  | a history of 20 lithium sample hours | does not apply                                                     |
        | nothing is known about medications | a history of 20 lithium sample hours | is not evaluable because `lithium.active` is unknown               |

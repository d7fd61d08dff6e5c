Feature: The plasma level of clozapine
  350 to 600 ng/mL is the range on which most sources agree, and 1000 ng/mL the lowest level called toxic.

  Background:
    Given as of 2026-11-23

  Rule: level.below-range, level.above-range and level.toxic

    Scenario Outline: A level of <level>
      Given the patient takes clozapine 300 mg/d started 400 days ago
      And clozapine plasma level of <level>, 3 days ago
      When the record is evaluated
      Then of these rules only <band> fires:
        | level.below-range |
        | level.above-range |
        | level.toxic       |

      Examples:
        | level      | band              |
        | 120 ng/mL  | level.below-range |
        | 349 ng/mL  | level.below-range |
        | 350 ng/mL  | none              |
        | 351 ng/mL  | none              |
        | 599 ng/mL  | none              |
        | 600 ng/mL  | none              |
        | 601 ng/mL  | level.above-range |
        | 999 ng/mL  | level.above-range |
        | 1000 ng/mL | level.toxic       |
        | 1001 ng/mL | level.toxic       |
        | 0.3 mg/L   | level.below-range |
        | 0.7 mg/L   | level.above-range |
        | 1.2 ug/mL  | level.toxic       |

    Scenario Outline: A level of <level> ng/mL <age> days ago
      Given the patient takes clozapine 300 mg/d started 400 days ago
      And clozapine plasma level of <level> ng/mL, <age> days ago
      When the record is evaluated
      Then rule `<rule>` <outcome>

      Examples:
        | level | age | rule              | outcome           |
        | 200   | 90  | level.below-range | fires as info     |
        | 200   | 91  | level.below-range | is not evaluable  |
        | 700   | 90  | level.above-range | fires as warning  |
        | 700   | 91  | level.above-range | is not evaluable  |
        | 1100  | 90  | level.toxic       | fires as critical |
        | 1100  | 91  | level.toxic       | is not evaluable  |

    Scenario Outline: A level of <level> ng/mL, <whom>
      Given <treatment>
      And clozapine plasma level of <level> ng/mL, 3 days ago
      When the record is evaluated
      Then rule `<rule>` <outcome>

      Examples:
        | level | whom                | treatment                           | rule              | outcome          |
        | 200   | not on clozapine    | the patient does not take clozapine | level.below-range | does not apply   |
        | 200   | medications unknown | nothing is known about medications  | level.below-range | is not evaluable |
        | 700   | not on clozapine    | the patient does not take clozapine | level.above-range | does not apply   |
        | 700   | medications unknown | nothing is known about medications  | level.above-range | is not evaluable |
        | 1100  | not on clozapine    | the patient does not take clozapine | level.toxic       | does not apply   |
        | 1100  | medications unknown | nothing is known about medications  | level.toxic       | is not evaluable |

    Scenario Outline: Of several levels the latest counts: <latest>
      Given the patient takes clozapine 300 mg/d started 400 days ago
      And clozapine plasma level over time:
        | when        | result         |
        | 60 days ago | 1200 ng/mL     |
        | 30 days ago | 200 ng/mL      |
        | 9 days ago  | <latest> ng/mL |
      When the record is evaluated
      Then of these rules only <band> fires:
        | level.below-range |
        | level.above-range |
        | level.toxic       |
      And rule `level.repeat-overdue` <repeat>

      Examples:
        | latest | band              | repeat         |
        | 450    | none              | does not apply |
        | 700    | level.above-range | fires          |

    Scenario: A high level that was repeated
      Given the patient takes clozapine 300 mg/d started 400 days ago
      And clozapine plasma level over time:
        | when        | result    |
        | 30 days ago | 750 ng/mL |
        | 3 days ago  | 700 ng/mL |
      When the record is evaluated
      Then rule `level.repeat-overdue` does not fire

    Scenario: A level in the wrong unit gives a notice and fires no rule
      Given the patient takes clozapine 300 mg/d
      And clozapine plasma level of 0.35 ng/mL, 3 days ago
      When the record is evaluated
      Then rule `level.below-range` is not evaluable because `clozapine-level.latest` is unknown
      And a notice at /observations/0/value mentions "plausible"

    Scenario: Norclozapine is no clozapine level
      Given the record:
        """
        {"as_of": "2026-11-23", "medications": [{"drug": "clozapine"}],
         "observations": [{"code": "http://loinc.org|10992-6", "value": 800, "unit": "ng/mL", "date": "2026-11-20"}]}
        """
      When the record is evaluated
      Then rule `level.above-range` is not evaluable because `clozapine-level.latest` is unknown

  Rule: level.repeat-overdue

    Scenario Outline: A level of <level> ng/mL <age> days ago, not repeated
      Given the patient takes clozapine 300 mg/d started 400 days ago
      And clozapine plasma level of <level> ng/mL, <age> days ago
      When the record is evaluated
      Then rule `level.repeat-overdue` <outcome>

      Examples:
        | level | age | outcome          |
        | 599   | 20  | does not apply   |
        | 600   | 20  | does not apply   |
        | 601   | 20  | fires as info    |
        | 700   | 6   | does not fire    |
        | 700   | 7   | does not fire    |
        | 700   | 8   | fires            |
        | 700   | 91  | is not evaluable |

    Scenario Outline: A high level, <whom>
      Given <treatment>
      And <level>
      When the record is evaluated
      Then rule `level.repeat-overdue` <outcome>

      Examples:
        | whom                | treatment                            | level                                                | outcome          |
        | not on clozapine    | the patient does not take clozapine  | clozapine plasma level of 700 ng/mL, 20 days ago     | does not apply   |
        | medications unknown | nothing is known about medications   | clozapine plasma level of 700 ng/mL, 20 days ago     | is not evaluable |
        | no level            | the patient takes clozapine          | no observations                                      | is not evaluable |
        | undated             | the patient takes clozapine          | clozapine plasma level of 700 ng/mL, undated         | is not evaluable |

  Rule: level.before-steady-state

    Scenario Outline: The dose changed <changed> days ago, the level is <level> days old
      Given the patient takes these medications:
        | drug      | dose     | started            | stopped            |
        | clozapine | 300 mg/d | 400 days ago       | <changed> days ago |
        | clozapine | 350 mg/d | <changed> days ago |                    |
      And clozapine plasma level of 450 ng/mL, <level> days ago
      When the record is evaluated
      Then rule `level.before-steady-state` <outcome>

      Examples:
        | changed | level | outcome        |
        | 10      | 11    | fires as info  |
        | 10      | 10    | fires          |
        | 10      | 8     | fires          |
        | 10      | 7     | does not fire  |
        | 10      | 6     | does not fire  |
        | 20      | 89    | fires          |
        | 20      | 90    | fires          |
        | 20      | 91    | does not apply |

    Scenario Outline: A level after a change, <whom>
      Given <treatment>
      And <level>
      When the record is evaluated
      Then rule `level.before-steady-state` <outcome>

      Examples:
        | whom                | treatment                                                | level                                          | outcome          |
        | right after a start | the patient takes clozapine 100 mg/d started 4 days ago  | clozapine plasma level of 90 ng/mL, 2 days ago | fires            |
        | not on clozapine    | the patient does not take clozapine                      | clozapine plasma level of 90 ng/mL, 2 days ago | does not apply   |
        | medications unknown | nothing is known about medications                       | clozapine plasma level of 90 ng/mL, 2 days ago | is not evaluable |
        | no level            | the patient takes clozapine 100 mg/d started 4 days ago  | no observations                                | is not evaluable |
        | start unknown       | the patient takes clozapine 100 mg/d                     | clozapine plasma level of 90 ng/mL, 2 days ago | is not evaluable |

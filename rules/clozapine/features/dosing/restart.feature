Feature: The dose after an interruption
  After two whole days without clozapine, which are more than 48 hours between two doses, the sources begin again
  with at most 25 mg a day. The record has days, not hours.

  Background:
    Given as of 2026-11-23

  Rule: dosing.restart-above

    Scenario Outline: <off> days off, <dose> mg, begun again <restart> days ago
      Given the patient takes these medications:
        | drug      | dose        | started            | stopped        |
        | clozapine | 400 mg/d    | 400 days ago       | <end> days ago |
        | clozapine | <dose> mg/d | <restart> days ago |                |
      When the record is evaluated
      Then rule `dosing.restart-above` <outcome>

      Examples:
        | off | dose  | end | restart | outcome           |
        | 0   | 400   | 0   | 0       | does not apply    |
        | 1   | 400   | 1   | 0       | does not apply    |
        | 2   | 400   | 2   | 0       | fires as warning  |
        | 3   | 400   | 3   | 0       | fires             |
        | 29  | 400   | 29  | 0       | fires             |
        | 30  | 400   | 30  | 0       | fires             |
        | 2   | 24.75 | 2   | 0       | does not fire     |
        | 2   | 25    | 2   | 0       | does not fire     |
        | 2   | 25.25 | 2   | 0       | fires             |
        | 2   | 50    | 3   | 1       | does not apply    |
        | 2   | 50    | 4   | 2       | does not apply    |

    Scenario Outline: Several earlier courses, the last ended <end> days ago
      Given the patient takes these medications:
        | drug      | dose     | started      | stopped        |
        | clozapine | 300 mg/d | 900 days ago | 500 days ago   |
        | clozapine | 400 mg/d | 400 days ago | <end> days ago |
        | clozapine | 400 mg/d | today        |                |
      When the record is evaluated
      Then rule `dosing.restart-above` <outcome>

      Examples:
        | end | outcome        |
        | 1   | does not apply |
        | 2   | fires          |

    Scenario: The advisory shows how the sources differ on two days
      Given the patient takes these medications:
        | drug      | dose     | started      | stopped    |
        | clozapine | 400 mg/d | 400 days ago | 2 days ago |
        | clozapine | 400 mg/d | today        |            |
      When the record is evaluated
      Then rule `dosing.restart-above` shows conflict two-days
      And rule `dosing.restart-above` says "48 hours"

    Scenario Outline: An interruption, with <what>
      Given <now>
      And <before>
      When the record is evaluated
      Then rule `dosing.restart-above` <outcome>

      Examples:
        | what                       | now                                              | before                                                                                        | outcome          |
        | no earlier course          | the patient takes clozapine 400 mg/d since today | no symptoms                                                                                   | does not apply   |
        | no dose now                | the patient takes clozapine since today          | the patient took clozapine 400 mg/d started 400 days ago, stopped 5 days ago                  | is not evaluable |
        | no start now               | the patient takes clozapine 400 mg/d             | the patient took clozapine 400 mg/d started 400 days ago, stopped 5 days ago                  | is not evaluable |
        | an end on an unknown day   | the patient takes clozapine 400 mg/d since today | the patient stopped clozapine on an unknown day, started 400 days ago                         | is not evaluable |
        | perhaps an earlier course  | the patient takes clozapine 400 mg/d since today | it is not known whether the patient took clozapine started 400 days ago, stopped 5 days ago   | is not evaluable |
        | clozapine ended            | the patient stopped clozapine 2 days ago         | the patient took clozapine 400 mg/d started 400 days ago, stopped 5 days ago                  | does not apply   |
        | unknown medications        | no symptoms                                      | nothing is known about medications                                                            | is not evaluable |

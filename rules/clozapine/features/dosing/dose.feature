Feature: The dose of clozapine
  At most 25 mg on the first day, a rise of at most 50 mg a day in the first two weeks, later steps of at most
  100 mg, and never more than 900 mg a day.

  Background:
    Given as of 2026-11-23

  Rule: dosing.start-above

    Scenario Outline: <dose> mg on day <day>
      Given the patient takes clozapine <dose> mg/d started <day> days ago
      When the record is evaluated
      Then rule `dosing.start-above` <outcome>

      Examples:
        | dose  | day | outcome          |
        | 12.5  | 0   | does not fire    |
        | 24.75 | 0   | does not fire    |
        | 25    | 0   | does not fire    |
        | 25.25 | 0   | fires as warning |
        | 100   | 0   | fires            |
        | 100   | 1   | does not apply   |
        | 100   | 2   | does not apply   |

    Scenario Outline: The first day, with <what>
      Given <treatment>
      When the record is evaluated
      Then rule `dosing.start-above` <outcome>

      Examples:
        | what                | treatment                                  | outcome          |
        | no dose             | the patient takes clozapine started today  | is not evaluable |
        | no start            | the patient takes clozapine 100 mg/d       | is not evaluable |
        | no clozapine        | the patient does not take clozapine        | does not apply   |
        | unknown medications | nothing is known about medications         | is not evaluable |

  Rule: dosing.titration-fast

    Scenario Outline: <dose> mg on day <day> of the first two weeks
      Given the patient takes clozapine <dose> mg/d started <day> days ago
      When the record is evaluated
      Then rule `dosing.titration-fast` <outcome>

      Examples:
        | dose   | day | outcome          |
        | 100    | 0   | does not apply   |
        | 74.75  | 1   | does not fire    |
        | 75     | 1   | does not fire    |
        | 75.25  | 1   | fires as warning |
        | 124.75 | 2   | does not fire    |
        | 125    | 2   | does not fire    |
        | 125.25 | 2   | fires            |
        | 425    | 8   | does not fire    |
        | 430    | 8   | fires            |
        | 450    | 9   | does not fire    |
        | 450.25 | 9   | fires            |
        | 450    | 12  | does not fire    |
        | 475    | 12  | fires            |
        | 500    | 13  | fires            |
        | 500    | 14  | does not apply   |
        | 500    | 15  | does not apply   |

    Scenario Outline: The first two weeks, with <what>
      Given <treatment>
      When the record is evaluated
      Then rule `dosing.titration-fast` <outcome>

      Examples:
        | what                | treatment                                       | outcome                                                                                                  |
        | no dose             | the patient takes clozapine started 5 days ago  | is not evaluable because `clozapine.titration_excess` is unknown                                         |
        | no start            | the patient takes clozapine 500 mg/d            | is not evaluable because `clozapine.days_on_treatment` and `clozapine.titration_excess` are unknown      |
        | no clozapine        | the patient does not take clozapine             | does not apply                                                                                           |
        | unknown medications | nothing is known about medications              | is not evaluable                                                                                         |

  Rule: dosing.step-above

    Scenario Outline: From <before> to <now> mg, <changed> days ago, treatment since <start> days
      Given the patient takes these medications:
        | drug      | dose          | started            | stopped            |
        | clozapine | <before> mg/d | <start> days ago   | <changed> days ago |
        | clozapine | <now> mg/d    | <changed> days ago |                    |
      When the record is evaluated
      Then rule `dosing.step-above` <outcome>

      Examples:
        | before | now    | changed | start | outcome          |
        | 300    | 399.75 | 3       | 60    | does not fire    |
        | 300    | 400    | 3       | 60    | does not fire    |
        | 300    | 400.25 | 3       | 60    | fires as warning |
        | 300    | 450    | 6       | 60    | fires            |
        | 300    | 450    | 7       | 60    | does not apply   |
        | 300    | 450    | 8       | 60    | does not apply   |
        | 100    | 300    | 3       | 13    | does not apply   |
        | 100    | 300    | 3       | 14    | fires            |
        | 100    | 300    | 3       | 15    | fires            |
        | 450    | 300    | 3       | 60    | does not fire    |

    Scenario: Of several steps the last one counts
      Given the patient takes these medications:
        | drug      | dose     | started     | stopped     |
        | clozapine | 100 mg/d | 80 days ago | 40 days ago |
        | clozapine | 300 mg/d | 40 days ago | 3 days ago  |
        | clozapine | 350 mg/d | 3 days ago  |             |
      When the record is evaluated
      Then rule `dosing.step-above` does not fire

    Scenario: A higher dose long before does not hide a step
      Given the patient takes these medications:
        | drug      | dose     | started      | stopped      |
        | clozapine | 700 mg/d | 900 days ago | 700 days ago |
        | clozapine | 500 mg/d | 80 days ago  | 40 days ago  |
        | clozapine | 300 mg/d | 40 days ago  | 3 days ago   |
        | clozapine | 450 mg/d | 3 days ago   |              |
      When the record is evaluated
      Then rule `dosing.step-above` fires because `clozapine.dose_step` is 150 mg/d

    Scenario Outline: A step, with <what>
      Given <now>
      And <before>
      When the record is evaluated
      Then rule `dosing.step-above` <outcome>

      Examples:
        | what                    | now                                                     | before                                                                       | outcome          |
        | one course only         | the patient takes clozapine 450 mg/d started 60 days ago | no symptoms                                                                 | does not apply   |
        | no dose before          | the patient takes clozapine 450 mg/d started 3 days ago | the patient took clozapine started 60 days ago, stopped 3 days ago           | is not evaluable |
        | no dose now             | the patient takes clozapine started 3 days ago          | the patient took clozapine 300 mg/d started 60 days ago, stopped 3 days ago  | is not evaluable |
        | no start                | the patient takes clozapine 450 mg/d                    | the patient took clozapine 300 mg/d started 60 days ago, stopped 3 days ago  | is not evaluable |
        | clozapine ended         | the patient stopped clozapine 2 days ago                | the patient took clozapine 300 mg/d started 60 days ago, stopped 3 days ago  | does not apply   |
        | unknown medications     | no symptoms                                             | nothing is known about medications                                           | is not evaluable |

  Rule: dosing.above-maximum

    Scenario Outline: <dose>
      Given the patient takes clozapine <dose> started 400 days ago
      When the record is evaluated
      Then rule `dosing.above-maximum` <outcome>

      Examples:
        | dose        | outcome           |
        | 450 mg/d    | does not fire     |
        | 899.75 mg/d | does not fire     |
        | 900 mg/d    | does not fire     |
        | 900.25 mg/d | fires as critical |
        | 1.2 g/d     | fires             |

    Scenario: Two tablets at once are added
      Given the patient takes these medications:
        | drug      | dose     | started      |
        | clozapine | 450 mg/d | 400 days ago |
        | clozapine | 475 mg/d | 200 days ago |
      When the record is evaluated
      Then rule `dosing.above-maximum` fires because `clozapine.daily_dose` is 925 mg/d

    Scenario Outline: The maximum, with <what>
      Given <treatment>
      When the record is evaluated
      Then rule `dosing.above-maximum` <outcome>

      Examples:
        | what                | treatment                                                        | outcome                                                   |
        | no dose             | the patient takes clozapine                                      | is not evaluable because `clozapine.daily_dose` is unknown |
        | no clozapine        | the patient does not take clozapine                              | does not apply                                            |
        | clozapine ended     | the patient stopped clozapine 1000 mg/d 3 days ago               | does not apply                                            |
        | perhaps clozapine   | it is not known whether the patient takes clozapine 1000 mg/d    | is not evaluable                                          |

    Scenario: A dose in the wrong unit gives a notice and fires no rule
      Given the patient takes clozapine 3 g/d
      When the record is evaluated
      Then rule `dosing.above-maximum` is not evaluable because `clozapine.daily_dose` is unknown
      And a notice at /medications/0/daily_dose/value mentions "plausible"

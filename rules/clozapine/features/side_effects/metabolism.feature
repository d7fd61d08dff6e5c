Feature: Weight and glucose
  Weight at the start, every 4 weeks in the first 12 weeks, then quarterly; glucose or HbA1c before the start, at
  4 weeks and every 4 to 6 months.

  Background:
    Given as of 2026-11-23

  Rule: side-effects.weight-gain

    Scenario Outline: From 80 to <now> kg
      Given the patient takes clozapine 300 mg/d started 100 days ago
      And body weight over time:
        | when         | result   |
        | 400 days ago | 60 kg    |
        | 300 days ago | 95 kg    |
        | 101 days ago | 80 kg    |
        | 50 days ago  | 90 kg    |
        | 30 days ago  | 81 kg    |
        | 2 days ago   | <now> kg |
      When the record is evaluated
      Then rule `side-effects.weight-gain` <outcome>

      Examples:
        | now  | outcome       |
        | 75   | does not fire |
        | 83.9 | does not fire |
        | 84   | fires as info |
        | 84.1 | fires         |
        | 95   | fires         |

    Scenario Outline: Steps of a tenth of a percent, from 100 to <now> kg
      Given the patient takes clozapine 300 mg/d started 100 days ago
      And body weight over time:
        | when         | result   |
        | 100 days ago | 100 kg   |
        | 99 days ago  | <now> kg |
      When the record is evaluated
      Then rule `side-effects.weight-gain` <outcome>

      Examples:
        | now   | outcome       |
        | 104.9 | does not fire |
        | 105   | fires         |
        | 105.1 | fires         |

    Scenario Outline: A weight gain, <what>
      Given <treatment>
      And <before>
      And body weight of 90 kg, 2 days ago
      When the record is evaluated
      Then rule `side-effects.weight-gain` <outcome>

      Examples:
        | what                | treatment                                                 | before                              | outcome          |
        | no weight before    | the patient takes clozapine 300 mg/d started 100 days ago | no symptoms                         | is not evaluable |
        | unknown start       | the patient takes clozapine 300 mg/d                      | body weight of 80 kg, 200 days ago  | is not evaluable |
        | not on clozapine    | the patient does not take clozapine                       | body weight of 80 kg, 200 days ago  | does not apply   |
        | medications unknown | nothing is known about medications                        | body weight of 80 kg, 200 days ago  | is not evaluable |

    Scenario: Only the weight of the day of the start
      Given the patient takes clozapine 300 mg/d started 100 days ago
      And body weight of 80 kg, 100 days ago
      When the record is evaluated
      Then rule `side-effects.weight-gain` is not evaluable because `weight.change_percent` is unknown

  Rule: side-effects.weight-overdue

    Scenario Outline: Day <day>, weight <latest> days ago
      Given the patient takes clozapine 300 mg/d started <day> days ago
      And body weight over time:
        | when              | result |
        | 120 days ago      | 85 kg  |
        | <latest> days ago | 80 kg  |
      When the record is evaluated
      Then rule `side-effects.weight-overdue` <outcome>

      Examples:
        | day | latest | outcome       |
        | 60  | 27     | does not fire |
        | 60  | 28     | does not fire |
        | 60  | 29     | fires as info |
        | 83  | 29     | fires         |
        | 84  | 29     | fires         |
        | 85  | 29     | does not fire |
        | 300 | 90     | does not fire |
        | 300 | 91     | does not fire |
        | 300 | 92     | fires         |
        | 28  | 40     | does not fire |
        | 29  | 40     | fires         |

    Scenario Outline: A weight, <what>
      Given <treatment>
      And <weight>
      When the record is evaluated
      Then rule `side-effects.weight-overdue` <outcome>

      Examples:
        | what                 | treatment                                                 | weight                              | outcome          |
        | never taken          | the patient takes clozapine 300 mg/d started 300 days ago | no observations                     | fires            |
        | undated              | the patient takes clozapine 300 mg/d started 300 days ago | body weight of 80 kg, undated       | is not evaluable |
        | observations unknown | the patient takes clozapine 300 mg/d started 60 days ago  | nothing is known about observations | is not evaluable |
        | unknown start        | the patient takes clozapine 300 mg/d                      | no observations                     | is not evaluable |
        | not on clozapine     | the patient does not take clozapine                       | no observations                     | does not apply   |
        | medications unknown  | nothing is known about medications                        | no observations                     | is not evaluable |

  Rule: side-effects.glucose-baseline-missing

    Scenario Outline: <test> <when> days ago, clozapine since 10 days
      Given the patient takes clozapine 50 mg/d started 10 days ago
      And <test> of <result>, <when> days ago
      When the record is evaluated
      Then rule `side-effects.glucose-baseline-missing` <outcome>

      Examples:
        | test            | result     | when | outcome       |
        | fasting glucose | 5.1 mmol/L | 9    | fires as info |
        | fasting glucose | 5.1 mmol/L | 10   | does not fire |
        | fasting glucose | 95 mg/dL   | 11   | does not fire |
        | HbA1c           | 5.2 %      | 38   | does not fire |
        | HbA1c           | 5.2 %      | 39   | fires         |

    Scenario Outline: Glucose before the start, <what>
      Given <treatment>
      And <tests>
      When the record is evaluated
      Then rule `side-effects.glucose-baseline-missing` <outcome>

      Examples:
        | what                 | treatment                                               | tests                                  | outcome          |
        | day 27               | the patient takes clozapine 50 mg/d started 27 days ago | no observations                        | fires            |
        | day 28               | the patient takes clozapine 50 mg/d started 28 days ago | no observations                        | fires            |
        | day 29               | the patient takes clozapine 50 mg/d started 29 days ago | no observations                        | does not apply   |
        | undated              | the patient takes clozapine 50 mg/d started 10 days ago | fasting glucose of 5.1 mmol/L, undated | is not evaluable |
        | unknown start        | the patient takes clozapine 50 mg/d                     | no observations                        | is not evaluable |
        | not on clozapine     | the patient does not take clozapine                     | no observations                        | does not apply   |
        | medications unknown  | nothing is known about medications                      | no observations                        | is not evaluable |

  Rule: side-effects.glucose-overdue

    Scenario Outline: Day <day>, glucose <latest> days ago
      Given the patient takes clozapine 300 mg/d started <day> days ago
      And fasting glucose of 5.1 mmol/L, <latest> days ago
      When the record is evaluated
      Then rule `side-effects.glucose-overdue` <outcome>

      Examples:
        | day | latest | outcome        |
        | 27  | 30     | does not apply |
        | 28  | 30     | does not apply |
        | 29  | 30     | fires as info  |
        | 29  | 29     | fires          |
        | 29  | 28     | does not fire  |
        | 400 | 182    | does not fire  |
        | 400 | 183    | does not fire  |
        | 400 | 184    | fires          |

    Scenario Outline: Several tests, the latest <latest> days ago
      Given the patient takes clozapine 300 mg/d started 400 days ago
      And these results:
        | observation     | result     | when              |
        | fasting glucose | 5.1 mmol/L | 420 days ago      |
        | HbA1c           | 5.3 %      | 300 days ago      |
        | fasting glucose | 5.4 mmol/L | <latest> days ago |
      When the record is evaluated
      Then rule `side-effects.glucose-overdue` <outcome>

      Examples:
        | latest | outcome       |
        | 100    | does not fire |
        | 200    | fires         |

    Scenario Outline: Glucose, <what>
      Given <treatment>
      And <tests>
      When the record is evaluated
      Then rule `side-effects.glucose-overdue` <outcome>

      Examples:
        | what                 | treatment                                                 | tests                                  | outcome          |
        | never tested         | the patient takes clozapine 300 mg/d started 400 days ago | no observations                        | fires            |
        | HbA1c instead        | the patient takes clozapine 300 mg/d started 400 days ago | HbA1c of 5.4 %, 100 days ago           | does not fire    |
        | undated              | the patient takes clozapine 300 mg/d started 400 days ago | fasting glucose of 5.1 mmol/L, undated | is not evaluable |
        | observations unknown | the patient takes clozapine 300 mg/d started 400 days ago | nothing is known about observations    | is not evaluable |
        | unknown start        | the patient takes clozapine 300 mg/d                      | no observations                        | is not evaluable |
        | not on clozapine     | the patient does not take clozapine                       | no observations                        | does not apply   |
        | medications unknown  | nothing is known about medications                        | no observations                        | is not evaluable |

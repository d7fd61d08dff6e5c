Feature: Baseline tests
  A page of the NHS lists them. From 28 days before to 7 days after the start, and asked for in the first 91 days: both
  are decisions of this rulebook.

  Background:
    Given as of 2026-11-23
    And a woman of 45

  Rule: monitoring.baseline-incomplete

    Scenario Outline: All tests around the start
      Given the patient takes lithium carbonate 600 mg/d started 40 days ago
      And these results:
        | observation     | result      | when            |
        | TSH             | 2.1 mIU/L   | <when> days ago |
        | creatinine      | 70 umol/L   | <when> days ago |
        | serum calcium   | 2.40 mmol/L | <when> days ago |
        | serum sodium    | 140 mmol/L  | <when> days ago |
        | leukocyte count | 6.1 10*9/L  | <when> days ago |
        | body weight     | 70 kg       | <when> days ago |
      When the record is evaluated
      Then rule `monitoring.baseline-incomplete` <outcome>

      Examples:
        | when | outcome          |
        | 69   | fires as warning |
        | 68   | does not fire    |
        | 67   | does not fire    |
        | 34   | does not fire    |
        | 33   | does not fire    |
        | 32   | fires            |

    Scenario Outline: One test is missing
      Given the patient takes lithium carbonate 600 mg/d started 40 days ago
      And these results:
        | observation     | result      | when                  |
        | TSH             | 2.1 mIU/L   | <TSH> days ago        |
        | creatinine      | 70 umol/L   | <creatinine> days ago |
        | serum calcium   | 2.40 mmol/L | <calcium> days ago    |
        | serum sodium    | 140 mmol/L  | <sodium> days ago     |
        | leukocyte count | 6.1 10*9/L  | <count> days ago      |
        | body weight     | 70 kg       | <weight> days ago     |
      When the record is evaluated
      Then rule `monitoring.baseline-incomplete` fires because `<fact>` is no

      Examples:
        | TSH | creatinine | calcium | sodium | count | weight | fact                            |
        | 90  | 40         | 40      | 40     | 40    | 40     | thyrotropin.baseline_taken      |
        | 40  | 90         | 40      | 40     | 40    | 40     | renal_function.baseline_taken   |
        | 40  | 40         | 90      | 40     | 40    | 40     | calcium-in-serum.baseline_taken |
        | 40  | 40         | 40      | 90     | 40    | 40     | sodium-in-serum.baseline_taken  |
        | 40  | 40         | 40      | 40     | 90    | 40     | leukocytes.baseline_taken       |
        | 40  | 40         | 40      | 40     | 40    | 90     | weight_measure.baseline_taken   |
        | 20  | 40         | 40      | 40     | 40    | 40     | thyrotropin.baseline_taken      |
        | 40  | 20         | 40      | 40     | 40    | 40     | renal_function.baseline_taken   |
        | 40  | 40         | 20      | 40     | 40    | 40     | calcium-in-serum.baseline_taken |
        | 40  | 40         | 40      | 20     | 40    | 40     | sodium-in-serum.baseline_taken  |
        | 40  | 40         | 40      | 40     | 20    | 40     | leukocytes.baseline_taken       |
        | 40  | 40         | 40      | 40     | 40    | 20     | weight_measure.baseline_taken   |

    Scenario: Other tests serve as well
      Given the patient takes lithium carbonate 600 mg/d started 40 days ago
      And these results:
        | observation               | result      | when        |
        | TSH                       | 2.1 mIU/L   | 40 days ago |
        | estimated filtration rate | 80 mL/min   | 40 days ago |
        | serum calcium             | 2.40 mmol/L | 40 days ago |
        | serum sodium              | 140 mmol/L  | 40 days ago |
        | leukocyte count           | 6.1 10*9/L  | 40 days ago |
        | body mass index           | 24 kg/m2    | 40 days ago |
      When the record is evaluated
      Then rule `monitoring.baseline-incomplete` does not fire

    Scenario Outline: The first 91 days
      Given the patient takes lithium carbonate 600 mg/d started <started> days ago
      And no observations
      When the record is evaluated
      Then rule `monitoring.baseline-incomplete` <outcome>

      Examples:
        | started | outcome        |
        | 90      | fires          |
        | 91      | fires          |
        | 92      | does not apply |

    Scenario: A list that may be incomplete but has every test
      Given the patient takes lithium carbonate 600 mg/d started 40 days ago
      And these results:
        | observation     | result      | when        |
        | TSH             | 2.1 mIU/L   | 40 days ago |
        | creatinine      | 70 umol/L   | 40 days ago |
        | serum calcium   | 2.40 mmol/L | 40 days ago |
        | serum sodium    | 140 mmol/L  | 40 days ago |
        | leukocyte count | 6.1 10*9/L  | 40 days ago |
        | body weight     | 70 kg       | 40 days ago |
      And the list of observations may be incomplete
      When the record is evaluated
      Then rule `monitoring.baseline-incomplete` does not fire

    Scenario Outline: What is not known to be missing
      Given the patient takes lithium carbonate 600 mg/d started 40 days ago
      And these results:
        | observation | result | when        |
        | <first>     | <r1>   | 40 days ago |
        | <second>    | <r2>   | 40 days ago |
        | <third>     | <r3>   | 40 days ago |
        | <fourth>    | <r4>   | 40 days ago |
        | <fifth>     | <r5>   | 40 days ago |
      And the list of observations may be incomplete
      When the record is evaluated
      Then rule `monitoring.baseline-incomplete` is not evaluable because `<fact>` is unknown

      Examples:
        | first      | r1        | second        | r2          | third         | r3          | fourth          | r4         | fifth           | r5         | fact                            |
        | creatinine | 70 umol/L | serum calcium | 2.40 mmol/L | serum sodium  | 140 mmol/L  | leukocyte count | 6.1 10*9/L | body weight     | 70 kg      | thyrotropin.baseline_taken      |
        | TSH        | 2.1 mIU/L | serum calcium | 2.40 mmol/L | serum sodium  | 140 mmol/L  | leukocyte count | 6.1 10*9/L | body weight     | 70 kg      | renal_function.baseline_taken   |
        | TSH        | 2.1 mIU/L | creatinine    | 70 umol/L   | serum sodium  | 140 mmol/L  | leukocyte count | 6.1 10*9/L | body weight     | 70 kg      | calcium-in-serum.baseline_taken |
        | TSH        | 2.1 mIU/L | creatinine    | 70 umol/L   | serum calcium | 2.40 mmol/L | leukocyte count | 6.1 10*9/L | body weight     | 70 kg      | sodium-in-serum.baseline_taken  |
        | TSH        | 2.1 mIU/L | creatinine    | 70 umol/L   | serum calcium | 2.40 mmol/L | serum sodium    | 140 mmol/L | body weight     | 70 kg      | leukocytes.baseline_taken       |
        | TSH        | 2.1 mIU/L | creatinine    | 70 umol/L   | serum calcium | 2.40 mmol/L | serum sodium    | 140 mmol/L | leukocyte count | 6.1 10*9/L | weight_measure.baseline_taken   |

    Scenario Outline: Patients to whom monitoring.baseline-incomplete applies
      Given <treatment>
      And <results>
      When the record is evaluated
      Then rule `monitoring.baseline-incomplete` <outcome>

      Examples:
        | treatment                                                        | results                             | outcome                                                                               |
        | the patient takes lithium                                        | no observations                     | is not evaluable because `lithium.days_on_treatment` is unknown                       |
        | the patient does not take lithium                                | no observations                     | does not apply                                                                        |
        | nothing is known about medications                               | no observations                     | is not evaluable because `lithium.active` and `lithium.days_on_treatment` are unknown |
        | the patient takes lithium carbonate 600 mg/d started 40 days ago | nothing is known about observations | is not evaluable because `thyrotropin.baseline_taken` is unknown among others         |

Feature: What lithium is taken for, if the medication does not say it
  Mania counts if it is among the conditions, else bipolar disorder. What is unknown stays unknown.

  Background:
    Given as of 2026-11-23
    And a woman of 45

  Rule: levels.mania-within-ranges

    Scenario Outline: The indication follows from the conditions
      Given the patient takes lithium carbonate 800 mg/d
      And <conditions>
      And <more>
      And lithium level of 0.9 mmol/L, 3 days ago
      When the record is evaluated
      Then rule `levels.mania-within-ranges` <mania>
      And rule `levels.above-optimum` <bipolar>

      Examples:
        | conditions                                    | more                                                     | mania                                                    | bipolar                                                  |
        | the patient has mania                         | the patient has bipolar disorder                         | fires                                                    | does not apply                                           |
        | the patient has mania                         | the patient does not have bipolar disorder               | fires                                                    | does not apply                                           |
        | the patient does not have mania               | the patient has bipolar disorder                         | does not apply                                           | fires                                                    |
        | the patient has mania resolved 20 days ago    | the patient has bipolar disorder                         | does not apply                                           | fires                                                    |
        | it is not known whether the patient has mania | the patient has bipolar disorder                         | is not evaluable because `lithium.indication` is unknown | is not evaluable because `lithium.indication` is unknown |
        | the patient does not have mania               | it is not known whether the patient has bipolar disorder | is not evaluable because `lithium.indication` is unknown | is not evaluable because `lithium.indication` is unknown |

    Scenario: The indication of the medication counts, and not that of a former one
      Given the patient takes these medications:
        | drug              | dose      | for              | started      | stopped      |
        | lithium carbonate | 800 mg/d  | bipolar disorder | 200 days ago |              |
        | lithium carbonate | 1000 mg/d | mania            | 300 days ago | 200 days ago |
      And the patient has mania
      And lithium level of 0.9 mmol/L, 3 days ago
      When the record is evaluated
      Then rule `levels.above-optimum` fires as info
      And rule `levels.mania-within-ranges` does not apply

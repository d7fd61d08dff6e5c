Feature: Serious reactions in the labelling
  One of them is enough for a critical advisory.

  Background:
    Given as of 2026-11-23
    And a woman of 45

  Rule: side-effects.jaundice

    Scenario Outline: Jaundice on mianserin
      Given <treatment>
      And <symptom>
      When the record is evaluated
      Then rule `side-effects.jaundice` <outcome>

      Examples:
        | treatment                           | symptom                                              | outcome                                                |
        | the patient takes mianserin 30 mg/d | the patient reports jaundice                         | fires as critical                                      |
        | the patient takes mianserin 30 mg/d | the patient reports severe jaundice                  | fires                                                  |
        | the patient takes mianserin 30 mg/d | the patient does not report jaundice                 | does not fire                                          |
        | the patient takes mianserin 30 mg/d | it is not known whether the patient reports jaundice | is not evaluable because `symptom.jaundice` is unknown |
        | the patient takes mianserin 30 mg/d | nothing is known about symptoms                      | is not evaluable because `symptom.jaundice` is unknown |
        | the patient does not take mianserin | the patient reports jaundice                         | does not apply                                         |
        | nothing is known about medications  | the patient reports jaundice                         | is not evaluable because `mianserin.active` is unknown |

  Rule: side-effects.convulsion

    Scenario Outline: Convulsion on mianserin
      Given <treatment>
      And <symptom>
      When the record is evaluated
      Then rule `side-effects.convulsion` <outcome>

      Examples:
        | treatment                           | symptom                                                | outcome                                                  |
        | the patient takes mianserin 30 mg/d | the patient reports convulsion                         | fires as critical                                        |
        | the patient takes mianserin 30 mg/d | the patient reports severe convulsion                  | fires                                                    |
        | the patient takes mianserin 30 mg/d | the patient does not report convulsion                 | does not fire                                            |
        | the patient takes mianserin 30 mg/d | it is not known whether the patient reports convulsion | is not evaluable because `symptom.convulsion` is unknown |
        | the patient takes mianserin 30 mg/d | nothing is known about symptoms                        | is not evaluable because `symptom.convulsion` is unknown |
        | the patient does not take mianserin | the patient reports convulsion                         | does not apply                                           |
        | nothing is known about medications  | the patient reports convulsion                         | is not evaluable because `mianserin.active` is unknown   |

  Rule: side-effects.hypomania

    Scenario Outline: Hypomania on mianserin
      Given <treatment>
      And <symptom>
      When the record is evaluated
      Then rule `side-effects.hypomania` <outcome>

      Examples:
        | treatment                           | symptom                                               | outcome                                                 |
        | the patient takes mianserin 30 mg/d | the patient reports hypomania                         | fires as critical                                       |
        | the patient takes mianserin 30 mg/d | the patient reports severe hypomania                  | fires                                                   |
        | the patient takes mianserin 30 mg/d | the patient does not report hypomania                 | does not fire                                           |
        | the patient takes mianserin 30 mg/d | it is not known whether the patient reports hypomania | is not evaluable because `symptom.hypomania` is unknown |
        | the patient takes mianserin 30 mg/d | nothing is known about symptoms                       | is not evaluable because `symptom.hypomania` is unknown |
        | the patient does not take mianserin | the patient reports hypomania                         | does not apply                                          |
        | nothing is known about medications  | the patient reports hypomania                         | is not evaluable because `mianserin.active` is unknown  |

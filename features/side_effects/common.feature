Feature: The common side effects
  Each symptom in the source's list gives information.

  Background:
    Given as of 2026-11-23
    And a man of 45

  Rule: side-effects.drowsiness

    Scenario Outline: Drowsiness on mianserin
      Given <treatment>
      And <symptom>
      When the record is evaluated
      Then rule `side-effects.drowsiness` <outcome>

      Examples:
        | treatment                           | symptom                                                | outcome                                                  |
        | the patient takes mianserin 30 mg/d | the patient reports drowsiness                         | fires as info                                            |
        | the patient takes mianserin 30 mg/d | the patient reports severe drowsiness                  | fires                                                    |
        | the patient takes mianserin 30 mg/d | the patient does not report drowsiness                 | does not fire                                            |
        | the patient takes mianserin 30 mg/d | it is not known whether the patient reports drowsiness | is not evaluable because `symptom.drowsiness` is unknown |
        | the patient takes mianserin 30 mg/d | nothing is known about symptoms                        | is not evaluable because `symptom.drowsiness` is unknown |
        | the patient does not take mianserin | the patient reports drowsiness                         | does not apply                                           |
        | nothing is known about medications  | the patient reports drowsiness                         | is not evaluable because `mianserin.active` is unknown   |

  Rule: side-effects.dry-mouth

    Scenario Outline: Dry mouth on mianserin
      Given <treatment>
      And <symptom>
      When the record is evaluated
      Then rule `side-effects.dry-mouth` <outcome>

      Examples:
        | treatment                           | symptom                                               | outcome                                                 |
        | the patient takes mianserin 30 mg/d | the patient reports dry mouth                         | fires as info                                           |
        | the patient takes mianserin 30 mg/d | the patient reports severe dry mouth                  | fires                                                   |
        | the patient takes mianserin 30 mg/d | the patient does not report dry mouth                 | does not fire                                           |
        | the patient takes mianserin 30 mg/d | it is not known whether the patient reports dry mouth | is not evaluable because `symptom.dry-mouth` is unknown |
        | the patient takes mianserin 30 mg/d | nothing is known about symptoms                       | is not evaluable because `symptom.dry-mouth` is unknown |
        | the patient does not take mianserin | the patient reports dry mouth                         | does not apply                                          |
        | nothing is known about medications  | the patient reports dry mouth                         | is not evaluable because `mianserin.active` is unknown  |

  Rule: side-effects.increased-appetite

    Scenario Outline: Increased appetite on mianserin
      Given <treatment>
      And <symptom>
      When the record is evaluated
      Then rule `side-effects.increased-appetite` <outcome>

      Examples:
        | treatment                           | symptom                                                        | outcome                                                          |
        | the patient takes mianserin 30 mg/d | the patient reports increased appetite                         | fires as info                                                    |
        | the patient takes mianserin 30 mg/d | the patient reports severe increased appetite                  | fires                                                            |
        | the patient takes mianserin 30 mg/d | the patient does not report increased appetite                 | does not fire                                                    |
        | the patient takes mianserin 30 mg/d | it is not known whether the patient reports increased appetite | is not evaluable because `symptom.increased-appetite` is unknown |
        | the patient takes mianserin 30 mg/d | nothing is known about symptoms                                | is not evaluable because `symptom.increased-appetite` is unknown |
        | the patient does not take mianserin | the patient reports increased appetite                         | does not apply                                                   |
        | nothing is known about medications  | the patient reports increased appetite                         | is not evaluable because `mianserin.active` is unknown           |

  Rule: side-effects.weight-gain

    Scenario Outline: Weight gain on mianserin
      Given <treatment>
      And <symptom>
      When the record is evaluated
      Then rule `side-effects.weight-gain` <outcome>

      Examples:
        | treatment                           | symptom                                                 | outcome                                                   |
        | the patient takes mianserin 30 mg/d | the patient reports weight gain                         | fires as info                                             |
        | the patient takes mianserin 30 mg/d | the patient reports severe weight gain                  | fires                                                     |
        | the patient takes mianserin 30 mg/d | the patient does not report weight gain                 | does not fire                                             |
        | the patient takes mianserin 30 mg/d | it is not known whether the patient reports weight gain | is not evaluable because `symptom.weight-gain` is unknown |
        | the patient takes mianserin 30 mg/d | nothing is known about symptoms                         | is not evaluable because `symptom.weight-gain` is unknown |
        | the patient does not take mianserin | the patient reports weight gain                         | does not apply                                            |
        | nothing is known about medications  | the patient reports weight gain                         | is not evaluable because `mianserin.active` is unknown    |

  Rule: side-effects.dizziness

    Scenario Outline: Dizziness on mianserin
      Given <treatment>
      And <symptom>
      When the record is evaluated
      Then rule `side-effects.dizziness` <outcome>

      Examples:
        | treatment                           | symptom                                               | outcome                                                 |
        | the patient takes mianserin 30 mg/d | the patient reports dizziness                         | fires as info                                           |
        | the patient takes mianserin 30 mg/d | the patient reports severe dizziness                  | fires                                                   |
        | the patient takes mianserin 30 mg/d | the patient does not report dizziness                 | does not fire                                           |
        | the patient takes mianserin 30 mg/d | it is not known whether the patient reports dizziness | is not evaluable because `symptom.dizziness` is unknown |
        | the patient takes mianserin 30 mg/d | nothing is known about symptoms                       | is not evaluable because `symptom.dizziness` is unknown |
        | the patient does not take mianserin | the patient reports dizziness                         | does not apply                                          |
        | nothing is known about medications  | the patient reports dizziness                         | is not evaluable because `mianserin.active` is unknown  |

  Rule: side-effects.constipation

    Scenario Outline: Constipation on mianserin
      Given <treatment>
      And <symptom>
      When the record is evaluated
      Then rule `side-effects.constipation` <outcome>

      Examples:
        | treatment                           | symptom                                                  | outcome                                                    |
        | the patient takes mianserin 30 mg/d | the patient reports constipation                         | fires as info                                              |
        | the patient takes mianserin 30 mg/d | the patient reports severe constipation                  | fires                                                      |
        | the patient takes mianserin 30 mg/d | the patient does not report constipation                 | does not fire                                              |
        | the patient takes mianserin 30 mg/d | it is not known whether the patient reports constipation | is not evaluable because `symptom.constipation` is unknown |
        | the patient takes mianserin 30 mg/d | nothing is known about symptoms                          | is not evaluable because `symptom.constipation` is unknown |
        | the patient does not take mianserin | the patient reports constipation                         | does not apply                                             |
        | nothing is known about medications  | the patient reports constipation                         | is not evaluable because `mianserin.active` is unknown     |

Feature: What mianserin is taken for
  The indication is that of the medication. If it states none, it is depression or insomnia, whichever
  of the two conditions is present without the other.

  Background:
    Given as of 2026-11-23
    And a woman of 45

  Rule: dosing.insomnia-without-depression

    Scenario Outline: Insomnia with and without depression
      Given <treatment>
      And <depression>
      When the record is evaluated
      Then rule `dosing.insomnia-without-depression` <outcome>

      Examples:
        | treatment                                        | depression                                                        | outcome                                                                                               |
        | the patient takes mianserin 10 mg/d for insomnia | the patient does not have major depressive disorder               | fires as warning                                                                                      |
        | the patient takes mianserin 10 mg/d for insomnia | the patient has major depressive disorder                         | does not fire                                                                                         |
        | the patient takes mianserin 10 mg/d for insomnia | it is not known whether the patient has major depressive disorder | is not evaluable because `condition.major-depressive-disorder` is unknown                             |
        | the patient takes mianserin 10 mg/d for mania    | the patient does not have major depressive disorder               | does not apply                                                                                        |
        | the patient takes mianserin 10 mg/d              | nothing is known about conditions                                 | is not evaluable because `mianserin.indication` and `condition.major-depressive-disorder` are unknown |
        | the patient takes mianserin 10 mg/d              | the patient does not have major depressive disorder               | is not evaluable because `mianserin.indication` is unknown                                            |
        | the patient does not take mianserin              | the patient does not have major depressive disorder               | does not apply                                                                                        |
        | nothing is known about medications               | the patient does not have major depressive disorder               | is not evaluable because `mianserin.active` and `mianserin.indication` are unknown                    |

  Rule: dosing.indication-outside-evidence

    Scenario Outline: Depression, insomnia or something else
      Given <treatment>
      When the record is evaluated
      Then rule `dosing.indication-outside-evidence` <outcome>

      Examples:
        | treatment                                                         | outcome                                                                            |
        | the patient takes mianserin 30 mg/d for mania                     | fires as warning                                                                   |
        | the patient takes mianserin 30 mg/d for major depressive disorder | does not fire                                                                      |
        | the patient takes mianserin 30 mg/d for insomnia                  | does not fire                                                                      |
        | the patient takes mianserin 30 mg/d                               | is not evaluable because `mianserin.indication` is unknown                         |
        | the patient does not take mianserin                               | does not apply                                                                     |
        | nothing is known about medications                                | is not evaluable because `mianserin.active` and `mianserin.indication` are unknown |

  Rule: dosing.mdd-within-range, dosing.insomnia-low-dose and their indication

    Scenario Outline: A medication without an indication
      Given the patient takes mianserin 10 mg/d
      And <depression>
      And <sleep>
      When the record is evaluated
      Then rule `dosing.mdd-below-range` <in depression>
      And rule `dosing.insomnia-low-dose` <in insomnia>

      Examples:
        | depression                                          | sleep                                            | in depression                                              | in insomnia                                                |
        | the patient has major depressive disorder           | the patient does not have insomnia               | fires                                                      | does not apply                                             |
        | the patient does not have major depressive disorder | the patient has insomnia                         | does not apply                                             | fires                                                      |
        | the patient has major depressive disorder           | the patient has insomnia                         | is not evaluable because `mianserin.indication` is unknown | is not evaluable because `mianserin.indication` is unknown |
        | the patient does not have major depressive disorder | the patient does not have insomnia               | is not evaluable because `mianserin.indication` is unknown | is not evaluable because `mianserin.indication` is unknown |
        | the patient has major depressive disorder           | it is not known whether the patient has insomnia | is not evaluable because `mianserin.indication` is unknown | is not evaluable because `mianserin.indication` is unknown |

    Scenario: An earlier medication had another indication
      Given the patient took mianserin 10 mg/d for insomnia started 300 days ago, stopped 100 days ago
      And the patient takes mianserin 10 mg/d for major depressive disorder started 20 days ago
      When the record is evaluated
      Then rule `dosing.mdd-below-range` fires
      And rule `dosing.insomnia-low-dose` does not apply

    Scenario: Two medications with different indications
      Given the patient takes mianserin 30 mg/d for major depressive disorder
      And the patient takes mianserin 10 mg/d for insomnia
      When the record is evaluated
      Then rule `dosing.mdd-within-range` is not evaluable because `mianserin.indication` is unknown
      And rule `dosing.indication-outside-evidence` is not evaluable because `mianserin.indication` is unknown

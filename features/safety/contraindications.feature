Feature: Contraindications in the labelling
  A contraindicated condition gives an advisory while mianserin is taken. A condition that was not
  recorded is never assumed absent.

  Background:
    Given as of 2026-11-23
    And a woman of 45

  Rule: safety.mania

    Scenario Outline: Mania on mianserin
      Given <treatment>
      And <condition>
      When the record is evaluated
      Then rule `safety.mania` <outcome>

      Examples:
        | treatment                           | condition                                     | outcome                                                |
        | the patient takes mianserin 30 mg/d | the patient has mania                         | fires as critical                                      |
        | the patient takes mianserin 30 mg/d | the patient does not have mania               | does not fire                                          |
        | the patient takes mianserin 30 mg/d | it is not known whether the patient has mania | is not evaluable because `condition.mania` is unknown  |
        | the patient takes mianserin 30 mg/d | nothing is known about conditions             | is not evaluable because `condition.mania` is unknown  |
        | the patient does not take mianserin | the patient has mania                         | does not apply                                         |
        | nothing is known about medications  | the patient has mania                         | is not evaluable because `mianserin.active` is unknown |

  Rule: safety.severe-liver-disease

    Scenario Outline: Severe liver disease on mianserin
      Given <treatment>
      And <condition>
      When the record is evaluated
      Then rule `safety.severe-liver-disease` <outcome>

      Examples:
        | treatment                           | condition                                                    | outcome                                                              |
        | the patient takes mianserin 30 mg/d | the patient has severe liver disease                         | fires as critical                                                    |
        | the patient takes mianserin 30 mg/d | the patient does not have severe liver disease               | does not fire                                                        |
        | the patient takes mianserin 30 mg/d | it is not known whether the patient has severe liver disease | is not evaluable because `condition.severe-liver-disease` is unknown |
        | the patient takes mianserin 30 mg/d | nothing is known about conditions                            | is not evaluable because `condition.severe-liver-disease` is unknown |
        | the patient does not take mianserin | the patient has severe liver disease                         | does not apply                                                       |
        | nothing is known about medications  | the patient has severe liver disease                         | is not evaluable because `mianserin.active` is unknown               |

  Rule: safety.hypersensitivity

    Scenario Outline: Hypersensitivity to mianserin
      Given <treatment>
      And <condition>
      When the record is evaluated
      Then rule `safety.hypersensitivity` <outcome>

      Examples:
        | treatment                           | condition                                                             | outcome                                                          |
        | the patient takes mianserin 30 mg/d | the patient has hypersensitivity to mianserin                         | fires as critical                                                |
        | the patient takes mianserin 30 mg/d | the patient does not have hypersensitivity to mianserin               | does not fire                                                    |
        | the patient takes mianserin 30 mg/d | it is not known whether the patient has hypersensitivity to mianserin | is not evaluable because `condition.hypersensitivity` is unknown |
        | the patient takes mianserin 30 mg/d | nothing is known about conditions                                     | is not evaluable because `condition.hypersensitivity` is unknown |
        | the patient does not take mianserin | the patient has hypersensitivity to mianserin                         | does not apply                                                   |
        | nothing is known about medications  | the patient has hypersensitivity to mianserin                         | is not evaluable because `mianserin.active` is unknown           |

  Rule: safety.breast-feeding

    Scenario Outline: Breast-feeding on mianserin
      Given <treatment>
      And <condition>
      When the record is evaluated
      Then rule `safety.breast-feeding` <outcome>

      Examples:
        | treatment                           | condition                                              | outcome                                                        |
        | the patient takes mianserin 30 mg/d | the patient has breast-feeding                         | fires as critical                                              |
        | the patient takes mianserin 30 mg/d | the patient does not have breast-feeding               | does not fire                                                  |
        | the patient takes mianserin 30 mg/d | it is not known whether the patient has breast-feeding | is not evaluable because `condition.breast-feeding` is unknown |
        | the patient takes mianserin 30 mg/d | nothing is known about conditions                      | is not evaluable because `condition.breast-feeding` is unknown |
        | the patient does not take mianserin | the patient has breast-feeding                         | does not apply                                                 |
        | nothing is known about medications  | the patient has breast-feeding                         | is not evaluable because `mianserin.active` is unknown         |

  Rule: safety.pregnancy

    Scenario Outline: Pregnancy on mianserin
      Given <treatment>
      And <condition>
      When the record is evaluated
      Then rule `safety.pregnancy` <outcome>

      Examples:
        | treatment                           | condition                                         | outcome                                                   |
        | the patient takes mianserin 30 mg/d | the patient has pregnancy                         | fires as warning                                          |
        | the patient takes mianserin 30 mg/d | the patient does not have pregnancy               | does not fire                                             |
        | the patient takes mianserin 30 mg/d | it is not known whether the patient has pregnancy | is not evaluable because `condition.pregnancy` is unknown |
        | the patient takes mianserin 30 mg/d | nothing is known about conditions                 | is not evaluable because `condition.pregnancy` is unknown |
        | the patient does not take mianserin | the patient has pregnancy                         | does not apply                                            |
        | nothing is known about medications  | the patient has pregnancy                         | is not evaluable because `mianserin.active` is unknown    |

  Rule: safety.mania and safety.pregnancy, over time

    Scenario: A condition is absent from the day on which it resolved
      Given the patient takes mianserin 30 mg/d
      And the patient has mania since 2025-01-10 resolved 2026-11-23
      And the patient has pregnancy since 8 weeks ago
      When the record is evaluated
      Then rule `safety.mania` does not fire
      And rule `safety.pregnancy` fires as warning
      And rule `safety.pregnancy` fires because `condition.pregnancy` is yes

    Scenario: A condition that resolves tomorrow is still present
      Given the patient takes mianserin 30 mg/d
      And the patient has mania since 2025-01-10 resolved 2026-11-24
      When the record is evaluated
      Then rule `safety.mania` fires
      And no other rule of family safety fires

    Scenario: A drug stopped today is no longer taken
      Given the patient took mianserin 30 mg/d started 90 days ago stopped today
      And the patient has mania
      When the record is evaluated
      Then rule `safety.mania` does not apply

    Scenario: A drug to be stopped tomorrow is still taken
      Given the patient takes mianserin 30 mg/d started 90 days ago stopped in 1 day
      And the patient has mania
      When the record is evaluated
      Then rule `safety.mania` fires

    Scenario: A drug to be started tomorrow is not taken yet
      Given the patient takes mianserin 30 mg/d started in 1 day
      And the patient has mania
      When the record is evaluated
      Then rule `safety.mania` does not apply
      And a notice at /medications/0/start mentions "not used"

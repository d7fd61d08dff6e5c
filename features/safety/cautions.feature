Feature: Conditions that call for caution
  Each gives a warning while mianserin is taken.

  Background:
    Given as of 2026-11-23
    And a man of 45

  Rule: safety.epilepsy

    Scenario Outline: Epilepsy on mianserin
      Given <treatment>
      And <condition>
      When the record is evaluated
      Then rule `safety.epilepsy` <outcome>

      Examples:
        | treatment                           | condition                                        | outcome                                                  |
        | the patient takes mianserin 30 mg/d | the patient has epilepsy                         | fires as warning                                         |
        | the patient takes mianserin 30 mg/d | the patient does not have epilepsy               | does not fire                                            |
        | the patient takes mianserin 30 mg/d | it is not known whether the patient has epilepsy | is not evaluable because `condition.epilepsy` is unknown |
        | the patient takes mianserin 30 mg/d | nothing is known about conditions                | is not evaluable because `condition.epilepsy` is unknown |
        | the patient does not take mianserin | the patient has epilepsy                         | does not apply                                           |
        | nothing is known about medications  | the patient has epilepsy                         | is not evaluable because `mianserin.active` is unknown   |

  Rule: safety.diabetes

    Scenario Outline: Diabetes on mianserin
      Given <treatment>
      And <condition>
      When the record is evaluated
      Then rule `safety.diabetes` <outcome>

      Examples:
        | treatment                           | condition                                        | outcome                                                  |
        | the patient takes mianserin 30 mg/d | the patient has diabetes                         | fires as warning                                         |
        | the patient takes mianserin 30 mg/d | the patient does not have diabetes               | does not fire                                            |
        | the patient takes mianserin 30 mg/d | it is not known whether the patient has diabetes | is not evaluable because `condition.diabetes` is unknown |
        | the patient takes mianserin 30 mg/d | nothing is known about conditions                | is not evaluable because `condition.diabetes` is unknown |
        | the patient does not take mianserin | the patient has diabetes                         | does not apply                                           |
        | nothing is known about medications  | the patient has diabetes                         | is not evaluable because `mianserin.active` is unknown   |

  Rule: safety.cardiac-disease

    Scenario Outline: Cardiac disease on mianserin
      Given <treatment>
      And <condition>
      When the record is evaluated
      Then rule `safety.cardiac-disease` <outcome>

      Examples:
        | treatment                           | condition                                               | outcome                                                         |
        | the patient takes mianserin 30 mg/d | the patient has cardiac disease                         | fires as warning                                                |
        | the patient takes mianserin 30 mg/d | the patient does not have cardiac disease               | does not fire                                                   |
        | the patient takes mianserin 30 mg/d | it is not known whether the patient has cardiac disease | is not evaluable because `condition.cardiac-disease` is unknown |
        | the patient takes mianserin 30 mg/d | nothing is known about conditions                       | is not evaluable because `condition.cardiac-disease` is unknown |
        | the patient does not take mianserin | the patient has cardiac disease                         | does not apply                                                  |
        | nothing is known about medications  | the patient has cardiac disease                         | is not evaluable because `mianserin.active` is unknown          |

  Rule: safety.long-qt

    Scenario Outline: Long QT on mianserin
      Given <treatment>
      And <condition>
      When the record is evaluated
      Then rule `safety.long-qt` <outcome>

      Examples:
        | treatment                           | condition                                       | outcome                                                 |
        | the patient takes mianserin 30 mg/d | the patient has long QT                         | fires as warning                                        |
        | the patient takes mianserin 30 mg/d | the patient does not have long QT               | does not fire                                           |
        | the patient takes mianserin 30 mg/d | it is not known whether the patient has long QT | is not evaluable because `condition.long-qt` is unknown |
        | the patient takes mianserin 30 mg/d | nothing is known about conditions               | is not evaluable because `condition.long-qt` is unknown |
        | the patient does not take mianserin | the patient has long QT                         | does not apply                                          |
        | nothing is known about medications  | the patient has long QT                         | is not evaluable because `mianserin.active` is unknown  |

  Rule: safety.renal-insufficiency

    Scenario Outline: Renal insufficiency on mianserin
      Given <treatment>
      And <condition>
      When the record is evaluated
      Then rule `safety.renal-insufficiency` <outcome>

      Examples:
        | treatment                           | condition                                                   | outcome                                                             |
        | the patient takes mianserin 30 mg/d | the patient has renal insufficiency                         | fires as warning                                                    |
        | the patient takes mianserin 30 mg/d | the patient does not have renal insufficiency               | does not fire                                                       |
        | the patient takes mianserin 30 mg/d | it is not known whether the patient has renal insufficiency | is not evaluable because `condition.renal-insufficiency` is unknown |
        | the patient takes mianserin 30 mg/d | nothing is known about conditions                           | is not evaluable because `condition.renal-insufficiency` is unknown |
        | the patient does not take mianserin | the patient has renal insufficiency                         | does not apply                                                      |
        | nothing is known about medications  | the patient has renal insufficiency                         | is not evaluable because `mianserin.active` is unknown              |

  Rule: safety.glaucoma-or-prostate

    Scenario Outline: Angle-closure glaucoma or prostatic hyperplasia on mianserin
      Given <treatment>
      And <eye>
      And <prostate>
      When the record is evaluated
      Then rule `safety.glaucoma-or-prostate` <outcome>

      Examples:
        | treatment                           | eye                                                            | prostate                                                      | outcome                                                                |
        | the patient takes mianserin 30 mg/d | the patient has angle-closure glaucoma                         | the patient does not have prostatic hyperplasia               | fires as warning                                                       |
        | the patient takes mianserin 30 mg/d | the patient does not have angle-closure glaucoma               | the patient has prostatic hyperplasia                         | fires as warning                                                       |
        | the patient takes mianserin 30 mg/d | the patient does not have angle-closure glaucoma               | the patient does not have prostatic hyperplasia               | does not fire                                                          |
        | the patient takes mianserin 30 mg/d | it is not known whether the patient has angle-closure glaucoma | the patient does not have prostatic hyperplasia               | is not evaluable because `condition.angle-closure-glaucoma` is unknown |
        | the patient takes mianserin 30 mg/d | the patient does not have angle-closure glaucoma               | it is not known whether the patient has prostatic hyperplasia | is not evaluable because `condition.prostatic-hyperplasia` is unknown  |
        | the patient takes mianserin 30 mg/d | it is not known whether the patient has angle-closure glaucoma | the patient has prostatic hyperplasia                         | fires                                                                  |
        | the patient does not take mianserin | the patient has angle-closure glaucoma                         | the patient does not have prostatic hyperplasia               | does not apply                                                         |
        | nothing is known about medications  | the patient has angle-closure glaucoma                         | the patient does not have prostatic hyperplasia               | is not evaluable because `mianserin.active` is unknown                 |

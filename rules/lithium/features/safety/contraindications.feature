Feature: Conditions that a label or a page excludes
  Labelling in Ireland lists contraindications. Where severity or treatment decides and the record does not show it, the
  rule warns.

  Background:
    Given as of 2026-11-23

  Rule: safety.renal-insufficiency

    Scenario Outline: Renal insufficiency with lithium
      Given a woman of 35
      And <treatment>
      And <condition>
      When the record is evaluated
      Then rule `safety.renal-insufficiency` <outcome>

      Examples:
        | treatment                          | condition                                                   | outcome                                                             |
        | the patient takes lithium          | the patient has renal insufficiency                         | fires as warning                                                    |
        | the patient takes lithium          | the patient has epilepsy                                    | does not fire                                                       |
        | the patient takes lithium          | the patient has renal insufficiency resolved 10 days ago    | does not fire                                                       |
        | the patient takes lithium          | it is not known whether the patient has renal insufficiency | is not evaluable because `condition.renal-insufficiency` is unknown |
        | the patient does not take lithium  | the patient has renal insufficiency                         | does not apply                                                      |
        | nothing is known about medications | the patient has renal insufficiency                         | is not evaluable because `lithium.active` is unknown                |

  Rule: safety.cardiac-disease

    Scenario Outline: Cardiac disease with lithium
      Given a woman of 35
      And <treatment>
      And <condition>
      When the record is evaluated
      Then rule `safety.cardiac-disease` <outcome>

      Examples:
        | treatment                          | condition                                               | outcome                                                         |
        | the patient takes lithium          | the patient has cardiac disease                         | fires as warning                                                |
        | the patient takes lithium          | the patient has epilepsy                                | does not fire                                                   |
        | the patient takes lithium          | the patient has cardiac disease resolved 10 days ago    | does not fire                                                   |
        | the patient takes lithium          | it is not known whether the patient has cardiac disease | is not evaluable because `condition.cardiac-disease` is unknown |
        | the patient does not take lithium  | the patient has cardiac disease                         | does not apply                                                  |
        | nothing is known about medications | the patient has cardiac disease                         | is not evaluable because `lithium.active` is unknown            |

  Rule: safety.addison-disease

    Scenario Outline: Addison's disease with lithium
      Given a woman of 35
      And <treatment>
      And <condition>
      When the record is evaluated
      Then rule `safety.addison-disease` <outcome>

      Examples:
        | treatment                          | condition                                                 | outcome                                                         |
        | the patient takes lithium          | the patient has Addison's disease                         | fires as critical                                               |
        | the patient takes lithium          | the patient has epilepsy                                  | does not fire                                                   |
        | the patient takes lithium          | the patient has Addison's disease resolved 10 days ago    | does not fire                                                   |
        | the patient takes lithium          | it is not known whether the patient has Addison's disease | is not evaluable because `condition.addison-disease` is unknown |
        | the patient does not take lithium  | the patient has Addison's disease                         | does not apply                                                  |
        | nothing is known about medications | the patient has Addison's disease                         | is not evaluable because `lithium.active` is unknown            |

  Rule: safety.hypothyroidism

    Scenario Outline: Hypothyroidism with lithium
      Given a woman of 35
      And <treatment>
      And <condition>
      When the record is evaluated
      Then rule `safety.hypothyroidism` <outcome>

      Examples:
        | treatment                          | condition                                              | outcome                                                        |
        | the patient takes lithium          | the patient has hypothyroidism                         | fires as warning                                               |
        | the patient takes lithium          | the patient has epilepsy                               | does not fire                                                  |
        | the patient takes lithium          | the patient has hypothyroidism resolved 10 days ago    | does not fire                                                  |
        | the patient takes lithium          | it is not known whether the patient has hypothyroidism | is not evaluable because `condition.hypothyroidism` is unknown |
        | the patient does not take lithium  | the patient has hypothyroidism                         | does not apply                                                 |
        | nothing is known about medications | the patient has hypothyroidism                         | is not evaluable because `lithium.active` is unknown           |

  Rule: safety.breast-feeding

    Scenario Outline: Breast-feeding with lithium
      Given a woman of 35
      And <treatment>
      And <condition>
      When the record is evaluated
      Then rule `safety.breast-feeding` <outcome>

      Examples:
        | treatment                          | condition                                              | outcome                                                        |
        | the patient takes lithium          | the patient has breast-feeding                         | fires as critical                                              |
        | the patient takes lithium          | the patient has epilepsy                               | does not fire                                                  |
        | the patient takes lithium          | the patient has breast-feeding resolved 10 days ago    | does not fire                                                  |
        | the patient takes lithium          | it is not known whether the patient has breast-feeding | is not evaluable because `condition.breast-feeding` is unknown |
        | the patient does not take lithium  | the patient has breast-feeding                         | does not apply                                                 |
        | nothing is known about medications | the patient has breast-feeding                         | is not evaluable because `lithium.active` is unknown           |

  Rule: safety.brugada-syndrome

    Scenario Outline: Brugada syndrome with lithium
      Given a woman of 35
      And <treatment>
      And <condition>
      When the record is evaluated
      Then rule `safety.brugada-syndrome` <outcome>

      Examples:
        | treatment                          | condition                                                | outcome                                                          |
        | the patient takes lithium          | the patient has Brugada syndrome                         | fires as critical                                                |
        | the patient takes lithium          | the patient has epilepsy                                 | does not fire                                                    |
        | the patient takes lithium          | the patient has Brugada syndrome resolved 10 days ago    | does not fire                                                    |
        | the patient takes lithium          | it is not known whether the patient has Brugada syndrome | is not evaluable because `condition.brugada-syndrome` is unknown |
        | the patient does not take lithium  | the patient has Brugada syndrome                         | does not apply                                                   |
        | nothing is known about medications | the patient has Brugada syndrome                         | is not evaluable because `lithium.active` is unknown             |

  Rule: safety.pregnancy

    Scenario Outline: Pregnancy with lithium
      Given a woman of 35
      And <treatment>
      And <condition>
      When the record is evaluated
      Then rule `safety.pregnancy` <outcome>

      Examples:
        | treatment                          | condition                                         | outcome                                                   |
        | the patient takes lithium          | the patient has pregnancy                         | fires as warning                                          |
        | the patient takes lithium          | the patient has epilepsy                          | does not fire                                             |
        | the patient takes lithium          | the patient has pregnancy resolved 10 days ago    | does not fire                                             |
        | the patient takes lithium          | it is not known whether the patient has pregnancy | is not evaluable because `condition.pregnancy` is unknown |
        | the patient does not take lithium  | the patient has pregnancy                         | does not apply                                            |
        | nothing is known about medications | the patient has pregnancy                         | is not evaluable because `lithium.active` is unknown      |

Feature: Levels that every range leaves out
  Below 0.4 mmol/L no range read begins, for any adult. From 1.5 mmol/L on toxicity is reported, at any age.

  Background:
    Given as of 2026-11-23

  Rule: levels.below-every-range

    Scenario Outline: Adults only
      Given the patient is <age> years old
      And the patient takes lithium
      And lithium level of 0.30 mmol/L, 3 days ago
      When the record is evaluated
      Then rule `levels.below-every-range` <outcome>

      Examples:
        | age | outcome          |
        | 17  | does not apply   |
        | 18  | fires as warning |
        | 19  | fires as warning |

    Scenario Outline: Ranges for bipolar disorder begin at 18 years
      Given the patient is <age> years old
      And the patient takes lithium for bipolar disorder
      And lithium level of 0.70 mmol/L, 3 days ago
      When the record is evaluated
      Then rule `levels.within-optimum` <outcome>

      Examples:
        | age | outcome        |
        | 17  | does not apply |
        | 18  | fires          |
        | 19  | fires          |

    Scenario Outline: Patients to whom levels.below-every-range applies
      Given <patient>
      And <treatment>
      And <level>
      When the record is evaluated
      Then rule `levels.below-every-range` <outcome>

      Examples:
        | patient                  | treatment                          | level                                    | outcome                                                    |
        | a woman of 45            | the patient takes lithium          | lithium level of 0.30 mmol/L, 3 days ago | fires as warning                                           |
        | a woman of 84            | the patient takes lithium          | lithium level of 0.30 mmol/L, 3 days ago | fires as warning                                           |
        | a patient of unknown age | the patient takes lithium          | lithium level of 0.30 mmol/L, 3 days ago | is not evaluable because `patient.age_years` is unknown    |
        | a woman of 45            | the patient takes lithium          | no observations                          | is not evaluable because `lithium-level.latest` is unknown |
        | a woman of 45            | the patient does not take lithium  | lithium level of 0.30 mmol/L, 3 days ago | does not apply                                             |
        | a woman of 45            | nothing is known about medications | lithium level of 0.30 mmol/L, 3 days ago | is not evaluable because `lithium.active` is unknown       |

  Rule: levels.toxic

    Scenario Outline: At any age and for any indication
      Given <patient>
      And <treatment>
      And <level>
      When the record is evaluated
      Then rule `levels.toxic` <outcome>

      Examples:
        | patient                  | treatment                                         | level                                          | outcome                                                    |
        | a man of 15              | the patient takes lithium                         | lithium level of 1.60 mmol/L, 3 days ago       | fires as critical                                          |
        | a woman of 84            | the patient takes lithium citrate                 | lithium level of 1.60 mmol/L, 3 days ago       | fires as critical                                          |
        | a patient of unknown age | the patient takes lithium carbonate               | lithium level of 1.60 mmol/L, 3 days ago       | fires as critical                                          |
        | a woman of 45            | the patient takes lithium                         | lithium level taken 3 days ago, result unknown | is not evaluable because `lithium-level.latest` is unknown |
        | a woman of 45            | the patient took lithium stopped 1 day ago        | lithium level of 1.60 mmol/L, 3 days ago       | does not apply                                             |
        | a woman of 45            | it is not known whether the patient takes lithium | lithium level of 1.60 mmol/L, 3 days ago       | is not evaluable because `lithium.active` is unknown       |
        | a woman of 45            | nothing is known about medications                | lithium level of 1.60 mmol/L, 3 days ago       | is not evaluable because `lithium.active` is unknown       |

    Scenario Outline: A level older than six months is not used
      Given a woman of 45
      And the patient takes lithium
      And lithium level of 1.60 mmol/L, <days> days ago
      When the record is evaluated
      Then rule `levels.toxic` <outcome>

      Examples:
        | days | outcome                                                    |
        | 182  | fires as critical                                          |
        | 183  | fires as critical                                          |
        | 184  | is not evaluable because `lithium-level.latest` is unknown |

    Scenario: What the advisory rests on
      Given a woman of 45
      And the patient takes lithium
      And lithium level of 1.55 mmol/L, 3 days ago
      When the record is evaluated
      Then rule `levels.toxic` says "a laboratory calls a level toxic from 1.6 mmol/L on"
      And rule `levels.toxic` shows conflict `toxic-from`
      And rule `levels.toxic` rests on claim `arup.toxic`

Feature: The narrower range of an older review
  A review names 0.5 to 0.6 mmol/L from age 50, with renal impairment, and with a diuretic, an ACE inhibitor or an NSAID.
  NICE and the consensus do not follow it; the advisory stands beside theirs.

  Background:
    Given as of 2026-11-23

  Rule: levels.above-older-review

    Scenario Outline: The end of the narrower range
      Given a woman of 55
      And the patient takes lithium carbonate 600 mg/d
      And lithium level over time:
        | when        | result         |
        | 3 days ago  | <level> mmol/L |
        | 90 days ago | 0.30 mmol/L    |
      When the record is evaluated
      Then rule `levels.above-older-review` <outcome>

      Examples:
        | level | outcome       |
        | 0.59  | does not fire |
        | 0.60  | does not fire |
        | 0.61  | fires as info |
        | 1.49  | fires         |
        | 1.50  | does not fire |
        | 1.51  | does not fire |

    Scenario Outline: From age 50 on
      Given a woman of <age>
      And no conditions
      And the patient takes lithium carbonate 600 mg/d
      And these results:
        | observation   | result      | when       |
        | lithium level | 0.70 mmol/L | 3 days ago |
        | creatinine    | 70 umol/L   | 3 days ago |
      When the record is evaluated
      Then rule `levels.above-older-review` <outcome>

      Examples:
        | age | outcome        |
        | 49  | does not apply |
        | 50  | fires          |
        | 51  | fires          |

    Scenario Outline: Whom the narrower range is about
      Given <patient>
      And <conditions>
      And the patient is female
      And the patient takes lithium carbonate 600 mg/d
      And <drug>
      And <creatinine>
      And lithium level of 0.70 mmol/L, 3 days ago
      When the record is evaluated
      Then rule `levels.above-older-review` <outcome>

      Examples:
        | patient                  | conditions                          | drug                                                              | creatinine                            | outcome                                                                          |
        | a woman of 45            | no conditions                       | the patient takes warfarin                                        | creatinine of 70 umol/L, 20 days ago  | does not apply                                                                   |
        | a woman of 45            | no conditions                       | the patient takes ramipril                                        | creatinine of 70 umol/L, 20 days ago  | fires                                                                            |
        | a woman of 45            | no conditions                       | the patient takes ibuprofen                                       | creatinine of 70 umol/L, 20 days ago  | fires                                                                            |
        | a woman of 45            | no conditions                       | the patient takes hydrochlorothiazide                             | creatinine of 70 umol/L, 20 days ago  | fires                                                                            |
        | a woman of 45            | no conditions                       | the patient takes furosemide                                      | creatinine of 70 umol/L, 20 days ago  | fires                                                                            |
        | a woman of 45            | no conditions                       | the patient takes spironolactone                                  | creatinine of 70 umol/L, 20 days ago  | fires                                                                            |
        | a woman of 45            | no conditions                       | the patient takes losartan                                        | creatinine of 70 umol/L, 20 days ago  | does not apply                                                                   |
        | a woman of 45            | no conditions                       | the patient took ramipril started 90 days ago stopped 60 days ago | creatinine of 70 umol/L, 20 days ago  | does not apply                                                                   |
        | a woman of 45            | the patient has renal insufficiency | the patient takes warfarin                                        | creatinine of 70 umol/L, 20 days ago  | fires                                                                            |
        | a woman of 45            | no conditions                       | the patient takes warfarin                                        | creatinine of 150 umol/L, 20 days ago | fires                                                                            |
        | a boy of 15              | the patient has renal insufficiency | the patient takes warfarin                                        | creatinine of 70 umol/L, 20 days ago  | does not apply                                                                   |
        | a patient of unknown age | no conditions                       | the patient takes warfarin                                        | creatinine of 70 umol/L, 20 days ago  | is not evaluable because `patient.age_years` and `filtration.latest` are unknown |
        | a woman of 45            | nothing is known about conditions   | the patient takes warfarin                                        | creatinine of 70 umol/L, 20 days ago  | is not evaluable because `condition.renal-insufficiency` is unknown              |
        | a woman of 45            | no conditions                       | it is not known whether the patient takes ramipril                | creatinine of 70 umol/L, 20 days ago  | is not evaluable because `narrowing_drug.active` is unknown                      |
        | a woman of 45            | no conditions                       | the patient takes warfarin                                        | body weight of 70 kg, 20 days ago     | is not evaluable because `filtration.latest` is unknown                          |

    Scenario Outline: Patients to whom levels.above-older-review applies
      Given a woman of 55
      And <lithium>
      And <level>
      When the record is evaluated
      Then rule `levels.above-older-review` <outcome>

      Examples:
        | lithium                            | level                                    | outcome                                                    |
        | the patient takes lithium          | lithium level of 0.70 mmol/L, undated    | is not evaluable because `lithium-level.latest` is unknown |
        | the patient does not take lithium  | lithium level of 0.70 mmol/L, 3 days ago | does not apply                                             |
        | nothing is known about medications | lithium level of 0.70 mmol/L, 3 days ago | is not evaluable because `lithium.active` is unknown       |

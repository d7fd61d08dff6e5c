Feature: Sedatives, alcohol and falls
  Sedatives and alcohol add to the sedation; dizziness or postural hypotension may make the elderly fall.

  Background:
    Given as of 2026-11-23

  Rule: side-effects.sedative-combination

    Scenario Outline: A sedative drug with mianserin
      Given a man of 45
      And no conditions
      And the patient takes these medications:
        | drug       | dose    |
        | mianserin  | 30 mg/d |
        | <sedative> |         |
      When the record is evaluated
      Then rule `side-effects.sedative-combination` fires as warning
      And rule `side-effects.sedative-combination` fires because `sedative_drug.active` is yes

      Examples:
        | sedative   |
        | diazepam   |
        | lorazepam  |
        | oxazepam   |
        | temazepam  |
        | alprazolam |
        | clonazepam |
        | zolpidem   |
        | zopiclone  |
        | morphine   |
        | oxycodone  |

    Scenario Outline: Alcohol with mianserin
      Given a man of 45
      And <treatment>
      And <alcohol>
      When the record is evaluated
      Then rule `side-effects.sedative-combination` <outcome>

      Examples:
        | treatment                           | alcohol                                             | outcome                                                                            |
        | the patient takes mianserin 30 mg/d | the patient has alcohol use                         | fires as warning                                                                   |
        | the patient takes mianserin 30 mg/d | the patient does not have alcohol use               | does not apply                                                                     |
        | the patient takes mianserin 30 mg/d | it is not known whether the patient has alcohol use | is not evaluable because `condition.alcohol-use` is unknown                        |
        | the patient does not take mianserin | the patient has alcohol use                         | does not apply                                                                     |
        | nothing is known about medications  | the patient has alcohol use                         | is not evaluable because `mianserin.active` is unknown                             |
        | nothing is known about medications  | the patient does not have alcohol use               | is not evaluable because `mianserin.active` and `sedative_drug.active` are unknown |

  Rule: side-effects.elderly-falls-risk

    Scenario Outline: Dizziness or postural hypotension in the elderly
      Given <patient>
      And <treatment>
      And <dizziness>
      And <blood pressure>
      When the record is evaluated
      Then rule `side-effects.elderly-falls-risk` <outcome>

      Examples:
        | patient                  | treatment                           | dizziness                                             | blood pressure                                                 | outcome                                                            |
        | a woman of 78            | the patient takes mianserin 30 mg/d | the patient reports dizziness                         | the patient does not show postural hypotension                 | fires as warning                                                   |
        | a woman of 80            | the patient takes mianserin 30 mg/d | the patient does not report dizziness                 | the patient shows postural hypotension                         | fires as warning                                                   |
        | a woman of 78            | the patient takes mianserin 30 mg/d | the patient does not report dizziness                 | the patient does not show postural hypotension                 | does not fire                                                      |
        | a woman of 45            | the patient takes mianserin 30 mg/d | the patient reports dizziness                         | the patient shows postural hypotension                         | does not apply                                                     |
        | a patient of unknown age | the patient takes mianserin 30 mg/d | the patient reports dizziness                         | the patient does not show postural hypotension                 | is not evaluable because `patient.age_years` is unknown            |
        | a woman of 78            | the patient takes mianserin 30 mg/d | it is not known whether the patient reports dizziness | the patient does not show postural hypotension                 | is not evaluable because `symptom.dizziness` is unknown            |
        | a woman of 78            | the patient takes mianserin 30 mg/d | the patient does not report dizziness                 | it is not known whether the patient shows postural hypotension | is not evaluable because `symptom.postural-hypotension` is unknown |
        | a woman of 78            | the patient does not take mianserin | the patient reports dizziness                         | the patient does not show postural hypotension                 | does not apply                                                     |
        | a woman of 78            | nothing is known about medications  | the patient reports dizziness                         | the patient does not show postural hypotension                 | is not evaluable because `mianserin.active` is unknown             |

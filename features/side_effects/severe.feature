Feature: Severe common side effects, and those that a source calls minimal
  Only a symptom that is present has a severity.

  Background:
    Given as of 2026-11-23
    And a man of 45

  Rule: side-effects.common-severe

    Scenario Outline: Severity of a common side effect
      Given the patient takes mianserin 30 mg/d
      And the patient reports <symptom>
      When the record is evaluated
      Then rule `side-effects.common-severe` <outcome>

      Examples:
        | symptom                     | outcome                                                                   |
        | severe drowsiness           | fires as warning                                                          |
        | moderate drowsiness         | does not fire                                                             |
        | drowsiness                  | is not evaluable because `symptom.drowsiness.severity` is unknown         |
        | severe dry mouth            | fires as warning                                                          |
        | moderate dry mouth          | does not fire                                                             |
        | dry mouth                   | is not evaluable because `symptom.dry-mouth.severity` is unknown          |
        | severe increased appetite   | fires as warning                                                          |
        | moderate increased appetite | does not fire                                                             |
        | increased appetite          | is not evaluable because `symptom.increased-appetite.severity` is unknown |
        | severe weight gain          | fires as warning                                                          |
        | moderate weight gain        | does not fire                                                             |
        | weight gain                 | is not evaluable because `symptom.weight-gain.severity` is unknown        |
        | severe dizziness            | fires as warning                                                          |
        | moderate dizziness          | does not fire                                                             |
        | dizziness                   | is not evaluable because `symptom.dizziness.severity` is unknown          |
        | severe constipation         | fires as warning                                                          |
        | moderate constipation       | does not fire                                                             |
        | constipation                | is not evaluable because `symptom.constipation.severity` is unknown       |

    Scenario Outline: A common side effect that may be present
      Given the patient takes mianserin 30 mg/d
      And <symptom>
      When the record is evaluated
      Then rule `side-effects.common-severe` <outcome>

      Examples:
        | symptom                                                        | outcome                                                                                                     |
        | it is not known whether the patient reports drowsiness         | is not evaluable because `symptom.drowsiness` and `symptom.drowsiness.severity` are unknown                 |
        | it is not known whether the patient reports dry mouth          | is not evaluable because `symptom.dry-mouth` and `symptom.dry-mouth.severity` are unknown                   |
        | it is not known whether the patient reports increased appetite | is not evaluable because `symptom.increased-appetite` and `symptom.increased-appetite.severity` are unknown |
        | it is not known whether the patient reports weight gain        | is not evaluable because `symptom.weight-gain` and `symptom.weight-gain.severity` are unknown               |
        | it is not known whether the patient reports dizziness          | is not evaluable because `symptom.dizziness` and `symptom.dizziness.severity` are unknown                   |
        | it is not known whether the patient reports constipation       | is not evaluable because `symptom.constipation` and `symptom.constipation.severity` are unknown             |

    Scenario: None of the common side effects
      Given the patient takes mianserin 30 mg/d
      And no symptoms
      When the record is evaluated
      Then rule `side-effects.common-severe` does not fire
      And no rule of family side-effects fires

    Scenario: One mild, one severe
      Given the patient takes mianserin 30 mg/d
      And the patient reports mild drowsiness
      And the patient reports severe dizziness
      When the record is evaluated
      Then rule `side-effects.common-severe` fires because `symptom.dizziness.severity` is severe
      And rule `side-effects.drowsiness` fires as info
      And rule `side-effects.dizziness` fires as info
      And no other rule of family side-effects fires

    Scenario Outline: Two statements about one side effect
      Given the patient takes mianserin 30 mg/d
      And the patient reports <one>
      And the patient reports <other>
      When the record is evaluated
      Then rule `side-effects.common-severe` <outcome>

      Examples:
        | one             | other               | outcome          |
        | mild drowsiness | severe drowsiness   | fires as warning |
        | mild drowsiness | moderate drowsiness | does not fire    |
        | mild drowsiness | drowsiness          | does not fire    |

    Scenario: A side effect that may be present, with a severity
      Given the record:
        """
        {
          "patient": {"age_years": 45},
          "as_of": "2026-11-23",
          "medications": [{"drug": "mianserin", "daily_dose": {"value": 30, "unit": "mg/d"}}],
          "symptoms": [{"code": "drowsiness", "present": null, "severity": "mild"}]
        }
        """
      When the record is evaluated
      Then rule `side-effects.common-severe` is not evaluable because `symptom.drowsiness` and `symptom.drowsiness.severity` are unknown

    Scenario: Severe drowsiness without mianserin
      Given the patient does not take mianserin
      And the patient reports severe drowsiness
      When the record is evaluated
      Then rule `side-effects.common-severe` does not apply

    Scenario: Severe drowsiness, medications unknown
      Given the patient reports severe drowsiness
      When the record is evaluated
      Then rule `side-effects.common-severe` is not evaluable because `mianserin.active` is unknown

  Rule: side-effects.unexpected-anticholinergic

    Scenario Outline: Urinary retention, tachycardia or severe constipation
      Given <treatment>
      And <retention>
      And <heart>
      And <bowels>
      When the record is evaluated
      Then rule `side-effects.unexpected-anticholinergic` <outcome>

      Examples:
        | treatment                           | retention                                                     | heart                                                 | bowels                                                   | outcome                                                                                         |
        | the patient takes mianserin 30 mg/d | the patient reports urinary retention                         | the patient does not show tachycardia                 | the patient does not report constipation                 | fires as warning                                                                                |
        | the patient takes mianserin 30 mg/d | the patient does not report urinary retention                 | the patient shows tachycardia                         | the patient does not report constipation                 | fires as warning                                                                                |
        | the patient takes mianserin 30 mg/d | the patient does not report urinary retention                 | the patient does not show tachycardia                 | the patient reports severe constipation                  | fires as warning                                                                                |
        | the patient takes mianserin 30 mg/d | the patient does not report urinary retention                 | the patient does not show tachycardia                 | the patient reports moderate constipation                | does not fire                                                                                   |
        | the patient takes mianserin 30 mg/d | the patient does not report urinary retention                 | the patient does not show tachycardia                 | the patient does not report constipation                 | does not fire                                                                                   |
        | the patient takes mianserin 30 mg/d | it is not known whether the patient reports urinary retention | the patient does not show tachycardia                 | the patient does not report constipation                 | is not evaluable because `symptom.urinary-retention` is unknown                                 |
        | the patient takes mianserin 30 mg/d | the patient does not report urinary retention                 | it is not known whether the patient shows tachycardia | the patient does not report constipation                 | is not evaluable because `symptom.tachycardia` is unknown                                       |
        | the patient takes mianserin 30 mg/d | the patient does not report urinary retention                 | the patient does not show tachycardia                 | it is not known whether the patient reports constipation | is not evaluable because `symptom.constipation` and `symptom.constipation.severity` are unknown |
        | the patient takes mianserin 30 mg/d | the patient does not report urinary retention                 | the patient does not show tachycardia                 | the patient reports constipation                         | is not evaluable because `symptom.constipation.severity` is unknown                             |
        | the patient does not take mianserin | the patient reports urinary retention                         | the patient shows tachycardia                         | the patient reports severe constipation                  | does not apply                                                                                  |
        | nothing is known about medications  | the patient reports urinary retention                         | the patient shows tachycardia                         | the patient reports severe constipation                  | is not evaluable because `mianserin.active` is unknown                                          |

Feature: Signs of infection, and fever with few neutrophils
  One sign is enough, with or without a count.

  Background:
    Given as of 2026-11-23
    And a woman of 45

  Rule: monitoring.infection-signs

    Scenario Outline: One sign is enough
      Given the patient takes mianserin 30 mg/d
      And the patient reports <sign>
      When the record is evaluated
      Then rule `monitoring.infection-signs` fires as critical

      Examples:
        | sign        |
        | fever       |
        | chills      |
        | sore throat |
        | stomatitis  |
        | infection   |

    Scenario Outline: One sign is unknown, the others are absent
      Given the patient takes mianserin 30 mg/d
      And it is not known whether the patient reports <sign>
      When the record is evaluated
      Then rule `monitoring.infection-signs` is not evaluable because `<fact>` is unknown

      Examples:
        | sign        | fact                |
        | fever       | symptom.fever       |
        | chills      | symptom.chills      |
        | sore throat | symptom.sore-throat |
        | stomatitis  | symptom.stomatitis  |
        | infection   | symptom.infection   |

    Scenario: No sign of infection
      Given the patient takes mianserin 30 mg/d
      And the patient reports drowsiness
      When the record is evaluated
      Then rule `monitoring.infection-signs` does not fire

    Scenario: Nothing is known about symptoms
      Given the patient takes mianserin 30 mg/d
      And nothing is known about symptoms
      When the record is evaluated
      Then rule `monitoring.infection-signs` is not evaluable because `symptom.fever`, `symptom.chills`, `symptom.sore-throat`, `symptom.stomatitis` and `symptom.infection` are unknown

    Scenario: Fever without mianserin
      Given the patient does not take mianserin
      And the patient reports fever
      When the record is evaluated
      Then rule `monitoring.infection-signs` does not apply

    Scenario: Fever, medications unknown
      Given the patient reports fever
      When the record is evaluated
      Then rule `monitoring.infection-signs` is not evaluable because `mianserin.active` is unknown

  Rule: monitoring.febrile-neutropenia

    Scenario Outline: Fever and the neutrophil count
      Given <treatment>
      And <fever>
      And <count>
      When the record is evaluated
      Then rule `monitoring.febrile-neutropenia` <outcome>

      Examples:
        | treatment                           | fever                                             | count                                  | outcome                                                  |
        | the patient takes mianserin 30 mg/d | the patient reports fever                         | neutrophils of 0.99 10*9/L, 2 days ago | fires as critical                                        |
        | the patient takes mianserin 30 mg/d | the patient reports fever                         | neutrophils of 1 10*9/L, 2 days ago    | does not fire                                            |
        | the patient takes mianserin 30 mg/d | the patient reports fever                         | neutrophils of 1.01 10*9/L, 2 days ago | does not fire                                            |
        | the patient takes mianserin 30 mg/d | the patient does not report fever                 | neutrophils of 0.3 10*9/L, 2 days ago  | does not fire                                            |
        | the patient takes mianserin 30 mg/d | it is not known whether the patient reports fever | neutrophils of 0.3 10*9/L, 2 days ago  | is not evaluable because `symptom.fever` is unknown      |
        | the patient takes mianserin 30 mg/d | the patient reports fever                         | neutrophils of 0.3 10*9/L, 91 days ago | is not evaluable because `neutrophils.latest` is unknown |
        | the patient does not take mianserin | the patient reports fever                         | neutrophils of 0.3 10*9/L, 2 days ago  | does not apply                                           |
        | nothing is known about medications  | the patient reports fever                         | neutrophils of 0.3 10*9/L, 2 days ago  | is not evaluable because `mianserin.active` is unknown   |

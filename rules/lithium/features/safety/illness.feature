Feature: Diarrhoea and vomiting
  A pharmacists' page asks for attention and fluids in acute illness.

  Background:
    Given as of 2026-11-23
    And a woman of 45

  Rule: safety.fluid-loss

    Scenario Outline: Diarrhoea or vomiting with lithium
      Given <treatment>
      And <first>
      And <second>
      When the record is evaluated
      Then rule `safety.fluid-loss` <outcome>

      Examples:
        | treatment                          | first                                                 | second                                               | outcome                                                 |
        | the patient takes lithium          | the patient reports diarrhoea                         | the patient does not report vomiting                 | fires as warning                                        |
        | the patient takes lithium          | the patient does not report diarrhoea                 | the patient reports vomiting                         | fires as warning                                        |
        | the patient takes lithium          | the patient reports fever                             | the patient does not report vomiting                 | does not fire                                           |
        | the patient takes lithium          | it is not known whether the patient reports diarrhoea | the patient does not report vomiting                 | is not evaluable because `symptom.diarrhoea` is unknown |
        | the patient takes lithium          | the patient does not report diarrhoea                 | it is not known whether the patient reports vomiting | is not evaluable because `symptom.vomiting` is unknown  |
        | the patient does not take lithium  | the patient reports diarrhoea                         | the patient reports vomiting                         | does not apply                                          |
        | nothing is known about medications | the patient reports diarrhoea                         | the patient does not report vomiting                 | is not evaluable because `lithium.active` is unknown    |

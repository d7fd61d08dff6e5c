Feature: ACE inhibitors and angiotensin receptor blockers stopped recently
  One source reports closer monitoring when such a drug is stopped, as when it is started.

  Background:
    Given as of 2026-11-23
    And a woman of 45

  Rule: interactions.renin-system-drug-stopped

    Scenario Outline: When it counts as recent
      Given <lithium>
      And <first>
      And <second>
      When the record is evaluated
      Then rule `interactions.renin-system-drug-stopped` <outcome>

      Examples:
        | lithium                                                           | first                                                              | second                                                             | outcome                                                                                   |
        | the patient takes lithium carbonate 800 mg/d started 900 days ago | the patient took ramipril started 400 days ago stopped 27 days ago | the patient takes warfarin                                         | fires as info                                                                             |
        | the patient takes lithium carbonate 800 mg/d started 900 days ago | the patient took losartan started 400 days ago stopped 28 days ago | the patient takes warfarin                                         | fires as info                                                                             |
        | the patient takes lithium carbonate 800 mg/d started 900 days ago | the patient took ramipril started 400 days ago stopped 29 days ago | the patient takes warfarin                                         | does not fire                                                                             |
        | the patient takes lithium carbonate 800 mg/d started 900 days ago | the patient took ramipril started 400 days ago stopped 20 days ago | the patient takes losartan started 18 days ago                     | does not fire                                                                             |
        | the patient takes lithium carbonate 800 mg/d started 900 days ago | the patient took ramipril started 400 days ago stopped 20 days ago | the patient takes ramipril started 5 days ago                      | fires                                                                                     |
        | the patient takes lithium carbonate 800 mg/d started 900 days ago | the patient takes ramipril started 400 days ago                    | the patient took ibuprofen started 40 days ago stopped 20 days ago | does not fire                                                                             |
        | the patient takes lithium carbonate 800 mg/d started 900 days ago | the patient stopped ramipril on an unknown day                     | the patient takes warfarin                                         | is not evaluable because `renin_system.stopped_recently` is unknown                       |
        | the patient does not take lithium                                 | the patient took ramipril started 400 days ago stopped 20 days ago | the patient takes warfarin                                         | does not apply                                                                            |
        | nothing is known about medications                                | no symptoms                                                        | no conditions                                                      | is not evaluable because `lithium.active` and `renin_system.stopped_recently` are unknown |

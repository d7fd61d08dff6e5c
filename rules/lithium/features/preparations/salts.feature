Feature: The salts of lithium
  A label says that carbonate and citrate are not equivalent: 520 mg of citrate in 5 mL correspond to 204 mg of carbonate.

  Background:
    Given as of 2026-11-23
    And a woman of 45

  Rule: preparations.two-salts

    Scenario Outline: Two salts at once
      Given <first>
      And <second>
      When the record is evaluated
      Then rule `preparations.two-salts` <outcome>

      Examples:
        | first                                                                               | second                                                                            | outcome                                                                                      |
        | the patient takes lithium carbonate 400 mg/d                                        | the patient takes lithium citrate 520 mg/d                                        | fires as warning                                                                             |
        | the patient takes lithium carbonate 400 mg/d                                        | the patient takes lithium carbonate 200 mg/d                                      | does not fire                                                                                |
        | the patient takes lithium citrate 520 mg/d                                          | the patient takes lithium citrate 520 mg/d                                        | does not apply                                                                               |
        | the patient takes lithium carbonate 400 mg/d                                        | the patient took lithium citrate 520 mg/d started 90 days ago stopped 20 days ago | does not fire                                                                                |
        | the patient took lithium carbonate 400 mg/d started 90 days ago stopped 20 days ago | the patient takes lithium citrate 520 mg/d                                        | does not apply                                                                               |
        | the patient takes lithium carbonate 400 mg/d                                        | it is not known whether the patient takes lithium citrate                         | is not evaluable because `lithium-citrate.active` is unknown                                 |
        | it is not known whether the patient takes lithium carbonate                         | the patient takes lithium citrate 520 mg/d                                        | is not evaluable because `lithium-carbonate.active` is unknown                               |
        | the patient takes lithium 400 mg/d                                                  | the patient takes lithium citrate 520 mg/d                                        | does not apply                                                                               |
        | nothing is known about medications                                                  | no symptoms                                                                       | is not evaluable because `lithium-carbonate.active` and `lithium-citrate.active` are unknown |

  Rule: preparations.salt-changed

    Scenario Outline: A change of salt
      Given <first>
      And <second>
      When the record is evaluated
      Then rule `preparations.salt-changed` <outcome>

      Examples:
        | first                                                                                | second                                                           | outcome          |
        | the patient took lithium carbonate 400 mg/d started 400 days ago stopped 20 days ago | the patient takes lithium citrate 400 mg/d started 20 days ago   | fires as warning |
        | the patient took lithium citrate 400 mg/d started 400 days ago stopped 20 days ago   | the patient takes lithium carbonate 400 mg/d started 20 days ago | fires as warning |
        | the patient took lithium carbonate 400 mg/d started 400 days ago stopped 20 days ago | the patient takes lithium carbonate 400 mg/d started 10 days ago | does not fire    |
        | the patient took lithium citrate 400 mg/d started 400 days ago stopped 20 days ago   | the patient takes lithium citrate 400 mg/d started 10 days ago   | does not fire    |
        | the patient took lithium carbonate 400 mg/d started 400 days ago stopped 27 days ago | the patient takes lithium citrate 400 mg/d started 27 days ago   | fires            |
        | the patient took lithium carbonate 400 mg/d started 400 days ago stopped 28 days ago | the patient takes lithium citrate 400 mg/d started 27 days ago   | fires            |
        | the patient took lithium carbonate 400 mg/d started 400 days ago stopped 29 days ago | the patient takes lithium citrate 400 mg/d started 27 days ago   | does not fire    |
        | the patient took lithium carbonate 400 mg/d started 400 days ago stopped 27 days ago | the patient takes lithium citrate 400 mg/d started 28 days ago   | fires            |
        | the patient took lithium carbonate 400 mg/d started 400 days ago stopped 27 days ago | the patient takes lithium citrate 400 mg/d started 29 days ago   | does not fire    |
        | the patient took lithium citrate 400 mg/d started 400 days ago stopped 28 days ago   | the patient takes lithium carbonate 400 mg/d started 27 days ago | fires            |
        | the patient took lithium citrate 400 mg/d started 400 days ago stopped 29 days ago   | the patient takes lithium carbonate 400 mg/d started 27 days ago | does not fire    |
        | the patient took lithium citrate 400 mg/d started 400 days ago stopped 27 days ago   | the patient takes lithium carbonate 400 mg/d started 28 days ago | fires            |
        | the patient took lithium citrate 400 mg/d started 400 days ago stopped 27 days ago   | the patient takes lithium carbonate 400 mg/d started 29 days ago | does not fire    |

    Scenario: A changed dose of one salt beside the end of the other
      Given the patient took lithium citrate 400 mg/d started 400 days ago stopped 20 days ago
      And the patient took lithium carbonate 400 mg/d started 300 days ago stopped 10 days ago
      And the patient takes lithium carbonate 600 mg/d started 10 days ago
      When the record is evaluated
      Then rule `preparations.salt-changed` does not fire

    Scenario Outline: What may be a change of salt
      Given <first>
      And <second>
      When the record is evaluated
      Then rule `preparations.salt-changed` <outcome>

      Examples:
        | first                                                                                | second                                                                                 | outcome                                                                  |
        | the patient took lithium carbonate 400 mg/d started 400 days ago stopped 20 days ago | the patient takes lithium citrate 400 mg/d                                             | is not evaluable because `lithium-citrate.started_recently` is unknown   |
        | the patient takes lithium citrate 400 mg/d started 20 days ago                       | the patient stopped lithium carbonate 400 mg/d on an unknown day, started 400 days ago | is not evaluable because `lithium-carbonate.stopped_recently` is unknown |
        | the patient took lithium citrate 400 mg/d started 400 days ago stopped 20 days ago   | the patient takes lithium carbonate 400 mg/d                                           | is not evaluable because `lithium-carbonate.started_recently` is unknown |
        | the patient takes lithium carbonate 400 mg/d started 20 days ago                     | the patient stopped lithium citrate 400 mg/d on an unknown day, started 400 days ago   | is not evaluable because `lithium-citrate.stopped_recently` is unknown   |
        | the patient took lithium carbonate 400 mg/d started 400 days ago stopped 20 days ago | the patient took lithium citrate 400 mg/d started 20 days ago stopped 2 days ago       | does not apply                                                           |
        | the patient does not take lithium                                                    | the patient takes warfarin                                                             | does not apply                                                           |
        | nothing is known about medications                                                   | no symptoms                                                                            | is not evaluable because `lithium.active` is unknown among others        |

  Rule: preparations.salt-not-stated

    Scenario Outline: The salt is not stated
      Given <treatment>
      When the record is evaluated
      Then rule `preparations.salt-not-stated` <outcome>

      Examples:
        | treatment                                                                 | outcome                                                          |
        | the patient takes lithium 800 mg/d                                        | fires as info                                                    |
        | the patient takes lithium carbonate 800 mg/d                              | does not apply                                                   |
        | the patient takes lithium citrate 1040 mg/d                               | does not apply                                                   |
        | the patient took lithium 800 mg/d started 90 days ago stopped 20 days ago | does not apply                                                   |
        | nothing is known about medications                                        | is not evaluable because `unspecified-lithium.active` is unknown |

    Scenario: A former treatment without its salt
      Given the patient took lithium 800 mg/d started 90 days ago stopped 20 days ago
      And the patient takes lithium carbonate 800 mg/d
      When the record is evaluated
      Then rule `preparations.salt-not-stated` does not apply

Feature: Levels in the first year on lithium
  Every three months, read as 91 days, by a page of the NHS and, as quoted, NICE.

  Background:
    Given as of 2026-11-23
    And a woman of 45

  Rule: timing.level-overdue-first-year

    Scenario Outline: Time since the latest level
      Given the patient takes lithium carbonate 800 mg/d started 300 days ago
      And lithium level over time:
        | when              | result      |
        | <latest> days ago | 0.70 mmol/L |
        | 200 days ago      | 0.60 mmol/L |
        | 280 days ago      | 0.60 mmol/L |
      When the record is evaluated
      Then rule `timing.level-overdue-first-year` <outcome>

      Examples:
        | latest | outcome          |
        | 90     | does not fire    |
        | 91     | does not fire    |
        | 92     | fires as warning |

    Scenario Outline: No level yet
      Given the patient takes lithium carbonate 800 mg/d started <started> days ago
      And no observations
      When the record is evaluated
      Then rule `timing.level-overdue-first-year` <outcome>

      Examples:
        | started | outcome       |
        | 90      | does not fire |
        | 91      | does not fire |
        | 92      | fires         |

    Scenario Outline: The first year ends after 365 days
      Given the patient takes lithium carbonate 800 mg/d started <started> days ago
      And lithium level of 0.70 mmol/L, 100 days ago
      When the record is evaluated
      Then rule `timing.level-overdue-first-year` <outcome>

      Examples:
        | started | outcome        |
        | 364     | fires          |
        | 365     | fires          |
        | 366     | does not apply |

    Scenario Outline: What begins a first year
      Given the patient takes these medications:
        | drug              | dose     | started      | stopped            |
        | lithium carbonate | 600 mg/d | 900 days ago | <stopped> days ago |
        | <drug>            | 800 mg/d | 300 days ago |                    |
      And lithium level of 0.70 mmol/L, 100 days ago
      When the record is evaluated
      Then rule `timing.level-overdue-first-year` <outcome>

      Examples:
        | stopped | drug              | outcome        |
        | 300     | lithium carbonate | does not apply |
        | 300     | lithium citrate   | does not apply |
        | 400     | lithium carbonate | fires          |

    Scenario Outline: Patients to whom timing.level-overdue-first-year applies
      Given <treatment>
      And <level>
      When the record is evaluated
      Then rule `timing.level-overdue-first-year` <outcome>

      Examples:
        | treatment                                               | level                                      | outcome                                                                                         |
        | the patient takes lithium 800 mg/d started 300 days ago | lithium level of 0.70 mmol/L, undated      | is not evaluable because `lithium-level.days_since_latest` is unknown                           |
        | the patient takes lithium 800 mg/d started 300 days ago | nothing is known about observations        | is not evaluable because `lithium-level.ever` and `lithium-level.days_since_latest` are unknown |
        | the patient takes lithium 800 mg/d                      | lithium level of 0.70 mmol/L, 100 days ago | is not evaluable because `lithium.days_on_treatment` is unknown                                 |
        | the patient takes lithium 800 mg/d                      | no observations                            | is not evaluable because `lithium.days_on_treatment` is unknown                                 |
        | the patient does not take lithium                       | lithium level of 0.70 mmol/L, 100 days ago | does not apply                                                                                  |
        | nothing is known about medications                      | lithium level of 0.70 mmol/L, 100 days ago | is not evaluable because `lithium.active` and `lithium.days_on_treatment` are unknown           |

Feature: A continuous treatment
  A changed dose or a renewed order does not start a new treatment: courses with at most 7 days between the end
  of one and the start of the next count as one, and so do courses that overlap.

  Background:
    Given as of 2026-11-23
    And a woman of 70
    And neutrophils of 3.1 10*9/L, 60 days ago

  Rule: monitoring.elderly-count-current

    Scenario: A dose that was changed three days ago, after two years of treatment
      Given the patient took mianserin 30 mg/d started 700 days ago, stopped 3 days ago
      And the patient takes mianserin 60 mg/d started 3 days ago
      When the record is evaluated
      Then fact `mianserin.days_on_treatment` is 700 days
      And rule `monitoring.elderly-count-current` fires
      And rule `monitoring.elderly-count-overdue-initial` does not apply
      And rule `dosing.elderly-initial-dose` does not apply

    Scenario Outline: The gap between two courses
      Given the patient took mianserin 30 mg/d started 700 days ago, stopped <stopped>
      And the patient takes mianserin 30 mg/d started 10 days ago
      When the record is evaluated
      Then fact `mianserin.days_on_treatment` is <days>
      And rule `monitoring.elderly-count-current` <outcome>

      Examples:
        | stopped     | days     | outcome       |
        | 16 days ago | 700 days | fires         |
        | 17 days ago | 700 days | fires         |
        | 18 days ago | 10 days  | does not fire |

    Scenario: Courses that overlap
      Given the patient took mianserin 30 mg/d started 700 days ago, stopped 5 days ago
      And the patient takes mianserin 30 mg/d started 40 days ago
      When the record is evaluated
      Then fact `mianserin.days_on_treatment` is 700 days
      And rule `monitoring.elderly-count-current` fires

    Scenario: Several earlier courses
      Given the patient took mianserin 30 mg/d started 900 days ago, stopped 800 days ago
      And the patient took mianserin 30 mg/d started 500 days ago, stopped 400 days ago
      And the patient takes mianserin 30 mg/d started 20 days ago
      When the record is evaluated
      Then fact `mianserin.days_on_treatment` is 20 days
      And rule `monitoring.elderly-count-current` does not fire

    Scenario: A course of unknown start
      Given the patient takes mianserin 30 mg/d
      When the record is evaluated
      Then rule `monitoring.elderly-count-current` is not evaluable because `mianserin.days_on_treatment` is unknown

    Scenario: An earlier course that ended on an unknown day
      Given the patient stopped mianserin 30 mg/d on an unknown day, started 700 days ago
      And the patient takes mianserin 30 mg/d started 20 days ago
      When the record is evaluated
      Then rule `monitoring.elderly-count-current` is not evaluable because `mianserin.days_on_treatment` is unknown

    Scenario: An earlier course that was perhaps not taken
      Given it is not known whether the patient took mianserin 30 mg/d started 700 days ago, stopped 12 days ago
      And the patient takes mianserin 30 mg/d started 10 days ago
      When the record is evaluated
      Then rule `monitoring.elderly-count-current` is not evaluable because `mianserin.days_on_treatment` is unknown

    Scenario: A list of medications that may be incomplete
      Given the patient takes mianserin 30 mg/d started 20 days ago
      And the list of medications may be incomplete
      When the record is evaluated
      Then rule `monitoring.elderly-count-current` is not evaluable because `mianserin.days_on_treatment` is unknown

  Rule: safety.maoi

    Scenario: An inhibitor that was stopped on an unknown day
      Given the patient takes mianserin 30 mg/d started 20 days ago
      And the patient stopped phenelzine on an unknown day
      When the record is evaluated
      Then rule `safety.maoi` is not evaluable because `maoi.stopped_within_washout` is unknown

    Scenario: Another stop is known to be recent
      Given the patient takes mianserin 30 mg/d started 20 days ago
      And the patient stopped phenelzine on an unknown day
      And the patient took moclobemide stopped 13 days ago
      When the record is evaluated
      Then rule `safety.maoi` fires as critical

    Scenario: An inhibitor that may be taken
      Given the patient takes mianserin 30 mg/d started 20 days ago
      And it is not known whether the patient takes phenelzine
      When the record is evaluated
      Then rule `safety.maoi` is not evaluable because `maoi.active` and `maoi.stopped_within_washout` are unknown

Feature: A level after an interacting drug was started
  A chapter on older age has a level 5 to 7 days after such a change; other sources name no day.

  Background:
    Given as of 2026-11-23
    And a woman of 45

  Rule: interactions.no-level-since-start

    Scenario Outline: Days since the start
      Given the patient takes lithium carbonate 800 mg/d started 900 days ago
      And the patient takes ramipril started 400 days ago
      And the patient takes ibuprofen started <started> days ago
      And lithium level over time:
        | when             | result      |
        | <level> days ago | 0.70 mmol/L |
        | 100 days ago     | 0.60 mmol/L |
      When the record is evaluated
      Then rule `interactions.no-level-since-start` <outcome>

      Examples:
        | started | level | outcome          |
        | 6       | 50    | does not fire    |
        | 7       | 50    | does not fire    |
        | 8       | 50    | fires as warning |
        | 20      | 21    | fires            |
        | 20      | 20    | fires            |
        | 20      | 19    | does not fire    |
        | 20      | 1     | does not fire    |

    Scenario Outline: Patients to whom interactions.no-level-since-start applies
      Given <lithium>
      And <drug>
      And <level>
      When the record is evaluated
      Then rule `interactions.no-level-since-start` <outcome>

      Examples:
        | lithium                                                           | drug                                                      | level                                 | outcome                                                                                                   |
        | the patient takes lithium carbonate 800 mg/d started 900 days ago | the patient takes ramipril started 20 days ago            | no observations                       | fires                                                                                                     |
        | the patient takes lithium carbonate 800 mg/d started 900 days ago | the patient takes losartan started 20 days ago            | no observations                       | fires                                                                                                     |
        | the patient takes lithium carbonate 800 mg/d started 900 days ago | the patient takes ibuprofen started 20 days ago           | no observations                       | fires                                                                                                     |
        | the patient takes lithium carbonate 800 mg/d started 900 days ago | the patient takes hydrochlorothiazide started 20 days ago | no observations                       | fires                                                                                                     |
        | the patient takes lithium carbonate 800 mg/d started 900 days ago | the patient takes furosemide started 20 days ago          | no observations                       | fires                                                                                                     |
        | the patient takes lithium carbonate 800 mg/d started 900 days ago | the patient takes amiloride started 20 days ago           | no observations                       | fires                                                                                                     |
        | the patient takes lithium carbonate 800 mg/d started 900 days ago | the patient takes theophylline started 20 days ago        | no observations                       | does not apply                                                                                            |
        | the patient takes lithium carbonate 800 mg/d started 900 days ago | the patient takes ramipril started 40 days ago            | no observations                       | does not apply                                                                                            |
        | the patient takes lithium carbonate 800 mg/d started 900 days ago | the patient takes ramipril                                | no observations                       | is not evaluable because `ace_inhibitor.started_recently` and `raising_drug.days_since_start` are unknown |
        | the patient takes lithium carbonate 800 mg/d started 900 days ago | the patient takes ramipril started 20 days ago            | nothing is known about observations   | is not evaluable because `lithium-level.taken_since_start` is unknown                                     |
        | the patient takes lithium carbonate 800 mg/d started 900 days ago | the patient takes ramipril started 20 days ago            | lithium level of 0.70 mmol/L, undated | is not evaluable because `lithium-level.taken_since_start` is unknown                                     |
        | the patient does not take lithium                                 | the patient takes ramipril started 20 days ago            | no observations                       | does not apply                                                                                            |
        | it is not known whether the patient takes lithium                 | the patient takes ramipril started 20 days ago            | no observations                       | is not evaluable because `lithium.active` is unknown                                                      |
        | nothing is known about medications                                | no symptoms                                               | no observations                       | is not evaluable because `lithium.active` is unknown among others                                         |

    Scenario Outline: Which drug was started is not known
      Given the patient takes lithium carbonate 800 mg/d started 900 days ago
      And it is not known whether the patient takes <drug> started 20 days ago
      And no observations
      When the record is evaluated
      Then rule `interactions.no-level-since-start` is not evaluable because `<fact>` is unknown among others

      Examples:
        | drug                | fact                                |
        | ramipril            | ace_inhibitor.started_recently      |
        | losartan            | receptor_blocker.started_recently   |
        | ibuprofen           | nsaid_drug.started_recently         |
        | hydrochlorothiazide | thiazide_drug.started_recently      |
        | furosemide          | loop_diuretic_drug.started_recently |
        | amiloride           | potassium_sparing.started_recently  |

    Scenario Outline: The latest start counts, of drugs that are still taken
      Given the patient takes lithium carbonate 800 mg/d started 900 days ago
      And the patient takes ramipril started 25 days ago
      And <second>
      And lithium level of 0.70 mmol/L, 15 days ago
      When the record is evaluated
      Then rule `interactions.no-level-since-start` <outcome>

      Examples:
        | second                                                            | outcome       |
        | the patient takes ibuprofen started 10 days ago                   | fires         |
        | the patient took ibuprofen started 10 days ago stopped 2 days ago | does not fire |
        | the patient takes ibuprofen started 700 days ago                  | does not fire |

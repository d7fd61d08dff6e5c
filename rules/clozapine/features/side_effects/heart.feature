Feature: Markers of myocarditis
  A protocol measures troponin and C-reactive protein before the start and weekly for 28 days, daily with signs,
  and ends clozapine above its limits.

  Background:
    Given as of 2026-11-23

  Rule: side-effects.markers-baseline-missing

    Scenario Outline: C-reactive protein <crp> and troponin <troponin> days ago, clozapine since 10 days
      Given the patient takes clozapine 50 mg/d started 10 days ago
      And C-reactive protein of 2 mg/L, <crp> days ago
      And troponin of 5 ng/L, <troponin> days ago
      And C-reactive protein of 3 mg/L, 2 days ago
      And troponin of 6 ng/L, 2 days ago
      When the record is evaluated
      Then rule `side-effects.markers-baseline-missing` <outcome>

      Examples:
        | crp | troponin | outcome       |
        | 12  | 12       | does not fire |
        | 9   | 12       | fires as info |
        | 10  | 12       | does not fire |
        | 38  | 12       | does not fire |
        | 39  | 12       | fires         |
        | 12  | 9        | fires         |
        | 12  | 10       | does not fire |
        | 12  | 38       | does not fire |
        | 12  | 39       | fires         |

    Scenario Outline: Baseline markers, <what>
      Given <treatment>
      And <crp>
      And <troponin>
      When the record is evaluated
      Then rule `side-effects.markers-baseline-missing` <outcome>

      Examples:
        | what                    | treatment                                               | crp                                     | troponin                                                                | outcome          |
        | day 27                  | the patient takes clozapine 50 mg/d started 27 days ago | no observations                         | no symptoms                                                             | fires            |
        | day 28                  | the patient takes clozapine 50 mg/d started 28 days ago | no observations                         | no symptoms                                                             | fires            |
        | day 29                  | the patient takes clozapine 50 mg/d started 29 days ago | no observations                         | no symptoms                                                             | does not apply   |
        | troponin as a multiple  | the patient takes clozapine 50 mg/d started 10 days ago | C-reactive protein of 2 mg/L, 11 days ago | troponin as a multiple of its upper limit of normal of 0.3 1, 11 days ago | does not fire  |
        | protein undated         | the patient takes clozapine 50 mg/d started 10 days ago | C-reactive protein of 2 mg/L, undated   | troponin of 5 ng/L, 12 days ago                                         | is not evaluable |
        | troponin undated        | the patient takes clozapine 50 mg/d started 10 days ago | C-reactive protein of 2 mg/L, 12 days ago | troponin of 5 ng/L, undated                                           | is not evaluable |
        | unknown start           | the patient takes clozapine 50 mg/d                     | no observations                         | no symptoms                                                             | is not evaluable |
        | not on clozapine        | the patient does not take clozapine                     | no observations                         | no symptoms                                                             | does not apply   |
        | medications unknown     | nothing is known about medications                      | no observations                         | no symptoms                                                             | is not evaluable |

  Rule: side-effects.markers-overdue

    Scenario Outline: Day <day>, C-reactive protein <crp> and troponin <troponin> days ago
      Given the patient takes clozapine 50 mg/d started <day> days ago
      And C-reactive protein of 2 mg/L, <crp> days ago
      And troponin of 5 ng/L, <troponin> days ago
      And C-reactive protein of 3 mg/L, 12 days ago
      And troponin of 6 ng/L, 12 days ago
      When the record is evaluated
      Then rule `side-effects.markers-overdue` <outcome>

      Examples:
        | day | crp | troponin | outcome        |
        | 20  | 6   | 6        | does not fire  |
        | 20  | 7   | 6        | does not fire  |
        | 20  | 8   | 6        | fires as info  |
        | 20  | 6   | 7        | does not fire  |
        | 20  | 6   | 8        | fires          |
        | 7   | 9   | 9        | does not fire  |
        | 8   | 9   | 9        | fires          |
        | 27  | 8   | 8        | fires          |
        | 28  | 8   | 8        | fires          |
        | 29  | 8   | 8        | does not apply |

    Scenario Outline: Weekly markers, <what>
      Given <treatment>
      And <crp>
      And <troponin>
      When the record is evaluated
      Then rule `side-effects.markers-overdue` <outcome>

      Examples:
        | what                    | treatment                                               | crp                                      | troponin                                                                 | outcome          |
        | none at all             | the patient takes clozapine 50 mg/d started 10 days ago | no observations                          | no symptoms                                                              | fires            |
        | troponin as a multiple  | the patient takes clozapine 50 mg/d started 10 days ago | C-reactive protein of 2 mg/L, 2 days ago | troponin as a multiple of its upper limit of normal of 0.3 1, 2 days ago | does not fire    |
        | protein undated         | the patient takes clozapine 50 mg/d started 10 days ago | C-reactive protein of 2 mg/L, undated    | troponin of 5 ng/L, 2 days ago                                           | is not evaluable |
        | troponin undated        | the patient takes clozapine 50 mg/d started 10 days ago | C-reactive protein of 2 mg/L, 2 days ago | troponin of 5 ng/L, undated                                              | is not evaluable |
        | unknown start           | the patient takes clozapine 50 mg/d                     | no observations                          | no symptoms                                                              | is not evaluable |
        | not on clozapine        | the patient does not take clozapine                     | no observations                          | no symptoms                                                              | does not apply   |
        | medications unknown     | nothing is known about medications                      | no observations                          | no symptoms                                                              | is not evaluable |

  Rule: side-effects.markers-high

    Scenario Outline: C-reactive protein <crp> mg/L, troponin <multiple> times its limit
      Given the patient takes clozapine 200 mg/d started 20 days ago
      And C-reactive protein of <crp> mg/L, 1 day ago
      And troponin as a multiple of its upper limit of normal of <multiple> 1, 1 day ago
      When the record is evaluated
      Then rule `side-effects.markers-high` <outcome>

      Examples:
        | crp   | multiple | outcome           |
        | 99.9  | 0.3      | does not fire     |
        | 100   | 0.3      | does not fire     |
        | 100.1 | 0.3      | fires as critical |
        | 5     | 1.9      | does not fire     |
        | 5     | 2        | does not fire     |
        | 5     | 2.1      | fires             |

    Scenario Outline: High markers, <what>
      Given <treatment>
      And <crp>
      And <multiple>
      When the record is evaluated
      Then rule `side-effects.markers-high` <outcome>

      Examples:
        | what                 | treatment                                                | crp                                        | multiple                                                                  | outcome          |
        | day 59               | the patient takes clozapine 200 mg/d started 59 days ago | C-reactive protein of 140 mg/L, 1 day ago  | no symptoms                                                               | fires            |
        | day 60               | the patient takes clozapine 200 mg/d started 60 days ago | C-reactive protein of 140 mg/L, 1 day ago  | no symptoms                                                               | fires            |
        | day 61               | the patient takes clozapine 200 mg/d started 61 days ago | C-reactive protein of 140 mg/L, 1 day ago  | no symptoms                                                               | does not apply   |
        | protein in mg/dL     | the patient takes clozapine 200 mg/d started 20 days ago | C-reactive protein of 14 mg/dL, 1 day ago  | no symptoms                                                               | fires            |
        | protein 14 days ago  | the patient takes clozapine 200 mg/d started 20 days ago | C-reactive protein of 140 mg/L, 14 days ago | no symptoms                                                              | fires            |
        | protein 15 days ago  | the patient takes clozapine 200 mg/d started 20 days ago | C-reactive protein of 140 mg/L, 15 days ago | no symptoms                                                              | is not evaluable |
        | multiple 14 days ago | the patient takes clozapine 200 mg/d started 20 days ago | no observations                            | troponin as a multiple of its upper limit of normal of 3 1, 14 days ago   | fires            |
        | multiple 15 days ago | the patient takes clozapine 200 mg/d started 20 days ago | no observations                            | troponin as a multiple of its upper limit of normal of 3 1, 15 days ago   | is not evaluable |
        | protein low          | the patient takes clozapine 200 mg/d started 20 days ago | C-reactive protein of 4 mg/L, 1 day ago    | troponin of 900 ng/L, 1 day ago                                           | is not evaluable |
        | multiple low         | the patient takes clozapine 200 mg/d started 20 days ago | no observations                            | troponin as a multiple of its upper limit of normal of 0.4 1, 1 day ago   | is not evaluable |
        | unknown start        | the patient takes clozapine 200 mg/d                     | C-reactive protein of 140 mg/L, 1 day ago  | no symptoms                                                               | is not evaluable |
        | not on clozapine     | the patient does not take clozapine                      | C-reactive protein of 140 mg/L, 1 day ago  | no symptoms                                                               | does not apply   |
        | medications unknown  | nothing is known about medications                       | C-reactive protein of 140 mg/L, 1 day ago  | no symptoms                                                               | is not evaluable |

    Scenario Outline: Of several results the latest counts: C-reactive protein <crp>, troponin <multiple>
      Given the patient takes clozapine 200 mg/d started 20 days ago
      And C-reactive protein over time:
        | when       | result     |
        | 9 days ago | 150 mg/L   |
        | 6 days ago | 10 mg/L    |
        | 1 day ago  | <crp> mg/L |
      And troponin as a multiple of its upper limit of normal over time:
        | when       | result       |
        | 9 days ago | 3 1          |
        | 6 days ago | 0.5 1        |
        | 1 day ago  | <multiple> 1 |
      When the record is evaluated
      Then rule `side-effects.markers-high` <outcome>

      Examples:
        | crp | multiple | outcome       |
        | 50  | 1        | does not fire |
        | 140 | 1        | fires         |
        | 50  | 2.5      | fires         |

  Rule: side-effects.heart-signs

    Scenario Outline: <sign>, day <day>, C-reactive protein <crp> and troponin <troponin> days ago
      Given the patient takes clozapine 100 mg/d started <day> days ago
      And the patient reports <sign>
      And C-reactive protein of 2 mg/L, <crp> days ago
      And troponin of 5 ng/L, <troponin> days ago
      When the record is evaluated
      Then rule `side-effects.heart-signs` <outcome>

      Examples:
        | sign        | day | crp | troponin | outcome          |
        | tachycardia | 15  | 0   | 0        | does not fire    |
        | tachycardia | 15  | 1   | 0        | does not fire    |
        | tachycardia | 15  | 2   | 0        | fires as warning |
        | tachycardia | 15  | 0   | 1        | does not fire    |
        | tachycardia | 15  | 0   | 2        | fires            |
        | fever       | 15  | 2   | 2        | fires            |
        | infection   | 15  | 2   | 2        | fires            |
        | fever       | 27  | 2   | 2        | fires            |
        | fever       | 28  | 2   | 2        | fires            |
        | fever       | 29  | 2   | 2        | does not apply   |
        | constipation | 15 | 2   | 2        | does not apply   |

    Scenario Outline: Signs, <what>
      Given <treatment>
      And <sign>
      And <markers>
      When the record is evaluated
      Then rule `side-effects.heart-signs` <outcome>

      Examples:
        | what                 | treatment                                                | sign                                                    | markers                                  | outcome          |
        | no marker            | the patient takes clozapine 100 mg/d started 15 days ago | the patient reports fever                               | no observations                          | fires            |
        | no sign              | the patient takes clozapine 100 mg/d started 15 days ago | no symptoms                                             | no observations                          | does not apply   |
        | perhaps tachycardia  | the patient takes clozapine 100 mg/d started 15 days ago | it is not known whether the patient reports tachycardia | no observations                          | is not evaluable |
        | perhaps fever        | the patient takes clozapine 100 mg/d started 15 days ago | it is not known whether the patient reports fever       | no observations                          | is not evaluable |
        | perhaps infection    | the patient takes clozapine 100 mg/d started 15 days ago | it is not known whether the patient reports infection   | no observations                          | is not evaluable |
        | symptoms unknown     | the patient takes clozapine 100 mg/d started 15 days ago | nothing is known about symptoms                         | no observations                          | is not evaluable |
        | unknown start        | the patient takes clozapine 100 mg/d                     | the patient reports fever                               | no observations                          | is not evaluable |
        | not on clozapine     | the patient does not take clozapine                      | the patient reports fever                               | no observations                          | does not apply   |
        | medications unknown  | nothing is known about medications                       | the patient reports fever                               | no observations                          | is not evaluable |
        | observations unknown | the patient takes clozapine 100 mg/d started 15 days ago | the patient reports fever                               | nothing is known about observations      | is not evaluable |

    Scenario Outline: Fever, and the day of one marker is not known: <what>
      Given the patient takes clozapine 100 mg/d started 15 days ago
      And the patient reports fever
      And <crp>
      And <troponin>
      When the record is evaluated
      Then rule `side-effects.heart-signs` is not evaluable

      Examples:
        | what               | crp                                    | troponin                    |
        | C-reactive protein | C-reactive protein of 2 mg/L, undated  | troponin of 5 ng/L, today   |
        | troponin           | C-reactive protein of 2 mg/L, today    | troponin of 5 ng/L, undated |

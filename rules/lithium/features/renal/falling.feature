Feature: A falling filtration rate
  A Scottish health board refers patients with a rapid fall below 45 and with a persistent fall. How rapid, and how
  persistent, are decisions of this rulebook: within a year, and over three results.

  Background:
    Given as of 2026-11-23

  Rule: renal.fall-below-45

    Scenario Outline: The latest rate
      Given a woman of 60
      And the patient takes lithium carbonate 600 mg/d started 900 days ago
      And creatinine over time:
        | when         | result              |
        | 3 days ago   | <creatinine> umol/L |
        | 90 days ago  | 80 umol/L           |
        | 200 days ago | 250 umol/L          |
      When the record is evaluated
      Then fact `filtration.latest` is <rate> mL/min/1.73 m2
      And rule `renal.fall-below-45` <outcome>

      Examples:
        | creatinine      | rate | outcome          |
        | 119.54379185649 | 44.9 | fires as warning |
        | 119.32237343288 | 45   | does not fire    |
        | 119.10185525067 | 45.1 | does not fire    |

    Scenario Outline: The rate before it
      Given a woman of 60
      And the patient takes lithium carbonate 600 mg/d started 900 days ago
      And creatinine over time:
        | when         | result              |
        | 3 days ago   | 150 umol/L          |
        | 90 days ago  | <creatinine> umol/L |
        | 200 days ago | <third> umol/L      |
      When the record is evaluated
      Then fact `filtration.previous` is <rate> mL/min/1.73 m2
      And rule `renal.fall-below-45` <outcome>

      Examples:
        | creatinine      | third | rate | outcome       |
        | 119.54379185649 | 60    | 44.9 | does not fire |
        | 119.32237343288 | 250   | 45   | fires         |
        | 119.10185525067 | 250   | 45.1 | fires         |

    Scenario Outline: What the equation gives for the earlier result
      Given <patient>
      And the patient takes lithium carbonate 600 mg/d started 900 days ago
      And creatinine over time:
        | when        | result       |
        | 3 days ago  | 200 umol/L   |
        | 90 days ago | <creatinine> |
      When the record is evaluated
      Then fact `filtration.previous` is <rate> mL/min/1.73 m2

      Examples:
        | patient       | creatinine | rate        |
        | a woman of 50 | 0.7 mg/dL  | 105.2976011 |
        | a woman of 50 | 0.5 mg/dL  | 114.1919091 |
        | a man of 50   | 0.9 mg/dL  | 104.0490129 |
        | a man of 50   | 0.6 mg/dL  | 117.6027629 |
        | a woman of 35 | 70 umol/L  | 99.6979699  |
        | a man of 45   | 1.2 mg/dL  | 76.0005121  |

    Scenario Outline: How far back
      Given a woman of 60
      And the patient takes lithium carbonate 600 mg/d started 900 days ago
      And creatinine over time:
        | when            | result     |
        | 3 days ago      | 150 umol/L |
        | <days> days ago | 80 umol/L  |
      When the record is evaluated
      Then rule `renal.fall-below-45` <outcome>

      Examples:
        | days | outcome                                                   |
        | 364  | fires                                                     |
        | 365  | fires                                                     |
        | 366  | is not evaluable because `filtration.previous` is unknown |

    Scenario Outline: Patients to whom renal.fall-below-45 applies
      Given <patient>
      And <treatment>
      And creatinine over time:
        | when        | result     |
        | 3 days ago  | 220 umol/L |
        | 90 days ago | 80 umol/L  |
      When the record is evaluated
      Then rule `renal.fall-below-45` <outcome>

      Examples:
        | patient                | treatment                                                         | outcome                                                                                                 |
        | a girl of 15           | the patient takes lithium carbonate 600 mg/d started 900 days ago | does not apply                                                                                          |
        | a woman of unknown age | the patient takes lithium carbonate 600 mg/d started 900 days ago | is not evaluable because `patient.age_years`, `filtration.previous` and `filtration.latest` are unknown |
        | a woman of 60          | the patient does not take lithium                                 | does not apply                                                                                          |
        | a woman of 60          | nothing is known about medications                                | is not evaluable because `lithium.active` is unknown                                                    |

    Scenario: A latest result without a value
      Given a woman of 60
      And the patient takes lithium carbonate 600 mg/d started 900 days ago
      And creatinine taken 3 days ago, result unknown
      And creatinine of 80 umol/L, 90 days ago
      When the record is evaluated
      Then rule `renal.fall-below-45` is not evaluable because `filtration.latest` is unknown

  Rule: renal.persistent-fall

    Scenario Outline: Creatinine over three results
      Given a woman of 60
      And the patient takes lithium carbonate 600 mg/d started 900 days ago
      And creatinine over time:
        | when         | result          |
        | 3 days ago   | <latest> umol/L |
        | 90 days ago  | <second> umol/L |
        | 200 days ago | <third> umol/L  |
        | 290 days ago | 60 umol/L       |
      When the record is evaluated
      Then rule `renal.persistent-fall` <outcome>

      Examples:
        | latest | second | third | outcome          |
        | 139    | 140    | 120   | does not fire    |
        | 140    | 140    | 120   | does not fire    |
        | 141    | 140    | 120   | fires as warning |
        | 160    | 140    | 139   | fires            |
        | 160    | 140    | 140   | does not fire    |
        | 160    | 140    | 141   | does not fire    |

    Scenario Outline: How far back the third result may be
      Given a woman of 60
      And the patient takes lithium carbonate 600 mg/d started 900 days ago
      And creatinine over time:
        | when            | result     |
        | 3 days ago      | 160 umol/L |
        | 90 days ago     | 140 umol/L |
        | <days> days ago | 120 umol/L |
      When the record is evaluated
      Then rule `renal.persistent-fall` <outcome>

      Examples:
        | days | outcome                                                      |
        | 364  | fires                                                        |
        | 365  | fires                                                        |
        | 366  | is not evaluable because `creatinine.rise_before` is unknown |

    Scenario Outline: Patients to whom renal.persistent-fall applies
      Given a woman of 60
      And <conditions>
      And <treatment>
      And creatinine over time:
        | when         | result          |
        | 3 days ago   | <latest> umol/L |
        | 90 days ago  | 70 umol/L       |
        | 200 days ago | 60 umol/L       |
      When the record is evaluated
      Then rule `renal.persistent-fall` <outcome>

      Examples:
        | conditions                          | treatment                                                         | latest | outcome                                                             |
        | no conditions                       | the patient takes lithium carbonate 600 mg/d started 900 days ago | 80     | does not apply                                                      |
        | the patient has renal insufficiency | the patient takes lithium carbonate 600 mg/d started 900 days ago | 80     | fires                                                               |
        | nothing is known about conditions   | the patient takes lithium carbonate 600 mg/d started 900 days ago | 80     | is not evaluable because `condition.renal-insufficiency` is unknown |
        | no conditions                       | the patient does not take lithium                                 | 160    | does not apply                                                      |
        | no conditions                       | nothing is known about medications                                | 160    | is not evaluable because `lithium.active` is unknown                |

    Scenario Outline: Two results only
      Given a woman of 60
      And the patient takes lithium carbonate 600 mg/d started 900 days ago
      And creatinine of <latest>, 3 days ago
      And creatinine of 120 umol/L, 90 days ago
      When the record is evaluated
      Then rule `renal.persistent-fall` is not evaluable because `creatinine.rise_before` is unknown

      Examples:
        | latest     |
        | 160 umol/L |
        | 1.9 mg/dL  |

    Scenario: One result only
      Given a woman of 60
      And the patient takes lithium carbonate 600 mg/d started 900 days ago
      And creatinine of 160 umol/L, 3 days ago
      When the record is evaluated
      Then rule `renal.persistent-fall` is not evaluable because `creatinine.rise` and `creatinine.rise_before` are unknown

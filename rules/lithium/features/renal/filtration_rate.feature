Feature: The filtration rate by CKD-EPI 2021
  From creatinine, age and sex. At a border the creatinine has so many digits that the rate is exactly the one shown.

  Background:
    Given as of 2026-11-23

  Scenario Outline: Categories of the filtration rate
    Given a woman of 60
    And the patient takes lithium carbonate 600 mg/d started 900 days ago
    And creatinine over time:
      | when         | result              |
      | 3 days ago   | <creatinine> umol/L |
      | 100 days ago | 250 umol/L          |
      | 170 days ago | 60 umol/L           |
    When the record is evaluated
    Then fact `filtration.latest` is <rate> mL/min/1.73 m2
    And of these rules only <rule> fires:
      | `renal.filtration-45-to-59` |
      | `renal.filtration-30-to-44` |
      | `renal.filtration-below-30` |

    Examples:
      | creatinine      | rate | rule                        |
      | 167.75403992713 | 29.9 | `renal.filtration-below-30` |
      | 167.28792687495 | 30   | `renal.filtration-30-to-44` |
      | 166.8246536155  | 30.1 | `renal.filtration-30-to-44` |
      | 119.54379185649 | 44.9 | `renal.filtration-30-to-44` |
      | 119.32237343288 | 45   | `renal.filtration-45-to-59` |
      | 119.10185525067 | 45.1 | `renal.filtration-45-to-59` |
      | 94.01777291681  | 59.9 | `renal.filtration-45-to-59` |
      | 93.88717452874  | 60   | none                        |
      | 93.75697458261  | 60.1 | none                        |

  Scenario Outline: What the equation gives
    Given <patient>
    And the patient takes lithium carbonate 600 mg/d started 900 days ago
    And creatinine of <creatinine>, 3 days ago
    When the record is evaluated
    Then fact `filtration.latest` is <rate> mL/min/1.73 m2

    Examples:
      | patient       | creatinine  | rate        |
      | a woman of 50 | 0.7 mg/dL   | 105.2976011 |
      | a woman of 50 | 0.5 mg/dL   | 114.1919091 |
      | a man of 50   | 0.9 mg/dL   | 104.0490129 |
      | a man of 50   | 0.6 mg/dL   | 117.6027629 |
      | a woman of 35 | 70 umol/L   | 99.6979699  |
      | a man of 70   | 150 umol/L  | 42.9291251  |
      | a man of 70   | 0.15 mmol/L | 42.9291251  |
      | a man of 45   | 1.2 mg/dL   | 76.0005121  |
      | a woman of 80 | 2.4 mg/dL   | 19.9183063  |

  Scenario Outline: The equation needs age and sex
    Given <patient>
    And the patient takes lithium carbonate 600 mg/d started 900 days ago
    And creatinine of 150 umol/L, 3 days ago
    When the record is evaluated
    Then fact `filtration.latest` is unknown

    Examples:
      | patient              |
      | a patient aged 70    |
      | a man of unknown age |

  Scenario Outline: Creatinine in the wrong unit is not used
    Given a man of 70
    And the patient takes lithium carbonate 600 mg/d started 900 days ago
    And creatinine of <creatinine>, 3 days ago
    When the record is evaluated
    Then rule `renal.filtration-below-30` is not evaluable because `filtration.latest` is unknown
    And a notice at /observations/0/value mentions "plausible"

    Examples:
      | creatinine  |
      | 150 mg/dL   |
      | 1.7 umol/L  |
      | 88.4 mmol/L |

  Scenario Outline: A creatinine older than six months is not used
    Given a man of 70
    And the patient takes lithium carbonate 600 mg/d started 900 days ago
    And creatinine of 150 umol/L, <days> days ago
    When the record is evaluated
    Then rule `renal.filtration-30-to-44` <outcome>

    Examples:
      | days | outcome                                                 |
      | 182  | fires as warning                                        |
      | 183  | fires                                                   |
      | 184  | is not evaluable because `filtration.latest` is unknown |

  Rule: renal.filtration-45-to-59

    Scenario Outline: Patients to whom renal.filtration-45-to-59 applies
      Given <patient>
      And <treatment>
      And <creatinine>
      When the record is evaluated
      Then rule `renal.filtration-45-to-59` <outcome>

      Examples:
        | patient                | treatment                                                         | creatinine                           | outcome                                                                          |
        | a woman of 60          | the patient takes lithium carbonate 600 mg/d started 900 days ago | creatinine of 110 umol/L, 3 days ago | fires as info                                                                    |
        | a girl of 15           | the patient takes lithium carbonate 600 mg/d started 900 days ago | creatinine of 143 umol/L, 3 days ago | does not apply                                                                   |
        | a woman of unknown age | the patient takes lithium carbonate 600 mg/d started 900 days ago | creatinine of 110 umol/L, 3 days ago | is not evaluable because `patient.age_years` and `filtration.latest` are unknown |
        | a patient aged 60      | the patient takes lithium carbonate 600 mg/d started 900 days ago | creatinine of 110 umol/L, 3 days ago | is not evaluable because `filtration.latest` is unknown                          |
        | a woman of 60          | the patient takes lithium carbonate 600 mg/d started 900 days ago | no observations                      | is not evaluable because `filtration.latest` is unknown                          |
        | a woman of 60          | the patient does not take lithium                                 | creatinine of 110 umol/L, 3 days ago | does not apply                                                                   |
        | a woman of 60          | nothing is known about medications                                | creatinine of 110 umol/L, 3 days ago | is not evaluable because `lithium.active` is unknown                             |

  Rule: renal.filtration-30-to-44

    Scenario Outline: Patients to whom renal.filtration-30-to-44 applies
      Given <patient>
      And <treatment>
      And <creatinine>
      When the record is evaluated
      Then rule `renal.filtration-30-to-44` <outcome>

      Examples:
        | patient                | treatment                                                         | creatinine                           | outcome                                                                          |
        | a woman of 60          | the patient takes lithium carbonate 600 mg/d started 900 days ago | creatinine of 140 umol/L, 3 days ago | fires as warning                                                                 |
        | a girl of 15           | the patient takes lithium carbonate 600 mg/d started 900 days ago | creatinine of 182 umol/L, 3 days ago | does not apply                                                                   |
        | a woman of unknown age | the patient takes lithium carbonate 600 mg/d started 900 days ago | creatinine of 140 umol/L, 3 days ago | is not evaluable because `patient.age_years` and `filtration.latest` are unknown |
        | a patient aged 60      | the patient takes lithium carbonate 600 mg/d started 900 days ago | creatinine of 140 umol/L, 3 days ago | is not evaluable because `filtration.latest` is unknown                          |
        | a woman of 60          | the patient takes lithium carbonate 600 mg/d started 900 days ago | no observations                      | is not evaluable because `filtration.latest` is unknown                          |
        | a woman of 60          | the patient does not take lithium                                 | creatinine of 140 umol/L, 3 days ago | does not apply                                                                   |
        | a woman of 60          | nothing is known about medications                                | creatinine of 140 umol/L, 3 days ago | is not evaluable because `lithium.active` is unknown                             |

  Rule: renal.filtration-below-30

    Scenario Outline: Patients to whom renal.filtration-below-30 applies
      Given <patient>
      And <treatment>
      And <creatinine>
      When the record is evaluated
      Then rule `renal.filtration-below-30` <outcome>

      Examples:
        | patient                | treatment                                                         | creatinine                           | outcome                                                                          |
        | a woman of 60          | the patient takes lithium carbonate 600 mg/d started 900 days ago | creatinine of 250 umol/L, 3 days ago | fires as critical                                                                |
        | a girl of 15           | the patient takes lithium carbonate 600 mg/d started 900 days ago | creatinine of 325 umol/L, 3 days ago | does not apply                                                                   |
        | a woman of unknown age | the patient takes lithium carbonate 600 mg/d started 900 days ago | creatinine of 250 umol/L, 3 days ago | is not evaluable because `patient.age_years` and `filtration.latest` are unknown |
        | a patient aged 60      | the patient takes lithium carbonate 600 mg/d started 900 days ago | creatinine of 250 umol/L, 3 days ago | is not evaluable because `filtration.latest` is unknown                          |
        | a woman of 60          | the patient takes lithium carbonate 600 mg/d started 900 days ago | no observations                      | is not evaluable because `filtration.latest` is unknown                          |
        | a woman of 60          | the patient does not take lithium                                 | creatinine of 250 umol/L, 3 days ago | does not apply                                                                   |
        | a woman of 60          | nothing is known about medications                                | creatinine of 250 umol/L, 3 days ago | is not evaluable because `lithium.active` is unknown                             |

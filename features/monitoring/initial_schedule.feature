Feature: White blood counts in the first 90 days
  A count every four weeks: a warning for the elderly, information for other adults.

  Background:
    Given as of 2026-11-23

  Rule: monitoring.elderly-count-overdue-initial

    Scenario Outline: The elderly: time since the latest count
      Given a woman of 78
      And the patient takes mianserin 30 mg/d started 60 days ago
      And these results:
        | observation | result     | when        |
        | leukocytes  | 6.1 10*9/L | <latest>    |
        | neutrophils | 3.1 10*9/L | 70 days ago |
        | neutrophils | 3.3 10*9/L | 45 days ago |
      When the record is evaluated
      Then rule `monitoring.elderly-count-overdue-initial` <outcome>

      Examples:
        | latest      | outcome          |
        | 27 days ago | does not fire    |
        | 28 days ago | does not fire    |
        | 29 days ago | fires as warning |
        | today       | does not fire    |

    Scenario Outline: The elderly: never counted
      Given a woman of 78
      And <treatment>
      And platelets of 210 10*9/L, 3 days ago
      When the record is evaluated
      Then rule `monitoring.elderly-count-overdue-initial` <outcome>

      Examples:
        | treatment                                                | outcome                                                                                   |
        | the patient takes mianserin 30 mg/d started 27 days ago  | does not fire                                                                             |
        | the patient takes mianserin 30 mg/d started 28 days ago  | does not fire                                                                             |
        | the patient takes mianserin 30 mg/d started 29 days ago  | fires                                                                                     |
        | the patient takes mianserin 30 mg/d started 150 days ago | does not apply                                                                            |
        | the patient takes mianserin 30 mg/d                      | is not evaluable because `mianserin.days_on_treatment` is unknown                         |
        | the patient does not take mianserin                      | does not apply                                                                            |
        | nothing is known about medications                       | is not evaluable because `mianserin.active` and `mianserin.days_on_treatment` are unknown |

    Scenario Outline: The elderly: counts partly or wholly unknown
      Given a woman of 78
      And <treatment>
      And <count>
      When the record is evaluated
      Then rule `monitoring.elderly-count-overdue-initial` <outcome>

      Examples:
        | treatment                                               | count                                  | outcome                                                                                     |
        | the patient takes mianserin 30 mg/d started 60 days ago | nothing is known about observations    | is not evaluable because `blood_count.ever` and `blood_count.days_since_latest` are unknown |
        | the patient takes mianserin 30 mg/d started 10 days ago | nothing is known about observations    | is not evaluable because `blood_count.ever` and `blood_count.days_since_latest` are unknown |
        | the patient takes mianserin 30 mg/d started 60 days ago | neutrophils of 3.1 10*9/L, undated     | is not evaluable because `blood_count.days_since_latest` is unknown                         |
        | the patient takes mianserin 30 mg/d                     | neutrophils of 3.1 10*9/L, 40 days ago | is not evaluable because `mianserin.days_on_treatment` is unknown                           |
        | nothing is known about medications                      | neutrophils of 3.1 10*9/L, 40 days ago | is not evaluable because `mianserin.active` and `mianserin.days_on_treatment` are unknown   |

    Scenario Outline: Only the elderly
      Given <patient>
      And the patient takes mianserin 30 mg/d started 60 days ago
      And neutrophils of 3.1 10*9/L, 40 days ago
      When the record is evaluated
      Then rule `monitoring.elderly-count-overdue-initial` <outcome>

      Examples:
        | patient                  | outcome                                                 |
        | a man of 45              | does not apply                                          |
        | a man of 70              | fires                                                   |
        | a patient of unknown age | is not evaluable because `patient.age_years` is unknown |

  Rule: monitoring.adult-count-overdue-initial

    Scenario Outline: Other adults: time since the latest count
      Given a man of 45
      And the patient takes mianserin 30 mg/d started 60 days ago
      And these results:
        | observation | result     | when        |
        | leukocytes  | 6.1 10*9/L | <latest>    |
        | neutrophils | 3.1 10*9/L | 70 days ago |
        | neutrophils | 3.3 10*9/L | 45 days ago |
      When the record is evaluated
      Then rule `monitoring.adult-count-overdue-initial` <outcome>

      Examples:
        | latest      | outcome       |
        | 27 days ago | does not fire |
        | 28 days ago | does not fire |
        | 29 days ago | fires as info |
        | today       | does not fire |

    Scenario Outline: Other adults: never counted
      Given a man of 45
      And <treatment>
      And platelets of 210 10*9/L, 3 days ago
      When the record is evaluated
      Then rule `monitoring.adult-count-overdue-initial` <outcome>

      Examples:
        | treatment                                                | outcome                                                                                   |
        | the patient takes mianserin 30 mg/d started 27 days ago  | does not fire                                                                             |
        | the patient takes mianserin 30 mg/d started 28 days ago  | does not fire                                                                             |
        | the patient takes mianserin 30 mg/d started 29 days ago  | fires                                                                                     |
        | the patient takes mianserin 30 mg/d started 150 days ago | does not apply                                                                            |
        | the patient takes mianserin 30 mg/d                      | is not evaluable because `mianserin.days_on_treatment` is unknown                         |
        | the patient does not take mianserin                      | does not apply                                                                            |
        | nothing is known about medications                       | is not evaluable because `mianserin.active` and `mianserin.days_on_treatment` are unknown |

    Scenario Outline: Other adults: counts partly or wholly unknown
      Given a man of 45
      And <treatment>
      And <count>
      When the record is evaluated
      Then rule `monitoring.adult-count-overdue-initial` <outcome>

      Examples:
        | treatment                                               | count                                  | outcome                                                                                     |
        | the patient takes mianserin 30 mg/d started 60 days ago | nothing is known about observations    | is not evaluable because `blood_count.ever` and `blood_count.days_since_latest` are unknown |
        | the patient takes mianserin 30 mg/d started 10 days ago | nothing is known about observations    | is not evaluable because `blood_count.ever` and `blood_count.days_since_latest` are unknown |
        | the patient takes mianserin 30 mg/d started 60 days ago | neutrophils of 3.1 10*9/L, undated     | is not evaluable because `blood_count.days_since_latest` is unknown                         |
        | the patient takes mianserin 30 mg/d                     | neutrophils of 3.1 10*9/L, 40 days ago | is not evaluable because `mianserin.days_on_treatment` is unknown                           |
        | nothing is known about medications                      | neutrophils of 3.1 10*9/L, 40 days ago | is not evaluable because `mianserin.active` and `mianserin.days_on_treatment` are unknown   |

    Scenario Outline: Neither minors nor the elderly
      Given <patient>
      And the patient takes mianserin 30 mg/d started 60 days ago
      And neutrophils of 3.1 10*9/L, 40 days ago
      When the record is evaluated
      Then rule `monitoring.adult-count-overdue-initial` <outcome>

      Examples:
        | patient                  | outcome                                                 |
        | a boy of 12              | does not apply                                          |
        | a man of 30              | fires                                                   |
        | a man of 78              | does not apply                                          |
        | a patient of unknown age | is not evaluable because `patient.age_years` is unknown |

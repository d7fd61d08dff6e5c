Feature: White blood counts of the elderly after the first 90 days, and counts that are up to date
  After the first 90 days, a count every 90 days. This is an operational decision.

  Background:
    Given as of 2026-11-23

  Rule: monitoring.elderly-count-overdue-continuing

    Scenario Outline: Time since the latest count
      Given a woman of 78
      And the patient takes mianserin 30 mg/d started 150 days ago
      And these results:
        | observation | result     | when              |
        | neutrophils | 3.1 10*9/L | <latest> days ago |
        | leukocytes  | 6.1 10*9/L | 200 days ago      |
        | leukocytes  | 6.4 10*9/L | 120 days ago      |
      When the record is evaluated
      Then rule `monitoring.elderly-count-overdue-continuing` <outcome>

      Examples:
        | latest | outcome          |
        | 89     | does not fire    |
        | 90     | does not fire    |
        | 91     | fires as warning |

    Scenario Outline: The first day of the schedule
      Given <patient>
      And <treatment>
      And <counts>
      When the record is evaluated
      Then rule `monitoring.elderly-count-overdue-continuing` <outcome>

      Examples:
        | patient                  | treatment                                                | counts                              | outcome                                                                                     |
        | a woman of 78            | the patient takes mianserin 30 mg/d started 150 days ago | no observations                     | fires                                                                                       |
        | a woman of 78            | the patient takes mianserin 30 mg/d started 40 days ago  | no observations                     | does not apply                                                                              |
        | a woman of 45            | the patient takes mianserin 30 mg/d started 150 days ago | no observations                     | does not apply                                                                              |
        | a patient of unknown age | the patient takes mianserin 30 mg/d started 150 days ago | no observations                     | is not evaluable because `patient.age_years` is unknown                                     |
        | a woman of 78            | the patient takes mianserin 30 mg/d started 150 days ago | nothing is known about observations | is not evaluable because `blood_count.ever` and `blood_count.days_since_latest` are unknown |
        | a woman of 78            | the patient takes mianserin 30 mg/d started 150 days ago | leukocytes of 6.1 10*9/L, undated   | is not evaluable because `blood_count.days_since_latest` is unknown                         |
        | a woman of 78            | the patient takes mianserin 30 mg/d                      | no observations                     | is not evaluable because `mianserin.days_on_treatment` is unknown                           |
        | a woman of 78            | the patient does not take mianserin                      | no observations                     | does not apply                                                                              |
        | a woman of 78            | nothing is known about medications                       | no observations                     | is not evaluable because `mianserin.active` and `mianserin.days_on_treatment` are unknown   |

  Rule: monitoring.elderly-count-current

    Scenario Outline: Up to date in the first 90 days
      Given a woman of 78
      And the patient takes mianserin 30 mg/d started 85 days ago
      And these results:
        | observation | result     | when              |
        | neutrophils | 3.1 10*9/L | <latest> days ago |
        | leukocytes  | 6.1 10*9/L | 200 days ago      |
        | leukocytes  | 6.4 10*9/L | 120 days ago      |
      When the record is evaluated
      Then rule `monitoring.elderly-count-current` <outcome>

      Examples:
        | latest | outcome       |
        | 27     | fires as info |
        | 28     | fires         |
        | 29     | does not fire |

    Scenario Outline: Up to date after the first 90 days
      Given a woman of 78
      And the patient takes mianserin 30 mg/d started 150 days ago
      And these results:
        | observation | result     | when              |
        | neutrophils | 3.1 10*9/L | <latest> days ago |
        | leukocytes  | 6.1 10*9/L | 200 days ago      |
        | leukocytes  | 6.4 10*9/L | 120 days ago      |
      When the record is evaluated
      Then rule `monitoring.elderly-count-current` <outcome>

      Examples:
        | latest | outcome       |
        | 89     | fires         |
        | 90     | fires         |
        | 91     | does not fire |

    Scenario Outline: From one interval to the other
      Given a woman of 78
      And <treatment>
      And neutrophils of 3.1 10*9/L, 40 days ago
      When the record is evaluated
      Then rule `monitoring.elderly-count-current` <outcome>

      Examples:
        | treatment                                               | outcome                                                           |
        | the patient takes mianserin 30 mg/d started 85 days ago | does not fire                                                     |
        | the patient takes mianserin 30 mg/d started 95 days ago | fires                                                             |
        | the patient takes mianserin 30 mg/d                     | is not evaluable because `mianserin.days_on_treatment` is unknown |
        | the patient does not take mianserin                     | does not apply                                                    |

    Scenario Outline: Counts partly or wholly unknown
      Given <patient>
      And <treatment>
      And <counts>
      When the record is evaluated
      Then rule `monitoring.elderly-count-current` <outcome>

      Examples:
        | patient                  | treatment                                                | counts                                | outcome                                                                                     |
        | a woman of 78            | the patient takes mianserin 30 mg/d started 85 days ago  | nothing is known about observations   | is not evaluable because `blood_count.ever` and `blood_count.days_since_latest` are unknown |
        | a woman of 78            | the patient takes mianserin 30 mg/d started 150 days ago | nothing is known about observations   | is not evaluable because `blood_count.ever` and `blood_count.days_since_latest` are unknown |
        | a woman of 78            | the patient takes mianserin 30 mg/d started 85 days ago  | neutrophils of 3.1 10*9/L, undated    | is not evaluable because `blood_count.days_since_latest` is unknown                         |
        | a woman of 78            | the patient takes mianserin 30 mg/d started 85 days ago  | no observations                       | does not fire                                                                               |
        | a woman of 78            | the patient takes mianserin 30 mg/d started 150 days ago | no observations                       | does not fire                                                                               |
        | a woman of 45            | the patient takes mianserin 30 mg/d started 85 days ago  | neutrophils of 3.1 10*9/L, 3 days ago | does not apply                                                                              |
        | a woman of 78            | the patient takes mianserin 30 mg/d started 85 days ago  | neutrophils of 3.1 10*9/L, 3 days ago | fires                                                                                       |
        | a patient of unknown age | the patient takes mianserin 30 mg/d started 85 days ago  | neutrophils of 3.1 10*9/L, 3 days ago | is not evaluable because `patient.age_years` is unknown                                     |
        | a woman of 78            | nothing is known about medications                       | neutrophils of 3.1 10*9/L, 3 days ago | is not evaluable because `mianserin.active` and `mianserin.days_on_treatment` are unknown   |

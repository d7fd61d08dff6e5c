Feature: Limits of the labelling
  The highest dose that any label mentions, the starting doses, and the age below which mianserin is
  not for use.

  Background:
    Given as of 2026-11-23

  Rule: dosing.above-every-label

    Scenario Outline: Above the highest dose of any label
      Given <patient>
      And <treatment>
      When the record is evaluated
      Then rule `dosing.above-every-label` <outcome>

      Examples:
        | patient                  | treatment                                                          | outcome                                                                            |
        | a woman of 45            | the patient takes mianserin 150 mg/d for major depressive disorder | does not fire                                                                      |
        | a woman of 45            | the patient takes mianserin 210 mg/d for major depressive disorder | fires as critical                                                                  |
        | a girl of 12             | the patient takes mianserin 210 mg/d for major depressive disorder | fires                                                                              |
        | a patient of unknown age | the patient takes mianserin 250 mg/d                               | fires                                                                              |
        | a woman of 45            | the patient takes mianserin for major depressive disorder          | is not evaluable because `mianserin.daily_dose` is unknown                         |
        | a woman of 45            | the patient does not take mianserin                                | does not apply                                                                     |
        | a woman of 45            | nothing is known about medications                                 | is not evaluable because `mianserin.active` and `mianserin.daily_dose` are unknown |

  Rule: dosing.adult-start-dose

    Scenario Outline: Starting dose for an adult: the dose
      Given a man of 45
      And the patient takes mianserin <dose> mg/d started 3 days ago
      When the record is evaluated
      Then rule `dosing.adult-start-dose` <outcome>

      Examples:
        | dose  | outcome          |
        | 39.75 | does not fire    |
        | 40    | does not fire    |
        | 40.25 | fires as warning |

    Scenario Outline: Starting dose for an adult: the age
      Given <patient>
      And the patient takes mianserin 60 mg/d started 3 days ago
      When the record is evaluated
      Then rule `dosing.adult-start-dose` <outcome>

      Examples:
        | patient                  | outcome                                                 |
        | a boy of 17              | does not apply                                          |
        | a man of 18              | fires                                                   |
        | a man of 19              | fires                                                   |
        | a woman of 64            | fires                                                   |
        | a woman of 65            | does not apply                                          |
        | a woman of 66            | does not apply                                          |
        | a patient of unknown age | is not evaluable because `patient.age_years` is unknown |

    Scenario Outline: Starting dose for an adult: the time on mianserin
      Given a man of 45
      And <treatment>
      When the record is evaluated
      Then rule `dosing.adult-start-dose` <outcome>

      Examples:
        | treatment                                              | outcome                                                                                                           |
        | the patient takes mianserin 60 mg/d started today      | fires                                                                                                             |
        | the patient takes mianserin 60 mg/d started 6 days ago | fires                                                                                                             |
        | the patient takes mianserin 60 mg/d started 7 days ago | does not apply                                                                                                    |
        | the patient takes mianserin 60 mg/d started 8 days ago | does not apply                                                                                                    |
        | the patient takes mianserin 60 mg/d                    | is not evaluable because `mianserin.days_on_treatment` is unknown                                                 |
        | the patient takes mianserin started 3 days ago         | is not evaluable because `mianserin.daily_dose` is unknown                                                        |
        | the patient does not take mianserin                    | does not apply                                                                                                    |
        | nothing is known about medications                     | is not evaluable because `mianserin.active`, `mianserin.days_on_treatment` and `mianserin.daily_dose` are unknown |

  Rule: dosing.elderly-initial-dose

    Scenario Outline: First doses for the elderly: the dose
      Given a woman of 78
      And the patient takes mianserin <dose> mg/d started 3 days ago
      When the record is evaluated
      Then rule `dosing.elderly-initial-dose` <outcome>

      Examples:
        | dose  | outcome          |
        | 29.75 | does not fire    |
        | 30    | does not fire    |
        | 30.25 | fires as warning |

    Scenario Outline: First doses for the elderly: the age
      Given <patient>
      And the patient takes mianserin 50 mg/d started 3 days ago
      When the record is evaluated
      Then rule `dosing.elderly-initial-dose` <outcome>

      Examples:
        | patient                  | outcome                                                 |
        | a woman of 45            | does not apply                                          |
        | a woman of 90            | fires                                                   |
        | a patient of unknown age | is not evaluable because `patient.age_years` is unknown |

    Scenario Outline: First doses for the elderly: the time on mianserin
      Given a woman of 78
      And <treatment>
      When the record is evaluated
      Then rule `dosing.elderly-initial-dose` <outcome>

      Examples:
        | treatment                                               | outcome                                                                                                           |
        | the patient takes mianserin 50 mg/d started today       | fires                                                                                                             |
        | the patient takes mianserin 50 mg/d started 3 days ago  | fires                                                                                                             |
        | the patient takes mianserin 50 mg/d started 30 days ago | does not apply                                                                                                    |
        | the patient takes mianserin 50 mg/d                     | is not evaluable because `mianserin.days_on_treatment` is unknown                                                 |
        | the patient takes mianserin started 3 days ago          | is not evaluable because `mianserin.daily_dose` is unknown                                                        |
        | the patient does not take mianserin                     | does not apply                                                                                                    |
        | nothing is known about medications                      | is not evaluable because `mianserin.active`, `mianserin.days_on_treatment` and `mianserin.daily_dose` are unknown |

  Rule: dosing.not-for-minors

    Scenario Outline: Not for minors
      Given <patient>
      And <treatment>
      When the record is evaluated
      Then rule `dosing.not-for-minors` <outcome>

      Examples:
        | patient                  | treatment                                                         | outcome                                                 |
        | a girl of 17             | the patient takes mianserin 30 mg/d for major depressive disorder | fires as critical                                       |
        | a woman of 18            | the patient takes mianserin 30 mg/d for major depressive disorder | does not fire                                           |
        | a woman of 19            | the patient takes mianserin 30 mg/d for major depressive disorder | does not fire                                           |
        | a patient of unknown age | the patient takes mianserin 30 mg/d for major depressive disorder | is not evaluable because `patient.age_years` is unknown |
        | a girl of 12             | the patient does not take mianserin                               | does not apply                                          |
        | a girl of 12             | nothing is known about medications                                | is not evaluable because `mianserin.active` is unknown  |

Feature: Patients like those of the augmentation studies
  The only rule for patients without mianserin: an adult with resistant depression on the studied dose
  of fluoxetine.

  Background:
    Given as of 2026-11-23

  Rule: augmentation.candidate

    Scenario Outline: The dose of fluoxetine
      Given a woman of 45
      And the patient has major depressive disorder
      And the patient has treatment-resistant depression
      And the patient takes fluoxetine <dose> mg/d
      When the record is evaluated
      Then rule `augmentation.candidate` <outcome>

      Examples:
        | dose  | outcome       |
        | 19.75 | does not fire |
        | 20.25 | does not fire |
        | 40    | does not fire |

    Scenario: A diagnosis of resistance needs no count of failed trials
      Given a woman of 45
      And the patient has major depressive disorder
      And the patient has treatment-resistant depression
      And nothing is known about history
      And the patient takes fluoxetine 20 mg/d
      When the record is evaluated
      Then rule `augmentation.candidate` fires as info

    Scenario Outline: Documented resistance
      Given a woman of 45
      And the patient has major depressive disorder
      And <resistance>
      And <history>
      And the patient takes fluoxetine 20 mg/d
      When the record is evaluated
      Then rule `augmentation.candidate` <outcome>

      Examples:
        | resistance                                                             | history                                     | outcome                                                                        |
        | the patient does not have treatment-resistant depression               | a history of 0 failed antidepressant trials | does not fire                                                                  |
        | the patient does not have treatment-resistant depression               | a history of 1 failed antidepressant trial  | fires                                                                          |
        | the patient does not have treatment-resistant depression               | a history of 2 failed antidepressant trials | fires                                                                          |
        | the patient does not have treatment-resistant depression               | nothing is known about history              | is not evaluable because `history.failed_antidepressant_trials` is unknown     |
        | it is not known whether the patient has treatment-resistant depression | a history of 0 failed antidepressant trials | is not evaluable because `condition.treatment-resistant-depression` is unknown |

    Scenario Outline: Patients to whom the rule applies
      Given <patient>
      And <depression>
      And a history of 3 failed antidepressant trials
      And <treatment>
      When the record is evaluated
      Then rule `augmentation.candidate` <outcome>

      Examples:
        | patient                  | depression                                                        | treatment                            | outcome                                                                                                  |
        | a boy of 12              | the patient has major depressive disorder                         | the patient takes fluoxetine 20 mg/d | does not apply                                                                                           |
        | a patient of unknown age | the patient has major depressive disorder                         | the patient takes fluoxetine 20 mg/d | is not evaluable because `patient.age_years` is unknown                                                  |
        | a woman of 45            | the patient does not have major depressive disorder               | the patient takes fluoxetine 20 mg/d | does not apply                                                                                           |
        | a woman of 45            | it is not known whether the patient has major depressive disorder | the patient takes fluoxetine 20 mg/d | is not evaluable because `condition.major-depressive-disorder` is unknown                                |
        | a woman of 45            | the patient has major depressive disorder                         | the patient takes sertraline 50 mg/d | does not apply                                                                                           |
        | a woman of 45            | the patient has major depressive disorder                         | the patient takes fluoxetine         | is not evaluable because `fluoxetine.daily_dose` is unknown                                              |
        | a woman of 45            | the patient has major depressive disorder                         | nothing is known about medications   | is not evaluable because `mianserin.active`, `fluoxetine.active` and `fluoxetine.daily_dose` are unknown |

    Scenario: Mianserin is already taken
      Given a woman of 45
      And the patient has major depressive disorder
      And a history of 3 failed antidepressant trials
      And the patient takes fluoxetine 20 mg/d
      And the patient takes mianserin 60 mg/d
      When the record is evaluated
      Then rule `augmentation.candidate` does not apply

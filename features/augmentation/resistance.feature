Feature: Mianserin with fluoxetine without documented resistance
  Resistance is documented by the condition, or by at least one failed trial.

  Background:
    Given as of 2026-11-23

  Rule: augmentation.resistance-not-documented

    Scenario Outline: Resistance by condition or by failed trials
      Given a woman of 45
      And <resistance>
      And <history>
      And the patient takes these medications:
        | drug       | dose    | for                       |
        | mianserin  | 60 mg/d | major depressive disorder |
        | fluoxetine | 20 mg/d |                           |
      When the record is evaluated
      Then rule `augmentation.resistance-not-documented` <outcome>

      Examples:
        | resistance                                               | history                                     | outcome                                                                        |
        | the patient does not have treatment-resistant depression | a history of 0 failed antidepressant trials | fires as warning                                                               |
        | the patient does not have treatment-resistant depression | a history of 3 failed antidepressant trials | does not fire                                                                  |
        | the patient has treatment-resistant depression           | a history of 0 failed antidepressant trials | does not fire                                                                  |
        | the patient does not have treatment-resistant depression | nothing is known about history              | is not evaluable because `history.failed_antidepressant_trials` is unknown     |
        | nothing is known about conditions                        | a history of 0 failed antidepressant trials | is not evaluable because `condition.treatment-resistant-depression` is unknown |

    Scenario Outline: Patients to whom augmentation.resistance-not-documented applies
      Given <patient>
      And no conditions
      And a history of 0 failed antidepressant trials
      And the patient takes these medications:
        | drug      | dose    | for          | started      |
        | mianserin | <dose>  | <indication> | 40 days ago  |
        | <partner> | 20 mg/d |              | 100 days ago |
      When the record is evaluated
      Then rule `augmentation.resistance-not-documented` <outcome>

      Examples:
        | patient                  | dose    | indication                | partner    | outcome                                                    |
        | a girl of 12             | 60 mg/d | major depressive disorder | fluoxetine | does not apply                                             |
        | a patient of unknown age | 60 mg/d | major depressive disorder | fluoxetine | is not evaluable because `patient.age_years` is unknown    |
        | a woman of 45            | 60 mg/d | insomnia                  | fluoxetine | does not apply                                             |
        | a woman of 45            | 60 mg/d |                           | fluoxetine | is not evaluable because `mianserin.indication` is unknown |
        | a woman of 45            | 60 mg/d | major depressive disorder | warfarin   | does not apply                                             |

    Scenario: augmentation.resistance-not-documented: without mianserin
      Given a woman of 45
      And no conditions
      And a history of 0 failed antidepressant trials
      And the patient takes fluoxetine 20 mg/d
      When the record is evaluated
      Then rule `augmentation.resistance-not-documented` does not apply

    Scenario: augmentation.resistance-not-documented: medications unknown
      Given a woman of 45
      And no conditions
      And a history of 0 failed antidepressant trials
      And nothing is known about medications
      When the record is evaluated
      Then rule `augmentation.resistance-not-documented` is not evaluable because `mianserin.active`, `fluoxetine.active`, `mianserin.indication` are unknown

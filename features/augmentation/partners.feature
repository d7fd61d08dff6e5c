Feature: Mianserin with an antidepressant other than fluoxetine
  The source reports on one partner. Monoamine oxidase inhibitors have their own rule.

  Background:
    Given as of 2026-11-23

  Rule: augmentation.partner-not-in-source

    Scenario Outline: Every other antidepressant of the terminology
      Given a woman of 45
      And the patient takes these medications:
        | drug      | dose    | for                       |
        | mianserin | 60 mg/d | major depressive disorder |
        | <partner> |         |                           |
      When the record is evaluated
      Then rule `augmentation.partner-not-in-source` fires because `other_antidepressant.active` is yes

      Examples:
        | partner       |
        | sertraline    |
        | citalopram    |
        | escitalopram  |
        | paroxetine    |
        | fluvoxamine   |
        | venlafaxine   |
        | duloxetine    |
        | mirtazapine   |
        | bupropion     |
        | trazodone     |
        | agomelatine   |
        | vortioxetine  |
        | amitriptyline |
        | clomipramine  |
        | imipramine    |
        | nortriptyline |
        | maprotiline   |

    Scenario Outline: Patients to whom augmentation.partner-not-in-source applies
      Given <patient>
      And the patient takes these medications:
        | drug      | dose    | for          |
        | mianserin | 60 mg/d | <indication> |
        | <partner> |         |              |
      When the record is evaluated
      Then rule `augmentation.partner-not-in-source` <outcome>

      Examples:
        | patient                  | indication                | partner     | outcome                                                    |
        | a woman of 45            | major depressive disorder | mirtazapine | fires as warning                                           |
        | a girl of 12             | major depressive disorder | mirtazapine | does not apply                                             |
        | a patient of unknown age | major depressive disorder | mirtazapine | is not evaluable because `patient.age_years` is unknown    |
        | a woman of 45            | insomnia                  | mirtazapine | does not apply                                             |
        | a woman of 45            |                           | mirtazapine | is not evaluable because `mianserin.indication` is unknown |
        | a woman of 45            | major depressive disorder | fluoxetine  | does not apply                                             |
        | a woman of 45            | major depressive disorder | phenelzine  | does not apply                                             |

    Scenario: augmentation.partner-not-in-source: without mianserin
      Given a woman of 45
      And the patient takes mirtazapine
      When the record is evaluated
      Then rule `augmentation.partner-not-in-source` does not apply

    Scenario: augmentation.partner-not-in-source: medications unknown
      Given a woman of 45
      And nothing is known about medications
      When the record is evaluated
      Then rule `augmentation.partner-not-in-source` is not evaluable because `mianserin.active`, `other_antidepressant.active` and `mianserin.indication` are unknown

  Rule: augmentation.sertraline-no-benefit

    Scenario Outline: Patients to whom augmentation.sertraline-no-benefit applies
      Given <patient>
      And the patient takes these medications:
        | drug      | dose    | for          |
        | mianserin | 60 mg/d | <indication> |
        | <partner> |         |              |
      When the record is evaluated
      Then rule `augmentation.sertraline-no-benefit` <outcome>

      Examples:
        | patient                  | indication                | partner    | outcome                                                    |
        | a woman of 45            | major depressive disorder | sertraline | fires as warning                                           |
        | a girl of 12             | major depressive disorder | sertraline | does not apply                                             |
        | a patient of unknown age | major depressive disorder | sertraline | is not evaluable because `patient.age_years` is unknown    |
        | a woman of 45            | insomnia                  | sertraline | does not apply                                             |
        | a woman of 45            |                           | sertraline | is not evaluable because `mianserin.indication` is unknown |
        | a woman of 45            | major depressive disorder | fluoxetine | does not apply                                             |
        | a woman of 45            | major depressive disorder | phenelzine | does not apply                                             |

    Scenario: augmentation.sertraline-no-benefit: without mianserin
      Given a woman of 45
      And the patient takes sertraline
      When the record is evaluated
      Then rule `augmentation.sertraline-no-benefit` does not apply

    Scenario: augmentation.sertraline-no-benefit: medications unknown
      Given a woman of 45
      And nothing is known about medications
      When the record is evaluated
      Then rule `augmentation.sertraline-no-benefit` is not evaluable because `mianserin.active`, `sertraline.active` and `mianserin.indication` are unknown

    Scenario: A partner other than sertraline
      Given a woman of 45
      And the patient takes these medications:
        | drug       | for                       |
        | mianserin  | major depressive disorder |
        | citalopram |                           |
      When the record is evaluated
      Then rule `augmentation.sertraline-no-benefit` does not apply
      And rule `augmentation.partner-not-in-source` fires

Feature: Mianserin with fluoxetine: the only pair of doses that was studied
  60 mg of mianserin with 20 mg of fluoxetine a day. It is an operational decision that only the exact
  doses count.

  Background:
    Given as of 2026-11-23

  Rule: augmentation.studied-pair, augmentation.mianserin-dose-not-studied and augmentation.fluoxetine-dose-not-studied

    Scenario: The pair of doses that was studied
      Given a woman of 45
      And the patient takes these medications:
        | drug       | dose    | for                       |
        | mianserin  | 60 mg/d | major depressive disorder |
        | fluoxetine | 20 mg/d |                           |
      When the record is evaluated
      Then rule `augmentation.studied-pair` fires as info
      And rule `augmentation.mianserin-dose-not-studied` does not fire
      And rule `augmentation.fluoxetine-dose-not-studied` does not fire

    Scenario Outline: Every other pair of doses
      Given a woman of 45
      And the patient takes these medications:
        | drug       | dose         | for                       |
        | mianserin  | <mianserin>  | major depressive disorder |
        | fluoxetine | <fluoxetine> |                           |
      When the record is evaluated
      Then rule `augmentation.studied-pair` <pair>
      And rule `augmentation.mianserin-dose-not-studied` <mianserin rule>
      And rule `augmentation.fluoxetine-dose-not-studied` <fluoxetine rule>

      Examples:
        | mianserin  | fluoxetine | pair                                                        | mianserin rule                                             | fluoxetine rule                                             |
        | 59.75 mg/d | 20 mg/d    | does not fire                                               | fires                                                      | does not fire                                               |
        | 60.25 mg/d | 20 mg/d    | does not fire                                               | fires                                                      | does not fire                                               |
        | 60 mg/d    | 19.75 mg/d | does not fire                                               | does not fire                                              | fires                                                       |
        | 60 mg/d    | 20.25 mg/d | does not fire                                               | does not fire                                              | fires                                                       |
        | 30 mg/d    | 40 mg/d    | does not fire                                               | fires                                                      | fires                                                       |
        | 30 mg/d    |            | does not fire                                               | fires                                                      | is not evaluable because `fluoxetine.daily_dose` is unknown |

    Scenario: An earlier dose is not added to the current one
      Given a woman of 45
      And the patient took mianserin 30 mg/d started 300 days ago, stopped 100 days ago
      And the patient took fluoxetine 40 mg/d started 300 days ago, stopped 100 days ago
      And the patient takes these medications:
        | drug       | dose    | for                       |
        | mianserin  | 60 mg/d | major depressive disorder |
        | fluoxetine | 20 mg/d |                           |
      When the record is evaluated
      Then rule `augmentation.studied-pair` fires

  Rule: augmentation.studied-pair

    Scenario Outline: Patients to whom augmentation.studied-pair applies
      Given <patient>
      And the patient takes these medications:
        | drug      | dose    | for          | started      |
        | mianserin | <dose>  | <indication> | 40 days ago  |
        | <partner> | 20 mg/d |              | 100 days ago |
      When the record is evaluated
      Then rule `augmentation.studied-pair` <outcome>

      Examples:
        | patient                  | dose    | indication                | partner    | outcome                                                    |
        | a girl of 12             | 60 mg/d | major depressive disorder | fluoxetine | does not apply                                             |
        | a patient of unknown age | 60 mg/d | major depressive disorder | fluoxetine | is not evaluable because `patient.age_years` is unknown    |
        | a woman of 45            | 60 mg/d | insomnia                  | fluoxetine | does not apply                                             |
        | a woman of 45            | 60 mg/d |                           | fluoxetine | is not evaluable because `mianserin.indication` is unknown |
        | a woman of 45            | 60 mg/d | major depressive disorder | warfarin   | does not apply                                             |

    Scenario: augmentation.studied-pair: without mianserin
      Given a woman of 45
      And the patient takes fluoxetine 20 mg/d
      When the record is evaluated
      Then rule `augmentation.studied-pair` does not apply

    Scenario: augmentation.studied-pair: medications unknown
      Given a woman of 45
      And nothing is known about medications
      When the record is evaluated
      Then rule `augmentation.studied-pair` is not evaluable because `mianserin.active`, `fluoxetine.active`, `mianserin.indication`, `mianserin.daily_dose` and `fluoxetine.daily_dose` are unknown

  Rule: augmentation.mianserin-dose-not-studied

    Scenario Outline: Patients to whom augmentation.mianserin-dose-not-studied applies
      Given <patient>
      And the patient takes these medications:
        | drug      | dose    | for          | started      |
        | mianserin | <dose>  | <indication> | 40 days ago  |
        | <partner> | 20 mg/d |              | 100 days ago |
      When the record is evaluated
      Then rule `augmentation.mianserin-dose-not-studied` <outcome>

      Examples:
        | patient                  | dose    | indication                | partner    | outcome                                                    |
        | a woman of 45            | 30 mg/d | major depressive disorder | fluoxetine | fires as warning                                           |
        | a girl of 12             | 30 mg/d | major depressive disorder | fluoxetine | does not apply                                             |
        | a patient of unknown age | 30 mg/d | major depressive disorder | fluoxetine | is not evaluable because `patient.age_years` is unknown    |
        | a woman of 45            | 30 mg/d | insomnia                  | fluoxetine | does not apply                                             |
        | a woman of 45            | 30 mg/d |                           | fluoxetine | is not evaluable because `mianserin.indication` is unknown |
        | a woman of 45            | 30 mg/d | major depressive disorder | warfarin   | does not apply                                             |

    Scenario: augmentation.mianserin-dose-not-studied: without mianserin
      Given a woman of 45
      And the patient takes fluoxetine 20 mg/d
      When the record is evaluated
      Then rule `augmentation.mianserin-dose-not-studied` does not apply

    Scenario: augmentation.mianserin-dose-not-studied: medications unknown
      Given a woman of 45
      And nothing is known about medications
      When the record is evaluated
      Then rule `augmentation.mianserin-dose-not-studied` is not evaluable because `mianserin.active`, `fluoxetine.active`, `mianserin.indication` and `mianserin.daily_dose` are unknown

  Rule: augmentation.fluoxetine-dose-not-studied

    Scenario Outline: Patients to whom augmentation.fluoxetine-dose-not-studied applies
      Given <patient>
      And the patient takes these medications:
        | drug      | dose    | for          | started      |
        | mianserin | <dose>  | <indication> | 40 days ago  |
        | <partner> | 40 mg/d |              | 100 days ago |
      When the record is evaluated
      Then rule `augmentation.fluoxetine-dose-not-studied` <outcome>

      Examples:
        | patient                  | dose    | indication                | partner    | outcome                                                    |
        | a woman of 45            | 60 mg/d | major depressive disorder | fluoxetine | fires as warning                                           |
        | a girl of 12             | 60 mg/d | major depressive disorder | fluoxetine | does not apply                                             |
        | a patient of unknown age | 60 mg/d | major depressive disorder | fluoxetine | is not evaluable because `patient.age_years` is unknown    |
        | a woman of 45            | 60 mg/d | insomnia                  | fluoxetine | does not apply                                             |
        | a woman of 45            | 60 mg/d |                           | fluoxetine | is not evaluable because `mianserin.indication` is unknown |
        | a woman of 45            | 60 mg/d | major depressive disorder | warfarin   | does not apply                                             |

    Scenario: augmentation.fluoxetine-dose-not-studied: without mianserin
      Given a woman of 45
      And the patient takes fluoxetine 40 mg/d
      When the record is evaluated
      Then rule `augmentation.fluoxetine-dose-not-studied` does not apply

    Scenario: augmentation.fluoxetine-dose-not-studied: medications unknown
      Given a woman of 45
      And nothing is known about medications
      When the record is evaluated
      Then rule `augmentation.fluoxetine-dose-not-studied` is not evaluable because `mianserin.active`, `fluoxetine.active`, `mianserin.indication` and `fluoxetine.daily_dose` are unknown

Feature: Response and remission on mianserin with fluoxetine
  Response: the score fell by half since the start. Remission: the latest score is 7 or less. A score
  may have decimals if it is the average of several raters.

  Background:
    Given as of 2026-11-23

  Rule: augmentation.response

    Scenario Outline: Half of the score at the start
      Given a woman of 45
      And HAM-D17 score over time:
        | when        | result     |
        | 10 days ago | <now>      |
        | 90 days ago | 30 {score} |
        | 25 days ago | 18 {score} |
        | 45 days ago | 20 {score} |
      And the patient takes these medications:
        | drug       | dose    | for                       | started      |
        | mianserin  | 60 mg/d | major depressive disorder | 40 days ago  |
        | fluoxetine | 20 mg/d |                           | 100 days ago |
      When the record is evaluated
      Then rule `augmentation.response` <outcome>

      Examples:
        | now           | outcome                                                        |
        | 10.02 {score} | does not fire                                                  |
        | 10 {score}    | fires as info                                                  |
        | 9.98 {score}  | fires                                                          |
        | 19 {score}    | does not fire                                                  |
        | unknown       | is not evaluable because `hamd17.reduction_percent` is unknown |

    Scenario Outline: The latest score is compared with the last one on or before the start
      Given a woman of 45
      And HAM-D17 score over time:
        | when          | result            |
        | 10 days ago   | <now>             |
        | <then>        | <score>           |
        | <before that> | <score before it> |
      And the patient takes these medications:
        | drug       | dose    | for                       | started      |
        | mianserin  | 60 mg/d | major depressive disorder | 40 days ago  |
        | fluoxetine | 20 mg/d |                           | 100 days ago |
      When the record is evaluated
      Then rule `augmentation.response` <outcome>

      Examples:
        | now        | then        | score      | before that | score before it | outcome       |
        | 12 {score} | 20 days ago | 6 {score}  | 45 days ago | 20 {score}      | does not fire |
        | 12 {score} | 40 days ago | 20 {score} | 60 days ago | 30 {score}      | does not fire |
        | 12 {score} | 41 days ago | 20 {score} | 60 days ago | 30 {score}      | does not fire |
        | 9 {score}  | 39 days ago | 12 {score} | 41 days ago | 20 {score}      | fires         |
        | 9 {score}  | 45 days ago | 20 {score} | 70 days ago | 12 {score}      | fires         |

    Scenario: A score on the day of the start and none since
      Given a woman of 45
      And HAM-D17 score of 20 {score}, 40 days ago
      And the patient takes these medications:
        | drug       | dose    | for                       | started      |
        | mianserin  | 60 mg/d | major depressive disorder | 40 days ago  |
        | fluoxetine | 20 mg/d |                           | 100 days ago |
      When the record is evaluated
      Then rule `augmentation.response` is not evaluable because `hamd17.reduction_percent` is unknown

    Scenario Outline: augmentation.response: not before four weeks
      Given a woman of 45
      And HAM-D17 score of 24 {score}, 60 days ago
      And HAM-D17 score of 4 {score}, 2 days ago
      And the patient takes these medications:
        | drug       | dose    | for                       | started      |
        | mianserin  | 60 mg/d | major depressive disorder | <started>    |
        | fluoxetine | 20 mg/d |                           | 100 days ago |
      When the record is evaluated
      Then rule `augmentation.response` <outcome>

      Examples:
        | started     | outcome                                                                                           |
        | 10 days ago | does not apply                                                                                    |
        | 50 days ago | fires as info                                                                                     |
        |             | is not evaluable because `mianserin.days_on_treatment` and `hamd17.reduction_percent` are unknown |

    Scenario Outline: Patients to whom augmentation.response applies
      Given <patient>
      And HAM-D17 score of 24 {score}, 60 days ago
      And HAM-D17 score of 4 {score}, 2 days ago
      And the patient takes these medications:
        | drug      | dose    | for          | started      |
        | mianserin | <dose>  | <indication> | 40 days ago  |
        | <partner> | 20 mg/d |              | 100 days ago |
      When the record is evaluated
      Then rule `augmentation.response` <outcome>

      Examples:
        | patient                  | dose    | indication                | partner    | outcome                                                    |
        | a woman of 45            | 60 mg/d | major depressive disorder | fluoxetine | fires as info                                              |
        | a girl of 12             | 60 mg/d | major depressive disorder | fluoxetine | does not apply                                             |
        | a patient of unknown age | 60 mg/d | major depressive disorder | fluoxetine | is not evaluable because `patient.age_years` is unknown    |
        | a woman of 45            | 60 mg/d | insomnia                  | fluoxetine | does not apply                                             |
        | a woman of 45            | 60 mg/d |                           | fluoxetine | is not evaluable because `mianserin.indication` is unknown |
        | a woman of 45            | 60 mg/d | major depressive disorder | warfarin   | does not apply                                             |

    Scenario: augmentation.response: without mianserin
      Given a woman of 45
      And HAM-D17 score of 24 {score}, 60 days ago
      And HAM-D17 score of 4 {score}, 2 days ago
      And the patient takes fluoxetine 20 mg/d
      When the record is evaluated
      Then rule `augmentation.response` does not apply

    Scenario: augmentation.response: medications unknown
      Given a woman of 45
      And HAM-D17 score of 24 {score}, 60 days ago
      And HAM-D17 score of 4 {score}, 2 days ago
      And nothing is known about medications
      When the record is evaluated
      Then rule `augmentation.response` is not evaluable because `mianserin.active`, `fluoxetine.active`, `mianserin.indication`, `mianserin.days_on_treatment` and `hamd17.reduction_percent` are unknown

  Rule: augmentation.remission

    Scenario Outline: A score of 7 or less
      Given a woman of 45
      And HAM-D17 score over time:
        | when        | result     |
        | 10 days ago | <now>      |
        | 90 days ago | 30 {score} |
        | 25 days ago | 18 {score} |
        | 45 days ago | 20 {score} |
      And the patient takes these medications:
        | drug       | dose    | for                       | started      |
        | mianserin  | 60 mg/d | major depressive disorder | 40 days ago  |
        | fluoxetine | 20 mg/d |                           | 100 days ago |
      When the record is evaluated
      Then rule `augmentation.remission` <outcome>

      Examples:
        | now       | outcome                                             |
        | 6 {score} | fires as info                                       |
        | 7 {score} | fires                                               |
        | 8 {score} | does not fire                                       |
        | unknown   | is not evaluable because `hamd17.latest` is unknown |

    Scenario: A score of 7 or less that rose again
      Given a woman of 45
      And HAM-D17 score over time:
        | when        | result     |
        | 10 days ago | 9 {score}  |
        | 20 days ago | 7 {score}  |
        | 45 days ago | 20 {score} |
      And the patient takes these medications:
        | drug       | dose    | for                       | started      |
        | mianserin  | 60 mg/d | major depressive disorder | 40 days ago  |
        | fluoxetine | 20 mg/d |                           | 100 days ago |
      When the record is evaluated
      Then rule `augmentation.remission` does not fire

    Scenario Outline: augmentation.remission: not before four weeks
      Given a woman of 45
      And HAM-D17 score of 24 {score}, 60 days ago
      And HAM-D17 score of 4 {score}, 2 days ago
      And the patient takes these medications:
        | drug       | dose    | for                       | started      |
        | mianserin  | 60 mg/d | major depressive disorder | <started>    |
        | fluoxetine | 20 mg/d |                           | 100 days ago |
      When the record is evaluated
      Then rule `augmentation.remission` <outcome>

      Examples:
        | started     | outcome                                                           |
        | 10 days ago | does not apply                                                    |
        | 50 days ago | fires as info                                                     |
        |             | is not evaluable because `mianserin.days_on_treatment` is unknown |

    Scenario Outline: Patients to whom augmentation.remission applies
      Given <patient>
      And HAM-D17 score of 24 {score}, 60 days ago
      And HAM-D17 score of 4 {score}, 2 days ago
      And the patient takes these medications:
        | drug      | dose    | for          | started      |
        | mianserin | <dose>  | <indication> | 40 days ago  |
        | <partner> | 20 mg/d |              | 100 days ago |
      When the record is evaluated
      Then rule `augmentation.remission` <outcome>

      Examples:
        | patient                  | dose    | indication                | partner    | outcome                                                    |
        | a woman of 45            | 60 mg/d | major depressive disorder | fluoxetine | fires as info                                              |
        | a girl of 12             | 60 mg/d | major depressive disorder | fluoxetine | does not apply                                             |
        | a patient of unknown age | 60 mg/d | major depressive disorder | fluoxetine | is not evaluable because `patient.age_years` is unknown    |
        | a woman of 45            | 60 mg/d | insomnia                  | fluoxetine | does not apply                                             |
        | a woman of 45            | 60 mg/d |                           | fluoxetine | is not evaluable because `mianserin.indication` is unknown |
        | a woman of 45            | 60 mg/d | major depressive disorder | warfarin   | does not apply                                             |

    Scenario: augmentation.remission: without mianserin
      Given a woman of 45
      And HAM-D17 score of 24 {score}, 60 days ago
      And HAM-D17 score of 4 {score}, 2 days ago
      And the patient takes fluoxetine 20 mg/d
      When the record is evaluated
      Then rule `augmentation.remission` does not apply

    Scenario: augmentation.remission: medications unknown
      Given a woman of 45
      And HAM-D17 score of 24 {score}, 60 days ago
      And HAM-D17 score of 4 {score}, 2 days ago
      And nothing is known about medications
      When the record is evaluated
      Then rule `augmentation.remission` is not evaluable because `mianserin.active`, `fluoxetine.active`, `mianserin.indication` and `mianserin.days_on_treatment` are unknown

    Scenario: A low score before the start and none since
      Given a woman of 45
      And HAM-D17 score of 5 {score}, 60 days ago
      And the patient takes these medications:
        | drug       | dose    | for                       | started      |
        | mianserin  | 60 mg/d | major depressive disorder | 40 days ago  |
        | fluoxetine | 20 mg/d |                           | 100 days ago |
      When the record is evaluated
      Then rule `augmentation.remission` fires because `hamd17.latest` is 5 points
      And rule `augmentation.response` is not evaluable because `hamd17.reduction_percent` is unknown

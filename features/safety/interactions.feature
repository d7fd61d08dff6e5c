Feature: Interactions with other drugs
  Monoamine oxidase inhibitors, enzyme inducers and warfarin. If the medications are known, a drug that
  is not among them was never taken.

  Background:
    Given as of 2026-11-23
    And a man of 45
    And no conditions

  Rule: safety.maoi

    Scenario Outline: A monoamine oxidase inhibitor with mianserin
      Given the patient takes these medications:
        | drug        | dose    |
        | mianserin   | 30 mg/d |
        | <inhibitor> |         |
      When the record is evaluated
      Then rule `safety.maoi` fires as critical
      And rule `safety.maoi` fires because `maoi.active` is yes

      Examples:
        | inhibitor       |
        | phenelzine      |
        | tranylcypromine |
        | isocarboxazid   |
        | moclobemide     |
        | selegiline      |

    Scenario Outline: Two weeks after the last monoamine oxidase inhibitor
      Given the patient takes mianserin 30 mg/d
      And the patient took phenelzine 45 mg/d started 400 days ago stopped 200 days ago
      And the patient took moclobemide 300 mg/d started 100 days ago stopped <stopped> days ago
      And the patient took tranylcypromine 20 mg/d started 500 days ago stopped 300 days ago
      When the record is evaluated
      Then rule `safety.maoi` <outcome>

      Examples:
        | stopped | outcome           |
        | 13      | fires as critical |
        | 14      | does not fire     |
        | 15      | does not fire     |

    Scenario: A recent inhibitor is among the reasons
      Given the patient takes mianserin 30 mg/d
      And the patient took selegiline 5 mg/d started 100 days ago stopped 10 days ago
      When the record is evaluated
      Then rule `safety.maoi` fires because `maoi.stopped_within_washout` is yes
      And no other rule of family safety fires

    Scenario: Never a monoamine oxidase inhibitor
      Given the patient takes mianserin 30 mg/d
      And the patient takes warfarin
      When the record is evaluated
      Then rule `safety.maoi` does not fire
      And rule `safety.warfarin` fires as info

    Scenario: An inhibitor stopped long ago and taken again
      Given the patient takes mianserin 30 mg/d
      And the patient took phenelzine 45 mg/d started 400 days ago stopped 200 days ago
      And the patient takes phenelzine 45 mg/d started 30 days ago
      When the record is evaluated
      Then rule `safety.maoi` fires as critical

    Scenario: An inhibitor without mianserin
      Given the patient takes phenelzine 45 mg/d
      When the record is evaluated
      Then rule `safety.maoi` does not apply

    Scenario: Medications unknown
      Given nothing is known about medications
      When the record is evaluated
      Then rule `safety.maoi` is not evaluable because `mianserin.active`, `maoi.active` and `maoi.stopped_within_washout` are unknown

  Rule: safety.enzyme-inducer

    Scenario Outline: An enzyme inducer with mianserin
      Given the patient takes these medications:
        | drug      | dose    | started     |
        | mianserin | 30 mg/d | 60 days ago |
        | <other>   |         | 60 days ago |
      When the record is evaluated
      Then rule `safety.enzyme-inducer` fires as warning
      And rule `safety.enzyme-inducer` fires because `enzyme_inducer.active` is yes

      Examples:
        | other         |
        | carbamazepine |
        | phenytoin     |
        | phenobarbital |

    Scenario: An enzyme inducer with mianserin: not with another drug
      Given the patient takes these medications:
        | drug      | dose    |
        | mianserin | 30 mg/d |
        | warfarin  |         |
      When the record is evaluated
      Then rule `safety.enzyme-inducer` does not fire

    Scenario: An enzyme inducer with mianserin: not without mianserin
      Given the patient takes carbamazepine
      When the record is evaluated
      Then rule `safety.enzyme-inducer` does not apply

    Scenario: An enzyme inducer with mianserin: medications unknown
      Given no conditions
      When the record is evaluated
      Then rule `safety.enzyme-inducer` is not evaluable because `mianserin.active` and `enzyme_inducer.active` are unknown

  Rule: safety.warfarin

    Scenario Outline: Warfarin with mianserin
      Given the patient takes these medications:
        | drug      | dose    | started     |
        | mianserin | 30 mg/d | 60 days ago |
        | <other>   |         | 60 days ago |
      When the record is evaluated
      Then rule `safety.warfarin` fires as info
      And rule `safety.warfarin` fires because `warfarin.active` is yes

      Examples:
        | other    |
        | warfarin |

    Scenario: Warfarin with mianserin: not with another drug
      Given the patient takes these medications:
        | drug          | dose    |
        | mianserin     | 30 mg/d |
        | carbamazepine |         |
      When the record is evaluated
      Then rule `safety.warfarin` does not fire

    Scenario: Warfarin with mianserin: not without mianserin
      Given the patient takes warfarin
      When the record is evaluated
      Then rule `safety.warfarin` does not apply

    Scenario: Warfarin with mianserin: medications unknown
      Given no conditions
      When the record is evaluated
      Then rule `safety.warfarin` is not evaluable because `mianserin.active` and `warfarin.active` are unknown

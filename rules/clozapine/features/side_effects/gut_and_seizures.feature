Feature: Constipation and seizures
  Both are reported by agencies or studies; seizures in bands of the daily dose.

  Background:
    Given as of 2026-11-23

  Rule: side-effects.constipation and side-effects.seizure

    Scenario Outline: <symptom>: <what>
      Given <treatment>
      And <report>
      When the record is evaluated
      Then rule `<rule>` <outcome>

      Examples:
        | symptom      | what                | treatment                            | report                                                   | rule                      | outcome           |
        | constipation | reported            | the patient takes clozapine 300 mg/d | the patient reports constipation                         | side-effects.constipation | fires as warning  |
        | constipation | denied              | the patient takes clozapine 300 mg/d | the patient does not report constipation                 | side-effects.constipation | does not fire     |
        | constipation | unknown             | the patient takes clozapine 300 mg/d | it is not known whether the patient reports constipation | side-effects.constipation | is not evaluable  |
        | constipation | not on clozapine    | the patient does not take clozapine  | the patient reports constipation                         | side-effects.constipation | does not apply    |
        | constipation | medications unknown | nothing is known about medications   | the patient reports constipation                         | side-effects.constipation | is not evaluable  |
        | convulsion   | reported            | the patient takes clozapine 300 mg/d | the patient reports convulsion                           | side-effects.seizure      | fires as critical |
        | convulsion   | denied              | the patient takes clozapine 300 mg/d | the patient does not report convulsion                   | side-effects.seizure      | does not fire     |
        | convulsion   | unknown             | the patient takes clozapine 300 mg/d | it is not known whether the patient reports convulsion   | side-effects.seizure      | is not evaluable  |
        | convulsion   | not on clozapine    | the patient does not take clozapine  | the patient reports convulsion                           | side-effects.seizure      | does not apply    |
        | convulsion   | medications unknown | nothing is known about medications   | the patient reports convulsion                           | side-effects.seizure      | is not evaluable  |

  Rule: side-effects.seizure-dose-middle and side-effects.seizure-dose-high

    Scenario Outline: <dose> mg a day
      Given the patient takes clozapine <dose> mg/d started 400 days ago
      When the record is evaluated
      Then of these rules only <band> fires:
        | side-effects.seizure-dose-middle |
        | side-effects.seizure-dose-high   |

      Examples:
        | dose   | band                             |
        | 150    | none                             |
        | 299.75 | none                             |
        | 300    | side-effects.seizure-dose-middle |
        | 300.25 | side-effects.seizure-dose-middle |
        | 599.75 | side-effects.seizure-dose-middle |
        | 600    | side-effects.seizure-dose-high   |
        | 600.25 | side-effects.seizure-dose-high   |
        | 900    | side-effects.seizure-dose-high   |

    Scenario Outline: A dose of <dose>, <whom>
      Given <treatment>
      When the record is evaluated
      Then rule `<rule>` <outcome>

      Examples:
        | dose     | whom                | treatment                                                     | rule                             | outcome          |
        | 400 mg/d | on clozapine        | the patient takes clozapine 400 mg/d                          | side-effects.seizure-dose-middle | fires as info    |
        | 400 mg/d | clozapine ended     | the patient stopped clozapine 400 mg/d 3 days ago             | side-effects.seizure-dose-middle | does not apply   |
        | unknown  | on clozapine        | the patient takes clozapine                                   | side-effects.seizure-dose-middle | is not evaluable |
        | 400 mg/d | perhaps clozapine   | it is not known whether the patient takes clozapine 400 mg/d  | side-effects.seizure-dose-middle | is not evaluable |
        | 700 mg/d | on clozapine        | the patient takes clozapine 700 mg/d                          | side-effects.seizure-dose-high   | fires as warning |
        | 700 mg/d | clozapine ended     | the patient stopped clozapine 700 mg/d 3 days ago             | side-effects.seizure-dose-high   | does not apply   |
        | unknown  | on clozapine        | the patient takes clozapine                                   | side-effects.seizure-dose-high   | is not evaluable |
        | 700 mg/d | perhaps clozapine   | it is not known whether the patient takes clozapine 700 mg/d  | side-effects.seizure-dose-high   | is not evaluable |

    Scenario: The studies disagree on low doses
      Given the patient takes clozapine 600 mg/d
      When the record is evaluated
      Then rule `side-effects.seizure-dose-high` shows conflict seizures-and-dose

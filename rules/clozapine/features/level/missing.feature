Feature: Changes after which sources ask for a plasma level
  The end of smoking, a new interacting drug, pneumonia or another serious infection, each within 28 days.

  Background:
    Given as of 2026-11-23

  Rule: level.missing-after-smoking

    Scenario Outline: Smoking ended <end> days ago, level <level> days ago
      Given the patient takes clozapine 300 mg/d started 400 days ago
      And the patient has tobacco smoking since 2010-01-01, resolved <end> days ago
      And clozapine plasma level of 450 ng/mL, <level> days ago
      When the record is evaluated
      Then rule `level.missing-after-smoking` <outcome>

      Examples:
        | end | level | outcome          |
        | 10  | 9     | does not fire    |
        | 10  | 10    | fires as warning |
        | 10  | 11    | fires            |
        | 27  | 60    | fires            |
        | 28  | 60    | fires            |
        | 29  | 60    | does not apply   |

    Scenario Outline: The end of smoking, with <what>
      Given <treatment>
      And <smoking>
      And <level>
      When the record is evaluated
      Then rule `level.missing-after-smoking` <outcome>

      Examples:
        | what                 | treatment                           | smoking                                                 | level                                         | outcome          |
        | no level             | the patient takes clozapine         | the patient has tobacco smoking resolved 10 days ago    | no observations                               | fires            |
        | level undated        | the patient takes clozapine         | the patient has tobacco smoking resolved 10 days ago    | clozapine plasma level of 450 ng/mL, undated  | is not evaluable |
        | observations unknown | the patient takes clozapine         | the patient has tobacco smoking resolved 10 days ago    | nothing is known about observations           | is not evaluable |
        | still smoking        | the patient takes clozapine         | the patient has tobacco smoking                         | no observations                               | does not apply   |
        | never smoked         | the patient takes clozapine         | no conditions                                           | no observations                               | does not apply   |
        | smoking unknown      | the patient takes clozapine         | nothing is known about conditions                       | no observations                               | is not evaluable |
        | not on clozapine     | the patient does not take clozapine | the patient has tobacco smoking resolved 10 days ago    | no observations                               | does not apply   |
        | medications unknown  | nothing is known about medications  | the patient has tobacco smoking resolved 10 days ago    | no observations                               | is not evaluable |

    Scenario: Smoking ended twice
      Given the patient takes clozapine 300 mg/d started 400 days ago
      And the patient has tobacco smoking since 2010-01-01, resolved 700 days ago
      And the patient has tobacco smoking since 100 days ago, resolved 10 days ago
      And clozapine plasma level of 450 ng/mL, 60 days ago
      When the record is evaluated
      Then rule `level.missing-after-smoking` fires because `smoking.days_since_stop` is 10 days

  Rule: level.missing-with-interacting-drug

    Scenario Outline: <drug> begun <begun> days ago, level <level> days ago
      Given the patient takes clozapine 300 mg/d started 400 days ago
      And the patient takes <drug> started <begun> days ago
      And clozapine plasma level of 450 ng/mL, <level> days ago
      When the record is evaluated
      Then rule `level.missing-with-interacting-drug` <outcome>

      Examples:
        | drug        | begun | level | outcome        |
        | fluvoxamine | 10    | 9     | does not fire  |
        | fluvoxamine | 10    | 10    | fires as info  |
        | fluvoxamine | 10    | 11    | fires          |
        | sertraline  | 27    | 60    | fires          |
        | phenytoin   | 28    | 60    | fires          |
        | omeprazole  | 28    | 60    | fires          |
        | omeprazole  | 29    | 60    | does not apply |
        | lithium     | 10    | 60    | does not apply |

    Scenario Outline: An interacting drug, with <what>
      Given <clozapine>
      And <drug>
      And <level>
      When the record is evaluated
      Then rule `level.missing-with-interacting-drug` <outcome>

      Examples:
        | what                 | clozapine                           | drug                                              | level                                        | outcome          |
        | no level             | the patient takes clozapine         | the patient takes fluvoxamine started 10 days ago | no observations                              | fires            |
        | level undated        | the patient takes clozapine         | the patient takes fluvoxamine started 10 days ago | clozapine plasma level of 450 ng/mL, undated | is not evaluable |
        | observations unknown | the patient takes clozapine         | the patient takes fluvoxamine started 10 days ago | nothing is known about observations          | is not evaluable |
        | start unknown        | the patient takes clozapine         | the patient takes fluvoxamine                     | no observations                              | is not evaluable |
        | drug ended           | the patient takes clozapine         | the patient stopped fluvoxamine 3 days ago        | no observations                              | does not apply   |
        | not on clozapine     | the patient does not take clozapine | the patient takes fluvoxamine started 10 days ago | no observations                              | does not apply   |
        | perhaps on clozapine | it is not known whether the patient takes clozapine | the patient takes fluvoxamine started 10 days ago | no observations              | is not evaluable |

    Scenario: Of several interacting drugs the newest counts
      Given the patient takes clozapine 300 mg/d started 400 days ago
      And the patient takes sertraline started 200 days ago
      And the patient takes ciprofloxacin started 3 days ago
      And clozapine plasma level of 450 ng/mL, 20 days ago
      When the record is evaluated
      Then rule `level.missing-with-interacting-drug` fires because `interacting_drug.days` is 3 days

  Rule: level.missing-with-infection

    Scenario Outline: <infection> for <begun> days, level <level> days ago
      Given the patient takes clozapine 300 mg/d started 400 days ago
      And the patient has <infection> since <begun> days ago
      And clozapine plasma level of 450 ng/mL, <level> days ago
      When the record is evaluated
      Then rule `level.missing-with-infection` <outcome>

      Examples:
        | infection           | begun | level | outcome          |
        | pneumonia           | 10    | 9     | does not fire    |
        | pneumonia           | 10    | 10    | does not fire    |
        | pneumonia           | 10    | 11    | fires as warning |
        | serious infection   | 10    | 11    | fires            |
        | pneumonia           | 27    | 60    | fires            |
        | pneumonia           | 28    | 60    | fires            |
        | pneumonia           | 29    | 60    | does not apply   |

    Scenario: Of two infections the newer counts
      Given the patient takes clozapine 300 mg/d started 400 days ago
      And the patient has serious infection since 60 days ago
      And the patient has pneumonia since 5 days ago
      And clozapine plasma level of 450 ng/mL, 20 days ago
      When the record is evaluated
      Then rule `level.missing-with-infection` fires because `infection.days` is 5 days

    Scenario Outline: A serious infection, with <what>
      Given <treatment>
      And <infection>
      And <level>
      When the record is evaluated
      Then rule `level.missing-with-infection` <outcome>

      Examples:
        | what                 | treatment                           | infection                                          | level                                        | outcome          |
        | no level             | the patient takes clozapine         | the patient has pneumonia since 10 days ago        | no observations                              | fires            |
        | level undated        | the patient takes clozapine         | the patient has pneumonia since 10 days ago        | clozapine plasma level of 450 ng/mL, undated | is not evaluable |
        | observations unknown | the patient takes clozapine         | the patient has pneumonia since 10 days ago        | nothing is known about observations          | is not evaluable |
        | onset unknown        | the patient takes clozapine         | the patient has pneumonia                          | no observations                              | is not evaluable |
        | no infection         | the patient takes clozapine         | no conditions                                      | no observations                              | does not apply   |
        | infection over       | the patient takes clozapine         | the patient has pneumonia since 10 days ago, resolved 2 days ago | no observations                | does not apply   |
        | not on clozapine     | the patient does not take clozapine | the patient has pneumonia since 10 days ago        | no observations                              | does not apply   |
        | medications unknown  | nothing is known about medications  | the patient has pneumonia since 10 days ago        | no observations                              | is not evaluable |

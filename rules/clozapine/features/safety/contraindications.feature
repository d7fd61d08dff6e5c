Feature: Contraindications of European and US labelling
  The European list is long, the US label names hypersensitivity only. Both are reported in every scheme.

  Background:
    Given as of 2026-11-23

  Rule: each contraindication fires for a patient on clozapine

    Scenario Outline: <condition>
      Given the patient takes clozapine 300 mg/d
      And the patient has <condition>
      When the record is evaluated
      Then rule `<rule>` fires as critical

      Examples:
        | condition                                    | rule                         |
        | hypersensitivity to clozapine                | safety.hypersensitivity      |
        | regular blood tests not possible             | safety.no-blood-tests        |
        | past toxic or idiosyncratic granulocytopenia | safety.blood-disorder        |
        | past agranulocytosis with clozapine          | safety.blood-disorder        |
        | impaired bone marrow function                | safety.blood-disorder        |
        | uncontrolled epilepsy                        | safety.nervous-system        |
        | toxic psychosis                              | safety.nervous-system        |
        | coma                                         | safety.nervous-system        |
        | depression of the central nervous system     | safety.nervous-system        |
        | myocarditis                                  | safety.heart-and-circulation |
        | severe cardiac disease                       | safety.heart-and-circulation |
        | circulatory collapse                         | safety.heart-and-circulation |
        | severe renal disease                         | safety.kidney-or-liver       |
        | active or progressive liver disease          | safety.kidney-or-liver       |
        | paralytic ileus                              | safety.paralytic-ileus       |

    Scenario Outline: <condition> without clozapine
      Given the patient does not take clozapine
      And the patient has <condition>
      When the record is evaluated
      Then rule `<rule>` does not apply

      Examples:
        | condition                        | rule                         |
        | hypersensitivity to clozapine    | safety.hypersensitivity      |
        | regular blood tests not possible | safety.no-blood-tests        |
        | impaired bone marrow function    | safety.blood-disorder        |
        | coma                             | safety.nervous-system        |
        | myocarditis                      | safety.heart-and-circulation |
        | severe renal disease             | safety.kidney-or-liver       |
        | paralytic ileus                  | safety.paralytic-ileus       |

    Scenario Outline: <condition>, and it is not known whether clozapine is taken
      Given nothing is known about medications
      And the patient has <condition>
      When the record is evaluated
      Then rule `<rule>` is not evaluable because `clozapine.active` is unknown

      Examples:
        | condition                        | rule                         |
        | hypersensitivity to clozapine    | safety.hypersensitivity      |
        | regular blood tests not possible | safety.no-blood-tests        |
        | impaired bone marrow function    | safety.blood-disorder        |
        | coma                             | safety.nervous-system        |
        | myocarditis                      | safety.heart-and-circulation |
        | severe renal disease             | safety.kidney-or-liver       |
        | paralytic ileus                  | safety.paralytic-ileus       |

    Scenario Outline: It is not known whether the patient has <condition>
      Given the patient takes clozapine 300 mg/d
      And it is not known whether the patient has <condition>
      When the record is evaluated
      Then rule `<rule>` is not evaluable

      Examples:
        | condition                                    | rule                         |
        | hypersensitivity to clozapine                | safety.hypersensitivity      |
        | regular blood tests not possible             | safety.no-blood-tests        |
        | past toxic or idiosyncratic granulocytopenia | safety.blood-disorder        |
        | past agranulocytosis with clozapine          | safety.blood-disorder        |
        | impaired bone marrow function                | safety.blood-disorder        |
        | uncontrolled epilepsy                        | safety.nervous-system        |
        | toxic psychosis                              | safety.nervous-system        |
        | coma                                         | safety.nervous-system        |
        | depression of the central nervous system     | safety.nervous-system        |
        | myocarditis                                  | safety.heart-and-circulation |
        | severe cardiac disease                       | safety.heart-and-circulation |
        | circulatory collapse                         | safety.heart-and-circulation |
        | severe renal disease                         | safety.kidney-or-liver       |
        | active or progressive liver disease          | safety.kidney-or-liver       |
        | paralytic ileus                              | safety.paralytic-ileus       |

    Scenario: None of them
      Given the patient takes clozapine 300 mg/d
      And no conditions
      When the record is evaluated
      Then no rule of family safety fires
      And the rules come out as follows:
        | rule                         | outcome       |
        | safety.hypersensitivity      | does not fire |
        | safety.no-blood-tests        | does not fire |
        | safety.blood-disorder        | does not fire |
        | safety.nervous-system        | does not fire |
        | safety.heart-and-circulation | does not fire |
        | safety.kidney-or-liver       | does not fire |
        | safety.paralytic-ileus       | does not fire |

    Scenario: Both lists are shown
      Given the patient takes clozapine 300 mg/d
      And the patient has paralytic ileus
      When the record is evaluated
      Then rule `safety.paralytic-ileus` shows conflict contraindication-lists
      And rule `safety.paralytic-ileus` rests on claim contraindication.us

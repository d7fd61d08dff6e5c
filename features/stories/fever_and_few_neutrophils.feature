Feature: Fever and almost no neutrophils in the sixth week
  The most serious situation of which the source warns: every rule about a part of it fires.

  Scenario: Preliminary counts, one of them entered in error
    Given as of 2026-11-23
    And a man born on 1957-12-05
    And the patient has major depressive disorder since 2026-08-20
    And the patient has prostatic hyperplasia since 2017-03-01
    And the patient takes these medications:
      | drug          | dose     | for                       | started    |
      | mianserin     | 30 mg/d  | major depressive disorder | 2026-10-12 |
      | carbamazepine | 400 mg/d |                           | 2020-09-14 |
    And these results:
      | observation   | result      | when       | status           |
      | loinc\|751-8  | 0.3 10*3/uL | 2026-11-22 | preliminary      |
      | loinc\|751-8  | 3.4 10*3/uL | 2026-10-10 |                  |
      | loinc\|751-8  | 2.6 10*3/uL | 2026-11-08 |                  |
      | loinc\|6690-2 | 2.1 10*3/uL | 2026-11-22 | preliminary      |
      | loinc\|6690-2 | 5.9 10*3/uL | 2026-10-10 |                  |
      | loinc\|6690-2 | 4.8 10*3/uL | 2026-11-08 |                  |
      | platelets     | 188 10*9/L  | 2026-11-22 |                  |
      | platelets     | 18 10*9/L   | 2026-11-20 | entered-in-error |
      | haemoglobin   | 13.4 g/dL   | 2026-11-22 |                  |
    And the patient shows severe fever
    And the patient reports moderate sore throat
    And the patient shows mild stomatitis
    When the record is evaluated
    Then the rules come out as follows:
      | rule                               | outcome          | indicator |
      | monitoring.agranulocytosis-range   | fires            | critical  |
      | monitoring.febrile-neutropenia     | fires            | critical  |
      | monitoring.infection-signs         | fires            | critical  |
      | monitoring.leukopenia-marked       | fires            | critical  |
      | monitoring.count-falling           | fires            | warning   |
      | monitoring.elderly-count-current   | fires            | info      |
      | monitoring.thrombocytopenia-severe | does not fire    |           |
      | monitoring.anaemia                 | does not fire    |           |
      | safety.enzyme-inducer              | fires            | warning   |
      | safety.glaucoma-or-prostate        | fires            | warning   |
      | safety.maoi                        | does not fire    |           |
      | dosing.no-response-at-review       | is not evaluable |           |
      | augmentation.studied-pair          | does not apply   |           |
    And no other rule of family monitoring fires
    And no other rule of family safety fires
    And no rule of family augmentation fires
    And a notice mentions "entered-in-error"
    And rule `monitoring.agranulocytosis-range` says "0.3 10*9/L"

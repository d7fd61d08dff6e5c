Feature: Who counts as an adult
  The doses that the sources report are for adults, from 18 years on. If the date of birth is known,
  the age changes on the birthday.

  Background:
    Given as of 2026-11-23

  Rule: dosing.mdd-within-range

    Scenario Outline: Adults by age
      Given <patient>
      And the patient takes mianserin 60 mg/d for major depressive disorder
      When the record is evaluated
      Then rule `dosing.mdd-within-range` <outcome>

      Examples:
        | patient       | outcome        |
        | a boy of 17   | does not apply |
        | a man of 18   | fires          |
        | a woman of 19 | fires          |

    Scenario Outline: Adults by date of birth
      Given <patient>
      And the patient takes mianserin 60 mg/d for major depressive disorder
      When the record is evaluated
      Then rule `dosing.mdd-within-range` <outcome>
      And fact `patient.age_years` is <age>

      Examples:
        | patient                  | outcome        | age      |
        | a man born on 1966-11-23 | fires          | 60 years |
        | a man born on 1966-11-24 | fires          | 59 years |
        | a boy born on 2014-02-28 | does not apply | 12 years |

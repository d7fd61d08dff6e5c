Feature: An interruption in three schemes
  A patient on clozapine for two years has taken none for some days and began again 20 days ago. The last counts
  are 10 days old. What follows depends on the length of the interruption and on the scheme.

  Background:
    Given as of 2026-11-23
    And neutrophils of 3.1 10*9/L, 10 days ago
    And leukocytes of 6.1 10*9/L, 10 days ago

  Rule: counts-us.weekly-overdue, counts-uk.after-break-overdue and counts-eu.after-break-overdue

    Scenario Outline: <off> days without clozapine
      Given the patient has <scheme>
      And the patient takes these medications:
        | drug      | dose     | started      | stopped        |
        | clozapine | 400 mg/d | 750 days ago | <end> days ago |
        | clozapine | 200 mg/d | 20 days ago  |                |
      When the record is evaluated
      Then rule `<rule>` <outcome>

      Examples: US label, as before below 30 days, then as a new patient
        | scheme              | off | end | rule                     | outcome        |
        | US label monitoring | 2   | 22  | counts-us.weekly-overdue | does not apply |
        | US label monitoring | 3   | 23  | counts-us.weekly-overdue | does not apply |
        | US label monitoring | 29  | 49  | counts-us.weekly-overdue | does not apply |
        | US label monitoring | 30  | 50  | counts-us.weekly-overdue | fires          |
        | US label monitoring | 31  | 51  | counts-us.weekly-overdue | fires          |

      Examples: UK, weekly for 6 weeks after 3 days or more
        | scheme                      | off | end | rule                          | outcome        |
        | UK traffic light monitoring | 2   | 22  | counts-uk.after-break-overdue | does not apply |
        | UK traffic light monitoring | 3   | 23  | counts-uk.after-break-overdue | fires          |
        | UK traffic light monitoring | 27  | 47  | counts-uk.after-break-overdue | fires          |
        | UK traffic light monitoring | 28  | 48  | counts-uk.weekly-overdue      | fires          |
        | UK traffic light monitoring | 29  | 49  | counts-uk.weekly-overdue      | fires          |

      Examples: EU, weekly for 6 weeks after more than 3 days
        | scheme             | off | end | rule                          | outcome        |
        | EU 2025 monitoring | 2   | 22  | counts-eu.after-break-overdue | does not apply |
        | EU 2025 monitoring | 3   | 23  | counts-eu.after-break-overdue | does not apply |
        | EU 2025 monitoring | 4   | 24  | counts-eu.after-break-overdue | fires          |
        | EU 2025 monitoring | 27  | 47  | counts-eu.after-break-overdue | fires          |
        | EU 2025 monitoring | 28  | 48  | counts-eu.weekly-overdue      | fires          |
        | EU 2025 monitoring | 29  | 49  | counts-eu.weekly-overdue      | fires          |

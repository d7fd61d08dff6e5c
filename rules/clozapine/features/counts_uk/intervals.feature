Feature: Intervals between counts in the UK scheme
  Weekly up to week 18 (126 days), fortnightly up to week 52 (364 days), then every 4 weeks, of neutrophils and
  leukocytes both. After a break of 3 days or more weekly for 6 weeks; breaks of 4 weeks or more begin anew.

  Background:
    Given as of 2026-11-23

  Rule: counts-uk.weekly-overdue, counts-uk.fortnightly-overdue and counts-uk.four-weekly-overdue

    Scenario Outline: Day <day>, neutrophils <neutrophils> and leukocytes <leukocytes> days ago
      Given the patient has UK traffic light monitoring
      And the patient takes clozapine 300 mg/d started <day> days ago
      And these results:
        | observation | result     | when                   |
        | neutrophils | 3.1 10*9/L | <neutrophils> days ago |
        | leukocytes  | 6.1 10*9/L | <leukocytes> days ago  |
        | neutrophils | 3.3 10*9/L | 40 days ago            |
        | leukocytes  | 6.3 10*9/L | 40 days ago            |
      When the record is evaluated
      Then rule `counts-uk.weekly-overdue` <weekly>
      And rule `counts-uk.fortnightly-overdue` <fortnightly>
      And rule `counts-uk.four-weekly-overdue` <four-weekly>

      Examples:
        | day | neutrophils | leukocytes | weekly           | fortnightly      | four-weekly      |
        | 60  | 6           | 6          | does not fire    | does not apply   | does not apply   |
        | 60  | 7           | 7          | does not fire    | does not apply   | does not apply   |
        | 60  | 8           | 8          | fires as warning | does not apply   | does not apply   |
        | 60  | 8           | 2          | fires            | does not apply   | does not apply   |
        | 60  | 2           | 8          | fires            | does not apply   | does not apply   |
        | 125 | 15          | 15         | fires            | does not apply   | does not apply   |
        | 126 | 15          | 15         | does not apply   | fires as warning | does not apply   |
        | 127 | 15          | 15         | does not apply   | fires            | does not apply   |
        | 125 | 8           | 8          | fires            | does not apply   | does not apply   |
        | 126 | 8           | 8          | does not apply   | does not fire    | does not apply   |
        | 250 | 13          | 13         | does not apply   | does not fire    | does not apply   |
        | 250 | 14          | 14         | does not apply   | does not fire    | does not apply   |
        | 250 | 15          | 15         | does not apply   | fires            | does not apply   |
        | 250 | 15          | 2          | does not apply   | fires            | does not apply   |
        | 363 | 29          | 29         | does not apply   | fires            | does not apply   |
        | 364 | 29          | 29         | does not apply   | does not apply   | fires as warning |
        | 365 | 29          | 29         | does not apply   | does not apply   | fires            |
        | 800 | 27          | 27         | does not apply   | does not apply   | does not fire    |
        | 800 | 28          | 28         | does not apply   | does not apply   | does not fire    |
        | 800 | 29          | 29         | does not apply   | does not apply   | fires            |
        | 800 | 2           | 29         | does not apply   | does not apply   | fires            |

    Scenario Outline: No count on treatment: <what>
      Given the patient has UK traffic light monitoring
      And <treatment>
      And <counts>
      When the record is evaluated
      Then rule `<rule>` <outcome>

      Examples:
        | what                       | treatment                                                 | counts                                | rule                          | outcome                                                                                 |
        | none, day 7                | the patient takes clozapine 300 mg/d started 7 days ago   | no observations                       | counts-uk.weekly-overdue      | does not fire                                                                           |
        | none, day 8                | the patient takes clozapine 300 mg/d started 8 days ago   | no observations                       | counts-uk.weekly-overdue      | fires because `full_count.days_without` is 8 days                                       |
        | before the start, day 7    | the patient takes clozapine 300 mg/d started 7 days ago   | neutrophils of 3.1 10*9/L, 9 days ago | counts-uk.weekly-overdue      | does not fire                                                                           |
        | leukocytes before, day 7   | the patient takes clozapine 300 mg/d started 7 days ago   | leukocytes of 6.1 10*9/L, 9 days ago  | counts-uk.weekly-overdue      | does not fire                                                                           |
        | nothing known              | the patient takes clozapine 300 mg/d started 60 days ago  | nothing is known about observations   | counts-uk.weekly-overdue      | is not evaluable because `full_count.days_without` is unknown                           |
        | nothing known              | the patient takes clozapine 300 mg/d started 250 days ago | nothing is known about observations   | counts-uk.fortnightly-overdue | is not evaluable because `full_count.days_without` is unknown                           |
        | nothing known              | the patient takes clozapine 300 mg/d started 400 days ago | nothing is known about observations   | counts-uk.four-weekly-overdue | is not evaluable because `full_count.days_without` is unknown                           |
        | unknown start              | the patient takes clozapine 300 mg/d                      | no observations                       | counts-uk.weekly-overdue      | is not evaluable because `clozapine.europe_days` and `full_count.days_without` are unknown |
        | unknown start              | the patient takes clozapine 300 mg/d                      | no observations                       | counts-uk.fortnightly-overdue | is not evaluable because `clozapine.europe_days` and `full_count.days_without` are unknown |
        | unknown start              | the patient takes clozapine 300 mg/d                      | no observations                       | counts-uk.four-weekly-overdue | is not evaluable because `clozapine.europe_days` and `full_count.days_without` are unknown |

    Scenario Outline: Whom the intervals are for: <whom>
      Given <scheme>
      And <treatment>
      And no observations
      When the record is evaluated
      Then rule `<rule>` <outcome>

      Examples:
        | whom                | scheme                                      | treatment                                                 | rule                          | outcome          |
        | another scheme      | the patient has EU 2025 monitoring          | the patient takes clozapine 300 mg/d started 60 days ago  | counts-uk.weekly-overdue      | does not apply   |
        | another scheme      | the patient has EU 2025 monitoring          | the patient takes clozapine 300 mg/d started 250 days ago | counts-uk.fortnightly-overdue | does not apply   |
        | another scheme      | the patient has EU 2025 monitoring          | the patient takes clozapine 300 mg/d started 400 days ago | counts-uk.four-weekly-overdue | does not apply   |
        | no scheme           | no conditions                               | the patient takes clozapine 300 mg/d started 60 days ago  | counts-uk.weekly-overdue      | is not evaluable |
        | no scheme           | no conditions                               | the patient takes clozapine 300 mg/d started 250 days ago | counts-uk.fortnightly-overdue | is not evaluable |
        | no scheme           | no conditions                               | the patient takes clozapine 300 mg/d started 400 days ago | counts-uk.four-weekly-overdue | is not evaluable |
        | clozapine ended     | the patient has UK traffic light monitoring | the patient stopped clozapine 3 days ago                  | counts-uk.weekly-overdue      | does not apply   |
        | clozapine ended     | the patient has UK traffic light monitoring | the patient stopped clozapine 3 days ago                  | counts-uk.fortnightly-overdue | does not apply   |
        | clozapine ended     | the patient has UK traffic light monitoring | the patient stopped clozapine 3 days ago                  | counts-uk.four-weekly-overdue | does not apply   |
        | medications unknown | the patient has UK traffic light monitoring | nothing is known about medications                        | counts-uk.weekly-overdue      | is not evaluable |
        | medications unknown | the patient has UK traffic light monitoring | nothing is known about medications                        | counts-uk.fortnightly-overdue | is not evaluable |
        | medications unknown | the patient has UK traffic light monitoring | nothing is known about medications                        | counts-uk.four-weekly-overdue | is not evaluable |

  Rule: counts-uk.after-break-overdue

    Scenario Outline: A break of <break> days that ended <restart> days ago, counts <latest> days ago
      Given the patient has UK traffic light monitoring
      And the patient takes these medications:
        | drug      | dose     | started            | stopped        |
        | clozapine | 300 mg/d | 800 days ago       | <end> days ago |
        | clozapine | 25 mg/d  | <restart> days ago |                |
      And neutrophils of 3.1 10*9/L, <latest> days ago
      And leukocytes of 6.1 10*9/L, <latest> days ago
      When the record is evaluated
      Then rule `counts-uk.after-break-overdue` <break-rule>
      And rule `counts-uk.four-weekly-overdue` <four-weekly>
      And rule `counts-uk.weekly-overdue` <weekly>

      Examples:
        | break | end | restart | latest | break-rule       | four-weekly    | weekly         |
        | 1     | 21  | 20      | 10     | does not apply   | does not fire  | does not apply |
        | 2     | 22  | 20      | 10     | does not apply   | does not fire  | does not apply |
        | 3     | 23  | 20      | 10     | fires as warning | does not fire  | does not apply |
        | 4     | 24  | 20      | 10     | fires            | does not fire  | does not apply |
        | 3     | 23  | 20      | 6      | does not fire    | does not fire  | does not apply |
        | 3     | 23  | 20      | 7      | does not fire    | does not fire  | does not apply |
        | 3     | 23  | 20      | 8      | fires            | does not fire  | does not apply |
        | 3     | 44  | 41      | 10     | fires            | does not fire  | does not apply |
        | 3     | 45  | 42      | 10     | fires            | does not fire  | does not apply |
        | 3     | 46  | 43      | 10     | does not apply   | does not fire  | does not apply |
        | 26    | 46  | 20      | 10     | fires            | does not fire  | does not apply |
        | 27    | 47  | 20      | 10     | fires            | does not fire  | does not apply |
        | 28    | 48  | 20      | 10     | does not apply   | does not apply | fires          |
        | 29    | 49  | 20      | 10     | does not apply   | does not apply | fires          |

    Scenario Outline: A break, for whom: <whom>
      Given <scheme>
      And <treatment>
      And <earlier>
      And <counts>
      When the record is evaluated
      Then rule `counts-uk.after-break-overdue` <outcome>

      Examples:
        | whom                     | scheme                                      | treatment                                                | earlier                                                               | counts                                | outcome          |
        | the UK scheme            | the patient has UK traffic light monitoring | the patient takes clozapine 300 mg/d started 20 days ago | the patient took clozapine started 400 days ago, stopped 25 days ago  | no observations                       | fires            |
        | another scheme           | the patient has EU 2025 monitoring          | the patient takes clozapine 300 mg/d started 20 days ago | the patient took clozapine started 400 days ago, stopped 25 days ago  | no observations                       | does not apply   |
        | no scheme                | no conditions                               | the patient takes clozapine 300 mg/d started 20 days ago | the patient took clozapine started 400 days ago, stopped 25 days ago  | no observations                       | is not evaluable |
        | no break                 | the patient has UK traffic light monitoring | the patient takes clozapine 300 mg/d started 20 days ago | no symptoms                                                           | no observations                       | does not apply   |
        | clozapine ended          | the patient has UK traffic light monitoring | the patient stopped clozapine 3 days ago                 | the patient took clozapine started 400 days ago, stopped 25 days ago  | no observations                       | does not apply   |
        | medications unknown      | the patient has UK traffic light monitoring | no symptoms                                              | nothing is known about medications                                    | no observations                       | is not evaluable |
        | first start unknown      | the patient has UK traffic light monitoring | the patient takes clozapine 300 mg/d started 20 days ago | the patient took clozapine stopped 25 days ago                        | no observations                       | is not evaluable |
        | observations unknown     | the patient has UK traffic light monitoring | the patient takes clozapine 300 mg/d started 20 days ago | the patient took clozapine started 400 days ago, stopped 25 days ago  | nothing is known about observations   | is not evaluable |
        | perhaps taken before     | the patient has UK traffic light monitoring | the patient takes clozapine 300 mg/d started 20 days ago | it is not known whether the patient took clozapine started 400 days ago, stopped 22 days ago | no observations | is not evaluable |

    Scenario: Both limits of the monitoring services are shown
      Given the patient has UK traffic light monitoring
      And the patient takes these medications:
        | drug      | dose     | started      | stopped     |
        | clozapine | 300 mg/d | 800 days ago | 23 days ago |
        | clozapine | 25 mg/d  | 20 days ago  |             |
      And no observations
      When the record is evaluated
      Then rule `counts-uk.after-break-overdue` shows conflict uk-break-limit
      And rule `counts-uk.after-break-overdue` says "96 hours"

  Rule: counts-uk.after-stop-missing

    Scenario Outline: Clozapine ended <end> days ago, count <latest> days ago
      Given the patient has UK traffic light monitoring
      And the patient stopped clozapine <end> days ago
      And neutrophils of 3.1 10*9/L, <latest> days ago
      When the record is evaluated
      Then rule `counts-uk.after-stop-missing` <outcome>

      Examples:
        | end | latest | outcome        |
        | 6   | 40     | does not apply |
        | 7   | 40     | fires as info  |
        | 8   | 40     | fires          |
        | 27  | 40     | fires          |
        | 28  | 40     | fires          |
        | 29  | 40     | does not apply |
        | 15  | 14     | does not fire  |
        | 15  | 15     | does not fire  |
        | 15  | 16     | fires          |

    Scenario Outline: After the end, for whom: <whom>
      Given <scheme>
      And <treatment>
      And <counts>
      When the record is evaluated
      Then rule `counts-uk.after-stop-missing` <outcome>

      Examples:
        | whom                  | scheme                                      | treatment                                       | counts                              | outcome          |
        | another scheme        | the patient has US label monitoring         | the patient stopped clozapine 15 days ago       | no observations                     | does not apply   |
        | no scheme             | no conditions                               | the patient stopped clozapine 15 days ago       | no observations                     | is not evaluable |
        | on clozapine          | the patient has UK traffic light monitoring | the patient takes clozapine 300 mg/d            | no observations                     | does not apply   |
        | never on clozapine    | the patient has UK traffic light monitoring | the patient does not take clozapine             | no observations                     | does not apply   |
        | ended on unknown day  | the patient has UK traffic light monitoring | the patient stopped clozapine on an unknown day | no observations                     | is not evaluable |
        | medications unknown   | the patient has UK traffic light monitoring | nothing is known about medications              | no observations                     | is not evaluable |
        | observations unknown  | the patient has UK traffic light monitoring | the patient stopped clozapine 15 days ago       | nothing is known about observations | is not evaluable |

    Scenario: Counts before the end and after it
      Given the patient has UK traffic light monitoring
      And the patient takes these medications:
        | drug      | dose     | started      | stopped      |
        | clozapine | 300 mg/d | 900 days ago | 500 days ago |
        | clozapine | 300 mg/d | 400 days ago | 15 days ago  |
      And neutrophils over time:
        | when        | result     |
        | 40 days ago | 3.1 10*9/L |
        | 5 days ago  | 3.3 10*9/L |
      When the record is evaluated
      Then rule `counts-uk.after-stop-missing` does not fire

    Scenario: Of two treatments the later end counts
      Given the patient has UK traffic light monitoring
      And the patient takes these medications:
        | drug      | dose     | started      | stopped      |
        | clozapine | 300 mg/d | 900 days ago | 500 days ago |
        | clozapine | 300 mg/d | 400 days ago | 15 days ago  |
      And neutrophils of 3.1 10*9/L, 40 days ago
      When the record is evaluated
      Then rule `counts-uk.after-stop-missing` fires

    Scenario: Begun again after an end
      Given the patient has UK traffic light monitoring
      And the patient takes these medications:
        | drug      | dose     | started      | stopped     |
        | clozapine | 300 mg/d | 800 days ago | 15 days ago |
        | clozapine | 25 mg/d  | 5 days ago   |             |
      And no observations
      When the record is evaluated
      Then rule `counts-uk.after-stop-missing` does not apply

  Rule: counts-uk.baseline-low

    Scenario Outline: Before the start neutrophils <neutrophils>, leukocytes <leukocytes>
      Given the patient has UK traffic light monitoring
      And the patient takes clozapine 25 mg/d started 10 days ago
      And these results:
        | observation | result               | when        |
        | neutrophils | <neutrophils> 10*9/L | 12 days ago |
        | leukocytes  | <leukocytes> 10*9/L  | 12 days ago |
        | neutrophils | 1.1 10*9/L           | 2 days ago  |
        | leukocytes  | 2.1 10*9/L           | 2 days ago  |
        | neutrophils | 1.1 10*9/L           | 30 days ago |
        | leukocytes  | 2.1 10*9/L           | 30 days ago |
        | neutrophils | 4.1 10*9/L           | 35 days ago |
        | leukocytes  | 8.1 10*9/L           | 35 days ago |
      When the record is evaluated
      Then rule `counts-uk.baseline-low` <outcome>

      Examples:
        | neutrophils | leukocytes | outcome          |
        | 1.99        | 6          | fires as warning |
        | 2           | 6          | does not fire    |
        | 2.01        | 6          | does not fire    |
        | 4           | 3.49       | fires            |
        | 4           | 3.5        | does not fire    |
        | 4           | 3.51       | does not fire    |

    Scenario Outline: Counts of <when> before a start 10 days ago
      Given the patient has UK traffic light monitoring
      And the patient takes clozapine 25 mg/d started 10 days ago
      And <observation> of <low> 10*9/L, <when>
      When the record is evaluated
      Then rule `counts-uk.baseline-low` <outcome>

      Examples:
        | observation | low | when        | outcome          |
        | neutrophils | 1.2 | 9 days ago  | is not evaluable |
        | neutrophils | 1.2 | 10 days ago | fires            |
        | neutrophils | 1.2 | 38 days ago | fires            |
        | neutrophils | 1.2 | 39 days ago | is not evaluable |
        | leukocytes  | 2.2 | 9 days ago  | is not evaluable |
        | leukocytes  | 2.2 | 10 days ago | fires            |
        | leukocytes  | 2.2 | 38 days ago | fires            |
        | leukocytes  | 2.2 | 39 days ago | is not evaluable |

    Scenario Outline: Before the start, for whom: <whom>
      Given <scheme>
      And <treatment>
      And neutrophils of 1.2 10*9/L, 40 days ago
      And leukocytes of 6.1 10*9/L, 40 days ago
      When the record is evaluated
      Then rule `counts-uk.baseline-low` <outcome>

      Examples:
        | whom                | scheme                                      | treatment                                                | outcome          |
        | day 27              | the patient has UK traffic light monitoring | the patient takes clozapine 300 mg/d started 27 days ago | fires            |
        | day 28              | the patient has UK traffic light monitoring | the patient takes clozapine 300 mg/d started 28 days ago | fires            |
        | day 29              | the patient has UK traffic light monitoring | the patient takes clozapine 300 mg/d started 29 days ago | does not apply   |
        | another scheme      | the patient has US label monitoring         | the patient takes clozapine 300 mg/d started 20 days ago | does not apply   |
        | no scheme           | no conditions                               | the patient takes clozapine 300 mg/d started 20 days ago | is not evaluable |
        | unknown start       | the patient has UK traffic light monitoring | the patient takes clozapine 300 mg/d                     | is not evaluable |
        | not on clozapine    | the patient has UK traffic light monitoring | the patient does not take clozapine                      | does not apply   |
        | medications unknown | the patient has UK traffic light monitoring | nothing is known about medications                       | is not evaluable |

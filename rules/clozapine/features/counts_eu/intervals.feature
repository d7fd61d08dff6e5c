Feature: Intervals between counts in the EU scheme of 2025
  Weekly up to week 18 (126 days), monthly (31 days) to the end of year 1 (364 days), then every 12 weeks (84
  days), and annually after 2 years (728 days), as long as there was no neutropenia.

  Background:
    Given as of 2026-11-23

  Rule: counts-eu.weekly-overdue, counts-eu.monthly-overdue, counts-eu.twelve-weekly-overdue and counts-eu.annual-overdue

    Scenario Outline: Day <day>, latest count <latest> days ago
      Given the patient has EU 2025 monitoring
      And the patient takes clozapine 300 mg/d started <day> days ago
      And neutrophils over time:
        | when              | result     |
        | 700 days ago      | 3.3 10*9/L |
        | 400 days ago      | 3.2 10*9/L |
        | <latest> days ago | 3.1 10*9/L |
      When the record is evaluated
      Then rule `counts-eu.weekly-overdue` <weekly>
      And rule `counts-eu.monthly-overdue` <monthly>
      And rule `counts-eu.twelve-weekly-overdue` <twelve-weekly>
      And rule `counts-eu.annual-overdue` <annual>

      Examples:
        | day  | latest | weekly           | monthly          | twelve-weekly    | annual           |
        | 60   | 6      | does not fire    | does not apply   | does not apply   | does not apply   |
        | 60   | 7      | does not fire    | does not apply   | does not apply   | does not apply   |
        | 60   | 8      | fires as warning | does not apply   | does not apply   | does not apply   |
        | 125  | 8      | fires            | does not apply   | does not apply   | does not apply   |
        | 126  | 8      | does not apply   | does not fire    | does not apply   | does not apply   |
        | 127  | 8      | does not apply   | does not fire    | does not apply   | does not apply   |
        | 125  | 32     | fires            | does not apply   | does not apply   | does not apply   |
        | 126  | 32     | does not apply   | fires as warning | does not apply   | does not apply   |
        | 127  | 32     | does not apply   | fires            | does not apply   | does not apply   |
        | 250  | 30     | does not apply   | does not fire    | does not apply   | does not apply   |
        | 250  | 31     | does not apply   | does not fire    | does not apply   | does not apply   |
        | 250  | 32     | does not apply   | fires            | does not apply   | does not apply   |
        | 363  | 85     | does not apply   | fires            | does not apply   | does not apply   |
        | 364  | 85     | does not apply   | does not apply   | fires as warning | does not apply   |
        | 365  | 85     | does not apply   | does not apply   | fires            | does not apply   |
        | 500  | 83     | does not apply   | does not apply   | does not fire    | does not apply   |
        | 500  | 84     | does not apply   | does not apply   | does not fire    | does not apply   |
        | 500  | 85     | does not apply   | does not apply   | fires            | does not apply   |
        | 727  | 366    | does not apply   | does not apply   | fires            | does not apply   |
        | 728  | 366    | does not apply   | does not apply   | does not apply   | fires as warning |
        | 729  | 366    | does not apply   | does not apply   | does not apply   | fires            |
        | 1500 | 364    | does not apply   | does not apply   | does not apply   | does not fire    |
        | 1500 | 365    | does not apply   | does not apply   | does not apply   | does not fire    |
        | 1500 | 366    | does not apply   | does not apply   | does not apply   | fires            |

    Scenario Outline: No count on treatment: <what>
      Given the patient has EU 2025 monitoring
      And <treatment>
      And <counts>
      When the record is evaluated
      Then rule `<rule>` <outcome>

      Examples:
        | what                     | treatment                                                 | counts                                | rule                            | outcome                                                               |
        | none, day 7              | the patient takes clozapine 300 mg/d started 7 days ago   | no observations                       | counts-eu.weekly-overdue        | does not fire                                                         |
        | none, day 8              | the patient takes clozapine 300 mg/d started 8 days ago   | no observations                       | counts-eu.weekly-overdue        | fires because `neutrophils.europe_days_without` is 8 days             |
        | before the start, day 7  | the patient takes clozapine 300 mg/d started 7 days ago   | neutrophils of 3.1 10*9/L, 9 days ago | counts-eu.weekly-overdue        | does not fire                                                         |
        | nothing known, day 60    | the patient takes clozapine 300 mg/d started 60 days ago  | nothing is known about observations   | counts-eu.weekly-overdue        | is not evaluable because `neutrophils.europe_days_without` is unknown |
        | nothing known, day 200   | the patient takes clozapine 300 mg/d started 200 days ago | nothing is known about observations   | counts-eu.monthly-overdue       | is not evaluable because `neutrophils.europe_days_without` is unknown |
        | nothing known, day 500   | the patient takes clozapine 300 mg/d started 500 days ago | nothing is known about observations   | counts-eu.twelve-weekly-overdue | is not evaluable                                                      |
        | nothing known, day 900   | the patient takes clozapine 300 mg/d started 900 days ago | nothing is known about observations   | counts-eu.annual-overdue        | is not evaluable                                                      |
        | none, day 500            | the patient takes clozapine 300 mg/d started 500 days ago | no observations                       | counts-eu.twelve-weekly-overdue | fires                                                                 |
        | none, day 900            | the patient takes clozapine 300 mg/d started 900 days ago | no observations                       | counts-eu.annual-overdue        | fires                                                                 |

    Scenario Outline: Whom the intervals are for: <whom>, rule <rule>
      Given <scheme>
      And <treatment>
      And no observations
      When the record is evaluated
      Then rule `<rule>` <outcome>

      Examples:
        | whom                | scheme                              | treatment                                                 | rule                            | outcome          |
        | another scheme      | the patient has US label monitoring | the patient takes clozapine 300 mg/d started 60 days ago  | counts-eu.weekly-overdue        | does not apply   |
        | no scheme           | no conditions                       | the patient takes clozapine 300 mg/d started 60 days ago  | counts-eu.weekly-overdue        | is not evaluable |
        | unknown start       | the patient has EU 2025 monitoring  | the patient takes clozapine 300 mg/d                      | counts-eu.weekly-overdue        | is not evaluable |
        | clozapine ended     | the patient has EU 2025 monitoring  | the patient stopped clozapine 3 days ago                  | counts-eu.weekly-overdue        | does not apply   |
        | medications unknown | the patient has EU 2025 monitoring  | nothing is known about medications                        | counts-eu.weekly-overdue        | is not evaluable |
        | another scheme      | the patient has US label monitoring | the patient takes clozapine 300 mg/d started 250 days ago | counts-eu.monthly-overdue       | does not apply   |
        | no scheme           | no conditions                       | the patient takes clozapine 300 mg/d started 250 days ago | counts-eu.monthly-overdue       | is not evaluable |
        | unknown start       | the patient has EU 2025 monitoring  | the patient takes clozapine 300 mg/d                      | counts-eu.monthly-overdue       | is not evaluable |
        | clozapine ended     | the patient has EU 2025 monitoring  | the patient stopped clozapine 3 days ago                  | counts-eu.monthly-overdue       | does not apply   |
        | medications unknown | the patient has EU 2025 monitoring  | nothing is known about medications                        | counts-eu.monthly-overdue       | is not evaluable |
        | another scheme      | the patient has US label monitoring | the patient takes clozapine 300 mg/d started 500 days ago | counts-eu.twelve-weekly-overdue | does not apply   |
        | no scheme           | no conditions                       | the patient takes clozapine 300 mg/d started 500 days ago | counts-eu.twelve-weekly-overdue | is not evaluable |
        | unknown start       | the patient has EU 2025 monitoring  | the patient takes clozapine 300 mg/d                      | counts-eu.twelve-weekly-overdue | is not evaluable |
        | clozapine ended     | the patient has EU 2025 monitoring  | the patient stopped clozapine 3 days ago                  | counts-eu.twelve-weekly-overdue | does not apply   |
        | medications unknown | the patient has EU 2025 monitoring  | nothing is known about medications                        | counts-eu.twelve-weekly-overdue | is not evaluable |
        | another scheme      | the patient has US label monitoring | the patient takes clozapine 300 mg/d started 900 days ago | counts-eu.annual-overdue        | does not apply   |
        | no scheme           | no conditions                       | the patient takes clozapine 300 mg/d started 900 days ago | counts-eu.annual-overdue        | is not evaluable |
        | unknown start       | the patient has EU 2025 monitoring  | the patient takes clozapine 300 mg/d                      | counts-eu.annual-overdue        | is not evaluable |
        | clozapine ended     | the patient has EU 2025 monitoring  | the patient stopped clozapine 3 days ago                  | counts-eu.annual-overdue        | does not apply   |
        | medications unknown | the patient has EU 2025 monitoring  | nothing is known about medications                        | counts-eu.annual-overdue        | is not evaluable |

  Rule: counts-eu.interval-not-read

    Scenario Outline: A count of <count> <when> days ago, treatment since <day> days
      Given the patient has EU 2025 monitoring
      And the patient takes clozapine 300 mg/d started <day> days ago
      And neutrophils over time:
        | when            | result         |
        | 700 days ago    | 4.1 10*9/L     |
        | <when> days ago | <count> 10*9/L |
        | 400 days ago    | 3.1 10*9/L     |
      When the record is evaluated
      Then rule `counts-eu.interval-not-read` <not-read>
      And rule `counts-eu.twelve-weekly-overdue` <twelve-weekly>
      And rule `counts-eu.annual-overdue` <annual>

      Examples:
        | count | when | day | not-read       | twelve-weekly  | annual         |
        | 1.49  | 500  | 700 | fires as info  | does not apply | does not apply |
        | 1.5   | 500  | 700 | does not fire  | fires          | does not apply |
        | 1.51  | 500  | 700 | does not fire  | fires          | does not apply |
        | 1.2   | 699  | 700 | fires          | does not apply | does not apply |
        | 1.2   | 900  | 899 | does not fire  | does not apply | fires          |
        | 1.2   | 899  | 899 | fires          | does not apply | does not apply |
        | 1.2   | 898  | 899 | fires          | does not apply | does not apply |
        | 1.2   | 300  | 363 | does not apply | does not apply | does not apply |
        | 1.2   | 300  | 364 | fires          | does not apply | does not apply |
        | 1.2   | 300  | 365 | fires          | does not apply | does not apply |

    Scenario Outline: Neutropenia, for whom: <whom>
      Given <scheme>
      And <treatment>
      And <count>
      When the record is evaluated
      Then rule `counts-eu.interval-not-read` <outcome>

      Examples:
        | whom                 | scheme                              | treatment                                                 | count                                        | outcome          |
        | another scheme       | the patient has US label monitoring | the patient takes clozapine 300 mg/d started 900 days ago | neutrophils of 1.2 10*9/L, 200 days ago      | does not apply   |
        | no scheme            | no conditions                       | the patient takes clozapine 300 mg/d started 900 days ago | neutrophils of 1.2 10*9/L, 200 days ago      | is not evaluable |
        | unknown start        | the patient has EU 2025 monitoring  | the patient takes clozapine 300 mg/d                      | neutrophils of 1.2 10*9/L, 200 days ago      | is not evaluable |
        | clozapine ended      | the patient has EU 2025 monitoring  | the patient stopped clozapine 3 days ago                  | neutrophils of 1.2 10*9/L, 200 days ago      | does not apply   |
        | medications unknown  | the patient has EU 2025 monitoring  | nothing is known about medications                        | neutrophils of 1.2 10*9/L, 200 days ago      | is not evaluable |
        | a count not usable   | the patient has EU 2025 monitoring  | the patient takes clozapine 300 mg/d started 900 days ago | neutrophils taken 9 days ago, result unknown | is not evaluable |

    Scenario Outline: Whether there was neutropenia is not known: <rule>
      Given the patient has EU 2025 monitoring
      And the patient takes clozapine 300 mg/d started <day> days ago
      And neutrophils taken 200 days ago, result unknown
      And neutrophils of 3.1 10*9/L, <latest> days ago
      When the record is evaluated
      Then rule `<rule>` is not evaluable because `neutrophils.neutropenia_on_treatment` is unknown

      Examples:
        | rule                            | day | latest |
        | counts-eu.twelve-weekly-overdue | 500 | 90     |

    Scenario: Whether there was neutropenia is not known, after two years
      Given the patient has EU 2025 monitoring
      And the patient takes clozapine 300 mg/d started 900 days ago
      And neutrophils taken 400 days ago, result unknown
      When the record is evaluated
      Then rule `counts-eu.annual-overdue` is not evaluable because `neutrophils.neutropenia_on_treatment` is unknown

  Rule: counts-eu.after-break-overdue

    Scenario Outline: A gap of <gap> days that ended <restart> days ago, counts <latest> days ago
      Given the patient has EU 2025 monitoring
      And the patient takes these medications:
        | drug      | dose     | started            | stopped        |
        | clozapine | 300 mg/d | 800 days ago       | <end> days ago |
        | clozapine | 25 mg/d  | <restart> days ago |                |
      And neutrophils of 3.1 10*9/L, <latest> days ago
      When the record is evaluated
      Then rule `counts-eu.after-break-overdue` <after-break>
      And rule `counts-eu.weekly-overdue` <weekly>

      Examples:
        | gap | end | restart | latest | after-break      | weekly         |
        | 2   | 22  | 20      | 10     | does not apply   | does not apply |
        | 3   | 23  | 20      | 10     | does not apply   | does not apply |
        | 4   | 24  | 20      | 10     | fires as warning | does not apply |
        | 5   | 25  | 20      | 10     | fires            | does not apply |
        | 4   | 24  | 20      | 6      | does not fire    | does not apply |
        | 4   | 24  | 20      | 7      | does not fire    | does not apply |
        | 4   | 24  | 20      | 8      | fires            | does not apply |
        | 4   | 45  | 41      | 10     | fires            | does not apply |
        | 4   | 46  | 42      | 10     | fires            | does not apply |
        | 4   | 47  | 43      | 10     | does not apply   | does not apply |
        | 27  | 47  | 20      | 10     | fires            | does not apply |
        | 28  | 48  | 20      | 10     | does not apply   | fires          |
        | 29  | 49  | 20      | 10     | does not apply   | fires          |

    Scenario Outline: Clozapine for <before> days before a gap of 5 days
      Given the patient has EU 2025 monitoring
      And the patient takes these medications:
        | drug      | dose     | started          | stopped     |
        | clozapine | 300 mg/d | <start> days ago | 25 days ago |
        | clozapine | 25 mg/d  | 20 days ago      |             |
      And neutrophils of 3.1 10*9/L, 10 days ago
      When the record is evaluated
      Then rule `counts-eu.after-break-overdue` <outcome>

      Examples:
        | before | start | outcome        |
        | 125    | 150   | does not apply |
        | 126    | 151   | does not apply |
        | 127    | 152   | fires          |

    Scenario: A dose that was changed since the gap, and a longer gap before it
      Given the patient has EU 2025 monitoring
      And the patient takes these medications:
        | drug      | dose     | started      | stopped      |
        | clozapine | 300 mg/d | 800 days ago | 300 days ago |
        | clozapine | 300 mg/d | 290 days ago | 35 days ago  |
        | clozapine | 25 mg/d  | 30 days ago  | 20 days ago  |
        | clozapine | 200 mg/d | 20 days ago  |              |
      And neutrophils of 3.1 10*9/L, 10 days ago
      When the record is evaluated
      Then rule `counts-eu.after-break-overdue` fires because `clozapine.eu_break_days` is 30 days
      And rule `counts-eu.after-break-overdue` fires because `clozapine.eu_before_gap` is 765 days

    Scenario: Six weeks after the gap, although the dose was changed since
      Given the patient has EU 2025 monitoring
      And the patient takes these medications:
        | drug      | dose     | started      | stopped     |
        | clozapine | 300 mg/d | 800 days ago | 60 days ago |
        | clozapine | 25 mg/d  | 50 days ago  | 20 days ago |
        | clozapine | 200 mg/d | 20 days ago  |             |
      And neutrophils of 3.1 10*9/L, 10 days ago
      When the record is evaluated
      Then rule `counts-eu.after-break-overdue` does not apply

    Scenario: A gap early in treatment, and another one just now
      Given the patient has EU 2025 monitoring
      And the patient takes these medications:
        | drug      | dose     | started      | stopped      |
        | clozapine | 300 mg/d | 180 days ago | 160 days ago |
        | clozapine | 300 mg/d | 150 days ago | 35 days ago  |
        | clozapine | 25 mg/d  | 30 days ago  |              |
      And neutrophils of 3.1 10*9/L, 10 days ago
      When the record is evaluated
      Then rule `counts-eu.after-break-overdue` fires because `clozapine.eu_before_gap` is 145 days

    Scenario Outline: A gap, for whom: <whom>
      Given <scheme>
      And <treatment>
      And <earlier>
      And <counts>
      When the record is evaluated
      Then rule `counts-eu.after-break-overdue` <outcome>

      Examples:
        | whom                 | scheme                              | treatment                                                | earlier                                                                                      | counts                              | outcome          |
        | the EU scheme        | the patient has EU 2025 monitoring  | the patient takes clozapine 300 mg/d started 20 days ago | the patient took clozapine started 400 days ago, stopped 25 days ago                         | no observations                     | fires            |
        | another scheme       | the patient has US label monitoring | the patient takes clozapine 300 mg/d started 20 days ago | the patient took clozapine started 400 days ago, stopped 25 days ago                         | no observations                     | does not apply   |
        | no scheme            | no conditions                       | the patient takes clozapine 300 mg/d started 20 days ago | the patient took clozapine started 400 days ago, stopped 25 days ago                         | no observations                     | is not evaluable |
        | no gap               | the patient has EU 2025 monitoring  | the patient takes clozapine 300 mg/d started 20 days ago | no symptoms                                                                                  | no observations                     | does not apply   |
        | clozapine ended      | the patient has EU 2025 monitoring  | the patient stopped clozapine 3 days ago                 | the patient took clozapine started 400 days ago, stopped 25 days ago                         | no observations                     | does not apply   |
        | medications unknown  | the patient has EU 2025 monitoring  | no symptoms                                              | nothing is known about medications                                                           | no observations                     | is not evaluable |
        | first start unknown  | the patient has EU 2025 monitoring  | the patient takes clozapine 300 mg/d started 20 days ago | the patient took clozapine stopped 25 days ago                                               | no observations                     | is not evaluable |
        | observations unknown | the patient has EU 2025 monitoring  | the patient takes clozapine 300 mg/d started 20 days ago | the patient took clozapine started 400 days ago, stopped 25 days ago                         | nothing is known about observations | is not evaluable |
        | perhaps taken before | the patient has EU 2025 monitoring  | the patient takes clozapine 300 mg/d started 20 days ago | it is not known whether the patient took clozapine started 400 days ago, stopped 22 days ago | no observations                     | is not evaluable |

Feature: Intervals between counts in the US scheme
  Weekly up to 6 months (182 days), every 2 weeks up to 12 months (364 days), then monthly (31 days). Without any
  count, the time since the start of treatment counts.

  Background:
    Given as of 2026-11-23

  Rule: counts-us.weekly-overdue, counts-us.two-weekly-overdue and counts-us.monthly-overdue

    Scenario Outline: <latest> days without a count in week 26 or 27: day <day>
      Given the patient has US label monitoring
      And the patient takes clozapine 300 mg/d started <day> days ago
      And neutrophils over time:
        | when              | result     |
        | 30 days ago       | 3.9 10*9/L |
        | <latest> days ago | 3.1 10*9/L |
      When the record is evaluated
      Then rule `counts-us.weekly-overdue` <weekly>
      And rule `counts-us.two-weekly-overdue` <two-weekly>
      And rule `counts-us.monthly-overdue` does not apply

      Examples:
        | day | latest | weekly           | two-weekly       |
        | 60  | 6      | does not fire    | does not apply   |
        | 60  | 7      | does not fire    | does not apply   |
        | 60  | 8      | fires as warning | does not apply   |
        | 181 | 8      | fires            | does not apply   |
        | 182 | 8      | does not apply   | does not fire    |
        | 183 | 8      | does not apply   | does not fire    |
        | 181 | 15     | fires            | does not apply   |
        | 182 | 15     | does not apply   | fires as warning |
        | 183 | 15     | does not apply   | fires            |
        | 250 | 13     | does not apply   | does not fire    |
        | 250 | 14     | does not apply   | does not fire    |
        | 250 | 15     | does not apply   | fires            |
        | 363 | 15     | does not apply   | fires            |

    Scenario Outline: <latest> days without a count around week 52: day <day>
      Given the patient has US label monitoring
      And the patient takes clozapine 300 mg/d started <day> days ago
      And neutrophils of 3.1 10*9/L, <latest> days ago
      When the record is evaluated
      Then rule `counts-us.two-weekly-overdue` <two-weekly>
      And rule `counts-us.monthly-overdue` <monthly>
      And rule `counts-us.weekly-overdue` does not apply

      Examples:
        | day | latest | two-weekly     | monthly          |
        | 363 | 20     | fires          | does not apply   |
        | 364 | 20     | does not apply | does not fire    |
        | 365 | 20     | does not apply | does not fire    |
        | 363 | 32     | fires          | does not apply   |
        | 364 | 32     | does not apply | fires as warning |
        | 365 | 32     | does not apply | fires            |
        | 800 | 30     | does not apply | does not fire    |
        | 800 | 31     | does not apply | does not fire    |
        | 800 | 32     | does not apply | fires            |

    Scenario Outline: No count at all since the start <day> days ago
      Given the patient has US label monitoring
      And the patient takes clozapine 300 mg/d started <day> days ago
      And <counts>
      When the record is evaluated
      Then rule `<rule>` <outcome>

      Examples:
        | day | counts                                     | rule                         | outcome                                                        |
        | 7   | no observations                            | counts-us.weekly-overdue     | does not fire                                                  |
        | 8   | no observations                            | counts-us.weekly-overdue     | fires because `neutrophils.days_without` is 8 days             |
        | 7   | neutrophils of 3.1 10*9/L, 9 days ago      | counts-us.weekly-overdue     | does not fire                                                  |
        | 8   | neutrophils of 3.1 10*9/L, 9 days ago      | counts-us.weekly-overdue     | fires                                                          |
        | 8   | neutrophils of 3.1 10*9/L, 8 days ago      | counts-us.weekly-overdue     | fires                                                          |
        | 8   | neutrophils taken 3 days ago, result unknown | counts-us.weekly-overdue   | does not fire                                                  |
        | 8   | nothing is known about observations        | counts-us.weekly-overdue     | is not evaluable because `neutrophils.days_without` is unknown |
        | 200 | nothing is known about observations        | counts-us.two-weekly-overdue | is not evaluable because `neutrophils.days_without` is unknown |
        | 200 | neutrophils of 3.1 10*9/L, undated         | counts-us.two-weekly-overdue | is not evaluable because `neutrophils.days_without` is unknown |
        | 400 | nothing is known about observations        | counts-us.monthly-overdue    | is not evaluable because `neutrophils.days_without` is unknown |
        | 400 | leukocytes of 6.1 10*9/L, 2 days ago       | counts-us.monthly-overdue    | fires                                                          |

    Scenario Outline: Whom the intervals are for: <whom>
      Given <scheme>
      And <treatment>
      And no observations
      When the record is evaluated
      Then rule `<rule>` <outcome>

      Examples:
        | whom                | scheme                              | treatment                                                 | rule                         | outcome                                                                            |
        | another scheme      | the patient has EU 2025 monitoring  | the patient takes clozapine 300 mg/d started 60 days ago  | counts-us.weekly-overdue     | does not apply                                                                     |
        | another scheme      | the patient has EU 2025 monitoring  | the patient takes clozapine 300 mg/d started 250 days ago | counts-us.two-weekly-overdue | does not apply                                                                     |
        | another scheme      | the patient has EU 2025 monitoring  | the patient takes clozapine 300 mg/d started 400 days ago | counts-us.monthly-overdue    | does not apply                                                                     |
        | no scheme           | no conditions                       | the patient takes clozapine 300 mg/d started 60 days ago  | counts-us.weekly-overdue     | is not evaluable because `scheme.selected` is unknown                              |
        | no scheme           | no conditions                       | the patient takes clozapine 300 mg/d started 250 days ago | counts-us.two-weekly-overdue | is not evaluable because `scheme.selected` is unknown                              |
        | no scheme           | no conditions                       | the patient takes clozapine 300 mg/d started 400 days ago | counts-us.monthly-overdue    | is not evaluable because `scheme.selected` is unknown                              |
        | unknown start       | the patient has US label monitoring | the patient takes clozapine 300 mg/d                      | counts-us.weekly-overdue     | is not evaluable because `clozapine.days_on_treatment` and `neutrophils.days_without` are unknown |
        | unknown start       | the patient has US label monitoring | the patient takes clozapine 300 mg/d                      | counts-us.two-weekly-overdue | is not evaluable because `clozapine.days_on_treatment` and `neutrophils.days_without` are unknown |
        | unknown start       | the patient has US label monitoring | the patient takes clozapine 300 mg/d                      | counts-us.monthly-overdue    | is not evaluable because `clozapine.days_on_treatment` and `neutrophils.days_without` are unknown |
        | clozapine ended     | the patient has US label monitoring | the patient stopped clozapine 3 days ago                  | counts-us.weekly-overdue     | does not apply                                                                     |
        | clozapine ended     | the patient has US label monitoring | the patient stopped clozapine 3 days ago                  | counts-us.two-weekly-overdue | does not apply                                                                     |
        | clozapine ended     | the patient has US label monitoring | the patient stopped clozapine 3 days ago                  | counts-us.monthly-overdue    | does not apply                                                                     |
        | medications unknown | the patient has US label monitoring | nothing is known about medications                        | counts-us.weekly-overdue     | is not evaluable                                                                   |
        | medications unknown | the patient has US label monitoring | nothing is known about medications                        | counts-us.two-weekly-overdue | is not evaluable                                                                   |
        | medications unknown | the patient has US label monitoring | nothing is known about medications                        | counts-us.monthly-overdue    | is not evaluable                                                                   |

    Scenario: Benign ethnic neutropenia has the same intervals
      Given the patient has US label monitoring
      And the patient has benign ethnic neutropenia
      And the patient takes clozapine 300 mg/d started 60 days ago
      And neutrophils of 1.2 10*9/L, 8 days ago
      When the record is evaluated
      Then rule `counts-us.weekly-overdue` fires
      And rule `counts-us.weekly-overdue` rests on claim us.ben-normal
      And rule `counts-us.weekly-overdue` shows conflict weeks-or-months

  Rule: counts-us.new-patient

    Scenario Outline: An interruption of <gap> days, which ended <restart> days ago
      The first course began 400 days ago. After less than 30 days without clozapine the counts go on monthly;
      after 30 days or more they begin weekly as in a new patient.
      Given the patient has US label monitoring
      And the patient takes these medications:
        | drug      | dose     | started            | stopped        |
        | clozapine | 300 mg/d | 400 days ago       | <end> days ago |
        | clozapine | 25 mg/d  | <restart> days ago |                |
      And neutrophils of 3.1 10*9/L, 10 days ago
      When the record is evaluated
      Then rule `counts-us.new-patient` <new>
      And rule `counts-us.weekly-overdue` <weekly>
      And rule `counts-us.monthly-overdue` <monthly>

      Examples:
        | gap | end | restart | new            | weekly         | monthly        |
        | 1   | 21  | 20      | does not apply | does not apply | does not fire  |
        | 28  | 48  | 20      | does not apply | does not apply | does not fire  |
        | 29  | 49  | 20      | does not apply | does not apply | does not fire  |
        | 30  | 50  | 20      | fires as info  | fires          | does not apply |
        | 31  | 51  | 20      | fires          | fires          | does not apply |
        | 31  | 212 | 181     | fires          | fires          | does not apply |
        | 31  | 213 | 182     | does not apply | does not apply | does not apply |
        | 31  | 214 | 183     | does not apply | does not apply | does not apply |

    Scenario Outline: A first treatment is no new one: <whom>
      Given <scheme>
      And <treatment>
      And no observations
      When the record is evaluated
      Then rule `counts-us.new-patient` <outcome>

      Examples:
        | whom                          | scheme                              | treatment                                                | outcome          |
        | first treatment               | the patient has US label monitoring | the patient takes clozapine 300 mg/d started 60 days ago | does not fire    |
        | unknown start                 | the patient has US label monitoring | the patient takes clozapine 300 mg/d                     | does not fire    |
        | not on clozapine              | the patient has US label monitoring | the patient does not take clozapine                      | does not apply   |
        | clozapine ended               | the patient has US label monitoring | the patient stopped clozapine 40 days ago                | does not apply   |
        | nothing known of medications  | the patient has US label monitoring | nothing is known about medications                       | is not evaluable |

    Scenario Outline: An earlier treatment that is only partly known: <whom>
      Given <scheme>
      And the patient takes clozapine 25 mg/d started 20 days ago
      And <earlier>
      And <list>
      When the record is evaluated
      Then rule `counts-us.new-patient` <outcome>

      Examples:
        | whom                      | scheme                              | earlier                                                                                 | list                                      | outcome          |
        | perhaps taken before      | the patient has US label monitoring | it is not known whether the patient took clozapine started 400 days ago, stopped 90 days ago | no observations                      | is not evaluable |
        | the list may lack some    | the patient has US label monitoring | no observations                                                                         | the list of medications may be incomplete | is not evaluable |
        | another scheme            | the patient has EU 2025 monitoring  | the patient took clozapine started 400 days ago, stopped 90 days ago                    | no observations                           | does not apply   |
        | no scheme                 | no conditions                       | the patient took clozapine started 400 days ago, stopped 90 days ago                    | no observations                           | is not evaluable |
        | begun on an unknown day   | the patient has US label monitoring | the patient took clozapine stopped 90 days ago                                          | no observations                           | fires            |

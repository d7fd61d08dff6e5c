Feature: One monitoring scheme, never two
  The US label, the UK traffic light and the EU text of 2025 draw different conclusions from the same count. A
  record selects one of them as a condition. With none or several, no rule on blood counts is evaluated.

  Background:
    Given as of 2026-11-23

  Rule: scheme.none-selected and scheme.several-selected

    Scenario Outline: <schemes>
      Given the patient takes clozapine 300 mg/d started 400 days ago
      And <first>
      And <second>
      And neutrophils of 0.4 10*9/L, 2 days ago
      When the record is evaluated
      Then rule `scheme.none-selected` <none>
      And rule `scheme.several-selected` <several>
      And rule `counts-us.severe` <us>
      And rule `counts-uk.red` <uk>

      Examples:
        | schemes               | first                                            | second                                                                | none             | several          | us               | uk               |
        | no scheme             | no conditions                                    | the patient does not have EU 2025 monitoring                          | fires as info    | does not fire    | is not evaluable | is not evaluable |
        | the US scheme         | the patient has US label monitoring              | the patient does not have benign ethnic neutropenia                   | does not fire    | does not fire    | fires            | does not apply   |
        | the UK scheme         | the patient has UK traffic light monitoring      | the patient does not have benign ethnic neutropenia                   | does not fire    | does not fire    | does not apply   | fires            |
        | the EU scheme         | the patient has EU 2025 monitoring               | the patient does not have benign ethnic neutropenia                   | does not fire    | does not fire    | does not apply   | does not apply   |
        | two schemes           | the patient has US label monitoring              | the patient has UK traffic light monitoring                           | does not fire    | fires as warning | is not evaluable | is not evaluable |
        | US and EU             | the patient has US label monitoring              | the patient has EU 2025 monitoring                                    | does not fire    | fires            | is not evaluable | is not evaluable |
        | perhaps a second one  | the patient has US label monitoring              | it is not known whether the patient has EU 2025 monitoring            | is not evaluable | is not evaluable | is not evaluable | is not evaluable |
        | perhaps one           | the patient does not have US label monitoring    | it is not known whether the patient has UK traffic light monitoring   | is not evaluable | is not evaluable | is not evaluable | is not evaluable |
        | nothing is known      | nothing is known about conditions                | nothing is known about symptoms                                       | is not evaluable | is not evaluable | is not evaluable | is not evaluable |

    Scenario: Three schemes
      Given the patient takes clozapine 300 mg/d started 400 days ago
      And the patient has US label monitoring
      And the patient has UK traffic light monitoring
      And the patient has EU 2025 monitoring
      When the record is evaluated
      Then rule `scheme.several-selected` fires because `scheme.number` is 3
      And no rule of family counts-us fires
      And no rule of family counts-uk fires
      And no rule of family counts-eu fires

    Scenario Outline: Only for patients on clozapine
      Given <treatment>
      And <schemes>
      When the record is evaluated
      Then rule `scheme.none-selected` <none>
      And rule `scheme.several-selected` <several>

      Examples:
        | treatment                                     | schemes                                                              | none             | several          |
        | the patient does not take clozapine           | no conditions                                                        | does not apply   | does not apply   |
        | nothing is known about medications            | no conditions                                                        | is not evaluable | does not fire    |
        | it is not known whether the patient takes clozapine | the patient has US label monitoring                            | does not fire    | does not fire    |

    Scenario: Several schemes without clozapine
      Given the patient does not take clozapine
      And the patient has US label monitoring
      And the patient has EU 2025 monitoring
      When the record is evaluated
      Then rule `scheme.several-selected` does not apply

    Scenario: Several schemes, and it is not known whether clozapine is taken
      Given nothing is known about medications
      And the patient has US label monitoring
      And the patient has EU 2025 monitoring
      When the record is evaluated
      Then rule `scheme.several-selected` is not evaluable because `clozapine.active` is unknown

    Scenario Outline: A scheme by its code: <code>
      Given the record:
        """
        {"as_of": "2026-11-23",
         "conditions": [{"code": "urn:mianserin-cds:clozapine-monitoring-scheme|<code>"}],
         "medications": [{"drug": "clozapine"}], "observations": [], "symptoms": []}
        """
      When the record is evaluated
      Then rule `scheme.none-selected` does not fire
      And fact `scheme.selected` is <scheme>

      Examples:
        | code             | scheme                      |
        | us-label         | us-label-monitoring         |
        | uk-traffic-light | uk-traffic-light-monitoring |
        | eu-2025          | eu-2025-monitoring          |

    Scenario: A coded condition that is not understood selects no scheme
      Given the record:
        """
        {"as_of": "2026-11-23",
         "conditions": [{"code": "http://snomed.info/sct|84757009"}],
         "medications": [{"drug": "clozapine"}], "observations": [], "symptoms": []}
        """
      When the record is evaluated
      Then rule `scheme.none-selected` fires

Feature: Drugs and smoking that the sources link with clozapine
  Each rule needs clozapine and one of its drugs at the same time.

  Background:
    Given as of 2026-11-23

  Rule: interactions.strong-cyp1a2-inhibitor, interactions.other-inhibitor, interactions.strong-inducer, interactions.marrow-toxic and interactions.benzodiazepine

    Scenario Outline: Clozapine with <drug>
      Given the patient takes clozapine 300 mg/d
      And the patient takes <drug>
      When the record is evaluated
      Then rule `<rule>` fires as <indicator>

      Examples:
        | drug               | rule                                 | indicator |
        | fluvoxamine        | interactions.strong-cyp1a2-inhibitor | warning   |
        | ciprofloxacin      | interactions.strong-cyp1a2-inhibitor | warning   |
        | enoxacin           | interactions.strong-cyp1a2-inhibitor | warning   |
        | oral contraceptive | interactions.other-inhibitor         | info      |
        | caffeine           | interactions.other-inhibitor         | info      |
        | cimetidine         | interactions.other-inhibitor         | info      |
        | escitalopram       | interactions.other-inhibitor         | info      |
        | erythromycin       | interactions.other-inhibitor         | info      |
        | paroxetine         | interactions.other-inhibitor         | info      |
        | bupropion          | interactions.other-inhibitor         | info      |
        | fluoxetine         | interactions.other-inhibitor         | info      |
        | quinidine          | interactions.other-inhibitor         | info      |
        | duloxetine         | interactions.other-inhibitor         | info      |
        | terbinafine        | interactions.other-inhibitor         | info      |
        | sertraline         | interactions.other-inhibitor         | info      |
        | phenytoin          | interactions.strong-inducer          | warning   |
        | carbamazepine      | interactions.strong-inducer          | warning   |
        | st-johns-wort      | interactions.strong-inducer          | warning   |
        | rifampicin         | interactions.strong-inducer          | warning   |
        | chloramphenicol    | interactions.marrow-toxic            | critical  |
        | co-trimoxazole     | interactions.marrow-toxic            | critical  |
        | pyrazolone         | interactions.marrow-toxic            | critical  |
        | penicillamine      | interactions.marrow-toxic            | critical  |
        | cytotoxic drug     | interactions.marrow-toxic            | critical  |
        | diazepam           | interactions.benzodiazepine          | warning   |
        | lorazepam          | interactions.benzodiazepine          | warning   |
        | oxazepam           | interactions.benzodiazepine          | warning   |
        | temazepam          | interactions.benzodiazepine          | warning   |
        | alprazolam         | interactions.benzodiazepine          | warning   |
        | clonazepam         | interactions.benzodiazepine          | warning   |
        | midazolam          | interactions.benzodiazepine          | warning   |

  Rule: interactions.carbamazepine, interactions.depot-antipsychotic, interactions.lithium and side-effects.constipating-drug

    Scenario Outline: Clozapine with <drug>, which has a rule of its own
      Given the patient takes clozapine 300 mg/d
      And the patient takes <drug>
      When the record is evaluated
      Then rule `<rule>` fires as <indicator>

      Examples:
        | drug                | rule                             | indicator |
        | carbamazepine       | interactions.carbamazepine       | critical  |
        | depot antipsychotic | interactions.depot-antipsychotic | warning   |
        | lithium             | interactions.lithium             | info      |
        | morphine            | side-effects.constipating-drug   | info      |
        | oxycodone           | side-effects.constipating-drug   | info      |

    Scenario: Both reasons against carbamazepine are shown
      Given the patient takes clozapine 300 mg/d
      And the patient takes carbamazepine
      When the record is evaluated
      Then rule `interactions.carbamazepine` shows conflict carbamazepine
      And rule `interactions.marrow-toxic` does not fire

    Scenario: Both sides of lithium are shown
      Given the patient takes clozapine 300 mg/d
      And the patient takes lithium
      When the record is evaluated
      Then rule `interactions.lithium` shows conflict lithium

  Rule: interactions.smoking

    Scenario Outline: Clozapine, <smoking>, <drug>
      Given the patient takes clozapine 300 mg/d
      And <smoking>
      And <drug>
      When the record is evaluated
      Then rule `interactions.smoking` <outcome>

      Examples:
        | smoking                                                 | drug                                                    | outcome          |
        | the patient has tobacco smoking                         | the patient does not take omeprazole                    | fires as info    |
        | the patient does not have tobacco smoking               | the patient takes omeprazole                            | fires            |
        | the patient does not have tobacco smoking               | the patient does not take omeprazole                    | does not fire    |
        | the patient has tobacco smoking resolved 40 days ago    | the patient does not take omeprazole                    | does not fire    |
        | it is not known whether the patient has tobacco smoking | the patient does not take omeprazole                    | is not evaluable |
        | the patient does not have tobacco smoking               | it is not known whether the patient takes omeprazole    | is not evaluable |
        | nothing is known about conditions                       | the patient takes omeprazole                            | fires            |

    Scenario Outline: Smoking, <whom>
      Given <treatment>
      And the patient has tobacco smoking
      When the record is evaluated
      Then rule `interactions.smoking` <outcome>

      Examples:
        | whom                | treatment                           | outcome          |
        | not on clozapine    | the patient does not take clozapine | does not apply   |
        | medications unknown | nothing is known about medications  | is not evaluable |

  Rule: interactions.smoking-ended

    Scenario Outline: Smoking ended <end> days ago
      Given the patient takes clozapine 300 mg/d
      And the patient has tobacco smoking since 2010-01-01, resolved <end> days ago
      When the record is evaluated
      Then rule `interactions.smoking-ended` <outcome>

      Examples:
        | end | outcome          |
        | 0   | fires as warning |
        | 27  | fires            |
        | 28  | fires            |
        | 29  | does not fire    |

    Scenario Outline: The end of smoking, <what>
      Given <treatment>
      And <smoking>
      When the record is evaluated
      Then rule `interactions.smoking-ended` <outcome>

      Examples:
        | what                | treatment                            | smoking                                                 | outcome          |
        | still smoking       | the patient takes clozapine 300 mg/d | the patient has tobacco smoking                         | does not fire    |
        | never smoked        | the patient takes clozapine 300 mg/d | no conditions                                           | does not fire    |
        | smoking unknown     | the patient takes clozapine 300 mg/d | nothing is known about conditions                       | is not evaluable |
        | not on clozapine    | the patient does not take clozapine  | the patient has tobacco smoking resolved 10 days ago    | does not apply   |
        | medications unknown | nothing is known about medications   | the patient has tobacco smoking resolved 10 days ago    | is not evaluable |

  Rule: every interaction with a drug needs clozapine and the drug

    Scenario Outline: <rule>
      Given the patient takes <drug>
      And the patient does not take clozapine
      When the record is evaluated
      Then rule `<rule>` does not apply

      Examples:
        | rule                                 | drug                |
        | interactions.strong-cyp1a2-inhibitor | fluvoxamine         |
        | interactions.other-inhibitor         | sertraline          |
        | interactions.strong-inducer          | phenytoin           |
        | interactions.carbamazepine           | carbamazepine       |
        | interactions.marrow-toxic            | penicillamine       |
        | interactions.depot-antipsychotic     | depot antipsychotic |
        | interactions.benzodiazepine          | diazepam            |
        | interactions.lithium                 | lithium             |
        | side-effects.constipating-drug       | morphine            |

    Scenario Outline: <rule>, and it is not known whether clozapine is taken
      Given the patient takes <drug>
      And it is not known whether the patient takes clozapine
      When the record is evaluated
      Then rule `<rule>` is not evaluable because `clozapine.active` is unknown

      Examples:
        | rule                                 | drug                |
        | interactions.strong-cyp1a2-inhibitor | fluvoxamine         |
        | interactions.other-inhibitor         | sertraline          |
        | interactions.strong-inducer          | phenytoin           |
        | interactions.carbamazepine           | carbamazepine       |
        | interactions.marrow-toxic            | penicillamine       |
        | interactions.depot-antipsychotic     | depot antipsychotic |
        | interactions.benzodiazepine          | diazepam            |
        | interactions.lithium                 | lithium             |
        | side-effects.constipating-drug       | morphine            |

    Scenario Outline: <rule>, and the drug <drug> was stopped
      Given the patient takes clozapine 300 mg/d
      And the patient stopped <drug> 3 days ago
      When the record is evaluated
      Then rule `<rule>` does not fire

      Examples:
        | rule                                 | drug                |
        | interactions.strong-cyp1a2-inhibitor | fluvoxamine         |
        | interactions.other-inhibitor         | sertraline          |
        | interactions.strong-inducer          | phenytoin           |
        | interactions.carbamazepine           | carbamazepine       |
        | interactions.marrow-toxic            | penicillamine       |
        | interactions.depot-antipsychotic     | depot antipsychotic |
        | interactions.benzodiazepine          | diazepam            |
        | interactions.lithium                 | lithium             |
        | side-effects.constipating-drug       | morphine            |

    Scenario Outline: <rule>, and it is not known whether the patient takes <drug>
      Given the patient takes clozapine 300 mg/d
      And it is not known whether the patient takes <drug>
      When the record is evaluated
      Then rule `<rule>` is not evaluable

      Examples:
        | rule                                 | drug                |
        | interactions.strong-cyp1a2-inhibitor | fluvoxamine         |
        | interactions.other-inhibitor         | sertraline          |
        | interactions.strong-inducer          | phenytoin           |
        | interactions.carbamazepine           | carbamazepine       |
        | interactions.marrow-toxic            | penicillamine       |
        | interactions.depot-antipsychotic     | depot antipsychotic |
        | interactions.benzodiazepine          | diazepam            |
        | interactions.lithium                 | lithium             |
        | side-effects.constipating-drug       | morphine            |

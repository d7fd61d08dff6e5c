Feature: Interacting drugs started recently
  Drugs that are reported to raise or lower lithium, started in the last four weeks. A renewed order or a switch within a
  class is no start.

  Background:
    Given as of 2026-11-23
    And a woman of 45
    And the patient takes lithium carbonate 800 mg/d started 900 days ago

  Rule: interactions.ace-inhibitor-started

    Scenario Outline: Drugs of interactions.ace-inhibitor-started
      Given the patient takes <drug> started 10 days ago
      And lithium level of 0.70 mmol/L, 3 days ago
      When the record is evaluated
      Then rule `interactions.ace-inhibitor-started` fires as warning
      And no other rule of family interactions fires

      Examples:
        | drug          |
        | ACE inhibitor |
        | captopril     |
        | enalapril     |
        | lisinopril    |
        | perindopril   |
        | ramipril      |

    Scenario Outline: When it counts as recent in interactions.ace-inhibitor-started
      Given <first>
      And <second>
      When the record is evaluated
      Then rule `interactions.ace-inhibitor-started` <outcome>

      Examples:
        | first                                                               | second                                          | outcome                                                                                    |
        | the patient takes captopril started 27 days ago                     | the patient takes warfarin                      | fires                                                                                      |
        | the patient takes captopril started 28 days ago                     | the patient takes warfarin                      | fires                                                                                      |
        | the patient takes captopril started 29 days ago                     | the patient takes warfarin                      | does not fire                                                                              |
        | the patient took captopril started 10 days ago stopped 2 days ago   | the patient takes warfarin                      | does not fire                                                                              |
        | the patient took captopril started 400 days ago stopped 12 days ago | the patient takes captopril started 10 days ago | does not fire                                                                              |
        | the patient took captopril started 400 days ago stopped 20 days ago | the patient takes captopril started 10 days ago | fires                                                                                      |
        | the patient took captopril started 400 days ago stopped 10 days ago | the patient takes enalapril started 10 days ago | does not fire                                                                              |
        | the patient takes captopril                                         | the patient takes warfarin                      | is not evaluable because `ace_inhibitor.started_recently` is unknown                       |
        | the patient takes no medication                                     | the patient takes captopril started 10 days ago | does not apply                                                                             |
        | nothing is known about medications                                  | no symptoms                                     | is not evaluable because `lithium.active` and `ace_inhibitor.started_recently` are unknown |

  Rule: interactions.receptor-blocker-started

    Scenario Outline: Drugs of interactions.receptor-blocker-started
      Given the patient takes <drug> started 10 days ago
      And lithium level of 0.70 mmol/L, 3 days ago
      When the record is evaluated
      Then rule `interactions.receptor-blocker-started` fires as warning
      And no other rule of family interactions fires

      Examples:
        | drug                         |
        | angiotensin receptor blocker |
        | candesartan                  |
        | irbesartan                   |
        | losartan                     |
        | olmesartan                   |
        | telmisartan                  |
        | valsartan                    |

    Scenario Outline: When it counts as recent in interactions.receptor-blocker-started
      Given <first>
      And <second>
      When the record is evaluated
      Then rule `interactions.receptor-blocker-started` <outcome>

      Examples:
        | first                                                                 | second                                            | outcome                                                                                       |
        | the patient takes candesartan started 27 days ago                     | the patient takes warfarin                        | fires                                                                                         |
        | the patient takes candesartan started 28 days ago                     | the patient takes warfarin                        | fires                                                                                         |
        | the patient takes candesartan started 29 days ago                     | the patient takes warfarin                        | does not fire                                                                                 |
        | the patient took candesartan started 10 days ago stopped 2 days ago   | the patient takes warfarin                        | does not fire                                                                                 |
        | the patient took candesartan started 400 days ago stopped 12 days ago | the patient takes candesartan started 10 days ago | does not fire                                                                                 |
        | the patient took candesartan started 400 days ago stopped 20 days ago | the patient takes candesartan started 10 days ago | fires                                                                                         |
        | the patient took candesartan started 400 days ago stopped 10 days ago | the patient takes irbesartan started 10 days ago  | does not fire                                                                                 |
        | the patient takes candesartan                                         | the patient takes warfarin                        | is not evaluable because `receptor_blocker.started_recently` is unknown                       |
        | the patient takes no medication                                       | the patient takes candesartan started 10 days ago | does not apply                                                                                |
        | nothing is known about medications                                    | no symptoms                                       | is not evaluable because `lithium.active` and `receptor_blocker.started_recently` are unknown |

  Rule: interactions.nsaid-started

    Scenario Outline: Drugs of interactions.nsaid-started
      Given the patient takes <drug> started 10 days ago
      And lithium level of 0.70 mmol/L, 3 days ago
      When the record is evaluated
      Then rule `interactions.nsaid-started` fires as warning
      And no other rule of family interactions fires

      Examples:
        | drug        |
        | NSAID       |
        | celecoxib   |
        | diclofenac  |
        | etoricoxib  |
        | ibuprofen   |
        | indometacin |
        | ketoprofen  |
        | meloxicam   |
        | naproxen    |
        | piroxicam   |

    Scenario Outline: When it counts as recent in interactions.nsaid-started
      Given <first>
      And <second>
      When the record is evaluated
      Then rule `interactions.nsaid-started` <outcome>

      Examples:
        | first                                                               | second                                           | outcome                                                                                 |
        | the patient takes celecoxib started 27 days ago                     | the patient takes warfarin                       | fires                                                                                   |
        | the patient takes celecoxib started 28 days ago                     | the patient takes warfarin                       | fires                                                                                   |
        | the patient takes celecoxib started 29 days ago                     | the patient takes warfarin                       | does not fire                                                                           |
        | the patient took celecoxib started 10 days ago stopped 2 days ago   | the patient takes warfarin                       | does not fire                                                                           |
        | the patient took celecoxib started 400 days ago stopped 12 days ago | the patient takes celecoxib started 10 days ago  | does not fire                                                                           |
        | the patient took celecoxib started 400 days ago stopped 20 days ago | the patient takes celecoxib started 10 days ago  | fires                                                                                   |
        | the patient took celecoxib started 400 days ago stopped 10 days ago | the patient takes diclofenac started 10 days ago | does not fire                                                                           |
        | the patient takes celecoxib                                         | the patient takes warfarin                       | is not evaluable because `nsaid_drug.started_recently` is unknown                       |
        | the patient takes no medication                                     | the patient takes celecoxib started 10 days ago  | does not apply                                                                          |
        | nothing is known about medications                                  | no symptoms                                      | is not evaluable because `lithium.active` and `nsaid_drug.started_recently` are unknown |

  Rule: interactions.thiazide-started

    Scenario Outline: Drugs of interactions.thiazide-started
      Given the patient takes <drug> started 10 days ago
      And lithium level of 0.70 mmol/L, 3 days ago
      When the record is evaluated
      Then rule `interactions.thiazide-started` fires as warning
      And no other rule of family interactions fires

      Examples:
        | drug                |
        | thiazide            |
        | bendroflumethiazide |
        | chlorothiazide      |
        | hydrochlorothiazide |

    Scenario Outline: When it counts as recent in interactions.thiazide-started
      Given <first>
      And <second>
      When the record is evaluated
      Then rule `interactions.thiazide-started` <outcome>

      Examples:
        | first                                                                         | second                                                    | outcome                                                                                    |
        | the patient takes bendroflumethiazide started 27 days ago                     | the patient takes warfarin                                | fires                                                                                      |
        | the patient takes bendroflumethiazide started 28 days ago                     | the patient takes warfarin                                | fires                                                                                      |
        | the patient takes bendroflumethiazide started 29 days ago                     | the patient takes warfarin                                | does not fire                                                                              |
        | the patient took bendroflumethiazide started 10 days ago stopped 2 days ago   | the patient takes warfarin                                | does not fire                                                                              |
        | the patient took bendroflumethiazide started 400 days ago stopped 12 days ago | the patient takes bendroflumethiazide started 10 days ago | does not fire                                                                              |
        | the patient took bendroflumethiazide started 400 days ago stopped 20 days ago | the patient takes bendroflumethiazide started 10 days ago | fires                                                                                      |
        | the patient took bendroflumethiazide started 400 days ago stopped 10 days ago | the patient takes chlorothiazide started 10 days ago      | does not fire                                                                              |
        | the patient takes bendroflumethiazide                                         | the patient takes warfarin                                | is not evaluable because `thiazide_drug.started_recently` is unknown                       |
        | the patient takes no medication                                               | the patient takes bendroflumethiazide started 10 days ago | does not apply                                                                             |
        | nothing is known about medications                                            | no symptoms                                               | is not evaluable because `lithium.active` and `thiazide_drug.started_recently` are unknown |

  Rule: interactions.loop-diuretic-started

    Scenario Outline: Drugs of interactions.loop-diuretic-started
      Given the patient takes <drug> started 10 days ago
      And lithium level of 0.70 mmol/L, 3 days ago
      When the record is evaluated
      Then rule `interactions.loop-diuretic-started` fires as info
      And no other rule of family interactions fires

      Examples:
        | drug          |
        | loop diuretic |
        | bumetanide    |
        | furosemide    |
        | torasemide    |

    Scenario Outline: When it counts as recent in interactions.loop-diuretic-started
      Given <first>
      And <second>
      When the record is evaluated
      Then rule `interactions.loop-diuretic-started` <outcome>

      Examples:
        | first                                                                | second                                           | outcome                                                                                         |
        | the patient takes bumetanide started 27 days ago                     | the patient takes warfarin                       | fires                                                                                           |
        | the patient takes bumetanide started 28 days ago                     | the patient takes warfarin                       | fires                                                                                           |
        | the patient takes bumetanide started 29 days ago                     | the patient takes warfarin                       | does not fire                                                                                   |
        | the patient took bumetanide started 10 days ago stopped 2 days ago   | the patient takes warfarin                       | does not fire                                                                                   |
        | the patient took bumetanide started 400 days ago stopped 12 days ago | the patient takes bumetanide started 10 days ago | does not fire                                                                                   |
        | the patient took bumetanide started 400 days ago stopped 20 days ago | the patient takes bumetanide started 10 days ago | fires                                                                                           |
        | the patient took bumetanide started 400 days ago stopped 10 days ago | the patient takes furosemide started 10 days ago | does not fire                                                                                   |
        | the patient takes bumetanide                                         | the patient takes warfarin                       | is not evaluable because `loop_diuretic_drug.started_recently` is unknown                       |
        | the patient takes no medication                                      | the patient takes bumetanide started 10 days ago | does not apply                                                                                  |
        | nothing is known about medications                                   | no symptoms                                      | is not evaluable because `lithium.active` and `loop_diuretic_drug.started_recently` are unknown |

  Rule: interactions.potassium-sparing-started

    Scenario Outline: Drugs of interactions.potassium-sparing-started
      Given the patient takes <drug> started 10 days ago
      And lithium level of 0.70 mmol/L, 3 days ago
      When the record is evaluated
      Then rule `interactions.potassium-sparing-started` fires as info
      And no other rule of family interactions fires

      Examples:
        | drug           |
        | amiloride      |
        | spironolactone |

    Scenario Outline: When it counts as recent in interactions.potassium-sparing-started
      Given <first>
      And <second>
      When the record is evaluated
      Then rule `interactions.potassium-sparing-started` <outcome>

      Examples:
        | first                                                                    | second                                               | outcome                                                                                        |
        | the patient takes spironolactone started 27 days ago                     | the patient takes warfarin                           | fires                                                                                          |
        | the patient takes spironolactone started 28 days ago                     | the patient takes warfarin                           | fires                                                                                          |
        | the patient takes spironolactone started 29 days ago                     | the patient takes warfarin                           | does not fire                                                                                  |
        | the patient took spironolactone started 10 days ago stopped 2 days ago   | the patient takes warfarin                           | does not fire                                                                                  |
        | the patient took spironolactone started 400 days ago stopped 12 days ago | the patient takes spironolactone started 10 days ago | does not fire                                                                                  |
        | the patient took spironolactone started 400 days ago stopped 20 days ago | the patient takes spironolactone started 10 days ago | fires                                                                                          |
        | the patient took spironolactone started 400 days ago stopped 10 days ago | the patient takes amiloride started 10 days ago      | does not fire                                                                                  |
        | the patient takes spironolactone                                         | the patient takes warfarin                           | is not evaluable because `potassium_sparing.started_recently` is unknown                       |
        | the patient takes no medication                                          | the patient takes spironolactone started 10 days ago | does not apply                                                                                 |
        | nothing is known about medications                                       | no symptoms                                          | is not evaluable because `lithium.active` and `potassium_sparing.started_recently` are unknown |

  Rule: interactions.lowering-drug-started

    Scenario Outline: Drugs of interactions.lowering-drug-started
      Given the patient takes <drug> started 10 days ago
      When the record is evaluated
      Then rule `interactions.lowering-drug-started` fires as info
      And no other rule of family interactions fires

      Examples:
        | drug               |
        | theophylline       |
        | caffeine           |
        | acetazolamide      |
        | osmotic diuretic   |
        | mannitol           |
        | sodium bicarbonate |

    Scenario Outline: When it counts as recent in interactions.lowering-drug-started
      Given <first>
      And <second>
      When the record is evaluated
      Then rule `interactions.lowering-drug-started` <outcome>

      Examples:
        | first                                                              | second                                              | outcome                                                                                    |
        | the patient takes caffeine started 27 days ago                     | the patient takes warfarin                          | fires                                                                                      |
        | the patient takes caffeine started 28 days ago                     | the patient takes warfarin                          | fires                                                                                      |
        | the patient takes caffeine started 29 days ago                     | the patient takes warfarin                          | does not fire                                                                              |
        | the patient took caffeine started 10 days ago stopped 2 days ago   | the patient takes warfarin                          | does not fire                                                                              |
        | the patient took caffeine started 400 days ago stopped 12 days ago | the patient takes caffeine started 10 days ago      | does not fire                                                                              |
        | the patient took caffeine started 400 days ago stopped 20 days ago | the patient takes caffeine started 10 days ago      | fires                                                                                      |
        | the patient took caffeine started 400 days ago stopped 10 days ago | the patient takes acetazolamide started 10 days ago | does not fire                                                                              |
        | the patient takes caffeine                                         | the patient takes warfarin                          | is not evaluable because `lowering_drug.started_recently` is unknown                       |
        | the patient takes no medication                                    | the patient takes caffeine started 10 days ago      | does not apply                                                                             |
        | nothing is known about medications                                 | no symptoms                                         | is not evaluable because `lithium.active` and `lowering_drug.started_recently` are unknown |

"""A small vocabulary of made-up SNOMED CT and RxNorm codes, and a rulebook that lists some of them.

- 10 disease
- 20 grumbling, a disease; 21 loud, a kind of 20 and of 30; 22 at night, a kind of 21
- 23 grumbling in remission, a kind of 20; 24 long remission, a kind of 23
- 30 noise, a disease that may be grumbling; 31 loud noise, a kind of 30
- 40 an old code, replaced by 21; 41 an old code that may have meant 20
- 70 the substance velozine, 71 its product, 72 its tablet; 80 a product of quandrol
- RxNorm: 901 velozine, 902 its tablet, 903 a brand of that, 904 with quandrol; 905 a tablet of quandrol
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from cds_engine.rulebook.code_systems import verhoeff

from tests.rulebook.tiny import TINY


def sct(number: int) -> str:
    """Return a made-up SNOMED CT code, with the check digit that it needs."""
    digits = f"900{number:04}"
    return digits + verhoeff(digits)


NAMES = {
    10: "Disease",
    20: "Grumbling",
    21: "Loud grumbling",
    22: 'Loud "nightly" grumbling',
    23: "Grumbling in remission",
    24: "Long remission of grumbling",
    30: "Noise",
    31: "Loud noise",
    40: "Grumbling, loud (old)",
    41: "Grumbling or the like (old)",
    70: "Velozine (substance)",
    71: "Velozine product",
    72: "Velozine tablet",
    80: "Quandrol product",
}
IS_A = {20: [10], 21: [20, 30], 22: [21], 23: [20], 24: [23], 30: [10], 31: [30], 72: [71]}
CONTAINS = {71: [70]}
REPLACED = {40: 21}
POSSIBLE = {41: 20}
RXNORM = {
    "901": ("velozine", "Ingredient"),
    "902": ("velozine 5 MG Oral Tablet", "Clinical Drug"),
    "903": ("velozine 5 MG Oral Tablet [Brand]", "Branded Drug"),
    "904": ("quandrol 1 MG / velozine 5 MG Oral Tablet", "Clinical Drug"),
    "905": ("quandrol 1 MG Oral Tablet", "Clinical Drug"),
}
BELOW_INGREDIENT = {"901": ["902", "903", "904"]}
TRADENAME = {"903": "902"}

SYSTEMS = """\
systems:
  snomed-ct: {uri: "http://snomed.info/sct", source: handbook.codes}
  rxnorm: {uri: "http://www.nlm.nih.gov/research/umls/rxnorm", source: handbook.codes}
"""


def rulebook(folder: Path) -> Path:
    """Return a copy of the tiny rulebook that lists codes of SNOMED CT and RxNorm."""
    root = Path(shutil.copytree(TINY, folder / "tiny"))
    file = root / "terminology.yaml"
    text = file.read_text(encoding="utf-8")
    text = text.replace("systems:\n", SYSTEMS, 1)
    text = text.replace(
        "      invented: [V-1, V-2]\n",
        f"      invented: [V-1, V-2]\n      snomed-ct: ['{sct(70)}']\n      rxnorm: ['901']\n",
    )
    text = text.replace(
        "  quandrol: {title: quandrol}\n",
        "  quandrol:\n    title: quandrol\n"
        f"    codes: {{snomed-ct: ['{sct(80)}'], rxnorm: ['905']}}\n    source: handbook.codes\n",
    )
    text = text.replace(
        "      invented: [G-1]\n",
        "      invented: [G-1]\n      snomed-ct:\n"
        f"        is: ['{sct(20)}']\n        perhaps: ['{sct(30)}']\n        not: ['{sct(23)}']\n",
    )
    file.write_text(text, encoding="utf-8")
    return root


def omop(folder: Path) -> Path:
    """Write the vocabulary as an OMOP download and return its folder."""
    folder.mkdir()
    numbers: dict[str, int] = {sct(number): number for number in NAMES}
    numbers |= {code: 1000 + int(code) for code in RXNORM}
    concepts = [
        [str(numbers[sct(number)]), name, "Condition", "SNOMED", "Disorder", "S", sct(number), "20240131"]
        for number, name in NAMES.items()
    ]
    concepts += [
        [str(numbers[code]), name, "Drug", "RxNorm", kind, "S", code, "20240201"]
        for code, (name, kind) in RXNORM.items()
    ]
    concepts.append(["7", "Something else", "Drug", "NDC", "11-digit NDC", "", "123", "20250101"])
    related = [(lower, upper, "Is a") for lower, uppers in IS_A.items() for upper in uppers]
    related += [(lower, upper, "Has active ing") for lower, uppers in CONTAINS.items() for upper in uppers]
    related += [(old, new, "Maps to") for old, new in REPLACED.items()]
    related += [(old, new, "Concept poss_eq to") for old, new in POSSIBLE.items()]
    related += [(number, number, "Maps to") for number in NAMES]
    related += [(numbers[one], numbers[other], "Tradename of") for one, other in TRADENAME.items()]
    related += [(7, numbers["901"], "Maps to"), (31, 20, "Has finding site")]
    ancestors = [
        (numbers[upper], numbers[lower]) for upper, lowers in BELOW_INGREDIENT.items() for lower in lowers
    ]
    _write(
        folder / "CONCEPT.csv",
        "concept_id concept_name domain_id vocabulary_id concept_class_id standard_concept concept_code"
        " valid_start_date",
        concepts,
    )
    _write(
        folder / "CONCEPT_RELATIONSHIP.csv",
        "concept_id_1 concept_id_2 relationship_id valid_start_date valid_end_date invalid_reason",
        [
            *([str(one), str(other), kind, "20240101", "20991231", ""] for one, other, kind in related),
            ["80", "20", "Is a", "20200101", "20210101", "D"],
        ],
    )
    _write(
        folder / "CONCEPT_ANCESTOR.csv",
        "ancestor_concept_id descendant_concept_id min_levels_of_separation max_levels_of_separation",
        [[str(upper), str(lower), "1", "3"] for upper, lower in ancestors],
    )
    _write(
        folder / "VOCABULARY.csv",
        "vocabulary_id vocabulary_name vocabulary_version",
        [["SNOMED", "SNOMED", "SNOMED test 2024-02"], ["RxNorm", "RxNorm", "RxNorm test 20240304"]],
    )
    return folder


def _write(path: Path, header: str, rows: list[list[str]]) -> None:
    lines = ["\t".join(header.split()), *("\t".join(row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def at_or_below(number: int, edges: Mapping[int, list[int]] = IS_A) -> set[int]:
    """Return ``number`` and everything that is a kind of it."""
    found = {number}
    while True:
        more = {lower for lower, uppers in edges.items() if found.intersection(uppers)} - found
        if not more:
            return found
        found |= more

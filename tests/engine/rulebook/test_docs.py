"""The generated README and the page of a rule say how reliable each claim is."""

from __future__ import annotations

from dataclasses import replace

from cds_engine.rulebook.docs import readme, rule_page
from cds_engine.rulebook.load import load_rulebook

from tests.rulebook.tiny import TINY


def test_the_page_of_a_rule_explains_its_reliabilities_only() -> None:
    book = load_rulebook(TINY)

    rated = rule_page(book, book.rules["amounts.low"])
    assert "  - amount.minimum = 100 ug/d (labelling, reliability A; Handbook, page 2)" in rated
    assert "  - handbook.bands (labelling, reliability A): Velozine is taken" in rated
    assert "  - reliability A: read in print" in rated
    assert "reliability B" not in rated
    assert "reliability" not in rule_page(book, book.rules["lab.hiccup-storm"])


def test_the_readme_has_a_column_only_if_reliabilities_are_declared() -> None:
    book = load_rulebook(TINY)
    unrated = {
        name: claim.model_copy(update={"reliability": None}) for name, claim in book.evidence.claims.items()
    }
    evidence = book.evidence.model_copy(update={"reliabilities": {}, "claims": unrated})

    rows = readme(book).splitlines()
    assert "| B | heard from somebody who read it |" in rows
    assert "| claim | statement | source | basis | reliability |" in rows
    assert any(row.startswith("| `handbook.bands` |") and row.endswith("| labelling | A |") for row in rows)
    assert any(row.startswith("| `handbook.storm` |") and row.endswith("| literature |  |") for row in rows)
    assert "reliability" not in readme(replace(book, evidence=evidence))

"""A shipped rulebook as pages: its rules, its facts and the names that a record may use."""

from __future__ import annotations

from collections.abc import Iterator

from cds_engine import shipped_rulebooks
from cds_engine.quantities.numbers import plain
from cds_engine.rulebook import Rulebook, load_rulebook
from cds_engine.rulebook.docs import readme as rulebook_readme
from cds_engine.rulebook.model import Fact

from tools.docs.text import table, unlinked


def readme(name: str) -> str:
    """Return the generated README of the rulebook in the folder ``name``, without its title."""
    _, _, rest = rulebook_readme(_load(name)).partition("\n")
    return unlinked(rest)


def facts(name: str) -> str:
    """Return a table of the facts that a record may make known."""
    rows = (
        (f"`{fact.name}`", fact.title, _values(fact))
        for fact in _load(name).facts.values()
        if fact.finding is None
    )
    return table(("fact", "meaning", "values"), rows)


def _values(fact: Fact) -> str:
    if fact.kind == "boolean":
        return "true or false"
    if fact.kind == "code":
        return ", ".join(f"`{code}`" for code in fact.codes)
    unit = "" if fact.unit in (None, "1") else f" {fact.unit}"
    return f"{plain(fact.minimum)} to {plain(fact.maximum)}{unit}"


def names(name: str) -> str:
    """Return the concepts that a record may name, section by section."""
    terms = _load(name).terminology
    observations = (
        (
            f"`{concept}`",
            measured.title,
            f"`{measured.unit}`",
            ", ".join(f"`{unit}`" for unit in (*measured.units, *measured.aliases)),
        )
        for concept, measured in terms.observations.items()
    )
    return "\n\n".join(
        [
            *_concepts("Drugs", terms.drugs),
            *_concepts("Conditions", terms.conditions),
            *_concepts("Symptoms", terms.symptoms),
            "### Observations",
            table(("observation", "meaning", "unit", "also read"), observations),
        ]
    )


def _concepts(heading: str, concepts: dict[str, object]) -> Iterator[str]:
    yield f"### {heading}"
    yield ", ".join(f"`{concept}`" for concept in concepts)


def _load(name: str) -> Rulebook:
    return load_rulebook(shipped_rulebooks() / name)

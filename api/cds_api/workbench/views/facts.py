"""Facts and parameters: how they follow from a record or a source, and what depends on them."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from cds_engine.language.expressions import leaves, resolve
from cds_engine.rulebook.fact_prose import definition
from cds_engine.rulebook.files import Claim, Parameter, Source
from cds_engine.rulebook.model import Fact
from cds_engine.rulebook.prose import lines
from cds_engine.rulebook.references import Part
from cds_engine.rulebook.text import format_value, unit_label

from cds_api.workbench.views.book import Book, Link
from cds_api.workbench.views.coverage import AuditFigures, Total
from cds_api.workbench.views.rule import CitedClaim, ComparisonRow, cited_claims, comparison_row
from cds_api.workbench.views.source_lines import Line

FactOrigin = Literal["finding", "formula", "record"]


@dataclass(frozen=True, slots=True)
class FactFilter:
    """What the listed facts have in common; an empty field filters nothing."""

    text: str = ""
    origin: str = ""
    """How the fact is known: a finding, a formula, or read from the record."""
    used: bool = False
    """Only facts that some rule depends on."""


@dataclass(frozen=True, slots=True)
class FactRow:
    """One fact of the list."""

    fact: Fact
    origin: FactOrigin
    kind: str
    rules: int
    """How many rules depend on it."""


@dataclass(frozen=True)
class FactDetails:
    """What the page of one fact shows."""

    fact: Fact
    origin: FactOrigin
    kind: str
    meaning: tuple[str, ...]
    """One sentence, or for a finding the conditions that must all hold."""
    source: tuple[Line, ...]
    template: bool
    """Whether it is written once for many concepts."""
    comparisons: tuple[ComparisonRow, ...]
    totals: tuple[Total, ...]
    evidence: tuple[CitedClaim, ...]
    numbers: tuple[tuple[str, str], ...]
    """The parameters that it reads, with their values on the day."""
    uses: tuple[Link, ...]
    used_by: tuple[Link, ...]
    rules: tuple[str, ...]
    """Every rule that depends on it, directly or through other facts."""


def fact_rows(book: Book, wanted: FactFilter) -> list[FactRow]:
    """Return the facts that pass a filter, in the order of declaration."""
    return [row for row in _all_rows(book) if _passes(row, wanted)]


def _all_rows(book: Book) -> Iterator[FactRow]:
    for fact in book.rulebook.facts.values():
        rules = len(book.references.rules_depending_on(Part("fact", fact.name)))
        yield FactRow(fact, origin_of(fact), kind_text(fact), rules)


def _passes(row: FactRow, wanted: FactFilter) -> bool:
    searched = " ".join((row.fact.name, row.fact.title, row.fact.question or "")).casefold()
    return (
        all(word in searched for word in wanted.text.casefold().split())
        and wanted.origin in ("", row.origin)
        and (row.rules > 0 or not wanted.used)
    )


def origin_of(fact: Fact) -> FactOrigin:
    """Return how a fact is known."""
    if fact.finding is not None:
        return "finding"
    return "formula" if "compute" in fact.declared else "record"


def kind_text(fact: Fact) -> str:
    """Return what values a fact has, in words."""
    if fact.kind == "number":
        return f"a number in {unit_label(fact.unit)}" if unit_label(fact.unit) else "a number"
    return "true or false" if fact.kind == "boolean" else "a code"


def fact_details(book: Book, name: str, as_of: datetime.date, figures: AuditFigures | None) -> FactDetails:
    """Return everything about one fact.

    Raises:
        KeyError: if there is no such fact.
    """
    rulebook = book.rulebook
    fact, values = rulebook.facts[name], rulebook.values_at(as_of)
    uses = book.uses("fact", name)
    return FactDetails(
        fact=fact,
        origin=origin_of(fact),
        kind=kind_text(fact),
        meaning=_meaning(book, fact, as_of),
        source=book.declaration("facts.yaml", fact.place),
        template=fact.place.startswith("/templates/"),
        comparisons=tuple(_comparisons(book, fact, values, figures)),
        totals=() if figures is None else tuple(figures.decision_totals(name)),
        evidence=tuple(cited_claims(book, fact.evidence)),
        numbers=tuple(
            (link.part.name, book.value(link.part.name, values))
            for link in uses
            if link.part.kind == "parameter"
        ),
        uses=tuple(uses),
        used_by=tuple(book.used_by("fact", name)),
        rules=book.references.rules_depending_on(Part("fact", name)),
    )


def _meaning(book: Book, fact: Fact, as_of: datetime.date) -> tuple[str, ...]:
    rulebook = book.rulebook
    values = rulebook.values_at(as_of)
    if fact.finding is not None:
        return tuple(lines(resolve(fact.finding, values), rulebook.facts_at(as_of)))
    return (definition(rulebook, fact, values),)


def _comparisons(
    book: Book, fact: Fact, values: Mapping[str, Decimal], figures: AuditFigures | None
) -> Iterator[ComparisonRow]:
    if fact.finding is not None:
        for leaf in leaves(resolve(fact.finding, values)):
            yield comparison_row(book, fact.name, leaf, book.lines("facts.yaml")[leaf.pointer], figures)


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """One parameter of the list."""

    name: str
    parameter: Parameter
    value: str
    """Its value on the day, with the unit."""
    rules: int
    """How many rules depend on it."""


@dataclass(frozen=True)
class ParameterDetails:
    """What the page of one parameter shows."""

    name: str
    parameter: Parameter
    value: str
    dated: tuple[tuple[datetime.date, str, bool], ...]
    """Each value with the day from which it holds, and whether it is the one of the day."""
    claim: Claim
    source: Source
    used_by: tuple[Link, ...]
    rules: tuple[str, ...]


def parameter_rows(book: Book, as_of: datetime.date, text: str = "") -> list[ParameterRow]:
    """Return the parameters whose name or title has all words of ``text``."""
    values = book.rulebook.values_at(as_of)
    words = text.casefold().split()
    return [
        ParameterRow(
            name,
            parameter,
            book.value(name, values),
            len(book.references.rules_depending_on(Part("parameter", name))),
        )
        for name, parameter in book.rulebook.parameters.items()
        if all(word in f"{name} {parameter.title}".casefold() for word in words)
    ]


def parameter_details(book: Book, name: str, as_of: datetime.date) -> ParameterDetails:
    """Return everything about one parameter.

    Raises:
        KeyError: if there is no such parameter.
    """
    parameter = book.rulebook.parameters[name]
    evidence = book.rulebook.evidence
    claim = evidence.claims[parameter.claim]
    current = max((dated.since for dated in parameter.values if dated.since <= as_of), default=None)
    first = parameter.values[0].since
    return ParameterDetails(
        name=name,
        parameter=parameter,
        value=book.value(name, book.rulebook.values_at(as_of)),
        dated=tuple(
            (dated.since, format_value(dated.value, parameter.unit), dated.since == (current or first))
            for dated in parameter.values
        ),
        claim=claim,
        source=evidence.sources[claim.source],
        used_by=tuple(book.used_by("parameter", name)),
        rules=book.references.rules_depending_on(Part("parameter", name)),
    )

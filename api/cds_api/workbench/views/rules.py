"""The list of rules, with search and filters."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cds_engine.rulebook.model import Rule
from cds_engine.rulebook.references import Part
from cds_engine.rulebook.text import fill, format_value

from cds_api.workbench.views.book import Book


@dataclass(frozen=True, slots=True)
class RuleFilter:
    """What the listed rules have in common; an empty field filters nothing."""

    text: str = ""
    """Words that occur in the id, the title or the texts of a rule, in any order."""
    family: str = ""
    indicator: str = ""
    basis: str = ""
    """The basis of a claim that a rule cites."""
    fact: str = ""
    """A fact that a rule depends on, itself or through other facts."""
    disputed: bool = False
    """Only rules on which sources disagree or are silent."""
    status: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether every rule is listed."""
        return self == RuleFilter()


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule of the list."""

    rule: Rule
    summary: str
    """The summary of the advisory, with the numbers of the day; see :func:`placeholder_texts`."""
    bases: tuple[str, ...]

    @property
    def disputed(self) -> bool:
        """Whether sources disagree on it or are silent."""
        return bool(self.rule.file.conflicts)


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """The listed rules of one family."""

    family: str
    title: str
    description: str
    rows: tuple[RuleRow, ...]


def rule_groups(book: Book, wanted: RuleFilter, as_of: datetime.date) -> list[RuleGroup]:
    """Return the rules that pass a filter, by family, in the order of the rulebook."""
    by_family: dict[str, list[RuleRow]] = {}
    for row in _rows(book, wanted, as_of):
        by_family.setdefault(row.rule.family, []).append(row)
    return [
        RuleGroup(name, family.title, family.description, tuple(by_family[name]))
        for name, family in book.rulebook.file.families.items()
        if name in by_family
    ]


def _rows(book: Book, wanted: RuleFilter, as_of: datetime.date) -> Iterator[RuleRow]:
    texts = placeholder_texts(book, as_of)
    depending = None
    if wanted.fact:
        depending = frozenset(book.references.rules_depending_on(Part("fact", wanted.fact)))
    for _, rule in sorted(book.rulebook.rules.items()):
        file = rule.file
        claims = book.rulebook.evidence.claims
        cited = {claims[name].basis for name in file.evidence}
        bases = tuple(basis for basis in book.rulebook.file.bases if basis in cited)
        row = RuleRow(rule, fill(file.advisory.summary, texts.get), bases)
        if (
            wanted.family in ("", rule.family)
            and wanted.indicator in ("", file.advisory.indicator)
            and (not wanted.basis or wanted.basis in bases)
            and (depending is None or rule.id in depending)
            and (row.disputed or not wanted.disputed)
            and wanted.status in ("", file.status)
            and _has_words(row, wanted.text)
        ):
            yield row


def placeholder_texts(book: Book, as_of: datetime.date) -> Mapping[str, str]:
    """Return what stands for each placeholder of an advisory: a number, or a fact's title in brackets."""
    parameters = book.rulebook.parameters
    values = book.rulebook.values_at(as_of)
    texts = {f"${name}": format_value(value, parameters[name].unit) for name, value in values.items()}
    return texts | {name: f"[{fact.title}]" for name, fact in book.rulebook.facts.items()}


def _has_words(row: RuleRow, text: str) -> bool:
    file = row.rule.file
    searched = " ".join((file.id, file.title, file.rationale, row.summary, file.advisory.detail)).casefold()
    return all(word in searched for word in text.casefold().split())

"""Advisories as cards."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Iterator
from typing import Literal

from cds_engine.answer.models import Advisory, Because, Evaluation, Indicator
from cds_engine.rulebook import Rulebook
from cds_engine.rulebook.text import unit_label
from pydantic import BaseModel, Field

OPEN = "not-evaluable"
"""Stands in the place of a rule on the card that says which rules could not be evaluated."""
_OPERATORS = {
    "less_than": "below",
    "at_most": "at most",
    "more_than": "above",
    "at_least": "at least",
    "is": "is",
    "is_not": "is not",
    "one_of": "one of",
    "known": "known:",
}
_REASONS = {
    "considered": "Already considered",
    "outdated": "The data behind this is outdated or wrong",
    "other-source": "Another source says otherwise",
    "not-relevant": "Not relevant to this patient",
}


class Coding(BaseModel):
    """A code of a system, with its meaning."""

    system: str
    code: str
    display: str


class Source(BaseModel):
    """What a card rests on."""

    label: str
    url: str
    topic: Coding


class Link(BaseModel):
    """Where more is said."""

    label: str
    url: str
    type: Literal["absolute"] = "absolute"


class Card(BaseModel):
    """One card."""

    uuid: str
    summary: str = Field(max_length=139)
    detail: str = Field(description="GitHub Flavored Markdown")
    indicator: Indicator
    source: Source
    overrideReasons: list[Coding]  # noqa: N815 - the specification's name
    links: list[Link]


class Cards:
    """Makes the cards of one rulebook, and finds the rule of a card again."""

    def __init__(self, rulebook: Rulebook, base_url: str) -> None:
        self.rulebook = rulebook
        self.base_url = base_url
        self._rule_of = {_mark(name): name for name in (*rulebook.rules, OPEN)}
        system = f"{base_url}/docs#override-reasons"
        self._reasons = [Coding(system=system, code=code, display=text) for code, text in _REASONS.items()]

    def cards(self, evaluation: Evaluation, call: str) -> list[Card]:
        """Return a card for each advisory, and one for what stayed open where the rulebook has a say.

        ``call`` names the call of the hook: the cards of different calls have different identifiers, and the
        same call always gets the same ones.
        """
        made = [self._advisory(evaluation, advisory, call) for advisory in evaluation.advisories]
        if evaluation.not_evaluable and evaluation.outcomes.fired + evaluation.outcomes.not_met:
            made.append(self._open(evaluation, call))
        return made

    def rule_of(self, card: str) -> str | None:
        """Return the rule of a card by its identifier; nothing needs to be remembered for that."""
        try:
            return self._rule_of.get(uuid.UUID(card).hex[-12:])
        except ValueError:
            return None

    def reason(self, system: str, code: str) -> str | None:
        """Return the code of an override reason if it is one of those that cards offer."""
        return next((r.code for r in self._reasons if (r.system, r.code) == (system, code)), None)

    def _advisory(self, evaluation: Evaluation, advisory: Advisory, call: str) -> Card:
        title = self.rulebook.rules[advisory.rule].file.title
        about = f"{self.base_url}/v1/rules/{advisory.rule}?as_of={evaluation.as_of}"
        return Card(
            uuid=_identifier(call, advisory.rule),
            summary=advisory.summary,
            detail=_markdown(_advisory_detail(evaluation, advisory)),
            indicator=advisory.indicator,
            source=self._source(advisory.rule, title),
            overrideReasons=self._reasons,
            links=[Link(label="The rule, its numbers and its evidence", url=about)],
        )

    def _open(self, evaluation: Evaluation, call: str) -> Card:
        count = len(evaluation.not_evaluable)
        missing = sorted({name for entry in evaluation.not_evaluable for name in entry.missing})
        facts = [self.rulebook.facts[name].title for name in missing]
        notices = [f"{notice.pointer}: {notice.message}" for notice in evaluation.notices]
        detail = [
            "These rules could still apply. Not known:",
            *_list(facts),
            *(["", "Data that was not used as it stands:", *_list(notices)] if notices else ()),
            "",
            evaluation.disclaimer,
        ]
        rules = f"{count} rule{'s' if count > 1 else ''}"
        return Card(
            uuid=_identifier(call, OPEN),
            summary=f"{rules} could not be evaluated: data is missing",
            detail=_markdown(detail),
            indicator="info",
            source=self._source(OPEN, "What could not be evaluated"),
            overrideReasons=self._reasons,
            links=[Link(label="All rules", url=f"{self.base_url}/v1/rules")],
        )

    def _source(self, code: str, display: str) -> Source:
        topic = Coding(system=f"{self.base_url}/v1/rules", code=code, display=display)
        file = self.rulebook.file
        return Source(label=f"{file.title} {file.version}", url=f"{self.base_url}/v1/rulebook", topic=topic)


def _mark(rule: str) -> str:
    return hashlib.sha256(rule.encode()).hexdigest()[:12]


def _identifier(call: str, rule: str) -> str:
    """Return a UUID of RFC 9562's free form: of the call, and in its last 48 bits of the rule."""
    first = hashlib.sha256(f"{call}\n{rule}".encode()).hexdigest()
    return str(uuid.UUID(f"{first[:12]}8{first[13:16]}8{first[17:20]}{_mark(rule)}"))


def _advisory_detail(evaluation: Evaluation, advisory: Advisory) -> Iterator[str]:
    yield " ".join(advisory.detail.split())
    yield ""
    yield "**Seen**"
    yield ""
    yield from _list(_because(item) for item in advisory.because)
    yield ""
    yield "**Evidence**"
    yield ""
    yield from _list(
        f"{' '.join(item.statement.split())} ({item.source}, {item.locator}; {item.basis})"
        for item in advisory.evidence
    )
    if advisory.conflicts:
        yield ""
        yield "**Where sources disagree or are silent**"
        yield ""
        yield from _list(f"{item.statement} {item.decision}" for item in advisory.conflicts)
    if advisory.limitations:
        yield ""
        yield "**Limits**"
        yield ""
        yield from _list(advisory.limitations)
    yield ""
    yield f"*{' '.join(evaluation.disclaimer.split())}*"


def _because(item: Because) -> str:
    unit = unit_label(item.unit)
    value = "unknown" if item.value is None else f"{_shown(item.value)} {unit}".rstrip()
    threshold = ", ".join(item.threshold) if isinstance(item.threshold, tuple) else _shown(item.threshold)
    return f"`{item.fact}` = {value} ({_OPERATORS[item.operator]} {threshold})"


def _shown(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _list(items: Iterable[str]) -> list[str]:
    return [f"- {' '.join(item.split())}" for item in items]


def _markdown(lines: Iterable[str]) -> str:
    return "\n".join(lines)

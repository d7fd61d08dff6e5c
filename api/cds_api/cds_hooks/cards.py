"""Builds the cards for an evaluation: one per advisory, and one for the rules that lack data."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Literal

from cds_engine.answer.models import Advisory, Because, Evaluation, Indicator
from cds_engine.record.moments import day_of
from cds_engine.rulebook import Rulebook
from cds_engine.rulebook.text import provenance, unit_label
from pydantic import BaseModel, Field

INDICATORS: Sequence[Indicator] = ("critical", "warning", "info")
NOT_EVALUABLE = "not-evaluable"
"""Used instead of a rule id on the card about the rules that could not be evaluated."""
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
_OVERRIDE_REASONS = {
    "considered": "Already considered",
    "outdated": "The data behind this is outdated or wrong",
    "other-source": "Another source says otherwise",
    "not-relevant": "Not relevant to this patient",
}


class Coding(BaseModel):
    """A code and its meaning."""

    system: str
    code: str
    display: str


class Source(BaseModel):
    """The source of a card: the rulebook, with the rule as its topic."""

    label: str
    url: str
    topic: Coding


class Link(BaseModel):
    """A link to more information."""

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


class CardBuilder:
    """Builds the cards of one rulebook, and finds the rule of a card that comes back in feedback."""

    def __init__(
        self, rulebook: Rulebook, base_url: str, *, report_missing: bool = False, default: bool = True
    ) -> None:
        """Prepare the cards; with ``report_missing``, a call without advisories gets a card all the same.

        Cards of the ``default`` rulebook link to the shorter addresses that mean it.
        """
        self.rulebook = rulebook
        self.base_url = base_url
        self.default = default
        self.rulebook_url = f"{base_url}/v1/rulebook" if default else f"{base_url}/v1/rulebooks/{rulebook.id}"
        self.rules_url = f"{base_url}/v1/rules" if default else f"{self.rulebook_url}/rules"
        self.report_missing = report_missing
        self._rule_by_hash = {_rule_hash(name): name for name in (*rulebook.rules, NOT_EVALUABLE)}
        system = f"{base_url}/docs#override-reasons"
        self._override_reasons = [
            Coding(system=system, code=code, display=text) for code, text in _OVERRIDE_REASONS.items()
        ]

    def build(self, evaluations: Sequence[Evaluation], call: str) -> list[Card]:
        """Return a card per advisory, and a card for the rules that lack data.

        The latter is left out if no rule fired and none was not met, because the rulebook then has nothing to
        do with this patient; ``report_missing`` asks for it even so.

        Args:
            evaluations: the evaluation of the call, followed by those as of later days on which drafts start.
                Of a rule that fires on several days the first card counts.
            call: identifies the hook call; the same call always gives the same UUIDs, another call gives
                others.
        """
        first = evaluations[0]
        cards: dict[str, Card] = {}
        for evaluation in evaluations:
            later = evaluation is not first
            for advisory in evaluation.advisories:
                if advisory.rule not in cards:
                    cards[advisory.rule] = self._advisory_card(evaluation, advisory, call, later=later)
        found = sorted(cards.values(), key=lambda card: INDICATORS.index(card.indicator))
        missing = {
            entry.rule: entry.missing
            for evaluation in evaluations
            for entry in evaluation.not_evaluable
            if entry.rule not in cards
        }
        concerned = any(one.outcomes.fired + one.outcomes.not_met for one in evaluations)
        if missing and (concerned or self.report_missing):
            found.append(self._not_evaluable_card(first, missing, call))
        return found

    def rule_of_card(self, card: str) -> str | None:
        """Return the rule of a card, which its UUID encodes, or None for a UUID that is not one of ours."""
        try:
            return self._rule_by_hash.get(uuid.UUID(card).hex[-12:])
        except ValueError:
            return None

    @staticmethod
    def card_uuid(card: str) -> str | None:
        """Return the UUID of a card as this service writes it, or None if it is none."""
        try:
            return str(uuid.UUID(card))
        except ValueError:
            return None

    def is_override_reason(self, system: str, code: str) -> bool:
        """Return whether a code is one of the override reasons that cards offer."""
        return any((reason.system, reason.code) == (system, code) for reason in self._override_reasons)

    def _advisory_card(self, evaluation: Evaluation, advisory: Advisory, call: str, *, later: bool) -> Card:
        day = day_of(evaluation.as_of)
        when = [f"As of {day}, the day on which a draft order starts.", ""] if later else []
        title = self.rulebook.rules[advisory.rule].file.title
        link = f"{self.rules_url}/{advisory.rule}?as_of={day}"
        return Card(
            uuid=_card_uuid(call, advisory.rule),
            summary=advisory.summary,
            detail=_markdown([*when, *_advisory_detail(evaluation, advisory)]),
            indicator=advisory.indicator,
            source=self._source(advisory.rule, title),
            overrideReasons=self._override_reasons,
            links=[Link(label="The rule, its numbers and its evidence", url=link)],
        )

    def _not_evaluable_card(
        self, evaluation: Evaluation, missing: Mapping[str, Sequence[str]], call: str
    ) -> Card:
        count = len(missing)
        facts = [self.rulebook.facts[name].title for name in sorted({*chain(*missing.values())})]
        notices = [f"{notice.pointer}: {notice.message}" for notice in evaluation.notices]
        detail = [
            "These rules could still apply. Missing data:",
            *_list(facts),
            *(["", "Data ignored or changed:", *_list(notices)] if notices else ()),
            "",
            evaluation.disclaimer,
        ]
        rules = f"{count} rule{'s' if count > 1 else ''}"
        return Card(
            uuid=_card_uuid(call, NOT_EVALUABLE),
            summary=f"{rules} could not be evaluated: data is missing",
            detail=_markdown(detail),
            indicator="info",
            source=self._source(NOT_EVALUABLE, "Rules that could not be evaluated"),
            overrideReasons=self._override_reasons,
            links=[Link(label="All rules", url=self.rules_url)],
        )

    def _source(self, code: str, display: str) -> Source:
        topic = Coding(system=self.rules_url, code=code, display=display)
        file = self.rulebook.file
        return Source(label=f"{file.title} {file.version}", url=self.rulebook_url, topic=topic)


def _rule_hash(rule: str) -> str:
    return hashlib.sha256(rule.encode()).hexdigest()[:12]


def _card_uuid(call: str, rule: str) -> str:
    """Return a UUID (RFC 9562, version 8) from hashes of call and rule; its last 48 bits encode the rule."""
    first = hashlib.sha256(f"{call}\n{rule}".encode()).hexdigest()
    return str(uuid.UUID(f"{first[:12]}8{first[13:16]}8{first[17:20]}{_rule_hash(rule)}"))


def _advisory_detail(evaluation: Evaluation, advisory: Advisory) -> Iterator[str]:
    yield " ".join(advisory.detail.split())
    yield ""
    yield "**Because**"
    yield ""
    yield from _list(_because(item) for item in advisory.because)
    yield ""
    yield "**Evidence**"
    yield ""
    yield from _list(
        f"{' '.join(item.statement.split())} ({item.source}, {item.locator};"
        f" {provenance(item.basis, item.reliability)})"
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
    value = "unknown" if item.value is None else f"{_format_value(item.value)} {unit}".rstrip()
    threshold = (
        ", ".join(item.threshold) if isinstance(item.threshold, tuple) else _format_value(item.threshold)
    )
    return f"`{item.fact}` = {value} ({_OPERATORS[item.operator]} {threshold})"


def _format_value(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _list(items: Iterable[str]) -> list[str]:
    return [f"- {' '.join(item.split())}" for item in items]


def _markdown(lines: Iterable[str]) -> str:
    return "\n".join(lines)

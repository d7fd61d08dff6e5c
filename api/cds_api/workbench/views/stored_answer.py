"""A stored answer as the pages show it: made from the answer alone, without evaluating again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cds_engine.answer.models import Because, Evaluation
from cds_engine.answer.phrases import OPERATORS, reason
from cds_engine.evaluate import Engine
from cds_engine.fhir.write import SEVERITIES
from cds_engine.rulebook.model import Rulebook
from pydantic import ValidationError

from cds_api.workbench.evaluating.lines import Lines, remarks_of
from cds_api.workbench.evaluating.record_text import readable
from cds_api.workbench.evaluating.views import AdvisoryView, Reason, count_indicators

INDICATOR_OF = {severity: indicator for indicator, severity in SEVERITIES.items()}
"""The indicator of an advisory by the severity of its DetectedIssue."""
_HEADING = re.compile(r"\*\*.+\*\*")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the text of a card: a title and items."""

    title: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CardView:
    """A card of a hook call, or a DetectedIssue."""

    indicator: str
    summary: str
    rule: str
    paragraphs: tuple[str, ...]
    sections: tuple[Section, ...]
    uuid: str | None = None


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What a decision said.

    ``evaluation`` is None if the answer consists of cards or resources, or is none that this version reads.
    """

    text: str
    """The whole answer as JSON."""
    evaluation: Evaluation | None
    advisories: tuple[AdvisoryView, ...] = ()
    cards: tuple[CardView, ...] = ()
    remarks: tuple[str, ...] = ()
    """What an OperationOutcome says besides."""
    is_read: bool = True
    """Whether this version understands the answer."""

    @property
    def counts(self) -> Mapping[str, int]:
        """The number of advisories or cards with each indicator."""
        levels = [view.advisory.indicator for view in self.advisories]
        return count_indicators([*levels, *(card.indicator for card in self.cards)])


def stored_answer(answer: bytes, engine: Engine | None, lines: Lines | None) -> StoredAnswer:
    """Return an answer as it was given.

    Args:
        answer: the answer as it is stored.
        engine: the engine of the stored rulebook, which has the titles of facts; None if there is none.
        lines: the lines of the stored input, if pointers lead into it.
    """
    text = answer.decode("utf-8", "replace")
    try:
        return _read(text, json.loads(answer), None if engine is None else engine.rulebook, lines)
    except (ValidationError, ValueError, KeyError, TypeError, AttributeError, IndexError):
        return StoredAnswer(text, None, is_read=False)


def input_lines(text: str, answer: bytes | None) -> Lines:
    """Return the lines of a stored input, with what the answer says about them."""
    try:
        evaluation = Evaluation.model_validate_json(answer or b"")
    except ValidationError:
        return Lines(readable(text))
    reasons = (because for advisory in evaluation.advisories for because in advisory.because)
    used = dict.fromkeys(pointer for because in reasons for pointer in because.sources)
    return Lines(readable(text), remarks_of(evaluation.notices, used))


def _read(text: str, found: Any, rulebook: Rulebook | None, lines: Lines | None) -> StoredAnswer:
    readable_text = readable(text)
    if "cards" in found:
        return StoredAnswer(readable_text, None, cards=tuple(map(_hook_card, found["cards"])))
    if "entry" in found:
        resources = [entry["resource"] for entry in found["entry"]]
        issues = [each for each in resources if each["resourceType"] == "DetectedIssue"]
        outcomes = [each for each in resources if each["resourceType"] == "OperationOutcome"]
        remarks = [remark["diagnostics"] for each in outcomes for remark in each["issue"]]
        return StoredAnswer(
            readable_text, None, cards=tuple(map(_issue_card, issues)), remarks=tuple(remarks)
        )
    evaluation = Evaluation.model_validate_json(text)
    advisories = tuple(
        AdvisoryView(
            advisory,
            tuple(Reason(_reason(rulebook, each), _lines_of(each, lines)) for each in advisory.because),
            {item.claim: _source(rulebook, item.claim, item.source) for item in advisory.evidence},
        )
        for advisory in evaluation.advisories
    )
    return StoredAnswer(readable_text, evaluation, advisories)


def _reason(rulebook: Rulebook | None, because: Because) -> str:
    if rulebook is not None and because.fact in rulebook.facts:
        return reason(rulebook, because)
    value = "unknown" if because.value is None else f"{because.value} {because.unit or ''}".rstrip()
    return f"{because.fact}: {value} ({OPERATORS[because.operator]} {because.threshold})"


def _source(rulebook: Rulebook | None, claim: str, source: str) -> str:
    """Return the short name of a claim's source, or its title if the rulebook does not have the claim."""
    evidence = None if rulebook is None else rulebook.evidence
    if evidence is None or claim not in evidence.claims:
        return source
    return evidence.sources[evidence.claims[claim].source].short


def _lines_of(because: Because, lines: Lines | None) -> tuple[int, ...]:
    return () if lines is None else lines.of_all(because.sources)


def _hook_card(card: Mapping[str, Any]) -> CardView:
    """Return a card; its text is the Markdown that this service writes."""
    paragraphs: list[str] = []
    sections: list[Section] = []
    for line in filter(None, card["detail"].split("\n")):
        heading = _HEADING.fullmatch(line)
        if line.startswith("- ") and sections:
            last = sections[-1]
            sections[-1] = Section(last.title, (*last.items, line.removeprefix("- ").replace("`", "")))
        elif heading is not None or line.endswith(":"):
            sections.append(Section(line.strip("*:"), ()))
        else:
            paragraphs.append(line.strip("*"))
    rule = card["source"]["topic"]["code"]
    return CardView(
        card["indicator"], card["summary"], rule, tuple(paragraphs), tuple(sections), card.get("uuid")
    )


def _issue_card(issue: Mapping[str, Any]) -> CardView:
    first, *others = issue["detail"].split("\n")
    sections = list(_issue_sections(issue, others[:-1]))
    return CardView(
        INDICATOR_OF[issue["severity"]],
        issue["code"]["text"],
        issue["code"]["coding"][0]["code"],
        (first, *others[-1:]),
        tuple(sections),
    )


def _issue_sections(issue: Mapping[str, Any], details: Sequence[str]) -> Iterator[Section]:
    because = tuple(code["text"] for each in issue.get("evidence", ()) for code in each["code"])
    if because:
        yield Section("Because", because)
    if details:
        yield Section("Evidence and limits", tuple(details))

"""An evaluation as plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from cds_engine.answer.models import Advisory, Evaluation, TracedCondition
from cds_engine.answer.phrases import (
    RESEARCH_USE,
    comparison,
    count_rules,
    evidence,
    missing_facts,
    outcome_counts,
    reason,
)
from cds_engine.errors import printable
from cds_engine.rulebook.model import Rulebook

WIDTH = 100
LABEL_WIDTH = 11


def evaluation_text(rulebook: Rulebook, evaluation: Evaluation) -> str:
    """Return ``evaluation`` as text of at most :data:`WIDTH` columns; it was made with ``rulebook``."""
    return "\n".join(_lines(rulebook, evaluation))


def _lines(rulebook: Rulebook, evaluation: Evaluation) -> Iterator[str]:
    patient, book = evaluation.patient_id or "no patient id", evaluation.rulebook
    yield f"{printable(patient)}, as of {evaluation.as_of}, {book.id} {book.version}"
    yield RESEARCH_USE
    for advisory in evaluation.advisories:
        yield ""
        yield from _advisory(rulebook, advisory)
    if not evaluation.advisories:
        yield ""
        yield "No advisory."
    if evaluation.not_evaluable:
        yield ""
        rules = count_rules(len(evaluation.not_evaluable))
        yield f"Missing facts, without which {rules} could not be evaluated"
        for fact in missing_facts(rulebook, evaluation):
            yield from _item(f"{fact.question} ({fact.fact}, {count_rules(fact.rules)})")
    if evaluation.notices:
        yield ""
        yield "Data ignored or changed"
        for notice in evaluation.notices:
            yield from _item(printable(f"{notice.pointer}: {notice.message}"))
    for trace in evaluation.trace or ():
        yield ""
        yield f"{trace.rule}: {trace.outcome}"
        yield from _conditions(rulebook, trace.conditions, "  ")
    yield ""
    yield f"{outcome_counts(evaluation.outcomes)}."
    yield from _wrap(evaluation.disclaimer)


def _advisory(rulebook: Rulebook, advisory: Advisory) -> Iterator[str]:
    yield from _wrap(advisory.summary, f"{advisory.indicator.upper()}  ", "  ")
    yield from _wrap(advisory.detail, "  ", "  ")
    yield from _labelled("because", (reason(rulebook, because) for because in advisory.because))
    yield from _labelled("evidence", (evidence(rulebook, item) for item in advisory.evidence))
    yield from _labelled("mechanism", (item.statement for item in advisory.mechanism))
    yield from _labelled(
        "conflict", (f"{item.statement} Decision: {item.decision}" for item in advisory.conflicts)
    )
    yield from _labelled("limitation", advisory.limitations)
    yield from _labelled("rule", [advisory.rule])


def _conditions(rulebook: Rulebook, conditions: Iterable[TracedCondition], indent: str) -> Iterator[str]:
    for condition in conditions:
        yield printable(f"{indent}{condition.truth:<8}{comparison(rulebook, condition)}")
        yield from _conditions(rulebook, condition.conditions, indent + "  ")


def _labelled(label: str, texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from _wrap(text, f"  {label:<{LABEL_WIDTH}}", " " * (LABEL_WIDTH + 2))
        label = ""


def _item(text: str) -> list[str]:
    return _wrap(text, "  - ", "    ")


def _wrap(text: str, first: str = "", rest: str = "") -> list[str]:
    return textwrap.wrap(
        " ".join(text.split()),
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )

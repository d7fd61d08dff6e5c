"""An evaluation as self-contained HTML, for notebooks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from cds_engine.answer.models import Advisory, Evaluation, Indicator, Trace, TracedCondition
from cds_engine.answer.phrases import (
    RESEARCH_USE,
    comparison,
    count_rules,
    evidence,
    missing_facts,
    outcome_counts,
    reason,
)
from cds_engine.rulebook.model import Rulebook

_COLOURS: dict[Indicator, str] = {"critical": "#b3261e", "warning": "#8a5a00", "info": "#1f5fa8"}


def evaluation_html(rulebook: Rulebook, evaluation: Evaluation) -> str:
    """Return ``evaluation`` as one ``div`` with inline styles; every text is escaped."""
    return f'<div style="max-width: 60em">{"".join(_parts(rulebook, evaluation))}</div>'


def _parts(rulebook: Rulebook, evaluation: Evaluation) -> Iterator[str]:
    patient, book = evaluation.patient_id or "no patient id", evaluation.rulebook
    heading = escape(f"as of {evaluation.as_of}, {book.id} {book.version}")
    yield f"<p><strong>{escape(patient)}</strong>, {heading} {_badge(RESEARCH_USE, '#5f6368')}</p>"
    yield from (_advisory(rulebook, advisory) for advisory in evaluation.advisories)
    if not evaluation.advisories:
        yield "<p>No advisory.</p>"
    if evaluation.not_evaluable:
        rules = count_rules(len(evaluation.not_evaluable))
        facts = missing_facts(rulebook, evaluation)
        items = (f"{fact.question} ({fact.fact}, {count_rules(fact.rules)})" for fact in facts)
        yield _details(f"Missing facts, without which {rules} could not be evaluated", _list(items))
    if evaluation.notices:
        items = (f"{notice.pointer}: {notice.message}" for notice in evaluation.notices)
        yield _details("Data ignored or changed", _list(items))
    if evaluation.trace is not None:
        traces = "".join(_trace(rulebook, trace) for trace in evaluation.trace)
        yield _details("Every comparison of every rule", traces)
    yield f"<p>{escape(outcome_counts(evaluation.outcomes))}.</p>"
    yield f"<p><small>{escape(evaluation.disclaimer)}</small></p>"


def _advisory(rulebook: Rulebook, advisory: Advisory) -> str:
    colour = _COLOURS[advisory.indicator]
    sections = {
        "Because": [reason(rulebook, because) for because in advisory.because],
        "Evidence": [evidence(rulebook, item) for item in advisory.evidence],
        "Mechanism": [item.statement for item in advisory.mechanism],
        "Conflicts": [f"{item.statement} Decision: {item.decision}" for item in advisory.conflicts],
        "Limitations": list(advisory.limitations),
    }
    body = "".join(f"<p>{heading}</p>{_list(texts)}" for heading, texts in sections.items() if texts)
    return (
        f'<div style="border-left: 4px solid {colour}; padding-left: 1em; margin: 1em 0">'
        f"<p>{_badge(advisory.indicator, colour)} <strong>{escape(advisory.summary)}</strong></p>"
        f"<p>{escape(advisory.detail)}</p>"
        f"{_details(f'Reasons and evidence ({advisory.rule})', body)}</div>"
    )


def _trace(rulebook: Rulebook, trace: Trace) -> str:
    conditions = "".join(_conditions(rulebook, trace.conditions))
    return _details(f"{trace.rule}: {trace.outcome}", f"<ul>{conditions}</ul>")


def _conditions(rulebook: Rulebook, conditions: Iterable[TracedCondition]) -> Iterator[str]:
    for condition in conditions:
        children = "".join(_conditions(rulebook, condition.conditions))
        text = escape(f"{condition.truth}: {comparison(rulebook, condition)}")
        yield f"<li>{text}{f'<ul>{children}</ul>' if children else ''}</li>"


def _details(summary: str, body: str) -> str:
    """Return a section that opens on a click; ``body`` is HTML."""
    return f"<details><summary>{escape(summary)}</summary>{body}</details>"


def _list(texts: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(text)}</li>' for text in texts)}</ul>"


def _badge(text: str, colour: str) -> str:
    return (
        f'<span style="background: {colour}; color: white; border-radius: 0.3em; padding: 0.1em 0.5em">'
        f"{escape(text)}</span>"
    )

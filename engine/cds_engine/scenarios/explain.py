"""Explains why an expectation does not hold: what was found instead, and each comparison of the rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cds_engine.answer.models import Evaluation, Trace, TracedCondition
from cds_engine.language.expressions import Scalar
from cds_engine.rulebook.text import format_value, unit_label
from cds_engine.scenarios.recording import OUTCOME_TEXTS, Answer, Expectation

_SIGNS = {"is_not": "is not", "one_of": "is one of", "less_than": "<", "at_most": "<=", "more_than": ">"}
_SIGNS |= {"at_least": ">=", "known": "is known:"}
_OUTCOMES = {kind: text for text, kind in OUTCOME_TEXTS.items()}
_VERBS = {"evidence": "cites", "conflict": "shows", "mechanism": "names"}
_EXPECTED = {
    "fired": "{rule} to fire",
    "not_met": "{rule} not to fire",
    "not_applicable": "{rule} not to apply",
    "not_evaluable": "{rule} not to be evaluable",
    "missing": "{rule} not to be evaluable because only these facts are unknown: {names}",
    "missing_among": "{rule} not to be evaluable because these and perhaps other facts are unknown: {names}",
    "because": "{rule} to fire because {subject} is {value}",
    "indicator": "{rule} to fire as {value}",
    "evidence": "{rule} to fire and cite {value}",
    "conflict": "{rule} to fire and show the conflict {value}",
    "mechanism": "{rule} to fire and name the target {value}",
    "says": "the advisory of {rule} to say '{value}'",
    "none_of_family": "no rule of the family {subject} to fire but {names}",
    "only": "only these rules to fire: {names}",
    "notice": "a notice{at} that mentions '{value}'",
    "no_notice": "no notice",
    "fact": "{subject} to be {value}",
    "refused": "the record to be refused at {value}",
}


def explain(expectation: Expectation, answer: Answer, evaluation: Evaluation | None) -> str:
    """Return the expectation, what ``answer`` has instead, and the trace of the rules involved."""
    lines = [f"expected {_expected_text(expectation)}", f"found    {_found_text(expectation, answer)}"]
    if evaluation is not None and evaluation.trace is not None:
        rules = set(_rules_to_trace(expectation, answer))
        for trace in evaluation.trace:
            if trace.rule in rules:
                lines += ["", *_trace_lines(trace)]
    return "\n".join(lines)


def _expected_text(expectation: Expectation) -> str:
    value = expectation.value
    names = ", ".join(value) if isinstance(value, tuple) else ""
    at = f" at {expectation.subject}" if expectation.subject else ""
    text = _EXPECTED[expectation.kind]
    if expectation.kind in ("only", "none_of_family") and not names:
        text = "no rule to fire" if expectation.kind == "only" else "no rule of the family {subject} to fire"
    return text.format(
        rule=expectation.rule,
        subject=expectation.subject,
        value=_value(value),
        names=names,
        at=at,
    )


def _found_text(expectation: Expectation, answer: Answer) -> str:
    rule = expectation.rule
    match expectation.kind:
        case "only" | "none_of_family":
            return ", ".join(_fired(expectation, answer)) or "none"
        case "notice" | "no_notice":
            return "; ".join(f"{at}: {message}" for at, message in answer.notices) or "no notice"
        case "fact":
            value = answer.facts.get(str(expectation.subject))
            return "unknown" if value is None else _value(value)
        case "refused":
            return f"refused at {', '.join(answer.refused)}" if answer.refused else "accepted"
    assert rule is not None
    outcome = answer.outcomes.get(rule)
    if outcome is None:
        return "the evaluation has no such rule"
    if outcome == "not_evaluable":
        return f"it is not evaluable because these facts are unknown: {', '.join(answer.missing(rule))}"
    if outcome != "fired":
        return f"it {_OUTCOMES[outcome]}"
    match expectation.kind:
        case "indicator":
            return f"it fires as {answer.indicators[rule]}"
        case "because":
            reasons = ", ".join(
                f"{fact} is {_value(value)}" for fact, value in answer.supporting_comparisons(rule).items()
            )
            return f"it fires because {reasons}"
        case "evidence" | "conflict" | "mechanism":
            found = ", ".join(answer.cites(rule, expectation.kind)) or "none"
            return f"it fires and {_VERBS[expectation.kind]} {found}"
        case "says":
            return f"its advisory says '{answer.text(rule)}'"
    return "it fires"


def _fired(expectation: Expectation, answer: Answer) -> list[str]:
    """Return the rules that fired, only those of the expected family if there is one."""
    return sorted(
        rule
        for rule, outcome in answer.outcomes.items()
        if outcome == "fired" and expectation.subject in (None, answer.families.get(rule))
    )


def _rules_to_trace(expectation: Expectation, answer: Answer) -> Iterable[str]:
    """Return the rule that is named, otherwise the rules that fired unexpectedly or did not fire."""
    if expectation.rule is not None:
        return (expectation.rule,)
    if expectation.kind not in ("only", "none_of_family"):
        return ()
    assert isinstance(expectation.value, tuple)
    fired, named = set(_fired(expectation, answer)), set(expectation.value)
    return fired ^ named if expectation.kind == "only" else fired - named


def _trace_lines(trace: Trace) -> Iterator[str]:
    """Yield the lines that show one rule: the truth, comparison and value of each condition."""
    yield f"{trace.rule} {_OUTCOMES[trace.outcome]}:"
    part = ""
    for condition in trace.conditions:
        if condition.part != part:
            part = condition.part
            yield f"  {part}"
        yield from _condition(condition, "    ")
    if not any(condition.part == "when" for condition in trace.conditions):
        yield "  when always"


def _condition(condition: TracedCondition, indent: str) -> Iterator[str]:
    sign = _SIGNS.get(condition.operator, condition.operator)
    threshold = f"{_value(condition.threshold)} {unit_label(condition.unit)}".rstrip()
    source = f" [{condition.parameter}]" if condition.parameter else ""
    found = "unknown" if condition.value is None else _value(condition.value)
    yield f"{indent}{condition.truth:<8}{condition.fact} {sign} {threshold}{source}, found {found}"
    for part in condition.conditions:
        yield from _condition(part, indent + "  ")


def _value(value: Scalar | float | tuple[str, ...] | None) -> str:
    match value:
        case tuple():
            return ", ".join(value)
        case int() | float() if not isinstance(value, bool):
            return str(value)
        case None:
            return "unknown"
    return format_value(value)

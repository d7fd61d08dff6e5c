"""An evaluation as text for people: what fired, why, on which evidence, and which data is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal

import typer
from cds_engine.answer.models import Advisory, Because, Evaluation, Trace, TracedCondition
from cds_engine.answer.phrases import evidence
from cds_engine.errors import printable
from cds_engine.quantities.numbers import displayed
from cds_engine.rulebook.model import Fact, Rulebook
from cds_engine.rulebook.text import format_value, unit_label
from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule as Line
from rich.table import Table
from rich.text import Text

STYLES = {"critical": "bold red", "warning": "bold yellow", "info": "bold cyan"}
_OPERATORS = {
    "is": "is",
    "is_not": "is not",
    "one_of": "is one of",
    "less_than": "<",
    "at_most": "<=",
    "more_than": ">",
    "at_least": ">=",
    "known": "is known:",
}
_TRUTH_STYLES = {"true": "green", "false": "red", "unknown": "yellow"}
MAX_MISSING_FACTS = 8


def print_evaluation(rulebook: Rulebook, evaluation: Evaluation, *, title: str | None = None) -> None:
    """Print ``evaluation`` to stdout, in colour on a terminal.

    Args:
        rulebook: the rulebook it was made with, for titles, questions and sources.
        evaluation: the evaluation.
        title: a heading, such as the name of the file.
    """
    console = Console(highlight=False, soft_wrap=False)
    with console.capture() as captured:
        _print(console, rulebook, evaluation, title)
    lines = captured.get().splitlines()
    colour = console.color_system is not None
    typer.echo("\n".join(line.rstrip() for line in lines), color=colour)


def _print(console: Console, rulebook: Rulebook, evaluation: Evaluation, title: str | None) -> None:
    if title is not None:
        console.print(Line(Text(printable(title))))
    who = printable(evaluation.patient_id or "no patient id")
    book = evaluation.rulebook
    console.print(
        Text.assemble(
            (f"{who}", "bold"), f"  as of {evaluation.as_of}  ({book.id} {book.version}, research use only)"
        )
    )
    _print_advisories(console, rulebook, evaluation.advisories)
    if evaluation.notices:
        console.print(Text("\nData ignored or changed", "bold"))
        for notice in evaluation.notices:
            _print_item(console, printable(f"{notice.pointer}: {notice.message}"))
    if evaluation.not_evaluable:
        _print_missing(console, rulebook, evaluation)
    if evaluation.trace is not None:
        _print_trace(console, evaluation.trace)
    counts = evaluation.outcomes
    console.print(
        f"\n{counts.fired} fired, {counts.not_met} not met, {counts.not_evaluable} not evaluable, "
        f"{counts.not_applicable} not applicable."
    )
    console.print(Text(evaluation.disclaimer, "dim"))


def _print_advisories(console: Console, rulebook: Rulebook, advisories: Sequence[Advisory]) -> None:
    if not advisories:
        console.print("\nNo advisory.")
    for advisory in advisories:
        console.print()
        console.print(
            Text.assemble(
                (advisory.indicator.upper(), STYLES[advisory.indicator]), "  ", (advisory.summary, "bold")
            )
        )
        _print_paragraph(console, advisory.detail)
        table = Table.grid(padding=(0, 2))
        table.add_column(style="dim", no_wrap=True)
        table.add_column()
        for label, texts in _explanation(rulebook, advisory).items():
            for index, text in enumerate(texts):
                table.add_row("" if index else label, Text(" ".join(text.split())))
        console.print(Padding(table, (0, 0, 0, 2), expand=False))


def _explanation(rulebook: Rulebook, advisory: Advisory) -> dict[str, list[str]]:
    """Return the texts that explain an advisory, by the label they are printed under."""
    return {
        "because": [_because(rulebook, item) for item in advisory.because],
        "evidence": [evidence(rulebook, item) for item in advisory.evidence],
        "mechanism": [item.statement for item in advisory.mechanism],
        "disputed": [f"{item.statement} Decided: {item.decision}" for item in advisory.conflicts],
        "limits": list(advisory.limitations),
        "rule": [advisory.rule],
    }


def _because(rulebook: Rulebook, item: Because) -> str:
    fact = rulebook.facts[item.fact]
    if isinstance(item.threshold, bool):
        return f"{fact.title}: {_value(item.value)}"
    value = "not known" if item.value is None else _amount(item.value, fact)
    return f"{fact.title}: {value} ({_OPERATORS[item.operator]} {_amount(item.threshold, fact)})"


def _amount(value: object, fact: Fact) -> str:
    """Return a number with its unit, at the precision in which its fact is reported."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _value(value)
    return format_value(displayed(Decimal(repr(value)), fact.resolution), fact.unit)


def _print_missing(console: Console, rulebook: Rulebook, evaluation: Evaluation) -> None:
    console.print(
        Text(
            f"\nMissing data: {_counted_rules(len(evaluation.not_evaluable))} could not be evaluated", "bold"
        )
    )
    rules_by_fact = Counter(fact for entry in evaluation.not_evaluable for fact in entry.missing)
    for fact, count in rules_by_fact.most_common(MAX_MISSING_FACTS):
        question = rulebook.facts[fact].question or rulebook.facts[fact].title
        _print_item(console, f"{question}  ({fact}; {_counted_rules(count)})")
    if len(rules_by_fact) > MAX_MISSING_FACTS:
        rest = sorted(fact for fact, _ in rules_by_fact.most_common()[MAX_MISSING_FACTS:])
        _print_item(console, f"and {len(rest)} more: {', '.join(rest)}")


def _counted_rules(count: int) -> str:
    return f"{count} rule" if count == 1 else f"{count} rules"


def _print_trace(console: Console, traces: Iterable[Trace]) -> None:
    console.print(Text("\nEvery rule, condition by condition", "bold"))
    for trace in traces:
        console.print(Text.assemble("\n  ", (trace.rule, "bold"), f"  {trace.outcome}"))
        for condition in trace.conditions:
            _print_condition(console, condition, 4)


def _print_condition(console: Console, condition: TracedCondition, indent: int) -> None:
    value = "unknown" if condition.value is None else _value(condition.value)
    comparison = f"{_OPERATORS[condition.operator]} {_value(condition.threshold)}"
    text = Text.assemble(
        (f"{condition.truth:<8}", _TRUTH_STYLES[condition.truth]),
        f"{condition.fact} {comparison} {unit_label(condition.unit)}".rstrip(),
        f"  (found {value})",
    )
    console.print(Padding(text, (0, 0, 0, indent), expand=False))
    for part in condition.conditions:
        _print_condition(console, part, indent + 2)


def _value(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(map(str, value))
    return str(value)


def _print_paragraph(console: Console, text: str, style: str = "") -> None:
    console.print(Padding(Text(" ".join(text.split()), style), (0, 0, 0, 2), expand=False))


def _print_item(console: Console, text: str) -> None:
    console.print(Padding(Text("- " + " ".join(text.split())), (0, 0, 0, 2), expand=False))

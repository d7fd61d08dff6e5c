"""An evaluation as text for people: what fired, why, on which evidence, and which data is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal

import typer
from cds_engine.answer.combined import CombinedEvaluation, NamedAdvisory, RulebookAnswer
from cds_engine.answer.models import (
    Advisory,
    Because,
    Evaluation,
    RulebookIdentity,
    Trace,
    TracedCondition,
)
from cds_engine.answer.phrases import evidence, outcome_counts
from cds_engine.combined import CombinedResult
from cds_engine.errors import printable
from cds_engine.notices import Notice
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
    with _captured() as console:
        _print_heading(console, evaluation, [evaluation.rulebook], title)
        _print_advisories(console, [(rulebook, advisory) for advisory in evaluation.advisories])
        _print_notices(console, [(notice, None) for notice in evaluation.notices])
        _print_missing(console, rulebook, evaluation)
        _print_trace(console, evaluation.trace or ())
        console.print(f"\n{outcome_counts(evaluation.outcomes)}.")
        console.print(Text(evaluation.disclaimer, "dim"))


def print_combined(
    rulebooks: Sequence[Rulebook], result: CombinedResult, *, title: str | None = None
) -> None:
    """Print the answer of several rulebooks to stdout; what each of them says names it.

    Args:
        rulebooks: the rulebooks it was made with.
        result: the answer.
        title: a heading, such as the name of the file.
    """
    books = {rulebook.id: rulebook for rulebook in rulebooks}
    combined = result.evaluation
    with _captured() as console:
        _print_heading(console, combined, combined.rulebooks, title)
        _print_advisories(console, [(books[found.rulebook], found) for found in combined.advisories])
        _print_notices(console, [(notice, notice.rulebooks) for notice in combined.notices])
        for name, part in result.parts.items():
            _print_missing(console, books[name], part.evaluation, name)
            _print_trace(console, part.evaluation.trace or (), name)
        console.print()
        for book in combined.rulebooks:
            console.print(f"{book.id}: {outcome_counts(book.outcomes)}.")
        console.print(Text(combined.disclaimer, "dim"))


@contextmanager
def _captured() -> Iterator[Console]:
    """Yield a console, and print to stdout what was printed to it, in colour on a terminal."""
    console = Console(highlight=False, soft_wrap=False)
    with console.capture() as captured:
        yield console
    lines = captured.get().splitlines()
    colour = console.color_system is not None
    typer.echo("\n".join(line.rstrip() for line in lines), color=colour)


def _print_heading(
    console: Console,
    evaluation: Evaluation | CombinedEvaluation,
    books: Sequence[RulebookIdentity | RulebookAnswer],
    title: str | None,
) -> None:
    if title is not None:
        console.print(Line(Text(printable(title))))
    who = printable(evaluation.patient_id or "no patient id")
    named = ", ".join(f"{book.id} {book.version}" for book in books)
    console.print(
        Text.assemble((f"{who}", "bold"), f"  as of {evaluation.as_of}  ({named}, research use only)")
    )


def _print_notices(console: Console, notices: Sequence[tuple[Notice, tuple[str, ...] | None]]) -> None:
    """Print notices, each with the rulebooks that it is about if that is not all of them."""
    if notices:
        console.print(Text("\nData ignored or changed", "bold"))
    for notice, rulebooks in notices:
        about = f" ({', '.join(rulebooks)})" if rulebooks else ""
        _print_item(console, printable(f"{notice.pointer}: {notice.message}{about}"))


def _print_advisories(console: Console, advisories: Sequence[tuple[Rulebook, Advisory]]) -> None:
    if not advisories:
        console.print("\nNo advisory.")
    for rulebook, advisory in advisories:
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
        "rule": [
            f"{advisory.rule} ({advisory.rulebook})" if isinstance(advisory, NamedAdvisory) else advisory.rule
        ],
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


def _print_missing(
    console: Console, rulebook: Rulebook, evaluation: Evaluation, name: str | None = None
) -> None:
    """Print the facts that rules need; ``name`` is the rulebook, if there are several."""
    if not evaluation.not_evaluable:
        return
    rules = _counted_rules(len(evaluation.not_evaluable)) + (f" of {name}" if name else "")
    console.print(Text(f"\nMissing data: {rules} could not be evaluated", "bold"))
    rules_by_fact = Counter(fact for entry in evaluation.not_evaluable for fact in entry.missing)
    for fact, count in rules_by_fact.most_common(MAX_MISSING_FACTS):
        question = rulebook.facts[fact].question or rulebook.facts[fact].title
        _print_item(console, f"{question}  ({fact}; {_counted_rules(count)})")
    if len(rules_by_fact) > MAX_MISSING_FACTS:
        rest = sorted(fact for fact, _ in rules_by_fact.most_common()[MAX_MISSING_FACTS:])
        _print_item(console, f"and {len(rest)} more: {', '.join(rest)}")


def _counted_rules(count: int) -> str:
    return f"{count} rule" if count == 1 else f"{count} rules"


def _print_trace(console: Console, traces: Collection[Trace], name: str | None = None) -> None:
    """Print every comparison; ``name`` is the rulebook, if there are several."""
    if traces:
        rule = f"Every rule of {name}" if name else "Every rule"
        console.print(Text(f"\n{rule}, condition by condition", "bold"))
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

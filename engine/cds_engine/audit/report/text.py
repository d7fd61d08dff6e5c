"""The audit as text for a terminal: the figures, then what to do next, the most serious first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from cds_engine.audit.result import KINDS, AuditResult, Kind
from cds_engine.scenarios.recording import UNREVIEWED

MOST_LISTED = 10
"""How many entries of a list are shown; the JSON and HTML reports have all of them."""
TITLES: Mapping[Kind, str] = {
    "outcome": "outcomes",
    "condition": "conditions",
    "mcdc": "MC/DC",
    "boundary": "boundaries",
    "mutation": "mutants",
    "evidence": "evidence",
    "terminology": "terminology",
}


def to_text(result: AuditResult) -> str:
    """Return the audit as text."""
    lines = [*_figures(result), *_next_steps(result), *_population(result.population), *_end(result)]
    return "\n".join(lines) + "\n"


def _figures(result: AuditResult) -> Iterator[str]:
    book = result.rulebook
    rules = sum(decision.is_rule for decision in result.decisions)
    ran = f"{result.scenarios} scenario{'' if result.scenarios == 1 else 's'}"
    if result.cases:
        ran += f", {result.cases} terminology case{'' if result.cases == 1 else 's'}"
    yield f"{book['id']} {book['version']}: {rules} rules, {ran}"
    yield ""
    for kind in KINDS:
        total = result.total(kind)
        required = ""
        if total.required is not None:
            required = f"  required {total.required:g} %: {'met' if total.met else 'MISSED'}"
        yield f"  {TITLES[kind]:<12}{total.percent:>6.1f} %  {total.covered} of {total.of}{required}"
    excused = sum(not goal.counted for goal in result.goals)
    yield f"  not counted: {excused} excused goals, {len(result.equivalent)} equivalent mutants"


def _next_steps(result: AuditResult) -> Iterator[str]:
    """Yield broken scenarios, then issues of the rules, then what is missing."""
    yield from _list(
        "Scenarios that failed or expect nothing",
        [
            f"{problem.feature}:{problem.line}: {problem.scenario}: {problem.message}"
            for problem in result.scenario_problems
        ],
    )
    yield from _list(
        "Not reviewed: these scenarios cover nothing until their tag @unreviewed is removed",
        list(result.unreviewed),
    )
    issues = () if result.proof is None else result.proof.issues
    yield from _list(
        "Issues of the rules",
        [
            f"{issue.file}:{issue.line}: {issue.kind}: {issue.statement}"
            + ("" if issue.confirmed else " (no record could be built to confirm it)")
            for issue in issues
            if issue.accepted is None
        ],
    )
    for kind in ("outcome", "boundary", "condition", "mcdc", "evidence"):
        missing = [goal for goal in result.goals if goal.kind == kind and goal.missing]
        lines = [f"{goal.file}:{goal.line}: {goal.subject}: {goal.label}" for goal in missing]
        yield from _list(f"Not shown by any scenario: {TITLES[kind]}", lines)
    cases = [item for item in result.missing if item.is_case]
    yield from _list("Not shown by any case: terminology", [item.goal for item in cases])
    survivors = [mutant for mutant in result.survivors if mutant.accepted is None]
    yield from _list(
        "Surviving mutants",
        [f"{mutant.file}:{mutant.line}: {mutant.subject}: {mutant.change}" for mutant in survivors],
    )
    if result.proof is None:
        yield from _list("Not checked (no proof run) and not counted", list(result.not_checked))
    scenarios = [item.scenario for item in result.missing if item.scenario and not item.is_case]
    written = [item.scenario for item in cases if item.scenario]
    yield from _to_paste("a feature file", "the rule should do what the scenario says", scenarios)
    yield from _to_paste("a file of terminology cases", "the source says the same", written)


def _to_paste(where: str, what: str, texts: list[str]) -> Iterator[str]:
    """Yield the first of the scenarios or cases that are missing."""
    if texts:
        yield ""
        yield f"To paste into {where} (one of {len(texts)}; the others are in --format json and html)."
        yield f"Remove @{UNREVIEWED} once you have checked that {what}:"
        yield ""
        yield from (f"  {line}".rstrip() for line in texts[0].splitlines())


def _list(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield f"{title} ({len(lines)})"
        yield from (f"  {line}" for line in lines[:MOST_LISTED])
        if len(lines) > MOST_LISTED:
            yield f"  and {len(lines) - MOST_LISTED} more"


def _population(population: Mapping[str, Any] | None) -> Iterator[str]:
    if population is None:
        return
    yield ""
    yield f"Among {population['records']} records ({population['refused']} refused)"
    for what, title in (("never_applies", "never apply"), ("never_fires", "never fire")):
        names = population[what]
        yield f"  {len(names)} rules {title}{': ' + ', '.join(names[:MOST_LISTED]) if names else ''}"
    missing: Counter[str] = Counter(population["blame"])
    for fact, count in missing.most_common(MOST_LISTED):
        yield f"  missing {fact}: {count} times a rule was not evaluable"


def _end(result: AuditResult) -> Iterator[str]:
    yield ""
    about = result.about
    made = [f"on {about.date}"] if about.date is not None else []
    made += [f"of commit {about.commit}"] if about.commit is not None else []
    made += [f"with engine {about.engine}"] if about.engine is not None else []
    if made:
        yield f"Audited {', '.join(made)}; {result.rulebook['digest'][: len('sha256:') + 12]}."
    if result.proof is None:
        yield "No proof was run, so a goal that no record can show may count as missing."
    else:
        proof = result.proof
        yield f"Proved: {len(proof.proved)} statements, under {len(proof.assumptions)} assumptions."
    yield "passed" if result.passed else "not passed"
    yield ""
    yield result.disclaimer

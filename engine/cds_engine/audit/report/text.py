"""The audit for people at a terminal: the figures, then what to do next, the gravest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from cds_engine.audit.result import KINDS, AuditResult, Kind

SHOWN = 10
"""How many of each sort are listed; the JSON and HTML reports have them all."""
TITLES: Mapping[Kind, str] = {
    "outcome": "outcomes",
    "condition": "conditions",
    "mcdc": "MC/DC",
    "boundary": "boundaries",
    "mutation": "mutants",
    "evidence": "evidence",
}


def to_text(result: AuditResult) -> str:
    """Return the audit as text."""
    return (
        "\n".join([*_figures(result), *_todo(result), *_population(result.population), *_end(result)]) + "\n"
    )


def _figures(result: AuditResult) -> Iterator[str]:
    book = result.rulebook
    rules = sum(subject.is_rule for subject in result.subjects)
    ran = f"{result.scenarios} scenario{'' if result.scenarios == 1 else 's'}"
    yield f"{book['id']} {book['version']}: {rules} rules, {ran}"
    yield ""
    for kind in KINDS:
        total = result.total(kind)
        goal = "" if total.goal is None else f"  goal {total.goal:g} %: {'met' if total.met else 'MISSED'}"
        yield f"  {TITLES[kind]:<11}{total.percent:>6.1f} %  {total.covered} of {total.of}{goal}"
    excused = sum(target.excused is not None and not target.covered for target in result.targets)
    equivalent = sum(mutant.fate == "equivalent" for mutant in result.mutants)
    yield f"  not counted: {excused} targets excused with a reason, {equivalent} mutants proved equivalent"


def _todo(result: AuditResult) -> Iterator[str]:
    """Yield what to do next: broken scenarios, faults of the rules, then what is missing."""
    yield from _list(
        "Scenarios that cannot be counted on",
        [f"{fault.feature}:{fault.line}: {fault.scenario}: {fault.message}" for fault in result.faults],
    )
    findings = [] if result.proof is None else list(result.proof.findings)
    yield from _list(
        "Found wrong with the rules",
        [
            f"{found.file}:{found.line}: {found.kind}: {found.statement}"
            + ("" if found.confirmed else " (no record could be built to confirm it)")
            for found in findings
            if found.accepted is None
        ],
    )
    for kind in ("outcome", "boundary", "condition", "mcdc", "evidence"):
        missing = [target for target in result.targets if target.kind == kind and target.missing]
        lines = [f"{target.file}:{target.line}: {target.subject}: {target.label}" for target in missing]
        yield from _list(f"Not shown by any scenario: {TITLES[kind]}", lines)
    survivors = [mutant for mutant in result.survivors if mutant.accepted is None]
    yield from _list(
        "Mistakes that no scenario would notice",
        [f"{mutant.file}:{mutant.line}: {mutant.subject}: {mutant.change}" for mutant in survivors],
    )
    first = next((item for item in result.missing if item.scenario), None)
    if first is not None:
        count = sum(bool(item.scenario) for item in result.missing)
        yield ""
        yield f"To paste into a feature file (one of {count}; the others are in --format json and html):"
        yield ""
        yield from (f"  {line}".rstrip() for line in first.scenario.splitlines())


def _list(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield f"{title} ({len(lines)})"
        yield from (f"  {line}" for line in lines[:SHOWN])
        if len(lines) > SHOWN:
            yield f"  and {len(lines) - SHOWN} more"


def _population(population: Mapping[str, Any] | None) -> Iterator[str]:
    if population is None:
        return
    yield ""
    yield f"Among {population['records']} records ({population['refused']} refused)"
    for what, title in (("never_applies", "never apply"), ("never_fires", "never fire")):
        names = population[what]
        yield f"  {len(names)} rules {title}{': ' + ', '.join(names[:SHOWN]) if names else ''}"
    blame: Counter[str] = Counter(population["blame"])
    for fact, count in blame.most_common(SHOWN):
        yield f"  {fact} is missing where it matters {count} times"


def _end(result: AuditResult) -> Iterator[str]:
    yield ""
    if result.proof is None:
        yield "Nothing was proved: every target was assumed to be reachable."
    else:
        proof = result.proof
        yield f"Proved: {len(proof.proved)} statements, under {len(proof.assumptions)} assumptions."
    yield "passed" if result.passed else "not passed"
    yield ""
    yield result.disclaimer

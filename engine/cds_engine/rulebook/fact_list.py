"""The list of facts that a rulebook declares: templates written out, domains taken from the terminology."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from cds_engine.errors import nearest, pointer
from cds_engine.rulebook import files
from cds_engine.rulebook.expressions import Expression
from cds_engine.rulebook.files import FactFile, FactsFile, TerminologyFile
from cds_engine.rulebook.model import SEVERITIES, Fact

Report = Callable[[str, str], None]
BOOLEAN = (
    files.MedicationActive,
    files.MedicationStopped,
    files.ConditionPresent,
    files.SymptomPresent,
    files.ObservationEver,
    files.ObservationTaken,
)


def list_facts(
    file: FactsFile,
    terminology: TerminologyFile,
    findings: Mapping[str, Expression],
    report: Report,
) -> dict[str, Fact]:
    """Return every fact by name; a name declared twice is reported and the first declaration stays."""
    facts: dict[str, Fact] = {}

    def add(name: str, fact: Fact, at: str) -> None:
        if name in facts:
            report(at, f"fact '{name}' is declared twice")
        else:
            facts[name] = replace(fact, place=at)

    for name, declared in file.facts.items():
        add(name, _fact(name, declared, terminology), pointer("facts", name))
    for index, template in enumerate(file.templates):
        concepts: Mapping[str, Any] = getattr(terminology, template.for_each)
        for concept in template.only if template.only is not None else concepts:
            if concept not in concepts:
                message = f"'{concept}' is not among the {template.for_each}{nearest(concept, concepts)}"
                report(pointer("templates", index, "only"), message)
                continue
            for pattern, declared in template.facts.items():
                name = pattern.replace("{id}", concept)
                if "{" in name or "}" in name:
                    report(pointer("templates", index, "facts", pattern), "a brace that is no {id}")
                    continue
                written = _write_out(declared, concept, concepts[concept].title)
                add(name, _fact(name, written, terminology), pointer("templates", index, "facts", pattern))
    for name, condition in findings.items():
        finding = file.findings[name]
        add(
            name,
            Fact(name, finding.title, "boolean", finding=condition, basis=finding.basis),
            pointer("findings", name),
        )
    return facts


def _write_out(declared: Any, concept: str, title: str) -> Any:
    replaced = {
        key: value.replace("{id}", concept).replace("{title}", title) if isinstance(value, str) else value
        for key, value in declared
    }
    return type(declared).model_construct(**replaced)


def _fact(name: str, declared: FactFile, terminology: TerminologyFile) -> Fact:
    common: dict[str, Any] = {
        "name": name,
        "title": declared.title,
        "question": declared.question,
        "derivation": declared,
    }
    match declared:
        case files.NumberFile():
            return Fact(
                kind="number",
                unit=declared.unit,
                resolution=declared.resolution,
                minimum=declared.minimum,
                maximum=declared.maximum,
                **common,
            )
        case files.MedicationDose():
            return Fact(kind="number", **_quantity(terminology.dose), **common)
        case files.ObservationLatest() | files.ObservationPrevious():
            measured = terminology.observations.get(declared.observation)
            return Fact(kind="number", **(_quantity(measured) if measured else {}), **common)
        case files.SymptomSeverity():
            return Fact(kind="code", codes=SEVERITIES, **common)
        case files.MedicationIndication():
            return Fact(kind="code", codes=tuple(terminology.conditions), **common)
        case _ if isinstance(declared, BOOLEAN):
            return Fact(kind="boolean", **common)
        case _:
            raise AssertionError(f"a derivation without a kind: {name}")


def _quantity(measured: files.QuantityDefinition) -> dict[str, Any]:
    return {
        "unit": measured.unit,
        "resolution": measured.resolution,
        "minimum": measured.plausible.minimum,
        "maximum": measured.plausible.maximum,
    }

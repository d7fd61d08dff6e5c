"""The list of facts that a rulebook declares: templates written out, names and kinds resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Protocol

from cds_engine.errors import nearest, pointer
from cds_engine.language.expressions import Expression
from cds_engine.language.formulas import (
    INVALID,
    Choice,
    Formula,
    FormulaError,
    Input,
    Number,
    Parameter,
    parse_formula,
    transform,
)
from cds_engine.language.parse_expression import parse_filter
from cds_engine.language.queries import (
    SECTIONS,
    Computed,
    Derivation,
    EntryKind,
    FactName,
    HistoryValue,
    PatientValue,
    Query,
    Selection,
)
from cds_engine.quantities.units import UnitError, conversion_factor
from cds_engine.rulebook.fact_types import fact_type
from cds_engine.rulebook.files import TerminologyFile
from cds_engine.rulebook.files.facts import FactFile, FactsFile, SelectionFile
from cds_engine.rulebook.model import Fact


class Report(Protocol):
    """Called for each error."""

    def __call__(self, at: str, message: str, code: str = "fact") -> None:
        """Note ``message`` and ``code`` of an error at the JSON pointer ``at``."""


def list_facts(
    file: FactsFile, terminology: TerminologyFile, findings: Mapping[str, Expression], report: Report
) -> dict[str, Fact]:
    """Return every fact by name; a name declared twice is reported and the first declaration is kept."""
    return _Lister(terminology, report).list_all(file, findings)


class _Lister:
    def __init__(self, terminology: TerminologyFile, report: Report) -> None:
        self.terminology = terminology
        self.report = report
        self.facts: dict[str, Fact] = {}

    def list_all(self, file: FactsFile, findings: Mapping[str, Expression]) -> dict[str, Fact]:
        for name, declared in file.facts.items():
            self.add(name, declared, pointer("facts", name))
        for index, template in enumerate(file.templates):
            concepts: Mapping[str, Any] = getattr(self.terminology, template.for_each)
            for concept in template.only if template.only is not None else concepts:
                if concept not in concepts:
                    message = f"'{concept}' is not among the {template.for_each}{nearest(concept, concepts)}"
                    self.report(pointer("templates", index, "only"), message)
                    continue
                for pattern, declared in template.facts.items():
                    at = pointer("templates", index, "facts", pattern)
                    name = pattern.replace("{id}", concept)
                    if "{" in name or "}" in name:
                        self.report(at, "invalid placeholder: only {id} may stand in braces")
                        continue
                    self.add(name, _written_out(declared, concept, concepts[concept].title), at)
        for name, expression in findings.items():
            finding = file.findings[name]
            fact = Fact(
                name,
                finding.title,
                "boolean",
                finding=expression,
                basis=finding.basis,
                rationale=finding.rationale,
            )
            self.keep(fact, pointer("findings", name))
        return {name: self.converted(fact) for name, fact in self.facts.items()}

    def converted(self, fact: Fact) -> Fact:
        """Return ``fact`` with the conversion factors that its formulas need."""
        derivation = fact.derivation
        if not isinstance(derivation, Computed):
            return fact

        def convert(part: Formula) -> Formula:
            if isinstance(part, Input) and part.unit is not None:
                return replace(part, factor=self.factor(part.fact, part.unit, fact.place))
            return part

        return replace(fact, derivation=replace(derivation, formula=transform(derivation.formula, convert)))

    def factor(self, name: str, unit: str, at: str) -> Fraction:
        """Return how many ``unit`` one of the unit of the fact ``name`` is."""
        fact = self.facts.get(name)
        if fact is None or fact.unit is None or fact.unit == unit:
            return Fraction(1)
        try:
            return conversion_factor(fact.unit, unit, self.molar_mass(fact))
        except UnitError as error:
            self.report(at + "/with", f"'{name}' is in {fact.unit}: {error}")
            return Fraction(1)

    def molar_mass(self, fact: Fact) -> Decimal | None:
        """Return the molar mass of the one observation whose results a fact gives, if it has one."""
        match fact.derivation:
            case Query(of=Selection("observation", _, (name,)), give="value"):
                return self.terminology.observations[name].molar_mass
        return None

    def keep(self, fact: Fact, at: str) -> None:
        if fact.name in self.facts:
            self.report(at, f"fact '{fact.name}' is declared twice")
        else:
            self.facts[fact.name] = replace(fact, place=at)

    def add(self, name: str, declared: FactFile, at: str) -> None:
        derivation = self.derivation(declared, at)
        kind = fact_type(derivation, declared, self.terminology)
        fact = Fact(
            name,
            declared.title,
            question=declared.question,
            derivation=derivation,
            evidence=tuple(declared.evidence),
            declared=declared.model_dump(mode="json", by_alias=True, exclude_defaults=True),
            **kind,
        )
        self.keep(fact, at)

    def derivation(self, declared: FactFile, at: str) -> Derivation:
        if declared.compute is not None:
            return Computed(self.formula(declared, at), at)
        match declared.of:
            case "patient":
                return PatientValue(declared.give or "")
            case "history":
                return HistoryValue(declared.give or "")
            case SelectionFile():
                return self.query(declared, declared.of, at)
        raise AssertionError("a fact is a query or a formula")

    def query(self, declared: FactFile, selected: SelectionFile, at: str) -> Query:
        where = None
        if declared.where is not None:
            where = parse_filter(declared.where, at + "/where", self.report)
        if_none = declared.if_none
        return Query(
            of=self.selection(selected, at + "/of"),
            where=where,
            take=declared.take or "any",
            give=declared.give,
            if_none=FactName(if_none) if isinstance(if_none, str) else if_none,
            unstated=declared.unstated,
            weights=tuple((member, reference[1:]) for member, reference in declared.weights.items()),
            pointer=at,
        )

    def selection(self, selected: SelectionFile, at: str) -> Selection:
        kind: EntryKind = next(name for name in SECTIONS if getattr(selected, name) is not None)
        names: tuple[str, ...] = tuple(getattr(selected, kind))
        concepts, groups = concepts_of(kind, self.terminology)
        members: dict[str, None] = {}
        for name in names:
            if name in concepts:
                members[name] = None
            elif name in groups:
                members.update(dict.fromkeys(groups[name].members))
            else:
                what = "drug" if kind == "treatment" else kind
                hint = nearest(name, [*concepts, *groups])
                self.report(f"{at}/{kind}", f"unknown {what} '{name}'{hint}", f"unknown-{what}")
        gap = selected.gap.removeprefix("$") if selected.gap is not None else None
        return Selection(kind, names, tuple(members), gap)

    def formula(self, declared: FactFile, at: str) -> Formula:
        named = {name: self.input(raw, f"{at}/with/{name}") for name, raw in declared.inputs.items()}
        assert declared.compute is not None
        try:
            return parse_formula(declared.compute, named)
        except FormulaError as error:
            self.report(at + "/compute", str(error))
            return INVALID

    def input(self, raw: Any, at: str) -> Formula:
        match raw:
            case str() if raw.startswith("$"):
                return Parameter(raw[1:])
            case str():
                return Input(raw)
            case {"fact": str(fact), "unit": str(unit), **rest} if not rest:
                return Input(fact, unit)
            case {"case": str(fact), **choices} if choices:
                return Choice(
                    fact, tuple((str(code), self.number(value, at)) for code, value in choices.items())
                )
        self.report(
            at,
            "expected a fact, a $parameter, {fact: NAME, unit: UNIT} or {case: FACT, code: number, ...}",
        )
        return INVALID

    def number(self, raw: Any, at: str) -> Formula:
        if isinstance(raw, Decimal):
            return Number(raw)
        if isinstance(raw, str) and raw.startswith("$"):
            return Parameter(raw[1:])
        self.report(at, "expected a number or a $parameter for each code")
        return INVALID


def concepts_of(kind: EntryKind, terminology: TerminologyFile) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the concepts and the groups that a selection of ``kind`` may name."""
    match kind:
        case "observation":
            return terminology.observations, terminology.observation_groups
        case "drug" | "treatment":
            return terminology.drugs, terminology.drug_groups
        case "condition":
            return terminology.conditions, {}
        case _:
            return terminology.symptoms, {}


def _written_out(declared: FactFile, concept: str, title: str) -> FactFile:
    """Return a fact of a template for one concept."""

    def fill(value: Any) -> Any:
        match value:
            case str():
                return value.replace("{id}", concept).replace("{title}", title)
            case list():
                return [fill(item) for item in value]
            case dict():
                return {fill(key): fill(item) for key, item in value.items()}
            case SelectionFile():
                return SelectionFile.model_construct(**{name: fill(item) for name, item in value})
        return value

    return FactFile.model_construct(**{name: fill(item) for name, item in declared})

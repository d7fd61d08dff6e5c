"""Mutants of facts: another concept, group, window, aggregate, attribute, weight, fallback or formula.

What a template writes once for many concepts is changed once: the mistake is in all its facts. So is the
mistake of a group that lacks a member.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from cds_engine.audit.formula_edits import formula_edits, formula_text
from cds_engine.audit.program import Program
from cds_engine.audit.tree_edits import edits
from cds_engine.errors import pointer
from cds_engine.language.expressions import ALWAYS, All, Any, Comparison, Expression, Not, leaves
from cds_engine.language.queries import (
    ATTRIBUTES,
    ORDER,
    Computed,
    Derivation,
    EntryKind,
    FactName,
    Query,
    Take,
)
from cds_engine.rulebook.fact_list import concepts_of
from cds_engine.rulebook.model import Fact

_OTHER_TAKES: Mapping[Take, tuple[Take, ...]] = {
    "latest": ("previous", "earliest", "lowest", "highest"),
    "previous": ("latest", "earliest"),
    "earliest": ("latest", "lowest", "highest"),
    "lowest": ("highest", "latest"),
    "highest": ("lowest", "latest"),
    "only": ("latest",),
    "sum": ("mean",),
    "mean": ("sum",),
    "any": ("every",),
    "every": ("any",),
}


@dataclass(frozen=True, slots=True)
class FactEdit:
    """A mistake in a fact: the operator of the mutation, a description, its place, and the derivation."""

    operator: str
    text: str
    pointer: str
    derivation: Derivation


@dataclass(frozen=True, slots=True)
class FactChange:
    """A mistake in one declaration: the facts that it declares, with the mistake."""

    subject: str
    operator: str
    text: str
    pointer: str
    facts: Mapping[str, Fact]


def fact_changes(program: Program) -> Iterator[FactChange]:
    """Yield the change of every mutant of the facts that some rule uses."""
    declared: dict[str, list[Fact]] = {}
    for fact in program.facts_needed:
        declared.setdefault(fact.place, []).append(fact)
    for place, facts in declared.items():
        subject, concept = _subject(facts[0], place)
        for edit, *rest in zip(*(_edits(program, fact) for fact in facts), strict=True):
            changed = {
                fact.name: replace(fact, derivation=other.derivation)
                for fact, other in zip(facts, (edit, *rest), strict=True)
            }
            text = edit.text.replace(concept, "{id}") if concept else edit.text
            yield FactChange(subject, edit.operator, text, edit.pointer, changed)


def group_changes(program: Program) -> Iterator[FactChange]:
    """Yield the change of every mutant in which a group lacks one of its members.

    The pointer of such a change is that of the member in the terminology.
    """
    terminology = program.rulebook.terminology
    groups = {"drug_groups": terminology.drug_groups, "observation_groups": terminology.observation_groups}
    for section, declared in groups.items():
        for group, body in declared.items():
            users = [
                fact
                for fact in program.facts_needed
                if isinstance(fact.derivation, Query) and group in fact.derivation.of.named
            ]
            for index, member in enumerate(body.members):
                changed = {
                    fact.name: other for fact in users if (other := _without(fact, group, member, program))
                }
                if changed:
                    at = pointer(section, group, "members", index)
                    yield FactChange(group, "member dropped", f"'{member}' dropped", at, changed)


def _without(fact: Fact, group: str, member: str, program: Program) -> Fact | None:
    """Return a fact for whose group a member is missing; None if the member is named as well, or is alone."""
    query = fact.derivation
    assert isinstance(query, Query)
    left = _members(program, query.of.kind, query.of.named, (group, member))
    if set(left) == set(query.of.members) or not left:
        return None
    return replace(fact, derivation=replace(query, of=replace(query.of, members=left)))


def _members(
    program: Program, kind: EntryKind, named: Iterable[str], missing: tuple[str, str] | None = None
) -> tuple[str, ...]:
    """Return the concepts that names of concepts and groups stand for, one group perhaps without a member."""
    _, groups = concepts_of(kind, program.rulebook.terminology)
    found: dict[str, None] = {}
    for name in named:
        for member in groups[name].members if name in groups else (name,):
            if (name, member) != missing:
                found[member] = None
    return tuple(found)


def _subject(fact: Fact, place: str) -> tuple[str, str]:
    """Return what a declaration is called, and the concept for which a template wrote out ``fact``."""
    pattern = place.rpartition("/")[2]
    before, found, after = pattern.partition("{id}")
    if not found:
        return fact.name, ""
    return pattern, fact.name[len(before) : len(fact.name) - len(after)]


def _edits(program: Program, fact: Fact) -> Iterator[FactEdit]:
    match fact.derivation:
        case Computed(formula):
            for edit in formula_edits(formula):
                text = f"'{formula_text(edit.before)}' becomes '{formula_text(edit.after)}'"
                yield FactEdit(
                    edit.operator,
                    text,
                    f"{fact.place}/compute",
                    replace(fact.derivation, formula=edit.changed),
                )
        case Query() as query:
            yield from _QueryEdits(program, fact, query).all()


@dataclass(frozen=True, slots=True)
class _Attribute:
    unit: str | None
    resolution: Decimal


class _QueryEdits:
    def __init__(self, program: Program, fact: Fact, query: Query) -> None:
        self.program = program
        self.fact = fact
        self.query = query
        self.kind: EntryKind = query.of.kind

    def all(self) -> Iterator[FactEdit]:
        """Yield every edit of the query."""
        yield from self._members()
        yield from self._neighbours()
        yield from self._where()
        yield from self._take()
        yield from self._give()
        yield from self._weights()
        for key, value in (("if_none", self.query.if_none), ("unstated", self.query.unstated)):
            if value is not None:
                name = value.name if isinstance(value, FactName) else value
                yield self._edit("dropped", f"'{key}: {name}' dropped", key, **{key: None})

    def _edit(self, operator: str, text: str, key: str, **changes: object) -> FactEdit:
        changed = replace(self.query, **changes)  # type: ignore[arg-type]
        return FactEdit(operator, text, f"{self.fact.place}/{key}", changed)

    def _members(self) -> Iterator[FactEdit]:
        """Yield the query without one of the concepts that it names, if it names several."""
        of = self.query.of
        for name in of.named if len(of.named) > 1 and set(of.named) == set(of.members) else ():
            named = tuple(other for other in of.named if other != name)
            yield self._edit(
                "code dropped", f"'{name}' dropped", "of", of=replace(of, named=named, members=named)
            )

    def _neighbours(self) -> Iterator[FactEdit]:
        """Yield the query about the next concept or group of the terminology, for each that it names.

        What a template fills in cannot be mistaken, nor can a concept that has a weight.
        """
        of = self.query.of
        if self.fact.place.startswith("/templates") or self.query.weights:
            return
        for name in of.named:
            known = next(
                names for names in concepts_of(of.kind, self.program.rulebook.terminology) if name in names
            )
            names = list(known)
            other = names[(names.index(name) + 1) % len(names)]
            if other not in of.named:
                named = tuple(other if each == name else each for each in of.named)
                changed = replace(of, named=named, members=_members(self.program, of.kind, named))
                yield self._edit("concept swapped", f"'{name}' becomes '{other}'", "of", of=changed)

    def _weights(self) -> Iterator[FactEdit]:
        """Yield the query with the weights of two neighbouring members swapped."""
        weights = self.query.weights
        for index, ((one, first), (other, second)) in enumerate(pairwise(weights)):
            if first != second:
                swapped = (*weights[:index], (one, second), (other, first), *weights[index + 2 :])
                text = f"weights of '{one}' and '{other}' swapped"
                yield self._edit("weights swapped", text, "weights", weights=swapped)

    def _where(self) -> Iterator[FactEdit]:
        if self.query.where is None:
            return
        used_once = {leaf.pointer for leaf in leaves(self.query.where) if self._is_only_use(leaf.parameter)}
        where = self._with_numbers(self.query.where)
        for edit in edits(where, self._attributes(), self._others):
            pointer = next(leaves(edit.node)).pointer
            if edit.operator == "threshold nudged" and pointer in used_once:
                continue  # the parameter is nudged
            dropped = edit.changed is ALWAYS
            if dropped and self.query.take == "every":
                continue
            names = " and ".join(dict.fromkeys(leaf.fact for leaf in leaves(edit.node)))
            text = edit.text or f"filter on {names} {edit.operator}"
            changed = replace(self.query, where=None if dropped else edit.changed)
            yield FactEdit(edit.operator, text, pointer, changed)

    def _with_numbers(self, where: Expression) -> Expression:
        """Return a filter in which numbers stand for the parameters that attributes are compared with."""
        match where:
            case Comparison(parameter=str(name)):
                return replace(where, operand=self.program.parameters[name], parameter=None)
            case Not(child):
                return replace(where, child=self._with_numbers(child))
            case All(children) | Any(children):
                return replace(where, children=tuple(self._with_numbers(child) for child in children))
        return where

    def _attributes(self) -> dict[str, _Attribute]:
        terms, members = self.program.rulebook.terminology, self.query.of.members
        found = {
            name: _Attribute(attribute.unit, Decimal(1)) for name, attribute in ATTRIBUTES[self.kind].items()
        }
        found["dose"] = _Attribute(terms.dose.unit, terms.dose.resolution)
        if self.kind == "observation":
            quantity = terms.observations[members[0]]
            found["value"] = _Attribute(quantity.unit, quantity.resolution)
        return found

    def _is_only_use(self, parameter: str | None) -> bool:
        return parameter is not None and len(self.program.places_of_parameter(parameter)) == 1

    def _others(self, name: str) -> Iterator[str]:
        """Yield the attributes that are as much a number of days as ``name``."""
        attributes = ATTRIBUTES[self.kind]
        if attributes[name].unit == "d":
            yield from (other for other, found in attributes.items() if found.unit == "d" and other != name)

    def _take(self) -> Iterator[FactEdit]:
        query = self.query
        for take in _OTHER_TAKES.get(query.take, ()):
            if self._is_possible(take):
                changes: dict[str, object] = {"take": take}
                if take == "any":
                    changes["if_none"] = None
                yield self._edit("aggregate changed", f"'{query.take}' becomes '{take}'", "take", **changes)

    def _is_possible(self, take: Take) -> bool:
        give = self.query.give
        match take:
            case "every":
                return self.query.where is not None
            case "latest" | "previous" | "earliest":
                return self.kind in ORDER
            case "lowest" | "highest":
                number = give is not None and ATTRIBUTES[self.kind][give].kind == "number"
                return (number or give == "severity") and give != ORDER.get(self.kind)
        return True

    def _give(self) -> Iterator[FactEdit]:
        give = self.query.give
        for other in self._others(give) if give is not None else ():
            yield self._edit("attribute changed", f"'{give}' becomes '{other}'", "give", give=other)

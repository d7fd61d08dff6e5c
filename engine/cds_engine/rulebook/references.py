"""What every part of a rulebook uses and what uses it: links between rules, facts, numbers and evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from cds_engine.language.expressions import Expression, leaves
from cds_engine.language.queries import (
    Derivation,
    EntryKind,
    PatientValue,
    Query,
    facts_read,
    parameters_read,
)
from cds_engine.rulebook.files import CodedConcept, ConceptGroup
from cds_engine.rulebook.model import Fact, Rule, Rulebook
from cds_engine.rulebook.text import PLACEHOLDER
from cds_engine.rulebook.vocabulary import SECTIONS, Section

PartKind = Literal[
    "rule",
    "fact",
    "parameter",
    "claim",
    "conflict",
    "source",
    "target",
    "assay",
    "partition",
    "drugs",
    "conditions",
    "symptoms",
    "observations",
]
"""The kinds of parts; a concept has the name of its section of the terminology."""
CONCEPT_SECTIONS: Mapping[EntryKind, Section] = {
    "observation": "observations",
    "drug": "drugs",
    "treatment": "drugs",
    "condition": "conditions",
    "symptom": "symptoms",
}


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """One named part of a rulebook."""

    kind: PartKind
    name: str


@dataclass(frozen=True, slots=True)
class Reference:
    """``user`` uses ``used``; ``way`` says how, in one word or two."""

    user: Part
    used: Part
    way: str


class References:
    """The references within a rulebook, from both ends."""

    def __init__(self, rulebook: Rulebook) -> None:
        uses: dict[Part, dict[Reference, None]] = {}
        used_by: dict[Part, dict[Reference, None]] = {}
        for reference in _references(rulebook):
            uses.setdefault(reference.user, {})[reference] = None
            used_by.setdefault(reference.used, {})[reference] = None
        self._uses = {part: tuple(found) for part, found in uses.items()}
        self._used_by = {part: tuple(found) for part, found in used_by.items()}

    def uses(self, part: Part) -> tuple[Reference, ...]:
        """Return what ``part`` uses, in the order in which it is written."""
        return self._uses.get(part, ())

    def used_by(self, part: Part) -> tuple[Reference, ...]:
        """Return what uses ``part``."""
        return self._used_by.get(part, ())

    def rules_depending_on(self, part: Part) -> tuple[str, ...]:
        """Return the ids of the rules that use ``part``, directly or through what they use, sorted."""
        found: set[Part] = set()
        waiting = [part]
        while waiting:
            for reference in self.used_by(waiting.pop()):
                if reference.user not in found:
                    found.add(reference.user)
                    # A partition names rules. It does not make one rule depend on another.
                    waiting += [] if reference.user.kind in ("rule", "partition") else [reference.user]
        return tuple(sorted(user.name for user in found if user.kind == "rule"))


def _references(book: Rulebook) -> Iterator[Reference]:
    for rule in book.rules.values():
        yield from _of_rule(rule, book)
    for fact in book.facts.values():
        yield from _of_fact(fact, book)
    for name, parameter in book.parameters.items():
        user = Part("parameter", name)
        yield Reference(user, Part("claim", parameter.claim), "stated by")
        yield from (Reference(user, Part("conflict", item), "disputed in") for item in parameter.conflicts)
    yield from _of_evidence(book)
    yield from _of_pharmacology(book)
    for section in SECTIONS:
        for name, coded in _concepts(book, section).items():
            yield from _of_concept(Part(section, name), coded)
    yield from _of_allergies(book)
    yield from _of_partitions(book)


def _of_rule(rule: Rule, book: Rulebook) -> Iterator[Reference]:
    user, file = Part("rule", rule.id), rule.file
    yield from _of_expression(user, rule.applies_to, "applies to")
    yield from _of_expression(user, rule.when, "when")
    for text in (file.advisory.summary, file.advisory.detail):
        for name in PLACEHOLDER.findall(text):
            if name.startswith("$"):
                yield Reference(user, Part("parameter", name[1:]), "text")
            elif name in book.facts:
                yield Reference(user, Part("fact", name), "text")
    yield from (Reference(user, Part("claim", name), "cites") for name in file.evidence)
    yield from (Reference(user, Part("target", name), "mechanism") for name in file.mechanism)
    yield from (Reference(user, Part("conflict", name), "disputed in") for name in file.conflicts)


def _of_expression(user: Part, expression: Expression, way: str) -> Iterator[Reference]:
    for leaf in leaves(expression):
        yield Reference(user, Part("fact", leaf.fact), way)
        if leaf.parameter is not None:
            yield Reference(user, Part("parameter", leaf.parameter), way)


def _of_fact(fact: Fact, book: Rulebook) -> Iterator[Reference]:
    user = Part("fact", fact.name)
    if fact.finding is not None:
        yield from _of_expression(user, fact.finding, "when")
    if fact.derivation is not None:
        yield from (Reference(user, Part("fact", name), "reads") for name in facts_read(fact.derivation))
        yield from (
            Reference(user, Part("parameter", name), "reads") for name in parameters_read(fact.derivation)
        )
        yield from (Reference(user, concept, "asks for") for concept in _asked(fact.derivation))
        yield from _codes_of(user, fact, book)
    yield from (Reference(user, Part("claim", name), "cites") for name in fact.evidence)


def _asked(derivation: Derivation) -> Iterator[Part]:
    """Yield the concepts whose entries a fact is about."""
    if isinstance(derivation, Query):
        section = CONCEPT_SECTIONS[derivation.of.kind]
        yield from (Part(section, name) for name in derivation.of.members)


def _codes_of(user: Part, fact: Fact, book: Rulebook) -> Iterator[Reference]:
    """Yield the conditions that a fact may give, such as an indication."""
    if not isinstance(fact.derivation, PatientValue):
        known = book.terminology.conditions
        yield from (
            Reference(user, Part("conditions", code), "may give") for code in fact.codes if code in known
        )


def _of_evidence(book: Rulebook) -> Iterator[Reference]:
    for name, claim in book.evidence.claims.items():
        user = Part("claim", name)
        yield Reference(user, Part("source", claim.source), "stated in")
        yield from (Reference(user, Part("source", item), "which cites") for item in claim.references)
    for name, conflict in book.evidence.conflicts.items():
        yield from (
            Reference(Part("conflict", name), Part("claim", item), "between") for item in conflict.claims
        )
    for name, source in book.evidence.sources.items():
        if source.cited_by is not None:
            yield Reference(Part("source", name), Part("source", source.cited_by), "cited by")


def _of_pharmacology(book: Rulebook) -> Iterator[Reference]:
    for name, target in book.pharmacology.targets.items():
        user = Part("target", name)
        yield from (Reference(user, Part("claim", item), "cites") for item in target.claims)
        yield from (Reference(user, Part("conflict", item), "disputed in") for item in target.conflicts)
    for name, assay in book.pharmacology.assays.items():
        yield from (Reference(Part("assay", name), Part("claim", item), "cites") for item in assay.claims)


def _concepts(book: Rulebook, section: Section) -> Mapping[str, CodedConcept]:
    concepts: Mapping[str, CodedConcept] = getattr(book.terminology, section)
    return concepts


def _of_concept(user: Part, coded: CodedConcept) -> Iterator[Reference]:
    """Yield the claims in which the codes of a concept were read."""
    claims = dict.fromkeys(coded.source or ())
    for lists in coded.codes.values():
        claims.update(dict.fromkeys(lists.source or ()))
    for value_set in coded.value_sets.values():
        claims.update(dict.fromkeys(value_set.source or ()))
    yield from (Reference(user, Part("claim", name), "codes from") for name in claims)


def _of_allergies(book: Rulebook) -> Iterator[Reference]:
    drugs, groups = book.terminology.drugs, book.terminology.drug_groups
    for condition, names in book.terminology.allergies.items():
        for name in names:
            group: ConceptGroup | None = groups.get(name)
            members = [name] if name in drugs or group is None else group.members
            yield from (
                Reference(Part("conditions", condition), Part("drugs", drug), "allergy to")
                for drug in members
            )


def _of_partitions(book: Rulebook) -> Iterator[Reference]:
    for partition in book.partitions.values():
        user = Part("partition", partition.id)
        yield Reference(user, Part("fact", partition.over), "divides")
        yield from _of_expression(user, partition.given, "given")
        if partition.silent is not None:
            yield from _of_expression(user, partition.silent, "silent")
        yield from (Reference(user, Part("rule", name), "among") for name in partition.rules)

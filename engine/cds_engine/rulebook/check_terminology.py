"""Checks of a terminology: code systems, codes and their sources, titles, groups and allergies."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from cds_engine.errors import pointer
from cds_engine.rulebook.check_codes import check_codes
from cds_engine.rulebook.checks import Checks
from cds_engine.rulebook.files import CodedConcept
from cds_engine.rulebook.listed_codes import CODED_SECTIONS, ListedCode, coded_concepts
from cds_engine.rulebook.vocabulary import folded


def check_terminology(checks: Checks, listed: Sequence[ListedCode]) -> None:
    """Check the terminology, in which the codes are ``listed``."""
    _systems(checks)
    _codes(checks, listed)
    _titles(checks)
    _groups(checks)
    _allergies(checks)


def _systems(checks: Checks) -> None:
    spellings: dict[str, str] = {}
    for name, system in checks.book.terminology.systems.items():
        for spelling in (name, system.uri, *system.also):
            other = spellings.setdefault(spelling.casefold(), name)
            if other != name:
                message = f"'{spelling}' already means the code system '{other}'"
                checks.report("terminology.yaml", pointer("systems", name), message, "duplicate-code")
        checks.claims("terminology.yaml", pointer("systems", name, "source"), system.source or ())


def _codes(checks: Checks, listed: Sequence[ListedCode]) -> None:
    checks.problems += check_codes(checks.book.terminology, listed)
    data = checks.documents["terminology.yaml"].data
    for section, concept, coded in coded_concepts(checks.book.terminology):
        written = data[section][concept].get("codes", {})
        _code_sources(checks, pointer(section, concept), coded, written)


def _code_sources(checks: Checks, at: str, coded: CodedConcept, written: Collection[str]) -> None:
    """Check that every list of codes names a known system and the claims that it was taken from.

    ``written`` are the systems of the terminology's own lists; a value set says itself where it is from.
    """
    file, systems = "terminology.yaml", checks.book.terminology.systems
    checks.claims(file, at + "/source", coded.source or ())
    for name, use in coded.value_sets.items():
        checks.claims(file, at + pointer("value_sets", name, "source"), use.source or ())
    for name in written:
        here, lists = at + pointer("codes", name), coded.codes[name]
        checks.claims(file, here + "/source", lists.source or ())
        if not checks.name(file, here, name, systems, "code system"):
            continue
        if not (lists.source or coded.source or systems[name].source):
            message = "codes need a 'source', the claim that they were taken from"
            checks.report(file, here, message, "missing-key")


def _titles(checks: Checks) -> None:
    for section in CODED_SECTIONS:
        concepts: Mapping[str, CodedConcept] = getattr(checks.book.terminology, section)
        named = {folded(name): name for name in concepts}
        for name, coded in concepts.items():
            other = named.setdefault(folded(coded.title), name)
            if other != name:
                message = f"the title '{coded.title}' already means '{other}'"
                checks.report("terminology.yaml", pointer(section, name, "title"), message, "duplicate-name")


def _groups(checks: Checks) -> None:
    file, terms = "terminology.yaml", checks.book.terminology
    for section, members in (("drug_groups", "drugs"), ("observation_groups", "observations")):
        valid = getattr(terms, members)
        for group, body in getattr(terms, section).items():
            for index, member in enumerate(body.members):
                at = pointer(section, group, "members", index)
                checks.name(file, at, member, valid, members.removesuffix("s"))
            if group in valid:
                message = f"'{group}' is already the name of one of the {members}"
                checks.report(file, pointer(section, group), message, "duplicate-name")


def _allergies(checks: Checks) -> None:
    file, terms = "terminology.yaml", checks.book.terminology
    for condition, drugs in terms.allergies.items():
        checks.name(file, pointer("allergies", condition), condition, terms.conditions, "condition")
        for index, drug in enumerate(drugs):
            checks.name(file, pointer("allergies", condition, index), drug, terms.drugs, "drug")

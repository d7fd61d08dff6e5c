"""Codes, complete lists, names of code systems and allergies as targets of terminology cases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from cds_engine.audit.terminology.index import CheckIndex
from cds_engine.audit.terminology.targets import Group, Mistake, Target
from cds_engine.errors import pointer
from cds_engine.rulebook.code_lists import Entry, read_entry
from cds_engine.rulebook.files import TerminologyFile
from cds_engine.rulebook.files.terminology import ListName
from cds_engine.rulebook.listed_codes import ListedCode, coded_concepts
from cds_engine.rulebook.vocabulary import SECTIONS, Meaning, Section, Vocabulary, folded
from cds_engine.rulebook.yaml_document import YamlDocument

RELATIONS: dict[ListName, str] = {"is": "is", "perhaps": "may be", "not": "is not"}
CATEGORY = 3
"""The length of an ICD category or an ATC group, such as G40 or N06: what is longer subdivides it."""
WIDTH = 100
"""The width to which the codes of a suggested case are wrapped."""


class CodeTargets:
    """The targets of a terminology that are about codes."""

    def __init__(self, terminology: TerminologyFile, vocabulary: Vocabulary, index: CheckIndex) -> None:
        self.terminology = terminology
        self.vocabulary = vocabulary
        self.index = index

    def codes(self, listed: Iterable[ListedCode]) -> Iterator[Target]:
        """Yield a target for each entry of a code list."""
        entries = list(listed)
        known: dict[tuple[Section, str], set[Entry]] = {}
        for code in entries:
            known.setdefault((code.section, code.system), set()).add(self._entry(code))
        groups: dict[tuple[str, ...], Group] = {}
        for code in entries:
            key = (code.section, code.concept, code.system, code.list)
            group = groups.setdefault(key, self._group(code))
            entry = self._entry(code)
            place = code.problem("", "")
            yield Target(
                subject=code.concept,
                text=code.text,
                label=f"{code.system} {code.text} {RELATIONS[code.list]} {self._title(code)}",
                file=place.source,
                line=place.line or 1,
                pointer=place.pointer,
                group=group,
                mistakes=tuple(self._mistakes(code, entry)),
                checks=partial(self.index.of_entry, code.system, _wider(entry)),
                noticing=partial(self._noticing, code, entry, known[code.section, code.system]),
            )

    def _entry(self, code: ListedCode) -> Entry:
        return read_entry(code.text, self.vocabulary.codes(code.section, code.system).notation)

    def _title(self, code: ListedCode) -> str:
        return concept_text(self.terminology, self.vocabulary, code.section, code.concept)

    def _group(self, code: ListedCode) -> Group:
        relation, title = RELATIONS[code.list], self._title(code)

        def case(codes: Iterable[str]) -> str:
            return wrapped(f"{code.system}|{' '.join(codes)}", f"{relation} {title}")

        return Group(f"{code.system} codes in the list '{code.list}'", case)

    def _mistakes(self, code: ListedCode, entry: Entry) -> Iterator[Mistake]:
        """Yield the mistakes that an entry may be: not listed, in another list, or of another concept."""
        what = f"{code.system} {code.text}"
        yield Mistake("code dropped", f"{what} dropped", partial(self._edited, code, entry, None))
        others: dict[ListName, tuple[ListName, ...]] = {
            "is": ("perhaps",),
            "perhaps": ("is", "not"),
            "not": ("is",),
        }
        # 'cds rules check' refuses a code that is certain for two concepts.
        certain = self.vocabulary.codes(code.section, code.system).certain(entry)
        for other in others[code.list]:
            if other == "is" and certain is not None:
                continue
            text = f"{what} in '{other}' instead of '{code.list}'"
            yield Mistake("code moved", text, partial(self._edited, code, entry, other))
        neighbour = self._neighbour(code)
        if code.list == "is" and neighbour is not None:
            text = f"{what} becomes a code of {neighbour}"
            yield Mistake("code swapped", text, partial(self._swapped, code, entry, neighbour))
        if entry.is_prefix:
            text = f"{what} becomes {code.text.rstrip('*')}"
            exact = Entry(entry.code, is_prefix=False)
            yield Mistake("code narrowed", text, partial(self._replaced, code, entry, exact))
            if code.list == "is" and len(entry.code) > CATEGORY:
                shorter = f"{code.text.rstrip('*')[:-1].rstrip('.')}*"
                yield Mistake(
                    "code widened",
                    f"{what} becomes {shorter}",
                    partial(self._replaced, code, entry, _wider(entry)),
                )

    def _neighbour(self, code: ListedCode) -> str | None:
        """Return the next concept of the section that has codes of the system, or else any other one."""
        concepts = getattr(self.terminology, code.section)
        names = list(concepts)
        after = names.index(code.concept) + 1
        others = [*names[after:], *names[: after - 1]]
        return next(
            (name for name in others if code.system in concepts[name].codes), next(iter(others), None)
        )

    def _edited(self, code: ListedCode, entry: Entry, name: ListName | None) -> Vocabulary:
        codes = self.vocabulary.codes(code.section, code.system).edited(code.concept, entry, name)
        return self.vocabulary.with_codes(code.section, code.system, codes)

    def _swapped(self, code: ListedCode, entry: Entry, other: str) -> Vocabulary:
        codes = self.vocabulary.codes(code.section, code.system).edited(code.concept, entry, None)
        return self.vocabulary.with_codes(code.section, code.system, codes.edited(other, entry, "is"))

    def _replaced(self, code: ListedCode, entry: Entry, other: Entry) -> Vocabulary:
        codes = self.vocabulary.codes(code.section, code.system).edited(code.concept, entry, None)
        return self.vocabulary.with_codes(
            code.section, code.system, codes.edited(code.concept, other, code.list)
        )

    def _noticing(self, code: ListedCode, entry: Entry, known: set[Entry], changed: Vocabulary) -> str | None:
        """Return a case of a code that means something else in a changed terminology; None without any."""
        codes = self.vocabulary.codes(code.section, code.system)
        asked = {entry.code: None, **dict.fromkeys(codes.examples(code.text))}
        asked |= {entry.code[:end]: None for end in range(1, len(entry.code))}
        if entry.is_prefix:
            asked |= {other.code: None for other in known if other.code.startswith(entry.code)}
        sections = sorted(SECTIONS, key=lambda section: section != code.section)
        for each in asked:
            for section in sections:
                before, after = (
                    terms.meaning(section, f"{code.system}|{each}") for terms in (self.vocabulary, changed)
                )
                if before != after:
                    return self._differing(f"{code.system}|{each}", section, before, after)
        return None

    def _differing(self, code: str, section: Section, before: Meaning, after: Meaning) -> str:
        """Return a case that says what a code is to the first concept that two meanings disagree about."""
        names = self.vocabulary.names(section)
        concept = next(name for name in names if _relation(before, name) != _relation(after, name))
        title = concept_text(self.terminology, self.vocabulary, section, concept)
        return f"{code} {_relation(before, concept)} {title}"

    def complete(self, document: YamlDocument) -> Iterator[Target]:
        """Yield a target for each concept and system: that its lists are complete, or are not."""
        groups: dict[tuple[str, ...], Group] = {}
        for section, concept, coded in coded_concepts(self.terminology):
            for system, lists in coded.codes.items():
                at = pointer(section, concept, "codes", system)
                at += "/complete" if lists.complete else ""
                title = concept_text(self.terminology, self.vocabulary, section, concept)
                place = document.problem(at, "", "")
                changed = self.vocabulary.codes(section, system).with_complete(concept, not lists.complete)
                sure = "is not" if lists.complete else "may be"
                operator = "made incomplete" if lists.complete else "made complete"
                yield Target(
                    subject=concept,
                    text=system,
                    label=f"another {system} code {sure} {title}",
                    file=place.source,
                    line=place.line or 1,
                    pointer=at,
                    group=groups.setdefault((section, system, sure), _code_elsewhere(section, system, sure)),
                    mistakes=(
                        Mistake(
                            operator,
                            f"the {system} lists {operator}",
                            partial(self.vocabulary.with_codes, section, system, changed),
                        ),
                    ),
                    checks=partial(self.index.of_lists, section, system, concept),
                    noticing=lambda _: "",
                )

    def system_names(self, document: YamlDocument) -> Iterator[Target]:
        """Yield a target for each way to write a code system."""
        for system, declared in self.terminology.systems.items():
            spellings = {
                name.strip().casefold(): name for name in reversed([system, declared.uri, *declared.also])
            }
            for folded_name, name in reversed(spellings.items()):
                at = pointer("systems", system)
                if name == declared.uri:
                    at += "/uri"
                elif name in declared.also:
                    at += f"/also/{declared.also.index(name)}"
                place = document.problem(at, "", "")

                def case(_: Iterable[str], name: str = name, uri: str = declared.uri) -> str:
                    return f"{name} is the code system {uri}"

                yield Target(
                    subject=system,
                    text=name,
                    label=f"'{name}' is the code system {system}",
                    file=place.source,
                    line=place.line or 1,
                    pointer=at,
                    group=Group(f"name {name} of a code system", case),
                    mistakes=(
                        Mistake(
                            "name dropped",
                            f"'{name}' dropped",
                            partial(self.vocabulary.without_system_name, folded_name),
                        ),
                    ),
                    checks=partial(self.index.of_system_name, folded_name),
                    noticing=lambda _: "",
                )

    def allergies(self, document: YamlDocument) -> Iterator[Target]:
        """Yield a target for each drug an allergy to which is a condition."""
        for condition, drugs in self.terminology.allergies.items():
            for index, drug in enumerate(drugs):
                at = pointer("allergies", condition, index)
                place = document.problem(at, "", "")
                of_drug = self.terminology.drugs[drug].title
                of_condition = self.terminology.conditions[condition].title
                text = f"an allergy to {of_drug} is {of_condition}"

                def case(_: Iterable[str], text: str = text) -> str:
                    return text

                dropped = partial(self.vocabulary.without_allergy, drug, condition)
                yield Target(
                    subject=condition,
                    text=drug,
                    label=text,
                    file=place.source,
                    line=place.line or 1,
                    pointer=at,
                    group=Group(text, case),
                    mistakes=(Mistake("allergy dropped", f"{drug} dropped", dropped),),
                    checks=self.index.of_allergies,
                    noticing=lambda _: "",
                )


def _wider(entry: Entry) -> Entry:
    """Return the beginning of codes that is one character shorter, or the entry if it is no subdivision."""
    return Entry(entry.code[:-1], True) if entry.is_prefix and len(entry.code) > CATEGORY else entry


def _relation(meaning: Meaning, concept: str) -> str:
    """Return what a code of this meaning is to a concept."""
    if meaning.concept == concept:
        return "is"
    return "may be" if concept in meaning.perhaps else "is not"


def _code_elsewhere(section: Section, system: str, sure: str) -> Group:
    advice = f"write a case of a {system} code in none of the lists: it {sure} one of these {section}"
    return Group(f"{system} lists of {section}, complete or not", advice=advice)


def concept_text(terminology: TerminologyFile, vocabulary: Vocabulary, section: Section, concept: str) -> str:
    """Return a concept as a case names it: its title, with the section if others have the same name."""
    title: str = getattr(terminology, section)[concept].title
    named = [other for other in SECTIONS if vocabulary.concept(other, folded(title)) is not None]
    return title if len(named) == 1 else f"the {section.removesuffix('s')} {title}"


def wrapped(subject: str, rest: str) -> str:
    """Return a case on as many lines as it needs, those that continue it indented."""
    lines, line = [], ""
    for word in f"{subject} {rest}".split():
        if line and len(line) + 1 + len(word) > WIDTH:
            lines.append(line)
            line = f"  {word}"
        else:
            line = f"{line} {word}" if line else word
    return "\n".join([*lines, line])

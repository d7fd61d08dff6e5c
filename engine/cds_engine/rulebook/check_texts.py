"""Checks of what advisories say: nothing that the rule neither reads nor cites, and no prescription.

Only ``cds rules check`` runs these checks. They look at words, so they find slips (a drug, grade, number or
unit of another rule that was copied) and not every false statement.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from cds_engine.errors import Problem
from cds_engine.language.queries import Query, parameters_read
from cds_engine.rulebook.files import Parameter
from cds_engine.rulebook.model import Rule, Rulebook
from cds_engine.rulebook.text import PLACEHOLDER, format_value, unit_label

_NUMBER = re.compile(r"(?<![\w.$*^-])\d+(?:\.\d+)?(?![\w*^])")
_ANY_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_GRADE = re.compile(r"\bgrades? (\d)", re.IGNORECASE)
_UNIT = re.compile(
    r"\d\s*((?:mg|[uµ]g|mcg|kg|g|ml|mmol|[uµ]mol|nmol)(?:/\w+)?|10\*\d+/\w+|%|days?|weeks?|months?|years?|hours?)"
    r"(?!\w)"
)
_NUMERALS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_WORDS = {word: Decimal(number) for number, word in enumerate(_NUMERALS)} | {"half": Decimal(50)}
_ACTS = (
    "stop|start|discontinue|reduce|increase|raise|lower|double|halve|switch|withdraw|withhold|avoid|prescribe|"
    "give|administer|add|continue|resume|repeat|order|refer|monitor|check|measure|treat|taper|wait|ignore"
)
_IMPERATIVE = re.compile(rf"(?:^|[.;:!?]\s+|\b(?:please|then)\s+)(?:{_ACTS})\s+\w+", re.IGNORECASE)
_ADVICE = re.compile(
    r"\b(?:no (?:further )?action (?:is )?(?:needed|required|necessary)|(?:is|are) safe\b|can safely|"
    r"we (?:recommend|advise|suggest)|you (?:should|must|can|may|need))",
    re.IGNORECASE,
)
_MODAL = re.compile(
    r"\b(?:must|should|ought to|needs? to|ha(?:s|ve) to|(?:is|are) (?:recommended|advised|required)|"
    rf"do not (?:{_ACTS}|take|use|combine)|"
    r"(?:can|may) be (?:stopped|started|continued|reduced|increased|doubled|given))\b",
    re.IGNORECASE,
)
_REPORTED = re.compile(
    r"\b(?:says?|said|label\w*|leaflets?|sources?|documents?|agenc\w+|guidelines?|report\w*|recommends?|"
    r"schemes?|trials?|stud(?:y|ies)|warns?|advises?|asks?)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.;!?])\s+")


def check_texts(rulebook: Rulebook) -> list[Problem]:
    """Return a problem for each title, summary or detail of an active rule that says too much."""
    problems: list[Problem] = []
    titles: dict[str, str] = {}
    for rule in rulebook.active_rules:
        other = titles.setdefault(" ".join(rule.file.title.casefold().split()), rule.id)
        if other != rule.id:
            problems.append(rulebook.problem(rule, "/title", f"'{other}' has the same title", "text"))
        known = _Known(rulebook, rule)
        for at, text in (
            ("/advisory/summary", rule.file.advisory.summary),
            ("/advisory/detail", rule.file.advisory.detail),
        ):
            plain = " ".join(PLACEHOLDER.sub(" ", text).split())
            messages = [*known.unsupported(plain), *_prescriptions(" ".join(text.split()))]
            problems += [rulebook.problem(rule, at, message, "text") for message in messages]
    return problems


class _Known:
    """What a rule reads and cites: the drugs, numbers, grades and units that its texts may mention."""

    def __init__(self, rulebook: Rulebook, rule: Rule) -> None:
        self.rulebook = rulebook
        comparisons = list(rulebook.comparisons(rule.applies_to, rule.when))
        read = rulebook.needed_facts(leaf.fact for leaf in comparisons)
        names = {name for fact in read if fact.derivation for name in parameters_read(fact.derivation)}
        names |= {leaf.parameter for leaf in comparisons if leaf.parameter is not None}
        texts = f"{rule.file.advisory.summary} {rule.file.advisory.detail}"
        names |= {name[1:] for name in PLACEHOLDER.findall(texts) if name.startswith("$")}
        parameters = [rulebook.parameters[name] for name in sorted(names)]
        self.drugs = {
            member
            for fact in read
            if isinstance(fact.derivation, Query) and fact.derivation.of.section == "medications"
            for member in fact.derivation.of.members
        }
        self.grades = {grade for name in names for grade in re.findall(r"grade_?(\d)", name)}
        units = {fact.unit for fact in read} | {parameter.unit for parameter in parameters}
        self.units = {part for unit in units if unit for part in (unit, unit_label(unit), unit.split("/")[0])}
        self.text = " ".join(_cited(rulebook, rule, parameters)).casefold()
        self.numbers = {Decimal(number) for number in _ANY_NUMBER.findall(self.text)}
        self.numbers |= {number for word, number in _WORDS.items() if re.search(rf"\b{word}\b", self.text)}

    def unsupported(self, text: str) -> Iterator[str]:
        """Yield a message for each drug, grade, number and unit of ``text`` that is not known."""
        end = "that the rule neither reads nor cites"
        for name, drug in self.rulebook.terminology.drugs.items():
            for called in {name.replace("-", " "), drug.title.casefold()}:
                if name not in self.drugs and _mentions(text, called) and not _mentions(self.text, called):
                    yield f"names the drug '{called}', {end}"
        for grade in sorted(set(_GRADE.findall(text))):
            if grade not in self.grades and not re.search(rf"grades? (?:\d \w+ )?{grade}\b", self.text):
                yield f"names grade {grade}, {end}"
        graded = _GRADE.sub(" ", text)
        for number in dict.fromkeys(_NUMBER.findall(graded)):
            if Decimal(number) not in self.numbers:
                yield f"has the number {number}, {end}"
        for unit in dict.fromkeys(_UNIT.findall(text)):
            if not self._has_unit(unit):
                yield f"has the unit '{unit}', {end}"

    def _has_unit(self, unit: str) -> bool:
        singular = unit.removesuffix("s") if len(unit) > 3 else unit
        known = {name.removesuffix("s") if len(name) > 3 else name for name in self.units}
        return singular in known or bool(re.search(rf"(?<![a-z]){re.escape(singular.casefold())}", self.text))


def _prescriptions(text: str) -> Iterator[str]:
    """Yield a message for each sentence that tells somebody what to do."""
    for sentence in _SENTENCE.split(text):
        found = _IMPERATIVE.search(sentence) or _ADVICE.search(sentence)
        if found is None and not _REPORTED.search(sentence):
            found = _MODAL.search(sentence)
        if found is not None:
            words = found[0].strip(" .;:!?")
            yield f"'{words}' tells somebody what to do; say what a source reports"


def _cited(rulebook: Rulebook, rule: Rule, parameters: list[Parameter]) -> Iterator[str]:
    """Yield the texts of everything that a rule cites, and the values of its parameters."""
    evidence, pharmacology = rulebook.evidence, rulebook.pharmacology
    claims = [*rule.file.evidence]
    for parameter in parameters:
        claims.append(parameter.claim)
        yield parameter.title
        yield from (format_value(dated.value, parameter.unit) for dated in parameter.values)
    for name in rule.file.mechanism:
        target = pharmacology.targets[name]
        claims += target.claims
        yield target.implication
    for name in rule.file.conflicts:
        conflict = evidence.conflicts[name]
        claims += conflict.claims
        yield f"{conflict.title} {conflict.statement} {conflict.decision}"
    for name in dict.fromkeys(claims):
        claim = evidence.claims[name]
        source = evidence.sources[claim.source]
        yield f"{claim.statement} {claim.locator} {source.title} {source.short}"


def _mentions(text: str, name: str) -> bool:
    return bool(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text, re.IGNORECASE))

"""Reads files of terminology cases, whose names are not looked up yet.

A case is one line; indented lines continue it. ``#`` begins a comment. The line ``@unreviewed`` before a case
says that nobody has reviewed it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

from cds_engine.errors import Problem, nearest
from cds_engine.scenarios.features import ENCODING, FeatureError
from cds_engine.scenarios.recording import UNREVIEWED
from cds_engine.scenarios.terminology.checks import Relation

SUFFIX = ".cases"
SYSTEM = "the code system "
EXPECTED = "expected a case such as 'SYSTEM|CODE is CONCEPT' or 'CONCEPT 13.2 g/dL is 132 g/L'"
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
_COMMENT = re.compile(r"(?:^|\s)#(?:\s.*)?$")
_PHRASES: dict[tuple[str, ...], Relation] = {
    ("something", "else"): "is something else",
    ("not", "understood"): "is not understood",
    ("implausible",): "is implausible",
}


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a case and its line."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class CodesText:
    """Codes of one system, and what they are; ``names`` is empty for a relation that needs none."""

    system: str
    codes: tuple[Word, ...]
    relation: Relation
    names: str


@dataclass(frozen=True, slots=True)
class ValueText:
    """A value with its unit."""

    value: Decimal
    unit: str
    line: int


@dataclass(frozen=True, slots=True)
class QuantityText:
    """Values with their units, of a named concept or of a code (``system|code``), and what each is."""

    subject: str
    values: tuple[ValueText, ...]
    relation: Relation
    result: str


@dataclass(frozen=True, slots=True)
class AllergyText:
    """An allergy to a drug, and the condition that it is or is not."""

    drug: str
    relation: Relation
    condition: str


@dataclass(frozen=True, slots=True)
class SystemText:
    """Names of a code system, and its canonical URI."""

    names: tuple[Word, ...]
    uri: str


Statement: TypeAlias = CodesText | QuantityText | AllergyText | SystemText


@dataclass(frozen=True, slots=True)
class WrittenCase:
    """One case as it is written."""

    line: int
    text: str
    statement: Statement
    reviewed: bool = True


def read_cases(path: Path) -> list[WrittenCase]:
    """Return the cases of a file in their order.

    Raises:
        FeatureError: with every line that is no case.
    """
    try:
        lines = path.read_text(encoding=ENCODING).splitlines()
    except UnicodeDecodeError:
        raise FeatureError([_problem(path, 1, "not UTF-8")]) from None
    found: list[WrittenCase] = []
    problems: list[Problem] = []
    reviewed, tag = True, 0
    for words in _cases(path, lines, problems):
        if words[0].text.startswith("@"):
            if (message := _tag_problem(words)) is None:
                reviewed, tag = False, words[0].line
            else:
                problems.append(_problem(path, words[0].line, message))
            continue
        statement = _statement(words)
        if isinstance(statement, str):
            problems.append(_problem(path, words[0].line, statement))
        else:
            text = " ".join(word.text for word in words)
            found.append(WrittenCase(words[0].line, text, statement, reviewed))
        reviewed, tag = True, 0
    if tag:
        problems.append(_problem(path, tag, "no case below this tag"))
    if not found and not problems:
        problems.append(_problem(path, 1, f"no case in the file; {EXPECTED}"))
    if problems:
        raise FeatureError(sorted(problems, key=lambda problem: problem.line or 0))
    return found


def _cases(path: Path, lines: Sequence[str], problems: list[Problem]) -> Iterator[list[Word]]:
    """Yield the words of each case or tag, without comments."""
    words: list[Word] = []
    for number, line in enumerate(lines, 1):
        text = _COMMENT.sub("", line)
        found = [Word(word, number) for word in text.split()]
        if not found:
            continue
        if not text[0].isspace():
            if words:
                yield words
            words = found
        elif words:
            words += found
        else:
            problems.append(_problem(path, number, "indented, but there is no case above to continue"))
    if words:
        yield words


def _tag_problem(words: Sequence[Word]) -> str | None:
    tag = words[0].text
    if tag.casefold() != f"@{UNREVIEWED}":
        return f"unknown tag '{tag}'{nearest(tag, [f'@{UNREVIEWED}'])}"
    return "write the tag on a line of its own, above the case" if len(words) > 1 else None


def _statement(words: Sequence[Word]) -> Statement | str:
    """Return what a case states, or what is wrong with it."""
    texts = [word.text for word in words]
    at = next((n for n in range(1, len(texts)) if _begins_relation(texts, n)), None)
    if at is None:
        return EXPECTED
    relation, used = _relation(texts, at)
    subject, rest = words[:at], " ".join(texts[at + used :])
    needs_result = relation in ("is", "may be", "is not")
    if needs_result != bool(rest):
        return f"expected {'something' if needs_result else 'nothing'} after '{relation}'"
    article = int(texts[0].casefold() == "an")
    if [text.casefold() for text in texts[article : article + 2]] == ["allergy", "to"]:
        return _allergy(" ".join(texts[article + 2 : at]), relation, rest)
    if relation == "is" and rest.casefold().startswith(SYSTEM):
        return SystemText(tuple(_names(subject)), rest[len(SYSTEM) :])
    if any("|" in word.text for word in subject):
        return _coded(subject, relation, rest)
    number = next((n for n in range(1, at - 1) if _NUMBER.fullmatch(texts[n].rstrip(","))), None)
    if number is None:
        return EXPECTED
    return _quantity(" ".join(texts[:number]), words[number:at], relation, rest)


def _names(words: Sequence[Word]) -> Iterator[Word]:
    """Yield the names that commas separate; a name may have several words."""
    name: list[Word] = []
    for word in words:
        name.append(word)
        if word.text.endswith(",") or word is words[-1]:
            yield Word(" ".join(part.text for part in name).rstrip(","), name[0].line)
            name = []


def _begins_relation(texts: Sequence[str], at: int) -> bool:
    return texts[at] in ("is", "are") or list(texts[at : at + 2]) == ["may", "be"]


def _relation(texts: Sequence[str], at: int) -> tuple[Relation, int]:
    """Return the relation that begins at a word, and how many words it has."""
    if texts[at] == "may":
        return "may be", 2
    for phrase, relation in _PHRASES.items():
        if tuple(texts[at + 1 :]) == phrase:
            return relation, 1 + len(phrase)
    return ("is not", 2) if texts[at + 1 : at + 2] == ["not"] else ("is", 1)


def _allergy(drug: str, relation: Relation, condition: str) -> Statement | str:
    if not drug or relation not in ("is", "is not"):
        return "expected 'an allergy to DRUG is CONDITION' or 'is not CONDITION'"
    return AllergyText(drug, relation, condition)


def _coded(subject: Sequence[Word], relation: Relation, rest: str) -> Statement | str:
    """Return a case about codes, or about a value of a code."""
    at = next(n for n, word in enumerate(subject) if "|" in word.text)
    start, _, first = subject[at].text.partition("|")
    system = " ".join([*(word.text for word in subject[:at]), start]).strip()
    words = [Word(first, subject[at].line), *subject[at + 1 :]]
    codes = [Word(code.text.strip(","), code.line) for code in words if code.text.strip(",")]
    if not system or not codes:
        return "expected a code system and a code: system|code"
    texts = [code.text for code in codes[1:]]
    if len(texts) > 1 and _NUMBER.fullmatch(texts[0]) and not all(text.isdecimal() for text in texts):
        return _quantity(
            f"{system}|{codes[0].text}", [word for word in words if word.text][1:], relation, rest
        )
    if again := next((code.text for code in codes if "|" in code.text), None):
        return f"a second code system in '{again}'; write a case of its own for it"
    if relation == "is implausible":
        return "expected a value and its unit before 'is implausible'"
    return CodesText(system, tuple(codes), relation, rest)


def _quantity(subject: str, words: Sequence[Word], relation: Relation, result: str) -> Statement | str:
    """Return a case about one value, or about several that are separated by commas."""
    if relation not in ("is", "is implausible", "is not understood"):
        return "a value with a unit 'is' another one, 'is implausible' or 'is not understood'"
    values: list[ValueText] = []
    waiting: list[Word] = []
    for word in words:
        waiting.append(Word(word.text.removesuffix(","), word.line))
        if word.text.endswith(",") or word is words[-1]:
            number, *unit = waiting
            if not (_NUMBER.fullmatch(number.text) and unit):
                return f"expected a value and its unit, found '{' '.join(part.text for part in waiting)}'"
            values.append(ValueText(Decimal(number.text), " ".join(part.text for part in unit), number.line))
            waiting = []
    return QuantityText(subject, tuple(values), relation, result)


def _problem(path: Path, line: int, message: str) -> Problem:
    return Problem(str(path), message, line=line, column=1, code="feature")

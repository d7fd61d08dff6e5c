"""A folder with an OMOP vocabulary download: CONCEPT.csv, CONCEPT_RELATIONSHIP.csv, CONCEPT_ANCESTOR.csv.

The files are tab-separated and can have tens of millions of rows. They are read once for each code system,
and only what concerns the system is kept.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cds_api.terminology.source import (
    RXNORM,
    SNOMED_CT,
    Descendants,
    Edition,
    ImportFailedError,
    Progress,
    check_size,
)

VOCABULARIES: Mapping[str, str] = {SNOMED_CT: "SNOMED", RXNORM: "RxNorm"}
"""OMOP's name of each code system."""
UPWARD = frozenset(
    {
        "Is a",
        "Maps to",
        "Concept replaced by",
        "Concept same_as to",
        "Concept was_a to",
        "RxNorm is a",
        "RxNorm has ing",
        "Consists of",
        "Contains",
        "Form of",
        "Has active ing",
        "Has precise ing",
        "Quantified form of",
        "Tradename of",
    }
)
"""Relationships from a code to one of which it is a kind: the first concept is below the second."""
POSSIBLY = frozenset({"Concept poss_eq to", "Concept alt_to to"})
"""Relationships from a retired code to one of those that it may have meant."""
REPORT_EVERY = 200_000


@dataclass(slots=True)
class _Concepts:
    """The concepts of one code system by OMOP's number."""

    codes: dict[int, str] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    ingredients: set[int] = field(default_factory=set)
    latest: str = ""
    """The latest day on which a concept became valid, YYYYMMDD."""


class OmopVocabulary:
    """The vocabulary in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        missing = [
            name
            for name in ("CONCEPT.csv", "CONCEPT_RELATIONSHIP.csv", "CONCEPT_ANCESTOR.csv")
            if not (folder / name).is_file()
        ]
        if missing:
            raise ImportFailedError(
                f"{folder}: no {', '.join(missing)}; expected the folder of an OMOP vocabulary download"
            )

    @property
    def name(self) -> str:
        """What the source is, for people."""
        return "an OMOP vocabulary download"

    def descendants(
        self, uri: str, codes: Sequence[str], drugs: Collection[str], progress: Progress
    ) -> Descendants:
        """Return what the vocabulary says about ``codes`` of the code system with this URI.

        Only drugs have the relationships to an ingredient, so that ``drugs`` need not be told apart.

        Raises:
            ImportFailedError: if a file or column is missing, or the system is not in the download.
        """
        vocabulary = VOCABULARIES[uri]
        concepts = self._concepts(vocabulary, progress)
        if not concepts.codes:
            raise ImportFailedError(
                f"{self._folder / 'CONCEPT.csv'}: no concept of the vocabulary {vocabulary}; download it, too"
            )
        numbers = {code: number for number, code in concepts.codes.items()}
        seeds = {code: numbers[code] for code in codes if code in numbers}
        children, possible = self._lower(concepts, set(seeds.values()), progress)
        below: dict[str, frozenset[str]] = {}
        perhaps_below: dict[str, frozenset[str]] = {}
        displays: dict[str, str] = {}
        for code, number in seeds.items():
            found = _reachable(number, children)
            maybe = {lower for each in (number, *found) for lower in possible.get(each, ())}
            displays |= {concepts.codes[each]: concepts.names[each] for each in (number, *found, *maybe)}
            below[code] = frozenset(concepts.codes[each] for each in found) - {code}
            perhaps_below[code] = frozenset(concepts.codes[each] for each in maybe) - {code}
            check_size(code, displays[code], len(found))
        ingredients = frozenset(code for code, number in seeds.items() if number in concepts.ingredients)
        edition = Edition(self._version(vocabulary), _date(concepts.latest))
        return Descendants(edition, below, displays, ingredients, perhaps_below)

    def _concepts(self, vocabulary: str, progress: Progress) -> _Concepts:
        found = _Concepts()
        texts = ("concept_name", "vocabulary_id", "concept_class_id", "concept_code", "valid_start_date")
        for (number,), (name, of, kind, code, since) in self._rows(
            "CONCEPT.csv", ("concept_id",), texts, progress
        ):
            if of == vocabulary:
                found.codes[number], found.names[number] = code, name
                found.latest = max(found.latest, since.replace("-", ""))
                if kind == "Ingredient":
                    found.ingredients.add(number)
        return found

    def _lower(
        self, concepts: _Concepts, seeds: set[int], progress: Progress
    ) -> tuple[Mapping[int, Sequence[int]], Mapping[int, Sequence[int]]]:
        """Return by concept those directly below it, with all below the seeds, and those that may be."""
        children: dict[int, list[int]] = defaultdict(list)
        possible: dict[int, list[int]] = defaultdict(list)

        def add(upper: int, lower: int, to: dict[int, list[int]] = children) -> None:
            if upper != lower and upper in concepts.codes and lower in concepts.codes:
                to[upper].append(lower)

        ends, texts = ("concept_id_1", "concept_id_2"), ("relationship_id", "invalid_reason")
        for (lower, upper), (kind, invalid) in self._rows("CONCEPT_RELATIONSHIP.csv", ends, texts, progress):
            if kind in UPWARD and not invalid:
                add(upper, lower)
            elif kind in POSSIBLY and not invalid:
                add(upper, lower, possible)
        ends = ("ancestor_concept_id", "descendant_concept_id")
        for (upper, lower), _ in self._rows("CONCEPT_ANCESTOR.csv", ends, (), progress):
            if upper in seeds:
                add(upper, lower)
        return children, possible

    def _version(self, vocabulary: str) -> str | None:
        """Return the version that VOCABULARY.csv gives, which belongs to a download but may be missing."""
        if not (self._folder / "VOCABULARY.csv").is_file():
            return None
        columns = ("vocabulary_id", "vocabulary_version")
        for _, (name, version) in self._rows("VOCABULARY.csv", (), columns, lambda *_: None):
            if name == vocabulary:
                return version or None
        return None

    def _rows(
        self, file: str, numbers: Sequence[str], texts: Sequence[str], progress: Progress
    ) -> Iterator[tuple[list[int], list[str]]]:
        """Yield of every row of a file the columns ``numbers``, as such, and the columns ``texts``.

        Raises:
            ImportFailedError: with file and line, if the file is not a table with these columns.
        """
        path = self._folder / file
        size = max(path.stat().st_size, 1)
        line = 1
        with path.open("rb") as raw:
            # OMOP quotes nothing: a quotation mark in a name is only that.
            reader = csv.reader((row.decode() for row in raw), delimiter="\t", quoting=csv.QUOTE_NONE)
            try:
                header = [name.strip().lower().lstrip("\ufeff") for name in next(reader, [])]
                missing = [name for name in (*numbers, *texts) if name not in header]
                if missing:
                    raise ImportFailedError(
                        f"{path}:1: no column {', '.join(missing)}; expected a tab-separated header"
                    )
                number_places = [header.index(name) for name in numbers]
                text_places = [header.index(name) for name in texts]
                for line, row in enumerate(reader, start=2):
                    if len(row) < len(header):
                        message = f"expected {len(header)} columns, found {len(row)}"
                        raise ImportFailedError(f"{path}:{line}: {message}")
                    yield [int(row[place]) for place in number_places], [row[place] for place in text_places]
                    if line % REPORT_EVERY == 0:
                        progress(f"reading {file}", raw.tell() / size)
            except UnicodeDecodeError as error:
                raise ImportFailedError(f"{path}:{line + 1}: not UTF-8: {error.reason}") from None
            except ValueError as error:
                raise ImportFailedError(f"{path}:{line}: expected a number: {error}") from None
            except csv.Error as error:
                raise ImportFailedError(f"{path}:{line + 1}: not a table: {error}") from None
        progress(f"reading {file}", 1.0)


def _reachable(start: int, children: Mapping[int, Sequence[int]]) -> set[int]:
    """Return everything below ``start``, without itself."""
    found: set[int] = set()
    waiting = [start]
    while waiting:
        for lower in children.get(waiting.pop(), ()):
            if lower not in found and lower != start:
                found.add(lower)
                waiting.append(lower)
    return found


def _date(digits: str) -> str | None:
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}" if re.fullmatch(r"[0-9]{8}", digits) else None

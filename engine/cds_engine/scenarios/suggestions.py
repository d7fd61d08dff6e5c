"""Suggests steps for a sentence that is none, filled in with the values of the sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cds_engine.rulebook.vocabulary import Section
from cds_engine.scenarios.names import NameLookup
from cds_engine.scenarios.step_list import STEPS, closest, similarity
from cds_engine.scenarios.template import TYPES, pattern, tokens

MOST = 2
_DENIAL = re.compile(
    r"\b(no|not|none|never|without|unknown|undated|may|stopp?\w*|died|denies|refused|cannot)\b", re.I
)
"""Words that turn a sentence into its opposite; a suggestion never does that."""
_SECTIONS: Mapping[str, Section] = {
    "drug": "drugs",
    "condition": "conditions",
    "symptom": "symptoms",
    "observation": "observations",
}
_PATTERNS = ("text", "time", "date", "quantity", "duration", "pointer", "count")
"""Kinds that are recognised by how they are written; the first claims a part of a sentence first."""
_WORDS = ("person", "sex", "severity", "status", "section", "indicator")


@dataclass(frozen=True, slots=True)
class Value:
    """A part of a sentence that a step could have as a parameter."""

    kinds: frozenset[str]
    text: str


def suggestions(names: NameLookup, keyword: str, sentence: str) -> list[str]:
    """Return steps with the values of ``sentence``, the most similar first; without any, none.

    Args:
        names: the names of the rulebook.
        keyword: ``given``, ``when`` or ``then``.
        sentence: the text after the keyword.
    """
    values = list(_values(names, sentence))
    denies = bool(_DENIAL.search(sentence))
    found: list[tuple[int, float, str]] = []
    for step in STEPS:
        filled = _fill(step.template, values, sentence) if step.keyword.casefold() == keyword else None
        if filled is not None and filled[1] and bool(_DENIAL.search(filled[0])) == denies:
            closeness = max(similarity(sentence, template) for template in step.templates)
            found.append((filled[1], closeness, f"{step.keyword} {filled[0]}"))
    best = [text for _, _, text in sorted(found, reverse=True)[:MOST]]
    return best or [f"{step.keyword} {step.template}" for step in closest(keyword, sentence)]


def _values(names: NameLookup, sentence: str) -> Iterator[Value]:
    """Yield the values of a sentence in their order; no part of it is two values."""
    claimed: list[tuple[int, int, Value]] = []

    def claim(expression: str, *kinds: str) -> None:
        for match in re.finditer(rf"(?<![\w.])(?:{expression})(?![\w-])", sentence, re.IGNORECASE):
            start, end = match.span()
            if end > start and all(end <= other or start >= until for other, until, _ in claimed):
                claimed.append((start, end, Value(frozenset(kinds), match[0])))

    claim(_any_of(rule.id for rule in names.rulebook.active_rules), "rule")
    for kind, section in _SECTIONS.items():
        claim(_any_of(names.known(section)), kind)
    claim(_any_of(name for name in names.rulebook.facts), "fact", "facts")
    claim(_any_of([*names.rulebook.evidence.claims, *names.rulebook.evidence.conflicts]), "id")
    for kind in _PATTERNS:
        claim(TYPES[kind][0], *({kind, "time"} if kind == "date" else {kind}))
    for kind in _WORDS:
        claim(TYPES[kind][0], kind)
    claim(_any_of(names.rulebook.file.families), "family")
    yield from (value for _, _, value in sorted(claimed, key=lambda item: item[0]))


def _any_of(names: Iterator[str] | Sequence[str] | Mapping[str, object]) -> str:
    """Return an expression that matches any of the names, the longest first."""
    listed = sorted(names, key=len, reverse=True)
    return "|".join(map(re.escape, listed)) or r"(?!)"


def _fill(template: str, values: Sequence[Value], sentence: str) -> tuple[str, int] | None:
    """Return a step with the values in place of its parameters, and how many it uses.

    An optional part is left out if it has no value. None if a parameter is left without a value.
    """
    left = list(values)
    text, used, group = "", 0, ""
    in_group, complete, filled = False, True, False

    def value_for(kind: str) -> str | None:
        found = next((value for value in left if kind in value.kinds), None)
        if found is None:
            return None
        left.remove(found)
        return found.text

    for token in tokens(template):
        piece: str | None = token
        if token == "(":
            in_group, complete, filled, group = True, True, False, ""
            continue
        if token == ")":
            text += group if complete and filled else ""
            in_group = False
            continue
        if token.startswith("{"):
            name, _, kind = token[1:-1].partition(":")
            piece = value_for(kind or name)
            filled = filled or piece is not None
            used += piece is not None
        elif "/" in token and len(token) > 1:
            words = token.split("/")
            piece = next((word for word in words if re.search(rf"\b{word}\b", sentence)), words[0])
        if in_group:
            complete = complete and piece is not None
            group += piece or ""
        elif piece is None:
            return None
        else:
            text += piece
    return (text, used) if re.fullmatch(pattern(template), text) else None

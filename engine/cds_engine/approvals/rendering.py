"""An advisory as sections of text, the form in which people read and approve it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from cds_engine.answer.models import Advisory
from cds_engine.rulebook.model import Rule
from cds_engine.rulebook.text import provenance

SECTIONS: Mapping[str, str] = {
    "Title": "/title",
    "Indicator": "/advisory/indicator",
    "Summary": "/advisory/summary",
    "Detail": "/advisory/detail",
    "Evidence": "/evidence",
    "Mechanism": "/mechanism",
    "Where sources disagree or are silent": "/conflicts",
    "Limits": "/limitations",
}
"""The sections of a rendering, each with the part of the rule's file that it comes from."""


def rendering(rule: Rule, advisory: Advisory) -> str:
    """Return what ``rule`` says in ``advisory``, as Markdown with the headings of :data:`SECTIONS`."""
    contents: tuple[list[str], ...] = (
        [rule.file.title],
        [advisory.indicator],
        [advisory.summary],
        [advisory.detail],
        [
            f"- {item.claim} ({provenance(item.basis, item.reliability)}): {item.statement}"
            f" [{item.source}, {item.locator}]"
            for item in advisory.evidence
        ],
        [f"- {item.target}: {item.statement}" for item in advisory.mechanism],
        [f"- {item.conflict}: {item.statement} Decision: {item.decision}" for item in advisory.conflicts],
        [f"- {limit}" for limit in advisory.limitations],
    )
    parts = []
    for heading, lines in zip(SECTIONS, contents, strict=True):
        text = "\n".join(" ".join(line.split()) for line in lines)
        if text:
            parts.append(f"## {heading}\n\n{text}\n")
    return "\n".join(parts)


def digest_of(rule: Rule, text: str) -> str:
    """Return the digest of an approval: of the rendering and of the templates that it was made from."""
    templates = f"{rule.file.advisory.summary}\0{rule.file.advisory.detail}"
    return hashlib.sha256(f"{text}\0{templates}".encode()).hexdigest()


def first_difference(approved: str, now: str) -> tuple[str, str, str]:
    """Return the section in which two renderings first differ, and its text in each."""
    before, after = sections_of(approved), sections_of(now)
    for section in SECTIONS:
        if before.get(section, "") != after.get(section, ""):
            return section, *_first_line(before.get(section, ""), after.get(section, ""))
    return "Detail", "", ""


def sections_of(text: str) -> dict[str, str]:
    """Return the contents of a rendering by heading."""
    parts = text.split("## ")[1:]
    return {heading: body.strip() for heading, _, body in (part.partition("\n") for part in parts)}


def _first_line(before: str, after: str) -> tuple[str, str]:
    """Return the first lines that differ."""
    old, new = before.splitlines(), after.splitlines()
    for number in range(max(len(old), len(new))):
        pair = (old[number : number + 1] or [""])[0], (new[number : number + 1] or [""])[0]
        if pair[0] != pair[1]:
            return pair
    return "", ""

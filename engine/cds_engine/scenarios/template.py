"""The notation of steps: Cucumber expressions, with parameters allowed inside optional parts.

``(...)`` may be left out, ``a/b`` is either word, ``{type}`` or ``{name:type}`` is a parameter. One notation
is both what is matched and what ``cds scenarios --steps`` shows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_NAME = r".+?(?<!:)"
"""A step that ends in a colon has a table or a text below it, and is another step."""
_NUMBER = r"[-+]?\d+(?:\.\d+)?"
_DATE = r"\d{4}-\d{2}-\d{2}"
_LIST = r"`?[\w.-]+`?(?:(?:, | and )`?[\w.-]+`?)*"

TYPES: Mapping[str, tuple[str, str]] = {
    "drug": (_NAME, "a drug of the rulebook, by id, title or system|code; case does not matter"),
    "condition": (_NAME, "a condition, likewise"),
    "symptom": (_NAME, "a symptom, likewise"),
    "observation": (_NAME, "an observation, likewise"),
    "person": (r"woman|man|girl|boy|patient", "woman, girl: female; man, boy: male; patient: not said"),
    "sex": (r"female|male|other|unknown", "female, male, other or unknown"),
    "severity": (r"mild|moderate|severe", "mild, moderate or severe"),
    "status": (
        r"final|amended|corrected|preliminary|entered-in-error|cancelled",
        "final, amended, corrected, preliminary, entered-in-error or cancelled",
    ),
    "section": (
        r"conditions|medications|observations|symptoms|history",
        "conditions, medications, observations, symptoms or history",
    ),
    "field": (_NAME, "a field of the history, spaces for underscores"),
    "count": (r"\d+", "a whole number"),
    "quantity": (rf"{_NUMBER} \S+", "a number and a unit that the rulebook reads: 60 mg/d"),
    "value": (r".+", "a number with its unit, yes, no, or a code"),
    "date": (_DATE, "2026-11-23"),
    "time": (
        rf"today|yesterday|\d+ (?:day|week)s? ago|in \d+ (?:day|week)s?|(?:on )?{_DATE}",
        "today, yesterday, 3 days ago, 6 weeks ago, in 5 days, or a date",
    ),
    "rule": (r"`?[\w.-]+`?", "a rule's id, in backticks or not"),
    "fact": (r"`?[\w.-]+`?", "a fact's name"),
    "facts": (_LIST, "one fact, or several: a, b and c"),
    "rules": (_LIST, "one rule, or several: a, b and c"),
    "id": (r"`?[\w.-]+`?", "the id of a claim, conflict or target"),
    "family": (r"`?[\w-]+`?", "a family of rules"),
    "indicator": (r"info|warning|critical", "info, warning or critical"),
    "pointer": (r"`?/\S*?`?", "a JSON pointer into the record: /observations/0/unit"),
    "text": (r'"[^"]*"', "text in double quotes"),
}
"""Each type's pattern, and how it is written."""

_TOKEN = re.compile(r"\{[a-z_]+(?::[a-z_]+)?\}|[()]|[\w']+(?:/[\w']+)+|.", re.DOTALL)


def pattern(template: str) -> str:
    """Return the regular expression for ``template``, with a named group for each parameter."""
    return "".join(_translate(token) for token in _TOKEN.findall(template))


def _translate(token: str) -> str:
    if token == "(":
        return "(?:"
    if token == ")":
        return ")?"
    if token.startswith("{"):
        name, _, kind = token[1:-1].partition(":")
        return f"(?P<{name}>{TYPES[kind or name][0]})"
    if "/" in token and len(token) > 1:
        return f"(?:{'|'.join(map(re.escape, token.split('/')))})"
    return re.escape(token)


def kinds(template: str) -> list[str]:
    """Return the types of the parameters in ``template``, in order."""
    return [(kind or name) for name, kind in re.findall(r"\{([a-z_]+)(?::([a-z_]+))?\}", template)]

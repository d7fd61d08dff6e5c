"""The notation of steps: Cucumber expressions, with parameters allowed inside optional parts.

``(...)`` is optional, ``a/b`` is either word, and ``{type}`` or ``{name:type}`` is a parameter. The templates
are both matched against steps and shown by ``cds scenarios --steps``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_NAME = r"(?!(?:no|not|an?|the|patient|died) ).+?(?<!:)"
"""A name begins with no article or denial: 'reports no pain' says something else than 'reports pain'. It does
not end in a colon: a step that does has a table or text below it, and is another step.
"""
_NUMBER = r"[-+]?\d+(?:\.\d+)?"
_RELATIVE = r"(?:\d+|an?|one) (?:day|week|month|year)s?"
_DATE = r"\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2}))?"
_LIST = r"`?[\w.-]+`?(?:(?:, | and )`?[\w.-]+`?)*"

TYPES: Mapping[str, tuple[str, str]] = {
    "drug": (_NAME, "a drug of the rulebook, by id, title or system|code; case does not matter"),
    "condition": (_NAME, "a condition, named in the same way as a drug"),
    "symptom": (_NAME, "a symptom, named in the same way as a drug"),
    "observation": (_NAME, "an observation, named in the same way as a drug"),
    "person": (r"woman|man|girl|boy|patient", "woman, girl: female; man, boy: male; patient: sex unknown"),
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
    "field": (_NAME, "a field of the history, with spaces for underscores"),
    "count": (r"\d+", "a whole number"),
    "quantity": (
        rf"{_NUMBER} \S*[^\s,](?: (?:daily|(?:a|per|every) day))?",
        "a number and a unit that the rulebook understands: 60 mg/d; of a dose also 60 mg daily, 60 mg a day",
    ),
    "duration": (r"\d+ (?:day|week|month|year)s?", "a length of time: 53 days, 6 weeks, 2 months"),
    "value": (r".+", "a number with its unit, yes, no, or a code"),
    "date": (_DATE, "2026-11-23, or a time such as 2026-11-23T08:00:00Z"),
    "time": (
        rf"today|yesterday|{_RELATIVE} ago|in {_RELATIVE}|(?:on )?{_DATE}",
        "today, yesterday, 3 days ago, 6 weeks ago, 2 months ago, a year ago, in 5 days, or a date",
    ),
    "rule": (
        r"`?[\w.-]+`?(?: of [\w.-]+)?",
        "a rule's id, with or without backticks; with several rulebooks also: monitoring.one of my-rulebook",
    ),
    "rulebooks": (rf"{_LIST}", "the names of rulebooks: a, b and c"),
    "fact": (r"`?[\w.-]+`?", "a fact's name"),
    "facts": (_LIST, "one fact, or several: a, b and c"),
    "id": (r"`?[\w.-]+`?", "the id of a claim, conflict or target"),
    "family": (r"`?[\w-]+`?", "a family of rules"),
    "indicator": (r"info|warning|critical", "info, warning or critical"),
    "pointer": (r"`?/\S*?`?", "a JSON pointer into the record: /observations/0/unit"),
    "text": (r'"[^"]*"', "text in double quotes"),
}
"""The regular expression for each type, and how to write it."""

_TOKEN = re.compile(r"\{[a-z_]+(?::[a-z_]+)?\}|[()]|[\w']+(?:/[\w']+)+|.", re.DOTALL)


def pattern(template: str) -> str:
    """Return the regular expression for ``template``, with a named group for each parameter."""
    return "".join(_translate(token) for token in tokens(template))


def tokens(template: str) -> list[str]:
    """Return the parts of ``template``: parameters, brackets, choices of words, and single characters."""
    return _TOKEN.findall(template)


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
    """Return the types of the parameters in ``template``, in their order."""
    return [(kind or name) for name, kind in re.findall(r"\{([a-z_]+)(?::([a-z_]+))?\}", template)]

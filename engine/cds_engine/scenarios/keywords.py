"""Mistyped keywords of feature files.

Gherkin allows free text below a heading, so a line with a mistyped keyword there would count as text, and the
step or scenario would silently be left out.
"""

from __future__ import annotations

import difflib
import re

from cds_engine.scenarios.step_list import is_step

STEP_KEYWORDS = ("Given", "When", "Then", "And", "But")
HEADINGS = (
    "Feature",
    "Rule",
    "Background",
    "Scenario",
    "Scenario Outline",
    "Scenario Template",
    "Example",
    "Examples",
    "Scenarios",
)
PROSE = {
    *("a", "add", "all", "an", "any", "at", "be", "been", "can", "even", "ever", "gave", "give", "gives"),
    *("hand", "has", "have", "he", "her", "in", "is", "it", "or", "she", "than", "that", "the", "their"),
    *("them", "there", "these", "they", "this", "too", "us", "use", "what", "where", "who", "with"),
}
"""Words with which a sentence may begin, although they look like a keyword."""
_HEADING = re.compile(r"([A-Za-z]+(?: [A-Za-z]+)?)\s*:")
_SIMILAR = 0.7


def mistyped_keyword(line: str, *, in_scenario: bool) -> str | None:
    """Return what is wrong with a line of free text that was meant as a heading or step; None if nothing is.

    Args:
        line: the line.
        in_scenario: whether it stands below the heading of a scenario or background, where steps follow.
    """
    text = line.strip()
    if (heading := _HEADING.match(text)) and (meant := _nearest(heading[1], HEADINGS)):
        return f"unknown keyword '{heading[1]}:' (did you mean '{meant}:'?)"
    word, _, rest = text.partition(" ")
    if word in ("Scenario", "Background") and in_scenario:
        return f"the colon after '{word}' is missing"
    meant = _nearest(word, STEP_KEYWORDS)
    if meant is None:
        if is_step(text):
            return f"a step without a keyword; begin it with {', '.join(STEP_KEYWORDS[:-1])} or But"
        return None
    if is_step(rest.strip()) or (in_scenario and word.casefold() not in PROSE):
        return f"unknown keyword '{word}' (did you mean '{meant}'?)"
    return None


def _nearest(word: str, keywords: tuple[str, ...]) -> str | None:
    """Return the keyword that ``word`` was meant as, in any case; None if it is none."""
    lower = {keyword.casefold(): keyword for keyword in keywords}
    same_letters = (found for key, found in lower.items() if sorted(key) == sorted(word.casefold()))
    close = difflib.get_close_matches(word.casefold(), lower, n=1, cutoff=_SIMILAR)
    return next(same_letters, None) or (lower[close[0]] if close else None)

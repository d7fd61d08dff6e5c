"""Missing scenarios as Gherkin: each passes when it is pasted into a feature file.

Each has the tag that keeps it from counting until somebody has reviewed what it expects.
"""

from __future__ import annotations

from cds_engine.audit.record_search import Search
from cds_engine.audit.witness import Replayed
from cds_engine.rulebook.vocabulary import Vocabulary
from cds_engine.scenarios.recording import UNREVIEWED
from cds_engine.scenarios.writing import OUTCOMES, given_steps


def scenario_text(name: str, search: Search, vocabulary: Vocabulary, *, indicator: str | None = None) -> str:
    """Return a scenario called ``name`` for the record of a successful search."""
    assert search.found is not None
    assert search.rule is not None
    lines = [f"@{UNREVIEWED}", f"Scenario: {name}"]
    for number, step in enumerate(given_steps(search.found.record, vocabulary)):
        text = step.replace("\n", "\n    ")
        lines.append(f"  {'Given' if number == 0 else 'And'} {text}")
    lines.append("  When the record is evaluated")
    lines.append(f"  Then {_then(search.found, search.rule, indicator)}")
    return "\n".join(lines) + "\n"


def _then(replayed: Replayed, rule: str, indicator: str | None) -> str:
    outcome = replayed.outcomes[rule]
    text = f"rule {rule} {OUTCOMES[outcome]}"
    if outcome == "not_evaluable":
        missing = replayed.missing[rule]
        names = missing[0] if len(missing) == 1 else f"{', '.join(missing[:-1])} and {missing[-1]}"
        return f"{text} because {names} {'is' if len(missing) == 1 else 'are'} unknown"
    return text if indicator is None else f"{text} as {indicator}"

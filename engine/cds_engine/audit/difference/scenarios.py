"""Which scenarios of a rulebook give another result with another rulebook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from cds_engine.audit.difference.result import ScenarioChange, ScenarioChanges
from cds_engine.audit.places import shown
from cds_engine.errors import RecordError
from cds_engine.evaluate import Engine
from cds_engine.record.validation import read_record
from cds_engine.rulebook.model import Rulebook
from cds_engine.scenarios.recorder import Progress, run_features
from cds_engine.scenarios.recording import Example, Failure, Recording
from cds_engine.scenarios.terminology.shared import shared_cases

REFUSED = "refused"
"""The outcome of a rule for a record that a rulebook refuses."""
ABSENT = "absent"
"""The outcome of a rule that a rulebook does not have."""


def compare_scenarios(
    before: Rulebook,
    after: Rulebook,
    features: Sequence[Path],
    progress: Progress = lambda _done, _of: None,
) -> ScenarioChanges:
    """Return which of the scenarios in ``features``, and of the cases that ``before`` shares, change.

    Raises:
        FeatureError: if there is no feature in ``features``.
    """
    paths = [*features, *shared_cases(before)]
    first = run_features(paths, before.root, progress=progress)
    if before.digest == after.digest:
        return ScenarioChanges(first.scenarios + first.cases_run, ())
    second = run_features(paths, after.root, progress=progress)
    engines = Engine(before), Engine(after)
    known = {(failure.feature, failure.line) for failure in first.failures}
    failures = [each for each in second.failures if (each.feature, each.line) not in known]
    changed = [*_changed_examples(first, engines, failures), *_changed_cases(failures)]
    return ScenarioChanges(first.scenarios + first.cases_run, tuple(changed))


def _changed_examples(
    recording: Recording, engines: tuple[Engine, Engine], failures: Sequence[Failure]
) -> Iterator[ScenarioChange]:
    """Yield each scenario for which a rule has another outcome, or which fails."""
    why: dict[tuple[str, str], str] = {(each.feature, each.scenario): each.message for each in failures}
    found: dict[tuple[str, str, int], dict[str, tuple[str, str, str]]] = {}
    for example in recording.examples:
        rules = found.setdefault((example.feature, example.scenario, example.line), {})
        before, after = (_outcomes(engine, example) for engine in engines)
        for rule in sorted({*before, *after}):
            pair = before.get(rule, ABSENT), after.get(rule, ABSENT)
            if pair[0] != pair[1]:
                rules[rule] = (rule, *pair)
    for (feature, name, line), differing in found.items():
        failure = _reason(why.get((feature, name), ""))
        if differing or failure:
            place = f"{shown(Path(feature))}:{line}"
            yield ScenarioChange(place, name, tuple(differing.values()), failure)


def _changed_cases(failures: Sequence[Failure]) -> Iterator[ScenarioChange]:
    """Yield each terminology case, and each file, that fails with the second rulebook only."""
    for failure in failures:
        if failure.feature.endswith(".cases") or failure.kind == "feature":
            place = f"{shown(Path(failure.feature))}:{failure.line}"
            yield ScenarioChange(place, failure.scenario, (), _reason(failure.message))


def _outcomes(engine: Engine, example: Example) -> Mapping[str, str]:
    """Return the outcome of every rule for the record of a scenario."""
    try:
        record = read_record(dict(example.record), example.scenario, history_fields=engine.history_fields)
        facts = engine.facts(record, example.as_of)
    except RecordError:
        return dict.fromkeys((rule.id for rule in engine.rulebook.active_rules), REFUSED)
    edition = engine.edition(facts.as_of)
    found = edition.none_applies(facts.values) if facts.deceased else edition.evaluate_rules(facts.values)
    return found.outcomes


def _reason(message: str) -> str:
    """Return why a scenario fails, without its place, which is the first line."""
    lines = [" ".join(line.split()) for line in message.splitlines()[1:] if line.strip()]
    return "; ".join(lines[:3])

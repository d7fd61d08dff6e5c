"""Outcome, condition, MC/DC and boundary coverage.

Each of these is a goal, and only some examples count for it (see :mod:`cds_engine.audit.examples`):

* *outcome*: the rule has the outcome in a scenario that expects it.
* *condition*: the comparison is true, false or unknown in a scenario that states the outcome of its rule (for
  a finding: of a rule that uses it).
* *MC/DC, masking form*: one example has the condition true and one has it false. In each, the result is known
  (the rule fires or certainly does not, the finding holds or does not) and depends on that condition alone:
  if only that condition had the opposite truth, the result would be the opposite or unknown. A condition has
  one polarity in its tree, so the two examples have opposite results and form an independence pair of masking
  MC/DC: the other conditions may differ between them where they are masked, and may be unknown. An unknown
  condition shows nothing. Conditions are counted by place: a comparison written twice counts twice. Findings
  are conditions.
* *boundary*: the fact is one resolution step below the threshold, on it, or one step above, and the result
  depends on that comparison alone, as above. A boundary that another condition masks shows nothing. Each
  dated value of a threshold is a threshold of its own.

A proof can excuse a goal that no record can show. Without a proof, a goal counts unless the last full audit
excused it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from cds_engine.audit.dated_values import dated_thresholds
from cds_engine.audit.examples import ObservedExample
from cds_engine.audit.program import Decision, Leaf, Program
from cds_engine.audit.result import Goal, Kind
from cds_engine.language.kleene import OUTCOMES, Truth
from cds_engine.record.moments import day_of
from cds_engine.rulebook.prose import comparison_text
from cds_engine.rulebook.text import format_value

TRUTHS: Mapping[str, Truth] = {"true": True, "false": False, "unknown": None}
SIDES: Mapping[str, int] = {"just below": -1, "at": 0, "just above": 1}
_UNTIL = " until "
"""In the goal of a boundary, comes before the last day on which an older value of the threshold is valid."""


def measure_coverage(program: Program, examples: Sequence[ObservedExample]) -> list[Goal]:
    """Return every goal of ``program``, with the places of the examples that show it."""
    goals: list[Goal] = []
    for decision in program.decisions.values():
        checking = [example for example in examples if example.checks(decision.name)]
        observing = [example for example in checking if example.observes(decision.name)]
        if decision.is_rule:
            goals += _outcomes(decision, checking)
        for leaf in decision.leaves:
            goals += _truths(program, leaf, checking)
            deciding = [example for example in observing if _decides(leaf, example)]
            goals.append(_mcdc(program, leaf, deciding))
            goals += _boundary(program, leaf, deciding)
    return goals


def shows(goal: Goal, want: str, example: ObservedExample) -> bool:
    """Return whether ``example`` shows ``want`` of a goal of :func:`measure_coverage`."""
    if goal.kind == "outcome":
        return example.checks(goal.subject) and example.outcomes[goal.subject] == want
    leaf = example.program.decisions[goal.subject].leaves[goal.index]
    if goal.kind == "condition":
        return example.checks(goal.subject) and _truth(leaf, example) is TRUTHS[want]
    if not (example.observes(goal.subject) and _decides(leaf, example)):
        return False
    if goal.kind == "mcdc":
        return _truth(leaf, example) is TRUTHS[want]
    return _is_steps_away(example, leaf, side_of(want))


def _truth(leaf: Leaf, example: ObservedExample) -> Truth:
    return example.truths[leaf.decision][leaf.index]


def _decides(leaf: Leaf, example: ObservedExample) -> bool:
    return example.program.decisions[leaf.decision].deciding(example.truths[leaf.decision], leaf.index)


def _outcomes(rule: Decision, checking: Sequence[ObservedExample]) -> Iterator[Goal]:
    for name in OUTCOMES:
        places = tuple(example.place for example in checking if example.outcomes[rule.name] == name)
        yield Goal("outcome", rule.name, name, name.replace("_", " "), rule.file, rule.line, seen_in=places)


def _truths(program: Program, leaf: Leaf, checking: Sequence[ObservedExample]) -> Iterator[Goal]:
    text = comparison_text(leaf.comparison, program.facts)
    for name, truth in TRUTHS.items():
        places = [example.place for example in checking if _truth(leaf, example) is truth]
        never = truth is None and leaf.comparison.operator == "known"
        excuse = "whether a fact is known is never unknown" if never else None
        goal = _condition_goal("condition", leaf, name, f"'{text}' is {name}", places)
        yield replace(goal, excused=excuse)


def _mcdc(program: Program, leaf: Leaf, deciding: Sequence[ObservedExample]) -> Goal:
    text = comparison_text(leaf.comparison, program.facts)
    places = {
        name: [example.place for example in deciding if _truth(leaf, example) is TRUTHS[name]]
        for name in ("true", "false")
    }
    lacking = [name for name, found in places.items() if not found]
    if not lacking:
        pair = [found[0] for found in places.values()]
        return _condition_goal("mcdc", leaf, "", f"'{text}' decides", pair)
    label = f"'{text}' decides by being {' and by being '.join(lacking)}"
    return _condition_goal("mcdc", leaf, " ".join(lacking), label, [])


def _boundary(program: Program, leaf: Leaf, deciding: Sequence[ObservedExample]) -> Iterator[Goal]:
    """Yield the three sides of each value that the threshold has on some day."""
    if leaf.threshold is None:
        return
    fact = program.facts[leaf.comparison.fact]
    for threshold in dated_thresholds(program, leaf):
        valid = [example for example in deciding if threshold.is_valid(day_of(example.example.as_of))]
        for name, steps in SIDES.items():
            value = threshold.value + steps * fact.resolution
            places = [example.place for example in valid if _is_steps_away(example, leaf, steps)]
            outside = not fact.minimum <= value <= fact.maximum
            excuse = f"{format_value(value, fact.unit)} is outside the plausible range" if outside else None
            at = f"{format_value(threshold.value, fact.unit)}: {format_value(value, fact.unit)}"
            label = f"{fact.title} {name} {at}" + (f", {threshold.period}" if threshold.period else "")
            want = name if threshold.last is None else f"{name}{_UNTIL}{threshold.last}"
            goal = _condition_goal("boundary", leaf, want, label, places)
            file, line = threshold.place
            yield replace(goal, excused=excuse, day=threshold.last, file=file, line=line)


def side_of(want: str) -> int:
    """Return how many steps from the threshold the goal of a boundary wants a fact to be."""
    return SIDES[want.partition(_UNTIL)[0]]


def _is_steps_away(example: ObservedExample, leaf: Leaf, steps: int) -> bool:
    """Whether the fact is ``steps`` resolution steps from the threshold valid on the example's day."""
    threshold = example.program.decisions[leaf.decision].leaves[leaf.index].threshold
    fact = example.program.facts[leaf.comparison.fact]
    value = example.facts.get(fact.name)
    return threshold is not None and value == threshold + steps * fact.resolution


def _condition_goal(kind: Kind, leaf: Leaf, want: str, label: str, places: Iterable[str]) -> Goal:
    file, line = leaf.place
    return Goal(kind, leaf.decision, want, label, file, line, leaf.pointer, leaf.index, tuple(places))

"""Outcome, condition, MC/DC and boundary coverage.

What counts as shown (see :mod:`engine.audit.observed` for which examples count at all):

* *outcome*: the rule came out so, in a scenario that says so.
* *condition*: the comparison was true, false or unknown in a scenario that says what the rule (for a
  finding: a rule that rests on it) comes to.
* *MC/DC, masking form*: there is an example in which the condition is true and one in which it is false, and
  in each the condition alone decides: with everything else as recorded, true and false lead to opposite and
  known results (a rule fires or does not, a finding holds or does not). As a condition stands in its tree
  with one polarity, the two examples come out opposite, so together they are the independence pair of
  masking MC/DC (Chilenski and Miller's unique cause, relaxed to let the other conditions differ where they
  are masked). A condition whose truth is unknown shows nothing; others may be unknown where that is masked.
  Conditions are counted by place: the same comparison written twice is two. Findings are conditions.
* *boundary*: the fact lay one resolution step below the threshold, on it, or one step above, and the
  comparison alone decided, as above. A boundary seen where another condition settles the matter shows nothing.

A target that nothing can show is excused by the proof, with its reason; without the proof it is assumed to be
reachable.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import get_args

from engine.audit.observed import Seen
from engine.audit.program import Decision, Leaf, Program
from engine.audit.result import Target
from engine.logic import Outcome, Truth
from engine.prose import sentence
from engine.rulebook.model import Fact
from engine.rulebook.text import written

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
TRUTHS: Mapping[str, Truth] = {"true": True, "false": False, "unknown": None}
SIDES: Mapping[str, int] = {"just below": -1, "at": 0, "just above": 1}


def cover(program: Program, seen: Sequence[Seen]) -> list[Target]:
    """Return every target of ``program``, with the examples among ``seen`` that show it."""
    targets: list[Target] = []
    for decision in program.decisions.values():
        checking = [example for example in seen if example.checks(decision.name)]
        observing = [example for example in checking if example.observes(decision.name)]
        if decision.is_rule:
            targets += _outcomes(decision, checking)
        for leaf in decision.leaves:
            targets += _truths(program, leaf, checking)
            deciding = [
                example
                for example in observing
                if decision.deciding(example.truths[decision.name], leaf.index)
            ]
            targets.append(_shown(program, leaf, deciding))
            targets += _boundary(program, leaf, deciding)
    return targets


def _outcomes(rule: Decision, checking: Iterable[Seen]) -> Iterator[Target]:
    places: dict[str, list[str]] = {name: [] for name in OUTCOMES}
    for example in checking:
        places[example.outcomes[rule.name]].append(example.place)
    for name in OUTCOMES:
        label = name.replace("_", " ")
        yield Target("outcome", rule.name, name, label, rule.file, rule.line, seen_in=tuple(places[name]))


def _truths(program: Program, leaf: Leaf, checking: Sequence[Seen]) -> Iterator[Target]:
    text = condition_text(program.facts, leaf)
    for name, truth in TRUTHS.items():
        places = [seen.place for seen in checking if seen.truths[leaf.decision][leaf.index] is truth]
        never = truth is None and leaf.comparison.operator == "known"
        excuse = "whether a fact is known is never unknown" if never else None
        yield _target("condition", leaf, name, f"'{text}' is {name}", places, excuse)


def _shown(program: Program, leaf: Leaf, deciding: Sequence[Seen]) -> Target:
    text = condition_text(program.facts, leaf)
    sides: dict[bool, list[str]] = {True: [], False: []}
    for seen in deciding:
        truth = seen.truths[leaf.decision][leaf.index]
        if truth is not None:
            sides[truth].append(seen.place)
    lacking = [name for name, truth in (("true", True), ("false", False)) if not sides[truth]]
    if not lacking:
        return _target("mcdc", leaf, "", f"'{text}' decides", [*sides[True][:1], *sides[False][:1]])
    label = f"'{text}' decides by being {' and by being '.join(lacking)}"
    return _target("mcdc", leaf, " ".join(lacking), label, [])


def _boundary(program: Program, leaf: Leaf, deciding: Sequence[Seen]) -> Iterator[Target]:
    threshold = leaf.threshold
    if threshold is None:
        return
    fact = program.facts[leaf.comparison.fact]
    for name, steps in SIDES.items():
        value = threshold + steps * fact.resolution
        places = [seen.place for seen in deciding if _lies(seen, leaf, fact, steps)]
        outside = not fact.minimum <= value <= fact.maximum
        excuse = f"{written(value, fact.unit)} is outside what is plausible" if outside else None
        label = f"{fact.title} {name} {written(threshold, fact.unit)}: {written(value, fact.unit)}"
        yield _target("boundary", leaf, name, label, places, excuse)


def _lies(seen: Seen, leaf: Leaf, fact: Fact, steps: int) -> bool:
    """Whether the fact lies ``steps`` from the threshold that held on the example's day."""
    threshold = seen.program.decisions[leaf.decision].leaves[leaf.index].threshold
    assert threshold is not None
    value = seen.facts.get(fact.name)
    return isinstance(value, Decimal) and value == threshold + steps * fact.resolution


def _target(
    kind: str, leaf: Leaf, want: str, label: str, places: Iterable[str], excused: str | None = None
) -> Target:
    file, line = leaf.place
    assert kind in ("condition", "mcdc", "boundary")
    return Target(
        kind,  # type: ignore[arg-type]
        leaf.decision,
        want,
        label,
        file,
        line,
        leaf.pointer,
        leaf.index,
        tuple(places),
        excused,
    )


def condition_text(facts: Mapping[str, Fact], leaf: Leaf) -> str:
    """Return a comparison in English; a finding is named, not spelt out."""
    fact = facts[leaf.comparison.fact]
    return sentence(leaf.comparison, {fact.name: replace(fact, finding=None)})

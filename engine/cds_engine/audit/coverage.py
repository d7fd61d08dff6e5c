"""Outcome, condition, MC/DC and boundary coverage.

What counts as shown (see :mod:`cds_engine.audit.observed` for which examples count at all):

* *outcome*: the rule came out so, in a scenario that says so.
* *condition*: the comparison was true, false or unknown in a scenario that says what the rule (for a
  finding: a rule that rests on it) comes to.
* *MC/DC, masking form*: there is an example in which the condition is true and one in which it is false, and
  in each the decision is known (the rule fires or surely does not, the finding holds or does not) and rests
  on the condition alone: were only that condition the opposite, and everything else as recorded, the result
  would be the opposite or unknown. A condition stands in its tree with one polarity, so the two examples
  come out opposite and together are an independence pair of masking MC/DC: the other conditions may differ
  between them where they are masked, and may be unknown. A condition whose truth is unknown shows nothing.
  Conditions are counted by place: the same comparison written twice is two. Findings are conditions.
* *boundary*: the fact lay one resolution step below the threshold, on it, or one step above, and the result
  rested on the comparison alone, as above. A boundary that another condition masks shows nothing.

A target that nothing can show is excused by the proof, with its reason; without the proof it is assumed to be
reachable.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from cds_engine.audit.observed import Seen
from cds_engine.audit.program import Decision, Leaf, Program
from cds_engine.audit.result import Goal
from cds_engine.language.kleene import OUTCOMES, Truth
from cds_engine.rulebook.model import Fact
from cds_engine.rulebook.prose import sentence
from cds_engine.rulebook.text import format_value

TRUTHS: Mapping[str, Truth] = {"true": True, "false": False, "unknown": None}
SIDES: Mapping[str, int] = {"just below": -1, "at": 0, "just above": 1}


def cover(program: Program, seen: Sequence[Seen]) -> list[Goal]:
    """Return every target of ``program``, with the examples among ``seen`` that show it."""
    targets: list[Goal] = []
    for decision in program.decisions.values():
        checking = [example for example in seen if example.checks(decision.name)]
        observing = [example for example in checking if example.observes(decision.name)]
        if decision.is_rule:
            targets += _outcomes(decision, checking)
        for leaf in decision.leaves:
            targets += _truths(program, leaf, checking)
            deciding = [example for example in observing if _decides(leaf, example)]
            targets.append(_shown(program, leaf, deciding))
            targets += _boundary(program, leaf, deciding)
    return targets


def shows(target: Goal, want: str, seen: Seen) -> bool:
    """Return whether one example shows ``want`` of a target of :func:`cover`."""
    if target.kind == "outcome":
        return seen.checks(target.subject) and seen.outcomes[target.subject] == want
    leaf = seen.program.decisions[target.subject].leaves[target.index]
    if target.kind == "condition":
        return seen.checks(target.subject) and _truth(leaf, seen) is TRUTHS[want]
    if not (seen.observes(target.subject) and _decides(leaf, seen)):
        return False
    return _truth(leaf, seen) is TRUTHS[want] if target.kind == "mcdc" else _lies(seen, leaf, SIDES[want])


def _truth(leaf: Leaf, seen: Seen) -> Truth:
    return seen.truths[leaf.decision][leaf.index]


def _decides(leaf: Leaf, seen: Seen) -> bool:
    return seen.program.decisions[leaf.decision].deciding(seen.truths[leaf.decision], leaf.index)


def _outcomes(rule: Decision, checking: Sequence[Seen]) -> Iterator[Goal]:
    for name in OUTCOMES:
        places = tuple(seen.place for seen in checking if seen.outcomes[rule.name] == name)
        yield Goal("outcome", rule.name, name, name.replace("_", " "), rule.file, rule.line, seen_in=places)


def _truths(program: Program, leaf: Leaf, checking: Sequence[Seen]) -> Iterator[Goal]:
    text = condition_text(program.facts, leaf)
    for name, truth in TRUTHS.items():
        places = [seen.place for seen in checking if _truth(leaf, seen) is truth]
        never = truth is None and leaf.comparison.operator == "known"
        excuse = "whether a fact is known is never unknown" if never else None
        yield replace(_target(leaf, name, f"'{text}' is {name}", places), excused=excuse)


def _shown(program: Program, leaf: Leaf, deciding: Sequence[Seen]) -> Goal:
    text = condition_text(program.facts, leaf)
    sides = {
        name: [seen.place for seen in deciding if _truth(leaf, seen) is TRUTHS[name]]
        for name in ("true", "false")
    }
    lacking = [name for name, places in sides.items() if not places]
    if not lacking:
        shown = [places[0] for places in sides.values()]
        return replace(_target(leaf, "", f"'{text}' decides", shown), kind="mcdc")
    label = f"'{text}' decides by being {' and by being '.join(lacking)}"
    return replace(_target(leaf, " ".join(lacking), label, []), kind="mcdc")


def _boundary(program: Program, leaf: Leaf, deciding: Sequence[Seen]) -> Iterator[Goal]:
    threshold = leaf.threshold
    if threshold is None:
        return
    fact = program.facts[leaf.comparison.fact]
    for name, steps in SIDES.items():
        value = threshold + steps * fact.resolution
        places = [seen.place for seen in deciding if _lies(seen, leaf, steps)]
        outside = not fact.minimum <= value <= fact.maximum
        excuse = f"{format_value(value, fact.unit)} is outside what is plausible" if outside else None
        label = f"{fact.title} {name} {format_value(threshold, fact.unit)}: {format_value(value, fact.unit)}"
        yield replace(_target(leaf, name, label, places), kind="boundary", excused=excuse)


def _lies(seen: Seen, leaf: Leaf, steps: int) -> bool:
    """Whether the fact lies ``steps`` from the threshold that held on the example's day."""
    threshold = seen.program.decisions[leaf.decision].leaves[leaf.index].threshold
    fact = seen.program.facts[leaf.comparison.fact]
    value = seen.facts.get(fact.name)
    return threshold is not None and value == threshold + steps * fact.resolution


def _target(leaf: Leaf, want: str, label: str, places: Iterable[str]) -> Goal:
    """Return a target at a condition: that it is ``want``, unless another kind is put in its place."""
    file, line = leaf.place
    return Goal("condition", leaf.decision, want, label, file, line, leaf.pointer, leaf.index, tuple(places))


def condition_text(facts: Mapping[str, Fact], leaf: Leaf) -> str:
    """Return a comparison in English; a finding is named, not spelt out."""
    fact = facts[leaf.comparison.fact]
    return sentence(leaf.comparison, {fact.name: replace(fact, finding=None)})

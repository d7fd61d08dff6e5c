"""From what the solver says to what is reported: excuses, findings and witnesses, all replayed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice

from cds_engine.audit.accepted import AuditFile
from cds_engine.audit.coverage import SIDES, TRUTHS, shows
from cds_engine.audit.mutants import Change
from cds_engine.audit.mutation import changed_parameters, touched_rules
from cds_engine.audit.observed import Seen
from cds_engine.audit.program import Programs
from cds_engine.audit.proof import Prover, Sketch, UndecidedError
from cds_engine.audit.result import FindingKind, Goal, Issue
from cds_engine.audit.witness import Replay, Replayed, Witnesses
from cds_engine.evaluate import Engine
from cds_engine.scenarios.recording import Example

ATTEMPTS = 8
"""How many sketches are tried before a witness is given up."""
IMPOSSIBLE = "proved: no record can show it"


@dataclass(frozen=True, slots=True)
class Search:
    """What came of looking for a record: one that was replayed, a proof that there is none, or neither."""

    found: Replayed | None
    rule: str | None = None
    impossible: bool = False
    reason: str | None = None


class Proving:
    """Looks for records, and replays every one through the real engine before it is believed."""

    def __init__(self, programs: Programs, engine: Engine) -> None:
        self.program = programs.newest
        self.prover = Prover(self.program)
        self._witnesses = Witnesses(programs.rulebook, programs.day)
        self._replay = Replay(engine)

    def search(self, sketches: Iterator[Sketch], accept: Callable[[Replayed], str | None]) -> Search:
        """Return the first record among ``sketches`` for which ``accept`` names a rule."""
        tried = 0
        try:
            for sketch in islice(sketches, ATTEMPTS):
                tried += 1
                replayed = self._replay.run(self._witnesses.record(sketch))
                if (rule := accept(replayed)) is not None:
                    return Search(replayed, rule)
        except UndecidedError as error:
            return Search(None, reason=f"the solver gave up: {error}")
        if tried == 0:
            return Search(None, impossible=True, reason=IMPOSSIBLE)
        return Search(None, reason=f"none of {tried} records that the solver proposed can be realised")

    def target(self, target: Goal, want: str) -> Search:
        """Return a record that shows ``want`` of an uncovered target, and the rule to check on it."""
        rules = self.program.rules_reading(target.subject)

        def accept(replayed: Replayed) -> str | None:
            return next((rule for rule in rules if shows(target, want, self.seen(replayed, rule))), None)

        return self.search(self._sketches(target, want), accept)

    def _sketches(self, target: Goal, want: str) -> Iterator[Sketch]:
        if target.kind == "outcome":
            return self.prover.outcome(target.subject, want)  # type: ignore[arg-type]
        leaf = self.program.decisions[target.subject].leaves[target.index]
        if target.kind == "condition":
            return self.prover.truth(leaf, TRUTHS[want])
        if target.kind == "mcdc":
            return self.prover.decides(leaf, wanted=TRUTHS[want])
        assert leaf.threshold is not None
        step = self.program.facts[leaf.comparison.fact].resolution
        return self.prover.decides(leaf, value=leaf.threshold + SIDES[want] * step)

    def seen(self, replayed: Replayed, rule: str) -> Seen:
        """Return a replayed record as an example whose scenario says what ``rule`` comes to."""
        facts = self.program.code.evaluate_findings(replayed.facts)
        example = Example("", "", 0, replayed.day, dict(replayed.record), dict(replayed.facts), ())
        return Seen(example, "", self.program, facts, replayed.outcomes, (), frozenset({rule}))

    def differing(self, change: Change, accept: Callable[[Replayed], str | None]) -> Search:
        """Return a record that a mutant answers otherwise."""
        parameters = changed_parameters(self.program, change)
        rules = touched_rules(self.program, change)
        return self.search(self.prover.differs(change.trees or {}, parameters, rules), accept)

    # findings about the rules

    def excuse(self, targets: Iterable[Goal]) -> Iterator[tuple[Goal, list[Search]]]:
        """Yield every target, excused where it is proved that nothing shows it, with what was searched."""
        for target in targets:
            if not target.missing or target.kind == "evidence":
                yield target, []
                continue
            wants = target.want.split() if target.kind == "mcdc" else [target.want]
            searches = [self.target(target, want) for want in wants]
            impossible = [want for want, search in zip(wants, searches, strict=True) if search.impossible]
            if impossible:
                how = f" by being {' or '.join(impossible)}" if target.kind == "mcdc" else ""
                yield replace(target, excused=IMPOSSIBLE + how), searches
            else:
                yield target, searches

    def unreachable(self, rule: str) -> Issue | None:
        """Return the finding that a rule can never fire, if so."""
        search = self.search(self.prover.outcome(rule, "fired"), _is(rule, "fired"))
        if not search.impossible:
            return None
        closest = self.search(self.prover.outcome(rule, "not_met"), _is(rule, "not_met"))
        return self._finding("unreachable", (rule,), f"{rule} can never fire", closest)

    def redundant(self, change: Change) -> Issue:
        """Return the finding that a condition, which was proved droppable, never matters."""
        rule = self.program.rules_reading(change.subject)[0]
        search = self.search(self.prover.outcome(rule, "fired"), _is(rule, "fired"))
        statement = f"{change.text}: the outcome of every rule is the same without it"
        finding = self._finding("redundant", (change.subject,), statement, search)
        return replace(finding, file=change.place[0], line=change.place[1])

    def partitions(self) -> Iterator[Issue | str]:
        """Yield the gaps and overlaps of each partition, or the statement that it is proved."""
        for family in self.program.rulebook.partitions.values():
            found: list[Issue] = []
            gap = self.search(self.prover.gap(family), _fired((), not_any=family.rules))
            if not gap.impossible:
                statement = f"{family.title}: no rule of the partition fires, and none says it should not"
                found.append(self._finding("gap", family.rules, statement, gap))
            pairs: list[tuple[str, str | None]] = list(combinations(family.rules, 2))
            if family.silent is not None:
                pairs += [(rule, None) for rule in family.rules]
            for one, other in pairs:
                both = (one,) if other is None else (one, other)
                overlap = self.search(self.prover.overlap(family, one, other), _fired(both))
                if not overlap.impossible:
                    where = "where the partition is silent" if other is None else f"together with {other}"
                    statement = f"{family.title}: {one} fires {where}"
                    found.append(self._finding("overlap", both, statement, overlap))
            yield from found
            if not found:
                yield f"partition {family.id}: no gap and no overlap ({', '.join(family.rules)})"

    def conflicts(self, file: AuditFile) -> Iterator[Issue | str]:
        """Yield the opposed rules that fire for one record, or the statement that they never do."""
        for opposition in file.opposes:
            for one, other in combinations(opposition.rules, 2):
                search = self.search(self.prover.all_fire((one, other)), _fired((one, other)))
                if search.impossible:
                    yield f"opposed rules {one} and {other} never fire for one record"
                else:
                    statement = f"{one} and {other} fire for one record: {opposition.because}"
                    yield self._finding("conflict", (one, other), statement, search)

    def _finding(self, kind: FindingKind, rules: tuple[str, ...], statement: str, search: Search) -> Issue:
        decision = self.program.decisions[rules[0]]
        record = None if search.found is None else search.found.record
        return Issue(kind, rules, statement, decision.file, decision.line, record, search.found is not None)


def _is(rule: str, outcome: str) -> Callable[[Replayed], str | None]:
    return lambda replayed: rule if replayed.outcomes[rule] == outcome else None


def _fired(rules: Sequence[str], not_any: Sequence[str] = ()) -> Callable[[Replayed], str | None]:
    def accept(replayed: Replayed) -> str | None:
        wanted = all(replayed.outcomes[rule] == "fired" for rule in rules)
        return "" if wanted and all(replayed.outcomes[rule] != "fired" for rule in not_any) else None

    return accept

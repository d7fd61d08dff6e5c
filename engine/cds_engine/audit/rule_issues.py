"""Proofs about the rules: unreachable rules, redundant conditions, gaps, overlaps and conflicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from cds_engine.audit.audit_file import AuditFile
from cds_engine.audit.mutants import Change
from cds_engine.audit.record_search import RecordSearch, Search
from cds_engine.audit.result import Issue, IssueKind
from cds_engine.audit.witness import Replayed
from cds_engine.errors import pointer
from cds_engine.rulebook.model import Partition


class RuleIssues:
    """Proves statements about the rules, or returns issues with a record that refutes them."""

    def __init__(self, search: RecordSearch) -> None:
        self._search = search
        self._program = search.program
        self._prover = search.prover

    def unreachable(self, rule: str) -> Issue | None:
        """Return the issue that a rule can never fire; None if it can."""
        if not self._search.with_outcome(rule, "fired").impossible:
            return None
        closest = self._search.with_outcome(rule, "not_met")
        return self._issue("unreachable", (rule,), f"{rule} can never fire", closest)

    def redundant(self, change: Change) -> Issue:
        """Return the issue that a condition never matters; ``change`` drops it and is proved equivalent."""
        rule = self._program.rules_reading(change.subject)[0]
        fired = self._search.with_outcome(rule, "fired")
        statement = f"{change.text}: the outcome of every rule is the same without it"
        issue = self._issue("redundant", (change.subject,), statement, fired)
        return replace(issue, file=change.place[0], line=change.place[1])

    def partitions(self) -> Iterator[Issue | str]:
        """Yield the gaps and overlaps of each partition, or the statement that it has none."""
        for family in self._program.rulebook.partitions.values():
            issues: list[Issue] = []
            if self._search.first(self._prover.within(family), _fired(())).impossible:
                yield self._empty(family)
                continue
            gap = self._search.first(self._prover.gap(family), _fired((), none_of=family.rules))
            if not gap.impossible:
                statement = f"{family.title}: no rule of the partition fires, and none says it should not"
                issues.append(self._issue("gap", family.rules, statement, gap))
            pairs: list[tuple[str, str | None]] = list(combinations(family.rules, 2))
            if family.silent is not None:
                pairs += [(rule, None) for rule in family.rules]
            for one, other in pairs:
                both = (one,) if other is None else (one, other)
                overlap = self._search.first(self._prover.overlap(family, one, other), _fired(both))
                if not overlap.impossible:
                    where = "where the partition is silent" if other is None else f"together with {other}"
                    statement = f"{family.title}: {one} fires {where}"
                    issues.append(self._issue("overlap", both, statement, overlap))
            yield from issues
            if not issues:
                yield f"partition {family.id}: no gap and no overlap ({', '.join(family.rules)})"

    def _empty(self, family: Partition) -> Issue:
        """Return the issue that no record is within a partition, so that it proves nothing."""
        statement = f"{family.title}: no record is within the partition, so it proves nothing"
        lines = self._program.places.lines("rulebook.yaml")
        at = pointer("partitions", family.id)
        line = lines.get(at + "/given", lines.get(at, 1))
        return Issue("empty", family.rules, statement, self._program.places.name("rulebook.yaml"), line)

    def conflicts(self, file: AuditFile) -> Iterator[Issue | str]:
        """Yield the opposed rules that fire for one record, or the statement that they never do."""
        for opposition in file.opposes:
            active = [rule for rule in opposition.rules if rule in self._program.rules]
            for one, other in combinations(active, 2):
                both = self._search.first(self._prover.all_fire((one, other)), _fired((one, other)))
                if both.impossible:
                    yield f"opposed rules {one} and {other} never fire for one record"
                else:
                    statement = f"{one} and {other} fire for one record: {opposition.because}"
                    yield self._issue("conflict", (one, other), statement, both)

    def _issue(self, kind: IssueKind, rules: tuple[str, ...], statement: str, search: Search) -> Issue:
        decision = self._program.decisions[rules[0]]
        record = None if search.found is None else search.found.record
        return Issue(kind, rules, statement, decision.file, decision.line, record, search.found is not None)


def _fired(rules: Sequence[str], none_of: Sequence[str] = ()) -> Callable[[Replayed], str | None]:
    def accept(replayed: Replayed) -> str | None:
        fired = all(replayed.outcomes[rule] == "fired" for rule in rules)
        return "" if fired and all(replayed.outcomes[rule] != "fired" for rule in none_of) else None

    return accept

"""Proofs about the rules: unreachable rules, redundant conditions, gaps, overlaps and conflicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from cds_engine.audit.audit_file import AuditFile
from cds_engine.audit.contradictions import candidates
from cds_engine.audit.mutants import Change
from cds_engine.audit.program import Programs
from cds_engine.audit.record_search import RecordSearch, RecordSearches, Search
from cds_engine.audit.result import Issue, IssueKind
from cds_engine.audit.witness import Replayed
from cds_engine.errors import pointer
from cds_engine.language.expressions import leaves
from cds_engine.rulebook.model import Partition


class RuleIssues:
    """Proves statements about the rules, or returns issues with a record that refutes them.

    A statement is proved for every edition in which a parameter that it depends on has another value.
    """

    def __init__(self, programs: Programs, searches: RecordSearches) -> None:
        self._programs = programs
        self._searches = searches
        self._program = programs.newest

    def _editions(self, rules: Iterable[str], more: Iterable[str] = ()) -> Iterator[tuple[RecordSearch, str]]:
        """Yield the searches of the editions that differ for some rules, and what to add to a statement.

        ``more`` are parameters that matter besides those that the rules use.
        """
        names = sorted({*more, *(name for rule in rules for name in self._program.parameters_of(rule))})
        known: set[tuple[object, ...]] = set()
        for program in self._programs.all:
            values = tuple(program.parameters[name] for name in names)
            if values not in known:
                known.add(values)
                when = "" if program is self._program else f" (with the values valid on {program.day})"
                yield self._searches.of(program), when

    def unreachable(self, rule: str) -> Issue | None:
        """Return the issue that a rule can never fire in some edition; None if it can in each of them."""
        for search, when in self._editions([rule]):
            if search.with_outcome(rule, "fired").impossible:
                closest = search.with_outcome(rule, "not_met")
                return self._issue("unreachable", (rule,), f"{rule} can never fire{when}", closest)
        return None

    def redundant(self, change: Change) -> Issue:
        """Return the issue that a condition never matters; ``change`` drops it and is proved equivalent."""
        rule = self._program.rules_reading(change.subject)[0]
        fired = self._searches.newest.with_outcome(rule, "fired")
        statement = f"{change.text}: the outcome of every rule is the same without it"
        issue = self._issue("redundant", (change.subject,), statement, fired)
        return replace(issue, file=change.place[0], line=change.place[1])

    def partitions(self) -> Iterator[Issue | str]:
        """Yield the gaps and overlaps of each partition, or the statement that it has none."""
        for family in self._program.rulebook.partitions.values():
            parts = [part for part in (family.given, family.silent) if part is not None]
            parameters = [leaf.parameter for part in parts for leaf in leaves(part) if leaf.parameter]
            active = [rule for rule in family.rules if rule in self._program.rules]
            issues: dict[tuple[str, tuple[str, ...]], Issue] = {}
            for search, when in self._editions(active, parameters):
                for issue in self._partition(family, search, when):
                    issues.setdefault((issue.kind, issue.rules), issue)
            yield from issues.values()
            if not issues:
                yield f"partition {family.id}: no gap and no overlap ({', '.join(family.rules)})"

    def _partition(self, family: Partition, search: RecordSearch, when: str) -> Iterator[Issue]:
        """Yield the gaps and overlaps of a partition in one edition."""
        prover = search.prover
        if search.first(prover.within(family), _fired(())).impossible:
            yield self._empty(family, when)
            return
        gap = search.first(prover.gap(family), _fired((), none_of=family.rules))
        if not gap.impossible:
            statement = f"{family.title}: no rule of the partition fires, and none says it should not{when}"
            yield self._issue("gap", family.rules, statement, gap)
        pairs: list[tuple[str, str | None]] = list(combinations(family.rules, 2))
        if family.silent is not None:
            pairs += [(rule, None) for rule in family.rules]
        for one, other in pairs:
            both = (one,) if other is None else (one, other)
            overlap = search.first(prover.overlap(family, one, other), _fired(both))
            if not overlap.impossible:
                where = "where the partition is silent" if other is None else f"together with {other}"
                statement = f"{family.title}: {one} fires {where}{when}"
                yield self._issue("overlap", both, statement, overlap)

    def _empty(self, family: Partition, when: str) -> Issue:
        """Return the issue that no record is within a partition, so that it proves nothing."""
        statement = f"{family.title}: no record is within the partition, so it proves nothing{when}"
        lines = self._program.places.lines("rulebook.yaml")
        at = pointer("partitions", family.id)
        line = lines.get(at + "/given", lines.get(at, 1))
        return Issue("empty", family.rules, statement, self._program.places.name("rulebook.yaml"), line)

    def conflicts(self, file: AuditFile) -> Iterator[Issue | str]:
        """Yield the opposed rules that fire for one record, or the statement that they never do."""
        for opposition in file.opposes:
            active = [rule for rule in opposition.rules if rule in self._program.rules]
            for pair in combinations(active, 2):
                both = self._both_fire(pair)
                if both is None:
                    yield f"opposed rules {pair[0]} and {pair[1]} never fire for one record"
                else:
                    search, when = both
                    statement = f"{pair[0]} and {pair[1]} fire for one record{when}: {opposition.because}"
                    yield self._issue("conflict", pair, statement, search)

    def _both_fire(self, pair: tuple[str, str]) -> tuple[Search, str] | None:
        """Return the search for a record for which two rules fire, and its edition; None if none does."""
        for search, when in self._editions(pair):
            both = search.first(search.prover.all_fire(pair), _fired(pair))
            if not both.impossible:
                return both, when
        return None

    def contradictions(self, file: AuditFile) -> Iterator[Issue | str]:
        """Yield the pairs of rules that may contradict each other, or the statement that none does."""
        pairs = list(candidates(self._program, file))
        found = 0
        for pair, numbers in pairs:
            both = self._both_fire(pair)
            if both is None:
                continue
            found += 1
            search, when = both
            names = " and ".join(self._program.facts[name].title for name in numbers)
            rules = self._program.rulebook.rules
            kinds = " and ".join(f"{rule} ({rules[rule].file.advisory.indicator})" for rule in pair)
            statement = f"{kinds} fire for one record about the same {names}{when}"
            issue = self._issue("contradiction", pair, statement, search)
            yield replace(issue, accepted=file.why_together(pair))
        if pairs and found < len(pairs):
            yield f"{len(pairs) - found} other pairs of rules about the same number never fire together"

    def _issue(self, kind: IssueKind, rules: tuple[str, ...], statement: str, search: Search) -> Issue:
        decision = self._program.decisions[rules[0]]
        record = None if search.found is None else search.found.record
        return Issue(kind, rules, statement, decision.file, decision.line, record, search.found is not None)


def _fired(rules: Sequence[str], none_of: Sequence[str] = ()) -> Callable[[Replayed], str | None]:
    def accept(replayed: Replayed) -> str | None:
        fired = all(replayed.outcomes[rule] == "fired" for rule in rules)
        return "" if fired and all(replayed.outcomes[rule] != "fired" for rule in none_of) else None

    return accept

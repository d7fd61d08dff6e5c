"""One audit, from a recording of the scenarios to everything that is reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from cds_engine.audit.accepted import read_audit_file
from cds_engine.audit.coverage import cover
from cds_engine.audit.evidence import claim_uses, evidence_targets
from cds_engine.audit.missing import scenario
from cds_engine.audit.mutants import Change
from cds_engine.audit.mutation import mutate, noticing
from cds_engine.audit.observed import observe, place
from cds_engine.audit.program import Programs
from cds_engine.audit.proof.sketch import ASSUMPTIONS
from cds_engine.audit.proving import Proving, Search
from cds_engine.audit.result import AuditResult, Fault, Goal, Issue, Missing, Mutant, Proof
from cds_engine.audit.subjects import subjects
from cds_engine.evaluate import Engine
from cds_engine.rulebook.model import Rulebook
from cds_engine.scenarios.recording import Recording

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and of how much."""
EQUIVALENT = "proved: every rule comes out the same for every record"
NOT_LOOKED_FOR = "not looked for, because the audit ran without proof"


def run_audit(
    rulebook: Rulebook,
    recording: Recording,
    *,
    proof: bool = True,
    goals: Mapping[str, float] | None = None,
    progress: Progress = lambda _what, _done, _of: None,
) -> AuditResult:
    """Return what the scenarios of ``recording`` show about ``rulebook``, and what is proved about it.

    Without ``proof`` every target is assumed to be reachable, no mutant is proved equivalent and no missing
    scenario is written.
    """
    return _Audit(rulebook, recording, proof, progress).run(goals or {})


@dataclass(frozen=True, slots=True)
class _Searched:
    target: Goal
    searches: Sequence[Search]


class _Audit:
    def __init__(self, rulebook: Rulebook, recording: Recording, proof: bool, progress: Progress) -> None:
        self.rulebook = rulebook
        self.recording = recording
        self.file = read_audit_file(rulebook)
        self.programs = Programs(rulebook)
        self.program = self.programs.newest
        self.seen = observe(recording, self.programs)
        self.proving = Proving(self.programs, Engine(rulebook)) if proof else None
        self.progress = progress
        self.titles: Counter[str] = Counter()
        self.kills: dict[int, Search] = {}
        """By the identity of its change, what was found that tells a surviving mutant from the original."""

    def run(self, goals: Mapping[str, float]) -> AuditResult:
        searched = self._targets()
        mutated = self._mutants()
        uses = claim_uses(self.program, self.seen)
        targets = [item.target for item in searched]
        targets += evidence_targets(self.program, uses)
        return AuditResult(
            rulebook={
                "id": self.rulebook.id,
                "version": self.rulebook.version,
                "digest": self.rulebook.digest,
            },
            disclaimer=" ".join(self.rulebook.file.disclaimer.split()),
            scenarios=self.recording.scenarios,
            examples=len(self.recording.examples),
            subjects=subjects(self.program),
            targets=tuple(targets),
            mutants=tuple(mutant for _, mutant in mutated),
            claims=tuple(uses),
            faults=tuple(self._faults()),
            proof=self._proof(mutated),
            missing=(*self._missing(searched), *self._missing_claims(targets), *self._kills(mutated)),
            goals=goals,
        )

    def _targets(self) -> list[_Searched]:
        covered = cover(self.program, self.seen)
        if self.proving is None:
            return [_Searched(target, ()) for target in covered]
        found = []
        for number, (target, searches) in enumerate(self.proving.excuse(covered)):
            found.append(_Searched(target, searches))
            self.progress("looking for missing examples", number + 1, len(covered))
        return found

    def _mutants(self) -> list[tuple[Change, Mutant]]:
        prove = (lambda _: None) if self.proving is None else self._prove

        def progress(done: int, of: int) -> None:
            self.progress("running mutants", done, of)

        reasons = self._reasons()
        return [
            (change, replace(mutant, accepted=reasons.get((mutant.subject, mutant.change))))
            if mutant.fate == "survived"
            else (change, mutant)
            for change, mutant in mutate(self.program, self.seen, prove, progress)
        ]

    def _prove(self, change: Change) -> str | None:
        """Return why nothing could notice a mutant; else keep a record on which it shows."""
        search = self._kill(change)
        self.kills[id(change)] = search
        return EQUIVALENT if search.impossible and change.indicator is None else None

    def _reasons(self) -> dict[tuple[str, str], str]:
        return {(entry.subject, entry.change): entry.because for entry in self.file.accepted}

    def _faults(self) -> Iterable[Fault]:
        """Yield the scenarios that failed, and those that expect nothing of any rule."""
        named = set()
        for failure in self.recording.failures:
            named.add((failure.feature, failure.line))
            where, _, line = place(failure.feature, failure.line).rpartition(":")
            message = failure.message.strip().splitlines()
            yield Fault(
                where, int(line), failure.scenario, failure.kind, message[-1].strip() if message else ""
            )
        for example in self.recording.examples:
            if not example.expectations and (example.feature, example.line) not in named:
                where, _, line = place(example.feature, example.line).rpartition(":")
                yield Fault(
                    where, int(line), example.scenario, "no_expectation", "the scenario expects nothing"
                )

    def _proof(self, mutated: Sequence[tuple[Change, Mutant]]) -> Proof | None:
        if self.proving is None:
            return None
        findings: list[Issue] = []
        proved: list[str] = []
        for number, rule in enumerate(self.program.rules):
            if found := self.proving.unreachable(rule):
                findings.append(found)
            self.progress("proving", number + 1, len(self.program.rules))
        if not findings:
            proved.append(f"each of the {len(self.program.rules)} rules can fire")
        reasons = self._reasons()
        redundant = [
            replace(self.proving.redundant(change), accepted=reasons.get((mutant.subject, mutant.change)))
            for change, mutant in mutated
            if mutant.fate == "equivalent" and change.operator == "dropped"
        ]
        findings += redundant
        if not redundant:
            proved.append("every condition matters: without it some rule comes out otherwise")
        for said in (*self.proving.partitions(), *self.proving.conflicts(self.file)):
            if isinstance(said, Issue):
                findings.append(said)
            else:
                proved.append(said)
        return Proof(tuple(findings), tuple(proved), ASSUMPTIONS)

    def _missing(self, searched: Iterable[_Searched]) -> Iterable[Missing]:
        for item in searched:
            target = item.target
            if not target.missing:
                continue
            reasons = [search.reason for search in item.searches if search.found is None]
            if not item.searches:
                reasons = [NOT_LOOKED_FOR]
            texts = [
                scenario(self._title(target.name), search)
                for search in item.searches
                if search.found is not None
            ]
            yield Missing(target.name, "\n".join(texts), reasons[0] if reasons else None)

    def _missing_claims(self, targets: Iterable[Goal]) -> Iterable[Missing]:
        for target in targets:
            if target.kind == "evidence" and target.missing:
                yield Missing(
                    target.name, "", "see the scenarios in which its rules fire, or say why it has none"
                )

    def _kills(self, mutated: Iterable[tuple[Change, Mutant]]) -> Iterable[Missing]:
        """Yield for every surviving mutant that is not accepted a scenario that would kill it."""
        for change, mutant in mutated:
            if mutant.fate != "survived" or mutant.accepted is not None:
                continue
            if self.proving is None:
                yield Missing(mutant.name, "", NOT_LOOKED_FOR)
                continue
            search = self.kills[id(change)]
            indicator = None
            if change.indicator is not None:
                indicator = self.rulebook.rules[change.subject].file.advisory.indicator
            title = self._title(mutant.name)
            text = "" if search.found is None else scenario(title, search, indicator=indicator)
            yield Missing(mutant.name, text, search.reason)

    def _kill(self, change: Change) -> Search:
        """Look for a record that a mutant answers otherwise."""
        assert self.proving is not None
        proving = self.proving
        if change.indicator is not None:
            rule = change.subject
            sketches = proving.prover.outcome(rule, "fired")
            return proving.search(sketches, lambda found: rule if found.outcomes[rule] == "fired" else None)
        notices = noticing(self.program, change)
        return proving.differing(change, lambda found: notices(proving.seen(found, "")))

    def _title(self, name: str) -> str:
        """Return a name for a scenario that no other scenario of this audit has."""
        self.titles[name] += 1
        return name if self.titles[name] == 1 else f"{name} ({self.titles[name]})"

"""One audit: from a recording of the scenarios to the result that every report shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from cds_engine.audit.audit_file import read_audit_file, specification, stale_entries
from cds_engine.audit.coverage import measure_coverage
from cds_engine.audit.coverage_file import Exclusions, read_exclusions
from cds_engine.audit.decision_views import decision_views
from cds_engine.audit.evidence import claim_uses, evidence_goals
from cds_engine.audit.examples import observe_examples, place
from cds_engine.audit.missing_scenarios import scenario_text
from cds_engine.audit.mutation import Mistake, mutate
from cds_engine.audit.places import shown
from cds_engine.audit.program import Programs
from cds_engine.audit.proof.assumptions import assumptions
from cds_engine.audit.record_search import RecordSearches, Search
from cds_engine.audit.result import (
    NOT_CHECKED,
    AuditResult,
    Goal,
    Issue,
    Kind,
    Missing,
    Mutant,
    Proof,
    ScenarioProblem,
    ScenarioView,
)
from cds_engine.audit.rule_issues import RuleIssues
from cds_engine.audit.terminology import audit_terminology
from cds_engine.evaluate import Engine
from cds_engine.rulebook.lock import lost_proofs
from cds_engine.rulebook.model import Rulebook
from cds_engine.scenarios.recording import Recording

Progress = Callable[[str, int, int], None]
"""Called with a description of the work, how much of it is done, and how much there is."""
EQUIVALENT = "proved: every rule has the same outcome for every record"
NOT_SEARCHED = "no search, because the audit ran without proof"


def run_audit(
    rulebook: Rulebook,
    recording: Recording,
    *,
    proof: bool = True,
    required: Mapping[Kind, float] | None = None,
    progress: Progress = lambda _what, _done, _of: None,
) -> AuditResult:
    """Return what the scenarios of ``recording`` show about ``rulebook``, and what is proved about it.

    Without ``proof``, no missing scenario is written, and nothing new is proved impossible: the audit leaves
    out the goals and mutants that ``coverage.json`` lists as such, and counts all others.

    Args:
        rulebook: the rulebook to audit.
        recording: a run of its scenarios.
        proof: whether to prove statements and to search for missing scenarios.
        required: the percentage that must be covered, by kind of goal; that of ``audit.toml`` if None.
        progress: called as the work goes on.

    Raises:
        RulebookError: if ``audit.toml`` has errors, or if a file of the rulebook has changed.
    """
    return _Audit(rulebook, recording, proof, progress).run(required)


@dataclass(frozen=True, slots=True)
class _SearchedGoal:
    goal: Goal
    searches: Sequence[Search]


class _Audit:
    def __init__(self, rulebook: Rulebook, recording: Recording, proof: bool, progress: Progress) -> None:
        self.rulebook = rulebook
        self.recording = recording
        self.file = read_audit_file(rulebook)
        self.programs = Programs(rulebook)
        self.program = self.programs.newest
        self.examples = observe_examples(recording, self.programs)
        engine = Engine(rulebook)
        self.vocabulary = engine.vocabulary
        self.searches = RecordSearches(self.programs, engine) if proof else None
        self.exclusions = Exclusions() if proof else read_exclusions(rulebook)
        self.reasons = {(entry.subject, entry.change): entry.because for entry in self.file.accepted}
        self.progress = progress
        self.titles: Counter[str] = Counter()
        self.killing: dict[int, Search] = {}
        """By the identity of the mistake, the search for a record that kills a surviving mutant."""

    def run(self, required: Mapping[Kind, float] | None) -> AuditResult:
        # The terminology comes first: it is read again, and must not have changed while something is proved.
        terminology = audit_terminology(
            self.rulebook, self.recording.cases, partial(self.progress, "reading the terminology")
        )
        uses = claim_uses(self.program, self.examples)
        searched = self._searched_goals()
        mutants = self._mutants()
        goals = [item.goal for item in searched]
        goals += evidence_goals(uses)
        mistakes = tuple(self._accept(mutant) for mutant in terminology.mutants)
        return AuditResult(
            rulebook={
                "id": self.rulebook.id,
                "version": self.rulebook.version,
                "digest": self.rulebook.digest,
            },
            disclaimer=" ".join(self.rulebook.file.disclaimer.split()),
            scenarios=self.recording.scenarios,
            cases=self.recording.cases_run,
            examples=len(self.recording.examples),
            decisions=decision_views(self.program),
            goals=(*goals, *terminology.goals),
            mutants=(*(mutant for _, mutant in mutants), *mistakes),
            claims=tuple(uses),
            scenario_problems=tuple(self._scenario_problems()),
            proof=self._proof(mutants, mistakes),
            missing=(
                *self._missing_goals(searched),
                *self._missing_claims(goals),
                *self._missing_kills(mutants),
                *terminology.missing,
            ),
            required=self.file.goals if required is None else required,
            unreviewed=tuple(dict.fromkeys(self._unreviewed())),
            scenario_views=tuple(self._scenario_views()),
        )

    def _scenario_views(self) -> Iterator[ScenarioView]:
        """Yield every scenario that ran, and every row of an outline, once."""
        seen: set[str] = set()
        for example in self.recording.examples:
            where = place(example.feature, example.line)
            if where not in seen:
                seen.add(where)
                yield ScenarioView(where, example.scenario, example.steps)

    def _unreviewed(self) -> Iterator[str]:
        """Yield the places of the scenarios and terminology cases that nobody has reviewed."""
        for example in self.recording.examples:
            if not example.reviewed:
                yield place(example.feature, example.line)
        for case in self.recording.cases:
            if not case.reviewed:
                yield place(case.feature, case.line)

    def _searched_goals(self) -> list[_SearchedGoal]:
        """Return every goal but those of the evidence, excused where no record can show it."""
        goals = measure_coverage(self.program, self.examples)
        if self.searches is None:
            return [_SearchedGoal(self._excused_earlier(goal), ()) for goal in goals]
        searched = []
        for number, (goal, searches) in enumerate(self.searches.excuse(goals), 1):
            searched.append(_SearchedGoal(goal, searches))
            self.progress("looking for missing examples", number, len(goals))
        return searched

    def _excused_earlier(self, goal: Goal) -> Goal:
        excluded = goal.missing and self.exclusions.has_goal(goal)
        return replace(goal, excused=NOT_CHECKED) if excluded else goal

    def _mutants(self) -> list[tuple[Mistake, Mutant]]:
        def progress(done: int, of: int) -> None:
            self.progress("running mutants", done, of)

        return [
            (mistake, self._accept(mutant))
            for mistake, mutant in mutate(self.programs.all, self.examples, self._equivalence, progress)
        ]

    def _accept(self, mutant: Mutant) -> Mutant:
        """Return a mutant with the reason for which ``audit.toml`` accepts that it survived, if it does."""
        if mutant.fate != "survived":
            return mutant
        return replace(mutant, accepted=self.reasons.get((mutant.subject, mutant.change)))

    def _equivalence(self, mistake: Mistake) -> str | None:
        """Return why no record can tell a surviving mutant from the original; None if one may."""
        change = mistake.first
        if self.searches is None:
            return NOT_CHECKED if self.exclusions.has_mutant(change.subject, change.text) else None
        found = [self.searches.of(program).killing(each) for program, each in mistake.changes]
        self.killing[id(mistake)] = next((search for search in found if search.found is not None), found[0])
        impossible = all(search.impossible for search in found)
        return EQUIVALENT if impossible and change.indicator is None else None

    def _scenario_problems(self) -> Iterator[ScenarioProblem]:
        """Yield the scenarios that failed, and those that expect nothing of any rule."""
        failed = set()
        for failure in self.recording.failures:
            failed.add((failure.feature, failure.line))
            where, _, line = place(failure.feature, failure.line).rpartition(":")
            lines = failure.message.strip().splitlines()
            message = lines[-1].strip() if lines else ""
            if failure.kind == "feature":  # its message begins with the place
                message = message.partition(": ")[2] or message
            yield ScenarioProblem(where, int(line), failure.scenario, failure.kind, message)
        for example in self.recording.examples:
            if not example.expectations and (example.feature, example.line) not in failed:
                where, _, line = place(example.feature, example.line).rpartition(":")
                message = "the scenario expects nothing"
                yield ScenarioProblem(where, int(line), example.scenario, "no_expectation", message)

    def _proof(self, mutants: Sequence[tuple[Mistake, Mutant]], mistakes: Sequence[Mutant]) -> Proof | None:
        if self.searches is None:
            return None
        checks = RuleIssues(self.programs, self.searches)
        issues: list[Issue] = []
        proved: list[str] = []
        for number, rule in enumerate(self.program.rules, 1):
            if issue := checks.unreachable(rule):
                issues.append(issue)
            self.progress("proving", number, len(self.program.rules))
        if not issues:
            proved.append(f"each of the {len(self.program.rules)} rules can fire")
        redundant = [
            replace(
                checks.redundant(mistake.first),
                accepted=self.reasons.get((mutant.subject, mutant.change)),
            )
            for mistake, mutant in mutants
            if mutant.fate == "equivalent" and mutant.operator == "dropped" and mistake.first.trees
        ]
        issues += redundant
        if not redundant:
            proved.append("every condition matters: without it, the outcome of some rule is different")
        all_mutants = [*(mutant for _, mutant in mutants), *mistakes]
        used = {(mutant.subject, mutant.change) for mutant in all_mutants if mutant.fate == "survived"}
        used |= {
            (mutant.subject, mutant.change)
            for _, mutant in mutants
            if mutant.fate == "equivalent" and mutant.operator == "dropped"
        }
        statements = (
            *checks.partitions(),
            *checks.conflicts(self.file),
            *checks.contradictions(self.file),
        )
        issues += [statement for statement in statements if isinstance(statement, Issue)]
        proved += [statement for statement in statements if isinstance(statement, str)]
        together = {frozenset(issue.rules) for issue in issues if issue.kind == "contradiction"}
        issues += stale_entries(self.rulebook, self.file, used, together)
        for lost in lost_proofs(self.rulebook, specification(self.rulebook)):
            issues.append(Issue("unproved", (), lost.message, shown(Path(lost.source)), lost.line or 1))
        return Proof(tuple(issues), tuple(proved), assumptions(self.program))

    def _missing_goals(self, searched: Iterable[_SearchedGoal]) -> Iterator[Missing]:
        for item in searched:
            if not item.goal.missing:
                continue
            name = item.goal.name
            reasons = [search.reason for search in item.searches if search.found is None]
            if self.searches is None:
                reasons = [NOT_SEARCHED]
            texts = [
                scenario_text(self._title(name), search, self.vocabulary)
                for search in item.searches
                if search.found is not None
            ]
            yield Missing(name, "\n".join(texts), reasons[0] if reasons else None)

    @staticmethod
    def _missing_claims(goals: Iterable[Goal]) -> Iterator[Missing]:
        for goal in goals:
            if goal.kind == "evidence" and goal.missing:
                reason = "write a scenario in which one of its rules fires, or say why it is not encodable"
                yield Missing(goal.name, "", reason)

    def _missing_kills(self, mutants: Iterable[tuple[Mistake, Mutant]]) -> Iterator[Missing]:
        """Yield a scenario that would kill each surviving mutant that is not accepted."""
        for mistake, mutant in mutants:
            if mutant.fate != "survived" or mutant.accepted is not None:
                continue
            if self.searches is None:
                yield Missing(mutant.name, "", NOT_SEARCHED)
                continue
            search = self.killing[id(mistake)]
            indicator = None
            if mistake.first.indicator is not None:
                indicator = self.rulebook.rules[mutant.subject].file.advisory.indicator
            title = self._title(mutant.name)
            text = ""
            if search.found is not None:
                text = scenario_text(title, search, self.vocabulary, indicator=indicator)
            yield Missing(mutant.name, text, search.reason)

    def _title(self, name: str) -> str:
        """Return a scenario name that no other scenario of this audit has."""
        self.titles[name] += 1
        return name if self.titles[name] == 1 else f"{name} ({self.titles[name]})"

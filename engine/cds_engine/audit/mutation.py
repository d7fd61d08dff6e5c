"""Runs every mutant on the recorded examples, to see which mistakes the scenarios notice.

Nothing is parsed and no network is built: the reference logic evaluates a mutant on the recorded facts, and
only the rules that it affects. A mutant is killed if an expectation that held no longer does, in any edition.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cds_engine.audit.examples import AnswerBuilder, ObservedExample
from cds_engine.audit.mutants import Change, changes
from cds_engine.audit.program import Code, Program
from cds_engine.audit.result import Mutant
from cds_engine.facts.derivations import Derivations
from cds_engine.language.kleene import Facts, Outcome, compile_expression
from cds_engine.record.chart import Chart, build_chart
from cds_engine.record.validation import read_record
from cds_engine.rulebook.vocabulary import Vocabulary
from cds_engine.scenarios.recording import Expectation, holds

GENERAL = frozenset({"only", "none_of_family"})
"""Expectations about no rule in particular."""
FACTS = frozenset({"missing", "missing_among", "because"})
"""Expectations of a rule that can fail although every outcome stays as it was."""
Prove = Callable[["Mistake"], str | None]
"""Returns the reason why no record can tell the mutant from the original; None if one may."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in the editions in which it can be made, the newest first.

    A change that names a number is a different mistake for each dated value of its parameter.
    """

    changes: tuple[tuple[Program, Change], ...]

    @property
    def first(self) -> Change:
        """The change of the newest of these editions."""
        return self.changes[0][1]


def mutate(
    programs: Sequence[Program],
    seen: Sequence[ObservedExample],
    prove: Prove,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> list[tuple[Mistake, Mutant]]:
    """Return every mutant of the programs of all editions, the newest first, with its fate."""
    runners = {
        id(program): _Runner(program, [example for example in seen if example.program is program])
        for program in programs
    }
    made = _mistakes(programs)
    fates = []
    for number, mistake in enumerate(made):
        found = (runners[id(program)].killer(change) for program, change in mistake.changes)
        fates.append((mistake, _fate(mistake, next(filter(None, found), None), prove)))
        progress(number + 1, len(made))
    return fates


def _mistakes(programs: Sequence[Program]) -> list[Mistake]:
    """Return the mistakes of all editions: changes with the same text in the same place are one."""
    found: dict[tuple[str, ...], list[tuple[Program, Change]]] = {}
    for program in programs:
        names: Counter[tuple[str, ...]] = Counter()
        for change in changes(program):
            name = (change.subject, change.operator, change.pointer, change.text)
            names[name] += 1
            found.setdefault((*name, str(names[name])), []).append((program, change))
    return [Mistake(tuple(listed)) for listed in found.values()]


def _fate(mistake: Mistake, killer: str | None, prove: Prove) -> Mutant:
    change = mistake.first
    file, line = change.place

    def mutant(fate: Any, by: str | None) -> Mutant:
        return Mutant(
            change.subject, change.operator, change.text, file, line, fate, by, pointer=change.pointer
        )

    if killer is not None:
        return mutant("killed", killer)
    reason = prove(mistake)
    return mutant("survived", None) if reason is None else mutant("equivalent", reason)


class _Runner:
    """The examples that can notice a mutant, by the rules that their expectations name."""

    def __init__(self, program: Program, seen: Iterable[ObservedExample]) -> None:
        self.program = program
        self.answers = AnswerBuilder(program.rulebook)
        self.vocabulary = Vocabulary(program.rulebook.terminology)
        self._charts: dict[int, tuple[ObservedExample, Chart]] = {}
        self.general: list[ObservedExample] = []
        self.stating: list[ObservedExample] = []
        self.about: dict[str, list[ObservedExample]] = {name: [] for name in program.rules}
        for example in seen:
            for rule in {item.rule for item in example.held if item.rule in self.about}:
                self.about[rule].append(example)
            if any(item.kind in GENERAL for item in example.held):
                self.general.append(example)
            if any(item.kind == "fact" for item in example.held):
                self.stating.append(example)

    def killer(self, change: Change) -> str | None:
        """Return the place of the first expectation that notices ``change``."""
        if change.indicator is not None:
            indicators = {**self.answers.indicators, change.subject: change.indicator}
            return self._by_indicator(change.subject, indicators)
        code = changed_code(self.program, change)
        touched = touched_rules(self.program, change)
        affected = affected_facts(self.program, change)
        rederive = self.rederiving(change)
        examples = {id(seen): seen for rule in touched for seen in self.about[rule]}
        examples.update((id(seen), seen) for seen in self.general)
        examples.update((id(seen), seen) for seen in (self.stating if affected else ()))
        for seen in examples.values():
            derived = rederive(seen)
            if code is self.program.code and derived is seen.example.facts:
                continue
            if expectation := self._notices(seen, code, derived, touched, affected):
                return f"{seen.place.rpartition(':')[0]}:{expectation.line} ({seen.place})"
        return None

    def _notices(
        self,
        seen: ObservedExample,
        code: Code,
        derived: Facts,
        touched: Sequence[str],
        affected: frozenset[str],
    ) -> Expectation | None:
        facts = code.evaluate_findings(derived)
        changed = {
            name: found
            for name, found in code.outcomes(facts, touched).items()
            if found != seen.outcomes[name]
        }
        outcomes: Mapping[str, Outcome] = {**seen.outcomes, **changed} if changed else seen.outcomes
        answer = self.answers.answer(code, facts, outcomes, seen.example)
        for expectation in seen.held:
            about = expectation.rule in changed or (expectation.kind in GENERAL and changed)
            about = about or (expectation.kind in FACTS and expectation.rule in touched)
            about = about or (expectation.kind == "fact" and expectation.subject in affected)
            if about and not holds(expectation, answer):
                return expectation
        return None

    def _by_indicator(self, rule: str, indicators: Mapping[str, str]) -> str | None:
        for seen in self.about[rule]:
            answer = self.answers.answer(
                self.program.code, seen.facts, seen.outcomes, seen.example, indicators
            )
            for expectation in seen.held:
                if expectation.kind == "indicator" and not holds(expectation, answer):
                    return f"{seen.place.rpartition(':')[0]}:{expectation.line} ({seen.place})"
        return None

    def rederiving(self, change: Change) -> Callable[[ObservedExample], Facts]:
        """Return a function for the facts of an example: as recorded, or derived again where they change."""
        affected = affected_facts(self.program, change)
        if not affected:
            return lambda seen: seen.example.facts
        facts = {fact.name: fact for fact in self.program.rulebook.needed_facts(affected)}
        again = [(change.facts or {}).get(name, fact) for name, fact in facts.items()]
        derivations = Derivations(again, changed_parameters(self.program, change))

        def derive(seen: ObservedExample) -> Facts:
            known = seen.example.facts
            found = derivations.derive(self._chart(seen))[0]
            if all(found.get(name) == known.get(name) for name in affected):
                return known
            kept = {name: value for name, value in known.items() if name not in affected}
            return kept | {name: found[name] for name in affected if name in found}

        return derive

    def _chart(self, seen: ObservedExample) -> Chart:
        """Return the chart of an example, which is built once."""
        cached = self._charts.get(id(seen))
        if cached is None:
            fields = self.program.rulebook.history_fields
            record = read_record(seen.example.record, seen.place, history_fields=fields)
            chart = build_chart(record, seen.example.as_of, self.vocabulary, seen.place)
            cached = self._charts[id(seen)] = seen, chart
        return cached[1]


def noticing(program: Program, change: Change) -> Callable[[ObservedExample], str | None]:
    """Return a function that names a rule for which an example's outcome differs under a mutant."""
    code, touched = changed_code(program, change), touched_rules(program, change)
    rederive = _Runner(program, []).rederiving(change)

    def notices(seen: ObservedExample) -> str | None:
        outcomes = code.outcomes(code.evaluate_findings(rederive(seen)), touched)
        return next((name for name in touched if outcomes[name] != seen.outcomes[name]), None)

    return notices


def changed_parameters(program: Program, change: Change) -> dict[str, Decimal]:
    """Return the parameter values of a mutant."""
    values = dict(program.parameters)
    if change.parameter is not None:
        name, value = change.parameter
        values[name] = value
    return values


def changed_code(program: Program, change: Change) -> Code:
    """Return the code of a mutant."""
    if not change.trees:
        return program.code
    rules, findings = dict(program.code.rules), dict(program.code.findings)
    for name, (applies_to, when) in change.trees.items():
        if name in rules:
            rules[name] = (compile_expression(applies_to), compile_expression(when))
        else:
            findings[name] = compile_expression(when)
    return Code(rules, findings)


def touched_rules(program: Program, change: Change) -> tuple[str, ...]:
    """Return the rules whose outcome a mutant may change."""
    touched: dict[str, None] = {}
    for name in change.trees or {}:
        touched.update(dict.fromkeys(program.rules_reading(name)))
    affected = affected_facts(program, change)
    for name in program.rules if affected else ():
        if not affected.isdisjoint(program.asked(name)):
            touched[name] = None
    return tuple(touched)


def affected_facts(program: Program, change: Change) -> frozenset[str]:
    """Return the facts that a mutant may derive differently."""
    changed = set(change.facts or ())
    if change.parameter is not None:
        changed |= {fact.name for fact in program.facts_with(change.parameter[0])}
    return program.facts_reading(changed) if changed else frozenset()

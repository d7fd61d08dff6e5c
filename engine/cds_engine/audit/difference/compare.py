"""Compares two rulebooks: rule by rule, fact by fact, parameter by parameter."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import islice

from cds_engine.audit.difference.pairing import paired
from cds_engine.audit.difference.result import (
    Compared,
    DataChange,
    DifferenceWitness,
    Kind,
    RulebookDifference,
    Verdict,
)
from cds_engine.audit.difference.written import as_text, other_changes, written_changes
from cds_engine.audit.program import Program
from cds_engine.audit.proof import UndecidedError
from cds_engine.audit.proof.comparison import WAYS, PairProver, Way
from cds_engine.audit.record_search import ATTEMPTS
from cds_engine.audit.witness import Replay, Replayed, record_of
from cds_engine.errors import RecordError
from cds_engine.evaluate import Engine
from cds_engine.language.expressions import leaves, resolve
from cds_engine.language.queries import facts_read, parameters_read
from cds_engine.record.chart import Chart
from cds_engine.rulebook.files import Parameter
from cds_engine.rulebook.meaning import fact_meaning, parameter_meaning
from cds_engine.rulebook.model import Fact, Rule, Rulebook
from cds_engine.rulebook.prose import lines
from cds_engine.rulebook.text import format_value

State = Callable[[Engine, Replayed], str]
"""Says what a rulebook makes of a record, such as the outcome of a rule."""


def compare_rulebooks(before: Rulebook, after: Rulebook) -> RulebookDifference:
    """Return what differs between two rulebooks, each difference with records that show it.

    A rule, fact or parameter is equal if it and everything that it reads means the same, or if it is proved
    that no record is treated differently.
    """
    return _Comparison(before, after).run()


class _Comparison:
    def __init__(self, before: Rulebook, after: Rulebook) -> None:
        self.before = before
        self.after = after
        self.engines = Engine(before), Engine(after)
        one, other = paired(before, after)
        self.terminology = one.terminology
        changes = {*before.editions, *after.editions}
        days = {max(before.first_day, after.first_day), *changes}
        days |= {min(changes) - datetime.timedelta(days=1)} if changes else set()
        self.programs = {day: (Program(one, day), Program(other, day)) for day in sorted(days, reverse=True)}
        self.provers = {day: PairProver(*programs) for day, programs in self.programs.items()}

    def run(self) -> RulebookDifference:
        return RulebookDifference(
            before=_identity(self.before),
            after=_identity(self.after),
            disclaimer=" ".join(self.after.file.disclaimer.split()),
            items=(*self.rules(), *self.facts(), *self.parameters()),
            data=other_changes(self.before, self.after),
        )

    # What differs

    def rules(self) -> Iterator[Compared]:
        for name in sorted({*self.before.rules, *self.after.rules}):
            old, new = self.before.rules.get(name), self.after.rules.get(name)
            path = (new or self.before.rules[name]).path
            changes = written_changes(path, old.file if old else None, new.file if new else None)
            was_active, is_active = (rule is not None and rule.file.status == "active" for rule in (old, new))
            if was_active != is_active:
                yield Compared("rule", name, "added" if is_active else "removed", changes=changes)
            elif old is None or new is None:
                verdict: Verdict = "added" if old is None else "removed"
                yield Compared("rule", name, verdict, "it is not active", changes=changes)
            elif not is_active or self._same_rule(old, new):
                yield self._with_indicator(old, new, Compared("rule", name, "equal", changes=changes))
            else:
                yield self._with_indicator(old, new, self._proved("rule", name, changes))

    @staticmethod
    def _with_indicator(old: Rule, new: Rule, found: Compared) -> Compared:
        """Return the verdict on a rule, which is different if its indicator is."""
        before, after = old.file.advisory.indicator, new.file.advisory.indicator
        if before == after:
            return found
        return replace(found, verdict="different", reason=f"{before} becomes {after}")

    def facts(self) -> Iterator[Compared]:
        for name in sorted({*self.before.facts, *self.after.facts}):
            old, new = self.before.facts.get(name), self.after.facts.get(name)
            if old is None or new is None:
                yield Compared("fact", name, "added" if old is None else "removed")
                continue
            changes = self._fact_changes(old, new)
            if fact_meaning(old) == fact_meaning(new):
                yield Compared("fact", name, "equal", changes=changes)
            elif old.kind != new.kind:
                yield Compared("fact", name, "different", f"{old.kind} becomes {new.kind}", changes=changes)
            elif not self._is_read(name):
                yield Compared("fact", name, "different", "no active rule reads it", changes=changes)
            else:
                yield self._proved("fact", name, changes)

    def _fact_changes(self, old: Fact, new: Fact) -> tuple[DataChange, ...]:
        """Return the keys of a fact that are written differently."""
        before, after = _fact_parts(self.before, old), _fact_parts(self.after, new)
        return tuple(
            DataChange("facts.yaml", f"{new.place}/{key}", as_text(before.get(key)), as_text(after.get(key)))
            for key in dict.fromkeys((*before, *after))
            if before.get(key) != after.get(key)
        )

    def parameters(self) -> Iterator[Compared]:
        for name in sorted({*self.before.parameters, *self.after.parameters}):
            old, new = self.before.parameters.get(name), self.after.parameters.get(name)
            changes = written_changes("parameters.yaml", old, new)
            if old is None or new is None:
                yield Compared("parameter", name, "added" if old is None else "removed", changes=changes)
            elif parameter_meaning(old) == parameter_meaning(new):
                yield Compared("parameter", name, "equal", changes=changes)
            else:
                reason = f"{_values(old)} becomes {_values(new)}"
                yield Compared("parameter", name, "different", reason, changes=changes)

    # What is the same by construction

    def _same_rule(self, old: Rule, new: Rule) -> bool:
        """Return whether a rule, and every fact and parameter that it reads, means the same in both."""
        if (old.applies_to, old.when) != (new.applies_to, new.when):
            return False
        asked = [leaf for part in (old.applies_to, old.when) for leaf in leaves(part)]
        parameters = {leaf.parameter for leaf in asked if leaf.parameter is not None}
        return self._same_parameters(parameters) and all(self._same_fact(leaf.fact) for leaf in asked)

    def _same_fact(self, name: str) -> bool:
        old, new = self.before.facts[name], self.after.facts.get(name)
        if new is None or fact_meaning(old) != fact_meaning(new):
            return False
        read, parameters = _reads(old)
        return self._same_parameters(parameters) and all(map(self._same_fact, read))

    def _same_parameters(self, names: Iterable[str]) -> bool:
        old, new = self.before.parameters, self.after.parameters
        return all(
            name in new and parameter_meaning(old[name]) == parameter_meaning(new[name]) for name in names
        )

    def _is_read(self, name: str) -> bool:
        """Return whether a rule of both programs rests on a fact."""
        return all(
            name in program.findings or name in {fact.name for fact in program.facts_needed}
            for program in next(iter(self.programs.values()))
        )

    # What is proved

    def _proved(self, kind: Kind, name: str, changes: tuple[DataChange, ...]) -> Compared:
        """Return the verdict on a rule or fact, with a confirmed record for each way in which it differs."""
        found: dict[Way, DifferenceWitness] = {}
        open_question = ""
        for way in WAYS:
            if way == "other" and found:
                break
            for day, prover in self.provers.items():
                try:
                    witness, tried = self._search(kind, name, way, day, prover)
                except UndecidedError as error:
                    open_question = f"the solver gave up: {error}"
                    continue
                if witness is not None:
                    found[way] = witness
                    break
                if tried:
                    open_question = f"none of {tried} records that the solver proposed shows a difference"
        witnesses = tuple(found.values())
        if found.keys() >= {"less", "more"} or "other" in found:
            return Compared(kind, name, "different", "", witnesses, changes)
        if open_question:
            return Compared(kind, name, "undecided", open_question, witnesses, changes)
        if found:
            verdict: Verdict = "narrower" if "less" in found else "wider"
            return Compared(kind, name, verdict, "", witnesses, changes)
        return Compared(kind, name, "equal", "proved for every record", (), changes)

    def _search(
        self, kind: Kind, name: str, way: Way, day: datetime.date, prover: PairProver
    ) -> tuple[DifferenceWitness | None, int]:
        """Return a record that the engine treats so with each rulebook, and how many were tried."""
        state: State
        if kind == "rule":
            charts, state, true = prover.rule(name, way), _outcome(name), "fired"
        elif self.before.facts[name].kind == "boolean":
            charts, state, true = prover.boolean(name, way), _value(name), "yes"
        elif way == "other":
            charts, state, true = prover.value(name), _value(name), ""
        else:
            return None, 0
        tried = 0
        for chart in islice(charts, ATTEMPTS):
            tried += 1
            witness = self._confirmed(chart, state)
            if witness is None or witness.before == witness.after:
                continue
            if way == "other" or (witness.before if way == "less" else witness.after) == true:
                return witness, tried
        return None, tried

    def _confirmed(self, chart: Chart, state: State) -> DifferenceWitness | None:
        """Return what the engine says about a record with each rulebook; None if one refuses it."""
        record = record_of(chart, self.terminology)
        try:
            old, new = (state(engine, Replay(engine).run(record)) for engine in self.engines)
        except RecordError:
            return None
        return DifferenceWitness(record, old, new)


def _outcome(rule: str) -> State:
    return lambda _, replayed: replayed.outcomes[rule]


def _value(fact: str) -> State:
    def state(engine: Engine, replayed: Replayed) -> str:
        values = engine.edition(replayed.day).evaluate_findings(replayed.facts)
        declared = engine.rulebook.facts[fact]
        return format_value(values[fact], declared.unit) if fact in values else "unknown"

    return state


def _reads(fact: Fact) -> tuple[list[str], list[str]]:
    """Return the facts and parameters that a fact reads."""
    if fact.derivation is not None:
        return facts_read(fact.derivation), parameters_read(fact.derivation)
    asked = list(leaves(fact.finding)) if fact.finding is not None else []
    return [leaf.fact for leaf in asked], [leaf.parameter for leaf in asked if leaf.parameter is not None]


def _fact_parts(rulebook: Rulebook, fact: Fact) -> dict[str, object]:
    """Return the keys of a fact as they are written; of a finding, its condition in English."""
    if fact.finding is None:
        return {**fact.declared}
    latest = datetime.date.max
    condition = resolve(fact.finding, rulebook.values_at(latest))
    return {"title": fact.title, "when": "; ".join(lines(condition, rulebook.facts_at(latest)))}


def _values(parameter: Parameter) -> str:
    dated = (f"{format_value(each.value, parameter.unit)} since {each.since}" for each in parameter.values)
    return "; ".join(dated)


def _identity(rulebook: Rulebook) -> dict[str, str]:
    return {"id": rulebook.id, "version": rulebook.version, "digest": rulebook.digest}

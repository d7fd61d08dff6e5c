"""All patient records as a formula: the facts in terms of the parts of a chart they are derived from.

The relations between facts that hold by construction are therefore not listed but follow: a result that is
known was taken, an active drug makes its group active, a section that was left out makes all its facts
unknown. What is assumed beyond the derivations is said in :data:`cds_engine.audit.proof.sketch.ASSUMPTIONS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any as Formula

import z3

from cds_engine.audit.proof.expressions import Variable
from cds_engine.audit.proof.sketch import LONGEST, OTHER, Part, Sketch
from cds_engine.rulebook import files
from cds_engine.rulebook.model import Fact, Rulebook
from cds_engine.rulebook.vocabulary import Vocabulary

_ONE = Decimal(1)


class Charts:
    """The facts of ``rulebook`` over an arbitrary chart; parts and their domains arise when asked for.

    Measured numbers are multiples of their resolution divided by ``fineness``.
    """

    def __init__(self, rulebook: Rulebook, vocabulary: Vocabulary, fineness: int = 1) -> None:
        self.rulebook = rulebook
        self.vocabulary = vocabulary
        self.fineness = fineness
        self.constraints: list[Formula] = []
        self._parts: dict[Part, tuple[Formula, Decimal, tuple[str, ...]]] = {}

    def variables(self, parameters: Mapping[str, Decimal]) -> Callable[[str], Variable]:
        """Return how each fact follows from the chart, with these values of the parameters."""
        made: dict[str, Variable] = {}

        def variable(name: str) -> Variable:
            if name not in made:
                fact = self.rulebook.facts[name]
                made[name] = self._fact(fact, parameters)
                if fact.kind == "number":
                    self._within(made[name], fact)
            return made[name]

        return variable

    def _within(self, variable: Variable, fact: Fact) -> None:
        low, high = fact.minimum / variable.step, fact.maximum / variable.step
        inside = z3.And(variable.value >= int(low), variable.value <= int(high))
        self.constraints.append(z3.Implies(variable.known, inside))

    # parts

    def flag(self, *part: str) -> Formula:
        """Return a part that is true or false."""
        if part not in self._parts:
            self._parts[part] = (z3.Bool("/".join(part)), _ONE, ())
        return self._parts[part][0]

    def number(self, *part: str, step: Decimal = _ONE, low: Decimal | None = None, high: Decimal) -> Formula:
        """Return a part that is a number of steps."""
        if part not in self._parts:
            value = z3.Int("/".join(part))
            self._parts[part] = (value, step, ())
            least = 0 if low is None else int(low / step)
            self.constraints.append(z3.And(value >= least, value <= int(high / step)))
        return self._parts[part][0]

    def _step(self, fact: Fact) -> Decimal:
        return fact.resolution / self.fineness

    def _measured(self, fact: Fact, *part: str) -> Formula:
        """Return a part that is a measured number within the domain of ``fact``."""
        return self.number(*part, step=self._step(fact), low=fact.minimum, high=fact.maximum)

    def code(self, *part: str, codes: tuple[str, ...], other: bool) -> Formula:
        """Return a part that is the position of a code."""
        if part not in self._parts:
            value = z3.Int("/".join(part))
            self._parts[part] = (value, _ONE, (*codes, OTHER))
            self.constraints.append(z3.And(value >= 0, value < len(codes) + int(other)))
        return self._parts[part][0]

    def days(self, *part: str) -> Formula:
        """Return a part that is a number of days before the evaluation."""
        return self.number(*part, high=Decimal(LONGEST))

    def parts(self) -> list[Formula]:
        """Return the parts that were asked for."""
        return [variable for variable, _, _ in self._parts.values()]

    def sketch(self, model: Formula) -> Sketch:
        """Return what a model says about the parts that were asked for."""
        parts: dict[Part, bool | Decimal | str] = {}
        for part, (variable, step, codes) in self._parts.items():
            value = model.eval(variable, model_completion=True)
            if z3.is_bool(variable):
                parts[part] = z3.is_true(value)
            else:
                number = value.as_long()
                parts[part] = codes[number] if codes else number * step
        return Sketch(parts)

    def preferences(self) -> list[Formula]:
        """Return what makes a record easy to read: sections are given, nothing is stated as not known."""
        wanted = []
        for part, (variable, _, _) in self._parts.items():
            if len(part) == 1:
                wanted.append(variable)
            elif part[-1] in ("open", "undated", "extra", "second", "stopped", "ever"):
                wanted.append(z3.Not(variable))
            elif part[-1].endswith("known") or part[-1] == "stated":
                wanted.append(variable)
        return wanted

    # facts

    def _fact(self, fact: Fact, parameters: Mapping[str, Decimal]) -> Variable:
        declared: Formula = fact.derivation

        def limit(reference: str | None) -> int | None:
            return None if reference is None else int(parameters[reference.removeprefix("$")])

        match declared:
            case files.Age():
                years = self.number("patient", "age", "years", high=fact.maximum)
                return Variable(self.flag("patient", "age", "known"), years)
            case files.History(field=field):
                known = z3.And(self.flag("history"), self.flag("history", field, "known"))
                return Variable(known, self.number("history", field, "value", high=fact.maximum))
            case files.ConditionPresent(condition=name):
                return self._stated("conditions", name)
            case files.SymptomPresent(symptom=name):
                return self._stated("symptoms", name)
            case files.SymptomSeverity(symptom=name):
                present = self._stated("symptoms", name)
                known = z3.And(present.known, present.value, self.flag("symptoms", name, "severity known"))
                level = self.code("symptoms", name, "severity", codes=fact.codes, other=False)
                return Variable(known, level, codes=fact.codes)
            case (
                files.MedicationActive()
                | files.MedicationDose()
                | files.MedicationDays()
                | files.MedicationStopped()
                | files.MedicationDaysSinceStop()
                | files.MedicationIndication()
            ):
                return self._medication(fact, declared)
            case files.ObservationChange():
                return self._change(fact, declared, limit(declared.fresh))
            case files.ObservationTaken():
                return self._taken(declared, limit(declared.before) or 0, limit(declared.after) or 0)
            case files.ObservationEver(observation=name):
                members = self.vocabulary.observations[name]
                return Variable(self.flag("observations"), z3.Or([self._ever(o) for o in members]))
            case files.ObservationDaysSince(observation=name):
                return self._days_since(self.vocabulary.observations[name])
            case files.ObservationLatest() | files.ObservationPrevious() | files.ObservationFall():
                return self._result(fact, declared, limit(getattr(declared, "fresh", None)))
        raise AssertionError(f"no formula for {declared!r}")

    def _stated(self, section: str, name: str) -> Variable:
        """Return whether a condition or symptom is present; unknown where said to be, or nothing is given."""
        known = z3.And(self.flag(section), z3.Not(self.flag(section, name, "open")))
        return Variable(known, self.flag(section, name, "present"))

    # medications

    def _active(self, drug: str) -> Formula:
        return self.flag("drug", drug, "active")

    def _start(self, drugs: Iterable[str]) -> tuple[Formula, Formula]:
        """Return whether the start of the treatment is known, and the days since."""
        members = list(drugs)
        active = [self._active(drug) for drug in members]
        stated = [z3.Implies(self._active(d), self.flag("drug", d, "start known")) for d in members]
        known = z3.And(self.flag("medications"), z3.Or(active), *stated)
        return known, _extreme(active, [self.days("drug", drug, "days") for drug in members], longest=True)

    def _medication(self, fact: Fact, declared: Formula) -> Variable:
        drugs = self.vocabulary.drugs[declared.drug]
        given, active = self.flag("medications"), [self._active(drug) for drug in drugs]
        match declared:
            case files.MedicationActive():
                return Variable(given, z3.Or(active))
            case files.MedicationDays():
                known, days = self._start(drugs)
                return Variable(known, days)
            case files.MedicationDose():
                amounts = [self._measured(fact, "drug", drug, "dose") for drug in drugs]
                stated = [z3.Implies(self._active(d), self.flag("drug", d, "dose known")) for d in drugs]
                taken = [z3.If(now, amount, 0) for now, amount in zip(active, amounts, strict=True)]
                return Variable(z3.And(given, z3.Or(active), *stated), z3.Sum(taken), self._step(fact))
            case files.MedicationIndication(conditions=conditions):
                return self._indication(fact, drugs[0], conditions)
        stopped = [self.flag("drug", drug, "stopped") for drug in drugs]
        if isinstance(declared, files.MedicationStopped):
            return Variable(given, z3.Or(stopped))
        days = [self.days("drug", drug, "days since stop") for drug in drugs]
        return Variable(z3.And(given, z3.Or(stopped)), _extreme(stopped, days, longest=False))

    def _indication(self, fact: Fact, drug: str, conditions: Iterable[str]) -> Variable:
        """Return the stated indication, else the only one of ``conditions`` that is present."""
        stated = self.flag("drug", drug, "stated")
        value = self.code("drug", drug, "indication", codes=fact.codes, other=True)
        candidates = {name: self._stated("conditions", name) for name in conditions}
        present = [variable.value for variable in candidates.values()]
        only = z3.And([v.known for v in candidates.values()] + [z3.PbEq([(p, 1) for p in present], 1)])
        fallback: Formula = z3.IntVal(-1)
        for name, variable in candidates.items():
            fallback = z3.If(variable.value, z3.IntVal(fact.codes.index(name)), fallback)
        known = z3.And(self.flag("medications"), self._active(drug), z3.Or(stated, only))
        return Variable(known, z3.If(stated, value, fallback), codes=fact.codes)

    # observations

    def _ever(self, name: str) -> Formula:
        return self.flag("observation", name, "ever")

    def _dated(self, name: str) -> Formula:
        undated = self.flag("observation", name, "undated")
        return z3.And(self.flag("observations"), self._ever(name), z3.Not(undated))

    def _latest_day(self, name: str) -> Formula:
        return self.days("observation", name, "days")

    def _days_since(self, names: Iterable[str]) -> Variable:
        members = list(names)
        ever = [self._ever(name) for name in members]
        dated = [z3.Implies(self._ever(name), self._dated(name)) for name in members]
        days = _extreme(ever, [self._latest_day(name) for name in members], longest=False)
        return Variable(z3.And(self.flag("observations"), z3.Or(ever), *dated), days)

    def _result(self, fact: Fact, declared: Formula, fresh: int | None) -> Variable:
        name = declared.observation
        kind = {"observation_latest": "value", "observation_previous": "previous"}.get(
            declared.derive, "fall"
        )
        value = self._measured(fact, "observation", name, kind)
        needed = [self._dated(name)]
        if kind in ("value", "fall"):
            needed.append(self.flag("observation", name, "value known"))
            if fresh is not None:
                needed.append(self._latest_day(name) <= fresh)
        if kind in ("previous", "fall"):
            earlier = self.days("observation", name, "previous days")
            needed += [self.flag("observation", name, "second"), earlier > self._latest_day(name)]
            needed.append(self.flag("observation", name, "previous known"))
            if kind == "fall" and fresh is not None:
                needed.append(earlier <= fresh)
        return Variable(z3.And(needed), value, self._step(fact))

    def _change(self, fact: Fact, declared: Formula, fresh: int | None) -> Variable:
        name, drugs = declared.observation, self.vocabulary.drugs[declared.drug]
        started, days = self._start(drugs)
        part = ("observation", name, "change", declared.drug)
        value = self._measured(fact, *part, declared.direction)
        needed = [
            self._dated(name),
            started,
            self.flag("observation", name, "value known"),
            self.flag(*part, "baseline known"),
            self._latest_day(name) < days,
        ]
        if fresh is not None:
            needed.append(self._latest_day(name) <= fresh)
        return Variable(z3.And(needed), value, self._step(fact))

    def _taken(self, declared: Formula, before: int, after: int) -> Variable:
        members = self.vocabulary.observations[declared.observation]
        started, days = self._start(self.vocabulary.drugs[declared.drug])
        ever = [self._ever(name) for name in members]
        inside = []
        for name in members:
            latest = self._latest_day(name)
            window = z3.And(latest <= days + before, latest >= days - after)
            extra = z3.And(self.flag("observation", name, "extra"), latest < days + before)
            inside.append(z3.And(self._dated(name), z3.Or(window, extra)))
        undated = [z3.And(self._ever(name), z3.Not(self._dated(name))) for name in members]
        settled = z3.Or(z3.Or(inside), z3.Not(z3.Or(undated)))
        known = z3.Or(z3.Not(z3.Or(ever)), z3.And(started, settled))
        return Variable(z3.And(self.flag("observations"), known), z3.Or(inside))


def _extreme(present: list[Formula], numbers: list[Formula], *, longest: bool) -> Formula:
    """Return the largest or smallest of the numbers whose flag holds; 0 where none does."""
    result: Formula = z3.IntVal(0)
    found: Formula = z3.BoolVal(False)
    for flag, number in zip(present, numbers, strict=True):
        better = number > result if longest else number < result
        result = z3.If(z3.And(flag, z3.Or(z3.Not(found), better)), number, result)
        found = z3.Or(found, flag)
    return result

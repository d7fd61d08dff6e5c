"""Scenarios with several rulebooks: names are looked up in all of them, and rules are named with theirs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from cds_engine.answer.combined import CombinedEvaluation
from cds_engine.answer.models import Advisory, Evaluation, NotEvaluable, Trace
from cds_engine.language.expressions import Scalar
from cds_engine.rulebook.vocabulary import Quantity, Section
from cds_engine.scenarios.names import OF, NameLookup, split_list
from cds_engine.scenarios.problems import StepError

T = TypeVar("T")


def of_rulebook(rule: str, rulebook: str) -> str:
    """Return the name of a rule in a scenario with several rulebooks."""
    return f"{rule}{OF}{rulebook}"


class SeveralNames:
    """Finds what the names, values and units in steps mean in one of several rulebooks, in their order."""

    def __init__(self, lookups: Sequence[NameLookup]) -> None:
        self.lookups = lookups

    @property
    def first(self) -> NameLookup:
        """The names of the first rulebook."""
        return self.lookups[0]

    def _find(self, find: Callable[[NameLookup], T]) -> T:
        """Return what ``find`` returns for the first rulebook that has the name."""
        errors: list[str] = []
        for names in self.lookups:
            try:
                return find(names)
            except StepError as error:
                errors.append(str(error))
        best = next((error for error in errors if "did you mean" in error), errors[0])
        books = ", ".join(names.rulebook.id for names in self.lookups)
        raise StepError(f"{best} (in none of {books})")

    def concept(self, section: Section, text: str) -> str:
        """Return the concept that ``text`` means."""
        return self._find(lambda names: names.concept(section, text))

    def quantity(self, observation: str) -> Quantity:
        """Return the units of an observation."""
        return self._find(lambda names: names.quantity(observation))

    def dose(self, drug: str) -> Quantity:
        """Return the units of doses in the first rulebook that knows the drug."""
        return self._find(lambda names: names.dose(drug))

    def rule(self, text: str) -> str:
        """Return the rule that ``text`` names, with its rulebook.

        Raises:
            StepError: if there is none, or if several rulebooks have one and the text does not say which.
        """
        rule, separator, rulebook = text.partition(OF)
        known = [names for names in self.lookups if not separator or names.rulebook.id == rulebook]
        found = []
        for names in known or self.lookups:
            try:
                found.append(of_rulebook(names.rule(text), names.rulebook.id))
            except StepError:
                continue
        if len(found) > 1:
            raise StepError(f"several rulebooks have a rule '{rule}'; write one of: {', '.join(found)}")
        return found[0] if found else self._find(lambda names: names.rule(text))

    def fact(self, text: str) -> str:
        """Return the fact that ``text`` names."""
        return self._find(lambda names: names.fact(text))

    def facts(self, text: str) -> tuple[str, ...]:
        """Return the facts in a list such as ``a, b and c``."""
        return tuple(self.fact(part) for part in split_list(text))

    def family(self, text: str) -> str:
        """Return the family of rules that ``text`` names; rules of all rulebooks may be in it."""
        return self._find(lambda names: names.family(text))

    def claim(self, text: str) -> str:
        """Return the claim that ``text`` names."""
        return self._find(lambda names: names.claim(text))

    def conflict(self, text: str) -> str:
        """Return the conflict that ``text`` names."""
        return self._find(lambda names: names.conflict(text))

    def target(self, text: str) -> str:
        """Return the molecular target that ``text`` names."""
        return self._find(lambda names: names.target(text))

    def field(self, text: str) -> str:
        """Return the field of the history that ``text`` names."""
        return self._find(lambda names: names.field(text))

    def value(self, fact: str, text: str) -> Scalar:
        """Return ``text`` as a value of ``fact`` in the first rulebook that has the fact."""
        return next(names for names in self.lookups if fact in names.rulebook.facts).value(fact, text)


def with_named_rules(combined: CombinedEvaluation) -> Evaluation:
    """Return the answer of several rulebooks as one evaluation, in which each rule names its rulebook."""
    trace = tuple(
        Trace(
            rule=of_rulebook(found.rule, found.rulebook), outcome=found.outcome, conditions=found.conditions
        )
        for found in combined.trace or ()
    )
    fields = [name for name in Advisory.__dataclass_fields__ if name != "rule"]
    return Evaluation.model_construct(
        disclaimer=combined.disclaimer,
        as_of=combined.as_of,
        patient_id=combined.patient_id,
        rulebook=combined.rulebooks[0].identity,
        advisories=tuple(
            Advisory(
                rule=of_rulebook(found.rule, found.rulebook),
                **{name: getattr(found, name) for name in fields},
            )
            for found in combined.advisories
        ),
        not_evaluable=tuple(
            NotEvaluable(rule=of_rulebook(found.rule, found.rulebook), missing=found.missing)
            for found in combined.not_evaluable
        ),
        outcomes=replace(combined.outcomes),
        notices=combined.notices,
        trace=trace,
    )

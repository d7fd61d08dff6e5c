"""The recorded examples, ready for counting: what each condition was, and which rules the scenario checks.

A record passes through every rule, which alone shows nothing. An example counts for a rule only if its
scenario expects an outcome of the rule and the expectation held. It counts for a finding if, in addition, the
outcome of a rule that counts depends on the finding alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cds_engine.audit.places import shown
from cds_engine.audit.program import Code, Program, Programs
from cds_engine.language.expressions import Scalar
from cds_engine.language.kleene import Facts, Outcome, Truth, missing_facts, supporting_comparisons
from cds_engine.rulebook.model import Rulebook
from cds_engine.scenarios.recording import Answer, Example, Expectation, Recording, holds


def rules_expected(expectation: Expectation) -> tuple[str, ...]:
    """Return the rules of which an expectation states the outcome."""
    if expectation.kind == "only":
        assert isinstance(expectation.value, tuple)
        return expectation.value
    return () if expectation.rule is None else (expectation.rule,)


class AnswerBuilder:
    """Builds the answers that expectations are compared with; prepares once what never changes."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._rules = rulebook.rules
        self.indicators: Mapping[str, str] = {
            name: rule.file.advisory.indicator for name, rule in rulebook.rules.items()
        }
        self._families = {name: rule.family for name, rule in rulebook.rules.items()}

    def answer(
        self,
        code: Code,
        facts: Facts,
        outcomes: Mapping[str, Outcome],
        example: Example,
        indicators: Mapping[str, str] | None = None,
    ) -> Answer:
        """Return the answer of ``code`` for ``example``; ``facts`` include the findings."""

        def missing(rule: str) -> Iterable[str]:
            return [fact for part in code.rules[rule] for fact in missing_facts(part, facts, code.findings)]

        def because(rule: str) -> dict[str, Scalar]:
            applies_to, when = code.rules[rule]
            named = (
                leaf.fact
                for part in (when, applies_to)
                for leaf in supporting_comparisons(part, facts, code.findings)
            )
            return {fact: facts[fact] for fact in named if fact in facts}

        def cites(rule: str, kind: str) -> list[str]:
            file = self._rules[rule].file
            return {"evidence": file.evidence, "conflict": file.conflicts, "mechanism": file.mechanism}[kind]

        return Answer(
            outcomes=outcomes,
            indicators=self.indicators if indicators is None else indicators,
            families=self._families,
            missing=lambda rule: list(missing(rule)),
            supporting_comparisons=because,
            cites=cites,
            text=self._text,
            facts=facts,
            notices=example.notices,
        )

    def _text(self, rule: str) -> str:
        advisory = self._rules[rule].file.advisory
        return f"{advisory.summary} {advisory.detail}"


@dataclass(frozen=True)
class ObservedExample:
    """One example: its facts with findings, every outcome, and what its scenario checks."""

    example: Example
    place: str
    program: Program
    facts: Facts
    outcomes: Mapping[str, Outcome]
    held: tuple[Expectation, ...]
    """The expectations that held."""
    expected_rules: frozenset[str]
    """The rules whose outcome those expectations state."""

    @cached_property
    def truths(self) -> Mapping[str, tuple[Truth, ...]]:
        """The truth of every condition of every decision."""
        return {name: decision.truths(self.facts) for name, decision in self.program.decisions.items()}

    def observes(self, name: str) -> bool:
        """Whether the scenario would notice if only this decision had the opposite result."""
        if name in self.program.rules:
            return name in self.expected_rules
        return any(
            self.program.decisions[leaf.decision].deciding(self.truths[leaf.decision], leaf.index)
            and self.observes(leaf.decision)
            for leaf in self.program.readers(name)
        )

    def checks(self, name: str) -> bool:
        """Whether the scenario states the outcome of the rule, or of a rule that uses the finding."""
        return not self.expected_rules.isdisjoint(self.program.rules_reading(name))


def observe_examples(recording: Recording, programs: Programs) -> list[ObservedExample]:
    """Return the examples of ``recording`` that can count.

    Refused records cannot. Nor can records of patients who had died: no rule applies to them, whatever the
    conditions are. A scenario that nobody has reviewed states what the rules do, not what they should do.
    """
    answers = AnswerBuilder(programs.rulebook)
    return [
        _observe(example, programs.at(example.as_of), answers)
        for example in recording.examples
        if example.reviewed
        and not example.deceased
        and all(item.kind != "refused" for item in example.expectations)
    ]


def _observe(example: Example, program: Program, answers: AnswerBuilder) -> ObservedExample:
    facts = program.code.evaluate_findings(example.facts)
    outcomes = program.code.outcomes(facts, program.rules)
    answer = answers.answer(program.code, facts, outcomes, example)
    held = tuple(item for item in example.expectations if holds(item, answer))
    expected = frozenset(rule for item in held for rule in rules_expected(item) if rule in program.rules)
    return ObservedExample(
        example, place(example.feature, example.line), program, facts, outcomes, held, expected
    )


def place(feature: str, line: int) -> str:
    """Return the place of a scenario as reports show it: ``file:line``."""
    return f"{shown(Path(feature))}:{line}"

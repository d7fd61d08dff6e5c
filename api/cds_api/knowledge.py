"""The rulebook as the answers of the knowledge routes."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from cds_engine.answer.models import ConflictItem, EvidenceItem, Mechanism, RulebookIdentity
from cds_engine.language.expressions import Expression, leaves, resolve
from cds_engine.rulebook.model import Fact, Rule, Rulebook
from cds_engine.rulebook.prose import lines
from cds_engine.rulebook.text import fill, format_value

from cds_api import models

COVERAGE_FILE = "coverage.json"
_STATED = {"title", "question", "unit", "resolution", "minimum", "maximum"}
"""Fields of a derivation that stand beside it in the answer already."""


class Knowledge:
    """Answers questions about one rulebook."""

    def __init__(self, rulebook: Rulebook, identity: RulebookIdentity) -> None:
        self.rulebook = rulebook
        self.envelope: dict[str, Any] = {"disclaimer": rulebook.file.disclaimer, "rulebook": identity}

    def about(self) -> models.RulebookAnswer:
        """Return identity, families and size."""
        book = self.rulebook
        return models.RulebookAnswer(
            **self.envelope,
            title=book.file.title,
            description=book.file.description,
            families=book.file.families,
            counts={
                "rules": len(book.rules),
                "active_rules": len(book.active_rules),
                "facts": len(book.facts),
                "parameters": len(book.parameters),
                "sources": len(book.evidence.sources),
                "claims": len(book.evidence.claims),
                "conflicts": len(book.evidence.conflicts),
                "targets": len(book.pharmacology.targets),
            },
            editions=book.editions,
        )

    def rules(self) -> models.RulesAnswer:
        """Return all rules."""
        items = [models.RuleItem(**_item(rule)) for _, rule in sorted(self.rulebook.rules.items())]
        return models.RulesAnswer(**self.envelope, rules=items)

    def rule(self, name: str, as_of: datetime.date) -> models.RuleAnswer:
        """Return one rule with the numbers that hold on ``as_of``.

        Raises:
            KeyError: if there is no such rule.
        """
        book = self.rulebook
        rule = book.rules[name]
        file, values = rule.file, book.values_at(as_of)

        def value_of(placeholder: str) -> str | None:
            parameter = placeholder[1:] if placeholder.startswith("$") else None
            return format_value(values[parameter], book.parameters[parameter].unit) if parameter else None

        return models.RuleAnswer(
            **self.envelope,
            **_item(rule) | {"summary": fill(file.advisory.summary, value_of)},
            as_of=as_of,
            rationale=file.rationale,
            detail=fill(file.advisory.detail, value_of),
            applies_to=models.Logic(tree=file.applies_to, sentences=self._english(rule.applies_to, values)),
            when=models.Logic(tree=file.when, sentences=self._english(rule.when, values)),
            numbers=[self._number(name, values[name]) for name in _parameters(rule)],
            evidence=[self._evidence(name) for name in file.evidence],
            mechanism=[
                Mechanism(target=name, statement=book.pharmacology.targets[name].implication)
                for name in file.mechanism
            ],
            conflicts=[
                ConflictItem(conflict=name, statement=found.statement, decision=found.decision)
                for name, found in ((name, book.evidence.conflicts[name]) for name in file.conflicts)
            ],
            limitations=file.limitations,
        )

    def _english(self, expression: Expression, values: Mapping[str, Decimal]) -> list[str]:
        """Return a condition with the numbers of ``values``, also where a finding in it compares."""
        facts = {
            name: fact if fact.finding is None else replace(fact, finding=resolve(fact.finding, values))
            for name, fact in self.rulebook.facts.items()
        }
        return lines(resolve(expression, values), facts)

    def _number(self, name: str, value: Any) -> models.ResolvedNumber:
        parameter = self.rulebook.parameters[name]
        claim = self.rulebook.evidence.claims[parameter.claim]
        return models.ResolvedNumber(
            parameter=name,
            title=parameter.title,
            value=value,
            unit=parameter.unit,
            basis=parameter.basis,
            claim=parameter.claim,
            statement=claim.statement,
            source=self.rulebook.evidence.sources[claim.source].title,
            locator=claim.locator,
        )

    def _evidence(self, name: str) -> EvidenceItem:
        claim = self.rulebook.evidence.claims[name]
        source = self.rulebook.evidence.sources[claim.source].title
        return EvidenceItem(
            claim=name, basis=claim.basis, statement=claim.statement, source=source, locator=claim.locator
        )

    def facts(self) -> models.FactsAnswer:
        """Return all facts."""
        return models.FactsAnswer(
            **self.envelope, facts=[self._fact(f) for f in self.rulebook.facts.values()]
        )

    def _fact(self, fact: Fact) -> models.FactItem:
        number = fact.kind == "number"
        values = self.rulebook.values_at(datetime.date.max)
        return models.FactItem(
            name=fact.name,
            title=fact.title,
            kind=fact.kind,
            unit=fact.unit,
            resolution=fact.resolution if number else None,
            minimum=fact.minimum if number else None,
            maximum=fact.maximum if number else None,
            codes=fact.codes,
            question=fact.question,
            derivation=dict(fact.declared) or None,
            finding=None if fact.finding is None else self._english(fact.finding, values),
            basis=fact.basis,
        )

    def parameters(self) -> models.ParametersAnswer:
        """Return all parameters with all their values."""
        items = {name: models.ParameterItem.model_validate(p) for name, p in self.rulebook.parameters.items()}
        return models.ParametersAnswer(**self.envelope, parameters=items)

    def evidence(self) -> models.EvidenceAnswer:
        """Return sources, claims and conflicts."""
        found = self.rulebook.evidence
        return models.EvidenceAnswer(
            **self.envelope, sources=found.sources, claims=found.claims, conflicts=found.conflicts
        )

    def pharmacology(self) -> models.PharmacologyAnswer:
        """Return targets and assays."""
        found = self.rulebook.pharmacology
        targets = {name: models.TargetItem.model_validate(target) for name, target in found.targets.items()}
        assays = {name: models.AssayItem.model_validate(assay) for name, assay in found.assays.items()}
        return models.PharmacologyAnswer(**self.envelope, targets=targets, assays=assays)

    def coverage(self) -> models.CoverageAnswer | None:
        """Return the audit that lies beside the rulebook, if there is one."""
        try:
            audit = json.loads((self.rulebook.root / COVERAGE_FILE).read_bytes())
        except (OSError, ValueError):
            return None
        current = audit.get("rulebook", {}).get("digest") == self.rulebook.digest
        return models.CoverageAnswer(**self.envelope, current=current, audit=audit)


def _item(rule: Rule) -> dict[str, Any]:
    file = rule.file
    return {
        "id": rule.id,
        "family": rule.family,
        "version": file.version,
        "status": file.status,
        "title": file.title,
        "indicator": file.advisory.indicator,
        "summary": file.advisory.summary,
    }


def _parameters(rule: Rule) -> list[str]:
    found = {leaf.parameter for part in (rule.applies_to, rule.when) for leaf in leaves(part)}
    return sorted(name for name in found if name is not None)

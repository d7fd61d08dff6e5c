"""The content of a rulebook, as responses of the knowledge routes."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from cds_engine.answer.models import ConflictItem, EvidenceItem, Mechanism, RulebookIdentity
from cds_engine.evaluate import Engine
from cds_engine.language.expressions import Expression, leaves, resolve
from cds_engine.rulebook.model import Fact, Rule, Rulebook
from cds_engine.rulebook.prose import lines
from cds_engine.rulebook.text import fill, format_value

from cds_api import knowledge_models as models

COVERAGE_FILE = "coverage.json"
_LISTED_SEPARATELY = {"title", "question", "unit", "resolution", "minimum", "maximum"}
"""Fields of a derivation that the response has beside it."""


class Knowledge:
    """Makes the responses about one rulebook."""

    def __init__(self, rulebook: Rulebook, identity: RulebookIdentity) -> None:
        self.rulebook = rulebook
        self.envelope: dict[str, Any] = {"disclaimer": rulebook.file.disclaimer, "rulebook": identity}

    def about(self) -> models.RulebookResponse:
        """Return the identity, families and size of the rulebook."""
        book = self.rulebook
        return models.RulebookResponse(
            **self.envelope,
            title=book.file.title,
            description=book.file.description,
            bases=[models.BasisItem(basis=name, title=each.title) for name, each in book.file.bases.items()],
            shared=[models.SharedItem(id=used.id, version=used.version) for used in book.shared],
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

    def rules(self) -> models.RulesResponse:
        """Return all rules."""
        items = [models.RuleItem(**_rule_item(rule)) for _, rule in sorted(self.rulebook.rules.items())]
        return models.RulesResponse(**self.envelope, rules=items)

    def rule(self, name: str, as_of: datetime.date) -> models.RuleResponse:
        """Return one rule with the numbers that apply on ``as_of``.

        Raises:
            KeyError: if there is no such rule.
        """
        book = self.rulebook
        rule = book.rules[name]
        file, values = rule.file, book.values_at(as_of)

        def value_of(placeholder: str) -> str | None:
            parameter = placeholder[1:] if placeholder.startswith("$") else None
            return format_value(values[parameter], book.parameters[parameter].unit) if parameter else None

        return models.RuleResponse(
            **self.envelope,
            **_rule_item(rule) | {"summary": fill(file.advisory.summary, value_of)},
            as_of=as_of,
            rationale=file.rationale,
            detail=fill(file.advisory.detail, value_of),
            applies_to=models.ExpressionItem(
                tree=file.applies_to, sentences=self._to_english(rule.applies_to, values)
            ),
            when=models.ExpressionItem(tree=file.when, sentences=self._to_english(rule.when, values)),
            numbers=[self._number(name, values[name]) for name in _parameter_names(rule)],
            evidence=[self._evidence(name) for name in file.evidence],
            mechanism=[
                Mechanism(target=name, statement=book.pharmacology.targets[name].implication)
                for name in file.mechanism
            ],
            conflicts=[
                ConflictItem(conflict=name, statement=conflict.statement, decision=conflict.decision)
                for name, conflict in ((name, book.evidence.conflicts[name]) for name in file.conflicts)
            ],
            limitations=file.limitations,
        )

    def _to_english(self, expression: Expression, values: Mapping[str, Decimal]) -> list[str]:
        """Return a condition in English, with the numbers of ``values`` in it and in its findings."""
        facts = {
            name: fact if fact.finding is None else replace(fact, finding=resolve(fact.finding, values))
            for name, fact in self.rulebook.facts.items()
        }
        return lines(resolve(expression, values), facts)

    def _number(self, name: str, value: Any) -> models.ResolvedParameter:
        parameter = self.rulebook.parameters[name]
        claim = self.rulebook.evidence.claims[parameter.claim]
        return models.ResolvedParameter(
            parameter=name,
            title=parameter.title,
            value=value,
            unit=parameter.unit,
            basis=parameter.basis,
            reliability=claim.reliability,
            claim=parameter.claim,
            statement=claim.statement,
            source=self.rulebook.evidence.sources[claim.source].title,
            locator=claim.locator,
        )

    def _evidence(self, name: str) -> EvidenceItem:
        claim = self.rulebook.evidence.claims[name]
        source = self.rulebook.evidence.sources[claim.source].title
        return EvidenceItem(
            claim=name,
            basis=claim.basis,
            reliability=claim.reliability,
            statement=claim.statement,
            source=source,
            locator=claim.locator,
        )

    def facts(self) -> models.FactsResponse:
        """Return all facts."""
        return models.FactsResponse(
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
            finding=None if fact.finding is None else self._to_english(fact.finding, values),
            basis=fact.basis,
        )

    def parameters(self) -> models.ParametersResponse:
        """Return all parameters with all their values."""
        items = {name: models.ParameterItem.model_validate(p) for name, p in self.rulebook.parameters.items()}
        return models.ParametersResponse(**self.envelope, parameters=items)

    def evidence(self) -> models.EvidenceResponse:
        """Return sources, claims and conflicts."""
        evidence = self.rulebook.evidence
        return models.EvidenceResponse(
            **self.envelope,
            reliabilities=evidence.reliabilities,
            sources=evidence.sources,
            claims=evidence.claims,
            conflicts=evidence.conflicts,
        )

    def pharmacology(self) -> models.PharmacologyResponse:
        """Return targets and assays."""
        pharmacology = self.rulebook.pharmacology
        targets = {
            name: models.TargetItem.model_validate(item) for name, item in pharmacology.targets.items()
        }
        assays = {name: models.AssayItem.model_validate(item) for name, item in pharmacology.assays.items()}
        return models.PharmacologyResponse(**self.envelope, targets=targets, assays=assays)

    def coverage(self) -> models.CoverageResponse | None:
        """Return the audit stored with the rulebook, if there is one."""
        try:
            audit = json.loads((self.rulebook.root / COVERAGE_FILE).read_bytes())
        except (OSError, ValueError):
            return None
        current = audit.get("rulebook", {}).get("digest") == self.rulebook.digest
        return models.CoverageResponse(**self.envelope, current=current, audit=audit)


def served_rulebooks(engines: Iterable[Engine]) -> models.RulebooksResponse:
    """Return the list of rulebooks, of which the first is the default."""
    items = [
        models.RulebookItem(
            id=engine.identity.id,
            version=engine.identity.version,
            digest=engine.identity.digest,
            title=engine.rulebook.file.title,
            description=engine.rulebook.file.description,
            disclaimer=engine.rulebook.file.disclaimer,
            default=number == 0,
        )
        for number, engine in enumerate(engines)
    ]
    disclaimers = dict.fromkeys(item.disclaimer.strip() for item in items)
    return models.RulebooksResponse(disclaimer=" ".join(disclaimers), rulebooks=items)


def _rule_item(rule: Rule) -> dict[str, Any]:
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


def _parameter_names(rule: Rule) -> list[str]:
    found = {leaf.parameter for part in (rule.applies_to, rule.when) for leaf in leaves(part)}
    return sorted(name for name in found if name is not None)

"""The two expressions of a rule as trees in which every node has a truth, a sentence and its values."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from cds_engine.answer.models import TruthName, Value
from cds_engine.errors import RecordError
from cds_engine.evaluate import Engine
from cds_engine.facts.derivations import Sources
from cds_engine.fhir import bundle_to_record, is_fhir
from cds_engine.language.expressions import All, Any, Comparison, Expression, Not, Scalar
from cds_engine.language.kleene import Outcome, truth
from cds_engine.quantities.numbers import displayed, to_json
from cds_engine.record.models import Record
from cds_engine.record.moments import day_of
from cds_engine.rulebook.model import Fact
from cds_engine.rulebook.prose import sentence
from cds_engine.rulebook.text import capitalised, format_value

NodeKind = Literal["all", "any", "not", "comparison", "finding", "always", "never"]
_TRUTH: Mapping[bool | None, TruthName] = {True: "true", False: "false", None: "unknown"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeNode:
    """One node of an expression for one record.

    ``sentence`` says what the node asks and, for a comparison, what was found. ``found`` is the value for
    people. ``sources`` are the JSON pointers of the entries that the value was derived from. A finding has
    its own expression as its only child.
    """

    kind: NodeKind
    truth: TruthName
    sentence: str
    fact: str | None = None
    value: Value | None = None
    found: str | None = None
    unit: str | None = None
    operator: str | None = None
    threshold: Value | tuple[str, ...] | None = None
    parameter: str | None = None
    sources: tuple[str, ...] = ()
    children: tuple[TreeNode, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTree:
    """A rule for one record: its outcome, and both of its expressions."""

    rule: str
    outcome: Outcome
    deceased: bool
    """Whether the patient had died, so that no rule applies."""
    applies_to: TreeNode
    when: TreeNode


def document_tree(
    engine: Engine, document: object, rule: str, as_of: datetime.date, *, source: str = "record"
) -> RuleTree:
    """Return the trees of a rule for a parsed JSON document: a FHIR Bundle or a native record.

    The sources of a Bundle's values point into the Bundle.

    Raises:
        KeyError: if no active rule has the id ``rule``.
        RecordError: with every problem of the document.
    """
    return document_trees(engine, document, as_of, [rule], source=source)[rule]


def document_trees(
    engine: Engine,
    document: object,
    as_of: datetime.date,
    rules: Iterable[str] | None = None,
    *,
    source: str = "record",
) -> Mapping[str, RuleTree]:
    """Return the trees of several rules for a parsed JSON document; of every active rule if none are named.

    Raises:
        KeyError: if no active rule has one of the ids in ``rules``.
        RecordError: with every problem of the document.
    """
    if not is_fhir(document):
        return record_trees(engine, engine.read(document, source), as_of, rules)
    native, _, references = bundle_to_record(document, source, engine.vocabulary, as_of)
    try:
        record = engine.read(native, source)
        return record_trees(engine, record, as_of, rules, place=references.pointer)
    except RecordError as error:
        raise references.located(error) from None


def record_tree(
    engine: Engine,
    record: Record,
    rule: str,
    as_of: datetime.date,
    *,
    place: Callable[[str], str] = str,
) -> RuleTree:
    """Return the trees of a rule for a record; ``place`` turns a pointer into the record into another one."""
    return record_trees(engine, record, as_of, [rule], place=place)[rule]


def record_trees(
    engine: Engine,
    record: Record,
    as_of: datetime.date,
    rules: Iterable[str] | None = None,
    *,
    place: Callable[[str], str] = str,
) -> Mapping[str, RuleTree]:
    """Return the trees of several rules for a record; of every active rule if none are named."""
    facts = engine.facts(record, as_of)
    edition = engine.edition(facts.as_of)
    outcomes = edition.none_applies(facts.values) if facts.deceased else edition.evaluate_rules(facts.values)
    writer = _Writer(engine.rulebook.facts_at(day_of(facts.as_of)), outcomes.facts, facts.sources, place)
    names = edition.compiled_rules if rules is None else rules
    wanted = {rule: edition.compiled_rules[rule] for rule in names}
    return {
        rule: RuleTree(
            rule=rule,
            outcome=outcomes.outcomes[rule],
            deceased=facts.deceased,
            applies_to=writer.node(compiled.applies_to.expression),
            when=writer.node(compiled.when.expression),
        )
        for rule, compiled in wanted.items()
    }


class _Writer:
    def __init__(
        self,
        facts: Mapping[str, Fact],
        values: Mapping[str, Scalar],
        sources: Mapping[str, Sources],
        place: Callable[[str], str],
    ) -> None:
        self.facts = facts
        self.values = values
        self.sources = sources
        self.place = place

    def node(self, expression: Expression) -> TreeNode:
        found = _TRUTH[truth(expression, self.values)]
        match expression:
            case All(()):
                return TreeNode(kind="always", truth=found, sentence="Always")
            case Any(()):
                return TreeNode(kind="never", truth=found, sentence="Never")
            case All((child,)) | Any((child,)):
                return self.node(child)
            case All(children):
                return self.branch("all", found, "All of these", children)
            case Any(children):
                return self.branch("any", found, "At least one of these", children)
            case Not(child):
                return self.branch("not", found, "Not this", (child,))
            case Comparison():
                return self.comparison(expression, found)

    def branch(self, kind: NodeKind, found: TruthName, text: str, children: Iterable[Expression]) -> TreeNode:
        nodes = tuple(self.node(child) for child in children)
        return TreeNode(kind=kind, truth=found, sentence=text, children=nodes)

    def comparison(self, leaf: Comparison, found: TruthName) -> TreeNode:
        fact = self.facts[leaf.fact]
        value = self.values.get(leaf.fact)
        asked = sentence(leaf, {leaf.fact: _plain(fact)})
        shown = None if value is None else _format(value, fact)
        sources = dict.fromkeys(self.place(at) for at in self.sources.get(leaf.fact, ()))
        return TreeNode(
            kind="comparison" if fact.finding is None else "finding",
            truth=found,
            sentence=capitalised(f"{asked}: {_verdict(found, value, shown)}"),
            fact=leaf.fact,
            value=_json(value),
            found=shown,
            unit=fact.unit,
            operator=leaf.operator,
            threshold=leaf.operand if isinstance(leaf.operand, tuple) else _json(leaf.operand),  # type: ignore[arg-type]  # formulas stand only in filters
            parameter=leaf.parameter,
            sources=tuple(sources),
            children=() if fact.finding is None else (self.node(fact.finding),),
        )


def _plain(fact: Fact) -> Fact:
    """Return a finding as a fact without its expression, which the tree has below it."""
    return fact if fact.finding is None else replace(fact, finding=None)


def _verdict(found: TruthName, value: Scalar | None, shown: str | None) -> str:
    if found == "unknown" or value is None:
        return found
    return found if isinstance(value, bool) else f"{found}, it is {shown}"


def _format(value: Scalar, fact: Fact) -> str:
    if isinstance(value, Decimal):
        value = displayed(value, fact.resolution)
    return format_value(value, fact.unit)


def _json(value: Scalar | None) -> Value | None:
    return to_json(value) if isinstance(value, Decimal) else value

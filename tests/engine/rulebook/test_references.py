"""What uses what in the shipped rulebook, compared with what evaluations read."""

from __future__ import annotations

import pytest
from cds_engine.language.queries import parameters_read
from cds_engine.rulebook import load_rulebook
from cds_engine.rulebook.model import Rule, Rulebook
from cds_engine.rulebook.references import Part, References
from cds_engine.rulebook.shipped import shipped_rulebooks
from cds_engine.rulebook.text import PLACEHOLDER
from cds_engine.rulebook.vocabulary import SECTIONS


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return load_rulebook(shipped_rulebooks() / "mianserin")


@pytest.fixture(scope="module")
def references(rulebook: Rulebook) -> References:
    return References(rulebook)


def read_by(rulebook: Rulebook, rule: Rule) -> set[Part]:
    """Return the facts and parameters that a rule depends on, found another way."""
    leaves = list(rulebook.comparisons(rule.applies_to, rule.when))
    named = {leaf.fact for leaf in leaves}
    parameters = {leaf.parameter for leaf in leaves if leaf.parameter is not None}
    for text in (rule.file.advisory.summary, rule.file.advisory.detail):
        for name in PLACEHOLDER.findall(text):
            (parameters if name.startswith("$") else named).add(name.removeprefix("$"))
    for fact in rulebook.needed_facts(named):
        named.add(fact.name)
        parameters.update(parameters_read(fact.derivation) if fact.derivation else ())
    return {Part("fact", name) for name in named} | {Part("parameter", name) for name in parameters}


def test_a_rule_depends_on_what_its_evaluation_reads(rulebook: Rulebook, references: References) -> None:
    expected: dict[Part, set[str]] = {}
    for rule in rulebook.rules.values():
        for part in read_by(rulebook, rule):
            expected.setdefault(part, set()).add(rule.id)
    parts = [Part("fact", name) for name in rulebook.facts]
    parts += [Part("parameter", name) for name in rulebook.parameters]
    for part in parts:
        assert set(references.rules_depending_on(part)) == expected.get(part, set()), part


def test_every_reference_is_known_at_both_ends(rulebook: Rulebook, references: References) -> None:
    names = {
        "rule": rulebook.rules,
        "fact": rulebook.facts,
        "parameter": rulebook.parameters,
        "claim": rulebook.evidence.claims,
        "conflict": rulebook.evidence.conflicts,
        "source": rulebook.evidence.sources,
        "target": rulebook.pharmacology.targets,
        "assay": rulebook.pharmacology.assays,
        "partition": rulebook.partitions,
        **{section: getattr(rulebook.terminology, section) for section in SECTIONS},
    }
    found = [
        reference for kind in names for name in names[kind] for reference in references.uses(Part(kind, name))
    ]  # type: ignore[arg-type]
    assert len(found) > 1500
    for reference in found:
        assert reference.used.name in names[reference.used.kind], reference
        assert reference in references.used_by(reference.used)
    assert {reference.used.kind for reference in found} == set(names) - {"assay", "partition"}


@pytest.mark.parametrize(
    ("user", "used", "way"),
    [
        (("rule", "monitoring.neutropenia-moderate"), ("claim", "ctcae-v5.neutrophils"), "cites"),
        (("fact", "neutrophils.latest"), ("observations", "neutrophils"), "asks for"),
        (("fact", "mianserin.indication"), ("conditions", "insomnia"), "may give"),
        (("conditions", "hypersensitivity"), ("drugs", "mianserin"), "allergy to"),
        (("partition", "neutrophils"), ("rule", "monitoring.neutropenia-severe"), "among"),
        (("claim", "seed.safety.serious"), ("source", "seed"), "stated in"),
        (("observations", "neutrophils"), ("claim", "codes.blood-counts"), "codes from"),
    ],
)
def test_ways(user: tuple[str, str], used: tuple[str, str], way: str, references: References) -> None:
    found = {(item.used, item.way) for item in references.uses(Part(*user))}  # type: ignore[arg-type]
    assert (Part(*used), way) in found  # type: ignore[arg-type]


def test_a_partition_makes_no_rule_depend_on_another(references: References) -> None:
    assert references.rules_depending_on(Part("rule", "monitoring.neutropenia-severe")) == ()

"""Evidence coverage: which rules encode a claim, which scenarios saw one of them fire, or why none can."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cds_engine.audit.observed import Seen
from cds_engine.audit.program import Program
from cds_engine.audit.result import ClaimUse, Goal
from cds_engine.language.expressions import leaves
from cds_engine.language.queries import parameters_read
from cds_engine.rulebook.model import Rulebook


def claim_uses(program: Program, seen: Sequence[Seen]) -> list[ClaimUse]:
    """Return for every claim how rules rest on it.

    A rule rests on a claim that it cites, that one of its numbers comes from, that stands behind a mechanism
    it names, or that is part of a conflict it shows. A claim that only lists codes or describes an assay
    rests in the terminology or the pharmacology, where no scenario can fire it.
    """
    encoded = _encoded(program)
    kept = _kept(program.rulebook)
    fired: dict[str, list[str]] = {name: [] for name in program.rules}
    for example in seen:
        for name in sorted(example.pinned):
            if example.outcomes[name] == "fired":
                fired[name].append(example.place)
    uses = []
    for name, claim in program.rulebook.evidence.claims.items():
        ways = encoded.get(name, {})
        rules = {rule for found in ways.values() for rule in found}
        places = dict.fromkeys(place for rule in sorted(rules) for place in fired[rule])
        excused = claim.not_encodable
        if excused is None and not rules:
            excused = kept.get(name)
        uses.append(ClaimUse(name, claim.basis, claim.source, claim.locator, ways, tuple(places), excused))
    return uses


def evidence_targets(program: Program, uses: Sequence[ClaimUse]) -> Iterator[Goal]:
    """Yield one target a claim: that a scenario sees a rule fire that rests on it."""
    lines = program.places.lines("evidence.yaml")
    file = program.places.name("evidence.yaml")
    for use in uses:
        pointer = f"/claims/{use.claim}"
        rules = sorted({rule for found in use.encoded.values() for rule in found})
        label = f"exercised by {', '.join(rules)}" if rules else "encoded by no rule"
        line = lines.get(pointer, 1)
        seen_in, excused = use.exercised, use.excused
        yield Goal(
            "evidence", use.claim, "fired", label, file, line, pointer, seen_in=seen_in, excused=excused
        )


def _encoded(program: Program) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return the rules of each claim, by the way in which they rest on it."""
    book = program.rulebook
    found: dict[str, dict[str, dict[str, None]]] = {}

    def add(claim: str, way: str, rule: str) -> None:
        found.setdefault(claim, {}).setdefault(way, {})[rule] = None

    for name in program.rules:
        file = book.rules[name].file
        for claim in file.evidence:
            add(claim, "cited", name)
        for parameter in _parameters(program, name):
            add(book.parameters[parameter].claim, "parameter", name)
        for target in file.mechanism:
            for claim in book.pharmacology.targets[target].claims:
                add(claim, "mechanism", name)
        for conflict in file.conflicts:
            for claim in book.evidence.conflicts[conflict].claims:
                add(claim, "conflict", name)
    return {claim: {way: tuple(rules) for way, rules in ways.items()} for claim, ways in found.items()}


def _parameters(program: Program, rule: str) -> Iterator[str]:
    """Yield the parameters that a rule, its findings and the derivations of its facts use."""
    book = program.rulebook
    decisions = [program.decisions[rule]]
    while decisions:
        decision = decisions.pop()
        for expression in (decision.applies_to, decision.when):
            yield from (leaf.parameter for leaf in leaves(expression) if leaf.parameter is not None)
        asked = {leaf.comparison.fact for leaf in decision.leaves}
        decisions += [program.findings[name] for name in sorted(asked) if name in program.findings]
    for fact in book.needed_facts(program.asked(rule)):
        if fact.derivation is not None:
            yield from parameters_read(fact.derivation)


def _kept(book: Rulebook) -> Mapping[str, str]:
    """Return the claims that only the terminology or the pharmacology rests on."""
    terms = book.terminology
    kept: dict[str, str] = {}
    for section in (book.pharmacology.targets, book.pharmacology.assays):
        for body in section.values():
            kept.update((claim, "kept as pharmacology; no rule names it") for claim in body.claims)
    for conflict in book.evidence.conflicts.values():
        kept.update(
            (claim, "kept as a conflict of the evidence; no rule shows it") for claim in conflict.claims
        )
    for concepts in (terms.drugs, terms.conditions, terms.symptoms, terms.observations):
        for coded in concepts.values():
            if coded.source is not None:
                kept[coded.source] = "kept as the source of codes in the terminology"
    return kept

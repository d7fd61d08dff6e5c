"""Evidence coverage: which rules use a claim, and in which scenarios one of them fires or why none can."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cds_engine.audit.examples import ObservedExample
from cds_engine.audit.program import Program
from cds_engine.audit.result import ClaimUse, Goal
from cds_engine.errors import pointer
from cds_engine.rulebook.model import Rulebook


def claim_uses(program: Program, examples: Sequence[ObservedExample]) -> list[ClaimUse]:
    """Return how rules use each claim.

    A rule uses a claim if it cites the claim, takes a number from it, names a mechanism that it supports, or
    shows a conflict that it is part of. A claim that only lists codes or describes an assay is used by the
    terminology or the pharmacology, where no scenario can show it.
    """
    encoded = _encoded(program)
    elsewhere = _used_elsewhere(program.rulebook)
    fired: dict[str, list[str]] = {name: [] for name in program.rules}
    for example in examples:
        for name in sorted(example.expected_rules):
            if example.outcomes[name] == "fired":
                fired[name].append(example.place)
    uses = []
    for name, claim in program.rulebook.evidence.claims.items():
        ways = encoded.get(name, {})
        rules = {rule for found in ways.values() for rule in found}
        places = dict.fromkeys(place for rule in sorted(rules) for place in fired[rule])
        excused = claim.not_encodable
        if excused is None and not rules:
            excused = elsewhere.get(name)
        stated = (name, claim.basis, claim.reliability, claim.source, claim.locator)
        at = program.places.of_evidence(pointer("claims", name))
        uses.append(ClaimUse(*stated, ways, tuple(places), excused, *at))
    return uses


def evidence_goals(uses: Sequence[ClaimUse]) -> Iterator[Goal]:
    """Yield one goal for each claim: that a rule which uses it fires in a scenario."""
    for use in uses:
        rules = sorted({rule for found in use.encoded.values() for rule in found})
        label = f"exercised by {', '.join(rules)}" if rules else "encoded by no rule"
        yield Goal(
            "evidence",
            use.claim,
            "fired",
            label,
            use.file,
            use.line,
            pointer("claims", use.claim),
            seen_in=use.exercised,
            excused=use.excused,
        )


def _encoded(program: Program) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return the rules that use each claim, by the way in which they use it."""
    book = program.rulebook
    found: dict[str, dict[str, dict[str, None]]] = {}

    def add(claim: str, way: str, rule: str) -> None:
        found.setdefault(claim, {}).setdefault(way, {})[rule] = None

    for name in program.rules:
        file = book.rules[name].file
        for claim in file.evidence:
            add(claim, "cited", name)
        for parameter in sorted(program.parameters_of(name)):
            add(book.parameters[parameter].claim, "parameter", name)
        for target in file.mechanism:
            for claim in book.pharmacology.targets[target].claims:
                add(claim, "mechanism", name)
        for conflict in file.conflicts:
            for claim in book.evidence.conflicts[conflict].claims:
                add(claim, "conflict", name)
    return {claim: {way: tuple(rules) for way, rules in ways.items()} for claim, ways in found.items()}


def _used_elsewhere(book: Rulebook) -> Mapping[str, str]:
    """Return the claims that only the terminology, the pharmacology or a conflict uses, with the reason."""
    found: dict[str, str] = {}
    for section in (book.pharmacology.targets, book.pharmacology.assays):
        for body in section.values():
            found.update((claim, "kept as pharmacology; no rule names it") for claim in body.claims)
    for conflict in book.evidence.conflicts.values():
        found.update(
            (claim, "kept as a conflict of the evidence; no rule shows it") for claim in conflict.claims
        )
    found.update(
        (claim, "kept as the source of codes in the terminology") for claim in book.terminology.claims()
    )
    return found

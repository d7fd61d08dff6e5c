"""Checks across a rulebook's files: that names exist, that units fit, that every claim is used."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from cds_engine.errors import Problem, nearest, pointer
from cds_engine.language.expressions import Expression, leaves
from cds_engine.language.queries import attributes_read, parameters_read
from cds_engine.quantities.numbers import THRESHOLD_DIGITS, in_bounds
from cds_engine.rulebook.check_expressions import check_expression
from cds_engine.rulebook.check_facts import check_facts
from cds_engine.rulebook.check_terminology import check_terminology
from cds_engine.rulebook.checks import Checks
from cds_engine.rulebook.listed_codes import ListedCode
from cds_engine.rulebook.model import Rule, Rulebook
from cds_engine.rulebook.text import PLACEHOLDER, unit_label
from cds_engine.rulebook.yaml_document import YamlDocument

SUMMARY_LIMIT = 140
"""The summary of a card in CDS Hooks 2.0 must have fewer than 140 characters."""
WIDEST_NUMBER = 10


def check(
    rulebook: Rulebook,
    documents: Mapping[str, YamlDocument],
    unread: Collection[str],
    listed: Sequence[ListedCode],
) -> list[Problem]:
    """Return every problem between the parts of ``rulebook``.

    ``documents`` provides lines and columns, ``listed`` those of codes. ``unread`` are the rules whose own
    files have errors; if there are any, nothing is reported as unused.
    """
    checker = _Checker(rulebook, documents, unread, listed)
    checker.run()
    return checker.problems


class _Checker(Checks):
    def __init__(
        self,
        rulebook: Rulebook,
        documents: Mapping[str, YamlDocument],
        unread: Collection[str],
        listed: Sequence[ListedCode],
    ) -> None:
        super().__init__(rulebook, documents)
        self.unread = unread
        self.listed = listed

    def run(self) -> None:
        check_terminology(self, self.listed)
        self.derivations()
        self.findings()
        self.parameters()
        self.rules()
        self.partitions()
        self.evidence()
        if not self.unread:
            self.unused()

    # The parts of the rulebook

    def derivations(self) -> None:
        for at, message, code in check_facts(self.book):
            self.report("facts.yaml", at, message, code)
        has_doses = "dose" in self.documents["terminology.yaml"].data
        for fact in self.book.facts.values():
            for index, claim in enumerate(fact.evidence):
                self.claim("facts.yaml", f"{fact.place}/evidence/{index}", claim)
            if fact.derivation is None:
                continue
            self.used_parameters.update(parameters_read(fact.derivation))
            if not has_doses and attributes_read(fact.derivation) & {"dose", "dose_changed"}:
                message = (
                    "the fact reads doses; terminology.yaml needs 'dose', their units and plausible values"
                )
                self.report("facts.yaml", fact.place, message, "missing-key")

    def findings(self) -> None:
        for name, fact in self.book.facts.items():
            if fact.finding is not None:
                check_expression(self, "facts.yaml", fact.finding)
                self.basis("facts.yaml", pointer("findings", name), fact.basis)
                cycle = self._cycle(name, ())
                if cycle and cycle[0] == cycle[-1]:
                    message = f"finding rests on itself: {' > '.join(cycle)}"
                    self.report("facts.yaml", pointer("findings", name), message, "cycle")

    def _cycle(self, name: str, above: tuple[str, ...]) -> tuple[str, ...] | None:
        if name in above:
            return (*above, name)
        fact = self.book.facts.get(name)
        if fact is None or fact.finding is None:
            return None
        for leaf in leaves(fact.finding):
            if cycle := self._cycle(leaf.fact, (*above, name)):
                return cycle
        return None

    def parameters(self) -> None:
        for name, parameter in self.book.parameters.items():
            at = pointer("parameters", name)
            self.claim("parameters.yaml", at + "/claim", parameter.claim)
            self.basis("parameters.yaml", at, parameter.basis)
            for index, conflict in enumerate(parameter.conflicts):
                place = f"{at}/conflicts/{index}"
                self.name("parameters.yaml", place, conflict, self.book.evidence.conflicts, "conflict")
            dates = [dated.since for dated in parameter.values]
            if sorted(set(dates)) != dates:
                message = "dated values must be in ascending order, with one value per date"
                self.report("parameters.yaml", at + "/values", message, "dates")
            for index, dated in enumerate(parameter.values):
                if len(dated.value.as_tuple().digits) > THRESHOLD_DIGITS:
                    message = f"expected at most {THRESHOLD_DIGITS} digits"
                elif not in_bounds(dated.value):
                    message = "expected 0, or a magnitude from 0.000001 to below 1000000000000"
                elif index and dated.value == parameter.values[index - 1].value:
                    message = "the same value as before; a new date needs another value"
                else:
                    continue
                self.report("parameters.yaml", f"{at}/values/{index}/value", message, "digits")

    def rules(self) -> None:
        for rule in self.book.rules.values():
            check_expression(self, rule.path, rule.applies_to)
            check_expression(self, rule.path, rule.when)
            for index, claim in enumerate(rule.file.evidence):
                self.claim(rule.path, f"/evidence/{index}", claim)
            for index, target in enumerate(rule.file.mechanism):
                at = f"/mechanism/{index}"
                self.name(rule.path, at, target, self.book.pharmacology.targets, "target")
            for index, conflict in enumerate(rule.file.conflicts):
                at = f"/conflicts/{index}"
                self.name(rule.path, at, conflict, self.book.evidence.conflicts, "conflict")
            self.texts(rule)

    def texts(self, rule: Rule) -> None:
        advisory = rule.file.advisory
        used = self._used_facts(rule.applies_to) | self._used_facts(rule.when)
        for field in ("summary", "detail"):
            text: str = getattr(advisory, field)
            at = f"/advisory/{field}"
            for name in PLACEHOLDER.findall(text):
                if name.startswith("$"):
                    self.parameter(rule.path, at, name)
                elif self.name(rule.path, at, name, self.book.facts, "fact") and name not in used:
                    message = f"the rule does not use the fact '{name}', so its value may be unknown"
                    self.report(rule.path, at, message, "placeholder")
            if "{" in PLACEHOLDER.sub("", text) or "}" in PLACEHOLDER.sub("", text):
                message = "invalid placeholder; write {fact} or {$parameter}"
                self.report(rule.path, at, message, "placeholder")
        longest = self._longest(advisory.summary)
        if longest >= SUMMARY_LIMIT:
            message = f"expected fewer than {SUMMARY_LIMIT} characters, found up to {longest} with values"
            self.report(rule.path, "/advisory/summary", message, "summary-length")

    def _used_facts(self, expression: Expression, above: tuple[str, ...] = ()) -> set[str]:
        """Return the facts that an expression uses, directly or through findings."""
        names = {leaf.fact for leaf in leaves(expression)}
        for name in names - set(above):
            fact = self.book.facts.get(name)
            if fact is not None and fact.finding is not None:
                names = names | self._used_facts(fact.finding, (*above, name))
        return names

    def _longest(self, template: str) -> int:
        length = len(PLACEHOLDER.sub("", template))
        for name in PLACEHOLDER.findall(template):
            fact = self.book.facts.get(name)
            parameter = self.book.parameters.get(name.removeprefix("$"))
            unit = unit_label(fact.unit if fact else parameter.unit if parameter else None)
            widest = max((len(code) for code in fact.codes), default=0) if fact else 0
            length += max(WIDEST_NUMBER + 1 + len(unit), widest)
        return length

    def basis(self, file: str, at: str, name: str | None) -> None:
        """Report a basis that the rulebook does not declare."""
        bases = self.book.file.bases
        if name is not None and name not in bases:
            message = f"unknown basis '{name}'{nearest(name, bases)}; the bases are {', '.join(bases)}"
            self.report(file, at + "/basis", message, "unknown-basis")

    def partitions(self) -> None:
        for name, partition in self.book.partitions.items():
            at = pointer("partitions", name)
            self.name("rulebook.yaml", at + "/over", partition.over, self.book.facts, "fact")
            for index, rule in enumerate(partition.rules):
                if rule not in self.unread:
                    self.name("rulebook.yaml", f"{at}/rules/{index}", rule, self.book.rules, "rule")
            check_expression(self, "rulebook.yaml", partition.given)
            if partition.silent is not None:
                check_expression(self, "rulebook.yaml", partition.silent)

    def evidence(self) -> None:
        evidence, pharmacology = self.book.evidence, self.book.pharmacology
        for name, claim in evidence.claims.items():
            at = pointer("claims", name)
            self.name("evidence.yaml", at + "/source", claim.source, evidence.sources, "source")
            self.basis("evidence.yaml", at, claim.basis)
            for index, reference in enumerate(claim.references):
                place = f"{at}/references/{index}"
                self.name("evidence.yaml", place, reference, evidence.sources, "source")
            if claim.reliability is not None:
                place = at + "/reliability"
                self.name("evidence.yaml", place, claim.reliability, evidence.reliabilities, "reliability")
        for name, source in evidence.sources.items():
            if source.cited_by is not None:
                at = pointer("sources", name, "cited_by")
                self.name("evidence.yaml", at, source.cited_by, evidence.sources, "source")
        for name, conflict in evidence.conflicts.items():
            for index, cited in enumerate(conflict.claims):
                self.claim("evidence.yaml", pointer("conflicts", name, "claims", index), cited)
        for section in ("targets", "assays"):
            for name, body in getattr(pharmacology, section).items():
                for index, cited in enumerate(body.claims):
                    self.claim("pharmacology.yaml", pointer(section, name, "claims", index), cited)
        for name, target in pharmacology.targets.items():
            for index, conflict_name in enumerate(target.conflicts):
                at = pointer("targets", name, "conflicts", index)
                self.name("pharmacology.yaml", at, conflict_name, evidence.conflicts, "conflict")

    def unused(self) -> None:
        for name, claim in self.book.evidence.claims.items():
            at = pointer("claims", name)
            if name not in self.used_claims and claim.not_encodable is None:
                message = f"claim '{name}' is not used; cite it, or explain in 'not_encodable' why not"
                self.report("evidence.yaml", at, message, "unencoded-claim")
            if name in self.used_claims and claim.not_encodable is not None:
                message = f"claim '{name}' is cited; remove 'not_encodable'"
                self.report("evidence.yaml", at + "/not_encodable", message, "unencoded-claim")
        for name in self.book.parameters:
            if name not in self.used_parameters:
                message = f"parameter '{name}' is not used"
                self.report("parameters.yaml", pointer("parameters", name), message, "unused-parameter")

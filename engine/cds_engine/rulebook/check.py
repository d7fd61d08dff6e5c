"""Checks across a rulebook's files: that names exist, that units fit, that every claim is used."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from cds_engine.errors import Problem, nearest, pointer
from cds_engine.language.expressions import ORDERED, Comparison, Expression, leaves
from cds_engine.language.queries import parameters_read
from cds_engine.quantities.numbers import THRESHOLD_DIGITS, in_bounds, plain
from cds_engine.rulebook.check_codes import check_codes
from cds_engine.rulebook.check_facts import check_facts
from cds_engine.rulebook.files import CodedConcept
from cds_engine.rulebook.listed_codes import CODED_SECTIONS, ListedCode, coded_concepts
from cds_engine.rulebook.model import Fact, Rule, Rulebook
from cds_engine.rulebook.text import PLACEHOLDER, unit_label
from cds_engine.rulebook.vocabulary import folded
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


class _Checker:
    def __init__(
        self,
        rulebook: Rulebook,
        documents: Mapping[str, YamlDocument],
        unread: Collection[str],
        listed: Sequence[ListedCode],
    ) -> None:
        self.book = rulebook
        self.documents = documents
        self.unread = unread
        self.listed = listed
        self.problems: list[Problem] = []
        self.used_claims: set[str] = set()
        self.used_parameters: set[str] = set()

    def run(self) -> None:
        self.terminology()
        self.allergies()
        self.derivations()
        self.findings()
        self.parameters()
        self.rules()
        self.partitions()
        self.evidence()
        if not self.unread:
            self.unused()

    def report(self, file: str, at: str, message: str, code: str) -> None:
        self.problems.append(self.documents[file].problem(at, message, code))

    def name(self, file: str, at: str, name: str, valid: Collection[str], what: str) -> bool:
        """Report ``name`` unless it is among ``valid``; return whether it is."""
        if name in valid:
            return True
        code = f"unknown-{what.replace(' ', '-')}"
        self.report(file, at, f"unknown {what} '{name}'{nearest(name, valid)}", code)
        return False

    def claim(self, file: str, at: str, name: str) -> None:
        if self.name(file, at, name, self.book.evidence.claims, "claim"):
            self.used_claims.add(name)

    def claims(self, file: str, at: str, names: Sequence[str]) -> None:
        for index, name in enumerate(names):
            self.claim(file, f"{at}/{index}", name)

    def parameter(self, file: str, at: str, reference: str) -> None:
        name = reference.removeprefix("$")
        if self.name(file, at, name, self.book.parameters, "parameter"):
            self.used_parameters.add(name)

    # The parts of the rulebook

    def terminology(self) -> None:
        self.systems()
        self.codes()
        self.titles()
        self.groups()

    def systems(self) -> None:
        spellings: dict[str, str] = {}
        for name, system in self.book.terminology.systems.items():
            for spelling in (name, system.uri, *system.also):
                other = spellings.setdefault(spelling.casefold(), name)
                if other != name:
                    message = f"'{spelling}' already means the code system '{other}'"
                    self.report("terminology.yaml", pointer("systems", name), message, "duplicate-code")
            self.claims("terminology.yaml", pointer("systems", name, "source"), system.source or ())

    def codes(self) -> None:
        self.problems += check_codes(self.book.terminology, self.listed)
        data = self.documents["terminology.yaml"].data
        for section, concept, coded in coded_concepts(self.book.terminology):
            written = data[section][concept].get("codes", {})
            self._code_sources(pointer(section, concept), coded, written)

    def _code_sources(self, at: str, coded: CodedConcept, written: Collection[str]) -> None:
        """Check that every list of codes names a known system and the claims that it was taken from.

        ``written`` are the systems of the terminology's own lists; a value set says itself where it is from.
        """
        file, systems = "terminology.yaml", self.book.terminology.systems
        self.claims(file, at + "/source", coded.source or ())
        for name, use in coded.value_sets.items():
            self.claims(file, at + pointer("value_sets", name, "source"), use.source or ())
        for name in written:
            here, lists = at + pointer("codes", name), coded.codes[name]
            self.claims(file, here + "/source", lists.source or ())
            if not self.name(file, here, name, systems, "code system"):
                continue
            if not (lists.source or coded.source or systems[name].source):
                message = "codes need a 'source', the claim that they were taken from"
                self.report(file, here, message, "missing-key")

    def titles(self) -> None:
        for section in CODED_SECTIONS:
            concepts: Mapping[str, CodedConcept] = getattr(self.book.terminology, section)
            named = {folded(name): name for name in concepts}
            for name, coded in concepts.items():
                other = named.setdefault(folded(coded.title), name)
                if other != name:
                    message = f"the title '{coded.title}' already means '{other}'"
                    self.report(
                        "terminology.yaml", pointer(section, name, "title"), message, "duplicate-name"
                    )

    def groups(self) -> None:
        file, terms = "terminology.yaml", self.book.terminology
        for section, members in (("drug_groups", "drugs"), ("observation_groups", "observations")):
            valid = getattr(terms, members)
            for group, body in getattr(terms, section).items():
                for index, member in enumerate(body.members):
                    at = pointer(section, group, "members", index)
                    self.name(file, at, member, valid, members.removesuffix("s"))
                if group in valid:
                    message = f"'{group}' is already the name of one of the {members}"
                    self.report(file, pointer(section, group), message, "duplicate-name")

    def allergies(self) -> None:
        file, terms = "terminology.yaml", self.book.terminology
        for condition, drugs in terms.allergies.items():
            self.name(file, pointer("allergies", condition), condition, terms.conditions, "condition")
            for index, drug in enumerate(drugs):
                self.name(file, pointer("allergies", condition, index), drug, terms.drugs, "drug")

    def derivations(self) -> None:
        for at, message, code in check_facts(self.book):
            self.report("facts.yaml", at, message, code)
        for fact in self.book.facts.values():
            for index, claim in enumerate(fact.evidence):
                self.claim("facts.yaml", f"{fact.place}/evidence/{index}", claim)
            if fact.derivation is not None:
                self.used_parameters.update(parameters_read(fact.derivation))

    def findings(self) -> None:
        for name, fact in self.book.facts.items():
            if fact.finding is not None:
                self.expression("facts.yaml", fact.finding)
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
                else:
                    continue
                self.report("parameters.yaml", f"{at}/values/{index}/value", message, "digits")

    def rules(self) -> None:
        for rule in self.book.rules.values():
            self.expression(rule.path, rule.applies_to)
            self.expression(rule.path, rule.when)
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

    def partitions(self) -> None:
        for name, partition in self.book.partitions.items():
            at = pointer("partitions", name)
            self.name("rulebook.yaml", at + "/over", partition.over, self.book.facts, "fact")
            for index, rule in enumerate(partition.rules):
                if rule not in self.unread:
                    self.name("rulebook.yaml", f"{at}/rules/{index}", rule, self.book.rules, "rule")
            self.expression("rulebook.yaml", partition.given)
            if partition.silent is not None:
                self.expression("rulebook.yaml", partition.silent)

    def evidence(self) -> None:
        evidence, pharmacology = self.book.evidence, self.book.pharmacology
        for name, claim in evidence.claims.items():
            at = pointer("claims", name)
            self.name("evidence.yaml", at + "/source", claim.source, evidence.sources, "source")
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

    # Expressions

    def expression(self, file: str, expression: Expression) -> None:
        for leaf in leaves(expression):
            if leaf.parameter is not None:
                self.parameter(file, leaf.pointer, leaf.parameter)
            place = leaf.pointer.rpartition("/")[0].removesuffix("/between")
            if self.name(file, place, leaf.fact, self.book.facts, "fact"):
                for message in self._comparison_errors(leaf, self.book.facts[leaf.fact]):
                    self.report(file, leaf.pointer, message, "misfit")

    def _comparison_errors(self, leaf: Comparison, fact: Fact) -> Iterator[str]:
        """Yield the errors of a comparison that depend on its fact."""
        if leaf.operand is None and leaf.parameter is None:
            return  # reported when the expression was parsed
        if leaf.operator == "known":
            if fact.finding is not None:
                yield f"'{fact.name}' is a finding; use 'known' with the facts it depends on"
        elif fact.kind == "boolean":
            if not (leaf.operator in ("is", "is_not") and isinstance(leaf.operand, bool)):
                yield f"'{fact.name}' is true or false: use 'is: true' or 'is: false'"
        elif fact.kind == "code":
            codes = leaf.operand if isinstance(leaf.operand, tuple) else (leaf.operand,)
            if leaf.operator in ORDERED or not all(isinstance(code, str) for code in codes):
                yield f"'{fact.name}' is a code: use 'is', 'is_not' or 'one_of' with codes"
            else:
                yield from self._unknown_codes(codes, fact)
        elif leaf.parameter is None:
            yield f"'{fact.name}' is a number: compare it with a $parameter"
        elif leaf.parameter in self.book.parameters:
            yield from self._threshold(leaf.parameter, fact)

    @staticmethod
    def _unknown_codes(codes: Iterable[object], fact: Fact) -> Iterator[str]:
        for code in codes:
            if code not in fact.codes:
                yield f"unknown code '{code}' for '{fact.name}'{nearest(str(code), fact.codes)}"

    def _threshold(self, name: str, fact: Fact) -> Iterator[str]:
        parameter = self.book.parameters[name]
        if fact.unit is None:
            return  # the fact's concept is unknown, which is reported at the fact
        if parameter.unit != fact.unit:
            yield f"parameter '{name}' is in {parameter.unit}, but '{fact.name}' is in {fact.unit}"
            return
        for dated in parameter.values:
            if not fact.minimum <= dated.value <= fact.maximum:
                domain = f"{plain(fact.minimum)} to {plain(fact.maximum)} {fact.unit}"
                yield f"{plain(dated.value)} is outside the domain of '{fact.name}' ({domain})"
            elif dated.value % fact.resolution != Decimal(0):
                step = f"{plain(fact.resolution)} {fact.unit}"
                yield f"{plain(dated.value)} is not a multiple of the step of '{fact.name}' ({step})"

"""What only the whole rulebook can tell: that names exist, that units fit, that every claim is used."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal

from engine.errors import Problem, nearest, pointer
from engine.numbers import THRESHOLD_DIGITS, plain
from engine.rulebook.model import Fact, Rule, Rulebook
from engine.rulebook.source import Document
from engine.rulebook.text import PLACEHOLDER, unit_label
from engine.rulebook.tree import ORDERED, Comparison, Condition, leaves

SUMMARY_LIMIT = 140
"""CDS Hooks 2.0: a card's summary has fewer than 140 characters."""
WIDEST_NUMBER = 10


def check(rulebook: Rulebook, documents: Mapping[str, Document]) -> list[Problem]:
    """Return every cross-reference problem of ``rulebook``; ``documents`` gives lines and columns."""
    checker = _Checker(rulebook, documents)
    checker.run()
    return checker.problems


class _Checker:
    def __init__(self, rulebook: Rulebook, documents: Mapping[str, Document]) -> None:
        self.book = rulebook
        self.documents = documents
        self.problems: list[Problem] = []
        self.used_claims: set[str] = set()
        self.used_parameters: set[str] = set()

    def run(self) -> None:
        self.terminology()
        self.derivations()
        self.findings()
        self.parameters()
        self.rules()
        self.partitions()
        self.evidence()
        self.unused()

    def report(self, file: str, at: str, message: str, code: str) -> None:
        self.problems.append(self.documents[file].problem(at, message, code))

    def name(self, file: str, at: str, name: str, valid: Collection[str], what: str) -> bool:
        """Report ``name`` unless it is among ``valid``; return whether it is."""
        if name in valid:
            return True
        self.report(file, at, f"unknown {what} '{name}'{nearest(name, valid)}", f"unknown-{what}")
        return False

    def claim(self, file: str, at: str, name: str) -> None:
        if self.name(file, at, name, self.book.evidence.claims, "claim"):
            self.used_claims.add(name)

    def parameter(self, file: str, at: str, reference: str) -> None:
        name = reference.removeprefix("$")
        if self.name(file, at, name, self.book.parameters, "parameter"):
            self.used_parameters.add(name)

    # one part of the rulebook each

    def terminology(self) -> None:
        file, terms = "terminology.yaml", self.book.terminology
        seen: dict[tuple[str, str], str] = {}
        for section in ("drugs", "conditions", "symptoms", "observations"):
            for concept, coded in getattr(terms, section).items():
                at = pointer(section, concept)
                if coded.source is not None:
                    self.claim(file, at + "/source", coded.source)
                elif coded.codes:
                    self.report(file, at, "codes need a 'source': the claim they were read in", "missing-key")
                for system, codes in coded.codes.items():
                    here = at + pointer("codes", system)
                    if not self.name(file, here, system, terms.systems, "code system"):
                        continue
                    for code in codes:
                        other = seen.setdefault((system, code), f"{section}.{concept}")
                        if other != f"{section}.{concept}":
                            message = f"{system} {code} already means '{other}'"
                            self.report(file, here, message, "duplicate-code")
        for section, members in (("drug_groups", "drugs"), ("observation_groups", "observations")):
            for group, body in getattr(terms, section).items():
                for index, member in enumerate(body.members):
                    valid = getattr(terms, members)
                    at = pointer(section, group, "members", index)
                    self.name(file, at, member, valid, members.removesuffix("s"))
                if group in getattr(terms, members):
                    self.report(file, pointer(section, group), f"'{group}' is also a member", "fact")

    def derivations(self) -> None:
        terms = self.book.terminology
        valid: dict[str, Collection[str]] = {
            "drug": {**terms.drugs, **terms.drug_groups},
            "condition": terms.conditions,
            "symptom": terms.symptoms,
            "observation": {**terms.observations, **terms.observation_groups},
        }
        places = self.documents["facts.yaml"].places
        for name, fact in self.book.facts.items():
            if fact.derivation is None:
                continue
            at = pointer("facts", name) if pointer("facts", name) in places else "/templates"
            for field, value in fact.derivation:
                if field in valid:
                    self.name("facts.yaml", f"{at}/{field}", value, valid[field], field)
                elif field == "conditions":
                    for code in value:
                        self.name("facts.yaml", f"{at}/{field}", code, terms.conditions, "condition")
                elif isinstance(value, str) and value.startswith("$"):
                    self.parameter("facts.yaml", f"{at}/{field}", value)

    def findings(self) -> None:
        for name, fact in self.book.facts.items():
            if fact.finding is not None:
                self.condition("facts.yaml", fact.finding)
                if cycle := self._cycle(name, ()):
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
                message = "dated values must be in ascending order, one a day"
                self.report("parameters.yaml", at + "/values", message, "dates")
            for index, dated in enumerate(parameter.values):
                if len(dated.value.as_tuple().digits) > THRESHOLD_DIGITS:
                    message = f"more than {THRESHOLD_DIGITS} digits"
                    self.report("parameters.yaml", f"{at}/values/{index}/value", message, "digits")

    def rules(self) -> None:
        for rule in self.book.rules.values():
            self.condition(rule.path, rule.applies_to)
            self.condition(rule.path, rule.when)
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
        for field in ("summary", "detail"):
            text: str = getattr(advisory, field)
            at = f"/advisory/{field}"
            for name in PLACEHOLDER.findall(text):
                if name.startswith("$"):
                    self.parameter(rule.path, at, name)
                else:
                    self.name(rule.path, at, name, self.book.facts, "fact")
            if "{" in PLACEHOLDER.sub("", text) or "}" in PLACEHOLDER.sub("", text):
                message = "a brace that is no {fact} and no {$parameter}"
                self.report(rule.path, at, message, "placeholder")
        longest = self._longest(advisory.summary)
        if longest >= SUMMARY_LIMIT:
            message = f"up to {longest} characters with values filled in; fewer than {SUMMARY_LIMIT} allowed"
            self.report(rule.path, "/advisory/summary", message, "summary-length")

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
                self.name("rulebook.yaml", f"{at}/rules/{index}", rule, self.book.rules, "rule")
            self.condition("rulebook.yaml", partition.given)
            if partition.silent is not None:
                self.condition("rulebook.yaml", partition.silent)

    def evidence(self) -> None:
        evidence, pharmacology = self.book.evidence, self.book.pharmacology
        for name, claim in evidence.claims.items():
            at = pointer("claims", name)
            self.name("evidence.yaml", at + "/source", claim.source, evidence.sources, "source")
            for index, reference in enumerate(claim.references):
                place = f"{at}/references/{index}"
                self.name("evidence.yaml", place, reference, evidence.sources, "source")
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
                message = f"claim '{name}' is encoded by nothing; cite it, or say why in 'not_encodable'"
                self.report("evidence.yaml", at, message, "unencoded-claim")
            if name in self.used_claims and claim.not_encodable is not None:
                message = f"claim '{name}' is cited, so 'not_encodable' does not hold"
                self.report("evidence.yaml", at + "/not_encodable", message, "unencoded-claim")
        for name in self.book.parameters:
            if name not in self.used_parameters:
                message = f"parameter '{name}' is used by nothing"
                self.report("parameters.yaml", pointer("parameters", name), message, "unused-parameter")

    # conditions

    def condition(self, file: str, condition: Condition) -> None:
        for leaf in leaves(condition):
            if leaf.parameter is not None:
                self.parameter(file, leaf.pointer, leaf.parameter)
            if self.name(file, leaf.pointer.rpartition("/")[0], leaf.fact, self.book.facts, "fact"):
                for message in self.misfits(leaf, self.book.facts[leaf.fact]):
                    self.report(file, leaf.pointer, message, "misfit")

    def misfits(self, leaf: Comparison, fact: Fact) -> Iterator[str]:
        """Yield what is wrong between a comparison and the fact it is about."""
        if leaf.operator == "known":
            if fact.finding is not None:
                yield f"'{fact.name}' is a finding; ask 'known' of the facts it rests on"
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
        if parameter.unit != fact.unit:
            yield f"parameter '{name}' is in {parameter.unit}, but '{fact.name}' is in {fact.unit}"
            return
        for dated in parameter.values:
            if not fact.minimum <= dated.value <= fact.maximum:
                domain = f"{plain(fact.minimum)} to {plain(fact.maximum)} {fact.unit}"
                yield f"{plain(dated.value)} is outside the domain of '{fact.name}' ({domain})"
            elif dated.value % fact.resolution != Decimal(0):
                step = f"{plain(fact.resolution)} {fact.unit}"
                yield f"{plain(dated.value)} is no multiple of the step of '{fact.name}' ({step})"

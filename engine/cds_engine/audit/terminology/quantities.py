"""Units, aliases, plausible limits and the like as targets of terminology cases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from cds_engine.audit.terminology.index import CheckIndex
from cds_engine.audit.terminology.targets import Found, Group, Mistake, Target
from cds_engine.errors import pointer
from cds_engine.quantities.numbers import canonical, plain
from cds_engine.quantities.units import UnitError
from cds_engine.rulebook.files import PlausibleRange, QuantityDefinition, TerminologyFile
from cds_engine.rulebook.vocabulary import Quantity, Vocabulary
from cds_engine.rulebook.yaml_document import YamlDocument

SLIPS = (Decimal(10), Decimal("0.1"), Decimal(1000), Decimal("0.001"))
"""What a factor is multiplied by: mistakes that units invite."""


@dataclass(frozen=True, slots=True)
class _Measured:
    """An observation, the daily dose of any drug, or the daily dose of a drug with a range of its own."""

    name: str
    at: str
    definition: QuantityDefinition
    plausible: PlausibleRange
    plausible_at: str
    checks: Callable[[], Iterable[Found]]
    changed: Callable[[QuantityDefinition, PlausibleRange], Vocabulary]
    own_units: bool = True


class QuantityTargets:
    """The targets of a terminology that are about values."""

    def __init__(self, terminology: TerminologyFile, vocabulary: Vocabulary, index: CheckIndex) -> None:
        self.terminology = terminology
        self.vocabulary = vocabulary
        self.index = index

    def all(self, document: YamlDocument) -> Iterator[Target]:
        """Yield a target for each unit, alias, limit, step and molar mass."""
        for measured in self._measured():
            entries = _Entries(measured)
            if measured.own_units:
                yield from entries.units(document)
                yield from entries.aliases(document)
                yield from entries.molar_mass(document)
                yield from entries.resolution(document)
            yield from entries.limits(document)

    def _measured(self) -> Iterator[_Measured]:
        terms = self.terminology
        own = frozenset(self.vocabulary.doses)
        if "dose" in terms.model_fields_set:
            yield _Measured(
                "dose",
                pointer("dose"),
                terms.dose,
                terms.dose.plausible,
                pointer("dose", "plausible"),
                partial(self.index.of_doses, frozenset()),
                lambda definition, plausible: self._with_dose(
                    definition.model_copy(update={"plausible": plausible})
                ),
            )
        for drug in own:
            plausible = terms.drugs[drug].plausible_dose
            assert plausible is not None
            yield _Measured(
                drug,
                pointer("drugs", drug),
                terms.dose,
                plausible,
                pointer("drugs", drug, "plausible_dose"),
                partial(self.index.of_quantity, "drugs", drug),
                partial(self._with_dose_of, drug),
                own_units=False,
            )
        for name, declared in terms.observations.items():
            at = pointer("observations", name)
            yield _Measured(
                name,
                at,
                declared,
                declared.plausible,
                f"{at}/plausible",
                partial(self.index.of_quantity, "observations", name),
                partial(self._with_observation, name),
            )

    # Terminologies with a mistake

    def _with_dose(self, dose: QuantityDefinition) -> Vocabulary:
        doses = {
            name: Quantity(dose, self.terminology.drugs[name].plausible_dose)
            for name in self.vocabulary.doses
        }
        return self.vocabulary.with_quantities(Quantity(dose), doses, self.vocabulary.quantities)

    def _with_dose_of(self, drug: str, dose: QuantityDefinition, plausible: PlausibleRange) -> Vocabulary:
        doses = {**self.vocabulary.doses, drug: Quantity(dose, plausible)}
        return self.vocabulary.with_quantities(self.vocabulary.dose, doses, self.vocabulary.quantities)

    def _with_observation(
        self, name: str, definition: QuantityDefinition, plausible: PlausibleRange
    ) -> Vocabulary:
        quantities = {**self.vocabulary.quantities, name: Quantity(definition, plausible)}
        return self.vocabulary.with_quantities(self.vocabulary.dose, self.vocabulary.doses, quantities)


class _Entries:
    """The entries of one quantity, with the mistakes that each may be."""

    def __init__(self, measured: _Measured) -> None:
        self.measured = measured
        self.definition = measured.definition
        self.quantity = Quantity(measured.definition, measured.plausible)

    def units(self, document: YamlDocument) -> Iterator[Target]:
        for unit, factor in self.definition.units.items():
            mistakes = []
            for slip in SLIPS:
                text = f"factor of {unit}: {plain(factor)} becomes {plain(factor * slip)}"
                changed = {**self.definition.units, unit: factor * slip}
                mistakes.append(self._mistake("factor slipped", text, {"units": changed}))
            label = f"1 {unit} is {plain(factor)} {self.definition.unit}"
            group = Group(f"unit {unit}", partial(self._unit_case, unit))
            yield self._target(document, pointer("units", unit), unit, label, mistakes, group)

    def aliases(self, document: YamlDocument) -> Iterator[Target]:
        factors = {self.definition.unit: Decimal(1), **self.definition.units}
        for alias, unit in self.definition.aliases.items():
            others = {name: meant for name, meant in self.definition.aliases.items() if name != alias}
            mistakes = [self._mistake("alias dropped", f"'{alias}' dropped", {"aliases": others})]
            other = next((name for name, factor in factors.items() if factor != factors.get(unit)), None)
            if other is not None:
                text = f"'{alias}' becomes {other} instead of {unit}"
                mistakes.append(self._mistake("alias swapped", text, {"aliases": {**others, alias: other}}))
            group = Group(f"alias {alias}", partial(self._unit_case, alias))
            noticing = partial(self._noticing_unit, alias)
            label = f"'{alias}' is {unit}"
            yield self._target(document, pointer("aliases", alias), alias, label, mistakes, group, noticing)

    def molar_mass(self, document: YamlDocument) -> Iterator[Target]:
        mass: Decimal | None = getattr(self.definition, "molar_mass", None)
        if mass is None:
            return
        step = Decimal(1).scaleb(int(mass.as_tuple().exponent))
        mistakes = []
        for changed in (mass - step, mass + step, mass * 1000, mass / 1000):
            text = f"molar mass {plain(mass)} becomes {plain(changed)}"
            mistakes.append(self._mistake("molar mass changed", text, {"molar_mass": changed}))
        unit = "g/L" if "mol" in self.definition.unit else "mmol/L"
        group = Group("molar mass", advice=f"write a case in a unit such as {unit}")
        label = f"molar mass {plain(mass)} g/mol"
        yield self._target(document, "/molar_mass", plain(mass), label, mistakes, group)

    def resolution(self, document: YamlDocument) -> Iterator[Target]:
        """Yield the smallest step, which matters for values between 0 and it."""
        resolution, unit, name = self.quantity.resolution, self.quantity.unit, self.measured.name
        if self.quantity.minimum >= resolution * 10:
            return  # a value below the step is below the minimum as well
        mistakes = []
        for changed in (resolution / 10, resolution * 10):
            text = f"resolution {plain(resolution)} becomes {plain(changed)}"
            mistakes.append(self._mistake("step changed", text, {"resolution": changed}))
        step, half = max(resolution, self.quantity.minimum), resolution / 2
        lines = [
            f"{name} {plain(step)} {unit} is {plain(step)} {unit}",
            f"{name} {plain(half)} {unit} is implausible",
        ]
        group = Group("smallest step", lambda _: "\n".join(lines))
        label = f"values below {plain(resolution)} {unit} are implausible"
        yield self._target(
            document, "/resolution", plain(resolution), label, mistakes, group, self._noticing_small_values
        )

    def limits(self, document: YamlDocument) -> Iterator[Target]:
        step, unit, plausible = self.definition.resolution, self.definition.unit, self.measured.plausible
        for key, limit, sign in (("minimum", plausible.minimum, -1), ("maximum", plausible.maximum, 1)):
            mistakes = []
            for moved in (limit - step, limit + step):
                text = f"{key} {plain(limit)} becomes {plain(moved)}"
                changed = plausible.model_copy(update={key: moved})
                vocabulary = partial(self.measured.changed, self.definition, changed)
                mistakes.append(Mistake("limit moved", text, vocabulary))
            at, beyond, name = plain(limit), plain(limit + sign * step), self.measured.name
            case = f"{name} {at} {unit} is {at} {unit}\n{name} {beyond} {unit} is implausible"
            group = Group(f"plausible {key}", partial(_same_text, case))
            yield self._target(
                document, f"/{key}", key, f"plausible {key} {at} {unit}", mistakes, group, of_range=True
            )

    def _target(  # noqa: PLR0913, PLR0917 - the parts of a target
        self,
        document: YamlDocument,
        at: str,
        text: str,
        label: str,
        mistakes: Iterable[Mistake],
        group: Group,
        noticing: Callable[[Vocabulary], str | None] = lambda _: "",
        *,
        of_range: bool = False,
    ) -> Target:
        place = document.problem((self.measured.plausible_at if of_range else self.measured.at) + at, "", "")
        return Target(
            subject=self.measured.name,
            text=text,
            label=label,
            file=place.source,
            line=place.line or 1,
            pointer=place.pointer,
            group=group,
            mistakes=tuple(mistakes),
            checks=self.measured.checks,
            noticing=noticing,
        )

    def _mistake(self, operator: str, text: str, update: Mapping[str, Any]) -> Mistake:
        changed = self.definition.model_copy(update=dict(update))
        return Mistake(operator, text, partial(self.measured.changed, changed, self.measured.plausible))

    def _unit_case(self, unit: str, _: Iterable[str]) -> str:
        """Return a case of a plausible value in a unit."""
        quantity = self.quantity
        factor = quantity.scale.factor(unit)
        middle = (quantity.minimum + quantity.maximum) / 2
        number = Decimal(f"{middle * factor.denominator / factor.numerator:.3g}")
        value = canonical(quantity.scale.convert(number, unit))
        return f"{self.measured.name} {plain(number)} {unit} is {plain(value)} {quantity.unit}"

    def _of(self, changed: Vocabulary) -> Quantity:
        """Return the quantity in a changed terminology."""
        return changed.dose if self.measured.name == "dose" else changed.quantities[self.measured.name]

    def _noticing_unit(self, unit: str, changed: Vocabulary) -> str | None:
        """Return None if a unit means the same in a changed terminology."""
        try:
            same = self._of(changed).scale.factor(unit) == self.quantity.scale.factor(unit)
        except UnitError:
            return ""
        return None if same else ""

    def _noticing_small_values(self, changed: Vocabulary) -> str | None:
        """Return None if the same values near the smallest step are plausible in a changed terminology."""
        other = self._of(changed)
        small = [step for base in (self.quantity.resolution, other.resolution) for step in (base, base / 2)]
        same = all(self.quantity.plausible(value) == other.plausible(value) for value in small)
        return None if same else ""


def _same_text(text: str, _: Iterable[str]) -> str:
    return text

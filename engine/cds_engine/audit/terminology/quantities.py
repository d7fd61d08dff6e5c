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
            quantity = Quantity(measured.definition, measured.plausible)
            for at, text, label, mistakes, same, group in self._entries(measured, quantity):
                place = document.problem(at, "", "")
                yield Target(
                    subject=measured.name,
                    text=text,
                    label=label,
                    file=place.source,
                    line=place.line or 1,
                    pointer=at,
                    group=group,
                    mistakes=tuple(mistakes),
                    checks=measured.checks,
                    same=same,
                )

    def _measured(self) -> Iterator[_Measured]:
        terms = self.terminology
        own = frozenset(self.vocabulary.doses)
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

    # What may be mistaken

    def _entries(self, measured: _Measured, quantity: Quantity) -> Iterator[tuple[Any, ...]]:
        if measured.own_units:
            yield from self._units(measured, quantity)
            yield from self._aliases(measured, quantity)
            yield from self._molar_mass(measured, quantity)
            yield from self._resolution(measured)
        yield from self._limits(measured)

    def _units(self, measured: _Measured, quantity: Quantity) -> Iterator[tuple[Any, ...]]:
        definition = measured.definition
        for unit, factor in definition.units.items():
            mistakes = []
            for slip in SLIPS:
                changed = {**definition.units, unit: factor * slip}
                text = f"factor of {unit}: {plain(factor)} becomes {plain(factor * slip)}"
                mistakes.append(self._mistake(measured, "factor slipped", text, {"units": changed}))
            label = f"1 {unit} is {plain(factor)} {definition.unit}"
            group = Group(f"unit {unit}", partial(_unit_case, measured.name, quantity, unit))
            yield f"{measured.at}{pointer('units', unit)}", unit, label, mistakes, _never_same, group

    def _aliases(self, measured: _Measured, quantity: Quantity) -> Iterator[tuple[Any, ...]]:
        definition = measured.definition
        factors = {definition.unit: Decimal(1), **definition.units}
        for alias, unit in definition.aliases.items():
            dropped = {name: meant for name, meant in definition.aliases.items() if name != alias}
            mistakes = [self._mistake(measured, "alias dropped", f"'{alias}' dropped", {"aliases": dropped})]
            other = next((name for name, factor in factors.items() if factor != factors.get(unit)), None)
            if other is not None:
                changed = {**definition.aliases, alias: other}
                text = f"'{alias}' becomes {other} instead of {unit}"
                mistakes.append(self._mistake(measured, "alias swapped", text, {"aliases": changed}))
            label = f"'{alias}' is {unit}"
            group = Group(f"alias {alias}", partial(_unit_case, measured.name, quantity, alias))
            same = partial(self._same_unit, measured, quantity, alias)
            yield f"{measured.at}{pointer('aliases', alias)}", alias, label, mistakes, same, group

    def _molar_mass(self, measured: _Measured, quantity: Quantity) -> Iterator[tuple[Any, ...]]:
        mass: Decimal | None = getattr(measured.definition, "molar_mass", None)
        if mass is None:
            return
        step = Decimal(1).scaleb(int(mass.as_tuple().exponent))
        mistakes = [
            self._mistake(
                measured,
                "molar mass changed",
                f"molar mass {plain(mass)} becomes {plain(changed)}",
                {"molar_mass": changed},
            )
            for changed in (mass - step, mass + step, mass * 1000, mass / 1000)
            if changed > 0
        ]
        unit = "mol" if "mol" not in measured.definition.unit else "g"
        group = Group("molar mass", advice=f"write a case in a unit with {unit}, such as m{unit}/L")
        yield (
            f"{measured.at}/molar_mass",
            plain(mass),
            f"molar mass {plain(mass)} g/mol",
            mistakes,
            _never_same,
            group,
        )

    def _resolution(self, measured: _Measured) -> Iterator[tuple[Any, ...]]:
        """Yield the smallest step, which matters for values between 0 and it."""
        definition, resolution = measured.definition, measured.definition.resolution
        if measured.plausible.minimum >= resolution * 10:
            return  # a value below the step is below the minimum as well
        mistakes = [
            self._mistake(
                measured,
                "step changed",
                f"resolution {plain(resolution)} becomes {plain(changed)}",
                {"resolution": changed},
            )
            for changed in (resolution / 10, resolution * 10)
        ]
        unit, half = definition.unit, resolution / 2

        def case(_: Iterable[str]) -> str:
            step = max(resolution, measured.plausible.minimum)
            return (
                f"{measured.name} {plain(step)} {unit} is {plain(step)} {unit}\n"
                f"{measured.name} {plain(half)} {unit} is implausible"
            )

        def same(changed: Vocabulary) -> bool:
            other = changed.dose if measured.name == "dose" else changed.quantities[measured.name]
            small = [step for base in (resolution, other.resolution) for step in (base, base / 2)]
            quantity = Quantity(definition, measured.plausible)
            return all(quantity.plausible(value) == other.plausible(value) for value in small)

        label = f"values below {plain(resolution)} {unit} are implausible"
        yield (
            f"{measured.at}/resolution",
            plain(resolution),
            label,
            mistakes,
            same,
            Group("smallest step", case),
        )

    def _limits(self, measured: _Measured) -> Iterator[tuple[Any, ...]]:
        plausible, step, unit = measured.plausible, measured.definition.resolution, measured.definition.unit
        for key, limit, sign in (("minimum", plausible.minimum, -1), ("maximum", plausible.maximum, 1)):
            mistakes = []
            for changed in (limit - step, limit + step):
                moved = plausible.model_copy(update={key: changed})
                if moved.minimum > moved.maximum:
                    continue
                mistakes.append(
                    Mistake(
                        "limit moved",
                        f"{key} {plain(limit)} becomes {plain(changed)}",
                        partial(measured.changed, measured.definition, moved),
                    )
                )

            def case(_: Iterable[str], limit: Decimal = limit, beyond: Decimal = limit + sign * step) -> str:
                return (
                    f"{measured.name} {plain(limit)} {unit} is {plain(limit)} {unit}\n"
                    f"{measured.name} {plain(beyond)} {unit} is implausible"
                )

            label = f"plausible {key} {plain(limit)} {unit}"
            yield (
                f"{measured.plausible_at}/{key}",
                key,
                label,
                mistakes,
                _never_same,
                Group(f"plausible {key}", case),
            )

    def _mistake(self, measured: _Measured, operator: str, text: str, update: Mapping[str, Any]) -> Mistake:
        changed = measured.definition.model_copy(update=dict(update))
        return Mistake(operator, text, partial(measured.changed, changed, measured.plausible))

    def _same_unit(self, measured: _Measured, quantity: Quantity, unit: str, changed: Vocabulary) -> bool:
        """Return whether a unit means the same in a changed terminology."""
        other = changed.dose if measured.name == "dose" else changed.quantities[measured.name]
        try:
            return other.scale.factor(unit) == quantity.scale.factor(unit)
        except UnitError:
            return False


def _never_same(_: Vocabulary) -> bool:
    return False


def _unit_case(name: str, quantity: Quantity, unit: str, _: Iterable[str]) -> str:
    """Return a case of a plausible value in a unit."""
    factor = quantity.scale.factor(unit)
    middle = (quantity.minimum + quantity.maximum) / 2
    number = Decimal(f"{middle * factor.denominator / factor.numerator:.3g}")
    value = canonical(quantity.scale.convert(number, unit))
    return f"{name} {plain(number)} {unit} is {plain(value)} {quantity.unit}"

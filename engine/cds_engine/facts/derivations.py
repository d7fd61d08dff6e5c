"""From a chart to facts, by the derivations that the rulebook declares; what is not known is left out."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from cds_engine.quantities.numbers import WORKING, canonical, total
from cds_engine.record.chart import Chart, Course, Reading, Series
from cds_engine.rulebook import files
from cds_engine.rulebook.expressions import Scalar
from cds_engine.rulebook.model import Fact
from cds_engine.rulebook.vocabulary import Vocabulary

Sources: TypeAlias = tuple[str, ...]
Derived: TypeAlias = tuple[Scalar, Sources] | None
Derive: TypeAlias = Callable[[Chart], Derived]
Parameters: TypeAlias = Mapping[str, Decimal]
HUNDRED = Decimal(100)


_NOTHING = Chart(datetime.date.min, courses={}, conditions={}, symptoms={}, series={})
"""The chart in which every section is given and empty."""


class Derivations:
    """The derivations of ``facts``, made ready for one set of parameter values.

    Most of a record is what it does not mention: a fact of which a section says nothing is what it is where
    that section is empty. This is derived once, and of each chart only what its entries bear on.
    """

    def __init__(self, facts: Iterable[Fact], vocabulary: Vocabulary, parameters: Parameters) -> None:
        self._sections = {"conditions": _Section(), "symptoms": _Section(), "courses": _Section()}
        self._sections["series"] = _Section()
        self._of_no_section: dict[str, Derive] = {}
        for fact in facts:
            if fact.derivation is None:
                continue
            derive = prepare(fact.derivation, vocabulary, parameters)
            section, concepts = _bearing(fact.derivation, vocabulary)
            if section is None:
                self._of_no_section[fact.name] = derive
            else:
                self._sections[section].add(fact.name, derive, concepts)

    def derive(self, chart: Chart) -> tuple[dict[str, Scalar], dict[str, Sources]]:
        """Return the known facts, and for each the pointers of the entries it came from."""
        values: dict[str, Scalar] = {}
        sources: dict[str, Sources] = {}
        touched = dict(self._of_no_section)
        for name, section in self._sections.items():
            entries = getattr(chart, name)
            if entries is None:
                continue
            values.update(section.values)
            sources.update(section.sources)
            for concept in entries:
                touched.update(section.touched_by.get(concept, {}))
        for drug in chart.doubtful:
            touched.update(self._sections["courses"].touched_by.get(drug, {}))
        for fact, derive in touched.items():
            derived = derive(chart)
            if derived is not None:
                values[fact], sources[fact] = derived
            elif fact in values:
                del values[fact], sources[fact]
        return values, sources


class _Section:
    """The facts that one section of a chart decides: what they are when it is empty, what changes them."""

    def __init__(self) -> None:
        self.values: dict[str, Scalar] = {}
        self.sources: dict[str, Sources] = {}
        self.touched_by: dict[str, dict[str, Derive]] = {}

    def add(self, fact: str, derive: Derive, concepts: Iterable[str]) -> None:
        derived = derive(_NOTHING)
        if derived is not None:
            self.values[fact], self.sources[fact] = derived
        for concept in concepts:
            self.touched_by.setdefault(concept, {})[fact] = derive


def _bearing(declared: Any, vocabulary: Vocabulary) -> tuple[str | None, Iterable[str]]:
    """Return the section that a derivation reads first, and the concepts of which it needs an entry there.

    What compares results with the start of a drug finds nothing to compare where there are no results.
    """
    match declared:
        case files.Age() | files.History():
            return None, ()
        case files.ConditionPresent(condition=condition):
            return "conditions", (condition,)
        case files.SymptomPresent(symptom=symptom) | files.SymptomSeverity(symptom=symptom):
            return "symptoms", (symptom,)
    if hasattr(declared, "observation"):
        return "series", vocabulary.observations[declared.observation]
    return "courses", vocabulary.drugs[declared.drug]


def prepare(  # noqa: PLR0912 - one case for each derivation that a rulebook can declare
    declared: Any, vocabulary: Vocabulary, parameters: Parameters
) -> Derive:
    """Return the function that derives one declared fact."""
    match declared:
        case files.Age():
            return _age
        case files.MedicationActive(drug=drug):
            return _active(vocabulary.drugs[drug])
        case files.MedicationDose(drug=drug):
            return _dose(vocabulary.drugs[drug])
        case files.MedicationDays(drug=drug):
            return _days_on_treatment(vocabulary.drugs[drug])
        case files.MedicationStopped(drug=drug):
            return _stopped(vocabulary.drugs[drug])
        case files.MedicationDaysSinceStop(drug=drug):
            return _days_since_stop(vocabulary.drugs[drug])
        case files.MedicationIndication(drug=drug, conditions=conditions):
            return _indication(vocabulary.drugs[drug], tuple(conditions))
        case files.ConditionPresent(condition=condition):
            return lambda chart: _present(chart.conditions, condition, "/conditions")
        case files.SymptomPresent(symptom=symptom):
            return lambda chart: _present(chart.symptoms, symptom, "/symptoms")
        case files.SymptomSeverity(symptom=symptom):
            return _severity(symptom)
        case files.History(field=name):
            return _history(name)
        case files.ObservationLatest(observation=name, fresh=fresh):
            return _latest(name, _days(fresh, parameters))
        case files.ObservationPrevious(observation=name):
            return _previous(name)
        case files.ObservationEver(observation=name):
            return _ever(vocabulary.observations[name])
        case files.ObservationDaysSince(observation=name):
            return _days_since(vocabulary.observations[name])
        case files.ObservationFall(observation=name, fresh=fresh):
            return _fall(name, _days(fresh, parameters))
        case files.ObservationChange():
            return _change(declared, vocabulary.drugs[declared.drug], _days(declared.fresh, parameters))
        case files.ObservationTaken(observation=name, drug=drug, before=before, after=after):
            window = (_days(before, parameters), _days(after, parameters))
            return _taken(vocabulary.observations[name], vocabulary.drugs[drug], window)
    raise AssertionError(f"no derivation for {declared!r}")


def _days(reference: str | None, parameters: Parameters) -> int | None:
    return None if reference is None else int(parameters[reference.removeprefix("$")])


def _since(chart: Chart, day: datetime.date) -> Decimal:
    return Decimal((chart.as_of - day).days)


def _age(chart: Chart) -> Derived:
    return None if chart.age_years is None else (Decimal(chart.age_years), ("/patient",))


# medications


def _doubtful(chart: Chart, drugs: tuple[str, ...]) -> bool:
    """Whether some drug may be or have been taken without standing among the courses."""
    return not chart.doubtful.isdisjoint(drugs)


def _active_courses(chart: Chart, drugs: tuple[str, ...]) -> list[Course]:
    assert chart.courses is not None
    return [course for drug in drugs for course in chart.courses.get(drug, ()) if course.active]


def _start(chart: Chart, drugs: tuple[str, ...]) -> datetime.date | None:
    """Return the earliest start among the active entries; None unless each of them has one."""
    if chart.courses is None or _doubtful(chart, drugs):
        return None
    starts = [course.start for course in _active_courses(chart, drugs)]
    known = [start for start in starts if start is not None]
    return min(known) if known and len(known) == len(starts) else None


def _pointers(courses: Iterable[Course]) -> Sources:
    return tuple([course.pointer for course in courses])


def _active(drugs: tuple[str, ...]) -> Derive:
    def derive(chart: Chart) -> Derived:
        if chart.courses is None:
            return None
        courses = _active_courses(chart, drugs)
        if not courses and _doubtful(chart, drugs):
            return None
        return bool(courses), _pointers(courses) or ("/medications",)

    return derive


def _dose(drugs: tuple[str, ...]) -> Derive:
    def derive(chart: Chart) -> Derived:
        if chart.courses is None or _doubtful(chart, drugs):
            return None
        courses = _active_courses(chart, drugs)
        doses = [course.dose for course in courses if course.dose is not None]
        if not courses or len(doses) < len(courses):
            return None
        return canonical(total(doses)), _pointers(courses)

    return derive


def _days_on_treatment(drugs: tuple[str, ...]) -> Derive:
    def derive(chart: Chart) -> Derived:
        start = _start(chart, drugs)
        return None if start is None else (_since(chart, start), _pointers(_active_courses(chart, drugs)))

    return derive


def _stops(chart: Chart, drugs: tuple[str, ...]) -> list[tuple[datetime.date, str]]:
    assert chart.courses is not None
    return [
        (course.stop, course.pointer)
        for drug in drugs
        for course in chart.courses.get(drug, ())
        if course.stop is not None and not course.active
    ]


def _stopped(drugs: tuple[str, ...]) -> Derive:
    def derive(chart: Chart) -> Derived:
        if chart.courses is None:
            return None
        stops = _stops(chart, drugs)
        if not stops and _doubtful(chart, drugs):
            return None
        return bool(stops), tuple(pointer for _, pointer in stops) or ("/medications",)

    return derive


def _days_since_stop(drugs: tuple[str, ...]) -> Derive:
    def derive(chart: Chart) -> Derived:
        stops = _stops(chart, drugs) if chart.courses is not None else []
        if not stops or _doubtful(chart, drugs):
            return None
        day, pointer = max(stops)
        return _since(chart, day), (pointer,)

    return derive


def _indication(drugs: tuple[str, ...], conditions: tuple[str, ...]) -> Derive:
    def derive(chart: Chart) -> Derived:
        if chart.courses is None or _doubtful(chart, drugs):
            return None
        courses = _active_courses(chart, drugs)
        stated = {course.indication for course in courses}
        if None in stated:
            stated = (stated - {None}) | {_only_one_present(chart, conditions)}
        indication = stated.pop() if len(stated) == 1 else None
        return None if indication is None else (indication, _pointers(courses))

    return derive


def _only_one_present(chart: Chart, conditions: tuple[str, ...]) -> str | None:
    """Return the one of ``conditions`` that is present, where each is known and only one is."""
    present = [_present(chart.conditions, condition, "") for condition in conditions]
    if any(derived is None for derived in present):
        return None
    found = [name for name, derived in zip(conditions, present, strict=True) if derived and derived[0]]
    return found[0] if len(found) == 1 else None


# conditions, symptoms, history


def _present(section: Mapping[str, Any] | None, concept: str, pointer: str) -> Derived:
    if section is None:
        return None
    stated = section.get(concept)
    if stated is None:
        return False, (pointer,)
    return None if stated.present is None else (stated.present, (stated.pointer,))


def _severity(symptom: str) -> Derive:
    def derive(chart: Chart) -> Derived:
        stated = chart.symptoms.get(symptom) if chart.symptoms is not None else None
        if stated is None or not stated.present or stated.severity is None:
            return None
        return stated.severity, (stated.pointer,)

    return derive


def _history(name: str) -> Derive:
    def derive(chart: Chart) -> Derived:
        value = chart.history.get(name)
        return None if value is None else (value, (f"/history/{name}",))

    return derive


# observations


def _series(chart: Chart, name: str) -> Series | None:
    """Return the results of an observation, or None where their order in time is not known."""
    series = chart.series.get(name) if chart.series is not None else None
    return None if series is None or series.undated else series


def _usable(chart: Chart, reading: Reading, fresh: int | None) -> bool:
    """Whether a reading has a value and is at most ``fresh`` days old."""
    return reading.value is not None and (fresh is None or (chart.as_of - reading.day).days <= fresh)


def _latest(name: str, fresh: int | None) -> Derive:
    def derive(chart: Chart) -> Derived:
        series = _series(chart, name)
        if series is None or not series.readings or not _usable(chart, series.readings[0], fresh):
            return None
        reading = series.readings[0]
        return canonical(_with_value(reading)), (reading.pointer,)

    return derive


def _with_value(reading: Reading) -> Decimal:
    assert reading.value is not None
    return reading.value


def _previous(name: str) -> Derive:
    def derive(chart: Chart) -> Derived:
        series = _series(chart, name)
        if series is None or len(series.readings) < 2 or series.readings[1].value is None:
            return None
        return canonical(series.readings[1].value), (series.readings[1].pointer,)

    return derive


def _ever(names: tuple[str, ...]) -> Derive:
    def derive(chart: Chart) -> Derived:
        if chart.series is None:
            return None
        found = [name for name in names if name in chart.series]
        pointers = [chart.series[name].readings[0].pointer for name in found if chart.series[name].readings]
        return bool(found), tuple(pointers) or ("/observations",)

    return derive


def _days_since(names: tuple[str, ...]) -> Derive:
    def derive(chart: Chart) -> Derived:
        found = [chart.series[name] for name in names if name in chart.series] if chart.series else []
        readings = [series.readings[0] for series in found if series.readings]
        if not readings or any(series.undated for series in found):
            return None
        latest = max(readings, key=lambda reading: reading.day)
        return _since(chart, latest.day), (latest.pointer,)

    return derive


def _percent(part: Decimal, whole: Decimal) -> Decimal:
    return canonical(WORKING.divide(WORKING.multiply(part, HUNDRED), whole))


def _fall(name: str, fresh: int | None) -> Derive:
    def derive(chart: Chart) -> Derived:
        series = _series(chart, name)
        if series is None or len(series.readings) < 2:
            return None
        latest, previous = series.readings[:2]
        if not (_usable(chart, latest, fresh) and _usable(chart, previous, fresh)) or not previous.value:
            return None
        fall = _percent(previous.value - _with_value(latest), previous.value)
        return fall, (latest.pointer, previous.pointer)

    return derive


def _change(declared: files.ObservationChange, drugs: tuple[str, ...], fresh: int | None) -> Derive:
    def derive(chart: Chart) -> Derived:
        series, start = _series(chart, declared.observation), _start(chart, drugs)
        if series is None or start is None or not series.readings:
            return None
        latest = series.readings[0]
        baseline = _baseline(series.readings, start, declared.or_first_after)
        if baseline is None or baseline is latest or not baseline.value or not _usable(chart, latest, fresh):
            return None
        rise = _with_value(latest) - baseline.value
        change = _percent(rise if declared.direction == "rise" else -rise, baseline.value)
        return change, (latest.pointer, baseline.pointer)

    return derive


def _baseline(readings: list[Reading], start: datetime.date, or_first_after: bool) -> Reading | None:
    """Return the last reading on or before ``start``, else, if wanted, the first one after it."""
    before = next((reading for reading in readings if reading.day <= start), None)
    return readings[-1] if before is None and or_first_after else before


def _taken(names: tuple[str, ...], drugs: tuple[str, ...], window: tuple[int | None, int | None]) -> Derive:
    before, after = (datetime.timedelta(days=days or 0) for days in window)

    def derive(chart: Chart) -> Derived:
        if chart.series is None:
            return None
        found = [chart.series[name] for name in names if name in chart.series]
        if not found:
            return False, ("/observations",)
        start = _start(chart, drugs)
        if start is None:
            return None
        first, last = start - before, start + after
        inside = [
            reading.pointer for series in found for reading in series.readings if first <= reading.day <= last
        ]
        if inside:
            return True, tuple(inside)
        if any(series.undated for series in found):
            return None
        return False, ("/observations",)

    return derive

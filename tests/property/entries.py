"""Random facts of the fact language, and random records for them to be asked of.

Facts are drawn by Hypothesis. Records are drawn from a seed, because each example needs many of them.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any

from cds_engine.evaluate import Engine
from cds_engine.facts.derivations import Derivations
from cds_engine.inference.edition import Edition
from cds_engine.language.expressions import All, Comparison, Expression, Not
from cds_engine.language.expressions import Any as AnyOf
from cds_engine.language.formulas import Binary, Call, Choice, Compare, Formula, Input, Negative, Number
from cds_engine.language.queries import (
    ATTRIBUTES,
    ORDER,
    ORDERING,
    Computed,
    EntryKind,
    FactName,
    HistoryValue,
    PatientValue,
    Query,
    Selection,
    Take,
)
from cds_engine.rulebook.model import Fact
from hypothesis import strategies as st

from tests.spec.cases import AS_OF, chapter

Json = dict[str, Any]
PARAMETERS: Mapping[str, Decimal] = {
    **{f"days.{days}": Decimal(days) for days in (0, 2, 7, 10, 30)},
    **{f"value.{value}": Decimal(value) for value in ("3.5", "4.2", "120", "136", "50.349206")},
    **{f"dose.{dose}": Decimal(dose) for dose in ("10", "14.5", "30", "100")},
    **{f"weight.{weight}": Decimal(weight) for weight in ("0.2", "1.5", "1")},
    "hours": Decimal("8.5"),
}
MEMBERS: Mapping[EntryKind, Sequence[tuple[str, ...]]] = {
    "observation": [
        ("sodium",),
        ("potassium",),
        ("sodium", "potassium"),
        ("lithium",),
        ("body-weight",),
    ],
    "drug": [("morphine",), ("oxycodone",), ("morphine", "oxycodone", "tramadol"), ("lithium-carbonate",)],
    "treatment": [("morphine",), ("morphine", "oxycodone", "tramadol"), ("lithium-carbonate",)],
    "condition": [("asthma",), ("asthma", "diabetes")],
    "symptom": [("cough",), ("cough", "rash")],
}
CODES = {
    "severity": ("mild", "moderate", "severe"),
    "indication": ("asthma", "diabetes"),
    "sex": ("female", "male", "other"),
}
UNITS = {"value": "value.", "dose": "dose.", "time": "hours"}


class Program(Engine):
    """An engine that derives some facts from records of the specification's terminology."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        super().__init__(chapter("patient").engine.rulebook)
        self.facts_asked = tuple(facts)

    @cache  # noqa: B019  # an engine lives no longer than an example
    def edition(self, as_of: datetime.date) -> Edition:
        """Return an edition that asks for the facts."""
        facts = self.facts_asked
        return replace(
            super().edition(as_of),
            parameters=PARAMETERS,
            asked=facts,
            derived=facts,
            derivations=Derivations(facts, PARAMETERS),
        )


@dataclass(frozen=True)
class Drawn:
    """The facts drawn so far, by kind; later ones may read them."""

    facts: Sequence[Fact]

    def of(self, kind: str) -> list[str]:
        return [fact.name for fact in self.facts if fact.kind == kind]


@st.composite
def programs(draw: st.DrawFn, size: int = 20) -> list[Fact]:
    """Draw facts, of which each may read those before it."""
    facts = [
        Fact("age", "", "number", derivation=PatientValue("age_years"), maximum=Decimal(150)),
        Fact("sex", "", "code", derivation=PatientValue("sex"), codes=CODES["sex"]),
        Fact("trials", "", "number", derivation=HistoryValue("trials"), maximum=Decimal(20)),
    ]
    for number in range(size):
        drawn = Drawn(facts)
        make = draw(st.sampled_from([queries, queries, queries, computed]))
        facts.append(draw(make(f"fact.{number}", drawn)))
    return facts


# Queries


@st.composite
def queries(draw: st.DrawFn, name: str, drawn: Drawn) -> Fact:
    """Draw a fact that is a query."""
    kind = draw(st.sampled_from(list(MEMBERS)))
    members = draw(st.sampled_from(MEMBERS[kind]))
    take, give = draw(_takes(kind))
    where = draw(st.none() | filters(kind, members, drawn))
    if take == "every" and where is None:
        where = Comparison(_name_of(kind), "known", True)
    found = _kind(kind, take, give)
    query = Query(
        of=Selection(kind, members, members, "days.7" if kind == "treatment" else None),
        where=where,
        take=take,
        give=give,
        if_none=draw(_if_none(take, found, drawn)),
        unstated=draw(st.sampled_from([None, *drawn.of(found)])) if take == "only" else None,
        weights=draw(_weights(kind, take, give, members)),
    )
    return Fact(name, "", found, derivation=query, resolution=draw(st.sampled_from(RESOLUTIONS)))


RESOLUTIONS = [Decimal("0.1"), Decimal(1), Decimal("0.5")]


def _name_of(kind: EntryKind) -> str:
    return "active" if kind == "treatment" else kind


def _takes(kind: EntryKind) -> st.SearchStrategy[tuple[Take, str | None]]:
    pairs: list[tuple[Take, str | None]] = [("any", None), ("every", None), ("number", None)]
    for give, attribute in ATTRIBUTES[kind].items():
        pairs.append(("only", give))
        if kind in ORDER:
            pairs += [(take, give) for take in ORDERING]
        if attribute.kind == "number":
            pairs += [("sum", give), ("mean", give)]
        if attribute.kind == "number" or give == "severity":
            pairs += [("lowest", give), ("highest", give)]
    return st.sampled_from(pairs)


def _kind(kind: EntryKind, take: Take, give: str | None) -> Any:
    if give is None:
        return "number" if take == "number" else "boolean"
    return ATTRIBUTES[kind][give].kind


def _if_none(take: Take, kind: str, drawn: Drawn) -> st.SearchStrategy[Any]:
    if take in ("any", "number"):
        return st.none()
    if take == "every":
        return st.sampled_from([None, True, False])
    constants = {"number": [Decimal(0), Decimal("12.5")], "boolean": [True], "code": []}[kind]
    return st.sampled_from([None, None, *constants, *map(FactName, drawn.of(kind))])


def _weights(kind: EntryKind, take: Take, give: str | None, members: tuple[str, ...]) -> Any:
    if take != "sum" or kind == "treatment":
        return st.just(())
    names = st.sampled_from([name for name in PARAMETERS if name.startswith("weight.")])
    weighted = st.tuples(*(st.tuples(st.just(member), names) for member in members))
    return st.just(()) | weighted


def filters(kind: EntryKind, members: tuple[str, ...], drawn: Drawn) -> st.SearchStrategy[Expression]:
    """Draw filters over the attributes of entries."""
    return st.recursive(
        st.sampled_from(list(ATTRIBUTES[kind])).flatmap(lambda name: _leaf(kind, name, members, drawn)),
        lambda child: st.one_of(
            st.builds(Not, child),
            st.builds(All, st.lists(child, min_size=1, max_size=3).map(tuple)),
            st.builds(AnyOf, st.lists(child, min_size=1, max_size=3).map(tuple)),
        ),
        max_leaves=3,
    )


def _leaf(
    kind: EntryKind, name: str, members: tuple[str, ...], drawn: Drawn
) -> st.SearchStrategy[Comparison]:
    attribute = ATTRIBUTES[kind][name]
    known = st.builds(Comparison, st.just(name), st.just("known"), st.booleans())
    if attribute.kind == "boolean":
        same = st.builds(Comparison, st.just(name), st.sampled_from(["is", "is_not"]), st.booleans())
        return st.one_of(same, same, known)
    if attribute.kind == "code":
        codes = st.sampled_from(CODES.get(name, members))
        one = st.builds(Comparison, st.just(name), st.sampled_from(["is", "is_not"]), codes)
        several = st.lists(codes, min_size=1, unique=True).map(tuple)
        return one | st.builds(Comparison, st.just(name), st.just("one_of"), several) | known
    ordered = st.sampled_from(["less_than", "at_most", "more_than", "at_least"])
    prefix = UNITS.get(name, "days.")
    parameter = st.sampled_from([other for other in PARAMETERS if other.startswith(prefix)])
    with_parameter = st.builds(Comparison, st.just(name), ordered, st.none(), parameter)
    if name == "rank":
        places = st.sampled_from([Decimal(0), Decimal(1)])
        return st.builds(Comparison, st.just(name), st.sampled_from(["is", "is_not", "at_least"]), places)
    with_formula = st.builds(Comparison, st.just(name), ordered, formulas(drawn))
    return st.one_of(with_parameter, with_parameter, with_formula, known)


# Formulas


@st.composite
def computed(draw: st.DrawFn, name: str, drawn: Drawn) -> Fact:
    """Draw a fact that is a formula."""
    bound = draw(st.sampled_from([Decimal(200), Decimal(10_000)]))
    return Fact(
        name,
        "",
        "number",
        resolution=draw(st.sampled_from(RESOLUTIONS)),
        minimum=-bound,
        maximum=bound,
        derivation=Computed(draw(formulas(drawn))),
    )


def formulas(drawn: Drawn) -> st.SearchStrategy[Formula]:
    """Draw formulas over numbers and truths; their constants are exact as doubles."""
    inputs = st.sampled_from([Input(name) for name in [*drawn.of("number"), *drawn.of("boolean")]])
    numbers = st.sampled_from([Number(Decimal(text)) for text in ("1", "2", "0.5", "7", "100")])
    choice = st.just(Choice("sex", (("female", Number(Decimal(2))), ("male", Number(Decimal("0.5"))))))
    return st.recursive(
        st.one_of(inputs, inputs, numbers, choice),
        lambda child: st.one_of(
            st.builds(Binary, st.sampled_from(["+", "-", "*", "/"]), child, child),
            st.builds(Compare, st.sampled_from(["<", "<=", ">", ">="]), child, child),
            st.builds(Call, st.sampled_from(["min", "max"]), st.tuples(child, child)),
            st.builds(Call, st.just("root"), st.tuples(child, st.just(Number(Decimal(2))))),
            st.builds(Binary, st.just("**"), child, st.sampled_from([Number(Decimal(2))])),
            st.builds(Negative, child),
        ),
        max_leaves=4,
    )


# Records


def records(seed: int, number: int) -> list[Json]:
    """Return records, in which entries often meet on a day, and much is missing."""
    random = Random(seed)
    return [_record(random, str(index)) for index in range(number)]


def _record(random: Random, name: str) -> Json:
    patient: Json = {"id": name}
    patient |= random.choice([{}, {"age_years": random.choice([0, 40, 70])}, {"birth_date": "1956-03-01"}])
    if random.random() < 0.7:
        patient["sex"] = random.choice([*CODES["sex"], "unknown"])
    record: Json = {"patient": patient}
    if random.random() < 0.3:
        record["as_of"] = random.choice(["2026-03-01", "2026-03-01T12:00:00Z", "2026-03-01T01:00:00+02:00"])
    if random.random() < 0.5:
        record["history"] = {"trials": random.choice([None, 0, 3, 25])}
    for section, entry in ENTRIES.items():
        if random.random() < 0.9:
            entries = [entry(random) for _ in range(random.choice([0, 1, 2, 3, 4, 6]))]
            record[section] = [{k: v for k, v in one.items() if v is not UNSAID} for one in entries]
        if random.random() < 0.1:
            record.setdefault("incomplete", []).append(section)
    return record


UNSAID = object()


def _day(random: Random, *ago: int) -> Any:
    days = random.choice([*ago, *ago, None])
    return UNSAID if days is None else (AS_OF - datetime.timedelta(days=days)).isoformat()


def _span(random: Random, first: str, last: str) -> Json:
    """Return the first and the last day of something, in order."""
    days = {first: _day(random, -3, 0, 2, 7, 10, 20, 30), last: _day(random, -3, 0, 2, 7, 10, 12)}
    if UNSAID not in days.values() and days[first] > days[last]:
        days = dict(zip(days, sorted(days.values()), strict=True))
    return days


def _condition(random: Random) -> Json:
    return {
        "code": random.choice(
            [*["asthma", "diabetes"] * 3, "asthma", "flu", "icd|J45.9", "icd|R06.2", "text|wheezing"]
        ),
        "present": random.choice([UNSAID, UNSAID, True, False, None]),
        **_span(random, "onset", "resolved"),
    }


def _symptom(random: Random) -> Json:
    return {
        "code": random.choice([*["cough", "rash", "hiccups"] * 3, "text|itching"]),
        "present": random.choice([UNSAID, UNSAID, True, False, None]),
        "severity": random.choice([UNSAID, *CODES["severity"]]),
    }


def _medication(random: Random) -> Json:
    value = random.choice([30, 30, 70, 100, 0.1, 12.5, 5000])
    dose = {"value": value, "unit": random.choice(["mg/d", "mg/d", "mg/wk", "g/d", "{tablet}/d"])}
    return {
        "drug": random.choice(
            [*["morphine", "oxycodone", "lithium-carbonate"] * 3, "tramadol", "tea", "text|a tablet"]
        ),
        "daily_dose": random.choice([UNSAID, {"unit": "mg/d"}, dose, dose, dose]),
        "indication": random.choice([UNSAID, "asthma", "diabetes", "pain", "text|aches"]),
        "taken": random.choice([UNSAID, UNSAID, UNSAID, UNSAID, True, False, None]),
        "stopped": random.choice([UNSAID, UNSAID, UNSAID, True]),
        **_span(random, "start", "stop"),
    }


RESULTS: Mapping[str, tuple[Sequence[float], Sequence[str]]] = {
    "sodium": ((120, 135, 136, 140.5, 14), ("mmol/L", "mmol/L", "mol/L")),
    "potassium": ((3.5, 4, 4.25, 4.2, 0), ("mmol/L",)),
    "lithium": ((0.5, 1, 3.47, 6.94), ("mmol/L", "mg/L")),
    "body-weight": ((50, 60.5, 111, 50000), ("kg", "[lb_av]", "g")),
    "zinc": ((1,), ("mmol/L",)),
    "text|salt": ((3,), ("g",)),
}
TIMES = ("T08:00:00Z", "T08:30:00.25Z", "T10:00:00+02:00", "T23:30-01:00", "t12:00z")


def _observation(random: Random) -> Json:
    code = random.choice([*[name for name in RESULTS if "|" not in name] * 3, "text|salt"])
    values, units = RESULTS[code]
    date = _day(random, -1, 0, 0, 2, 2, 10, 30)
    if date is not UNSAID and random.random() < 0.3:
        date += random.choice(TIMES)
    return {
        "code": code,
        "value": random.choice([UNSAID, *values, *values]),
        "unit": random.choice(units),
        "date": date,
        "status": random.choice(
            [UNSAID, UNSAID, UNSAID, "final", "preliminary", "amended", "corrected", "cancelled"]
        ),
    }


ENTRIES: Mapping[str, Callable[[Random], Json]] = {
    "conditions": _condition,
    "medications": _medication,
    "observations": _observation,
    "symptoms": _symptom,
}

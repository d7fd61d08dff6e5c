"""The picture of a timeline: well-formed, without inline styles, and nothing drawn that is not known."""

from __future__ import annotations

import datetime
import xml.etree.ElementTree as ET
from decimal import Decimal
from typing import Any

import pytest
from cds_engine import Engine
from cds_engine.quantities.numbers import plain
from cds_engine.timeline import Timeline, record_timeline
from cds_engine.timeline.axis import TimeAxis, ValueAxis, value_axis
from cds_engine.timeline.picture import Picture, timeline_picture
from cds_engine.timeline.svg import STYLESHEET, draw_timeline, timeline_svg
from cds_engine.timeline.table import timeline_tables

from tests.engine.charts import shipped

AS_OF = datetime.date(2026, 11, 23)
NAMESPACE = "{http://www.w3.org/2000/svg}"
RECORD: dict[str, Any] = {
    "as_of": "2026-11-23",
    "patient": {"id": "<script>&", "birth_date": "1948-03-02"},
    "conditions": [
        {"code": "diabetes", "onset": "2026-09-15", "resolved": "2026-10-15"},
        {"code": "epilepsy", "present": False},
    ],
    "medications": [
        {"drug": "mianserin", "daily_dose": {"value": 60, "unit": "mg/d"}, "start": "2026-08-01"},
        {"drug": "fluoxetine", "stop": "2026-09-05"},
        {"drug": "diazepam", "start": "2026-08-10", "stopped": True},
        {"drug": "warfarin", "taken": None, "start": "2026-08-10"},
    ],
    "observations": [
        {"code": "neutrophils", "value": 4, "unit": "10*9/L", "date": "2026-08-05"},
        {"code": "neutrophils", "value": 1200, "unit": "/uL", "date": "2026-11-01"},
        {"code": "platelets", "value": 250, "unit": "10*9/L", "date": "2026-12-01"},
    ],
    "symptoms": [{"code": "dizziness", "severity": "mild"}, {"code": "fever", "present": False}],
}


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(shipped()[0])


@pytest.fixture(scope="module")
def timeline(engine: Engine) -> Timeline:
    return record_timeline(engine, engine.read(RECORD), AS_OF)


@pytest.fixture(scope="module")
def picture(engine: Engine, timeline: Timeline) -> Picture:
    return timeline_picture(engine, engine.read(RECORD), timeline)


def test_bars_say_what_is_not_known(picture: Picture) -> None:
    bars = {row.label: row.bars[0] for row in picture.drugs}
    assert list(bars) == ["mianserin", "fluoxetine", "diazepam", "warfarin"]
    mianserin, fluoxetine, diazepam, warfarin = bars.values()
    assert (mianserin.begin, mianserin.end) == (datetime.date(2026, 8, 1), None)
    assert mianserin.label == "60 mg/d, from 2026-08-01"
    assert (fluoxetine.fades_in, fluoxetine.fades_out) == (True, False)
    assert fluoxetine.label == "dose not known, since an unknown day until 2026-09-05"
    assert (diazepam.fades_in, diazepam.fades_out) == (False, True)
    assert not mianserin.perhaps
    assert warfarin.perhaps


def test_what_is_not_understood_is_not_drawn(engine: Engine) -> None:
    medications = [*RECORD["medications"], {"drug": "text|a tablet"}]
    undated = {"code": "neutrophils", "value": 2, "unit": "10*9/L"}
    record = engine.read(RECORD | {"medications": medications, "observations": [undated]})
    picture = timeline_picture(engine, record, record_timeline(engine, record, AS_OF))
    assert [row.label for row in picture.drugs] == ["mianserin", "fluoxetine", "diazepam", "warfarin"]
    assert picture.series == ()


def test_conditions_and_symptoms_are_those_that_are_present(picture: Picture) -> None:
    assert [row.label for row in picture.conditions] == ["diabetes"]
    assert picture.conditions[0].bars[0].end == datetime.date(2026, 10, 15)
    assert [row.label for row in picture.symptoms] == ["dizziness"]
    assert picture.symptoms[0].bars[0].label == "present, mild; the record gives no day"


def test_results_are_in_one_unit_with_the_thresholds_of_the_rules(picture: Picture) -> None:
    (series,) = picture.series
    assert series.label == "neutrophil count"
    assert [(day.isoformat(), plain(value)) for day, value in series.points] == [
        ("2026-08-05", "4"),
        ("2026-11-01", "1.2"),
    ]
    assert [(plain(each.value), each.parameter) for each in series.thresholds] == [
        ("0.5", "blood.neutrophils.grade4_below"),
        ("1", "blood.neutrophils.grade3_below"),
        ("1.5", "blood.neutrophils.grade2_below"),
    ]
    bands = {each.rules: (each.low, each.high, each.indicator) for each in series.bands}
    assert bands["monitoring.neutropenia-moderate",][:2] == (Decimal(1), Decimal("1.5"))
    assert bands["monitoring.agranulocytosis-range",][0] is None
    assert bands["monitoring.agranulocytosis-range",][2] == "critical"


def test_each_rule_has_a_line_the_most_serious_first(picture: Picture, timeline: Timeline) -> None:
    order = [row.indicator for row in picture.advisories]
    assert order == sorted(order, key=["critical", "warning", "info"].index)
    assert len(order) == len({each.rule for each in (*timeline.advisories, *timeline.due)})
    due = [row.due for row in picture.advisories if row.due is not None]
    assert {each.date for each in due} == {each.date for each in timeline.due}
    later = {each.date for each in picture.later}
    assert all(day > picture.end for day in later)


@pytest.mark.parametrize("logarithmic", [False, True])
def test_the_svg_is_accessible_and_has_no_inline_styles(
    picture: Picture, timeline: Timeline, logarithmic: bool
) -> None:
    root = ET.fromstring(timeline_svg(picture, timeline, logarithmic=logarithmic, id_prefix="x"))
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "x-title x-desc"
    names = {each.get("id"): each.text for each in root if each.get("id")}
    assert names["x-title"] == "Timeline of <script>&, 2026-08-01 to 2027-01-31"
    assert "research use only" in (names["x-desc"] or "")
    for element in root.iter():
        assert "style" not in element.attrib
        assert not any(name.startswith("on") for name in element.attrib)
        assert element.tag != f"{NAMESPACE}style"
        for number in ("x", "y", "width", "height", "cx", "cy", "x1", "x2", "y1", "y2"):
            assert float(element.get(number, "0")) >= 0
    titles = [each.text for each in root.iter(f"{NAMESPACE}title")]
    assert "neutrophil count on 2026-11-01: 1.2 10*9/L" in titles
    classes = " ".join(each.get("class", "") for each in root.iter())
    assert "Due by 2027-01-30, or from 2027-01-31 on: " in " ".join(filter(None, titles))
    assert {"tl-drug", "tl-perhaps", "tl-band", "tl-point", "tl-due", "tl-now"} <= set(classes.split())


def test_a_file_of_its_own_has_its_stylesheet_and_the_disclaimer(engine: Engine, timeline: Timeline) -> None:
    root = ET.fromstring(draw_timeline(engine, engine.read(RECORD), timeline))
    (style,) = root.iter(f"{NAMESPACE}style")
    assert style.text == STYLESHEET
    texts = ["".join(each.itertext()) for each in root.iter(f"{NAMESPACE}text")]
    assert texts[-1] == f"{timeline.disclaimer}For research use only. Not for diagnosis or treatment."


def test_every_class_has_a_style(picture: Picture, timeline: Timeline) -> None:
    root = ET.fromstring(timeline_svg(picture, timeline))
    used = {name for each in root.iter() for name in each.get("class", "").split()}
    assert {name for name in used if f".{name}" not in STYLESHEET} <= {"tl-label"}


def test_an_empty_record_can_be_drawn(engine: Engine) -> None:
    record = engine.read({"as_of": "2026-11-23"})
    found = record_timeline(engine, record, AS_OF)
    root = ET.fromstring(draw_timeline(engine, record, found))
    assert "none" in [each.text for each in root.iter(f"{NAMESPACE}text")]


def test_tables_say_the_same(picture: Picture, timeline: Timeline) -> None:
    tables = {table.title: table for table in timeline_tables(picture, timeline)}
    assert all(len(row) == len(table.columns) for table in tables.values() for row in table.rows)
    assert tables["Results"].rows[1] == ("2026-11-01", "neutrophil count", "1.2 10*9/L")
    assert ("warfarin", "dose not known, from 2026-08-10 (perhaps)") in tables["Drugs"].rows
    assert len(tables["Advisories"].rows) == len(timeline.advisories)
    assert len(tables["Due if nothing else is recorded"].rows) == len(timeline.due)


@pytest.mark.parametrize(
    ("begin", "end", "marks"),
    [
        ("2026-11-20", "2026-11-23", ["2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23"]),
        ("2026-10-15", "2027-02-10", ["2026-11", "2026-12", "2027-01", "2027-02"]),
        ("2016-02-01", "2026-11-23", ["2018", "2020", "2022", "2024", "2026"]),
        ("2026-11-23", "2026-11-23", ["2026-11-23"]),
    ],
)
def test_marks_of_the_days_are_round_and_few(begin: str, end: str, marks: list[str]) -> None:
    axis = TimeAxis(datetime.date.fromisoformat(begin), datetime.date.fromisoformat(end), 100, 900)
    assert [label for _, label in axis.marks()] == marks
    assert axis.x(axis.begin) == 100
    assert axis.x(axis.end) < axis.middle(axis.end) < 900
    assert axis.x(axis.end + datetime.timedelta(days=9)) == 900


def test_axes_of_values() -> None:
    linear = value_axis([1.2, 4], [0.5, 1.5], 100, 0, logarithmic=False)
    assert (linear.low, linear.y(0), linear.marks()) == (0, 100, [0, 2, 4])
    far = value_axis([70, 72], [], 100, 0, logarithmic=False)
    assert 69 < far.low < 70
    assert 72 < far.high < 73
    logs = value_axis([1, 100], [10], 100, 0, logarithmic=True)
    assert logs.y(10) == 50
    assert logs.y(0) == 100
    assert logs.marks() == [1, 2, 5, 10, 20, 50, 100]
    assert value_axis([0], [], 100, 0, logarithmic=True) == ValueAxis(0, 1, 100, 0)

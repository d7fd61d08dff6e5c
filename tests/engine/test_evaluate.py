"""How an evaluation depends on its date, its record, its rulebook and nothing else."""

from __future__ import annotations

import datetime
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cds_engine import Engine, RecordError, load_rulebook, read_record, shipped_rulebooks
from cds_engine.record.json_text import parse_json

from tests.rulebook import tiny
from tests.rulebook.tiny import FULL, as_json

SHIPPED = shipped_rulebooks() / "mianserin"
EXAMPLES = sorted((SHIPPED / "examples").glob("*.json"))


@pytest.fixture(scope="module")
def shipped() -> Engine:
    return Engine(load_rulebook(SHIPPED))


@pytest.mark.parametrize(
    ("as_of", "rule", "threshold"),
    [
        ("2019-12-31", "amounts.middle", 400),
        ("2026-05-31", "amounts.middle", 400),
        ("2026-06-01", "amounts.high", 300),
        ("2199-01-01", "amounts.high", 300),
    ],
)
def test_a_dated_parameter_changes_on_its_day(as_of: str, rule: str, threshold: int) -> None:
    found = as_json({**FULL, "as_of": as_of, "observations": []})
    [advisory] = [item for item in found["advisories"] if item["family"] == "amounts"]
    assert advisory["rule"] == rule
    assert threshold in {item["threshold"] for item in advisory["because"]}
    assert f"{threshold} ug/d" in advisory["detail"]


def test_the_record_says_the_date_before_the_caller_does() -> None:
    assert tiny.evaluate({**FULL, "as_of": "2026-01-01"}).as_of == datetime.date(2026, 1, 1)
    assert tiny.evaluate(FULL).as_of == tiny.AS_OF
    with pytest.raises(ValueError, match="as_of"):
        tiny.evaluate(FULL, None)


@pytest.mark.parametrize(("died", "applies"), [("2026-11-22", False), ("2026-11-23", True)])
def test_no_rule_applies_to_the_dead(died: str, applies: bool) -> None:
    found = as_json({**FULL, "patient": {"age_years": 30, "deceased_date": died}})
    assert (found["outcomes"]["not_applicable"] == 6) is not applies
    assert bool(found["advisories"]) is applies
    assert [item["pointer"] for item in found["notices"]] == ["/patient/deceased_date"] * (not applies)


def test_a_result_in_the_wrong_dimension_is_no_evaluation() -> None:
    observation = {"code": "zorbulin", "value": 1.5, "unit": "mg", "date": "2026-11-20"}
    with pytest.raises(RecordError, match="/observations/0/unit"):
        tiny.evaluate({**FULL, "observations": [observation]})


def test_equal_numbers_in_other_units_make_equal_advisories() -> None:
    texts = set()
    for value, unit in ((1.5, "umol/L"), (1500, "nmol/L"), (0.0015, "mmol/L"), (1.5, "micromol/L")):
        observation = {"code": "zorbulin", "value": value, "unit": unit, "date": "2026-11-20"}
        texts.add(tiny.evaluate({**FULL, "observations": [observation]}).to_json())
    assert len(texts) == 1


def test_same_bytes_from_many_threads_and_another_engine(shipped: Engine) -> None:
    records = [
        read_record(parse_json(path.read_bytes(), "x"), "x", history_fields=shipped.history_fields)
        for path in EXAMPLES
    ] * 8

    def texts(engine: Engine) -> list[str]:
        with ThreadPoolExecutor(8) as pool:
            return list(pool.map(lambda record: engine.evaluate(record, explain=True).to_json(), records))

    first = texts(shipped)
    assert first[: len(EXAMPLES)] * 8 == first
    assert first == texts(Engine(load_rulebook(Path(SHIPPED))))


def test_the_digest_is_of_the_content(tmp_path: Path) -> None:
    import shutil

    copy = Path(shutil.copytree(tiny.TINY, tmp_path / "elsewhere"))
    assert load_rulebook(copy).digest == tiny.engine().rulebook.digest
    file = copy / "rulebook.yaml"
    file.write_text(file.read_text() + "# a remark\n")
    assert load_rulebook(copy).digest != tiny.engine().rulebook.digest

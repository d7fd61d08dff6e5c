"""The Python interface: what it accepts, what a result offers, and what importing it costs."""

from __future__ import annotations

import datetime
import doctest
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import cds_engine
import pandas
import pytest
from cds_engine import (
    EvaluationResult,
    RecordError,
    RulebookError,
    evaluate,
    load_rulebook,
    read_record,
    shipped_rulebooks,
)
from cds_engine.evaluate import Engine
from cds_engine.fhir import evaluate_document

from tests.patients.bundles import bundle
from tests.rulebook.tiny import AS_OF, FULL, TINY

EXAMPLES = sorted((shipped_rulebooks() / "mianserin" / "examples").glob("*.json"))
RECORDS = [json.loads(path.read_text("utf-8")) for path in EXAMPLES]


@pytest.fixture(scope="module")
def tiny() -> cds_engine.Rulebook:
    return load_rulebook(TINY)


def json_of(result: Any) -> str:
    assert isinstance(result, EvaluationResult)
    return result.to_json()


# Records


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_dictionary_and_its_file_give_the_same_bytes_as_the_engine(path: Path) -> None:
    engine = Engine(load_rulebook())
    document = json.loads(path.read_text("utf-8"))
    for explain in (False, True):
        expected = evaluate_document(engine, document, AS_OF, explain=explain).to_json()
        for record in (document, path, str(path)):
            assert json_of(evaluate(record, explain=explain)) == expected
    result = evaluate(document)
    assert result.to_json(indent=2) == evaluate_document(engine, document, AS_OF).to_json(indent=2)


def test_a_bundle(tmp_path: Path) -> None:
    document = bundle(RECORDS[0])
    expected = evaluate_document(Engine(load_rulebook()), document, AS_OF).to_json()
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(document))
    assert json_of(evaluate(document, as_of=AS_OF)) == expected
    assert json_of(evaluate(path, as_of=AS_OF)) == expected


def test_a_record_that_was_read(tiny: cds_engine.Rulebook) -> None:
    record = read_record(FULL, "record", history_fields=tiny.history_fields)
    assert json_of(evaluate(record, tiny, as_of=AS_OF)) == json_of(evaluate(FULL, tiny, as_of=AS_OF))


def test_a_record_with_a_history(tiny: cds_engine.Rulebook) -> None:
    assert FULL["history"] == {"earlier_courses": 0}
    assert evaluate(FULL, tiny, as_of=AS_OF).outcomes.fired == 2


# Dates

NOON = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (AS_OF, AS_OF),
        ("2026-11-23", AS_OF),
        (NOON, NOON),
        ("2026-11-23T12:00:00Z", NOON),
    ],
)
def test_as_of(as_of: Any, expected: datetime.date) -> None:
    assert evaluate({}, as_of=as_of).as_of == expected


def test_a_time_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="a datetime with a time zone, found '2026-11-23 12:00:00'"):
        evaluate({}, as_of=datetime.datetime(2026, 11, 23, 12))


def test_the_date_of_the_record_comes_first() -> None:
    assert evaluate({"as_of": "2020-01-02"}, as_of=AS_OF).as_of == datetime.date(2020, 1, 2)


def test_now_is_the_default() -> None:
    before = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    found = evaluate({}).as_of
    assert isinstance(found, datetime.datetime)
    assert before <= found <= datetime.datetime.now(datetime.UTC)


@pytest.mark.parametrize("as_of", ["2026-02-30", "23.11.2026", ""])
def test_an_invalid_date(as_of: str) -> None:
    with pytest.raises(ValueError, match=f"or a timestamp with an offset, found '{as_of}'"):
        evaluate({}, as_of=as_of)


# Rulebooks


def test_rulebooks_by_name_and_path(tiny: cds_engine.Rulebook) -> None:
    assert load_rulebook().digest == load_rulebook("mianserin").digest
    assert load_rulebook(str(TINY)).digest == load_rulebook(TINY).digest == tiny.digest
    for rulebook in (tiny, TINY, str(TINY)):
        assert evaluate({}, rulebook).rulebook.id == "tiny"
    assert evaluate({}).rulebook.id == evaluate({}, "mianserin").rulebook.id == "mianserin"


def test_a_changed_rulebook_is_loaded_anew(tmp_path: Path) -> None:
    book = tmp_path / "book"
    for path in TINY.rglob("*.yaml"):
        copy = book / path.relative_to(TINY)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    assert evaluate({}, book).rulebook.version == "0.1.0"
    file = book / "rulebook.yaml"
    file.write_text(file.read_text().replace("version: 0.1.0", "version: 0.2.0"))
    assert evaluate({}, book).rulebook.version == "0.2.0"


def test_an_unknown_rulebook() -> None:
    with pytest.raises(RulebookError) as caught:
        load_rulebook("mianserim")
    shipped = ", ".join(sorted(file.parent.name for file in shipped_rulebooks().glob("*/rulebook.yaml")))
    message = f"expected the folder of a rulebook or one of {shipped} (did you mean 'mianserin'?)"
    assert str(caught.value) == f"mianserim: {message}"


def test_a_broken_rulebook(tmp_path: Path) -> None:
    with pytest.raises(RulebookError, match=r"no rulebook\.yaml in this folder"):
        load_rulebook(tmp_path)


# Results


def test_outcomes_by_rule(tiny: cds_engine.Rulebook) -> None:
    traced = evaluate(FULL, tiny, as_of=AS_OF, explain=True)
    assert traced.trace is not None
    result = evaluate(FULL, tiny, as_of=AS_OF)
    assert result.trace is None
    assert result.outcomes_by_rule == {trace.rule: trace.outcome for trace in traced.trace}
    assert list(result.outcomes_by_rule) == sorted(tiny.rules)
    assert "by_rule" not in result.to_json(indent=2) + result.to_json()


def test_outcomes_by_rule_of_a_bundle_and_of_a_dead_patient() -> None:
    result = evaluate(bundle(RECORDS[0]), as_of=AS_OF)
    assert {advisory.rule for advisory in result.advisories} == {
        rule for rule, outcome in result.outcomes_by_rule.items() if outcome == "fired"
    }
    dead = evaluate({"as_of": "2026-11-23", "patient": {"deceased_date": "2026-01-01"}})
    assert set(dead.outcomes_by_rule.values()) == {"not_applicable"}


def test_print_and_notebook(tiny: cds_engine.Rulebook) -> None:
    result = evaluate(FULL, tiny, as_of=AS_OF)
    counts = "2 fired, 3 not met, 1 not evaluable, 0 not applicable"
    assert repr(result) == f"<EvaluationResult: t-1, as of 2026-11-23, {counts}>"
    for shown in (str(result), result._repr_html_()):
        assert "Zorbulin 1.5 umol/L: lowest" in shown
        assert "For research use only" in shown
        assert "Invented for tests; research use only." in shown
    assert result._repr_html_().startswith("<div")


# Many records


def test_a_data_frame() -> None:
    frame = evaluate(iter(RECORDS), as_of=AS_OF)
    assert list(frame.columns) == [
        "patient_id",
        "as_of",
        "rule",
        "family",
        "indicator",
        "outcome",
        "missing",
    ]
    assert str(frame.as_of.dtype).startswith("datetime64")
    for record in RECORDS:
        result = evaluate(record)
        rows = frame[frame.patient_id == result.patient_id]
        assert dict(zip(rows.rule, rows.outcome, strict=True)) == result.outcomes_by_rule
        missing = dict(zip(rows.rule, rows.missing, strict=True))
        assert {rule: facts for rule, facts in missing.items() if facts} == {
            entry.rule: entry.missing for entry in result.not_evaluable
        }
        fired = rows[rows.outcome == "fired"].set_index("rule")
        for advisory in result.advisories:
            found = fired.loc[advisory.rule]
            assert (found.family, found.indicator) == (advisory.family, advisory.indicator)


def test_a_data_frame_of_files_and_of_nothing() -> None:
    pandas.testing.assert_frame_equal(evaluate(EXAMPLES), evaluate([*RECORDS]))
    assert len(evaluate([])) == 0
    assert list(evaluate([]).columns) == list(evaluate(EXAMPLES).columns)


def test_without_pandas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    assert evaluate({}).outcomes.fired == 0
    with pytest.raises(
        ImportError, match=r"needs pandas; install it with: pip install 'mianserin-cds\[cohort\]'"
    ):
        evaluate([{}])


# Errors


def test_every_error_of_a_record_at_once() -> None:
    with pytest.raises(RecordError) as caught:
        evaluate({"as_of": "soon", "medications": [{"drug": 1}]})
    assert [problem.pointer for problem in caught.value.problems] == ["/as_of", "/medications/0/drug"]


def test_every_error_of_many_records_at_once() -> None:
    with pytest.raises(RecordError) as caught:
        evaluate([{"as_of": 1}, {}, {"agee": 2}])
    assert [(problem.source, problem.pointer) for problem in caught.value.problems] == [
        ("records[0]", "/as_of"),
        ("records[2]", "/agee"),
    ]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text('{"as_of": }')
    with pytest.raises(RecordError, match=r"broken\.json:1:11: expected a value, found '}'"):
        evaluate(broken)
    with pytest.raises(RecordError, match=r"nowhere\.json: cannot be read: No such file or directory"):
        evaluate("nowhere.json")
    with pytest.raises(RecordError, match=r"this is JSON text, so pass json\.loads\(text\) instead"):
        evaluate('{"as_of": "2026-11-23"}')


@pytest.mark.parametrize("record", [3, None, b"{}"])
def test_what_is_not_a_record(record: Any) -> None:
    name = type(record).__name__
    with pytest.raises(TypeError, match=f"record: expected a dictionary or a path, found {name}"):
        evaluate(record)
    with pytest.raises(TypeError, match=rf"records\[1\]: expected a dictionary or a path, found {name}"):
        evaluate([{}, record])


def test_an_explanation_is_for_a_single_record() -> None:
    with pytest.raises(ValueError, match="explain=True is for a single record"):
        evaluate([{}], explain=True)  # type: ignore[call-overload]


# The package


def test_all_names_exist() -> None:
    assert sorted(cds_engine.__all__) == cds_engine.__all__
    assert all(hasattr(cds_engine, name) for name in cds_engine.__all__)


def test_the_examples_of_the_docstring() -> None:
    assert doctest.testmod(cds_engine).failed == 0
    assert cds_engine.__doc__ is not None
    assert cds_engine.__doc__.count(">>>") >= 6


def test_importing_loads_only_what_every_evaluation_needs() -> None:
    code = "import sys, cds_engine; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "cds_engine.python_api" in loaded
    heavy = {
        "pytest",
        "z3",
        "jinja2",
        "ibis",
        "duckdb",
        "pyarrow",
        "fastapi",
        "typer",
        "rich",
        "pandas",
        "numpy",
    }
    assert not loaded & (heavy | {"ucumvert", "lark", "fhir.resources", "fhir_core"})

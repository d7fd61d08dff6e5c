"""The records layout: facts and rejects of files of records, and the errors of dying processes."""

from __future__ import annotations

import gzip
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cds_engine import Engine, load_rulebook, shipped_rulebooks
from cds_engine.cohort.backend import DuckDB
from cds_engine.cohort.deriving import Deriving, Task
from cds_engine.cohort.record_files import LineCount, LineRange, divide
from cds_engine.cohort.records import Records
from cds_engine.cohort.rule_outcomes import evaluate_rules
from cds_engine.cohort.source import REJECTS, Batch, spans
from cds_engine.cohort.workers import Workers
from cds_engine.errors import EngineError, ProblemsError, RecordError
from cds_engine.fhir import evaluate_document
from cds_engine.record.chart import build_chart
from cds_engine.record.json_text import MAX_BYTES, parse_json

from tests.engine.fhir import bundles
from tests.patients.__main__ import documents
from tests.patients.bundles import bundle
from tests.patients.columns import Population
from tests.rulebook import tiny
from tests.rulebook.tiny import AS_OF, FULL

Json = dict[str, Any]
SHIPPED = shipped_rulebooks() / "mianserin"
EXAMPLES = sorted((SHIPPED / "examples").glob("*.json"))
ENTRY: Json = {"resource": {"resourceType": "Patient", "id": "b-1", "birthDate": "1996-01-01"}}
BUNDLE: Json = {"resourceType": "Bundle", "type": "collection", "entry": [ENTRY]}


@pytest.fixture(scope="module")
def shipped() -> Engine:
    return Engine(load_rulebook(SHIPPED))


def write(path: Path, lines: Iterable[object]) -> Path:
    """Write documents, or other texts, one per line."""
    texts = (line if isinstance(line, str) else json.dumps(line) for line in lines)
    path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return path


def derive(path: Path, folder: Path, chunk: int | None = None) -> tuple[list[Json], list[Json]]:
    """Return the facts and the rejects of a file, derived in this process."""
    deriving, lines = Deriving(tiny.engine().rulebook, AS_OF), LineCount()
    facts: list[Json] = []
    rejects: list[Json] = []
    for number, part in enumerate(divide([path], chunk)):
        task = Task(f"part-{number}", part, lines.before(part), folder)
        deriving.do(task)
        facts += pq.read_table(task.facts).to_pylist()
        rejects += pq.read_table(task.rejects).to_pylist()
    return facts, rejects


def known(row: Json) -> Json:
    return {name: value for name, value in row.items() if value is not None}


# facts


def test_the_facts_of_a_record(tmp_path: Path) -> None:
    [row], rejects = derive(write(tmp_path / "a.ndjson", [FULL]), tmp_path)
    assert rejects == []
    assert list(row)[:3] == ["patient_id", "as_of", "deceased"]
    assert known(row) == {
        "patient_id": "t-1",
        "as_of": AS_OF,
        "deceased": False,
        "patient.age_years": 30,
        "velozine.daily_dose": 350,
        "velozine.active": True,
        "damper.active": False,
        "history.earlier_courses": 0,
        "condition.grumbling": False,
        "symptom.hiccup-storm": True,
        "zorbulin.latest": 1.5,
    }


def test_columns_have_the_types_of_facts_even_if_unknown(tmp_path: Path) -> None:
    nothing = write(tmp_path / "nothing.ndjson", [])
    derive(nothing, tmp_path)
    schema = pq.read_schema(tmp_path / "part-0.facts.parquet")
    assert schema.field("patient_id").type == pa.string()
    assert schema.field("as_of").type == pa.date32()
    assert schema.field("deceased").type == pa.bool_()
    assert schema.field("patient.age_years").type == pa.float64()
    assert schema.field("velozine.active").type == pa.bool_()
    assert schema.field("velozine.indication").type == pa.string()
    assert "patient.grown" not in schema.names  # the rules decide it
    derive(write(tmp_path / "full.ndjson", [FULL]), tmp_path)
    assert pq.read_schema(tmp_path / "part-0.facts.parquet") == schema
    assert pq.read_schema(tmp_path / "part-0.rejects.parquet") == REJECTS.to_pyarrow()


def test_a_record_has_its_own_day_and_a_bundle_that_of_the_run(tmp_path: Path) -> None:
    dated = {**FULL, "as_of": "2026-05-01", "patient": {"birth_date": "1996-06-01"}}
    rows, _ = derive(write(tmp_path / "a.ndjson", [dated, FULL, BUNDLE]), tmp_path)
    assert [(row["patient_id"], str(row["as_of"]), row["patient.age_years"]) for row in rows] == [
        (None, "2026-05-01", 29),
        ("t-1", "2026-11-23", 30),
        ("b-1", "2026-11-23", 30),
    ]


def test_deceased_patients_are_marked(tmp_path: Path) -> None:
    died = [{**FULL, "patient": {"id": day, "deceased_date": day}} for day in ("2026-11-22", "2026-11-23")]
    rows, _ = derive(write(tmp_path / "a.ndjson", died), tmp_path)
    assert [(row["patient_id"], row["deceased"]) for row in rows] == [
        ("2026-11-22", True),
        ("2026-11-23", False),
    ]


def test_a_drug_in_free_text_is_unknown(shipped: Engine) -> None:
    words = bundles.order(None, medicationCodeableConcept=bundles.concept(text="Warfarin 3 mg"))
    deriving = Deriving(shipped.rulebook, AS_OF)
    row = deriving.row(bundles.bundle(bundles.patient(), bundles.order(), words), "x")
    facts = dict(zip((fact.name for fact in deriving.columns), row[3:], strict=True))
    assert facts["mianserin.active"] is True
    assert facts["warfarin.active"] is None
    assert facts["maoi.active"] is None


def test_facts_equal_those_of_the_engine_exactly(shipped: Engine, tmp_path: Path) -> None:
    people = list(documents(Population(seed=2), 300))
    [chunk] = divide([write(tmp_path / "a.ndjson", people)])
    task = Task("part-0", chunk, 0, tmp_path)
    Deriving(shipped.rulebook, AS_OF).do(task)
    rows = pq.read_table(task.facts).to_pylist()
    assert len(rows) == len(people)
    for row, person in zip(rows, people, strict=True):
        record = shipped.read(parse_json(json.dumps(person).encode(), "x"))
        day = record.as_of or AS_OF
        edition = shipped.edition(day)
        facts, _ = edition.derivations.derive(build_chart(record, day, shipped.vocabulary, "x"))
        asked = {fact.name for fact in edition.asked}
        found = known(row)
        assert (found.pop("patient_id"), found.pop("as_of")) == (person["patient"]["id"], day)
        del found["deceased"]
        exact = {name: Decimal(repr(value)) for name, value in found.items() if isinstance(value, float)}
        assert {**found, **exact} == {name: value for name, value in facts.items() if name in asked}


def test_rows_are_written_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cds_engine.cohort.deriving.ROWS", 2)
    people = [{"patient": {"id": str(number)}} for number in range(5)]
    rows, rejects = derive(write(tmp_path / "a.ndjson", [*people, *["bad"] * 5]), tmp_path)
    assert [row["patient_id"] for row in rows] == ["0", "1", "2", "3", "4"]
    assert [row["row"] for row in rejects] == [6, 7, 8, 9, 10]
    assert pq.read_metadata(tmp_path / "part-0.facts.parquet").num_row_groups == 3


# rejects


@pytest.mark.parametrize("chunk", [None, 100, 37], ids=lambda size: f"chunk={size}")
def test_an_invalid_document_is_rejected_with_every_reason(chunk: int | None, tmp_path: Path) -> None:
    faulty = {"patient": {"id": "t-2", "age_years": -1}, "observations": [{"code": "zorbulin", "value": 1}]}
    stranger = {"resource": {"resourceType": "Patient", "id": "b-2"}}
    unborn = {"resource": {"resourceType": "Patient", "id": "b-3", "birthDate": "2030-01-01"}}
    lines = [
        FULL,
        "",
        '{"patient": }',
        faulty,
        BUNDLE,
        "[]",
        {"resourceType": "Patient", "id": "b-4"},
        {**BUNDLE, "entry": [ENTRY, stranger]},
        {**BUNDLE, "entry": [unborn]},
        '{"a": 1, "a": 2}',
        "\ufeff{}",
        {"patient": {"id": "x" * 201}},
        FULL,
    ]
    path = write(tmp_path / "a.ndjson", lines)
    rows, rejects = derive(path, tmp_path, chunk)
    late = "expected a date on or before as_of 2026-11-23, found 2030-01-01"
    assert [row["patient_id"] for row in rows] == ["t-1", "b-1", "t-1"]
    assert {row["source"] for row in rejects} == {str(path)}
    assert [(row["row"], row["patient_id"], row["reason"]) for row in rejects] == [
        (3, None, "column 13: expected a value, found '}'"),
        (4, "t-2", "/patient/age_years: expected a whole number from 0 to 150, found -1"),
        (4, "t-2", "/observations/0/unit: expected a UCUM unit, because there is a value; found none"),
        (6, None, "expected an object, found a list"),
        (7, None, "expected a FHIR R4 Bundle, found a resource 'Patient'"),
        (8, None, "/entry/0/resource: expected one patient, found 2"),
        (8, None, "/entry/1/resource: expected one patient, found 2"),
        (9, "b-3", f"/entry/0/resource/birthDate: {late}"),
        (10, None, "/a: expected the key 'a' once, found it 2 times"),
        (11, None, "column 1: expected UTF-8 without a byte order mark, found one"),
        (12, None, "/patient/id: expected at most 200 characters, found 201"),
    ]


def test_a_line_that_is_too_long_is_rejected(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ndjson", ['"' + "€" * MAX_BYTES + '"', FULL])
    rows, [reject] = derive(path, tmp_path)
    assert [row["patient_id"] for row in rows] == ["t-1"]
    assert (reject["row"], reject["reason"]) == (1, "expected at most 5 MiB, found more")


def test_a_file_of_one_document_is_rejected_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(FULL, indent=2))
    assert [row["patient_id"] for row in derive(path, tmp_path)[0]] == ["t-1"]
    path.write_text('{\n  "patient": {},\n  "history" {}\n}\n')
    rejected = {"source": str(path), "row": 1, "patient_id": None}
    reason = "line 3, column 13: expected ':' after the key, found '{'"
    assert derive(path, tmp_path) == ([], [{**rejected, "reason": reason}])
    path.write_text('{\n  "patients": {}\n}\n')
    [reject] = derive(path, tmp_path)[1]
    assert (reject["row"], reject["reason"].partition(":")[0]) == (1, "/patients")
    path.write_text("")
    [reject] = derive(path, tmp_path)[1]
    assert (reject["row"], reject["reason"]) == (1, "expected a JSON document, found nothing")


# whole populations


def outcomes(engine: Engine, batches: Iterable[Batch], backend: DuckDB) -> tuple[list[Json], list[Json]]:
    """Return the patient and the outcomes of each row from the database, and the rejects."""
    evaluated: list[Json] = []
    rejects: list[Json] = []
    for batch in batches:
        for span in spans(engine):
            found = evaluate_rules(batch.facts(span), span.edition)
            table = found.table.select("patient_id", "as_of", **found.outcomes(ibis.literal))
            evaluated += backend.connection.to_pyarrow(table).to_pylist()
        rejects += backend.connection.to_pyarrow(batch.rejects).to_pylist()
    return evaluated, rejects


def alone(engine: Engine, files: Iterable[Path]) -> tuple[list[Json], list[tuple[str, int, str]]]:
    """Return the same from the engine, document by document."""
    evaluated: list[Json] = []
    rejects: list[tuple[str, int, str]] = []
    for path in files:
        lines = [path.read_bytes()] if path.suffix == ".json" else path.read_bytes().splitlines()
        for number, line in enumerate(lines, 1):
            try:
                found = evaluate_document(engine, parse_json(line, "x"), AS_OF, explain=True).evaluation
            except ProblemsError as error:
                reasons = (f"{problem.pointer}: {problem.message}" for problem in error.problems)
                rejects += [(str(path), number, reason) for reason in reasons]
                continue
            trace = {item.rule: item.outcome for item in found.trace or ()}
            evaluated.append({"patient_id": found.patient_id, "as_of": found.as_of, **trace})
    return evaluated, rejects


def by_patient(rows: Iterable[Json]) -> list[Json]:
    return sorted(rows, key=lambda row: (row["patient_id"] or "", str(row["as_of"])))


PAIRS = 200 if os.environ.get("CI") else 60
"""How many pairs of a record and a Bundle the database and the engine evaluate."""


@pytest.mark.slow
def test_the_database_and_the_engine_agree(shipped: Engine, tmp_path: Path) -> None:
    people = list(documents(Population(seed=3), 2 * PAIRS))
    refused = list(documents(Population(seed=4, faulty=0.5), 100))
    days = ("2026-05-01", "2026-06-01")
    pairs = zip(people[:PAIRS], map(bundle, people[PAIRS:]), strict=True)
    mixed = [record for pair in pairs for record in pair]
    write(tmp_path / "mixed.ndjson", mixed)
    write(tmp_path / "refused.jsonl", [{**record, "as_of": days[0]} for record in refused])
    for path in EXAMPLES:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    source = Records([tmp_path], shipped, AS_OF, processes=2, chunk_size=5000 * PAIRS)
    assert len(source.partitions) > 2
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    backend = DuckDB(scratch)
    found, rejects = outcomes(shipped, source.read(source.partitions, backend, scratch), backend)
    wanted, refusals = alone(shipped, source.files)
    assert by_patient(found) == by_patient(wanted)
    assert sorted((row["source"], row["row"], row["reason"]) for row in rejects) == sorted(refusals)
    assert len(refusals) > 20
    assert list(scratch.iterdir()) == []
    backend.connection.disconnect()


def test_compressed_lines_are_read_like_plain_ones(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(f"[]\n{json.dumps(FULL)}\n".encode()))
    rows, [reject] = derive(path, tmp_path)
    assert [row["patient_id"] for row in rows] == ["t-1"]
    assert (reject["source"], reject["row"]) == (str(path), 1)


# partitions


def identified(batches: Iterator[Batch], backend: DuckDB) -> dict[str, list[str]]:
    """Return the patients of each partition, by its name."""
    edition = spans(tiny.engine())
    return {
        batch.partition.name: sorted(
            row["patient_id"]
            for span in edition
            for row in backend.connection.to_pyarrow(batch.facts(span).select("patient_id")).to_pylist()
        )
        for batch in batches
    }


@pytest.mark.slow
def test_partitions_are_deterministic_and_independent(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ndjson", [{"patient": {"id": f"{number:02}"}} for number in range(40)])
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    backend = DuckDB(scratch)
    first = Records([path], tiny.engine(), AS_OF, processes=2, chunk_size=250)
    again = Records([path], tiny.engine(), AS_OF, processes=1, chunk_size=250)
    assert first.partitions == again.partitions
    assert [partition.name for partition in first.partitions][:2] == ["part-00000", "part-00001"]
    assert sum(partition.weight for partition in first.partitions) == path.stat().st_size
    assert first.files == [path]
    everything = identified(first.read(first.partitions, backend, scratch), backend)
    assert sorted(who for found in everything.values() for who in found) == [f"{n:02}" for n in range(40)]
    todo = again.partitions[1::2]
    assert identified(again.read(todo, backend, scratch), backend) == {
        partition.name: everything[partition.name] for partition in todo
    }
    assert list(again.read([], backend, scratch)) == []
    backend.connection.disconnect()


def test_tasks_are_taken_only_as_needed(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ndjson", [FULL] * 20)
    backend = DuckDB(tmp_path)
    source = Records([path], tiny.engine(), AS_OF, processes=1, chunk_size=1)
    with closing(source.read(source.partitions, backend, tmp_path)) as reading:
        next(reading)
        time.sleep(0.5)
        assert len(list(tmp_path.glob("*.facts.parquet"))) <= 3  # this one, and two ahead of it
    backend.connection.disconnect()


# what goes wrong


def pipe(folder: Path) -> Path:
    """Return a pipe without a writer."""
    path = folder / "a.ndjson"
    os.mkfifo(path)
    return path


def endless(folder: Path) -> Task:
    """Return a task that does not end."""
    return Task("part-00000", LineRange(pipe(folder), 0, 100), 0, folder)


def test_a_killed_process_is_reported(tmp_path: Path) -> None:
    task = endless(tmp_path)
    with closing(Workers(2, tiny.engine().rulebook, AS_OF)) as workers:
        [first, _] = multiprocessing.active_children()
        killing = threading.Timer(0.2, os.kill, (first.pid, signal.SIGKILL))
        killing.start()
        message = "the process that was reading .*a.ndjson from byte 0 was killed by SIGKILL; fewer"
        with pytest.raises(EngineError, match=message):
            list(workers.work(iter([task, task])))
        killing.join()
    assert multiprocessing.active_children() == []


def test_a_process_killed_before_its_task_is_reported(tmp_path: Path) -> None:
    with closing(Workers(1, tiny.engine().rulebook, AS_OF)) as workers:
        [only] = multiprocessing.active_children()
        only.terminate()
        only.join()
        with pytest.raises(EngineError, match=r"was killed by SIGTERM$"):
            list(workers.work(iter([endless(tmp_path)])))


def test_a_truncated_file_ends_the_run(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson.gz"
    path.write_bytes(gzip.compress(b"{}\n" * 9999)[:-9])
    backend = DuckDB(tmp_path)
    source = Records([path], tiny.engine(), AS_OF, processes=1)
    with pytest.raises(RecordError, match=r"a\.ndjson\.gz: cannot be read: Compressed file ended"):
        list(source.read(source.partitions, backend, tmp_path))
    backend.connection.disconnect()


def test_a_folder_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    source = Records([write(tmp_path / "a.ndjson", [FULL])], tiny.engine(), AS_OF, processes=1)
    backend = DuckDB(tmp_path)
    with pytest.raises(RecordError, match="absent: cannot be written to"):
        list(source.read(source.partitions, backend, tmp_path / "absent"))
    backend.connection.disconnect()


INTERRUPTED = """
import signal, sys
from contextlib import closing
from pathlib import Path
from cds_engine.cohort.record_files import LineRange
from cds_engine.cohort.deriving import Task
from cds_engine.cohort.workers import Workers
from tests.rulebook import tiny

signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job of a shell ignores it
folder = Path(sys.argv[1])
with closing(Workers(1, tiny.engine().rulebook, tiny.AS_OF)) as workers:
    list(workers.work(iter([Task("part-00000", LineRange(folder / "a.ndjson", 0, 100), 0, folder)])))
"""


@pytest.mark.slow
def test_an_interruption_ends_all_processes(tmp_path: Path) -> None:
    path = pipe(tmp_path)
    command = [sys.executable, "-c", INTERRUPTED, str(tmp_path)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True) as running:
        writing = opened(path)
        os.killpg(running.pid, signal.SIGINT)
        try:
            _, told = running.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            raise
        finally:
            os.close(writing)
    assert told.decode().count("Traceback") == 1
    assert told.decode().endswith("KeyboardInterrupt\n")
    while exists(running.pid):  # what multiprocessing itself started ends a little later
        time.sleep(0.05)


def opened(path: Path) -> int:
    """Return the other end of a pipe as soon as a process reads from it."""
    for _ in range(600):
        try:
            return os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(path)


def exists(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True

"""Bundles from elsewhere are answered: the official R4 examples, and the folder that FHIR_CORPUS names.

The examples come from the npm registry and are kept in build/corpus. Without npm or the registry their test
is skipped. Each run writes a table to build/corpus: how often each section of a record is complete.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
from base64 import b64encode
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cds_engine import Engine, RecordError, parse_json
from cds_engine.fhir import is_fhir, read_document
from cds_engine.fhir.bundle import SUBJECTS
from cds_engine.record.models import Record
from fastapi.testclient import TestClient

from tests.api.cds_hooks.calls import service
from tests.engine.fhir.bundles import AS_OF

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parents[2] / "build" / "corpus"
PACKAGE = "hl7.fhir.r4.examples"
VERSION = "4.0.1"
SHA512 = "DXBdIZOeQaSKIgCU7w6HOC7sw/6BzylmipLkBW4f//pT+Bc94x+8LImwTdvaNThPJoOzpBzvxAzNqjeu3X/zLw=="
SECTIONS = ("conditions", "medications", "observations", "symptoms")
Document = tuple[str, Any]


def fetched() -> Path:
    """Return the archive of the official examples, which npm fetches once; skip the test if it cannot."""
    archive = FOLDER / f"{PACKAGE}-{VERSION}.tgz"
    if not archive.exists():
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("the official R4 examples need npm to be fetched")
        FOLDER.mkdir(parents=True, exist_ok=True)
        command = [npm, "pack", f"{PACKAGE}@{VERSION}", "--pack-destination", str(FOLDER)]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=120)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            pytest.skip(f"the npm registry does not give {PACKAGE} {VERSION}: {error}")
    assert b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() == SHA512
    return archive


def official() -> Iterator[Document]:
    """Yield the official examples of resources and Bundles, without definitions and code systems."""
    definitions = ("SearchParameter", "ValueSet", "CodeSystem", "StructureDefinition", "package")
    with tarfile.open(fetched()) as archive:
        for member in archive:
            name = Path(member.name).name
            file = archive.extractfile(member)
            if name.endswith(".json") and not name.startswith(definitions) and file is not None:
                yield name, json.load(file)


def from_folder(folder: Path) -> Iterator[Document]:
    for path in sorted(folder.rglob("*.json")):
        yield str(path.relative_to(folder)), json.loads(path.read_bytes())


def collected(resources: Iterable[Any]) -> dict[str, Any]:
    """Return resources as a collection Bundle."""
    entries = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def as_bundles(documents: Iterable[Document]) -> Iterator[Document]:
    """Yield every document as what the service accepts; then all resources of each patient together."""
    by_patient: dict[str, list[Any]] = defaultdict(list)
    patients: dict[str, Any] = {}
    for name, document in documents:
        if not is_fhir(document) or document["resourceType"] == "Bundle":
            yield name, document
            continue
        yield name, collected([document])
        kind = document["resourceType"]
        if kind == "Patient":
            patients[f"Patient/{document.get('id')}"] = document
        subject = document.get(SUBJECTS.get(kind, ""))
        if isinstance(subject, dict) and "reference" in subject:
            by_patient[subject["reference"]].append(document)
        elif kind == "Medication":
            by_patient["Medication"].append(document)
    medications = by_patient.pop("Medication", [])
    for reference, resources in sorted(by_patient.items()):
        known = [patients[reference]] if reference in patients else []
        yield f"everything about {reference}", collected([*known, *medications, *resources])


class Table:
    """How often each section is complete, may contain more, or is unknown."""

    def __init__(self) -> None:
        self.documents = self.rejected = 0
        self.states: dict[str, Counter[str]] = {section: Counter() for section in SECTIONS}

    def add(self, record: dict[str, Any]) -> None:
        """Count one record."""
        self.documents += 1
        for section, states in self.states.items():
            if section not in record:
                states["unknown"] += 1
            else:
                open_ = section in record.get("incomplete", ())
                states["may contain more" if open_ else "complete"] += 1
                unclear = any("|" in (entry.get("code") or entry["drug"]) for entry in record[section])
                states["with entries that are not understood"] += unclear

    def text(self) -> str:
        """Return the table in Markdown."""
        names = ("complete", "may contain more", "unknown", "with entries that are not understood")
        lines = [
            f"{self.documents} documents were read, and {self.rejected} were refused with a reason.",
            "",
            f"| section | {' | '.join(names)} |",
            "|---|" + "---|" * len(names),
        ]
        for section, states in self.states.items():
            lines.append(f"| {section} | {' | '.join(str(states[name]) for name in names)} |")
        return "\n".join(lines) + "\n"


def read_all(documents: Iterable[Document], client: TestClient, engine: Engine) -> Table:
    """Send every document to the service and read it; fail if the service fails."""
    table = Table()
    failed = []
    services = {hook: service(client, hook) for hook in ("patient-view", "order-select", "order-sign")}
    for name, document in documents:
        hook = document.get("hook") if isinstance(document, dict) else None
        address = services.get(str(hook), "/v1/evaluate")
        if client.post(address, json=document).status_code >= 500:
            failed.append(name)
        if hook is None:
            try:
                native = read_document(engine, parse_json(json.dumps(document).encode(), name), AS_OF)
            except RecordError:
                table.rejected += 1
            else:
                Record.model_validate(parse_json(native.to_json().encode(), name))
                table.add(native.record)
    assert failed == []
    return table


def write(name: str, table: Table, say: Callable[[str], None]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.md").write_text(table.text(), encoding="utf-8")
    say(f"\n{name}: {table.text()}")


@pytest.mark.ci
def test_official_examples(
    make_client: Callable[..., TestClient], engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    table = read_all(as_bundles(official()), make_client(), engine)
    with capsys.disabled():
        write("official-examples", table, print)
    assert table.documents > 500


def test_folder(
    make_client: Callable[..., TestClient], engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = os.environ.get("FHIR_CORPUS")
    if folder is None:
        pytest.skip("FHIR_CORPUS names no folder of FHIR resources, Bundles and hook calls")
    table = read_all(as_bundles(from_folder(Path(folder))), make_client(), engine)
    with capsys.disabled():
        write("folder", table, print)
    assert table.documents + table.rejected

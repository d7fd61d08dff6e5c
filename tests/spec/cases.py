"""The cases of the fact language: what each of its readers must answer.

A file of ``cases/`` has some facts and some records; a case says what the facts are for a record. Dates may
be written as ``5 days ago``, counted from :data:`AS_OF`. Each reader has a test module here that runs every
case.
"""

from __future__ import annotations

import datetime
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from cds_engine.evaluate import Engine
from cds_engine.language.expressions import Scalar
from cds_engine.rulebook.load import load_rulebook
from cds_engine.rulebook.yaml_document import read_yaml

HERE = Path(__file__).parent
AS_OF = datetime.date(2026, 3, 1)
UNKNOWN = "unknown"
_AGO = re.compile(r"(-?\d+) days? ago")


@dataclass(frozen=True)
class Case:
    """One record, and the value of some facts for it; a fact that is not known is None."""

    file: str
    title: str
    record: dict[str, Any]
    expected: Mapping[str, Scalar | None]

    def __str__(self) -> str:
        return f"{self.file}: {self.title}"


@dataclass(frozen=True)
class Chapter:
    """A file of cases with its own rulebook."""

    name: str
    title: str
    about: str
    facts: Mapping[str, Any]
    cases: tuple[Case, ...]
    engine: Engine


def names() -> list[str]:
    """Return the names of all chapters."""
    return sorted(path.stem for path in (HERE / "cases").glob("*.yaml"))


@cache
def chapter(name: str) -> Chapter:
    """Return a chapter by name; its rulebook is loaded and checked like any other."""
    path = HERE / "cases" / f"{name}.yaml"
    problems: list[Any] = []
    document = read_yaml(path, path.name, problems)
    assert document is not None
    assert not problems, problems
    data = document.data
    cases = tuple(
        Case(name, case["title"], _dated(case["record"]), {k: _value(v) for k, v in case["expect"].items()})
        for case in data["cases"]
    )
    return Chapter(name, data["title"], data["about"], data["facts"], cases, _engine(data))


def all_cases() -> list[Case]:
    """Return every case of every chapter."""
    return [case for name in names() for case in chapter(name).cases]


def _engine(data: Mapping[str, Any]) -> Engine:
    folder = Path(tempfile.mkdtemp()) / "spec"
    shutil.copytree(HERE / "rulebook", folder)
    parameters = {
        name: {
            "title": name,
            "unit": str(text).partition(" ")[2] or "1",
            "basis": "operational",
            "claim": "spec.assumed",
            "values": [{"since": "2020-01-01", "value": Decimal(str(text).partition(" ")[0])}],
        }
        for name, text in data.get("parameters", {}).items()
    }
    _write(folder / "parameters.yaml", {"parameters": parameters})
    _write(folder / "facts.yaml", {"facts": data["facts"], "findings": data.get("findings", {})})
    return Engine(load_rulebook(folder))


class _Dumper(yaml.SafeDumper):
    """Writes exact decimals as plain numbers, and texts always in quotes."""


def _number(dumper: yaml.SafeDumper, value: Decimal) -> yaml.Node:
    text = format(value, "f")
    return dumper.represent_scalar(f"tag:yaml.org,2002:{'float' if '.' in text else 'int'}", text)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style='"')


_Dumper.add_representer(Decimal, _number)
_Dumper.add_representer(str, _text)


def _write(path: Path, data: Any) -> None:
    path.write_text(yaml.dump(data, Dumper=_Dumper, sort_keys=False), encoding="utf-8")


def _dated(value: Any) -> Any:
    """Return a record in which every ``5 days ago`` is a date."""
    match value:
        case dict():
            return {key: _dated(item) for key, item in value.items()}
        case list():
            return [_dated(item) for item in value]
        case str() if match := _AGO.fullmatch(value):
            return (AS_OF - datetime.timedelta(days=int(match[1]))).isoformat()
    return value


def _value(value: Any) -> Scalar | None:
    return None if value == UNKNOWN else value

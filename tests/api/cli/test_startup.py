"""Each command imports only what it needs, so that the command line starts fast."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from cds_engine.rulebook.shipped import default_rulebook

pytestmark = pytest.mark.slow

RECORD = str(default_rulebook() / "examples" / "elderly-overdue-count.json")
DATABASES = {"alembic", "duckdb", "ibis", "pandas", "psycopg", "pyarrow", "sqlalchemy"}
WEB = {"fastapi", "httpx", "starlette", "uvicorn"}
OTHERS = {"fhir", "jinja2", "pytest", "z3"}
ENGINE = {"cds_engine", "pydantic", "rich"}
SCRIPT = """
import contextlib, io, json, sys
from cds_api.cli.main import run
with contextlib.redirect_stdout(io.StringIO()):
    code = run(sys.argv[1:])
print(json.dumps([code, sorted({name.partition(".")[0] for name in sys.modules})]))
"""
UNNEEDED = {
    "--help": DATABASES | WEB | OTHERS | ENGINE,
    "--version": DATABASES | WEB | OTHERS | ENGINE,
    "evaluate --help": DATABASES | WEB | OTHERS | {"cds_engine", "rich"},
    "rules --help": DATABASES | WEB | OTHERS | {"cds_engine", "rich"},
    "scenarios --help": DATABASES | WEB | OTHERS | {"cds_engine", "rich"},
    "audit --help": DATABASES | WEB | OTHERS | {"cds_engine", "rich"},
    "cohort evaluate --help": DATABASES | WEB | OTHERS | {"cds_engine", "rich"},
    "serve --help": DATABASES | WEB | OTHERS | {"cds_engine", "rich"},
    "open --help": DATABASES | WEB | OTHERS | {"cds_engine", "rich"},
    "ledger verify --help": DATABASES | WEB | OTHERS | {"cds_engine", "rich"},
    "rules list": DATABASES | WEB | OTHERS | {"rich"},
    "rules check": DATABASES | WEB | OTHERS | {"rich"},
    "rules show safety.mania": DATABASES | WEB | OTHERS | {"rich"},
    "schema record": DATABASES | WEB | OTHERS | {"rich"},
    f"evaluate {RECORD}": DATABASES | WEB | OTHERS,
    f"evaluate --explain --format json {RECORD}": DATABASES | WEB | OTHERS | {"rich"},
    "scenarios --steps": DATABASES | WEB | {"z3"},
    "audit --check": DATABASES | WEB,
}
"""Commands, and the packages that they must not import."""


@pytest.mark.parametrize("command", UNNEEDED, ids=lambda command: command.replace(RECORD, "RECORD"))
def test_a_command_imports_only_what_it_needs(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *command.split()], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    code, imported = json.loads(done.stdout)
    assert code == 0
    assert not UNNEEDED[command] & set(imported)

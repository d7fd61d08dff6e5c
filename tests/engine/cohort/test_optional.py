"""Only ``cds cohort`` needs the database libraries: everything else works without them."""

from __future__ import annotations

import subprocess
import sys

WITHOUT = """
import sys
for name in ("duckdb", "ibis", "pandas", "pyarrow", "pyspark"):
    sys.modules[name] = None  # an import of it fails
import cds_api.app
import cds_api.cli.main
import cds_engine.audit
assert not [name for name in sys.modules if name.startswith("cds_engine.cohort")]
"""


def test_only_the_cohort_command_imports_the_database_libraries() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")

"""The engine is independent of drugs: any rulebook works, and the code names nothing of the shipped one."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from cds_api.cli.main import run
from cds_engine import load_rulebook, shipped_rulebooks
from cds_engine.rulebook.check_units import check_units

from tests.rulebook.tiny import FULL, TINY, evaluate

ROOT = Path(__file__).parents[2]
Captured = pytest.CaptureFixture[str]


def test_the_tiny_rulebook_loads_and_fits_ucum() -> None:
    rulebook = load_rulebook(TINY)
    assert rulebook.id == "tiny"
    assert set(rulebook.rules) == {
        "amounts.low",
        "amounts.middle",
        "amounts.high",
        "lab.zorbulin-low",
        "lab.zorbulin-lowest",
        "lab.hiccup-storm",
    }
    assert set(rulebook.partitions) == {"amount-bands", "zorbulin"}
    assert rulebook.history_fields == ("earlier_courses",)
    assert check_units(rulebook) == []


@pytest.mark.parametrize(
    ("dose", "unit", "rule"),
    [
        (99, "ug/d", "amounts.low"),
        (0.1, "mg/d", "amounts.middle"),
        (300, "mcg/day", "amounts.middle"),
        (0.000301, "g/d", "amounts.high"),
    ],
)
def test_a_record_is_evaluated(dose: float, unit: str, rule: str) -> None:
    medication = {"drug": "http://example.org/codes|V-2", "daily_dose": {"value": dose, "unit": unit}}
    found = evaluate({**FULL, "medications": [medication]}, explain=True)
    amounts = [item.rule for item in found.advisories if item.family == "amounts"]
    assert amounts == [rule]
    assert found.trace is not None
    assert len(found.trace) == 6


@pytest.fixture
def record(tmp_path: Path) -> str:
    path = tmp_path / "record.json"
    path.write_text(json.dumps({**FULL, "as_of": "2026-11-23"}))
    return str(path)


def test_on_the_command_line(record: str, capsys: Captured) -> None:
    assert run(["evaluate", record, "--rulebook", str(TINY)]) == 0
    text = capsys.readouterr().out
    assert "CRITICAL  Zorbulin 1.5 umol/L: lowest" in text
    assert "Invented for tests; research use only." in text
    assert run(["evaluate", record, "--rulebook", str(TINY), "--format", "json", "--explain"]) == 0
    assert json.loads(capsys.readouterr().out)["rulebook"]["id"] == "tiny"


def test_its_rules_are_listed_and_shown(capsys: Captured) -> None:
    assert run(["rules", "list", "--rulebook", str(TINY)]) == 0
    assert (
        capsys.readouterr().out.splitlines()[0] == "amounts.high         warning   Dose above the middle band"
    )
    assert run(["rules", "show", "amounts.high", "--rulebook", str(TINY)]) == 0
    page = capsys.readouterr().out
    for text in (
        "  - daily dose of velozine is above 300 ug/d",
        "  - grown age [age of the patient is at least 16 years]",
        "  - amount.maximum = 300 ug/d (labelling, reliability A; Handbook, page 2)",
        "  - age.grown = 16 years (operational; Handbook, page 2)",
        "  - upper-end: An older page says 400. Decision: The younger page counts from its date on.",
    ):
        assert text in page


def test_its_files_are_generated(tmp_path: Path, capsys: Captured) -> None:
    book = Path(shutil.copytree(TINY, tmp_path / "tiny"))
    for command in ("docs", "schema"):
        arguments = ["rules", command, "--rulebook", str(book)]
        assert run([*arguments, "--check"]) == 1
        assert run(arguments) == 0
        assert run([*arguments, "--check"]) == 0
    assert "| [amounts.low](amounts/amounts.low.yaml) | info |" in (book / "README.md").read_text()
    assert (tmp_path / "schema" / "rule.schema.json").is_file()
    assert run(["rules", "new", "lab.grade-2", "--rulebook", str(book)]) == 0
    capsys.readouterr()
    assert run(["rules", "check", str(book)]) == 0
    assert "7 rules" in capsys.readouterr().out


# The code

BRANDS = {"Tolvon", "Lantanon", "Lumin", "Bolvidon", "Norval", "Prozac", "Zoloft", "Coumadin"}
DISTRIBUTION = re.compile(r"\bmianserin[-_]cds\b")
"""The project's own name is the only one that may contain the drug's."""
TEXTS = {".py", ".html", ".j2", ".jinja", ".css", ".js", ".json", ".feature", ".md", ".txt", ".yaml", ".toml"}


def names() -> Iterator[str]:
    """Every concept of the shipped rulebooks, by name and by title, and its brands."""
    for file in sorted(shipped_rulebooks().glob("*/rulebook.yaml")):
        rulebook = load_rulebook(file.parent)
        terms = rulebook.terminology
        yield rulebook.id
        for section in (terms.drugs, terms.conditions, terms.symptoms, terms.observations):
            for name, concept in section.items():
                yield name
                yield concept.title
        for group in (*terms.drug_groups.items(), *terms.observation_groups.items()):
            yield group[0]
            yield re.sub(r"^an? ", "", group[1].title)
    yield from BRANDS


def pattern(found: set[str]) -> re.Pattern[str]:
    """Return a pattern for whole words, in any case, in the plural, and with parts joined differently."""
    parts = (re.sub(r"[-_ .]+", "[-_ .]", re.escape(name).replace("\\", "")) for name in sorted(found))
    return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(parts)})(?:e?s)?(?![a-z0-9])", re.IGNORECASE)


@pytest.mark.parametrize("folder", ["engine", "api"])
def test_no_name_of_the_shipped_rulebooks_is_in_the_code(folder: str) -> None:
    wanted = pattern(set(names()))
    assert wanted.search("the Neutrophil counts of severe_liver-disease"), "the search itself works"
    files = [
        path for path in (ROOT / folder).rglob("*") if path.suffix in TEXTS and "_rules" not in path.parts
    ]
    assert files
    found = [
        f"{path.relative_to(ROOT)}:{number}: {match[0]}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for match in wanted.finditer(DISTRIBUTION.sub("", line))
    ]
    assert found == []

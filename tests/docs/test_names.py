"""The pages name modules, folders and layers that exist."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from pkgutil import resolve_name

import pytest

from tests.docs.pages import DOCS, PAGES, ROOT

_MODULE = re.compile(r"`(cds_(?:engine|api)(?:\.\w+)*)`")
_FOLDER = re.compile(r"^\| `([\w/]+/)` \|", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_modules_and_folders_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for name in _MODULE.findall(text):
        assert resolve_name(name)
    for folder in _FOLDER.findall(text):
        assert (ROOT / folder).is_dir(), folder


def test_the_layers_are_those_that_are_enforced() -> None:
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    shown = re.findall(r"`(\w+)`", page.partition("The layers, from the top:")[2].partition(". ")[0])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = [each for each in project["tool"]["importlinter"]["contracts"] if each["type"] == "layers"]
    layers = re.findall(r"cds_\w+(?:\.\w+)?", " ".join(contract["layers"]))
    names = [layer.removeprefix("cds_engine.") for layer in layers]
    assert shown == names[: len(shown)]
    assert set(names[len(shown) :]) <= {"notices", "errors", "cached_json", "design"}

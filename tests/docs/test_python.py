"""The examples in docs/python.md give the output that they show."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "python.md"


def test_the_examples() -> None:
    text = re.sub(r"^```.*$", "", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    examples = doctest.DocTestParser().get_doctest(text, {}, PAGE.name, str(PAGE), 0)
    assert len(examples.examples) >= 15
    shown: list[str] = []
    results = doctest.DocTestRunner().run(examples, out=shown.append)
    assert results.failed == 0, "".join(shown)

"""Which scenarios mention a rule."""

from __future__ import annotations

from pathlib import Path

from cds_engine.scenarios.mentions import mentions

FEATURE = """\
Feature: Anything

  Scenario: One
    Then rule a.b fires

  Rule: a.b and c.d

    Scenario Outline: Two
      Then rule `c.d` fires

    Scenario: Three
      Then rule a.b fires
      And rule a.b fires as info

  Rule: a.b-more

    Scenario: Four
      Then rule a.b.c does not fire
      And rule x.a.b does not fire
"""


def test_by_heading_or_by_step_each_once(tmp_path: Path) -> None:
    (tmp_path / "any.feature").write_text(FEATURE, encoding="utf-8")
    found = [(mention.line, mention.scenario) for mention in mentions("a.b", tmp_path)]
    assert found == [(3, "One"), (8, "Two"), (11, "Three")]
    assert not list(mentions("a.b", tmp_path / "nothing here"))

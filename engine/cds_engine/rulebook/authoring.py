"""A new rule from a template: a valid draft whose comments explain what to write."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from cds_engine.errors import nearest
from cds_engine.rulebook.model import Rulebook

TEMPLATE = """\
# yaml-language-server: $schema=../../schema/rule.schema.json
id: {id}
version: 1
title: "{title}"
status: draft # change to 'active' when it is ready; a draft is checked but never evaluated
rationale: >
  Say why the rule exists and which part of the evidence it encodes.
# Which patients the rule is for.
# Tests: is, is_not, one_of, less_than, at_most, more_than, at_least, between, known.
# Numbers come from parameters.yaml, written as $name.
applies_to: {applies_to}
when: always
advisory:
  indicator: info
  summary: "Fewer than 140 characters; write values in braces"
  detail: >
    Say what the evidence reports about such a record. Never tell anyone to treat.
evidence: [{claim}]
limitations:
  - Say in which cases the rule is known to be wrong.
"""
_REST = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
MAX_NAME = 80

FEATURE = """\
Feature: {title}

  # Remove the comment signs once the rule is active. `cds scenarios --steps` lists every step.
  # Rule: {id}
  #
  #   Scenario: It fires
  #     Given as of 2026-01-01
  #     And a patient of 50
  #     When the record is evaluated
  #     Then rule {id} fires
"""


_EXAMPLE = """\
Feature: {title}

  Scenario: Nothing is known yet
    Given as of 2026-01-01
    And a patient of 50
    When the record is evaluated
    Then rule {id} is not evaluable
"""


def example_feature(rulebook: Rulebook) -> str:
    """Return the text of a small feature to start from, about the first active rule of a rulebook."""
    rule = next(iter(rulebook.active_rules), None)
    if rule is None:
        return "Feature: A new feature\n"
    return _EXAMPLE.format(id=rule.id, title=rule.file.title)


def new_feature(name: str) -> str:
    """Return the text of a feature for a new rule ``name``; its scenario is commented out."""
    title = name.partition(".")[2].replace("-", " ").capitalize()
    return FEATURE.format(id=name, title=title)


def new_rule(rulebook: Rulebook, name: str) -> tuple[PurePosixPath, str]:
    """Return path (relative to the rulebook) and text of a new rule ``name``.

    Raises:
        ValueError: if the name is taken, or does not start with one of the rulebook's families.
    """
    family, _, rest = name.partition(".")
    if name in rulebook.rules:
        raise ValueError(f"there is already a rule '{name}'")
    if family not in rulebook.file.families:
        hint = nearest(family, rulebook.file.families)
        families = ", ".join(rulebook.file.families)
        raise ValueError(f"'{name}' must start with a family and a dot{hint}; the families are {families}")
    if len(name) > MAX_NAME:
        raise ValueError(f"'{name}' must be at most {MAX_NAME} characters long")
    if not _REST.fullmatch(rest):
        raise ValueError(f"'{name}' must be lower-case words joined by hyphens after '{family}.'")
    boolean = (name for name, fact in rulebook.facts.items() if fact.kind == "boolean")
    applies_to = next((f"{{{fact}: {{is: true}}}}" for fact in boolean), "always")
    title = rest.replace("-", " ").capitalize()
    text = TEMPLATE.format(id=name, title=title, applies_to=applies_to, claim=_claim(rulebook))
    return PurePosixPath(rulebook.file.families[family].folder, f"{name}.yaml"), text


def _claim(rulebook: Rulebook) -> str:
    """Return a claim that a draft may cite: one that a rule already cites, or one that may be encoded."""
    for rule in rulebook.rules.values():
        return rule.file.evidence[0]
    for name, claim in rulebook.evidence.claims.items():
        if claim.not_encodable is None:
            return name
    raise ValueError("evidence.yaml has no claim that a rule could cite; add one first")

"""A new rule from a template: a draft that the checker accepts, and that says what to write where."""

from __future__ import annotations

from pathlib import PurePosixPath

from engine.errors import nearest
from engine.rulebook.model import Rulebook

TEMPLATE = """\
# yaml-language-server: $schema=../../schema/rule.schema.json
id: {id}
version: 1
title: {title}
status: draft # change to 'active' when it is ready; a draft is checked but never evaluated
rationale: >
  Say here why the rule exists and what in the evidence it encodes.
# Who the rule is about. Tests: is, is_not, one_of, less_than, at_most, more_than, at_least, between, known.
# Numbers come from parameters.yaml, written as $name.
applies_to:
  {fact}: {{is: true}}
when: always
advisory:
  indicator: info
  summary: "Fewer than 140 characters; values stand in braces"
  detail: >
    Say what the evidence reports about such a record. Never tell anyone to treat.
evidence: [{claim}]
limitations:
  - Say here where the rule is known to be wrong.
"""


def new_rule(rulebook: Rulebook, name: str) -> tuple[PurePosixPath, str]:
    """Return the path within the rulebook, and the text, of a new rule called ``name``.

    Raises:
        ValueError: if the name is taken or is not the id of a rule of one of the rulebook's families.
    """
    family, _, rest = name.partition(".")
    if name in rulebook.rules:
        raise ValueError(f"there is already a rule '{name}'")
    if family not in rulebook.file.families:
        hint = nearest(family, rulebook.file.families)
        families = ", ".join(rulebook.file.families)
        raise ValueError(f"'{name}' must begin with a family and a dot{hint}; the families are {families}")
    if not rest or not all(part.isalnum() and part.isascii() and part.islower() for part in rest.split("-")):
        raise ValueError(f"'{name}' must be lower-case words joined by hyphens after '{family}.'")
    fact = next(name for name, fact in rulebook.facts.items() if fact.kind == "boolean")
    claim = next(iter(rulebook.rules.values())).file.evidence[0]
    text = TEMPLATE.format(id=name, title=rest.replace("-", " ").capitalize(), fact=fact, claim=claim)
    return PurePosixPath(rulebook.file.families[family].folder, f"{name}.yaml"), text

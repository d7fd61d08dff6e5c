"""A new rulebook from a template: small, complete and valid, with comments that explain what to write."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
MAX_NAME = 40
_SCHEMA = "# yaml-language-server: $schema={path}schema/{name}.schema.json\n"

RULEBOOK = """\
# What the rulebook is about. Its other files are terminology, facts, parameters, evidence and rules; a long
# terminology may continue in the folder terminology/.
id: ID
version: 0.1.0
title: "TITLE"
description: >
  Say which drug, which patients and which questions the rulebook covers.
disclaimer: >
  For research use only. Not for diagnosis or treatment.
# The id of a rule begins with its family; each family has a folder.
families:
  safety:
    title: Safety
    description: What the sources say about taking TITLE.
    folder: safety
"""
TERMINOLOGY = """\
# The concepts that a record may name. `codes` lists the codes of a concept by code system, each with the
# claim in which they were read. What the shipped rulebooks share can be taken with `use`.
drugs:
  ID:
    title: TITLE
"""
FACTS = """\
# Every fact is a question about the entries of a record. `question` asks for what is missing.
facts:
  ID.active:
    title: current treatment with TITLE
    question: Is TITLE being taken?
    of: {drug: ID}
    where: {active: {is: true}}
    take: any
"""
EVIDENCE = """\
# The sources, and what they say in the rulebook's own words. Every rule cites at least one claim.
sources:
  this-rulebook:
    title: This rulebook
    short: This rulebook
claims:
  operational.on-treatment:
    statement: Current treatment is pointed out, so that the rulebook has a first rule.
    source: this-rulebook
    locator: decision on the first rule
    basis: operational
"""
RULE = """\
id: safety.on-treatment
version: 1
title: Current treatment
status: active
rationale: >
  Shows that the rulebook works; replace it with a rule that a source supports.
# Which patients the rule is for, and when it fires. Numbers come from parameters.yaml, written as $name.
applies_to: always
when:
  ID.active: {is: true}
advisory:
  indicator: info
  summary: "TITLE is being taken"
  detail: >
    The record shows current treatment with TITLE.
evidence: [operational.on-treatment]
limitations:
  - A record may list a drug that is no longer taken.
"""
FEATURE = """\
Feature: Current treatment

  # `cds scenarios --steps` lists every step.
  Rule: safety.on-treatment

    Scenario Outline: It fires for a patient who takes the drug
      Given as of 2026-01-01
      And <medication>
      When the record is evaluated
      Then rule safety.on-treatment <outcome>

      Examples:
        | medication                         | outcome          |
        | the patient takes ID               | fires as info    |
        | the patient does not take ID       | does not fire    |
        | the patient stopped ID 3 days ago  | does not fire    |
        | nothing is known about medications | is not evaluable |
"""
AUDIT = """\
# What `cds audit` asks of this rulebook, in percent of what is reachable.
[goals]
outcome = 100
condition = 100
mcdc = 100
boundary = 100
mutation = 100
evidence = 100
terminology = 100
"""
EXAMPLE = """\
{
  "as_of": "2026-01-01",
  "medications": [{"drug": "ID", "start": "2025-12-01"}]
}
"""
_FILES = {
    "rulebook.yaml": ("rulebook", RULEBOOK),
    "terminology.yaml": ("terminology", TERMINOLOGY),
    "facts.yaml": ("facts", FACTS),
    "evidence.yaml": ("evidence", EVIDENCE),
    "safety/safety.on-treatment.yaml": ("rule", RULE),
    "features/on_treatment.feature": (None, FEATURE),
    "examples/on-treatment.json": (None, EXAMPLE),
    "audit.toml": (None, AUDIT),
}


def new_rulebook(name: str) -> dict[PurePosixPath, str]:
    """Return the files of a new rulebook ``name`` about a drug of that name, by their path in its folder.

    Raises:
        ValueError: if the name is not lower-case words joined by hyphens.
    """
    if not _NAME.fullmatch(name) or len(name) > MAX_NAME:
        limit = f"at most {MAX_NAME} characters"
        raise ValueError(f"'{name}' must be lower-case words or digits joined by hyphens, {limit}")
    title = name.replace("-", " ")
    files = {}
    for path, (schema, template) in _FILES.items():
        text = template.replace("TITLE", title).replace("ID", name)
        if schema is not None:
            text = _SCHEMA.format(path="../" * (path.count("/") + 1), name=schema) + text
        files[PurePosixPath(path)] = text
    return files

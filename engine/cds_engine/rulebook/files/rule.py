"""The model of a rule's file."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cds_engine.rulebook.files.base import FileModel, Name, RawExpression, Text

Indicator = Literal["info", "warning", "critical"]
Status = Literal["draft", "active", "retired"]


class AdvisoryTemplate(FileModel):
    """The texts of a rule's advisory; ``{fact}`` and ``{$parameter}`` are replaced by values with units."""

    indicator: Indicator
    summary: Text
    detail: Text


class RuleFile(FileModel):
    """One rule: identity, status, logic, advisory, evidence and limitations, in this order."""

    id: Name
    version: Annotated[int, Field(ge=1)]
    title: Text
    status: Status = "active"
    rationale: Text
    applies_to: RawExpression = "always"
    when: RawExpression
    advisory: AdvisoryTemplate
    evidence: list[Name] = Field(min_length=1)
    mechanism: list[Name] = []
    conflicts: list[Name] = []
    limitations: list[Text] = []

"""The model of a rule's file."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cds_engine.rulebook.files.base import FileModel, Name, RawExpression, Text

Indicator = Literal["info", "warning", "critical"]
Status = Literal["draft", "active", "retired"]


class AdvisoryTemplate(FileModel):
    """The texts of a rule's advisory; ``{fact}`` and ``{$parameter}`` are replaced by values with units."""

    indicator: Indicator = Field(description="How serious it is.")
    summary: Text = Field(description="One line; at most 139 characters once filled in.")
    detail: Text = Field(description="The whole text.")


class RuleFile(FileModel):
    """One rule: identity, status, logic, advisory, evidence and limitations, in this order."""

    id: Name = Field(description="Family, a dot and a name; also the name of the file.")
    version: Annotated[int, Field(ge=1)] = Field(description="Goes up by one when the meaning changes.")
    title: Text = Field(description="Name for people.")
    status: Status = Field("active", description="Only active rules are evaluated; retired ones stay.")
    rationale: Text = Field(description="Why the rule exists.")
    applies_to: RawExpression = Field("always", description="The patients whom the rule is about.")
    when: RawExpression = Field(description="When the rule fires for them.")
    advisory: AdvisoryTemplate = Field(description="What the rule says.")
    evidence: list[Name] = Field(min_length=1, description="The claims that support it.")
    mechanism: list[Name] = Field([], description="Targets that explain it.")
    conflicts: list[Name] = Field([], description="Conflicts that the advisory shows.")
    limitations: list[Text] = Field([], description="Where the rule is known to be wrong or incomplete.")

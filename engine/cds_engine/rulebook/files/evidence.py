"""The model of ``evidence.yaml``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from cds_engine.rulebook.files.base import Basis, FileModel, Name, Text

Reliability = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{1,8}$")]
"""A short code for how reliable a claim is, such as ``A``; the evidence file says what it means."""


class Source(FileModel):
    """A document that was read, or that such a document cites."""

    title: Text = Field(description="Full title.")
    short: Text = Field(description="Short name for citations.")
    locator: Text | None = Field(None, description="Where to find it.")
    cited_by: Name | None = Field(
        None, description="The source that refers to it, if it was not read itself."
    )


class Claim(FileModel):
    """One statement of one source.

    ``references`` are the sources that the document itself cites for the statement. ``not_encodable`` says
    why no rule, parameter or mechanism uses the claim.
    """

    statement: Text = Field(description="What the source says, in the rulebook's own words.")
    source: Name = Field(description="The source that says it.")
    locator: Text = Field(description="Where in the source.")
    basis: Basis = Field(description="The kind of source.")
    reliability: Reliability | None = Field(
        None, description="How reliable the claim is: a code that 'reliabilities' declares."
    )
    references: list[Name] = Field([], description="Sources that the source cites for it.")
    not_encodable: Text | None = Field(None, description="Why nothing in the rulebook uses it.")


class Conflict(FileModel):
    """A question on which sources disagree or say nothing, and what this rulebook decided."""

    title: Text = Field(description="Name for people.")
    statement: Text = Field(description="What disagrees, or what no source says.")
    claims: list[Name] = Field([], description="The claims that disagree.")
    decision: Text = Field(description="What the rulebook does about it.")


class EvidenceFile(FileModel):
    """``evidence.yaml``: sources, their claims, and the conflicts between them."""

    reliabilities: dict[Reliability, Text] = Field(
        {}, description="What each code for the reliability of a claim means, the most reliable first."
    )
    sources: dict[Name, Source] = Field({}, description="Sources by name.")
    claims: dict[Name, Claim] = Field({}, description="Claims by name.")
    conflicts: dict[Name, Conflict] = Field({}, description="Conflicts by name.")

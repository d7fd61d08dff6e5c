"""The model of ``evidence.yaml``."""

from __future__ import annotations

from cds_engine.rulebook.files.base import Basis, FileModel, Name, Text


class Source(FileModel):
    """A document that was read, or that such a document cites."""

    title: Text
    short: Text
    locator: Text | None = None
    cited_by: Name | None = None


class Claim(FileModel):
    """One statement of one source.

    ``references`` are the sources that the document itself cites for the statement. ``not_encodable`` says
    why no rule, parameter or mechanism uses the claim.
    """

    statement: Text
    source: Name
    locator: Text
    basis: Basis
    references: list[Name] = []
    not_encodable: Text | None = None


class Conflict(FileModel):
    """A question on which sources disagree or say nothing, and what this rulebook decided."""

    title: Text
    statement: Text
    claims: list[Name] = []
    decision: Text


class EvidenceFile(FileModel):
    """``evidence.yaml``: sources, their claims, and the conflicts between them."""

    sources: dict[Name, Source]
    claims: dict[Name, Claim]
    conflicts: dict[Name, Conflict]

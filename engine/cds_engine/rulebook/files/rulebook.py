"""The model of ``rulebook.yaml``."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from cds_engine.rulebook.files.base import FileModel, Name, RawExpression, Text

RESERVED = {
    "examples": "patient records",
    "features": "scenarios",
    "terminology": "parts of the terminology",
    "value_sets": "value sets",
}
"""Folders of a rulebook that hold something else than rules."""


def _check_folder(value: str) -> str:
    if value in RESERVED:
        raise ValueError(f"'{value}' contains {RESERVED[value]}; rules in it are not read")
    return value


class Family(FileModel):
    """A group of rules: the first part of their ids, and their folder."""

    title: Text = Field(description="Name for people.")
    description: Text = Field(description="What its rules are about.")
    folder: Annotated[Name, AfterValidator(_check_folder)] = Field(
        description="The folder that holds its rules."
    )


class BasisDeclaration(FileModel):
    """A kind of source that claims, numbers and findings rest on."""

    title: Text = Field(description="What such a source is, for people.")


def _default_bases() -> dict[str, BasisDeclaration]:
    """Return the bases of a rulebook that declares none."""
    return {
        "labelling": BasisDeclaration(title="Labelling and agencies"),
        "standard": BasisDeclaration(title="Standards and grading scales"),
        "literature": BasisDeclaration(title="Literature"),
        "operational": BasisDeclaration(title="A decision of this rulebook where the sources are silent"),
    }


class PartitionDeclaration(FileModel):
    """Rules of which exactly one fires for every value of a fact, or none if ``silent`` is true."""

    title: Text = Field(description="Name for people.")
    over: Name = Field(description="The fact whose values are divided.")
    given: RawExpression = Field("always", description="The patients for whom the division holds.")
    rules: list[Name] = Field(min_length=2, description="The rules that share the values.")
    silent: RawExpression | None = Field(None, description="The values for which no rule fires.")


class RulebookFile(FileModel):
    """``rulebook.yaml``: identity, version, families, and the partitions to prove."""

    id: Name = Field(description="The rulebook's name in results and addresses.")
    version: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")] = Field(
        description="Version of the knowledge: major.minor.patch."
    )
    title: Text = Field(description="Name for people.")
    description: Text = Field(description="What the rulebook covers.")
    disclaimer: Text = Field(description="What every result says about its use.")
    features: Text = Field(
        "features", description="The folder of the scenarios and approved texts, relative to the rulebook."
    )
    families: dict[Name, Family] = Field(description="Families by the first part of their rules' ids.")
    bases: dict[Name, BasisDeclaration] = Field(
        default_factory=_default_bases,
        description="The kinds of sources, the strongest first: labelling, standard, literature and "
        "operational if the rulebook declares none.",
    )
    partitions: dict[Name, PartitionDeclaration] = Field(
        {}, description="Divisions that the audit proves to have no gap and no overlap."
    )

"""The model of ``pharmacology.yaml``."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from cds_engine.rulebook.files.base import FileModel, Name, Text


class Affinity(FileModel):
    """A measured affinity, as printed in the source."""

    receptor: Text = Field(description="The receptor or transporter.")
    measure: Text = Field(description="What was measured, such as Ki or EC50.")
    low: Decimal = Field(description="Smallest value reported.")
    high: Decimal = Field(description="Largest value reported; equal to `low` for a single value.")
    unit: Text = Field(description="Unit of both, as printed in the source.")


class Target(FileModel):
    """A molecular target and what the source concludes from it; rules cite it as their mechanism."""

    title: Text = Field(description="Name for people.")
    action: Text = Field(description="What the drug does there.")
    affinities: list[Affinity] = Field([], description="Measured affinities.")
    implication: Text = Field(description="What the source concludes.")
    claims: list[Name] = Field(min_length=1, description="The claims that state it.")
    conflicts: list[Name] = Field([], description="Where sources disagree about it.")


class Assay(FileModel):
    """An experimental assay that the source describes."""

    title: Text = Field(description="Name for people.")
    system: Text = Field(description="What it was measured in.")
    procedure: Text = Field(description="How it was done.")
    outcome: Text = Field(description="What was found.")
    claims: list[Name] = Field(min_length=1, description="The claims that state it.")


class PharmacologyFile(FileModel):
    """``pharmacology.yaml``: molecular targets and assays."""

    targets: dict[Name, Target] = Field(
        {}, description="Targets by name; rules cite them as their mechanism."
    )
    assays: dict[Name, Assay] = Field({}, description="Assays by name.")

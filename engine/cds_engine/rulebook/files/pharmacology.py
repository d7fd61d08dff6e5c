"""The model of ``pharmacology.yaml``."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field

from cds_engine.rulebook.files.base import FileModel, Name, Text


class Affinity(FileModel):
    """A measured affinity in nM, as printed in the source."""

    receptor: Text
    measure: Literal["Ki", "EC50"]
    low: Decimal
    high: Decimal
    unit: Literal["nM"] = "nM"


class Target(FileModel):
    """A molecular target and what the source concludes from it; rules cite it as their mechanism."""

    title: Text
    action: Text
    affinities: list[Affinity] = []
    implication: Text
    claims: list[Name] = Field(min_length=1)
    conflicts: list[Name] = []


class Assay(FileModel):
    """An experimental assay that the source describes."""

    title: Text
    system: Text
    procedure: Text
    outcome: Text
    claims: list[Name] = Field(min_length=1)


class PharmacologyFile(FileModel):
    """``pharmacology.yaml``: molecular targets and assays."""

    targets: dict[Name, Target]
    assays: dict[Name, Assay] = {}

"""The models of ``shared.yaml`` and of the entries under ``use`` of a terminology."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from cds_engine.rulebook.files.base import FileModel, Name, Text

Version = Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")]
"""major.minor.patch"""


class SharedFile(FileModel):
    """``shared.yaml``: identity and version of a terminology that several rulebooks use."""

    id: Name = Field(description="Its name, which is also that of its folder.")
    version: Version = Field(
        description="major.minor.patch: a changed or removed concept needs the next major version."
    )
    title: Text = Field(description="Name for people.")
    description: Text = Field(description="What it covers.")


class SharedUse(FileModel):
    """A shared terminology that a rulebook uses, and what it takes from there.

    Without any list the rulebook takes everything. With a list it takes what the lists name, the members of
    the groups that they name, and the code systems and units.
    """

    shared: Name = Field(description="The shared terminology: the name of its folder.")
    version: Version = Field(
        description="The version that was read; a later one of the same major version fits."
    )
    drugs: list[Name] | None = Field(None, description="The drugs to take.")
    drug_groups: list[Name] | None = Field(None, description="The groups of drugs to take.")
    conditions: list[Name] | None = Field(None, description="The conditions to take.")
    symptoms: list[Name] | None = Field(None, description="The symptoms to take.")
    observations: list[Name] | None = Field(None, description="The observations to take.")
    observation_groups: list[Name] | None = Field(None, description="The groups of observations to take.")

"""The model of ``rulebook.yaml``."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from cds_engine.rulebook.files.base import FileModel, Name, RawExpression, Text


def _check_folder(value: str) -> str:
    if value == "examples":
        raise ValueError("'examples' contains patient records; rules in it are not read")
    return value


class Family(FileModel):
    """A group of rules: the first part of their ids, and their folder."""

    title: Text
    description: Text
    folder: Annotated[Name, AfterValidator(_check_folder)]


class PartitionDeclaration(FileModel):
    """Rules of which exactly one fires for every value of a fact, or none if ``silent`` is true."""

    title: Text
    over: Name
    given: RawExpression = "always"
    rules: list[Name] = Field(min_length=2)
    silent: RawExpression | None = None


class RulebookFile(FileModel):
    """``rulebook.yaml``: identity, version, families, and the partitions to prove."""

    id: Name
    version: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")]
    title: Text
    description: Text
    disclaimer: Text
    families: dict[Name, Family]
    partitions: dict[Name, PartitionDeclaration] = {}

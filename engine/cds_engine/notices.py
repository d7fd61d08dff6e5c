"""Notices about data in a record that was ignored or changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from cds_engine.cached_json import CachedJson


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice(CachedJson):
    """Data in the record that was ignored or changed, and why."""

    pointer: Annotated[str, Field(description="RFC 6901 JSON pointer into the record")]
    message: Annotated[str, Field(description="What was ignored or changed, and why.")]


class UnknownCode(Notice):
    """Notice of entries that mean nothing in a rulebook; another rulebook may know them.

    ``places`` are the entries, each with the name or code that it has. If there may be several, ``begins`` is
    the message without their names. Neither is part of the JSON.
    """

    __slots__ = ("begins", "places")
    places: Mapping[str, str]
    begins: str | None

    @classmethod
    def of(
        cls, pointer: str, message: str, places: Mapping[str, str], begins: str | None = None
    ) -> UnknownCode:
        """Return the notice with this text for the entries at ``places``."""
        notice = cls(pointer=pointer, message=message)
        object.__setattr__(notice, "places", places)
        object.__setattr__(notice, "begins", begins)
        return notice

"""Notices about data in a record that was ignored or changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from cds_engine.cached_json import CachedJson


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice(CachedJson):
    """Data in the record that was ignored or changed, and why."""

    pointer: Annotated[str, Field(description="RFC 6901 JSON pointer into the record")]
    message: Annotated[str, Field(description="What was ignored or changed, and why.")]

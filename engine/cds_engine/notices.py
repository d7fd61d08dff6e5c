"""Notices: what in a record was not used as written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from cds_engine.cached_json import CachedJson


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice(CachedJson):
    """Something in the record that was not used as it stands, and why."""

    pointer: Annotated[str, Field(description="RFC 6901 JSON pointer into the record")]
    message: Annotated[str, Field(description="What was ignored or changed, and why.")]

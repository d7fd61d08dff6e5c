"""Immutable parts of an answer whose JSON is written once, when they are made."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, lru_cache
from json.encoder import encode_basestring
from typing import TypeVar

from pydantic import ConfigDict
from pydantic_core import to_json


class CachedJson:
    """Base of an immutable dataclass that many answers share; ``json`` is computed once, on creation.

    Subclasses are dataclasses, because pydantic models take much longer to create.
    """

    __slots__ = ("json",)
    __pydantic_config__ = ConfigDict(extra="forbid")
    json: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "json", encode_json(self))


def encode_json(value: object) -> str:
    """Return ``value`` as JSON."""
    return to_json(value).decode()


cached_json = lru_cache(maxsize=4096)(encode_json)
"""Return ``value`` as JSON, cached: for values that occur in every answer of a rule or a rulebook."""
json_string: Callable[[str], str] = encode_basestring
"""Return a string as JSON; faster than the general encoder."""


P = TypeVar("P", bound=CachedJson)


class CachedJsonList(tuple[P, ...]):
    """Items that always occur together; the inside of their JSON array is computed once."""

    @cached_property
    def json(self) -> str:
        """The items as JSON, separated by commas."""
        return ",".join([item.json for item in self])


def join_json(items: tuple[CachedJson, ...]) -> str:
    """Return the inside of the JSON array of ``items``."""
    return items.json if isinstance(items, CachedJsonList) else ",".join([item.json for item in items])

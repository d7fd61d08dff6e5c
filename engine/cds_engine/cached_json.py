"""Immutable parts of an evaluation that are serialized to JSON once, on creation."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, lru_cache
from json.encoder import encode_basestring
from typing import TypeVar

from pydantic import ConfigDict
from pydantic_core import to_json


class CachedJson:
    """Base of the immutable dataclasses that many evaluations share; ``json`` is computed on creation.

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
"""Return ``value`` as JSON, cached: for values that occur in every evaluation with a rule or rulebook."""
cached_text: Callable[[str], str] = lru_cache(maxsize=4096)(encode_basestring)
"""Return a string as JSON, cached: most texts of rules name no value of a record."""


P = TypeVar("P", bound=CachedJson)


class CachedJsonList(tuple[P, ...]):
    """Items that always occur together, so that their JSON is joined only once."""

    @cached_property
    def json(self) -> str:
        """The items as JSON, separated by commas, without brackets."""
        return ",".join([item.json for item in self])


def join_json(items: tuple[CachedJson, ...]) -> str:
    """Return ``items`` as JSON, separated by commas, without brackets."""
    return items.json if isinstance(items, CachedJsonList) else ",".join([item.json for item in items])

"""Merges the data of a hook request into one Bundle: prefetched resources and draft orders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cds_engine.errors import pointer
from cds_engine.fhir.bundle import is_page
from cds_engine.record.json_text import MAX_PROBLEMS

from cds_api.cds_hooks.discovery import PATIENT, PREFETCH_SEARCHES, REQUIRED_PREFETCH
from cds_api.cds_hooks.requests import HookRequest, OrderSignContext
from cds_api.problems import ApiError, ErrorItem

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class HookData:
    """The data of a hook call: one Bundle, and what is known about its lists."""

    bundle: Json
    drafts: frozenset[str]
    """The places of the draft orders in the Bundle."""
    searched: frozenset[str]
    """The resource types that were searched for: if the Bundle has none, there are none."""
    unknown: frozenset[str]
    """The resource types that the client could not give."""


def misplaced(value: Json, at: str) -> Iterator[str]:
    """Yield the places in a resource, or in the Bundles in it, where there should be a resource but is none.

    Args:
        value: the resource.
        at: its place.
    """
    if not isinstance(_resource_type(value), str):
        yield at
    elif _resource_type(value) == "Bundle":
        found = value.get("entry")
        for index, entry in enumerate(found if isinstance(found, list) else ()):
            resource = entry.get("resource") if isinstance(entry, dict) else None
            if resource is not None:
                place = f"{at}/entry/{index}/resource"
                yield from misplaced(resource, place) if isinstance(resource, dict) else (place,)


def check_resources(request: HookRequest) -> None:
    """Check that there is a resource wherever there should be one.

    Raises:
        ApiError: 422, with every place where there is none.
    """
    places = [
        place
        for key, value in (request.prefetch or {}).items()
        if value
        for place in misplaced(value, f"/prefetch{pointer(key)}")
    ]
    if isinstance(request.context, OrderSignContext):
        drafts = request.context.draft_orders.model_dump(by_alias=True)
        places += misplaced(drafts, "/context/draftOrders")
    if places:
        expected = "expected a resource with its resourceType"
        errors = [ErrorItem(pointer=place, detail=expected) for place in places[:MAX_PROBLEMS]]
        raise ApiError(422, "The body is not a valid CDS Hooks request.", errors)


def hook_data(request: HookRequest) -> HookData:
    """Return all data of a request.

    Resources count by their type, under any prefetch key, because clients that share prefetched data between
    services choose their own keys. A null value means that the client has no data for a key: the data is
    unknown, in contrast to a search that found nothing. Only the draft orders of the context are drafts; a
    stored order with the status of a draft is not in force.

    Raises:
        ApiError: 412, if required data is missing.
    """
    prefetched, usable = _usable(request)
    entries = [entry for value in usable.values() for entry in _pages(value)]
    found = _resource_types(usable)
    missing = [
        ErrorItem(pointer=f"/prefetch/{key}", detail=f"expected {resource_type} resources")
        for key, resource_type in REQUIRED_PREFETCH.items()
        if resource_type not in found and key not in usable and prefetched.get(key, "") is not None
    ]
    if missing:
        raise ApiError(412, "Required data was not prefetched and could not be fetched.", missing)
    drafts: list[Json] = []
    if isinstance(request.context, OrderSignContext):
        drafts = list(_entries(request.context.draft_orders.model_dump(by_alias=True)))
    searched = frozenset(
        resource_type
        for key, resource_type in PREFETCH_SEARCHES.items()
        if _resource_type(usable.get(key)) == "Bundle"
    )
    unknown = frozenset(
        resource_type
        for key, resource_type in PREFETCH_SEARCHES.items()
        if key in prefetched and key not in usable and resource_type not in found
    )
    return HookData(
        {"resourceType": "Bundle", "type": "collection", "entry": [*drafts, *entries]},
        frozenset(f"/entry/{index}/resource" for index in range(len(drafts))),
        searched,
        unknown,
    )


def missing_prefetch_keys(request: HookRequest) -> list[str]:
    """Return the prefetch keys whose data was not sent, under this or any other key."""
    prefetched, usable = _usable(request)
    found = _resource_types(usable)
    wanted = {PATIENT: REQUIRED_PREFETCH[PATIENT], **PREFETCH_SEARCHES}
    return [
        key for key, resource_type in wanted.items() if key not in prefetched and resource_type not in found
    ]


def _usable(request: HookRequest) -> tuple[dict[str, Json | None], dict[str, Json]]:
    """Return everything that was prefetched, and the part of it that is data."""
    prefetched = dict(request.prefetch or {})
    return prefetched, {key: value for key, value in prefetched.items() if value and not _failed(value)}


def _resource_types(usable: Mapping[str, Json]) -> set[object]:
    return {entry["resource"].get("resourceType") for value in usable.values() for entry in _entries(value)}


def _resource_type(value: Json | None) -> object:
    return value.get("resourceType") if value else None


def _failed(value: Json) -> bool:
    """Return whether the client reports an error, alone or among the results of a search."""
    return _resource_type(value) == "OperationOutcome" or any(
        _resource_type(entry["resource"]) == "OperationOutcome" and _is_error(entry["resource"])
        for entry in _entries(value)
    )


def _is_error(outcome: Json) -> bool:
    issues = outcome.get("issue")
    return isinstance(issues, list) and any(
        isinstance(issue, dict) and issue.get("severity") in ("fatal", "error") for issue in issues
    )


def _pages(value: Json) -> Iterator[Json]:
    """Yield the entries of a Bundle; one page of several stays a Bundle, because it is incomplete."""
    if _resource_type(value) == "Bundle" and is_page(value):
        about = {key: value[key] for key in ("type", "total", "link") if key in value}
        yield {"resource": {"resourceType": "Bundle", **about, "entry": list(_entries(value))}}
    else:
        yield from _entries(value)


def _entries(value: Json) -> Iterator[Json]:
    """Yield the entries of a Bundle, or a single resource as an entry; skip what is not a resource."""
    if _resource_type(value) != "Bundle":
        yield {"resource": value}
        return
    found = value.get("entry")
    for entry in found if isinstance(found, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("resource"), dict):
            yield {key: entry[key] for key in ("fullUrl", "search", "resource") if entry.get(key)}

"""From a hook request to one Bundle: what was prefetched or fetched, and the orders being written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cds_engine.fhir.bundle import is_page

from cds_api.cds_hooks.discovery import NEEDED, PATIENT, SEARCHES
from cds_api.cds_hooks.requests import HookRequest, SignContext
from cds_api.problems import ErrorItem, RefusedError

Json = dict[str, Any]


def prefetch_bundle(request: HookRequest) -> tuple[Json, frozenset[str]]:
    """Return everything that a request says of the patient, and the types of resource that were looked for.

    Resources count by what they are, under whatever key they came: clients that share prefetched data among
    services name it in their own way. A key whose value is null was not satisfied with any data: what it
    stands for is unknown, which is weaker than a search that found nothing.

    Raises:
        RefusedError: 412, if what is needed was neither sent nor could be fetched.
    """
    prefetched, usable = _usable(request)
    entries = [entry for value in usable.values() for entry in _pages(value)]
    kinds = _kinds(usable)
    absent = [
        key
        for key, kind in NEEDED.items()
        if kind not in kinds and key not in usable and prefetched.get(key, "") is not None
    ]
    if absent:
        raise RefusedError(
            412,
            "Data that is needed was not prefetched, and could not be fetched.",
            [
                ErrorItem(pointer=f"/prefetch/{key}", detail=f"expected {NEEDED[key]} resources")
                for key in absent
            ],
        )
    if isinstance(request.context, SignContext):
        entries = [*_entries(request.context.draft_orders.model_dump(by_alias=True)), *entries]
    searched = frozenset(kind for key, kind in SEARCHES.items() if _kind(usable.get(key)) == "Bundle")
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}, searched


def missing_prefetch_keys(request: HookRequest) -> list[str]:
    """Return the keys of the data that was not sent, under this or any other key."""
    prefetched, usable = _usable(request)
    kinds = _kinds(usable)
    asked = {PATIENT: NEEDED[PATIENT], **SEARCHES}
    return [key for key, kind in asked.items() if key not in prefetched and kind not in kinds]


def _usable(request: HookRequest) -> tuple[dict[str, Json | None], dict[str, Json]]:
    """Return all that was sent, and what of it is data."""
    prefetched = dict(request.prefetch or {})
    return prefetched, {key: value for key, value in prefetched.items() if value and not _failed(value)}


def _kinds(usable: Mapping[str, Json]) -> set[object]:
    return {entry["resource"].get("resourceType") for value in usable.values() for entry in _entries(value)}


def _kind(value: Json | None) -> object:
    return value.get("resourceType") if value else None


def _failed(value: Json) -> bool:
    """Return whether the client says that it could not get the data, alone or within a search."""
    return _kind(value) == "OperationOutcome" or any(
        _kind(entry["resource"]) == "OperationOutcome" and _is_error(entry["resource"])
        for entry in _entries(value)
    )


def _is_error(outcome: Json) -> bool:
    issues = outcome.get("issue")
    return isinstance(issues, list) and any(
        isinstance(issue, dict) and issue.get("severity") in ("fatal", "error") for issue in issues
    )


def _pages(value: Json) -> Iterator[Json]:
    """Yield the entries of a Bundle; one page of several stays a Bundle, since it must be read as such."""
    if _kind(value) == "Bundle" and is_page(value):
        page = {"resourceType": "Bundle", "link": value["link"], "entry": list(_entries(value))}
        yield {"resource": page}
    else:
        yield from _entries(value)


def _entries(value: Json) -> Iterator[Json]:
    """Yield the entries of a Bundle, or a single resource as one; what is no resource is left out."""
    if _kind(value) != "Bundle":
        yield {"resource": value}
        return
    found = value.get("entry")
    for entry in found if isinstance(found, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("resource"), dict):
            yield {key: entry[key] for key in ("fullUrl", "resource") if entry.get(key)}

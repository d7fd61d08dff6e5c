"""The discovery response: one service per hook, with its prefetch templates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import get_args

from cds_engine.rulebook import Rulebook
from cds_engine.rulebook.code_systems import PREFIX
from pydantic import BaseModel

from cds_api.cds_hooks.requests import Hook

PATIENT = "patient"
PREFETCH_SEARCHES: Mapping[str, str] = {
    "conditions": "Condition",
    "medicationRequests": "MedicationRequest",
    "medicationStatements": "MedicationStatement",
    "observations": "Observation",
    "allergies": "AllergyIntolerance",
}
"""The prefetch keys that are searches, and the resource type that each searches for."""
REQUIRED_PREFETCH: Mapping[str, str] = {PATIENT: "Patient", "medicationRequests": "MedicationRequest"}
"""The prefetch keys that every service requires, and their resource types."""
HOOKS: tuple[Hook, ...] = get_args(Hook)
_TITLES: Mapping[Hook, str] = {
    "patient-view": "when a chart is opened",
    "order-select": "when an order is selected",
    "order-sign": "when orders are signed",
}
LONGEST_SEARCH = 6000
"""The most characters of codes in a search: many servers refuse addresses and headers above 8 KB."""
WITH_MEDICATION = frozenset({"MedicationRequest", "MedicationStatement"})
"""The resource types that may refer to a Medication."""


class HookService(BaseModel):
    """One service in the discovery response."""

    hook: Hook
    id: str
    title: str
    description: str
    prefetch: dict[str, str]
    usageRequirements: str  # noqa: N815 - the specification's name


class DiscoveryResponse(BaseModel):
    """The discovery response."""

    services: list[HookService]


def service_id(rulebook: Rulebook, hook: Hook) -> str:
    """Return the id of the service for ``hook``.

    Each hook has an id of its own. With a shared id, the cards of a later hook would replace those of an
    earlier one, and clients that identify services by their address would see only one of them.
    """
    return f"{rulebook.id}-{hook}"


def discovery_response(rulebooks: Iterable[Rulebook]) -> DiscoveryResponse:
    """Return the discovery response with the services of every rulebook."""
    return DiscoveryResponse(services=[service for book in rulebooks for service in _services(book)])


def _services(rulebook: Rulebook) -> Iterator[HookService]:
    file = rulebook.file
    for hook in HOOKS:
        yield HookService(
            hook=hook,
            id=service_id(rulebook, hook),
            title=f"{file.title}, {_TITLES[hook]}",
            description=" ".join(file.description.split()),
            prefetch=prefetch_templates(rulebook),
            usageRequirements=" ".join(file.disclaimer.split()),
        )


def prefetch_templates(rulebook: Rulebook) -> dict[str, str]:
    """Return the prefetch templates.

    Observations are searched by every code that is or may be a concept of the terminology, also a symptom; by
    none if these are too many for the address of a search. Medications may be resources of their own, which a
    search returns only if it includes them.
    """
    terminology = rulebook.terminology
    codes = dict.fromkeys(
        f"{terminology.systems[system].uri}|{code}"
        for concepts in (terminology.observations, terminology.symptoms)
        for concept in concepts.values()
        for system, lists in concept.codes.items()
        for code in (*lists.is_, *lists.perhaps)
        if not code.endswith(PREFIX)  # a search knows no beginnings of codes
    )
    templates = {PATIENT: "Patient/{{context.patientId}}"}
    for key, resource_type in PREFETCH_SEARCHES.items():
        templates[key] = f"{resource_type}?patient={{{{context.patientId}}}}"
        if resource_type in WITH_MEDICATION:
            templates[key] += f"&_include={resource_type}:medication"
    searched = f"&code={','.join(codes)}"
    if len(searched) <= LONGEST_SEARCH:
        templates["observations"] += searched
    return templates

"""What is offered: one service a hook, and the data that each asks for beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from cds_engine.rulebook import Rulebook
from pydantic import BaseModel

from cds_api.cds_hooks.requests import Hook

PATIENT = "patient"
SEARCHES: Mapping[str, str] = {
    "conditions": "Condition",
    "medicationRequests": "MedicationRequest",
    "medicationStatements": "MedicationStatement",
    "observations": "Observation",
    "allergies": "AllergyIntolerance",
}
"""The prefetch keys of the searches, and the type of resource that each looks for."""
NEEDED: Mapping[str, str] = {PATIENT: "Patient", "medicationRequests": "MedicationRequest"}
"""What no service can do without: whom it is about, and what else is taken."""
HOOKS: tuple[Hook, ...] = get_args(Hook)
_TITLES: Mapping[Hook, str] = {
    "patient-view": "when a chart is opened",
    "order-select": "when an order is selected",
    "order-sign": "when orders are signed",
}
LOINC = "http://loinc.org"


class ServiceItem(BaseModel):
    """One service, as discovery describes it."""

    hook: Hook
    id: str
    title: str
    description: str
    prefetch: dict[str, str]
    usageRequirements: str  # noqa: N815 - the specification's name


class Discovery(BaseModel):
    """The services on offer."""

    services: list[ServiceItem]


def service_id(rulebook: Rulebook, hook: Hook) -> str:
    """Return the id of the service for ``hook``.

    Each hook has an id of its own: under a shared one, what a later hook says would replace what an earlier
    one said, and clients that file services by their address would see only one of them.
    """
    return f"{rulebook.id}-{hook}"


def discovery(rulebook: Rulebook) -> Discovery:
    """Return the services of ``rulebook``."""
    file = rulebook.file
    return Discovery(
        services=[
            ServiceItem(
                hook=hook,
                id=service_id(rulebook, hook),
                title=f"{file.title}, {_TITLES[hook]}",
                description=" ".join(file.description.split()),
                prefetch=prefetch(rulebook),
                usageRequirements=" ".join(file.disclaimer.split()),
            )
            for hook in HOOKS
        ]
    )


def prefetch(rulebook: Rulebook) -> dict[str, str]:
    """Return the prefetch templates; results are asked for by the codes that the terminology knows."""
    codes = [
        f"{LOINC}|{code}"
        for measured in rulebook.terminology.observations.values()
        for system, known in measured.codes.items()
        if rulebook.terminology.systems[system].uri == LOINC
        for code in known
    ]
    templates = {PATIENT: "Patient/{{context.patientId}}"}
    for key, kind in SEARCHES.items():
        templates[key] = f"{kind}?patient={{{{context.patientId}}}}"
    templates["observations"] += f"&code={','.join(codes)}"
    return templates

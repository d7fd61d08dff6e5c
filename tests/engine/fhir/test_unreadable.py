"""What becomes unreadable can only leave rules open: it makes none fire, and none say that it is not met.

One change is allowed beside this. A rule whose condition is false is not applicable while it is known not to
apply, and not met as soon as that is unknown: in either case it certainly does not fire.

A statement of absence stands, whatever else is not understood. So what contradicts one is left readable.
"""

from __future__ import annotations

import os

import pytest
from cds_engine.fhir import evaluate_bundle

from tests.engine.fhir.bundles import AS_OF, ENGINE, Json, bundle, drafts
from tests.engine.fhir.random_bundles import RandomBundles, unreadable

SEEDS = range(6 if os.environ.get("CI") else 3)


def outcomes(resources: list[Json]) -> dict[str, str]:
    """Return the outcome of every rule; the orders with status draft are being written."""
    value = bundle(*resources)
    evaluation = evaluate_bundle(ENGINE, value, AS_OF, drafts=drafts(value)).evaluation
    return {rule: str(outcome) for rule, outcome in evaluation.outcomes.by_rule.items()}


def changes(resources: list[Json]) -> list[str]:
    """Return every change of an outcome to something else than not evaluable, for one Bundle."""
    before = outcomes(resources)
    found = []
    for index, resource in enumerate(resources):
        if resource.get("status") == "draft" or contradicts(resource, resources):
            continue
        for what, changed in unreadable(resource):
            after = outcomes([*resources[:index], changed, *resources[index + 1 :]])
            found += [
                f"{resource['resourceType']} {index}, {what}: {rule} {before[rule]} -> {outcome}"
                for rule, outcome in after.items()
                if outcome not in {before[rule], "not_evaluable"}
                and (before[rule], outcome) != ("not_applicable", "not_met")
            ]
    return found


def contradicts(resource: Json, others: list[Json]) -> bool:
    """Return whether a resource names what another one says is over or refuted."""
    return any(
        other is not resource
        and other["resourceType"] == "Condition"
        and other.get("code") == resource.get("code")
        and {"resolved", "inactive", "refuted"} & _statuses(other)
        for other in others
    )


def _statuses(resource: Json) -> set[str]:
    stated = (resource.get("clinicalStatus"), resource.get("verificationStatus"))
    return {coding["code"] for one in stated if one for coding in one["coding"]}


def with_draft(seed: int) -> list[Json]:
    """Return the resources of a Bundle, and a draft order."""
    bundles = RandomBundles(seed)
    return [*bundles.resources(), bundles.draft()]


@pytest.mark.parametrize("seed", SEEDS)
def test_outcomes_only_become_not_evaluable(seed: int) -> None:
    assert changes(RandomBundles(seed).resources()) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_so_they_do_beside_a_draft(seed: int) -> None:
    assert changes(with_draft(seed)) == []


@pytest.mark.ci
@pytest.mark.parametrize("seed", range(100, 112, 4))
def test_outcomes_of_many_bundles_only_become_not_evaluable(seed: int) -> None:
    for one in range(seed, seed + 4):
        assert changes(RandomBundles(one).resources()) == []
        assert changes(with_draft(one)) == []


def test_bundles_have_outcomes_of_every_kind() -> None:
    seen = {outcome for seed in range(6) for outcome in outcomes(RandomBundles(seed).resources()).values()}
    assert seen == {"fired", "not_met", "not_evaluable", "not_applicable"}

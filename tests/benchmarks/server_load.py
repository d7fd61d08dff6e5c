"""How the service bears load: beside an earlier commit, with two workers, and with CDS Hooks.

Where processor time is compared, it is that of all processes of the server, because other programs on the
machine slow requests down, but do not make them cost more.
"""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.load import Load, Server, post, put_under_load, serving
from tests.benchmarks.measure import Row, rate
from tests.benchmarks.workload import examples

TREE = Path(__file__).parents[2]
BEFORE = "594f426"
"""The last commit before the service was made faster."""
ROUNDS = 5
SECONDS = 2.0
CONNECTIONS = 8
MANY_CONNECTIONS = 64
CPU_GOAL = 1.6
WORKERS_GOAL = 1.8
HOOK_GOAL = 0.05
OBSERVATIONS = 250
"""Results in a prefetch: the laboratory results of a middling Synthea patient."""


def rows() -> Iterator[Row]:
    """Yield the ratios: one worker to the earlier commit, two workers to one, and the latency of a hook."""
    evaluate = [post("/v1/evaluate", example.text) for example in examples()]
    with ExitStack() as stack:
        now = stack.enter_context(serving(TREE))
        before = stack.enter_context(earlier_commit())
        if before is not None:
            yield from _beside_earlier_commit(now, stack.enter_context(serving(before)), evaluate)
        two = stack.enter_context(serving(TREE, "--workers", "2"))
        yield _two_workers(now, two, evaluate)
    with serving(TREE) as server:
        yield from _hooks(server)


def _beside_earlier_commit(now: Server, before: Server, requests: Sequence[bytes]) -> Iterator[Row]:
    compared = f"over HTTP: now / {BEFORE}"
    few, few_before = loads_in_turn(now, before, requests, CONNECTIONS)
    cpu = median_ratio(few_before, few, lambda load: load.cpu_per_request)
    yield Row(
        compared,
        "CPU time of a request, one worker",
        milliseconds(median(load.cpu_per_request for load in few)),
        milliseconds(median(load.cpu_per_request for load in few_before)),
        f"{cpu:.2f}",
        f">= {CPU_GOAL}",
        cpu >= CPU_GOAL,
    )
    speed = median_ratio(few, few_before, lambda load: load.requests / load.seconds)
    yield Row(
        compared,
        "requests, one worker",
        rate(median(load.requests / load.seconds for load in few)),
        rate(median(load.requests / load.seconds for load in few_before)),
        f"{speed:.2f}",
    )
    many, many_before = loads_in_turn(now, before, requests, MANY_CONNECTIONS)
    p99 = median_ratio(many_before, many, lambda load: load.p99)
    yield Row(
        compared,
        f"p99, {MANY_CONNECTIONS} connections",
        milliseconds(median(load.p99 for load in many)),
        milliseconds(median(load.p99 for load in many_before)),
        f"{p99:.2f}",
        ">= 1",
        p99 >= 1,
    )


def _two_workers(one: Server, two: Server, requests: Sequence[bytes]) -> Row:
    """Return the row about what two workers do with the time of two processors, and one with that of one."""
    ones, twos = loads_in_turn(one, two, requests, CONNECTIONS)
    ratio = 2 * median_ratio(ones, twos, lambda load: load.cpu_per_request)
    return Row(
        "over HTTP: two workers / one",
        "requests for the CPU time of all workers",
        rate(median(2 / load.cpu_per_request for load in twos)),
        rate(median(1 / load.cpu_per_request for load in ones)),
        f"{ratio:.2f}",
        f">= {WORKERS_GOAL}",
        ratio >= WORKERS_GOAL,
    )


def _hooks(server: Server) -> Iterator[Row]:
    call = json.dumps(_hook_call()).encode()
    request = post("/cds-services/mianserin-patient-view", call)
    put_under_load(server, [request], 1, SECONDS / 2)
    loads = [put_under_load(server, [request], 1, SECONDS) for _ in range(ROUNDS)]
    on = f"prefetch of {OBSERVATIONS} results, {len(call) // 1000} kB"
    p99 = median(load.p99 for load in loads)
    goal = f"<= {milliseconds(HOOK_GOAL)}"
    yield Row("CDS Hooks: p99", on, milliseconds(p99), goal=goal, met=p99 <= HOOK_GOAL)
    yield Row("CDS Hooks: CPU time", on, milliseconds(median(load.cpu_per_request for load in loads)))


def _hook_call() -> dict[str, Any]:
    """Return a call of patient-view with the data of one patient."""
    observations = [_observation(index) for index in range(OBSERVATIONS)]
    patient = {"resourceType": "Patient", "id": "x", "birthDate": "1950-01-01", "gender": "female"}
    found = {"resourceType": "Bundle", "type": "searchset"}
    return {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/1", "patientId": "x"},
        "prefetch": {
            "patient": patient,
            "conditions": found,
            "medicationRequests": found,
            "medicationStatements": found,
            "allergies": found,
            "observations": {**found, "entry": [{"resource": item} for item in observations]},
        },
    }


def _observation(index: int) -> dict[str, Any]:
    coding = {"system": "http://loinc.org", "code": ("751-8", "777-3", "29463-7", "8480-6")[index % 4]}
    unit = ("10*9/L", "10*9/L", "kg", "mm[Hg]")[index % 4]
    return {
        "resourceType": "Observation",
        "id": f"o{index}",
        "status": "final",
        "code": {"coding": [coding]},
        "subject": {"reference": "Patient/x"},
        "effectiveDateTime": f"{2010 + index % 15}-{1 + index % 12:02}-{1 + index % 28:02}T10:00:00Z",
        "valueQuantity": {"value": 60, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit},
    }


def loads_in_turn(
    first: Server, second: Server, requests: Sequence[bytes], connections: int
) -> tuple[list[Load], list[Load]]:
    """Return what two servers do in alternating rounds, after one to warm up."""
    for server in (first, second):
        put_under_load(server, requests, connections, SECONDS / 2)
    rounds = [
        (
            put_under_load(first, requests, connections, SECONDS),
            put_under_load(second, requests, connections, SECONDS),
        )
        for _ in range(ROUNDS)
    ]
    return [one for one, _ in rounds], [other for _, other in rounds]


def median_ratio(first: Sequence[Load], second: Sequence[Load], figure: Callable[[Load], float]) -> float:
    """Return the median, over rounds, of how many times as large the figure of the first is."""
    return median(figure(one) / figure(other) for one, other in zip(first, second, strict=True))


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms"


@contextmanager
def earlier_commit() -> Iterator[Path | None]:
    """Give the sources to compare with; None where they cannot be had, as from a shallow clone."""
    with tempfile.TemporaryDirectory(prefix="cds-bench-") as folder:
        yield Path(folder) if _check_out(Path(folder)) else None


def _check_out(folder: Path) -> bool:
    """Write the sources of the earlier commit into ``folder``; return whether that worked."""
    if shutil.which("git") is None:
        return False
    command = ["git", "-C", str(TREE), "archive", BEFORE, "engine", "api", "rules"]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        return False
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return True

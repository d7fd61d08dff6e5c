"""Every hazard of durable-rules: that it exists, and that the driver avoids it.

What crashes a process is shown in a child process; each pair of tests would fail if the guard were removed
(the guarded half) or if the library no longer needed it (the unguarded half).
"""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any, ClassVar

import durable_rules_engine as library
import pytest
from cds_engine.errors import EngineError
from cds_engine.inference.durable import MAX_PROPERTIES, RECORD, Network, Property, encode_property


def silent(name: str) -> tuple[()]:
    """Assert no finding."""
    return ()


def run(
    network: Network,
    properties: Mapping[str, Property],
    findings: Callable[[str], Iterable[Mapping[str, Property]]],
) -> set[str]:
    """Run a network; each finding has one property."""
    return network.run(
        [encode_property(*item) for item in properties.items()],
        lambda name: [encode_property(*item) for finding in findings(name) for item in finding.items()],
    )


def child(code: str) -> int:
    """Run ``code`` in a process of its own and return its exit code; a signal is negative."""
    script = "import json\nimport durable_rules_engine as library\n" + textwrap.dedent(code)
    return subprocess.run([sys.executable, "-c", script], capture_output=True, check=False).returncode


def unguarded(rules: dict[str, Any]) -> int:
    """Compile ``rules`` with the bare library."""
    unguarded.count += 1  # type: ignore[attr-defined]
    return library.create_ruleset(f"bare{unguarded.count}", json.dumps(rules))  # type: ignore[attr-defined, no-any-return]


unguarded.count = 0  # type: ignore[attr-defined]


def drain(handle: int, state: int) -> list[str]:
    """Run every action that is due and return the names of the rules, with repetitions."""
    fired = []
    started = library.start_action_for_state(handle, state)
    message = started[1] if started else None
    while message:
        fired.append(next(iter(json.loads(message))))
        message = library.complete_and_start_action(handle, state)
    return fired


class TestExponents:
    def test_the_library_fails_or_crashes_on_an_exponent(self) -> None:
        code = """
            handle = library.create_ruleset("t", json.dumps({"r": {"all": [{"m": {"$lt": {"f": 5}}}]}}))
            library.assert_fact(handle, '{"sid":"0","f":1e-07}')
        """
        assert child(code) != 0

    @pytest.mark.parametrize(
        ("below", "exact"),
        [
            ("0.000001", "0.000002"),
            ("999999999998.999", "999999999999"),
            ("123456789.012344", "123456789.012345"),
            ("1.49999999999999", "1.5"),
            ("-0.500001", "-0.5"),
            ("-0.000001", "0"),
        ],
    )
    def test_extreme_numbers_are_compared_exactly(self, below: str, exact: str) -> None:
        number = Decimal(exact)
        network = Network({"below": [{"$lt": {"f0": number}}], "same": [{"f0": number}]})
        assert run(network, {"f0": number}, silent) == {"same"}
        assert run(network, {"f0": Decimal(below)}, silent) == {"below"}

    @pytest.mark.parametrize("value", ["1E-7", "1E+12", "1E+400", "NaN", "Infinity", "1.0000000000000001"])
    def test_unsafe_numbers_are_refused(self, value: str) -> None:
        network = Network({"r": [{"$lt": {"f0": Decimal(5)}}]})
        with pytest.raises(EngineError, match="exactly"):
            run(network, {"f0": Decimal(value)}, silent)
        assert run(network, {"f0": Decimal(4)}, silent) == {"r"}

    def test_a_small_threshold_has_no_exponent(self) -> None:
        network = Network({"r": [{"$lt": {"f0": Decimal("0.000001")}}]})
        assert run(network, {"f0": Decimal(0)}, silent) == {"r"}


class TestWidth:
    def test_the_library_fails_or_crashes_on_a_wide_fact(self) -> None:
        code = """
            handle = library.create_ruleset("t", json.dumps({"r": {"all": [{"m": {"$ex": {"f0": 1}}}]}}))
            for round in range(50):
                library.assert_fact(handle, json.dumps({"sid": "0", **{f"f{i}": i for i in range(300)}}))
                library.delete_state(handle, "0")
        """
        assert child(code) != 0

    def test_the_widest_fact_allowed_is_safe(self) -> None:
        network = Network({"r": [{f"f{MAX_PROPERTIES - 1}": 1}]})
        for _ in range(50):
            assert run(network, {f"f{index}": 1 for index in range(MAX_PROPERTIES)}, silent) == {"r"}

    def test_a_wider_one_is_refused(self) -> None:
        network = Network({"r": [RECORD]})
        with pytest.raises(EngineError, match="201 properties"):
            run(network, {f"f{index}": 1 for index in range(MAX_PROPERTIES + 1)}, silent)


class TestUnmatchedFacts:
    def test_the_library_refuses_a_fact_that_no_rule_matches(self) -> None:
        handle = unguarded({"r": {"all": [{"m": {"$lt": {"f0": 5}}}]}})
        code, _ = library.assert_fact(handle, '{"sid":"0","other":1}')
        assert code == 1

    def test_sink_rules_take_every_fact(self) -> None:
        network = Network(
            {
                f"r{index}": [
                    {"$and": [{"$gte": {f"f{index % 120}": 10}}, {"$gte": {f"f{index * 7 % 120}": 0}}]}
                ]
                for index in range(160)
            }
        )
        low = {f"f{index}": 5 for index in range(120)}
        for _ in range(4000):
            assert run(network, low, silent) == set()
        assert run(network, {**low, "f7": 10}, silent) == {"r7", "r127"}

    def test_a_finding_that_no_rule_asks_for_is_taken_too(self) -> None:
        network = Network({"r": [RECORD]})
        assert run(network, {}, lambda name: [{"x9": 1}]) == {"r"}


class TestStates:
    def test_the_library_runs_out_of_states(self) -> None:
        handle = unguarded({"r": {"all": [{"m": {"f0": 1}}]}})

        def fill() -> None:
            for number in range(2000):
                library.assert_fact(handle, json.dumps({"sid": str(number), "f0": 1}))

        with pytest.raises(MemoryError):
            fill()

    def test_one_state_serves_every_run(self) -> None:
        network = Network({"r": [{"f0": 1}]})
        for _ in range(5000):
            assert run(network, {"f0": 1}, silent) == {"r"}

    def test_no_fact_is_left_after_a_run(self) -> None:
        network = Network({"r": [{"f0": 1}, {"x0": 1}], "s": [{"f1": 1}]})
        for _ in range(2):
            assert run(network, {"f0": 1, "f1": 1}, lambda name: [{"x0": 1}]) == {"r", "s"}
            assert json.loads(library.get_facts(network._handle, "0")) == []
        assert run(network, {"f0": 1}, silent) == set()

    def test_the_state_is_deleted_after_a_failed_run(self) -> None:
        network = Network({"r": [{"f0": 1}], "again": [{"x0": 1}]})

        def fail(name: str) -> tuple[()]:
            raise RuntimeError("while the network runs")

        for _ in range(2000):
            with pytest.raises(RuntimeError):
                run(network, {"f0": 1}, fail)
        assert run(network, {"f0": 1}, silent) == {"r"}, "nothing of the failed runs is left"


class TestEqualFacts:
    def test_the_library_refuses_an_equal_fact(self) -> None:
        handle = unguarded({"r": {"all": [{"m": {"f0": 1}}]}})
        library.assert_fact(handle, '{"sid":"0","f0":1}')
        code, _ = library.assert_fact(handle, '{"sid":"0","f0":1}')
        assert code == 2

    def test_a_refused_fact_is_retried_and_not_lost(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import cds_engine.inference.durable

        class Colliding:
            """The library, seeing a collision at the first try of every finding."""

            def __getattr__(self, name: str) -> Any:
                return getattr(library, name)

            def assert_fact(self, handle: int, fact: str) -> Any:
                if "finding" in fact and "again" not in fact:
                    return 2, 0
                return library.assert_fact(handle, fact)

        network = Network({"r": [{"f0": 1}], "then": [{"x0": 1}]})
        monkeypatch.setattr(cds_engine.inference.durable, "network", Colliding())
        fired = run(network, {"f0": 1}, lambda name: [{"x0": 1}] if name == "r" else [])
        assert fired == {"r", "then"}
        assert json.loads(library.get_facts(network._handle, "0")) == [], "it is retracted as it was asserted"

    def test_a_finding_asserted_twice_is_one_finding(self) -> None:
        network = Network({"a": [{"f0": 1}], "b": [{"f1": 1}], "then": [{"x0": 1}]})
        fired = run(network, {"f0": 1, "f1": 1}, lambda name: [{"x0": 1}] if name in "ab" else [])
        assert fired == {"a", "b", "then"}


class TestOneFiring:
    RULE: ClassVar = {"$or": [{"f0": 1}, {"f1": 1}]}

    def test_the_library_fires_twice_for_two_true_branches(self) -> None:
        handle = unguarded({"r": {"all": [{"m": self.RULE}]}})
        _, state = library.assert_fact(handle, '{"sid":"0","f0":1,"f1":1}')
        assert drain(handle, state) == ["r", "r"]

    def test_a_rule_counts_once(self) -> None:
        spoken = []
        network = Network({"r": [self.RULE]})
        fired = run(network, {"f0": 1, "f1": 1}, lambda name: spoken.append(name) or ())  # type: ignore[func-returns-value]
        assert fired == {"r"}
        assert spoken.count("r") == 1


class TestTypes:
    def test_the_library_takes_a_text_for_a_number(self) -> None:
        handle = unguarded({"r": {"all": [{"m": {"$gt": {"f0": 1.0}}}]}})
        _, state = library.assert_fact(handle, '{"sid":"0","f0":"abc"}')
        assert drain(handle, state) == ["r"]

    def test_the_library_takes_null_for_a_value(self) -> None:
        handle = unguarded({"r": {"all": [{"m": {"$ex": {"f0": 1}}}]}})
        _, state = library.assert_fact(handle, '{"sid":"0","f0":null}')
        assert drain(handle, state) == ["r"]

    @pytest.mark.parametrize("value", ["abc", None, "4", True, 1.5])
    def test_only_numbers_are_accepted(self, value: object) -> None:
        network = Network({"r": [{"$gt": {"f0": 1}}]})
        with pytest.raises(EngineError):
            run(network, {"f0": value}, silent)  # type: ignore[dict-item]


class TestThreads:
    def test_no_thread_is_started(self) -> None:
        before = threading.active_count()
        network = Network({"r": [{"f0": 1}]})
        run(network, {"f0": 1}, silent)
        assert threading.active_count() == before
        code = "import sys, cds_engine.inference.durable; sys.exit('durable' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0, (
            "the host is imported"
        )

    def test_many_threads_get_their_own_answers(self) -> None:
        network = Network({f"r{index}": [{"f0": index}] for index in range(20)})

        def answered(number: int) -> bool:
            return run(network, {"f0": number % 20}, silent) == {f"r{number % 20}"}

        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(answered, range(4000)))


@pytest.mark.slow
def test_memory_stays_flat() -> None:
    """No growth from 20,000 further evaluations (a million are run by the benchmarks)."""
    code = """
        import resource
        from cds_engine.inference.durable import Network, encode_property
        network = Network({f"r{i}": [{"$gte": {f"f{i}": 10}}] for i in range(60)})
        fact = [encode_property(f"f{i}", i) for i in range(60)]
        finding = [encode_property("x0", 1)]
        def run(times):
            for _ in range(times):
                network.run(fact, lambda name: finding if name == "r10" else [])
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        settled = run(5000)
        assert run(20000) - settled < 1024, "over 1 MiB more"
    """
    assert child(code) == 0


def test_rulesets_are_freed() -> None:
    """A network that is no longer used frees its memory, so that many can be created in turn."""
    code = """
        import resource
        from cds_engine.inference.durable import Network, encode_property
        def make(times):
            for number in range(times):
                network = Network({f"r{i}": [{"$gte": {f"f{i}": number}}] for i in range(30)})
                network.run([encode_property("f1", 5)], lambda name: ())
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        settled = make(300)
        assert make(3000) - settled < 16 * 1024, "over 16 MiB more"
    """
    assert child(code) == 0

"""From listed codes to all codes below them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from cds_api.terminology.closure import Listed, close
from hypothesis import given
from hypothesis import strategies as st

TREE: Mapping[str, frozenset[str]] = {
    "1": frozenset({"2", "3", "4", "5"}),
    "2": frozenset({"3"}),
    "4": frozenset({"5"}),
    "9": frozenset({"3"}),
}


def closed(listed: Listed) -> dict[str, str]:
    [lists] = close({"concept": listed}, {code: TREE[code] for code in listed if code in TREE})
    return dict(lists.codes)


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ({"1": "is"}, {"1": "is", "2": "is", "3": "is", "4": "is", "5": "is"}),
        ({"1": "is", "2": "not"}, {"1": "is", "2": "not", "3": "not", "4": "is", "5": "is"}),
        ({"1": "perhaps", "2": "is"}, {"1": "perhaps", "2": "is", "3": "is", "4": "perhaps", "5": "perhaps"}),
        (
            {"1": "not", "4": "is", "5": "perhaps"},
            {"1": "not", "2": "not", "3": "not", "4": "is", "5": "perhaps"},
        ),
        # the nearest ones disagree
        ({"2": "is", "9": "not"}, {"2": "is", "9": "not", "3": "perhaps"}),
        ({"2": "is", "9": "perhaps"}, {"2": "is", "9": "perhaps", "3": "perhaps"}),
        ({"2": "is", "9": "is"}, {"2": "is", "9": "is", "3": "is"}),
        # a code that the vocabulary does not have
        ({"7": "is"}, {"7": "is"}),
    ],
)
def test_a_code_gets_the_list_of_the_nearest_listed_code(listed: Listed, expected: dict[str, str]) -> None:
    assert closed(listed) == expected


def test_codes_below_each_other_do_not_hide_each_other() -> None:
    loop = {"1": frozenset({"2", "3"}), "2": frozenset({"1", "3"})}
    [lists] = close({"concept": {"1": "is", "2": "not"}}, loop)
    assert lists.codes == {"1": "is", "2": "not", "3": "perhaps"}


def test_a_code_is_certain_for_one_concept_only() -> None:
    first, second, third = close({"a": {"1": "is"}, "b": {"2": "is"}, "c": {"9": "is"}}, TREE)
    assert first.named("is") == ["1", "3", "4", "5"]
    assert first.named("perhaps") == ["2"]  # 'b' lists it
    assert second.named("is") == ["2"]
    assert second.named("perhaps") == third.named("perhaps") == ["3"]


@given(
    st.dictionaries(
        st.sampled_from("abc"),
        st.dictionaries(st.sampled_from("12349"), st.sampled_from(["is", "perhaps", "not"])),
    )
)
def test_every_code_below_is_listed_once(listed: dict[str, Listed]) -> None:
    seen: set[str] = set()
    owners = [code for codes in listed.values() for code, name in codes.items() if name == "is"]
    for lists in close(listed, TREE):
        below = {lower for code in listed[lists.concept] for lower in TREE.get(code, ())}
        assert set(lists.codes) == below | set(listed[lists.concept])
        certain = set(lists.named("is"))
        assert len(owners) != len(set(owners)) or not certain & seen
        seen |= certain

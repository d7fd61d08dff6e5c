"""What the codes of a record mean."""

from __future__ import annotations

import pytest
from cds_engine.rulebook.load import load_rulebook
from cds_engine.rulebook.vocabulary import SECTIONS, SOMETHING_ELSE, Meaning, Section, Vocabulary

from tests.rulebook.tiny import TINY

VOCABULARY = Vocabulary(load_rulebook(TINY).terminology)


@pytest.mark.parametrize(
    "code",
    [
        "velozine",
        "Velozine",
        "  VELOZINE ",
        "invented|V-1",
        "INV|V-2",
        "inv| V-2 ",
        "http://example.org/codes|V-1",
    ],
)
def test_a_listed_code_a_name_or_a_title_is_its_concept(code: str) -> None:
    assert VOCABULARY.meaning("drugs", code) == Meaning("velozine")
    assert VOCABULARY.concept("drugs", code) == "velozine"


def test_a_title_is_compared_without_case_and_additional_spaces() -> None:
    assert VOCABULARY.concept("symptoms", "Hiccup  Storm") == "hiccup-storm"


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("code", ["something", "", "V-1", "velozin"])
def test_a_plain_name_that_is_no_concept_is_something_else(section: Section, code: str) -> None:
    assert VOCABULARY.meaning(section, code) is SOMETHING_ELSE


@pytest.mark.parametrize("code", ["text|Velozine", "invented|V-3", "unheard-of|1", "|V-1", "invented|"])
def test_a_code_of_a_system_that_is_not_complete_may_be_any_concept(code: str) -> None:
    assert VOCABULARY.meaning("drugs", code) == Meaning(None, frozenset({"velozine", "quandrol"}))
    assert VOCABULARY.concept("drugs", code) is None

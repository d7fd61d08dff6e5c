"""Hypothesis strategies for expressions and facts; small vocabularies make generated values collide."""

from __future__ import annotations

from decimal import Decimal

from cds_engine.language.expressions import All, Any, Comparison, Expression, Not
from hypothesis import strategies as st

NUMBERS = ("number.a", "number.b", "number.c")
BOOLEANS = ("boolean.a", "boolean.b", "boolean.c")
CODES = ("code.a", "code.b")
VOCABULARY = ("red", "green", "blue")
THRESHOLDS = [Decimal(text) for text in ("0", "0.5", "1", "1.5", "7.5", "60", "1000", "0.000001")]
STEP = Decimal("0.000001")

thresholds = st.sampled_from(THRESHOLDS)
numbers = st.one_of(
    thresholds,
    st.builds(lambda value, step: value + step, thresholds, st.sampled_from([STEP, -STEP])),
    st.decimals(min_value=-1000, max_value=1000, places=4),
)
ordered = st.builds(
    Comparison,
    st.sampled_from(NUMBERS),
    st.sampled_from(["less_than", "at_most", "more_than", "at_least", "is", "is_not"]),
    thresholds,
)
boolean = st.builds(Comparison, st.sampled_from(BOOLEANS), st.sampled_from(["is", "is_not"]), st.booleans())
code = st.builds(
    Comparison, st.sampled_from(CODES), st.sampled_from(["is", "is_not"]), st.sampled_from(VOCABULARY)
)
code_list = st.builds(
    Comparison,
    st.sampled_from(CODES),
    st.just("one_of"),
    st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=3, unique=True).map(tuple),
)
known = st.builds(Comparison, st.sampled_from(NUMBERS + BOOLEANS + CODES), st.just("known"), st.booleans())
comparisons = st.one_of(ordered, boolean, code, code_list, known)


def expressions(leaves: st.SearchStrategy[Expression] = comparisons) -> st.SearchStrategy[Expression]:
    """Return expressions with up to ten leaves and negations anywhere."""
    return st.recursive(
        leaves,
        lambda child: st.one_of(
            st.builds(Not, child),
            st.builds(All, st.lists(child, max_size=3).map(tuple)),
            st.builds(Any, st.lists(child, max_size=3).map(tuple)),
        ),
        max_leaves=10,
    )


FINDINGS = ("finding.a", "finding.b", "finding.c")


def _asking(findings: tuple[str, ...]) -> st.SearchStrategy[Expression]:
    """Return expressions over the facts and ``findings``."""
    if not findings:
        return expressions()
    asked = st.builds(Comparison, st.sampled_from(findings), st.sampled_from(["is", "is_not"]), st.booleans())
    return expressions(st.one_of(comparisons, asked))


# Built once: drawing from a strategy is cheap, making one is not.
_ASKING = [_asking(FINDINGS[:count]) for count in range(len(FINDINGS) + 1)]


@st.composite
def programs(draw: st.DrawFn) -> tuple[dict[str, Expression], dict[str, Expression]]:
    """Draw rules, and findings that may depend on earlier findings."""
    count = draw(st.integers(0, len(FINDINGS)))
    findings = {FINDINGS[index]: draw(_ASKING[index]) for index in range(count)}
    rules = {f"rule.{index}": draw(_ASKING[count]) for index in range(draw(st.integers(1, 4)))}
    return rules, findings


def facts() -> st.SearchStrategy[dict[str, Decimal | bool | str]]:
    """Return facts, any of which may be unknown; codes may be outside the vocabulary."""
    return st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys(NUMBERS, numbers),
            **{name: st.booleans() for name in BOOLEANS},
            **{name: st.sampled_from([*VOCABULARY, "ultraviolet"]) for name in CODES},
        },
    )

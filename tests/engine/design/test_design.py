"""The look of pages: readable colours in both schemes, and components that escape what they show."""

from __future__ import annotations

import re

import pytest
from cds_engine.design import COMPONENTS, environment, stylesheet
from jinja2 import UndefinedError

LIGHT, DARK = re.findall(r":root \{(.*?)\n\s*\}", stylesheet(), re.DOTALL)[:2]
TEXTS = ("ink", "quiet", "accent", "critical", "warning", "info", "good", "open")
GROUNDS = ("paper", "surface", "sunken", "raised")
PAIRS = [
    *((text, ground) for text in TEXTS for ground in GROUNDS),
    *((name, f"{name}-soft") for name in ("critical", "warning", "info", "good", "open", "accent")),
    *(("ink", ground) for ground in ("full", "part", "missing", "accent-soft", "critical-soft", "good-soft")),
    ("quiet", "accent-soft"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
]


def colours(scheme: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6});", LIGHT)) | dict(
        re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6});", scheme)
    )


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour, as WCAG 2 defines it."""
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_has_enough_contrast(scheme: str) -> None:
    found = colours(scheme)
    ratios = {}
    for text, ground in PAIRS:
        lighter, darker = sorted((luminance(found[text]), luminance(found[ground])), reverse=True)
        ratios[text, ground] = (lighter + 0.05) / (darker + 0.05)
    assert not {pair: ratio for pair, ratio in ratios.items() if ratio < 4.5}


def test_both_schemes_name_the_same_colours() -> None:
    named = set(re.findall(r"--([a-z-]+): #", DARK))
    assert named <= set(re.findall(r"--([a-z-]+): #", LIGHT))
    assert {name for pair in PAIRS for name in pair} - named <= {"on-accent"} | named


def test_the_stylesheet_loads_nothing_from_elsewhere() -> None:
    assert "url(" not in stylesheet()
    assert "@import" not in stylesheet()


def test_components_escape_what_they_show() -> None:
    text = (
        environment()
        .from_string(
            '{% import "components.html.j2" as ui %}'
            "{{ ui.indicator('critical') }}{{ ui.truth('unknown') }}{{ ui.outcome('not_met') }}"
            "{{ ui.chip(bad) }}{{ ui.code(bad, bad) }}{{ ui.empty(bad) }}{{ ui.definitions([(bad, bad)]) }}"
            "{{ ui.field(bad, bad, value=bad, hint=bad) }}{{ ui.select(bad, bad, [bad, (bad, bad)], bad) }}"
            "{{ ui.breadcrumb([(bad, bad), (bad, '')]) }}"
            "{{ ui.number(bad, bad, bad) }}"
            "{% call ui.figures() %}{{ ui.figure(bad, 1, 2, bad) }}{% endcall %}"
            "{% call ui.card(bad, id=bad) %}{{ bad }}{% endcall %}"
            "{% call ui.notice('warning', bad) %}{{ bad }}{% endcall %}"
            "{% call ui.disclosure(bad, count=3) %}{{ bad }}{% endcall %}"
            "{% call ui.table(bad, [bad, (bad, 'number')]) %}<tr><td>{{ bad }}</td></tr>{% endcall %}"
            "{% call ui.tabs(bad) %}{% call ui.tab(bad, bad) %}{{ bad }}{% endcall %}{% endcall %}"
        )
        .render(bad="<b title='\"'>")
    )
    assert "<b" not in text.replace("<button", "")
    assert "style=" not in text
    assert "50.0 %" in text
    assert "not met" in text


def test_a_share_of_nothing_is_whole() -> None:
    source = '{% import "components.html.j2" as ui %}{{ ui.figure("x", 0, 0) }}'
    assert "100.0 %" in environment().from_string(source).render()


def test_a_name_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        environment().from_string("{{ nothing }}").render()
    assert environment().get_template(COMPONENTS).module

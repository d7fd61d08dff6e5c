"""The list of all steps, each with its meaning and an example.

The decorators wrap those of pytest-bdd, and keep what ``cds scenarios --steps`` prints. A step becomes a
fixture of the module that defines it. Only feature files get these fixtures, so that no other test of a run
sees the steps.
"""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import pytest_bdd

from cds_engine.scenarios.template import pattern

Keyword = Literal["Given", "When", "Then"]
F = TypeVar("F", bound=Callable[..., Any])
CLOSEST = 3


@dataclass(frozen=True, slots=True)
class StepDefinition:
    """One step. In ``example``, placeholders such as ``{drug}`` stand for names of the rulebook in use.

    ``synonyms`` are other templates with the same meaning and the same parameters.
    """

    keyword: Keyword
    template: str
    meaning: str
    example: str
    group: str
    synonyms: tuple[str, ...] = ()

    @property
    def templates(self) -> tuple[str, ...]:
        """The template and its synonyms."""
        return (self.template, *self.synonyms)


STEPS: list[StepDefinition] = []


def given(template: str, *, example: str, synonyms: tuple[str, ...] = ()) -> Callable[[F], F]:
    """Define a step that adds to the record."""
    return _define("Given", template, example, synonyms)


def when(template: str, *, example: str, synonyms: tuple[str, ...] = ()) -> Callable[[F], F]:
    """Define a step that evaluates the record."""
    return _define("When", template, example, synonyms)


def then(template: str, *, example: str, synonyms: tuple[str, ...] = ()) -> Callable[[F], F]:
    """Define a step that expects something of the evaluation."""
    return _define("Then", template, example, synonyms)


def _define(keyword: Keyword, template: str, example: str, synonyms: tuple[str, ...]) -> Callable[[F], F]:
    register = {"Given": pytest_bdd.given, "When": pytest_bdd.when, "Then": pytest_bdd.then}[keyword]

    def decorate(function: F) -> F:
        meaning = inspect.cleandoc(function.__doc__ or "")
        group = function.__module__.rpartition(".")[2]
        step = StepDefinition(keyword, template, meaning, example, group, synonyms)
        STEPS.append(step)
        for each in step.templates:
            # The fixture belongs to the module that defines the step: one frame further up.
            register(pytest_bdd.parsers.re(pattern(each)), stacklevel=2)(function)
        return function

    return decorate


def is_step(text: str) -> bool:
    """Return whether ``text`` is a step, without its keyword."""
    return any(re.fullmatch(pattern(template), text) for step in STEPS for template in step.templates)


def closest(keyword: str, text: str) -> list[StepDefinition]:
    """Return the steps most similar to ``text``, best first; steps with the same keyword are preferred."""

    def closeness(step: StepDefinition) -> float:
        return similarity(text, step.template) + (0.2 if step.keyword.lower() == keyword else 0.0)

    return sorted(STEPS, key=closeness, reverse=True)[:CLOSEST]


def similarity(text: str, template: str) -> float:
    """Return how similar the words of a sentence are to those of a template, from 0 to 2."""
    words, known = text.casefold().split(), _literal(template)
    found = [max((_ratio(word, other) for other in words), default=0.0) for word in known]
    share = sum(found) / len(found) if found else 0.0
    return share + _ratio(" ".join(known), text.casefold())


def _literal(template: str) -> list[str]:
    """Return the words of ``template`` that every such step has, with the first of each choice."""
    bare = re.sub(r"\([^)]*\)|\{[^}]*\}", " ", template)
    return [word.split("/")[0] for word in bare.casefold().split()]


def _ratio(left: str, right: str) -> float:
    return difflib.SequenceMatcher(None, left, right).ratio()

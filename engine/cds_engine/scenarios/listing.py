"""Lists every step for people: its meaning, and an example with names of the rulebook."""

from __future__ import annotations

from collections.abc import Iterator

from cds_engine.evaluate import Engine
from cds_engine.quantities.numbers import plain
from cds_engine.rulebook.files import ObservationConcept
from cds_engine.rulebook.text import format_value
from cds_engine.scenarios import steps
from cds_engine.scenarios.step_list import STEPS, StepDefinition
from cds_engine.scenarios.template import TYPES, kinds

INDENT = "      "


def listing(engine: Engine) -> str:
    """Return the list of steps by group, followed by how to write each kind of parameter."""
    parts = [
        f"{module.__doc__}\n\n"
        + "\n".join(_entry(step, engine) for step in STEPS if module.__name__.endswith(f".{step.group}"))
        for module in steps.MODULES
    ]
    used = sorted({kind for step in STEPS for kind in kinds(step.template)})
    parameters = "\n".join(f"  {{{kind}}}{'':<{12 - len(kind)}}{TYPES[kind][1]}" for kind in used)
    notation = "(...) is optional, a/b is either word, and {kind} or {name:kind} is one of these:\n\n"
    return "\n\n".join([*parts, notation + parameters]) + "\n"


def _entry(step: StepDefinition, engine: Engine) -> str:
    meaning = "\n".join(INDENT + line for line in step.meaning.splitlines() if line)
    example = "\n".join(INDENT + line for line in f"{step.keyword} {example_of(step, engine)}".splitlines())
    synonyms = "".join(f"    or {synonym}\n" for synonym in step.synonyms)
    return f"  {step.keyword} {step.template}\n{synonyms}{meaning}\n{example}\n"


def example_of(step: StepDefinition, engine: Engine) -> str:
    """Return the example of ``step`` with names of the engine's rulebook."""
    lines = step.example.format(**dict(_names(engine))).splitlines()
    return "\n".join(_aligned(lines) if any(line.strip().startswith("|") for line in lines) else lines)


def _aligned(lines: list[str]) -> list[str]:
    """Return ``lines`` with aligned columns in the table below the first line."""
    text, *table = lines
    cells = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in table]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    rows = (" | ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)) for row in cells)
    return [text, *(f"  | {row} |" for row in rows)]


def _names(engine: Engine) -> Iterator[tuple[str, str]]:
    """Yield names of the rulebook for the examples; what it does not have stays a placeholder."""
    rulebook, terms = engine.rulebook, engine.rulebook.terminology
    for name, concepts in (
        ("drug", terms.drugs),
        ("condition", terms.conditions),
        ("symptom", terms.symptoms),
    ):
        yield name, next((concept.title for concept in concepts.values()), f"<{name}>")
    observation, measured = next(iter(terms.observations.items()), ("<observation>", None))
    yield "observation", observation
    yield "quantity", "<quantity>" if measured is None else _quantity(measured)
    rule = next(iter(rulebook.active_rules), None)
    yield "rule", "<rule>" if rule is None else rule.id
    yield "rulebook", rulebook.id
    yield "family", "<family>" if rule is None else rule.family
    yield "claim", "<claim>" if rule is None else rule.file.evidence[0]
    yield "conflict", next(iter(rulebook.evidence.conflicts), "<conflict>")
    yield "target", next(iter(rulebook.pharmacology.targets), "<target>")
    yield "field", next(iter(engine.history_fields), "").replace("_", " ")
    asked = engine.edition(rulebook.first_day).asked
    fact = next((fact for fact in asked if fact.kind == "number"), None)
    yield "fact", "<fact>" if fact is None else fact.name
    yield "value", "<value>" if fact is None else format_value(fact.minimum, fact.unit)


def _quantity(measured: ObservationConcept) -> str:
    middle = (measured.plausible.minimum + measured.plausible.maximum) / 2
    return f"{plain(middle)} {measured.unit}"

"""The shape of ``facts.yaml``: how each fact follows from a record, as queries, formulas and findings."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    PlainValidator,
    StringConstraints,
    Tag,
    WithJsonSchema,
    model_validator,
)

from cds_engine.language.queries import Take
from cds_engine.rulebook.files.base import (
    Basis,
    FileModel,
    Name,
    ParameterReference,
    RawExpression,
    Resolution,
    Text,
    check_ascending,
)

Pattern = Annotated[str, StringConstraints(pattern=r"^(\{id\}|[a-z0-9]+(?:[._-][a-z0-9]+)*)$", max_length=80)]
"""A concept or a group of the terminology, or within a template ``{id}``, which stands for one."""
FactPattern = Annotated[str, StringConstraints(pattern=r"^[a-z0-9._{}-]+$", max_length=80)]
"""The name of a fact, in which ``{id}`` may stand for a concept within a template."""
Concepts = Annotated[
    list[Pattern],
    Field(min_length=1),
    BeforeValidator(lambda value: [value] if isinstance(value, str) else value),
    WithJsonSchema(
        {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
    ),
]
"""One concept or group, or a list of them."""
FormulaText = Annotated[str, StringConstraints(min_length=1, max_length=1000)]


SELECTION_TAGS = ("named", "selected")
"""What pydantic calls the two ways in which a fact says what it is about."""


def _fallback(value: object) -> object:
    if not isinstance(value, bool | Decimal | str):
        raise ValueError("expected true, false, a number or the name of a fact")
    return value


Fallback = Annotated[
    Any,
    PlainValidator(_fallback),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, {"type": "number"}, {"type": "string"}]}),
]


class SelectionFile(FileModel):
    """Which entries a fact is about: those of one or more concepts or groups.

    Exactly one of ``observation``, ``drug``, ``treatment``, ``condition`` and ``symptom`` is given.
    Courses of a ``treatment`` that follow each other with at most ``gap`` days between them are one entry.
    """

    observation: Concepts | None = Field(None, description="Results of these observations.")
    drug: Concepts | None = Field(None, description="Courses of these drugs.")
    treatment: Concepts | None = Field(None, description="Continuous treatments with these drugs.")
    condition: Concepts | None = Field(None, description="Entries for these conditions.")
    symptom: Concepts | None = Field(None, description="Entries for these symptoms.")
    gap: ParameterReference | None = Field(
        None, description="The most days between two courses of one treatment."
    )

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = [
            name for name in type(self).model_fields if name != "gap" and getattr(self, name) is not None
        ]
        if len(kinds) != 1:
            raise ValueError("expected one of observation, drug, treatment, condition and symptom")
        if (self.gap is not None) != (kinds == ["treatment"]):
            raise ValueError("'gap' belongs to 'treatment', which needs it")
        return self


def _kind_of_selection(value: object) -> str:
    return SELECTION_TAGS[0 if isinstance(value, str) else 1]


Selected = Annotated[
    Annotated[Literal["patient", "history"], Tag(SELECTION_TAGS[0])]
    | Annotated[SelectionFile, Tag(SELECTION_TAGS[1])],
    Discriminator(_kind_of_selection),
]
"""What a fact is about: the patient, the history, or a selection of entries."""


class FactFile(FileModel):
    """One fact: a query over the entries of a record (``of``), or a formula over other facts (``compute``).

    ``unit``, ``resolution``, ``minimum`` and ``maximum`` are needed where the query does not decide them: for
    formulas, means and the fields of the history. A value outside this domain is unknown.

    ``with`` names the inputs of a formula: a fact, a ``$parameter``, one of them converted
    (``{fact: weight.latest, unit: kg}``), or a number chosen by a code
    (``{case: patient.sex, female: 0.7, male: 0.9}``).
    """

    title: Text = Field(description="Name for people, as it appears in explanations.")
    question: Text | None = Field(None, description="What to ask when the fact is missing.")
    of: Selected | None = Field(None, description="What a query is about.")
    where: RawExpression | None = Field(None, description="The entries that count, by their attributes.")
    take: Take | None = Field(None, description="How entries are picked or aggregated.")
    give: Name | None = Field(None, description="The attribute that is the answer.")
    if_none: Fallback | None = Field(None, description="The answer, or its fact, if no entry counts.")
    unstated: FactPattern | None = Field(
        None, description="The fact that replaces the attribute in entries that do not state it."
    )
    weights: dict[Name, ParameterReference] = Field(
        {}, description="With `take: sum`, a factor for each member."
    )
    compute: FormulaText | None = Field(None, description="A formula over other facts.")
    inputs: dict[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")], Any] = Field(
        {}, alias="with", description="What the names in the formula stand for."
    )
    unit: Text | None = Field(None, description="UCUM unit of the value.")
    resolution: Resolution | None = Field(None, description="The smallest step between two values.")
    minimum: Decimal | None = Field(None, description="Smallest possible value.")
    maximum: Decimal | None = Field(None, description="Largest possible value.")
    evidence: list[Name] = Field([], description="The claims that the formula rests on.")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.of is None) == (self.compute is None):
            raise ValueError("expected either 'of' (a query) or 'compute' (a formula)")
        if self.compute is not None:
            for key in ("where", "take", "give", "if_none", "unstated", "weights"):
                if getattr(self, key):
                    raise ValueError(f"'{key}' belongs to a query, not to a formula")
        elif self.inputs:
            raise ValueError("'with' belongs to a formula, not to a query")
        if self.minimum is not None and self.maximum is not None:
            check_ascending(self.minimum, self.maximum)
        return self


class Template(FileModel):
    """Facts written once for many concepts: ``{id}`` and ``{title}`` stand for each concept's own.

    ``for_each`` is a section of the terminology (``drugs``, ``drug_groups``, ``conditions``, ``symptoms``,
    ``observations``, ``observation_groups``); ``only`` narrows it.
    """

    for_each: Literal[
        "drugs", "drug_groups", "conditions", "symptoms", "observations", "observation_groups"
    ] = Field(description="The section of the terminology whose concepts get these facts.")
    only: list[Name] | None = Field(None, description="These concepts alone.")
    facts: dict[FactPattern, FactFile] = Field(description="The facts of one concept.")


class Finding(FileModel):
    """A fact that other facts decide, by an expression; asserted by the inference engine while it runs."""

    title: Text = Field(description="Name for people, as it appears in explanations.")
    when: RawExpression = Field(description="When it holds.")
    basis: Basis = Field(description="The kind of source it rests on.")
    rationale: Text | None = Field(None, description="Why it is defined this way.")


class FactsFile(FileModel):
    """``facts.yaml``: how each fact follows from a record."""

    facts: dict[Name, FactFile] = Field({}, description="Facts by name.")
    templates: list[Template] = Field([], description="Facts written once for many concepts.")
    findings: dict[Name, Finding] = Field({}, description="Findings by name.")

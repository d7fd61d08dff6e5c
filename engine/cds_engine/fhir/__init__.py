"""FHIR R4: Bundles in, evaluations whose notices point into them, and Bundles of DetectedIssue out."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from dataclasses import dataclass, replace

from cds_engine.answer.models import Advisory, Evaluation
from cds_engine.errors import Problem, RecordError
from cds_engine.evaluate import Engine
from cds_engine.fhir.bundle import is_fhir
from cds_engine.fhir.notes import References
from cds_engine.fhir.read import bundle_to_record
from cds_engine.fhir.write import as_text, operation_outcome, to_detected_issues
from cds_engine.notices import Notice

__all__ = [
    "FhirEvaluation",
    "References",
    "bundle_to_record",
    "evaluate_bundle",
    "evaluate_document",
    "is_fhir",
    "operation_outcome",
    "to_detected_issues",
]


@dataclass(frozen=True, slots=True)
class FhirEvaluation:
    """An evaluation and, where the input was a Bundle, the way from it back to the Bundle's resources."""

    evaluation: Evaluation
    references: References | None = None

    def to_json(self, *, indent: int | None = None) -> str:
        """Return the evaluation as JSON."""
        return self.evaluation.to_json(indent=indent)

    def to_fhir(self, *, indent: int | None = None) -> str:
        """Return the evaluation as the JSON of a FHIR Bundle of DetectedIssue."""
        return as_text(to_detected_issues(self.evaluation, self.references), indent=indent)


def evaluate_document(
    engine: Engine,
    document: object,
    as_of: datetime.date,
    *,
    explain: bool = False,
    source: str = "record",
) -> FhirEvaluation:
    """Evaluate a parsed JSON document: a FHIR Bundle or a native record, told apart by itself.

    The command line and the service both call this, so that they say the same, byte for byte.

    Args:
        engine: the engine to evaluate with.
        document: a document as :func:`cds_engine.record.json_text.parse_json` returns it.
        as_of: the day to evaluate for; a native record's own date goes before it.
        explain: whether every rule is traced.
        source: the document's name in errors.

    Raises:
        RecordError: with everything that is wrong with the document.
    """
    if is_fhir(document):
        return evaluate_bundle(engine, document, as_of, explain=explain, source=source)
    record = engine.read(document, source)
    return FhirEvaluation(engine.evaluate(record, as_of, explain=explain, source=source))


def evaluate_bundle(  # noqa: PLR0913 - each of these is a separate choice of the caller
    engine: Engine,
    bundle: object,
    as_of: datetime.date,
    *,
    explain: bool = False,
    source: str = "bundle",
    drafts: bool = False,
    patient: str | None = None,
    searched: Collection[str] = (),
) -> FhirEvaluation:
    """Evaluate a FHIR R4 Bundle; notices and sources of the evaluation point into the Bundle.

    See :func:`cds_engine.fhir.read.bundle_to_record` for ``drafts``, ``patient`` and ``searched``.

    Raises:
        RecordError: if it is not a Bundle that can be read, or contradicts itself.
    """
    native, notices, references = bundle_to_record(
        bundle, source, engine.vocabulary, as_of, drafts=drafts, patient=patient, searched=searched
    )
    try:
        record = engine.read(native, source)
        evaluation = engine.evaluate(record, as_of, explain=explain, source=source)
    except RecordError as error:
        raise RecordError(_moved(problem, references) for problem in error.problems) from None
    return FhirEvaluation(_translated(evaluation, notices, references), references)


def _moved(problem: Problem, references: References) -> Problem:
    return Problem(problem.source, problem.message, references.pointer(problem.pointer), code=problem.code)


def _translated(evaluation: Evaluation, notices: tuple[Notice, ...], references: References) -> Evaluation:
    """Return ``evaluation`` with its pointers into the Bundle instead of the record made from it."""
    moved = tuple(
        Notice(pointer=references.pointer(notice.pointer), message=notice.message)
        for notice in evaluation.notices
    )
    return evaluation.model_copy(
        update={
            "notices": (*notices, *moved),
            "advisories": tuple(_traced(advisory, references) for advisory in evaluation.advisories),
        }
    )


def _traced(advisory: Advisory, references: References) -> Advisory:
    because = tuple(
        replace(item, sources=tuple(dict.fromkeys(references.pointer(at) for at in item.sources)))
        for item in advisory.because
    )
    return replace(advisory, because=because)

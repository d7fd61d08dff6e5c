"""FHIR R4: evaluate Bundles, with notices that point into them, and write Bundles of DetectedIssue."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from cds_engine.answer.models import Advisory, Evaluation
from cds_engine.errors import RecordError
from cds_engine.evaluate import Engine
from cds_engine.fhir.bundle import ReadBundle, is_fhir, read_bundle
from cds_engine.fhir.medications import Drafts
from cds_engine.fhir.native import NativeRecord, read_bundle_record, read_document
from cds_engine.fhir.notes import References
from cds_engine.fhir.read import NO_DRAFTS, bundle_to_record
from cds_engine.fhir.values import Json
from cds_engine.fhir.write import as_text, join_bundles, operation_outcome, to_detected_issues
from cds_engine.notices import Notice, UnknownCode
from cds_engine.record.moments import day_of, parse_moment

__all__ = [
    "Drafts",
    "FhirEvaluation",
    "NativeRecord",
    "References",
    "as_text",
    "bundle_to_record",
    "evaluate_bundle",
    "evaluate_document",
    "evaluate_drafts",
    "is_fhir",
    "join_bundles",
    "notice_of_bundle",
    "operation_outcome",
    "read_bundle",
    "read_bundle_record",
    "read_document",
    "to_detected_issues",
]

_NATIVE_POINTER = re.compile(r"(?<![^\s('\"])/(?:conditions|medications|observations|symptoms)/\d+(?:/\w+)*")
"""A pointer into a native record within the text of a notice."""


@dataclass(frozen=True, slots=True)
class FhirEvaluation:
    """An evaluation and, if the input was a Bundle, the references back to the Bundle's resources."""

    evaluation: Evaluation
    references: References | None = None
    draft_starts: tuple[datetime.date, ...] = ()
    """The later days on which draft orders of the Bundle start."""

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
    """Evaluate a parsed JSON document, which is either a FHIR Bundle or a native record.

    The command line and the service both call this, so they give the same answer byte for byte.

    Args:
        engine: the engine to evaluate with.
        document: a document as :func:`cds_engine.record.json_text.parse_json` returns it.
        as_of: the day to evaluate for, unless a native record states its own.
        explain: whether to trace every rule.
        source: the document's name in errors.

    Raises:
        RecordError: with every problem of the document.
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
    drafts: Drafts = NO_DRAFTS,
    patient: str | None = None,
    searched: Collection[str] = (),
    unknown: Collection[str] = (),
    read: ReadBundle | None = None,
) -> FhirEvaluation:
    """Evaluate a FHIR R4 Bundle. Notices and sources of the evaluation point into the Bundle.

    See :func:`cds_engine.fhir.read.bundle_to_record` for the other arguments.

    Raises:
        RecordError: if ``bundle`` is not a readable Bundle or contradicts itself.
    """
    native, notices, references = bundle_to_record(
        bundle,
        source,
        engine.vocabulary,
        as_of,
        drafts=drafts,
        patient=patient,
        searched=searched,
        unknown=unknown,
        read=read,
    )
    try:
        record = engine.read(native, source)
        evaluation = engine.evaluate(record, as_of, explain=explain, source=source)
    except RecordError as error:
        raise references.located(error) from None
    starts = _starts_of_drafts(native, references, drafts, day_of(as_of))
    return FhirEvaluation(_evaluation_of_bundle(evaluation, notices, references), references, starts)


def evaluate_drafts(  # noqa: PLR0913 - see evaluate_bundle
    engine: Engine,
    bundle: object,
    as_of: datetime.date,
    drafts: Collection[str],
    *,
    source: str = "bundle",
    patient: str | None = None,
    searched: Collection[str] = (),
    unknown: Collection[str] = (),
) -> list[FhirEvaluation]:
    """Evaluate a Bundle with draft orders, as of ``as_of`` and of each later day on which a draft starts.

    Args:
        engine: the engine to evaluate with.
        bundle: the Bundle.
        as_of: the day or the instant at which the drafts are being written.
        drafts: the places of the drafts in the Bundle.
        source: the Bundle's name in errors.
        patient: see :func:`cds_engine.fhir.read.bundle_to_record`, also for the rest.
        searched: resource types that were searched for.
        unknown: resource types of which there may be others.

    Raises:
        RecordError: if ``bundle`` is not a readable Bundle or contradicts itself.
    """

    def evaluated(moment: datetime.date) -> FhirEvaluation:
        return evaluate_bundle(
            engine,
            bundle,
            moment,
            source=source,
            drafts=Drafts(drafts, day_of(as_of)),
            patient=patient,
            searched=searched,
            unknown=unknown,
        )

    now = evaluated(as_of)
    return [now, *(evaluated(day) for day in now.draft_starts)]


def _starts_of_drafts(
    native: Json, references: References, drafts: Drafts, day: datetime.date
) -> tuple[datetime.date, ...]:
    """Return the days after ``day`` on which draft orders start."""
    starts = {
        parse_moment(entry["start"])
        for index, entry in enumerate(native.get("medications", ()))
        if "start" in entry and references.pointer(f"/medications/{index}") in drafts.pointers
    }
    return tuple(sorted(start for start in starts if start > day))


def _evaluation_of_bundle(
    evaluation: Evaluation, notices: tuple[Notice, ...], references: References
) -> Evaluation:
    """Return ``evaluation`` with pointers into the Bundle instead of the record made from it."""
    of_record = tuple(notice_of_bundle(notice, references) for notice in evaluation.notices)
    return evaluation.model_copy(
        update={
            "notices": (*notices, *of_record),
            "advisories": tuple(_advisory_of_bundle(found, references) for found in evaluation.advisories),
        }
    )


def notice_of_bundle(notice: Notice, references: References) -> Notice:
    """Return a notice about the record that a Bundle is read as with pointers into the Bundle."""
    at = references.pointer(notice.pointer)
    message = _NATIVE_POINTER.sub(lambda found: references.pointer(found[0]), notice.message)
    if isinstance(notice, UnknownCode):
        return UnknownCode.of(at, message, dict.fromkeys([at], *notice.places.values()))
    return Notice(pointer=at, message=message)


def _advisory_of_bundle(advisory: Advisory, references: References) -> Advisory:
    because = tuple(
        replace(item, sources=tuple(dict.fromkeys(references.pointer(at) for at in item.sources)))
        for item in advisory.because
    )
    return replace(advisory, because=because)

"""A record in, the answer of several rulebooks out.

The record is read and validated once. Each rulebook then has its own chart, because each has its own
terminology.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from cds_engine.answer.combined import (
    CombinedEvaluation,
    CombinedNotice,
    NamedNotEvaluable,
    NamedTrace,
    RulebookAnswer,
    named_advisory,
)
from cds_engine.answer.models import INDICATORS, Evaluation, Outcomes
from cds_engine.errors import Problem, RecordError, RulebookError
from cds_engine.evaluate import Engine
from cds_engine.fhir import FhirEvaluation, as_text, evaluate_bundle, is_fhir, join_bundles, read_bundle
from cds_engine.fhir.notes import grouped_notice
from cds_engine.fhir.write import to_detected_issues
from cds_engine.notices import Notice, UnknownCode
from cds_engine.record.chart import unit_problems
from cds_engine.record.models import Record
from cds_engine.record.validation import read_record

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CombinedResult:
    """The combined evaluation, and the answer of each rulebook that it was made from, by rulebook."""

    evaluation: CombinedEvaluation
    parts: Mapping[str, FhirEvaluation]

    def to_json(self, *, indent: int | None = None) -> str:
        """Return the evaluation as JSON."""
        return self.evaluation.to_json(indent=indent)

    def to_fhir(self, *, indent: int | None = None) -> str:
        """Return the evaluation as the JSON of one FHIR Bundle with the DetectedIssues of all rulebooks."""
        bundles = []
        for number, (name, part) in enumerate(self.parts.items()):
            named = {notice for notice in self.evaluation.notices if notice.rulebooks is not None}
            kept = [notice for notice in self.evaluation.notices if number == 0 or notice in named]
            notices = tuple(
                Notice(pointer=notice.pointer, message=notice.message)
                for notice in kept
                if notice.rulebooks is None or name in notice.rulebooks
            )
            evaluation = part.evaluation.model_copy(update={"notices": notices})
            bundles.append(to_detected_issues(evaluation, part.references))
        return as_text(join_bundles(bundles), indent=indent)


def engines_by_id(engines: Iterable[Engine]) -> dict[str, Engine]:
    """Return engines by the id of their rulebook, in their order.

    Raises:
        RulebookError: if two different rulebooks have the same id.
    """
    found: dict[str, Engine] = {}
    for engine in engines:
        other = found.setdefault(engine.rulebook.id, engine)
        if other.rulebook.digest != engine.rulebook.digest:
            message = (
                f"has the id '{engine.rulebook.id}', like {other.rulebook.root.as_posix()}; "
                "rulebooks that answer together need different ids"
            )
            raise RulebookError([Problem(engine.rulebook.root.as_posix(), message, code="id")])
    return found


def evaluate_with_all(
    engines: Sequence[Engine],
    document: object,
    as_of: datetime.date,
    *,
    explain: bool = False,
    source: str = "record",
) -> CombinedResult:
    """Evaluate a parsed JSON document, a FHIR Bundle or a native record, with several rulebooks.

    Args:
        engines: the engines of rulebooks with different ids; their order is that of the answer.
        document: a document as :func:`cds_engine.record.json_text.parse_json` returns it.
        as_of: the day to evaluate for, unless a native record states its own.
        explain: whether to trace every rule.
        source: the document's name in errors.

    Raises:
        RecordError: with every problem of the document, whatever rulebook found it.
    """
    if is_fhir(document):
        read = read_bundle(document, source)

        def evaluate(engine: Engine) -> FhirEvaluation:
            return evaluate_bundle(engine, document, as_of, explain=explain, source=source, read=read)
    else:
        record = read_for_all(engines, document, source)

        def evaluate(engine: Engine) -> FhirEvaluation:
            return FhirEvaluation(engine.evaluate(record, as_of, explain=explain, source=source))

    parts = {engine.rulebook.id: part for engine, part in zip(engines, _each(engines, evaluate), strict=True)}
    return CombinedResult(combine([part.evaluation for part in parts.values()]), parts)


def read_for_all(engines: Sequence[Engine], value: object, source: str = "record") -> Record:
    """Return the record that ``value`` (parsed JSON) is; its history may have the fields of any rulebook.

    Raises:
        RecordError: with every error at once, those of units included.
    """
    fields = {name for engine in engines for name in engine.history_fields}
    try:
        return read_record(value, source, history_fields=sorted(fields))
    except RecordError as error:
        units = [found for engine in engines for found in unit_problems(value, engine.vocabulary, source)]
        raise RecordError(dict.fromkeys((*error.problems, *units))) from None


def _each(engines: Sequence[Engine], work: Callable[[Engine], T]) -> list[T]:
    """Return what ``work`` returns for each engine; raise the problems of all of them, each once."""
    results: list[T] = []
    problems: dict[Problem, None] = {}
    for engine in engines:
        try:
            results.append(work(engine))
        except RecordError as error:
            problems |= dict.fromkeys(error.problems)
    if problems:
        raise RecordError(problems)
    return results


def combine(evaluations: Sequence[Evaluation]) -> CombinedEvaluation:
    """Return the evaluations of one record by several rulebooks as one."""
    order = {indicator: number for number, indicator in enumerate(INDICATORS)}
    books = {evaluation.rulebook.id: number for number, evaluation in enumerate(evaluations)}
    advisories = [
        named_advisory(evaluation.rulebook.id, advisory)
        for evaluation in evaluations
        for advisory in evaluation.advisories
    ]
    advisories.sort(key=lambda found: (order[found.indicator], books[found.rulebook], found.rule))
    first = evaluations[0]
    return CombinedEvaluation.model_construct(
        research_use_only=True,
        disclaimer=" ".join(dict.fromkeys(evaluation.disclaimer.strip() for evaluation in evaluations)),
        as_of=first.as_of,
        patient_id=first.patient_id,
        rulebooks=tuple(
            RulebookAnswer(
                id=evaluation.rulebook.id,
                version=evaluation.rulebook.version,
                digest=evaluation.rulebook.digest,
                disclaimer=evaluation.disclaimer,
                outcomes=evaluation.outcomes,
            )
            for evaluation in evaluations
        ),
        advisories=tuple(advisories),
        not_evaluable=tuple(
            NamedNotEvaluable(rulebook=evaluation.rulebook.id, rule=found.rule, missing=found.missing)
            for evaluation in evaluations
            for found in evaluation.not_evaluable
        ),
        outcomes=_sum([evaluation.outcomes for evaluation in evaluations]),
        notices=tuple(_notices({found.rulebook.id: found.notices for found in evaluations})),
        trace=None
        if first.trace is None
        else tuple(
            NamedTrace(
                rulebook=evaluation.rulebook.id,
                rule=found.rule,
                outcome=found.outcome,
                conditions=found.conditions,
            )
            for evaluation in evaluations
            for found in evaluation.trace or ()
        ),
    )


def _sum(outcomes: Sequence[Outcomes]) -> Outcomes:
    return Outcomes(
        fired=sum(found.fired for found in outcomes),
        not_met=sum(found.not_met for found in outcomes),
        not_evaluable=sum(found.not_evaluable for found in outcomes),
        not_applicable=sum(found.not_applicable for found in outcomes),
    )


def _notices(by_rulebook: Mapping[str, Sequence[Notice]]) -> Iterable[CombinedNotice]:
    """Yield the notices of all rulebooks, each once, with the rulebooks that it is about if not all.

    A code that means nothing in one rulebook is mentioned only if no other rulebook knows it.
    """
    unknown = [_unknown_places(notices) for notices in by_rulebook.values()]
    nowhere = set.intersection(*unknown)
    about: dict[tuple[str, str], list[str]] = {}
    for rulebook, notices in by_rulebook.items():
        for notice in notices:
            found = _without_known_codes(notice, nowhere)
            if found is not None:
                named = about.setdefault((found.pointer, found.message), [])
                if rulebook not in named:
                    named.append(rulebook)
    for (pointer, message), named in about.items():
        rulebooks = None if len(named) == len(by_rulebook) else tuple(named)
        yield CombinedNotice(pointer=pointer, message=message, rulebooks=rulebooks)


def _unknown_places(notices: Iterable[Notice]) -> set[str]:
    return {place for notice in notices if isinstance(notice, UnknownCode) for place in notice.places}


def _without_known_codes(notice: Notice, nowhere: set[str]) -> Notice | None:
    """Return a notice of unknown codes about only those that no rulebook knows; None if there is none."""
    if not isinstance(notice, UnknownCode) or notice.places.keys() <= nowhere:
        return notice
    left = {place: name for place, name in notice.places.items() if place in nowhere}
    return grouped_notice(notice.begins, left) if left and notice.begins is not None else None

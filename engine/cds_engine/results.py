"""Evaluations that print as text and render as HTML in Jupyter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import PrivateAttr

from cds_engine.answer.combined import CombinedEvaluation
from cds_engine.answer.html import evaluation_html
from cds_engine.answer.models import Evaluation
from cds_engine.answer.phrases import outcome_counts
from cds_engine.answer.text import evaluation_text
from cds_engine.combined import CombinedResult
from cds_engine.evaluate import Engine
from cds_engine.language.kleene import Outcome
from cds_engine.rulebook.model import Rulebook


class EvaluationResult(Evaluation):
    """An evaluation that prints as text and renders as HTML in Jupyter; its JSON is that of `Evaluation`."""

    _rulebook: Rulebook = PrivateAttr()

    @classmethod
    def of(cls, evaluation: Evaluation, rulebook: Rulebook) -> EvaluationResult:
        """Return ``evaluation``, which was made with ``rulebook``, as a result."""
        result = cls.model_construct(**dict(evaluation))
        result._rulebook = rulebook
        return result

    @property
    def outcomes_by_rule(self) -> dict[str, Outcome]:
        """The outcome of every active rule, by rule id."""
        return dict(sorted(self.outcomes.by_rule.items()))

    def __repr__(self) -> str:
        patient = self.patient_id or "no patient id"
        return f"<EvaluationResult: {patient}, as of {self.as_of}, {outcome_counts(self.outcomes)}>"

    def __str__(self) -> str:
        return evaluation_text(self._rulebook, self)

    def _repr_html_(self) -> str:
        return evaluation_html(self._rulebook, self)


class CombinedEvaluationResult(CombinedEvaluation):
    """The answer of several rulebooks; it prints as text and renders as HTML in Jupyter.

    ``parts`` are the evaluations of the single rulebooks, by the rulebook's id.
    """

    _parts: dict[str, EvaluationResult] = PrivateAttr()

    @classmethod
    def of_parts(cls, result: CombinedResult, engines: Iterable[Engine]) -> CombinedEvaluationResult:
        """Return ``result``, which ``engines`` made, as a result."""
        found = cls.model_construct(**dict(result.evaluation))
        found._parts = {
            engine.rulebook.id: EvaluationResult.of(
                result.evaluation.of(engine.rulebook.id).model_copy(
                    update={"outcomes": result.parts[engine.rulebook.id].evaluation.outcomes}
                ),
                engine.rulebook,
            )
            for engine in engines
        }
        return found

    @property
    def parts(self) -> Mapping[str, EvaluationResult]:
        """The evaluation of each rulebook, by the rulebook's id."""
        return self._parts

    def __repr__(self) -> str:
        patient = self.patient_id or "no patient id"
        books = ", ".join(self._parts)
        return (
            f"<CombinedEvaluationResult: {patient}, as of {self.as_of}, {books}: "
            f"{outcome_counts(self.outcomes)}>"
        )

    def __str__(self) -> str:
        return "\n\n".join(map(str, self._parts.values()))

    def _repr_html_(self) -> str:
        return "".join(part._repr_html_() for part in self._parts.values())

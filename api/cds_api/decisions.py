"""What an evaluating route hands over to the decision ledger, and the ledger's errors.

This module knows nothing of databases: the service works without the extra ``ledger``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from cds_engine.answer.models import Evaluation
from cds_engine.evaluate import Engine

LABEL: Mapping[str, object] = {
    "research_use_only": True,
    "disclaimer": "For research use only. Not for diagnosis or treatment. A stored decision shows what "
    "sources report about a record like the one submitted.",
}
"""The research-use label of everything that the ledger gives out."""
Parameters = Mapping[str, str | bool | None]


class LedgerError(Exception):
    """The ledger cannot do what was asked; the message says why, in one line."""


class LedgerUnavailableError(LedgerError):
    """The ledger cannot be written at the moment: nothing that it was to store may be answered."""


class Pseudonyms(Protocol):
    """Replaces what identifies a patient; the same id always gets the same pseudonym."""

    def patient(self, patient_id: str | None) -> str | None:
        """Return the pseudonym of a patient's id."""

    def record(self, engine: Engine, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return a native record with the patient's id, and words that are no codes, replaced."""


@dataclass(frozen=True, slots=True)
class KeptRecord:
    """A native record that was evaluated, without identifiers, and the digest of its rulebook."""

    rulebook: str
    record: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WithoutIdentifiers:
    """The records that a decision was made from and its answer, both without identifiers."""

    records: Sequence[KeptRecord]
    answer: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One answer of an evaluating route, with what it was based on."""

    route: str
    """The path template of the route; replay finds by it how the answer is computed."""
    body: bytes
    """The body of the request, or the line of a batch, as received."""
    input: bytes | None = None
    """The whole input as JSON, if it is not the body."""
    answer: bytes
    answer_type: str
    """The content type of the answer."""
    engines: Sequence[Engine]
    """The engines that evaluated."""
    parameters: Parameters
    """What else the answer depends on, such as the moment of the evaluation."""
    without_identifiers: Callable[[Pseudonyms], WithoutIdentifiers]
    """Returns the decision without identifiers; called only if the ledger stores it so."""
    hook_instance: str | None = None
    cards: Sequence[str] = ()
    """The UUIDs of the cards in the answer, to which feedback may refer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFeedback:
    """What a user did with one card. The user's comment is not part of it."""

    card: str | None
    """The UUID of the card; None if it was none."""
    service: str
    rule: str
    outcome: str
    outcome_time: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """What a replay needs to know of a stored decision besides its input."""

    parameters: Parameters
    hook_instance: str | None


@dataclass(frozen=True, slots=True)
class Replay:
    """How the decisions of a route are made again. The first two functions return the answer as it is stored.

    All raise a :class:`cds_engine.errors.ProblemsError` or a :class:`ValueError` if that is not possible.
    """

    from_input: Callable[[Sequence[Engine], bytes, StoredDecision], bytes]
    """Takes the engines that evaluated and the whole input."""
    from_records: Callable[[Sequence[tuple[Engine, object]], StoredDecision], bytes]
    """Takes native records without identifiers (parsed JSON), each with its engine."""
    read_record: Callable[[Sequence[Engine], bytes, StoredDecision], Mapping[str, Any]] | None = None
    """Returns the native record that a whole input was read as; None if the input is a record or a Bundle."""


def evaluation_without_identifiers(evaluation: Evaluation, patient_id: str | None) -> Evaluation:
    """Return an evaluation without what may come word for word from the input.

    The patient's id becomes ``patient_id``. Notices, which quote the input, and pointers into the input are
    left out.
    """
    advisories = tuple(
        replace(advisory, because=tuple(replace(item, sources=()) for item in advisory.because))
        for advisory in evaluation.advisories
    )
    return evaluation.model_copy(update={"patient_id": patient_id, "notices": (), "advisories": advisories})

"""What is wrong with a ledger: each finding names a kind of change and its place."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

Kind = Literal["changed", "missing", "reordered", "truncated", "forged"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One change of the ledger that nothing but tampering or damage explains."""

    kind: Kind
    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.place}: {self.message}"

    def as_json(self) -> dict[str, str]:
        """Return the finding as JSON values."""
        return asdict(self)


def numbers(first: int, last: int) -> str:
    """Return one or several numbers as text."""
    return str(first) if first == last else f"{first} to {last}"

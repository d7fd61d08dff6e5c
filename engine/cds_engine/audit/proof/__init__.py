"""The proofs: conditions as Z3 formulas over all records; nothing else in the project knows Z3."""

from cds_engine.audit.proof.prover import Prover, UndecidedError
from cds_engine.audit.proof.sketch import Sketch

__all__ = ["Prover", "Sketch", "UndecidedError"]

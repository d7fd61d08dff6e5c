"""The proofs: facts and conditions as Z3 formulas over all records; nothing else in the project knows Z3."""

from cds_engine.audit.proof.prover import Prover
from cds_engine.audit.proof.question import UndecidedError, Variant

__all__ = ["Prover", "UndecidedError", "Variant"]

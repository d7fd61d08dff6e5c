"""Replaces what identifies a patient in native records, with a secret that only the ledger's owner has."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from cds_engine.evaluate import Engine
from cds_engine.rulebook.vocabulary import SECTIONS, TEXT, Vocabulary

from cds_api.decisions import LedgerError

MIN_SECRET_BYTES = 16
_CODE = re.compile(r"[A-Za-z0-9.:-]{1,30}")
"""What codes of code systems look like; anything else after a system may be words."""
_ANNOTATION = re.compile(r"\{[^{}]*\}")
"""Words in a UCUM unit."""
_CODED = ("code", "drug", "indication")


def read_secret(path: Path) -> bytes:
    """Return the secret in a file.

    Raises:
        LedgerError: if the file cannot be read, or is too short to be a secret.
    """
    try:
        secret = path.read_bytes().strip()
    except OSError as error:
        raise LedgerError(f"{path}: cannot be read: {error.strerror}") from None
    if len(secret) < MIN_SECRET_BYTES:
        raise LedgerError(f"{path}: expected a secret of at least {MIN_SECRET_BYTES} bytes")
    return secret


class KeyedPseudonyms:
    """Pseudonyms made with a secret: the same id always gets the same one, and nobody can test a guess."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def patient(self, patient_id: str | None) -> str | None:
        """Return the pseudonym of a patient's id."""
        return None if patient_id is None else self._token("patient", patient_id)

    def record(self, engine: Engine, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return a native record with the patient's id, and words that are no codes, replaced.

        Dates, values and codes stay, because the evaluation depends on them. An entry that is not understood
        stays so, and equal words stay equal.
        """
        known = _known_annotations(engine)
        found = dict(record)
        patient = found.get("patient")
        if patient is not None and patient.get("id") is not None:
            found["patient"] = {**patient, "id": self.patient(patient["id"])}
        for section in SECTIONS:
            name = "medications" if section == "drugs" else section
            if found.get(name) is not None:
                found[name] = [self._entry(engine.vocabulary, known, entry) for entry in found[name]]
        return found

    def _entry(
        self, vocabulary: Vocabulary, known: Collection[str], entry: Mapping[str, Any]
    ) -> dict[str, Any]:
        found = dict(entry)
        for name in _CODED:
            if found.get(name) is not None:
                found[name] = self._code(vocabulary, found[name])
        if found.get("unit") is not None:
            found["unit"] = _without_words(found["unit"], known)
        dose = found.get("daily_dose")
        if dose is not None and dose.get("unit") is not None:
            found["daily_dose"] = {**dose, "unit": _without_words(dose["unit"], known)}
        return found

    def _code(self, vocabulary: Vocabulary, code: str) -> str:
        """Return a code that means the same; what may be words is replaced."""
        if any(vocabulary.concept(section, code) is not None for section in SECTIONS):
            return code
        system, separator, local = code.partition("|")
        if not separator:
            return self._token("word", code)
        if vocabulary.system(system) is None:
            return TEXT + self._token("word", code)
        return code if _CODE.fullmatch(local) else f"{system}|{self._token('word', local)}"

    def _token(self, kind: str, text: str) -> str:
        message = f"{kind}\0{text}".encode()
        return f"{kind}-{hmac.new(self._secret, message, hashlib.sha256).hexdigest()[:32]}"


@lru_cache(maxsize=16)
def _known_annotations(engine: Engine) -> frozenset[str]:
    """Return the annotations in the units of a rulebook, such as ``{score}``."""
    terminology = engine.rulebook.terminology
    units = {
        unit
        for quantity in (terminology.dose, *terminology.observations.values())
        for unit in (quantity.unit, *quantity.units, *quantity.aliases)
    }
    return frozenset(found for unit in units for found in _ANNOTATION.findall(unit))


def _without_words(unit: str, known: Collection[str]) -> str:
    """Return a unit without annotations that are not known."""
    return _ANNOTATION.sub(lambda found: found[0] if found[0] in known else "{unit}", unit)

"""Checks of a shared terminology on its own, with everything in it, whatever rulebooks take from it."""

from __future__ import annotations

from pathlib import Path

from cds_engine.errors import Problem
from cds_engine.rulebook.check import check
from cds_engine.rulebook.check_units import check_units
from cds_engine.rulebook.files import (
    EvidenceFile,
    PharmacologyFile,
    RulebookFile,
    SharedFile,
    TerminologyFile,
)
from cds_engine.rulebook.listed_codes import codes_in_terminology
from cds_engine.rulebook.merged_document import MergedDocument, merge_documents
from cds_engine.rulebook.model import Rulebook
from cds_engine.rulebook.shape import read_model
from cds_engine.rulebook.shared_folder import EVIDENCE, open_shared
from cds_engine.rulebook.shared_lock import check_shared_lock
from cds_engine.rulebook.shared_terminology import SharedTerminologies
from cds_engine.rulebook.terminology_parts import FILE as TERMINOLOGY
from cds_engine.rulebook.yaml_document import YamlDocument

_COMPLETED = {"plausible": {"minimum": 0, "maximum": 0}, "resolution": 1}
"""What a rulebook adds to shared units of doses."""


def check_shared(folder: Path) -> tuple[SharedFile | None, list[Problem]]:
    """Return what ``shared.yaml`` says, if it can be read, and every problem of a shared terminology."""
    problems: list[Problem] = []
    shared = open_shared(folder, problems)
    if shared is None:
        return None, problems
    used = SharedTerminologies(folder, shared.terminology)
    problems += used.problems
    document = merge_documents((*shared.terminology.parts, *used.terminology), problems)
    own = shared.evidence or YamlDocument((folder / EVIDENCE).as_posix(), {})
    evidence_document = merge_documents((own, *used.evidence(own)), problems)
    terminology = read_model(_with_plausible_doses(document), TerminologyFile, problems)
    evidence = read_model(evidence_document, EvidenceFile, problems)
    if terminology is None or evidence is None:
        return shared.file, problems
    rulebook = _only_terminology(folder, shared.file, terminology, evidence)
    documents = {TERMINOLOGY: document, EVIDENCE: evidence_document}
    problems += check(rulebook, documents, (), list(codes_in_terminology(terminology, document)))
    if not problems:
        problems += [*check_units(rulebook), *check_shared_lock(folder, shared)]
    return shared.file, problems


def _with_plausible_doses(document: MergedDocument) -> MergedDocument:
    """Return a terminology in which the units of doses have a range; a rulebook gives the real one."""
    dose = document.data.get("dose")
    if not isinstance(dose, dict):
        return document
    data = {**document.data, "dose": {**_COMPLETED, **dose}}
    return MergedDocument(document.name, data, document.raw, parts=document.parts)


def _only_terminology(
    folder: Path, file: SharedFile, terminology: TerminologyFile, evidence: EvidenceFile
) -> Rulebook:
    """Return a rulebook that has nothing but a terminology."""
    identity = {**file.model_dump(), "disclaimer": file.description, "families": {}}
    return Rulebook(
        root=folder,
        digest="",
        file=RulebookFile.model_validate(identity),
        terminology=terminology,
        facts={},
        parameters={},
        evidence=evidence,
        pharmacology=PharmacologyFile(targets={}, assays={}),
        rules={},
        partitions={},
    )

"""Pydantic models of a rulebook's files, one module per file; the editors' JSON Schemas come from them.

A model checks the form of one file. What depends on several files (that a name exists, that a unit fits) is
checked in :mod:`cds_engine.rulebook.check`.
"""

from cds_engine.rulebook.files.base import (
    Basis,
    FileModel,
    Name,
    ParameterReference,
    RawExpression,
    Resolution,
    Text,
)
from cds_engine.rulebook.files.evidence import Claim, Conflict, EvidenceFile, Source
from cds_engine.rulebook.files.facts import FactFile, FactsFile, Finding, SelectionFile, Template
from cds_engine.rulebook.files.parameters import DatedValue, Parameter, ParametersFile
from cds_engine.rulebook.files.pharmacology import Affinity, Assay, PharmacologyFile, Target
from cds_engine.rulebook.files.rule import AdvisoryTemplate, Indicator, RuleFile, Status
from cds_engine.rulebook.files.rulebook import BasisDeclaration, Family, PartitionDeclaration, RulebookFile
from cds_engine.rulebook.files.shared import SharedFile, SharedUse
from cds_engine.rulebook.files.terminology import (
    CodedConcept,
    CodeLists,
    CodeSystem,
    ConceptGroup,
    DoseUnits,
    DrugConcept,
    ObservationConcept,
    PlausibleRange,
    QuantityDefinition,
    TerminologyFile,
    ValueSetUse,
)

__all__ = [
    "AdvisoryTemplate",
    "Affinity",
    "Assay",
    "Basis",
    "BasisDeclaration",
    "Claim",
    "CodeLists",
    "CodeSystem",
    "CodedConcept",
    "ConceptGroup",
    "Conflict",
    "DatedValue",
    "DoseUnits",
    "DrugConcept",
    "EvidenceFile",
    "FactFile",
    "FactsFile",
    "Family",
    "FileModel",
    "Finding",
    "Indicator",
    "Name",
    "ObservationConcept",
    "Parameter",
    "ParameterReference",
    "ParametersFile",
    "PartitionDeclaration",
    "PharmacologyFile",
    "PlausibleRange",
    "QuantityDefinition",
    "RawExpression",
    "Resolution",
    "RuleFile",
    "RulebookFile",
    "SelectionFile",
    "SharedFile",
    "SharedUse",
    "Source",
    "Status",
    "Target",
    "Template",
    "TerminologyFile",
    "Text",
    "ValueSetUse",
]

"""mianserin-cds: clinical rules as data, evaluated over patient records and explained in full.

``evaluate`` takes a record as a dictionary, as the path of a JSON file, or as a FHIR R4 Bundle:

>>> from cds_engine import evaluate, load_rulebook
>>> record = {"as_of": "2026-11-23", "patient": {"id": "p-001", "age_years": 70}, "medications": []}
>>> result = evaluate(record)
>>> result.patient_id, result.outcomes.fired
('p-001', 0)
>>> set(result.outcomes_by_rule.values()) <= {"fired", "not_met", "not_evaluable", "not_applicable"}
True

The shipped rulebook is the default. Any other one is loaded from its folder:

>>> rulebook = load_rulebook("path/to/rulebook")  # doctest: +SKIP
>>> print(evaluate(record, rulebook))  # doctest: +SKIP
>>> print(evaluate(record, [rulebook, "another"]))  # doctest: +SKIP

Everything here is for research use only.
"""

from cds_engine.answer.models import Advisory, Evaluation
from cds_engine.errors import EngineError, Problem, RecordError, RulebookError
from cds_engine.evaluate import Engine
from cds_engine.python_api import evaluate, load_rulebook
from cds_engine.record.json_text import parse_json
from cds_engine.record.models import Record
from cds_engine.record.validation import read_record
from cds_engine.results import CombinedEvaluationResult, EvaluationResult
from cds_engine.rulebook import Rulebook
from cds_engine.rulebook.shipped import shipped_rulebooks

__all__ = [
    "Advisory",
    "CombinedEvaluationResult",
    "Engine",
    "EngineError",
    "Evaluation",
    "EvaluationResult",
    "Problem",
    "Record",
    "RecordError",
    "Rulebook",
    "RulebookError",
    "evaluate",
    "load_rulebook",
    "parse_json",
    "read_record",
    "shipped_rulebooks",
]

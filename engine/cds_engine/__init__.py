"""mianserin-cds: declarative clinical rules, evaluated over patient records, explained to the last condition.

>>> from engine import Engine, load_rulebook, read_record
>>> engine = Engine(load_rulebook(Path("rules/my-rulebook")))  # doctest: +SKIP
>>> record = read_record({"as_of": "2026-11-23"}, "record", history_fields=())  # doctest: +SKIP
>>> engine.evaluate(record).outcomes  # doctest: +SKIP

Everything here is for research use only.
"""

from cds_engine.answer.models import Advisory, Evaluation
from cds_engine.errors import EngineError, Problem, RecordError, RulebookError
from cds_engine.evaluate import Engine
from cds_engine.record.json_text import parse_json
from cds_engine.record.models import Record
from cds_engine.record.validation import read_record
from cds_engine.rulebook import Rulebook, load_rulebook
from cds_engine.rulebook.shipped import shipped_rulebooks

__all__ = [
    "Advisory",
    "Engine",
    "EngineError",
    "Evaluation",
    "Problem",
    "Record",
    "RecordError",
    "Rulebook",
    "RulebookError",
    "load_rulebook",
    "parse_json",
    "read_record",
    "shipped_rulebooks",
]

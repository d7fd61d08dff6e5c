"""An evaluation as a command or as code, for people to paste."""

from __future__ import annotations

import json
import pprint
import shlex
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from cds_engine.fhir import is_fhir
from cds_engine.quantities.numbers import to_json

from cds_api.problems import FHIR_TYPE


def as_curl(document: Any, *, url: str = "http://127.0.0.1:8000", rulebook: str | None = None) -> str:
    """Return a shell command that evaluates a parsed record or Bundle through the service at ``url``.

    Args:
        document: the record or the Bundle.
        url: the address of the service.
        rulebook: the id of the rulebook; None for the default one.
    """
    path = "/v1/evaluate" if rulebook is None else f"/v1/rulebooks/{rulebook}/evaluate"
    content_type = FHIR_TYPE if is_fhir(document) else "application/json"
    body = json.dumps(_plain(document), ensure_ascii=False, indent=2)
    return "\n".join(
        [
            f"curl {shlex.quote(f'{url}{path}')} \\",
            f"  --header {shlex.quote(f'Content-Type: {content_type}')} \\",
            f"  --data-binary {shlex.quote(body)}",
            "",
        ]
    )


def as_python(document: Any, *, rulebook: str | None = None) -> str:
    """Return a Python script that evaluates a parsed record or Bundle and prints the evaluation.

    Args:
        document: the record or the Bundle.
        rulebook: the name or the path of the rulebook; None for the default one.
    """
    written = pprint.pformat(_plain(document), indent=4, width=100, sort_dicts=False)
    argument = "" if rulebook is None else f", {rulebook!r}"
    return (
        "from cds_engine import evaluate\n\n"
        f"record = {written}\n"
        f"result = evaluate(record{argument})\n"
        "print(result)  # for research use only\n"
    )


def _plain(value: Any) -> Any:
    """Return a parsed document with numbers of Python instead of exact decimals."""
    match value:
        case Decimal():
            return to_json(value)
        case Mapping():
            return {str(name): _plain(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
    return value

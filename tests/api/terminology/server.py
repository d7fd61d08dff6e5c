"""A FHIR terminology server on loopback, with the small vocabulary."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.api.terminology.vocabulary import (
    BELOW_INGREDIENT,
    CONTAINS,
    NAMES,
    RXNORM,
    TRADENAME,
    at_or_below,
    sct,
)

SNOMED_URI = "http://snomed.info/sct"
NUMBERS = {sct(number): number for number in NAMES}


class TerminologyServer:
    """What the server answers, and what it was asked."""

    def __init__(self) -> None:
        self.base = ""
        self.requests: list[dict[str, Any]] = []
        self.page = 2
        """How many codes a page has at most."""
        self.failure: tuple[int, bytes] | None = None
        """The status and body of every answer, if it is to fail."""

    def answer(self, path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        if self.failure is not None:
            return self.failure
        if path != "/fhir/ValueSet/$expand":
            return 404, b"{}"
        given = {part["name"]: part for part in body["parameter"]}
        self.requests.append(given)
        value_set = given["valueSet"]["resource"]
        codes: dict[str, str] = {}
        for include in value_set["compose"]["include"]:
            codes |= self._included(include)
        offset = given["offset"]["valueInteger"]
        size = min(self.page, given["count"]["valueInteger"])
        system = value_set["compose"]["include"][0]["system"]
        part = sorted(codes.items())[offset : offset + size]
        contains = [{"system": system, "code": code, "display": name} for code, name in part]
        expansion = {
            "timestamp": "2024-05-06T07:08:09Z",
            "total": len(codes),
            "offset": offset,
            "parameter": [{"name": "used-codesystem", "valueUri": f"{system}|test-5"}],
            "contains": contains,
        }
        found = {"resourceType": "ValueSet", "status": "active", "expansion": expansion}
        return 200, json.dumps(found).encode()

    def _included(self, include: dict[str, Any]) -> dict[str, str]:
        if "concept" in include:
            wanted = [concept["code"] for concept in include["concept"]]
            return {code: RXNORM[code][0] for code in wanted if code in RXNORM}
        [filter_] = include["filter"]
        if include["system"] != SNOMED_URI:
            return self._related(filter_["property"], filter_["value"].removeprefix("CUI:"))
        if filter_["property"] == "concept":
            start = [filter_["value"]]
        else:
            [code] = set(re.findall(r"<< (9\d+)", filter_["value"]))
            start = [code, *(sct(low) for low, ups in CONTAINS.items() if NUMBERS.get(code) in ups)]
        numbers = {low for code in start if code in NUMBERS for low in at_or_below(NUMBERS[code])}
        return {sct(number): NAMES[number] for number in numbers}

    @staticmethod
    def _related(relationship: str, code: str) -> dict[str, str]:
        found: list[str] = []
        if relationship == "has_ingredient":
            found = [lower for lower in BELOW_INGREDIENT.get(code, []) if lower not in TRADENAME]
        if relationship == "tradename_of":
            found = [lower for lower, upper in TRADENAME.items() if upper == code]
        return {lower: RXNORM[lower][0] for lower in found}


@contextmanager
def serving(server: TerminologyServer) -> Iterator[TerminologyServer]:
    """Serve ``server`` on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, text = server.answer(self.path, body)
            self.send_response(status)
            self.send_header("Content-Type", "application/fhir+json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        server.base = f"http://127.0.0.1:{http.server_address[1]}/fhir"
        try:
            yield server
        finally:
            http.shutdown()
            thread.join()

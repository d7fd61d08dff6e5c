"""A FHIR terminology server, asked by ``ValueSet/$expand`` for the codes below a code."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import httpx

from cds_api.terminology.source import (
    MAX_DESCENDANTS,
    RXNORM,
    Descendants,
    Edition,
    ImportFailedError,
    Progress,
    check_size,
)

PAGE = 1000
"""How many codes are asked for at once; a server may return fewer."""
RXNORM_UPWARD = (
    "has_ingredient",
    "has_precise_ingredient",
    "consists_of",
    "contains",
    "form_of",
    "isa",
    "quantified_form_of",
    "tradename_of",
)
"""Relationships of RxNorm from a code to one of which it is a kind, as FHIR names them in filters."""
BATCH = 25
"""How many codes of RxNorm are asked about in one request."""
PRODUCTS = "<< {code} OR (<< 763158003 : 127489000 = << {code}) OR (<< 763158003 : 762949000 = << {code})"
"""In SNOMED's Expression Constraint Language: the code and what is below it, and the medicinal products that
have it as active ingredient or as precise active ingredient."""
JSON = "application/fhir+json"


class FhirTerminologyServer:
    """The terminology server at a base URL."""

    def __init__(self, base: str, client: httpx.Client) -> None:
        self._base = base.rstrip("/")
        self._client = client

    @property
    def name(self) -> str:
        """What the source is, for people."""
        return f"the FHIR terminology server {httpx.URL(self._base).host}"

    def descendants(
        self, uri: str, codes: Sequence[str], drugs: Collection[str], progress: Progress
    ) -> Descendants:
        """Return what the server says about ``codes`` of the code system with this URI.

        Below a code that is among ``drugs`` are also the products that contain it.

        Raises:
            ImportFailedError: if the server cannot be reached, or cannot expand the code system.
        """
        below: dict[str, frozenset[str]] = {}
        displays: dict[str, str] = {}
        ingredients: set[str] = set()
        expansions = _Expansions(self._client, self._base, uri)
        for number, code in enumerate(codes, start=1):
            if uri == RXNORM:
                found = expansions.rxnorm_drugs(code)
                if expansions.is_ingredient(code):
                    ingredients.add(code)
            else:
                found = expansions.products(code) if code in drugs else expansions.kinds(code)
            progress("expanding", number / len(codes))
            if not found:
                continue  # the server does not know the code
            displays |= found
            below[code] = frozenset(found) - {code}
            check_size(code, displays.get(code, ""), len(found))
        if not below:
            raise ImportFailedError(f"{self._base}: knows none of the {len(codes)} listed codes of {uri}")
        edition = Edition(expansions.version, expansions.date)
        return Descendants(edition, below, displays, frozenset(ingredients))


class _Expansions:
    """Expands value sets of one code system, page by page, and notes its version."""

    def __init__(self, client: httpx.Client, base: str, uri: str) -> None:
        self.version: str | None = None
        self.date: str | None = None
        self._client = client
        self._base = base
        self._uri = uri

    def kinds(self, code: str) -> dict[str, str]:
        """Return ``code`` and every code below it in SNOMED CT, with their displays."""
        return self._expand([[{"property": "concept", "op": "is-a", "value": code}]])

    def products(self, code: str) -> dict[str, str]:
        """Return a substance or product of SNOMED CT, what is below it, and the products that contain it."""
        return self._expand([[{"property": "constraint", "op": "=", "value": PRODUCTS.format(code=code)}]])

    def rxnorm_drugs(self, code: str) -> dict[str, str]:
        """Return ``code`` and every drug of RxNorm of which it is an ingredient or a more general form."""
        found = self._expand([], [code])
        waiting = list(found)
        while waiting:
            # A pack contains drugs, which consist of components, which have the ingredient.
            some, waiting = waiting[:BATCH], waiting[BATCH:]
            more = self._expand([_related(upper, name) for upper in some for name in RXNORM_UPWARD])
            waiting += [lower for lower in more if lower not in found]
            found |= more
            check_size(code, found.get(code, ""), len(found))
        return found

    def is_ingredient(self, code: str) -> bool:
        """Return whether RxNorm has ``code`` as the ingredient of some drug."""
        return bool(self._expand([_related(code, "has_ingredient")]))

    def _expand(
        self, filters: Sequence[Sequence[Mapping[str, str]]], codes: Sequence[str] = ()
    ) -> dict[str, str]:
        """Return the codes that pass all parts of any of ``filters``, and those of ``codes`` that exist."""
        include: list[dict[str, Any]] = [{"system": self._uri, "filter": list(parts)} for parts in filters]
        if codes:
            include.append({"system": self._uri, "concept": [{"code": code} for code in codes]})
        value_set = {"resourceType": "ValueSet", "status": "active", "compose": {"include": include}}
        found: dict[str, str] = {}
        offset = 0
        while True:
            expansion = self._page(value_set, offset)
            page = list(_contained(expansion.get("contains")))
            found |= {part["code"]: str(part.get("display", "")) for part in page if self._is_ours(part)}
            offset += len(page)
            total = expansion.get("total")
            last = offset >= total if isinstance(total, int) else len(page) < PAGE
            if last or not page:
                return found
            if offset > 2 * MAX_DESCENDANTS:
                raise ImportFailedError(f"{self._base}: more than {offset} codes in one value set")

    def _is_ours(self, part: Mapping[str, Any]) -> bool:
        return part.get("system", self._uri) == self._uri and isinstance(part.get("code"), str)

    def _page(self, value_set: Mapping[str, Any], offset: int) -> Mapping[str, Any]:
        parameters = {
            "resourceType": "Parameters",
            "parameter": [
                {"name": "valueSet", "resource": value_set},
                {"name": "offset", "valueInteger": offset},
                {"name": "count", "valueInteger": PAGE},
                {"name": "activeOnly", "valueBoolean": False},
            ],
        }
        url = f"{self._base}/ValueSet/$expand"
        try:
            answer = self._client.post(url, json=parameters, headers={"Accept": JSON, "Content-Type": JSON})
        except httpx.HTTPError as error:
            raise ImportFailedError(f"{url}: {error or type(error).__name__}") from None
        body = _json(answer)
        if answer.status_code != 200:
            raise ImportFailedError(f"{url}: HTTP {answer.status_code}{_diagnostics(body)}")
        expansion = body.get("expansion")
        if body.get("resourceType") != "ValueSet" or not isinstance(expansion, dict):
            raise ImportFailedError(f"{url}: expected a ValueSet with an expansion")
        self._note_edition(expansion)
        return expansion

    def _note_edition(self, expansion: Mapping[str, Any]) -> None:
        for parameter in expansion.get("parameter") or ():
            named = parameter.get("name") in ("version", "used-codesystem")
            system, _, version = str(parameter.get("valueUri", "")).partition("|")
            if named and system == self._uri and version:
                self.version = version
        stamp = expansion.get("timestamp")
        if self.date is None and isinstance(stamp, str):
            self.date = stamp[:10]


def _related(code: str, relationship: str) -> list[dict[str, str]]:
    """Return the filter for the codes that have this relationship to ``code``."""
    return [{"property": relationship, "op": "=", "value": f"CUI:{code}"}]


def _contained(contains: Any) -> Iterator[Mapping[str, Any]]:
    for part in contains if isinstance(contains, list) else ():
        if isinstance(part, dict):
            if "code" in part:
                yield part
            yield from _contained(part.get("contains"))


def _json(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _diagnostics(body: Mapping[str, Any]) -> str:
    """Return what an OperationOutcome says, in one line."""
    issues = body.get("issue") if body.get("resourceType") == "OperationOutcome" else None
    texts = [
        str(issue.get("diagnostics") or (issue.get("details") or {}).get("text") or issue.get("code"))
        for issue in issues or ()
        if isinstance(issue, dict)
    ]
    return f": {'; '.join(texts)[:300]}" if texts else ""

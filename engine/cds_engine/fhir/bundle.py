"""The resources of a FHIR R4 Bundle: read, validated, and found by reference."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from cds_engine.errors import Problem, RecordError
from cds_engine.fhir.notes import ENTRIES, Notes
from cds_engine.fhir.validity import invalidity, model_of
from cds_engine.fhir.values import Json, number, objects, text

SUBJECTS = {
    "Condition": "subject",
    "AllergyIntolerance": "patient",
    "MedicationRequest": "subject",
    "MedicationStatement": "subject",
    "MedicationAdministration": "subject",
    "MedicationDispense": "subject",
    "Observation": "subject",
    "List": "subject",
    "Composition": "subject",
}
"""The resource types about a patient that are read, and the element that names the patient in each."""
READ = frozenset({"Patient", "Medication", *SUBJECTS})
_NOT_VALIDATED = frozenset({"List", "Composition"})
"""Of these only the statement that a list is empty is read; it is understood or ignored."""


@dataclass(frozen=True, slots=True)
class Item:
    """One resource and its place in the Bundle; ``flaw`` says why its meaning is not understood, if so."""

    kind: str
    body: Json
    pointer: str
    url: str | None = None
    flaw: str | None = None

    @property
    def local(self) -> str | None:
        """The relative reference to the resource, such as ``Observation/7``."""
        name = text(self.body.get("id"))
        return f"{self.kind}/{name}" if name else None

    @property
    def reference(self) -> str | None:
        """The reference that other resources may use for it."""
        return self.local or self.url


class Resources:
    """The resources of a Bundle that are read, in its order; finds them by reference.

    ``partial`` names the resource types of which other pages may have more.
    """

    def __init__(self, items: list[Item], partial: Collection[str] = ()) -> None:
        self.items = items
        self.partial = frozenset(partial)
        self._by_url: dict[str, Item] = {}
        self._by_local: dict[str, Item] = {}
        for item in items:
            if item.url is not None:
                self._by_url.setdefault(item.url, item)
            if item.local is not None:
                self._by_local.setdefault(item.local, item)

    def of(self, *kinds: str) -> list[Item]:
        """Return the resources of these types."""
        return [item for item in self.items if item.kind in kinds]

    def find(self, reference: str) -> Item | None:
        """Return the resource of the Bundle to which ``reference`` (absolute, relative or urn) points."""
        plain = reference.partition("/_history/")[0]
        if plain in self._by_url:
            return self._by_url[plain]
        found = self._by_local.get("/".join(plain.split("/")[-2:]))
        if found is not None and _is_absolute(plain) and _is_absolute(found.url):
            return None  # the same id on another server
        return found

    def follow(self, holder: Item, reference: object) -> Item | None:
        """Return the resource to which a Reference in ``holder`` points, in the Bundle or contained."""
        target = text(reference.get("reference")) if isinstance(reference, dict) else None
        if target is None:
            return None
        if not target.startswith("#"):
            return self.find(target)
        for index, inner in enumerate(objects(holder.body.get("contained"))):
            kind = text(inner.get("resourceType"))
            if kind is not None and text(inner.get("id")) == target[1:]:
                return Item(kind, inner, f"{holder.pointer}/contained/{index}")
        return None


def _is_absolute(url: str | None) -> bool:
    return url is not None and "://" in url


def is_fhir(value: object) -> bool:
    """Return whether a JSON document is a FHIR resource: it has a ``resourceType``."""
    return isinstance(value, dict) and "resourceType" in value


@dataclass(frozen=True, slots=True)
class ReadBundle:
    """The resources of a Bundle, and what was noted while they were read."""

    resources: Resources
    notes: Notes


def read_bundle(value: object, source: str) -> ReadBundle:
    """Return the resources of a Bundle; a notice names those that are not understood.

    Raises:
        RecordError: if ``value`` is not a Bundle, or its entries are not a list of objects.
    """
    notes = Notes()
    found: list[Item] = []
    seen: dict[str, Item] = {}
    partial: set[str] = set()
    for item in _items(value, source, "", notes, partial):
        key = item.local or item.url
        first = seen.get(key) if key is not None else None
        if first is not None:
            if first.body != item.body:
                message = "an earlier entry has the same resource with different content; not used"
                notes.add_grouped(message, item.pointer)
            continue
        flaw = item.flaw or _flaw(item)
        if flaw is not None:
            notes.add_grouped(f"this {item.kind} {flaw}; what it means is not known", item.pointer)
        found.append(replace(item, flaw=flaw))
        if key is not None:
            seen[key] = item
    return ReadBundle(Resources(found, partial), notes)


def is_page(bundle: Json) -> bool:
    """Return whether a Bundle is one page of several: it has a link to another, or fewer entries than found.

    The total of a search counts the matches alone, not what was included with them.
    """
    links = {link.get("relation") for link in objects(bundle.get("link"))}
    if links & {"next", "previous", "prev"}:
        return True
    total = number(bundle.get("total"))
    matches = [entry for entry in objects(bundle.get("entry")) if _is_match(entry)]
    return bundle.get("type") == "searchset" and total is not None and total > len(matches)


def _is_match(entry: Json) -> bool:
    search = entry.get("search")
    return not isinstance(search, dict) or search.get("mode", "match") == "match"


def _types_on_other_pages(bundle: Json, at: str) -> set[str]:
    """Return the types that other pages may have: those found by a search in a batch, otherwise all."""
    resources = (entry.get("resource") for entry in objects(bundle.get("entry")))
    kinds = {str(resource.get("resourceType")) for resource in objects(list(resources))}
    return (kinds & SUBJECTS.keys() if at else set()) or {*SUBJECTS}


def _items(  # noqa: PLR0913 - what all Bundles share, and what is known of this one
    value: object, source: str, at: str, notes: Notes, partial: set[str], *, flaw: str | None = None
) -> Iterator[Item]:
    """Yield the resources that are read, from the Bundle at ``at`` and from Bundles inside it.

    A Bundle that answers a batch has Bundles inside it. ``flaw`` is what is wrong with the outer Bundle.
    """
    bundle = _bundle(value, source, at)
    flaw = flaw or _changed_by_rules(bundle)
    if is_page(bundle):
        others = _types_on_other_pages(bundle, at)
        partial |= others
        message = "this is one page of several; nothing that it does not name is assumed absent"
        if "Observation" in others:
            message += ", and no result is assumed to be the latest"
        notes.add(f"{at}/link" if "link" in bundle else f"{at}/total", message)
    deleted: set[str] = set()
    for index, entry in enumerate(bundle.get("entry", [])):
        here = f"{at}{ENTRIES}/{index}"
        if not isinstance(entry, dict):
            raise RecordError([Problem(source, f"expected an object, found {_kind_of(entry)}", here)])
        resource = entry.get("resource")
        if resource is None:
            request = entry.get("request")
            if isinstance(request, dict) and request.get("method") == "DELETE":
                deleted.add(str(request.get("url")))
            continue
        place = f"{here}/resource"
        kind = resource.get("resourceType") if isinstance(resource, dict) else None
        if not isinstance(kind, str):
            message = f"expected a resource with its resourceType, found {_kind_of(resource)}"
            raise RecordError([Problem(source, message, place)])
        if kind == "Bundle":
            yield from _items(resource, source, place, notes, partial, flaw=flaw)
        elif kind in READ:
            item = Item(kind, resource, place, text(entry.get("fullUrl")), flaw)
            if bundle.get("type") != "history" or item.local not in deleted:
                yield item


def _bundle(value: object, source: str, at: str) -> Json:
    if not isinstance(value, dict) or value.get("resourceType") != "Bundle":
        found = value.get("resourceType") if isinstance(value, dict) else None
        description = f"a resource '{found}'" if isinstance(found, str) else _kind_of(value)
        raise RecordError([Problem(source, f"expected a FHIR R4 Bundle, found {description}", at)])
    if not isinstance(value.get("entry", []), list):
        message = f"expected a list, found {_kind_of(value['entry'])}"
        raise RecordError([Problem(source, message, f"{at}{ENTRIES}")])
    return value


def load_models() -> None:
    """Load what resources are validated with, so that the first Bundle need not wait for it."""
    for kind in READ - _NOT_VALIDATED:
        model_of(kind)


def _flaw(item: Item) -> str | None:
    """Return why a resource is not understood: it is not valid R4, or something may change its meaning."""
    if "modifierExtension" in item.body:
        return "has a modifierExtension, which may change its meaning"
    changed = _changed_by_rules(item.body)
    if changed is not None or item.kind in _NOT_VALIDATED:
        return changed
    return invalidity(item.kind, item.body)


def _changed_by_rules(resource: Json) -> str | None:
    """Return that a resource has implicit rules, which nothing can be understood without, if it has."""
    return "has implicitRules, which may change its meaning" if "implicitRules" in resource else None


def _kind_of(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case dict():
            return "an object"
        case list():
            return "a list"
        case str():
            return "a text"
        case bool():
            return "true or false"
    return "a number"

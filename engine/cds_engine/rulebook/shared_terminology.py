"""What a terminology takes from shared ones: what it names under ``use``, and what that uses in turn.

What it takes is merged into it as if it were written there, with the claims in which the codes were read, so
that nothing else has to know where a concept is from.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cds_engine.errors import Problem, nearest, pointer
from cds_engine.rulebook import terminology_parts
from cds_engine.rulebook.files import SharedUse
from cds_engine.rulebook.merged_document import MergedDocument, merge_documents
from cds_engine.rulebook.model import UsedTerminology
from cds_engine.rulebook.shape import read_model
from cds_engine.rulebook.shared_folder import (
    EVIDENCE,
    FILE,
    FOLDER,
    SELECTABLE,
    SharedTerminology,
    is_shared,
    kept_part,
    named,
    open_shared,
)
from cds_engine.rulebook.shipped import shipped_rulebooks
from cds_engine.rulebook.yaml_document import YamlDocument, read_yaml

MEMBERS = {"drug_groups": "drugs", "observation_groups": "observations"}


class SharedTerminologies:
    """What a terminology takes from shared ones, also through the ``use`` of those."""

    def __init__(self, root: Path, document: YamlDocument) -> None:
        self.problems: list[Problem] = []
        self._found: dict[str, SharedTerminology | None] = {}
        # The form of the rulebook's own entries is checked with the rest of its terminology.
        waiting = [(document, _siblings(root), at, use) for at, use in _uses(document, [])]
        while waiting:
            user, folders, at, use = waiting.pop(0)
            is_new = use.shared not in self._found
            shared = self._find(user, folders, at, use)
            if shared is None:
                continue
            self._want(shared, user, at, use)
            if is_new:
                nested = shared.terminology
                folders = _siblings(shared.folder)
                waiting += [(nested, folders, place, inner) for place, inner in _uses(nested, self.problems)]

    @property
    def terminology(self) -> list[YamlDocument]:
        """What is taken from each shared terminology."""
        return [part for shared in self._used() for part in shared.selected()]

    @property
    def used(self) -> tuple[UsedTerminology, ...]:
        """The shared terminologies in use, by name."""
        return tuple(
            UsedTerminology(
                shared.file.id, shared.file.version, shared.meaning(), shared.folder, shared.sources
            )
            for shared in sorted(self._used(), key=lambda shared: shared.file.id)
        )

    def evidence(self, own: YamlDocument | None = None) -> list[YamlDocument]:
        """Return the claims that what is taken cites, and their sources and those of ``own``."""
        cited = {claim for part in self.terminology for claim in _cited(part.data)}
        documents = [shared.evidence for shared in self._used() if shared.evidence is not None]
        claims = [
            body for found in documents for name, body in named(found.data, "claims").items() if name in cited
        ]
        known = {name: body for found in documents for name, body in named(found.data, "sources").items()}
        mine = named(own.data, "sources") if own is not None else {}
        own_claims = named(own.data, "claims").values() if own is not None else ()
        wanted = _with_cited_sources([*claims, *own_claims, *mine.values()], known) - mine.keys()
        kept = []
        for document in documents:
            sections = {"sources": wanted, "claims": cited}
            data = {
                section: {name: body for name, body in named(document.data, section).items() if name in names}
                for section, names in sections.items()
            }
            kept.append(kept_part(document, {section: body for section, body in data.items() if body}))
        return kept

    def _used(self) -> list[SharedTerminology]:
        return [shared for shared in self._found.values() if shared is not None]

    def _find(
        self, user: YamlDocument, folders: list[Path], at: str, use: SharedUse
    ) -> SharedTerminology | None:
        """Return the shared terminology that ``use`` names; report if there is none, or not this version."""
        if use.shared not in self._found:
            self._found[use.shared] = self._open(user, folders, at, use.shared)
        shared = self._found[use.shared]
        if shared is not None and not _fits(shared.file.version, use.version):
            expected = f"{use.version} or a later {use.version.split('.')[0]}.x"
            message = (
                f"shared terminology '{use.shared}' has version {shared.file.version}; expected {expected}"
            )
            self.problems.append(user.problem(at + "/version", message, "version"))
        return shared

    def _open(self, user: YamlDocument, folders: list[Path], at: str, name: str) -> SharedTerminology | None:
        folder = next((folder / name for folder in folders if is_shared(folder / name)), None)
        if folder is None:
            names = sorted({path.parent.name for folder in folders for path in folder.glob(f"*/{FILE}")})
            message = f"no shared terminology '{name}' in {folders[0].as_posix()}{nearest(name, names)}"
            self.problems.append(user.problem(at + "/shared", message, "file"))
            return None
        return open_shared(folder, self.problems)

    def _want(self, shared: SharedTerminology, user: YamlDocument, at: str, use: SharedUse) -> None:
        lists = {section: names for section in SELECTABLE if (names := getattr(use, section)) is not None}
        shared.everything |= not lists
        for section, names in lists.items():
            known = named(shared.terminology.data, section)
            for index, name in enumerate(names):
                if name not in known:
                    what = section.removesuffix("s").replace("_", " ")
                    message = f"unknown {what} '{name}' in '{use.shared}'{nearest(name, known)}"
                    code = f"unknown-{what.replace(' ', '-')}"
                    self.problems.append(user.problem(f"{at}/{section}/{index}", message, code))
                shared.wanted.setdefault(section, {})[name] = None
        for section, members in MEMBERS.items():
            groups = named(shared.terminology.data, section)
            for name in lists.get(section, ()):
                body = groups.get(name)
                listed = body.get("members") if isinstance(body, dict) else None
                shared.wanted.setdefault(members, {}).update(dict.fromkeys(listed or ()))


def read_own_terminology(root: Path, leave_out: Collection[str] = ()) -> MergedDocument:
    """Return the terminology of a rulebook that was loaded before, without what it shares.

    Files of the folder ``terminology/`` that are in ``leave_out`` are ignored.
    """
    parts = terminology_parts.read_parts(root, [], leave_out)
    assert parts is not None
    return merge_documents(tuple(parts.values()), [])


def read_terminology(root: Path, leave_out: Collection[str] = ()) -> MergedDocument:
    """Return the terminology of a rulebook that was loaded before, with what it shares.

    Files of the folder ``terminology/`` that are in ``leave_out`` are ignored.
    """
    own = read_own_terminology(root, leave_out)
    return merge_documents((*own.parts, *SharedTerminologies(root, own).terminology), [])


def read_evidence(root: Path) -> MergedDocument:
    """Return the evidence of a rulebook that was loaded before, with the claims of what it shares."""
    own = read_yaml(root / EVIDENCE, (root / EVIDENCE).as_posix(), [])
    assert own is not None
    return merge_documents((own, *SharedTerminologies(root, read_own_terminology(root)).evidence(own)), [])


def _siblings(root: Path) -> list[Path]:
    """Return the folders in which the terminologies that ``root``, a rulebook or one of them, uses may be."""
    parent = root.resolve().parent if root.name in ("", "..") else root.parent
    return [parent if is_shared(root) else parent / FOLDER, shipped_rulebooks() / FOLDER]


def _uses(document: YamlDocument, problems: list[Problem]) -> list[tuple[str, SharedUse]]:
    """Return the entries under ``use`` with their places; report those that have another form."""
    listed = document.data.get("use") if isinstance(document.data, dict) else None
    found = []
    for index, entry in enumerate(listed if isinstance(listed, list) else ()):
        at = pointer("use", index)
        use = read_model(document, SharedUse, problems, entry, at)
        if use is not None:
            found.append((at, use))
    return found


def _fits(version: str, wanted: str) -> bool:
    """Return whether ``version`` is ``wanted`` or a later one that only adds to it."""
    have, want = ([int(part) for part in text.split(".")] for text in (version, wanted))
    return have[0] == want[0] and have >= want


def _cited(data: Any) -> Iterator[str]:
    """Yield every claim under a key ``source``."""
    if isinstance(data, dict):
        for key, value in data.items():
            if key == "source":
                yield from [value] if isinstance(value, str) else map(str, value or ())
            else:
                yield from _cited(value)


def _with_cited_sources(citing: Iterable[Any], sources: Mapping[str, Any]) -> set[str]:
    """Return the sources that claims, or other sources, refer to, and those that these refer to."""
    waiting = list(citing)
    wanted: set[str] = set()
    while waiting:
        body = waiting.pop()
        if not isinstance(body, dict):
            continue  # reported with the form of the file
        names = [body.get("source"), body.get("cited_by"), *(body.get("references") or ())]
        for name in names:
            if isinstance(name, str) and name in sources and name not in wanted:
                wanted.add(name)
                waiting.append(sources[name])
    return wanted

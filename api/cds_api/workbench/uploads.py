"""Files of a rulebook that a form sends: YAML files, or a zip. They are read in memory, with limits."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from cds_engine.errors import nearest
from cds_engine.rulebook.model import Rulebook
from cds_engine.rulebook.shipped import FILE

from cds_api.ledger.rulebooks import OWN, SHARED, pack
from cds_api.workbench.forms import Upload

MOST_FILES = 1000
MOST_BYTES = 16 * 1024 * 1024
"""The most files, and bytes of all of them together, also of those in a zip."""
SUFFIXES = frozenset({".yaml", ".yml", ".json"})
ZIP = b"PK\x03\x04"
Files = Mapping[str, bytes]
"""The contents of files by their path, with ``/`` between folders."""


class UploadError(ValueError):
    """Files that are no rulebook and no part of one; the message is for people."""


def read_uploads(uploads: Iterable[Upload]) -> Files:
    """Return the files of a form; those of a zip with their path in it.

    Raises:
        UploadError: if a file has another format, if a path leads out of the zip, or if there is too much.
    """
    found: dict[str, bytes] = {}
    size = 0
    for name, content in _entries(uploads):
        size += len(content)
        if size > MOST_BYTES or len(found) >= MOST_FILES:
            raise UploadError(
                f"The files have more than {MOST_BYTES // 1024**2} MB, or are more than {MOST_FILES}."
            )
        found[name] = content
    return found


def _entries(uploads: Iterable[Upload]) -> Iterator[tuple[str, bytes]]:
    for upload in uploads:
        if upload.content.startswith(ZIP):
            yield from _in_zip(upload)
        elif PurePosixPath(upload.name).suffix in SUFFIXES:
            yield PurePosixPath(upload.name.replace("\\", "/")).name, upload.content
        else:
            raise UploadError(f"'{upload.name[:80]}' is neither a YAML file nor a zip.")


def _in_zip(upload: Upload) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a zip that belong to a rulebook; the others are left out."""
    try:
        with zipfile.ZipFile(io.BytesIO(upload.content)) as archive:
            for entry in archive.infolist():
                path = PurePosixPath(entry.filename)
                if entry.is_dir() or path.suffix not in SUFFIXES or path.parts[0] == "__MACOSX":
                    continue
                if path.is_absolute() or ".." in path.parts or "\\" in entry.filename:
                    raise UploadError(f"'{entry.filename[:80]}' leads out of the zip.")
                with archive.open(entry) as file:
                    yield path.as_posix(), file.read(MOST_BYTES + 1)  # its declared size may be wrong
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise UploadError(f"'{upload.name[:80]}' cannot be read as a zip: {error}.") from None


def changed_rulebook(base: Rulebook, files: Files) -> Files:
    """Return the files of the rulebook that uploaded files stand for, below :data:`OWN` and :data:`SHARED`.

    With a ``rulebook.yaml`` among them, they are a rulebook of their own, which may use the shared
    terminologies of ``base``. Without, each replaces the file of its name in ``base``.

    Raises:
        UploadError: if ``base`` has no file of a name, or several.
    """
    packed = {name: text.encode() for name, text in json.loads(pack(base)).items()}
    roots = sorted(
        (PurePosixPath(name).parent for name in files if PurePosixPath(name).name == FILE),
        key=lambda root: len(root.parts),
    )
    if not roots:
        own = [name.removeprefix(f"{OWN}/") for name in packed if name.startswith(f"{OWN}/")]
        return packed | {f"{OWN}/{_place(name, own)}": content for name, content in files.items()}
    shared = {name: content for name, content in packed.items() if name.startswith(f"{SHARED}/")}
    beside = roots[0].parent / SHARED
    return shared | {
        place: content
        for name, content in files.items()
        for folder, below in ((OWN, roots[0]), (SHARED, beside))
        if (place := _below(PurePosixPath(name), below, folder))
    }


def _below(path: PurePosixPath, folder: PurePosixPath, name: str) -> str:
    return f"{name}/{path.relative_to(folder).as_posix()}" if path.is_relative_to(folder) else ""


def _place(name: str, own: list[str]) -> str:
    """Return the path of the file of a rulebook that has a name, or ends with it."""
    found = [path for path in own if path == name] or [
        path for path in own if f"/{path}".endswith(f"/{PurePosixPath(name).name}")
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise UploadError(f"'{name}' may be {' or '.join(found)}; send a zip with the folders.")
    names = [PurePosixPath(path).name for path in own]
    hint = nearest(name, names)
    raise UploadError(f"The rulebook has no file '{name[:80]}'{hint}. Send a zip of its folder to add files.")


def write_files(files: Files, folder: Path) -> Path:
    """Write the files of a rulebook below ``folder``, and return the rulebook's folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder / OWN

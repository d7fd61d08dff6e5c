"""Reads the forms of pages. What they send stays in memory: it may be a patient's record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser

from cds_api.problems import ApiError
from cds_api.sessions import check_same_origin
from cds_api.settings import Settings

MAX_FIELDS = 5000


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as a browser sent it; ``name`` is what the browser calls it."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Form:
    """The fields of a form: texts with line feeds as line ends, and the contents of files."""

    fields: Mapping[str, tuple[str, ...]]
    files: Mapping[str, bytes]
    """The content of the last file of each field."""
    uploads: tuple[Upload, ...] = ()
    """Every file."""

    def text(self, name: str, default: str = "") -> str:
        """Return the first value of a field without blanks around it, or ``default`` if it is blank."""
        return next(iter(self.fields.get(name, ())), "").strip() or default

    def all(self, name: str) -> tuple[str, ...]:
        """Return every value of a field."""
        return self.fields.get(name, ())

    @property
    def size(self) -> int:
        """How many characters and bytes it holds."""
        texts = sum(len(each) for values in self.fields.values() for each in values)
        return texts + sum(map(len, self.files.values()))

    def __contains__(self, name: str) -> bool:
        return name in self.fields


class _InMemoryParser(MultiPartParser):
    """A parser that never writes a part to a temporary file; the size of the whole body is limited before."""

    spool_max_size = 0  # of a SpooledTemporaryFile: without a limit


async def read_form(request: Request, settings: Settings, *, most_files: int = 2) -> Form:
    """Return the form in the body of a request, which may have ``most_files`` files.

    Raises:
        ApiError: 403, if a page of another site sent it; 415 or 400, if it is not a form.
    """
    check_same_origin(request.scope, settings.public_url)
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    match content_type:
        case "multipart/form-data":
            parser: MultiPartParser | FormParser = _InMemoryParser(
                request.headers,
                request.stream(),
                max_files=most_files,
                max_fields=MAX_FIELDS,
                max_part_size=settings.max_body_bytes,
            )
        case "application/x-www-form-urlencoded":
            parser = FormParser(request.headers, request.stream())
        case _:
            raise ApiError(415, "Send a form.")
    try:
        data = await parser.parse()
    except MultiPartException as error:
        raise ApiError(400, f"The form cannot be read: {error.message}") from None
    fields: dict[str, tuple[str, ...]] = {}
    files: dict[str, bytes] = {}
    uploads: list[Upload] = []
    for name, value in data.multi_items():
        if isinstance(value, UploadFile):
            if value.filename:
                files[name] = await value.read()
                uploads.append(Upload(value.filename, files[name]))
        else:
            fields[name] = (*fields.get(name, ()), value.replace("\r\n", "\n"))
    await data.close()
    return Form(fields, files, tuple(uploads))

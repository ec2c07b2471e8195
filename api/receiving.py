"""From a request's body to the files in it: multipart, or documents as JSON; bounded while they come in."""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar

from fastapi import HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from api.changes.inbox import stored_name
from api.changes.operations import File
from api.json_bodies import parse_json
from api.schemas.changes import DocumentContent, NewDocuments
from index.blocks import one_line
from index.errors import UploadTooLarge
from index.files import storage_errors
from index.settings import Settings

_MEGABYTE = 1_000_000
_MAX_JSON_MB = 16
"""A JSON body is held in memory whole; more documents are sent as a JSONL file."""
_MAX_NAME = 500
_IN_MEMORY = 128 * 1024
"""Files with more bytes wait on disk until all have come: a thousand of this size are no trouble."""

_M = TypeVar("_M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Sent:
    """A file, or a document, of a request.

    Attributes:
        file: What it is called, and what is to become of it.
        content: Its bytes, to be read once.
    """

    file: File
    content: BinaryIO

    def digest(self) -> str:
        """Return the SHA-256 of its bytes, and go back to their beginning."""
        found = hashlib.file_digest(self.content, "sha256").hexdigest()  # type: ignore[arg-type]  # any binary file
        self.content.seek(0)
        return found


@asynccontextmanager
async def received(request: Request, settings: Settings, document_id: str | None = None) -> AsyncIterator[list[Sent]]:
    """Receive the documents of a request; they last as long as the block.

    Args:
        request: Its body has not been read.
        settings: The service's, for their limits.
        document_id: The one document that may come is to have this id.

    Raises:
        UploadTooLarge: There are more bytes or files than are taken.
        RequestValidationError: A field is missing or cannot be used.
        HTTPException: The body is of no kind that is taken, or broken.
        StorageError: The temporary folder is full.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind == "application/json":
            content = await _whole(request)
            # Not on the event loop: several MB of JSON take a while, in which no question would be answered.
            yield await run_in_threadpool(lambda: _documents(_json(content), settings, document_id))
        elif kind == "multipart/form-data":
            with storage_errors(Path(tempfile.gettempdir()), "the temporary folder"):
                files = await _files(request, settings)
            try:
                yield _named(files, document_id)
            finally:
                for _, file in files:
                    file.file.close()
        else:
            raise HTTPException(415, "send multipart/form-data with files, or application/json.")
    except ClientDisconnect:
        raise HTTPException(400, "the request ended before its body did.") from None


def invalid(place: str, field: str, message: str) -> RequestValidationError:
    """Return the error that says what is wrong with a part of a request."""
    return RequestValidationError([{"type": "value_error", "loc": (place, field), "msg": message, "input": None}])


def _validated(model: type[_M], value: object) -> _M:
    """Check JSON that has been read.

    Raises:
        RequestValidationError: A field is missing or cannot be used.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        faults = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors(include_url=False)]
        raise RequestValidationError(faults) from None


async def _whole(request: Request) -> bytearray:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > _MAX_JSON_MB * _MEGABYTE:
            raise UploadTooLarge(
                f"the body has more than {_MAX_JSON_MB} MB. Send more as a JSONL file, in multipart/form-data."
            )
    return content


def _json(content: bytearray) -> object:
    try:
        return parse_json(bytes(content))
    except json.JSONDecodeError as error:
        fault = {"type": "json_invalid", "loc": ("body", error.pos), "msg": "", "ctx": {"error": error.msg}}
        raise RequestValidationError([fault]) from None


def _documents(value: object, settings: Settings, document_id: str | None) -> list[Sent]:
    if document_id is not None:
        return [_sent(0, document_id, _validated(DocumentContent, value).line(document_id))]
    documents = _validated(NewDocuments, value).documents
    if len(documents) > settings.max_upload_files:
        raise UploadTooLarge(_too_many(settings))
    sent = []
    taken: set[str] = set()
    for number, document in enumerate(documents):
        made = document.id or f"d{hashlib.sha256(document.line('')).hexdigest()[:20]}"
        if made in taken:
            raise invalid("body", f"documents.{number}", f"another document of this request has its id {made!r}")
        taken.add(made)
        sent.append(_sent(number, made, document.line(made)))
    return sent


def _sent(number: int, document_id: str, line: bytes) -> Sent:
    return Sent(File(stored_name(number, "document.jsonl"), None, document_id), io.BytesIO(line))


async def _files(request: Request, settings: Settings) -> list[tuple[str, UploadFile]]:
    parser = MultiPartParser(request.headers, request.stream(), max_files=settings.max_upload_files, max_fields=1)
    parser.spool_max_size = _IN_MEMORY
    try:
        form = await parser.parse()
    except MultiPartException as error:
        if error.message.startswith("Too many files"):
            raise UploadTooLarge(_too_many(settings)) from None
        raise HTTPException(400, f"the body is not valid multipart/form-data: {error.message}") from None
    files = []
    for name, part in form.multi_items():
        if not isinstance(part, UploadFile):
            await form.close()
            raise invalid("body", name or "files", "it is no file: send files only, each with a file name")
        files.append((name, part))
    return files


def _named(files: Sequence[tuple[str, UploadFile]], document_id: str | None) -> list[Sent]:
    expected = "files" if document_id is None else "file"
    if not files or (document_id is not None and len(files) > 1):
        count = "one or many parts named files" if document_id is None else "one part named file"
        raise invalid("body", expected, f"send {count}")
    sent = []
    taken: set[str] = set()
    for number, (field, file) in enumerate(files):
        if field != expected:
            raise invalid("body", field, f"there is no such field; files are sent as {expected}")
        source = source_name(file.filename or "")
        if not source or len(source) > _MAX_NAME:
            raise invalid("body", f"{field}.{number}", f"a file's name has 1 to {_MAX_NAME} characters")
        if source in taken:
            raise invalid("body", f"{field}.{number}", f"another file of this request is called {source!r}, too")
        taken.add(source)
        sent.append(Sent(File(stored_name(number, source), source, document_id), file.file))
    return sent


def source_name(filename: str) -> str:
    """Return a file's name as documents state it; nothing of it leads upwards, and it is never used as a path."""
    parts = (one_line(part) for part in filename.replace("\\", "/").split("/"))
    return "/".join(part for part in parts if part is not None and part not in {".", ".."})


def _too_many(settings: Settings) -> str:
    return (
        f"there are more than {settings.max_upload_files} files or documents (PINCITE_MAX_UPLOAD_FILES). Send them in "
        "several requests."
    )

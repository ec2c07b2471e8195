"""What requests share that change something: their headers, and how a repeated one is answered."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, BinaryIO

from fastapi import Header, Request, Response
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from api.caller import Caller
from api.changes.intake import Intake
from api.changes.operations import Condition, File, Kind, Operation
from api.changes.store import Key, Reply, now
from api.schemas.operations import OPERATION_EXAMPLE, OperationView
from api.schemas.wire import SHA256_EXAMPLE
from index.collection import Collection
from index.errors import IndexingNotInstalled

_REPLAYED = {
    "Idempotency-Replayed": {
        "description": "`true` where the answer is an earlier one's, whose request had the same `Idempotency-Key`.",
        "schema": {"type": "string", "const": "true"},
        "example": "true",
    }
}
AT_ONCE: dict[str, Any] = {"headers": _REPLAYED}
"""How the answer to a change that takes effect at once is described."""
ACCEPTED: dict[str, Any] = {
    "description": "It is kept, and will be applied soon.",
    "headers": {
        "Location": {
            "description": "Address of the operation.",
            "schema": {"type": "string"},
            "example": f"/v1/operations/{OPERATION_EXAMPLE}",
        },
        **_REPLAYED,
    },
}
"""How an answer with an operation is described."""

_KEY = r"[\x21-\x7e]{1,255}"
_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_TAGS = rf"[ \t]*{_TAG}(?:[ \t]*,[ \t]*{_TAG})*[ \t]*"
_STAR = r"[ \t]*\*[ \t]*"
_NEEDED = ("markdown_it", "sentence_transformers", "sentencex")


def _visible(key: str) -> str:
    if not re.fullmatch(_KEY, key):
        raise PydanticCustomError("idempotency_key", "it has 1 to 255 visible ASCII characters")
    return key


def _tags(text: str) -> str:
    if text.strip() != "*" and not re.fullmatch(_TAGS, text):
        raise PydanticCustomError("entity_tags", 'it is * or a list of entity tags in quotes, as in "5f…"')
    return text


def _star(text: str) -> str:
    if text.strip() != "*":
        raise PydanticCustomError("star", "only * is taken here: replace nothing")
    return text


IdempotencyKey = Annotated[
    str | None,
    AfterValidator(lambda key: key if key is None else _visible(key)),
    Header(
        alias="Idempotency-Key",
        description="A new one for each new request, such as a UUID. Whoever sends a request again with its key "
        "within a day gets the first answer again, with the header `Idempotency-Replayed`, and nothing changes.",
        examples=["0b0f4f0e-6a0c-4a5e-9f6e-2f3f2f3c9a51"],
        json_schema_extra={"pattern": f"^{_KEY}$"},
    ),
]
IfMatch = Annotated[
    str | None,
    AfterValidator(lambda text: text if text is None else _tags(text)),
    Header(
        alias="If-Match",
        description="Change the document only if this is its `ETag`.",
        examples=["*", f'"{SHA256_EXAMPLE}"'],
        json_schema_extra={"pattern": f"^(?:{_STAR}|{_TAGS})$"},
    ),
]
IfNoneMatch = Annotated[
    str | None,
    AfterValidator(lambda text: text if text is None else _star(text)),
    Header(
        alias="If-None-Match",
        description="`*`: make a new document, and replace none.",
        examples=["*"],
        json_schema_extra={"pattern": f"^{_STAR}$"},
    ),
]


def condition_of(if_match: str | None, if_none_match: str | None = None) -> Condition:
    """Return what two headers ask for; a weak tag never matches."""
    if if_match is None:
        return Condition(None, absent=if_none_match is not None)
    tags = ("*",) if if_match.strip() == "*" else tuple(re.findall(_TAG, if_match))
    return Condition(tags, absent=if_none_match is not None)


def _intake_of(request: Request) -> Intake:
    """Return the application's intake."""
    intake = request.app.state.intake
    if not isinstance(intake, Intake):
        raise TypeError("the application was not made by api.app.create_app")
    return intake


def key_of(request: Request, caller: Caller, key: str | None, contents: Sequence[object] = ()) -> Key | None:
    """Return an idempotency key with what tells its request from others.

    Args:
        request: The request.
        caller: Who makes it.
        key: As it was sent, if it was.
        contents: What its body says; not its bytes, since multipart has other boundaries each time.
    """
    if key is None:
        return None
    headers = [request.headers.get(name) for name in ("if-match", "if-none-match")]
    told = json.dumps([request.method, request.url.path, request.url.query, headers, *contents])
    return Key(caller.identity, key, hashlib.sha256(told.encode()).hexdigest())


def new_operation(
    kind: Kind,
    collection: str,
    files: Sequence[File] = (),
    condition: Condition = Condition(),  # noqa: B008 - immutable
) -> Operation:
    """Make an operation that waits to be applied."""
    return Operation(f"op-{secrets.token_hex(12)}", kind, collection, now(), tuple(files), condition)


def accept(
    request: Request,
    operation: Operation,
    contents: Sequence[tuple[str, BinaryIO]],
    key: Key | None,
    check: Callable[[], None] = lambda: None,
) -> Response:
    """Keep an operation and answer 202, or as before if the request is a repeated one.

    Args:
        request: Asks for it.
        operation: Pending.
        contents: Of its files.
        key: The idempotency key, if there is one.
        check: Raises what forbids the operation; a repeated request is not checked again.
    """
    intake = _intake_of(request)
    earlier = intake.earlier(key)
    if earlier is not None:
        return _respond(earlier, replayed=True)
    check()
    reply = Reply(202, OperationView.of(operation).model_dump_json(), f"/v1/operations/{operation.id}")
    kept, replayed = intake.accept(operation, contents, reply, key)
    return _respond(kept, replayed=replayed)


def once(request: Request, key: Key | None, change: Callable[[], Reply]) -> Response:
    """Make a change that takes effect at once, or answer as before if the request is a repeated one."""
    reply, replayed = _intake_of(request).once(key, change)
    return _respond(reply, replayed=replayed)


def _respond(reply: Reply, *, replayed: bool) -> Response:
    headers = {"Location": reply.location} if reply.location is not None else {}
    if replayed:
        headers["Idempotency-Replayed"] = "true"
    return Response(reply.body, reply.status, headers, "application/json" if reply.body else None)


def followed_by(caller: Caller, collection: Collection) -> Path | None:
    """Return the folder that a collection follows, if it does."""
    return caller.settings.watch if collection.name == caller.settings.collection else None


@cache
def _missing() -> tuple[str, ...]:
    return tuple(name for name in _NEEDED if find_spec(name) is None)


def check_indexing() -> None:
    """Check that what was sent can be indexed here.

    Raises:
        IndexingNotInstalled: It cannot.
    """
    if _missing():
        raise IndexingNotInstalled(
            f"this service only answers questions: {', '.join(_missing())}, which indexing needs, is not installed. "
            "Whoever runs it may install pincite[index], or index elsewhere and copy the data folder."
        )

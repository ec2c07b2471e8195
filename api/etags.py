"""Entity tags: what is asked for again need not be sent again while it is the same (RFC 9110, sections 8.8 and 13)."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import Header, Response

from api.document_tags import tag_of
from api.schemas.wire import GENERATION_EXAMPLE, SHA256_EXAMPLE

GENERATION_HEADER = "Pincite-Generation"
"""Which build of the index was read; it stands in no body that has a tag, since it changes where the body does not."""

_READ = {
    GENERATION_HEADER: {
        "description": "Which build of the index was read.",
        "schema": {"type": "string"},
        "example": GENERATION_EXAMPLE,
    }
}
_TAGGED = _READ | {
    "ETag": {
        "description": "Names what was sent; it changes when that does, and not before.",
        "schema": {"type": "string"},
        "example": f'"{SHA256_EXAMPLE}"',
    },
    "Cache-Control": {
        "description": "Whoever keeps it asks each time whether it is still the same.",
        "schema": {"type": "string"},
        "example": "private, no-cache",
    },
}
READ: dict[int | str, dict[str, Any]] = {200: {"headers": _READ}}
"""What an operation that reads a generation adds to its description."""
TAGGED: dict[int | str, dict[str, Any]] = {
    200: {"headers": _TAGGED},
    304: {"description": "It is what `If-None-Match` names, and is not sent again.", "headers": _TAGGED},
}
"""What an operation with conditional requests adds to its description."""

Known = Annotated[
    str | None,
    Header(
        alias="If-None-Match",
        description="The `ETag` of what the client has: while it is the same, the answer is an empty 304.",
        examples=[f'"{SHA256_EXAMPLE}"'],
    ),
]

_TAG = re.compile(r'(?:W/)?("[^"]*")')


def is_known(known: str | None, tag: str) -> bool:
    """Tell whether `If-None-Match` names a tag, weak or not: then what it is of need not be sent."""
    return known is not None and (known.strip() == "*" or tag.removeprefix("W/") in _TAG.findall(known))


def conditional(
    known: str | None, content: bytes, media_type: str, generation: str, tag: str | None = None
) -> Response:
    """Answer with content, or with 304 where the client has it.

    Args:
        known: ``If-None-Match``: tags of what the client has, or ``*``.
        content: The whole body.
        media_type: Of the body.
        generation: Name of the generation that was read.
        tag: Of the content; by default made of it.
    """
    tag = tag or tag_of(content)
    # Kept by the asker alone, and asked for again each time: a document may be deleted.
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", GENERATION_HEADER: generation}
    if is_known(known, tag):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)

"""Entity tags: what is asked for again need not be sent again while it is the same (RFC 9110, sections 8.8 and 13)."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict

from fastapi import Request, Response

from index.documents import Document

GENERATION_HEADER = "Pincite-Generation"
"""Which build of the index was read; it stands in no body that has a tag, since it changes where the body does not."""

_TAG = re.compile(r'(?:W/)?("[^"]*")')


def document_etag(document: Document) -> str:
    """Return a document's tag: a SHA-256 over all its fields as canonical JSON, in quotes."""
    fields = json.dumps(asdict(document), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return tag_of(fields.encode("utf-8"))


def tag_of(content: bytes) -> str:
    """Return the tag of a representation: its SHA-256, in quotes."""
    return f'"{hashlib.sha256(content).hexdigest()}"'


def conditional(request: Request, content: bytes, media_type: str, generation: str, tag: str | None = None) -> Response:
    """Answer with content, or with 304 where the request names the tag of what it has, and it is the same.

    Args:
        request: May hold ``If-None-Match``.
        content: The whole body.
        media_type: Of the body.
        generation: Name of the generation that was read.
        tag: Of the content; by default made of it.
    """
    tag = tag or tag_of(content)
    # Kept by the asker alone, and asked for again each time: a document may be deleted.
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", GENERATION_HEADER: generation}
    known = ",".join(request.headers.getlist("If-None-Match"))
    if known.strip() == "*" or tag in _TAG.findall(known):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)

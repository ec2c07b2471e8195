"""Entity tags of what is stored; a module of its own, so that what applies changes loads no web framework for them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

from index.documents import Document


def document_etag(document: Document) -> str:
    """Return a document's tag: a SHA-256 over all its fields as canonical JSON, in quotes."""
    fields = json.dumps(asdict(document), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return tag_of(fields.encode("utf-8"))


def tag_of(content: bytes) -> str:
    """Return the tag of a representation: its SHA-256, in quotes."""
    return f'"{hashlib.sha256(content).hexdigest()}"'

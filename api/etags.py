"""Entity tags: what tells one state of a thing from another (RFC 9110, section 8.8.3)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

from index.documents import Document


def document_etag(document: Document) -> str:
    """Return a document's strong entity tag, quotes included: another as soon as anything of the document is.

    It is the SHA-256 of all its fields as canonical JSON; so it does not change with the generation that holds it.
    """
    canonical = json.dumps(asdict(document), sort_keys=True, separators=(",", ":"))
    return f'"{hashlib.sha256(canonical.encode()).hexdigest()}"'

"""JSON pages that carry their own SHA-256, so that a change of any byte shows."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import BaseModel

from index.errors import IndexDamaged

_MARK = b',\n  "sha256": "'


def seal(page: BaseModel) -> bytes:
    """Return a page's bytes: JSON whose last member is the SHA-256 of the bytes before it."""
    body = page.model_dump_json(indent=2).encode().removesuffix(b"\n}")
    return body + _MARK + hashlib.sha256(body).hexdigest().encode() + b'"\n}\n'


def unseal(path: Path) -> bytes:
    """Read a sealed page and return its JSON without the seal.

    Raises:
        IndexDamaged: It is missing, unreadable or changed.
    """
    again = "Run `pincite index` again to rebuild it."
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise IndexDamaged(f"{path} cannot be read ({error.strerror}): the index is incomplete. {again}") from error
    body, mark, rest = raw.rpartition(_MARK)
    if not mark or rest != hashlib.sha256(body).hexdigest().encode() + b'"\n}\n':
        raise IndexDamaged(f"{path} is not the file that was written: its contents have changed. {again}")
    return body + b"\n}"

"""A key: who holds it, and what it opens. The key itself is never kept, only its SHA-256."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import re
import secrets
import string
from dataclasses import dataclass
from enum import IntEnum

_ID_LETTERS = string.ascii_lowercase + string.digits
_ID_LENGTH = 8
_TEXT = re.compile(r"pincite_[sp]k_([0-9a-z]{8})_[0-9A-Za-z_-]{43}")


class Role(IntEnum):
    """What somebody may do; each role may do what those below it may."""

    READ = 1
    """Ask, and read documents."""
    WRITE = 2
    """Add, replace and delete documents."""
    ADMIN = 3
    """Make and delete collections, and go back to earlier generations."""

    @property
    def word(self) -> str:
        """As it is written on the command line and in the file of keys."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key.

    Attributes:
        id: Its public name, which stands in logs and in the key itself.
        name: What people call it.
        role: What it opens.
        collections: The names of those that it opens; None stands for all.
        origins: The web pages that may send it, for a publishable key; none for a secret one.
        rate: How many requests a minute each address may make with it, 0 for any number; None stands for the default.
        created: When it was made.
        expires: From when on it is not valid; None stands for never.
        sha256: Of the key, hexadecimal.
    """

    id: str
    name: str
    role: Role
    collections: frozenset[str] | None
    origins: frozenset[str]
    rate: int | None
    created: datetime.datetime
    expires: datetime.datetime | None
    sha256: str

    @property
    def publishable(self) -> bool:
        """Whether it may stand in a web page."""
        return bool(self.origins)

    @property
    def expired(self) -> bool:
        """Whether its time is over."""
        return self.expires is not None and self.expires <= datetime.datetime.now(datetime.UTC)

    def opens(self, collection: str) -> bool:
        """Tell whether it opens a collection."""
        return self.collections is None or collection in self.collections

    def is_of(self, text: str) -> bool:
        """Tell whether a text is this very key; takes as long whatever the text."""
        return hmac.compare_digest(hash_of(text), self.sha256)


def new_id() -> str:
    """Return an id, which need not be new."""
    return "".join(secrets.choice(_ID_LETTERS) for _ in range(_ID_LENGTH))


def new_text(key_id: str, *, publishable: bool) -> str:
    """Return a new key: a prefix that scanners for secrets can look for, its id, and 256 random bits."""
    return f"pincite_{'pk' if publishable else 'sk'}_{key_id}_{secrets.token_urlsafe(32)}"


def hash_of(text: str) -> str:
    """Return what is kept of a key. 256 random bits cannot be guessed, so that a slow hash would add nothing."""
    return hashlib.sha256(text.encode()).hexdigest()


def id_in(text: str) -> str | None:
    """Return the id that a text names if it has the form of a key."""
    found = _TEXT.fullmatch(text)
    return found[1] if found else None

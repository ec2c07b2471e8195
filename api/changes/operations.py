"""The nouns of changes: an operation, its files, and the conditions under which it may be applied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["create-collection", "upload-documents", "replace-document"]
State = Literal["pending", "running", "succeeded", "failed"]
FileState = Literal["pending", "indexed", "unchanged", "skipped"]


@dataclass(frozen=True, slots=True)
class File:
    """A file, or a document, that was sent, and what came of it.

    Attributes:
        stored: Its name in the operation's folder.
        source: What its sender calls it; None for a document that was sent as JSON.
        document_id: The id that its document is to have; None where that is made of the name.
        state: How far it is.
        document_ids: Of its documents, once they are indexed.
        passages: How many these have.
        reason: Why it was skipped, or what of it was.
    """

    stored: str
    source: str | None
    document_id: str | None
    state: FileState = "pending"
    document_ids: tuple[str, ...] = ()
    passages: int = 0
    reason: str | None = None

    @property
    def name(self) -> str:
        """What to call it in messages."""
        return self.source or self.document_id or self.stored


@dataclass(frozen=True, slots=True)
class Condition:
    """What has to be so for a document to be replaced (RFC 9110, section 13.1).

    Attributes:
        match: One of these is its entity tag; "*" stands for any document that is there. None asks for nothing.
        absent: It is not there.
    """

    match: tuple[str, ...] | None = None
    absent: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """A change that was asked for.

    Attributes:
        id: Opaque, and not to be guessed.
        number: Operations are applied in this order; 0 before it is kept.
        kind: What is to be done.
        collection: To which collection.
        created: When it was asked for; this and the next two ISO 8601, UTC.
        state: How far it is.
        files: Those that were sent.
        condition: Under which it may be applied.
        started: When it was begun last.
        finished: When it ended.
        encoded: How many texts of the build that applies it are encoded,
        total: of how many; None before that is known.
        generation: The generation that holds it.
        error: Name of the exception that it failed with,
        detail: and what that says.
        attempts: How often it was begun without being ended.
        planned: ``Manifest.content`` of the generation that is about to be made for it, so that after a kill it can be
            told whether it was.
    """

    id: str
    kind: Kind
    collection: str
    created: str
    files: tuple[File, ...] = ()
    condition: Condition = Condition()
    number: int = 0
    state: State = "pending"
    started: str | None = None
    finished: str | None = None
    encoded: int = 0
    total: int | None = None
    generation: str | None = None
    error: str | None = None
    detail: str | None = None
    attempts: int = 0
    planned: str | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in {"succeeded", "failed"}

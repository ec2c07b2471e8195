"""What each operation takes: the one table. One that is not listed takes an admin's key for all collections."""

from __future__ import annotations

from dataclasses import dataclass

from api.access.keys import Role


@dataclass(frozen=True, slots=True)
class Access:
    """What an operation takes.

    Attributes:
        role: The least role; None stands for no key at all.
        publishable: Whether a publishable key is enough.
        everywhere: Whether the key has to be one for all collections, because the response tells of all.
        keyless: Whether it is open, like reading, as long as the service has no key.
    """

    role: Role | None
    publishable: bool = False
    everywhere: bool = False
    keyless: bool = False


_PUBLIC = Access(None, publishable=True, keyless=True)
_WIDGET = Access(Role.READ, publishable=True, keyless=True)
_READ = Access(Role.READ, keyless=True)
_WRITE = Access(Role.WRITE)
_ADMIN = Access(Role.ADMIN)
UNLISTED = Access(Role.ADMIN, everywhere=True)

OPERATIONS: dict[str, Access] = {
    "/": _PUBLIC,
    "/docs": _PUBLIC,
    "/documents/{document_id:path}": _PUBLIC,
    "/web/{version}/{name}": _PUBLIC,
    "/widget.js": _PUBLIC,
    "health": _PUBLIC,
    "readiness": _PUBLIC,
    "metrics": Access(Role.ADMIN, everywhere=True, keyless=True),
    "ask": _WIDGET,
    "askByAddress": _WIDGET,
    "search": _WIDGET,
    "listExamples": _WIDGET,
    "sendFeedback": _WIDGET,
    "verifyCitation": _WIDGET,
    "verifyCitations": _WIDGET,
    "getDocument": _WIDGET,
    "getDocumentText": _WIDGET,
    "getHeadings": _WIDGET,
    "getPassage": _WIDGET,
    "listDocuments": _READ,
    "uploadDocuments": _WRITE,
    "replaceDocument": _WRITE,
    "deleteDocument": _WRITE,
    "listOperations": _WRITE,
    "getOperation": _WRITE,
    "listCollections": _READ,
    "getCollection": _READ,
    "createCollection": _ADMIN,
    "deleteCollection": _ADMIN,
    "listGenerations": _ADMIN,
    "rollbackCollection": _ADMIN,
}
"""By operation id; by path for what the OpenAPI document leaves out."""


def access_to(operation: str) -> Access:
    """Return what an operation takes."""
    return OPERATIONS.get(operation, UNLISTED)

"""Whether a document is as a request expects it; asked when the request comes, and again when it is applied."""

from __future__ import annotations

from api.changes.operations import Condition
from api.document_tags import document_etag
from index.documents import Document
from index.errors import PreconditionFailed


def check(condition: Condition, document: Document | None, document_id: str) -> None:
    """Check that a document is as a request expects it.

    Args:
        condition: What the request expects.
        document: The document as it is, if it is there.
        document_id: Its id.

    Raises:
        PreconditionFailed: It is not.
    """
    if condition.absent and document is not None:
        raise PreconditionFailed(
            f"there is a document {document_id!r} already, and the request was to make a new one (If-None-Match: *). "
            "Nothing has changed."
        )
    if condition.match is None:
        return
    if document is None:
        raise PreconditionFailed(f"there is no document {document_id!r}, and If-Match asks for one.")
    tag = document_etag(document)
    if tag not in condition.match and "*" not in condition.match:
        raise PreconditionFailed(
            f"the document {document_id!r} is another by now: its ETag is {tag}. Get it again, and send the change "
            "with that ETag in If-Match if it is still meant. Nothing has changed."
        )

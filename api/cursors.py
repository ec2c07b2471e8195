"""Cursors: where the next page of a list begins, as text that means nothing to whoever passes it on."""

from __future__ import annotations

import base64
import json
import zlib

from pydantic import TypeAdapter

from qa.catalog import Order, Place, SortKey
from qa.errors import QuestionError

_BODY = TypeAdapter(tuple[SortKey, bool, str, str])
_REFUSED = "this is no cursor, or it was altered or cut off; send `next` as it stands in the page before"


def encode_cursor(order: Order, place: Place) -> str:
    """Return a place in an order as text that is safe in an address.

    It is an opaque value, not a secret: the checksum tells what was cut off or made up.
    """
    body = json.dumps([order.key, order.descending, *place], ensure_ascii=False).encode("utf-8", "surrogatepass")
    return base64.urlsafe_b64encode(zlib.crc32(body).to_bytes(4, "big") + body).rstrip(b"=").decode("ascii")


def decode_cursor(cursor: str, order: Order) -> Place:
    """Return the place that a cursor names.

    Args:
        cursor: As ``encode_cursor`` returned it.
        order: In which the documents are asked for now.

    Raises:
        QuestionError: It is none, or is of a page in another order.
    """
    try:
        sealed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        body = sealed[4:]
        if zlib.crc32(body).to_bytes(4, "big") != sealed[:4]:
            raise QuestionError("cursor", _REFUSED)
        key, descending, *place = _BODY.validate_json(body)
    except ValueError:
        raise QuestionError("cursor", _REFUSED) from None
    value, document_id = place
    # Made again, and not only the checksum compared: decoders pass over characters that do not belong there.
    if encode_cursor(Order(key, descending), (value, document_id)) != cursor:
        raise QuestionError("cursor", _REFUSED)
    if order != Order(key, descending):
        raise QuestionError("cursor", "this is the cursor of a list in another order; begin at its first page")
    return value, document_id

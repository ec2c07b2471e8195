"""The durable name of a quote: it carries all that is needed to tell later whether the quote still stands.

Nothing is kept when an answer is given. A reference says where the quote stood and holds two hashes of it, none of its
text: a polynomial hash, by which every place of a text is tried at once, and a SHA-256, which confirms a place.
"""

from __future__ import annotations

import base64
import hashlib
import re
import struct
import zlib
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from index.documents import Document, Passage, Span
from index.generation import Generation
from index.settings import COLLECTION_NAME
from qa.errors import QuestionError

State = Literal["valid", "moved", "stale", "deleted"]
"""What became of a quote: it stands where it was cited; it stands elsewhere in its document; its document no longer
holds it; the collection no longer holds its document."""

_VERSION = 1
_HEAD = struct.Struct(">BIIQ16s")
"""Version, start, end, polynomial hash, SHA-256; behind it stand collection/document as UTF-8, and a checksum."""
_BASE = 0x9E3779B97F4A7C15
"""Odd, so that multiplying by its powers loses nothing; 5 modulo 8, so that these repeat only after 2^62."""
_BLOCK = 1 << 16
"""How many places of a text are tried at once: the sums over a long text must not fill the memory."""
_CONFIRMATIONS = 64
"""How many places with the right polynomial hash are looked at. All of them hold the quote or none does, short of one
chance in 2^64 and of texts made to deceive the hash; but a forged reference must not keep the service busy."""
_NO_REFERENCE = (
    "this is no reference of a citation, or it was altered or cut off; send `reference` as it stands in the citation"
)


@dataclass(frozen=True, slots=True)
class Reference:
    """Names a quote for good.

    Attributes:
        collection: The collection that was asked.
        document_id: The document quoted.
        start: Offset of the quote's first character in the document's text as it was then.
        end: Offset after its last character.
        polynomial: Its polynomial hash, 64 bits.
        digest: The first 16 bytes of its SHA-256, as UTF-8.
    """

    collection: str
    document_id: str
    start: int
    end: int
    polynomial: int
    digest: bytes

    @classmethod
    def of(cls, collection: str, document: Document, start: int, end: int) -> Reference:
        """Name the quote that stands at a place of a document's text."""
        quote = document.text[start:end]
        return cls(collection, document.id, start, end, _polynomial(quote), _digest(quote))

    def encode(self) -> str:
        """Return it as text that is safe in an address: ASCII letters, digits, - and _."""
        head = _HEAD.pack(_VERSION, self.start, self.end, self.polynomial, self.digest)
        return _seal(head + f"{self.collection}/{self.document_id}".encode())

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Read what ``encode`` returned.

        Raises:
            QuestionError: It is no reference, was altered, or another version made it.
        """
        if re.fullmatch("c[0-9]{1,9}", text):
            raise QuestionError(
                "id",
                f"{text} only numbers a citation within its answer; send the citation's `reference`, which names it "
                "for good",
            )
        body = _unseal(text)
        if body is None:
            raise QuestionError("id", _NO_REFERENCE)
        if body[0] != _VERSION:
            raise QuestionError("id", "another version of Pincite made this reference; ask the question again")
        try:
            _, start, end, polynomial, digest = _HEAD.unpack_from(body)
            collection, document_id = body[_HEAD.size :].decode("utf-8").split("/", 1)
        except (struct.error, ValueError):
            raise QuestionError("id", _NO_REFERENCE) from None
        if not re.fullmatch(COLLECTION_NAME, collection) or start >= end:
            raise QuestionError("id", _NO_REFERENCE)
        return cls(collection, document_id, start, end, polynomial, digest)


@dataclass(frozen=True, slots=True)
class Verification:
    """What became of a quote.

    Attributes:
        reference: Names the quote.
        state: What became of it.
        generation: Name of the generation that was looked at.
        document: The document as it is now; None where it is gone.
        place: Where the quote stands now; None where it does not.
        passage: The passage that holds it; None where none holds all of it.
    """

    reference: Reference
    state: State
    generation: str
    document: Document | None = None
    place: Span | None = None
    passage: Passage | None = None


def verify(reference: Reference, generation: Generation) -> Verification:
    """Tell whether a quote still stands in its document.

    Args:
        reference: Names the quote.
        generation: The current one of the reference's collection.
    """
    document = generation.database.document(reference.document_id)
    if document is None:
        return Verification(reference, "deleted", generation.name)
    start = find_quote(document.text, reference)
    if start is None:
        return Verification(reference, "stale", generation.name, document)
    place = Span(start, start + reference.end - reference.start)
    passage = generation.database.passage_holding(document.id, place.start, place.end)
    state: State = "valid" if start == reference.start else "moved"
    return Verification(reference, state, generation.name, document, place, passage)


def find_quote(text: str, reference: Reference) -> int | None:
    """Return where a quote stands in a text; of several places the one nearest to the old, of two the former."""
    start, length = reference.start, reference.end - reference.start
    places = _places(text, length, reference.polynomial)
    for place in places[np.argsort(np.abs(places - start), kind="stable")][:_CONFIRMATIONS].tolist():
        if _digest(text[place : place + length]) == reference.digest:
            return int(place)
    return None


def _places(text: str, length: int, polynomial: int) -> NDArray[np.int64]:
    """Return where the stretches of a text begin that have a length and a polynomial hash, ascending."""
    codes = _codes(text)
    block = max(_BLOCK, length)  # shorter blocks would sum a long stretch many times over
    powers = _powers(min(block + length, len(codes)))
    wanted = np.uint64(polynomial) * powers
    found = [np.empty(0, dtype=np.int64)]
    for begin in range(0, len(codes) - length + 1, block):
        part = codes[begin : begin + block + length - 1]
        sums = np.zeros(len(part) + 1, dtype=np.uint64)
        np.cumsum(part * powers[: len(part)], out=sums[1:])
        # The sum over the stretch that begins at place i is its hash times the i-th power.
        stretches = sums[length:] - sums[:-length]
        found.append(begin + np.flatnonzero(stretches == wanted[: len(stretches)]))
    return np.concatenate(found)


def _polynomial(quote: str) -> int:
    """Return the code points of a quote as a polynomial in ``_BASE``, modulo 2^64.

    It is the rolling hash of Karp and Rabin (Efficient randomized pattern-matching algorithms, IBM Journal of Research
    and Development 31(2), 1987), with the powers rising from the first character and modulo a machine word in place of
    a prime: so the hashes of all stretches of a text come from one running sum, without a division.
    """
    return int(np.dot(_codes(quote), _powers(len(quote))))


def _codes(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le"), dtype="<u4")


def _powers(count: int) -> NDArray[np.uint64]:
    """Return the powers of ``_BASE`` modulo 2^64, from 0."""
    powers = np.full(count, _BASE, dtype=np.uint64)
    powers[:1] = 1
    return np.cumprod(powers, dtype=np.uint64)


def _digest(quote: str) -> bytes:
    return hashlib.sha256(quote.encode("utf-8")).digest()[:16]


def _seal(body: bytes) -> str:
    """Return bytes and their checksum as text."""
    sealed = body + zlib.crc32(body).to_bytes(4, "big")
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode("ascii")


def _unseal(text: str) -> bytes | None:
    """Return the bytes that ``_seal`` was given; None where it did not return this very text."""
    try:
        body = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))[:-4]
    except ValueError:
        return None
    # Sealed again, and not only the checksum compared: decoders pass over characters that do not belong there.
    return body if body and _seal(body) == text else None

"""Which texts become vectors: a row a passage, with its document's title and headings before it, and a row a span.

A row's key is a hash of its text and its encoder; a row that an earlier generation holds under the same key is copied
from there, and no text is encoded twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.documents import Document, Passage
from index.encoder import Encoder
from index.segment import context
from index.tokens import Tokens

_VERSION = "rows/1"
"""Names how a text becomes a vector; it goes into the keys, so that a change means that all are encoded anew."""
PORTION = 2_000
"""How many rows are encoded before they are kept for a build that goes on with them: some ten seconds of work."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What will be encoded.

    Attributes:
        texts: The passages', then their spans', in the same order.
        passages: How many are passages'.
    """

    texts: Sequence[str]
    passages: int

    def keys(self, fingerprint: str) -> NDArray[np.uint64]:
        """Return the key of each row: the first 16 bytes of a SHA-256, as ``(rows, 2)`` uint64.

        Args:
            fingerprint: Of the encoder.
        """
        bases = [hashlib.sha256(f"{_VERSION}\n{fingerprint}\n{kind}\n".encode()) for kind in ("passage", "span")]
        digests = bytearray()
        for row, text in enumerate(self.texts):
            digest = bases[row >= self.passages].copy()
            digest.update(text.encode())
            digests += digest.digest()[:16]
        return np.frombuffer(bytes(digests), dtype="<u8").astype(np.uint64).reshape(-1, 2)


class KnownRows(Protocol):
    """Rows that were encoded before. Implementation: ``index.earlier.Earlier``."""

    @property
    def keys(self) -> NDArray[np.uint64]:
        """``(rows, 2)``, as ``Rows.keys`` makes them."""

    def vectors_at(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the vectors of some rows, ``(len(rows), dimension)``."""


def rows_of(documents: Sequence[Document], passages: Sequence[Passage], tokens: Tokens) -> Rows:
    """Return what will be encoded.

    Args:
        documents: All documents.
        passages: Theirs, as cut for this encoder.
        tokens: Counts what the encoder takes in.
    """
    by_id = {document.id: document for document in documents}
    contexts: dict[tuple[str, tuple[str, ...]], str] = {}
    texts: list[str] = []
    for passage in passages:
        section = (passage.document_id, passage.headings)
        if section not in contexts:
            contexts[section] = context(by_id[passage.document_id], passage.headings, tokens)
        before = contexts[section]
        texts.append(f"{before}\n{passage.text}" if before else passage.text)
    for passage in passages:
        texts += (passage.text[span.start - passage.start : span.end - passage.start] for span in passage.spans)
    return Rows(texts, len(passages))


def encode_rows(
    rows: Rows,
    keys: NDArray[np.uint64],
    known: Iterable[KnownRows],
    *,
    dimension: int,
    encoder: Callable[[], Encoder],
    tokens: Tokens,
    total: Callable[[int], None],
    advance: Callable[[int], None],
    keep: Callable[[NDArray[np.uint64], NDArray[np.float32]], None] = lambda _keys, _vectors: None,
) -> tuple[NDArray[np.float32], int]:
    """Return the vector of every row: what is known is copied, and the rest encoded, each text once.

    A span that is longer than the encoder's limit (a sentence without an end, a very long line) gets the mean direction
    of its windows, so that no part of it is lost. A passage over the limit is one such span, a table, code or a unit of
    a standard collection: its vector sees its beginning, its spans' vectors see all.

    Args:
        rows: As ``rows_of`` returns them.
        keys: Theirs.
        known: Where to look; the first that knows a row gives it.
        dimension: Of the vectors.
        encoder: Called when there is something to encode, for it may take seconds to load.
        tokens: Counts what the encoder takes in.
        total: Called once with the number of texts that will be encoded.
        advance: Called now and then with how many more are done.
        keep: Called with keys and vectors of what is encoded, whenever ``PORTION`` of them are and more will follow.

    Returns:
        ``(rows, dimension)`` float32 unit vectors, and how many of them had to be encoded.
    """
    vectors = np.empty((len(rows.texts), dimension), dtype=np.float32)
    missing = np.arange(len(rows.texts))
    for one in known:
        if not len(missing):
            break
        places = _places(keys[missing], one.keys)
        hits = places >= 0
        if hits.any():  # one of another encoder has none, and vectors of another dimension
            vectors[missing[hits]] = one.vectors_at(places[hits])
        missing = missing[~hits]
    _, first, again = np.unique(_as_one(keys[missing]), return_index=True, return_inverse=True)
    fresh = missing[first]
    # Texts of about one length are encoded together, since a batch is as long as its longest.
    fresh = fresh[np.argsort([-len(rows.texts[row]) for row in fresh], kind="stable")]
    windows = [
        _windows(rows.texts[row], tokens) if row >= rows.passages else [rows.texts[row]] for row in fresh.tolist()
    ]
    total(sum(map(len, windows)))
    loaded = cache(encoder)
    for begin in range(0, len(fresh), PORTION):
        part = fresh[begin : begin + PORTION]
        texts = windows[begin : begin + PORTION]
        starts = np.cumsum([0, *map(len, texts[:-1])])
        vectors[part] = _means(loaded().encode(list(chain.from_iterable(texts)), advance), starts)
        if begin + PORTION < len(fresh):
            keep(keys[part], vectors[part])
    vectors[missing] = vectors[missing[first][again]]
    return vectors, len(first)


def _as_one(keys: NDArray[np.uint64]) -> NDArray[np.void]:
    """Return keys as an array of one entry each, which can be sorted."""
    return np.ascontiguousarray(keys).view([("high", np.uint64), ("low", np.uint64)]).ravel()


def _places(wanted: NDArray[np.uint64], known: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return where each key stands among the known ones, or -1."""
    if not len(known):
        return np.full(len(wanted), -1)
    order = np.argsort(known[:, 0], kind="stable")
    # Of two keys with one first half, which would be a wonder, the second is not found: its text is encoded again.
    found = order[np.minimum(np.searchsorted(known[order, 0], wanted[:, 0]), len(known) - 1)]
    return np.where((known[found] == wanted).all(axis=1), found, -1)


def _windows(text: str, tokens: Tokens) -> list[str]:
    # No text has more tokens than characters, so most need no counting.
    if len(text) <= tokens.limit or tokens.count([text])[0] <= tokens.limit:
        return [text]
    return [text[start:end] for start, end in tokens.windows(text, tokens.limit)]


def _means(vectors: NDArray[np.float32], starts: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the mean direction of each group of unit vectors; groups begin at ``starts``."""
    if len(starts) == len(vectors):
        return vectors
    sums = np.add.reduceat(vectors, starts, axis=0)
    sums /= np.linalg.norm(sums, axis=1, keepdims=True)
    return sums

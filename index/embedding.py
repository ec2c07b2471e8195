"""Which texts become vectors: a row a passage, with its document's title and headings before it, and a row a span."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from index.documents import Document, Passage
from index.encoder import Encoder
from index.segment import context
from index.tokens import Tokens


def encode_rows(
    documents: Sequence[Document],
    passages: Sequence[Passage],
    encoder: Encoder,
    tokens: Tokens,
    *,
    total: Callable[[int], None],
    advance: Callable[[int], None],
) -> NDArray[np.float32]:
    """Encode every passage, then every span.

    A span that is longer than the encoder's limit (a sentence without an end, a very long line) gets the mean direction
    of its windows, so that no part of it is lost. A passage over the limit is one such span, a table, code or a unit of
    a standard collection: its vector sees its beginning, its spans' vectors see all.

    Args:
        documents: All documents.
        passages: Theirs, as cut for this encoder.
        encoder: Makes the vectors.
        tokens: Counts what it takes in.
        total: Called once with the number of texts.
        advance: Called now and then with how many more are done.

    Returns:
        ``(passages + spans, dimension)`` float32 unit vectors: the passages' rows, then their spans' in the same order.
    """
    by_id = {document.id: document for document in documents}
    texts = [_with_context(by_id[passage.document_id], passage, tokens) for passage in passages]
    owners = list(range(len(texts)))
    for passage in passages:
        for span in passage.spans:
            text = passage.text[span.start - passage.start : span.end - passage.start]
            # No text has more tokens than characters, so most need no counting.
            long = len(text) > tokens.limit and tokens.count([text])[0] > tokens.limit
            windows = [text[start:end] for start, end in tokens.windows(text, tokens.limit)] if long else [text]
            owner = owners[-1] + 1
            texts += windows
            owners += [owner] * len(windows)
    total(len(texts))
    vectors = encoder.encode(texts, advance)
    if owners[-1] + 1 == len(texts):
        return vectors
    sums = np.zeros((owners[-1] + 1, vectors.shape[1]), dtype=np.float32)
    np.add.at(sums, owners, vectors)
    sums /= np.linalg.norm(sums, axis=1, keepdims=True)
    return sums


def _with_context(document: Document, passage: Passage, tokens: Tokens) -> str:
    before = context(document, passage.headings, tokens)
    return f"{before}\n{passage.text}" if before else passage.text

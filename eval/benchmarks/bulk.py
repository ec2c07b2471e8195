"""How fast documents are encoded: the exported model beside sentence-transformers' own, in one process by turns."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from eval.benchmarks.corpus import Indexed

_BATCH = 32


@dataclass(frozen=True, slots=True)
class Bulk:
    """Rates of bulk encoding.

    Attributes:
        texts: How many were encoded each time.
        ours: Texts a second through ``index.encoder_store``, by repetition.
        plain: The same through ``SentenceTransformer.encode`` with batches of 32.
        least_cosine: Of a text's two vectors: that both do the same work.
    """

    texts: int
    ours: tuple[float, ...]
    plain: tuple[float, ...]
    least_cosine: float

    @property
    def ratio(self) -> float:
        """The median of the repetitions' ratios."""
        return float(np.median(np.divide(self.ours, self.plain)))


def _rate(encode: Callable[[], object], count: int) -> float:
    began = time.perf_counter()
    encode()
    return count / (time.perf_counter() - began)


def measure_bulk(indexed: Indexed, texts: Sequence[str], repetitions: int) -> Bulk:
    """Encode texts both ways by turns.

    Args:
        indexed: Names the model.
        texts: What to encode.
        repetitions: How many times each.
    """
    from sentence_transformers import SentenceTransformer

    listed = list(texts)
    ours = indexed.encoder.open_for_documents()
    plain = SentenceTransformer(str(indexed.model.path), device="cpu")
    first = ours.encode(listed[:_BATCH])
    second = plain.encode(listed[:_BATCH], batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False)
    rates = [
        (
            _rate(lambda: ours.encode(listed), len(listed)),
            _rate(lambda: plain.encode(listed, batch_size=_BATCH, show_progress_bar=False), len(listed)),
        )
        for _ in range(repetitions)
    ]
    return Bulk(
        texts=len(listed),
        ours=tuple(rate for rate, _ in rates),
        plain=tuple(rate for _, rate in rates),
        least_cosine=float(np.sum(first * np.asarray(second), axis=1).min()),
    )

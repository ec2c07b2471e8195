"""Ranking and reading by a cross-encoder: a model that reads question and text together.

Slower than all else here by far, so none is used unless a setting names one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from index.cross_encoder import CrossEncoder
from index.database import Database
from qa.answers import Hit
from qa.engine import Candidates, Evidence, Query
from qa.reader import Quote, as_quotes
from qa.reranking import Ranking, Reranker, put_first

_DEPTH = 20
"""How many passages are read together with the question."""
_NEAREST_TO_CERTAIN = 1e-6


class CrossEncoderReranker:
    """Puts the best passages of another reranker in the order of a cross-encoder's scores.

    Its signals are those of the other, and ``cross_encoder``.

    Args:
        before: Chooses the passages.
        encoder: Scores them.
        database: Holds their text.
    """

    def __init__(self, before: Reranker, encoder: CrossEncoder, database: Database) -> None:
        self._before = before
        self._encoder = encoder
        self._database = database

    def rank(self, query: Query, candidates: Candidates, first: NDArray[np.float32]) -> Ranking:
        """See ``Reranker.rank``."""
        earlier = self._before.rank(query, candidates, first)
        best = earlier.places[:_DEPTH]
        passages = self._database.passages(candidates.rows[best].tolist())
        scores = self._encoder.score(query.text, [passage.text for passage in passages])
        signals = {name: values[: len(best)] for name, values in earlier.signals.items()}
        reordered = put_first(earlier.places, earlier.scores, scores, {**signals, "cross_encoder": scores})
        return replace(reordered, close=earlier.close, evidence=earlier.evidence)


class CrossEncoderReader:
    """Reads by a cross-encoder's score of each span.

    Args:
        encoder: Scores them.
    """

    def __init__(self, encoder: CrossEncoder) -> None:
        self._encoder = encoder

    def read(self, query: Query, hits: Sequence[Hit], evidence: Evidence) -> list[Quote]:  # noqa: ARG002 - not needed
        """See ``Reader.read``."""
        texts = [hit.passage.text_of(span) for hit in hits for span in hit.passage.spans]
        scores = np.clip(self._encoder.score(query.text, texts), _NEAREST_TO_CERTAIN, 1 - _NEAREST_TO_CERTAIN)
        return as_quotes(hits, np.log(scores / (1 - scores)))

"""Which spans of the best passages answer the question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.documents import Passage, Span
from qa.answers import Hit
from qa.engine import SpanScores

READ_PASSAGES = 5
"""How many of the best passages are read."""
_COSINE_WEIGHT = 0.6
_PASSAGE_WEIGHT = 0.6
_MAX_QUOTES = 3
_NEAR_BEST = 0.95


@dataclass(frozen=True, slots=True)
class Quote:
    """A span chosen as (part of) the answer, with the score it was chosen by."""

    passage: Passage
    span: Span
    score: float


def rank_spans(hits: Sequence[Hit], scores: Sequence[SpanScores]) -> list[Quote]:
    """Score every span of the read passages: its own dense and lexical match, and its passage's fused score."""
    best_lexical = max((float(score.lexical.max()) for score in scores), default=0.0) or 1.0
    quotes = []
    for hit, score in zip(hits, scores, strict=True):
        own = _COSINE_WEIGHT * score.cosines + (1 - _COSINE_WEIGHT) * score.lexical / best_lexical
        mixed = (1 - _PASSAGE_WEIGHT) * own + _PASSAGE_WEIGHT * hit.score
        quotes += [Quote(hit.passage, span, float(value)) for span, value in zip(hit.passage.spans, mixed, strict=True)]
    return sorted(quotes, key=lambda quote: -quote.score)


def choose_quotes(ranked: Sequence[Quote]) -> list[Quote]:
    """Choose the best span, and others that score nearly as well: at most three, best first, no text twice."""
    chosen: dict[str, Quote] = {}
    for quote in ranked:
        if chosen and (len(chosen) == _MAX_QUOTES or quote.score < _NEAR_BEST * ranked[0].score):
            break
        begin = quote.passage.start
        chosen.setdefault(quote.passage.text[quote.span.start - begin : quote.span.end - begin], quote)
    return list(chosen.values())

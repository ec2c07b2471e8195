"""Which spans of the best passages answer the question, and how probably each does.

The first implementation of ``Reader`` scores a span by what the index knows of it and of its neighbours, and makes
probabilities of the scores by a softmax over all spans read. Its weights were fitted on training questions of two
public collections (``python -m eval.training reader``; see ``docs/decisions.md``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.documents import Passage, Span
from qa.answers import Hit
from qa.engine import Evidence, Query
from qa.reranking import coverage

READ_PASSAGES = 8
"""How many of the best passages are read."""
MAX_QUOTES = 3
ENOUGH = 0.95
"""Quotes are added until the answer is in one of them with this probability."""
_WORTH_QUOTING = 0.03
"""Probability under which a further span is not quoted."""

FEATURES = ("cosine", "window", "coverage", "carried", "pairs", "passage", "first", "length", "figure")
WEIGHTS = np.array([4.9, 3.0, 2.1, 4.7, 0.8, 5.4, 0.2, -0.8, 2.3], dtype=np.float32)

_ASKS_FOR_FIGURE = re.compile(
    r"\bwhen\b|\bhow (?:many|much|long|old|far|large|big|tall|high|often|fast|deep|wide|heavy|late|early)\b"
    r"|\b(?:what|which) (?:\w+ ){0,2}(?:year|date|day|month|century|decade|percentage|percent|number|amount|population"
    r"|price|cost|rate|age|size|length|height|distance|temperature|speed|proportion|fraction|share|ratio)s?\b",
    re.IGNORECASE,
)
_FIGURE = re.compile(
    r"\d+(?:[.,]\d+)*|\b(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)\b"
    r"|\b(?i:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|hundreds?"
    r"|thousands?|millions?|billions?|dozens?|half|third|quarter|twice|once|double)\b"
)


@dataclass(frozen=True, slots=True)
class Quote:
    """A span that may answer, with the probability that, of all spans read, it holds the answer."""

    passage: Passage
    span: Span
    probability: float


class Reader(Protocol):
    """Finds answering spans. Implementations: ``EvidenceReader``, ``CrossEncoderReader``."""

    def read(self, query: Query, hits: Sequence[Hit], evidence: Evidence) -> list[Quote]:
        """Return all spans of the given passages, the most probable first.

        Args:
            query: The question.
            hits: The passages to read, best first, one or more.
            evidence: What they hold of the question, in the same order.
        """


def _holds_figure(question: str, hits: Sequence[Hit]) -> NDArray[np.bool_]:
    """Return which spans hold a number or date that the question asks for and does not itself name."""
    if not _ASKS_FOR_FIGURE.search(question):
        return np.zeros(sum(len(hit.passage.spans) for hit in hits), dtype=np.bool_)
    known = frozenset(_FIGURE.findall(question))
    return np.array(
        [not known.issuperset(figures) for hit in hits for figures in _figures(hit.passage)], dtype=np.bool_
    )


@lru_cache(maxsize=4096)
def _figures(passage: Passage) -> tuple[frozenset[str], ...]:
    """Return the numbers and dates of each span of a passage."""
    return tuple(frozenset(_FIGURE.findall(passage.text_of(span))) for span in passage.spans)


def span_features(question: str, hits: Sequence[Hit], evidence: Evidence) -> NDArray[np.float32]:
    """Return the features of each span, ``(spans, len(FEATURES))`` float32, in the order of ``FEATURES``.

    Cosine of the question with the span, and with the span and a neighbour; share of the question's terms in the span
    ("coverage"), and in the span, the one before it, title and headings ("carried"); share of its pairs of terms;
    the passage's score; whether the span is the passage's first; the passage's number of spans, as a logarithm; whether
    the question asks for a number or a date, in English, and the span has one.

    Args:
        question: Its text.
        hits: The passages read.
        evidence: Of those passages.
    """
    passage_scores = np.array([hit.score for hit in hits], dtype=np.float32)
    owners = evidence.owners
    first = np.zeros(len(owners), dtype=np.bool_)
    first[evidence.offsets[:-1]] = True
    before = np.zeros_like(evidence.span_terms)
    before[1:] = evidence.span_terms[:-1]
    before[first] = False
    carried = evidence.span_terms | before | evidence.context_terms[owners]
    return np.stack(
        (
            evidence.cosines,
            evidence.windows,
            coverage(evidence.span_terms, evidence.term_weights),
            coverage(carried, evidence.term_weights),
            coverage(evidence.span_pairs, evidence.pair_weights),
            passage_scores[owners],
            first,
            np.log1p(np.diff(evidence.offsets))[owners],
            _holds_figure(question, hits),
        ),
        axis=1,
    ).astype(np.float32)


class EvidenceReader:
    """Reads by ``span_features``."""

    def read(self, query: Query, hits: Sequence[Hit], evidence: Evidence) -> list[Quote]:
        """See ``Reader.read``."""
        return as_quotes(hits, span_features(query.text, hits, evidence) @ WEIGHTS)


def as_quotes(hits: Sequence[Hit], logits: NDArray[np.float32]) -> list[Quote]:
    """Make quotes of all spans of some passages, the most probable first, by a softmax of their logits."""
    powers = np.exp(logits - logits.max())
    probabilities = powers / powers.sum()
    spans = [(hit.passage, span) for hit in hits for span in hit.passage.spans]
    order = np.argsort(-probabilities, kind="stable")
    return [Quote(spans[place][0], spans[place][1], float(probabilities[place])) for place in order]


def choose_quotes(quotes: Sequence[Quote]) -> list[Quote]:
    """Choose what is quoted: the best span, and the next ones until the answer is probably among them.

    Args:
        quotes: The most probable first.

    Returns:
        One to ``MAX_QUOTES`` of them, the most probable first, no text twice.
    """
    chosen: dict[str, Quote] = {}
    found = 0.0
    for quote in quotes:
        if chosen and (len(chosen) == MAX_QUOTES or found >= ENOUGH or quote.probability < _WORTH_QUOTING):
            break
        found += quote.probability  # the same words elsewhere answer as well
        chosen.setdefault(quote.passage.text_of(quote.span), quote)
    return list(chosen.values())

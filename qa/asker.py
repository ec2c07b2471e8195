"""The path of one question: encode, find candidates, fuse, read, decide, cite."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache, partial

import numpy as np

from index.database import Database
from index.documents import Document, Passage
from index.generation import Generation
from qa.answers import Answer, Citation, Hit
from qa.citations import compose
from qa.confidence import confidence
from qa.duplicates import distinct
from qa.engine import Candidates, Engine, Query
from qa.errors import CitationError, QuestionError
from qa.filters import NO_FILTERS, Filters
from qa.fusion import dense_scores, fuse
from qa.reader import READ_PASSAGES, choose_quotes, rank_spans

MAX_QUESTION_CHARACTERS = 2_000
DEFAULT_K = 5
MAX_K = 100
CANDIDATE_DEPTH = 200


def check_question(question: str) -> str:
    """Return a question without the white space around it.

    Raises:
        QuestionError: It is empty, too long, or holds characters that are no text.
    """
    trimmed = question.strip()
    if not trimmed:
        raise QuestionError("question", "the question is empty; ask something")
    if len(trimmed) > MAX_QUESTION_CHARACTERS:
        raise QuestionError(
            "question",
            f"the question has {len(trimmed)} characters; at most {MAX_QUESTION_CHARACTERS} are allowed",
        )
    if any("\ud800" <= char <= "\udfff" for char in trimmed):
        raise QuestionError("question", "the question holds half a surrogate pair; send valid Unicode")
    return trimmed


def check_k(k: int) -> int:
    """Return k.

    Raises:
        QuestionError: It is outside 1 to ``MAX_K``.
    """
    if not 1 <= k <= MAX_K:
        raise QuestionError("k", f"k is {k}; it says how many passages to return, from 1 to {MAX_K}")
    return k


def _load_document(database: Database, document_id: str) -> Document:
    document = database.document(document_id)
    if document is None:
        raise CitationError(f"the index has passages of {document_id!r} but not the document. Run `pincite index`.")
    return document


class Asker:
    """Answers questions from one generation; safe to call from several threads at once.

    Args:
        generation: Open.
        engine: Searches that generation.
        dense_weight: See ``qa.fusion.fuse``.
        min_confidence: Below this a question counts as not answered.
    """

    def __init__(self, generation: Generation, engine: Engine, dense_weight: float, min_confidence: float) -> None:
        self.generation = generation
        self._engine = engine
        self._dense_weight = dense_weight
        self._min_confidence = min_confidence
        # Not around a method: that would hold the asker, and a generation that was replaced would stay in memory.
        self._document = lru_cache(maxsize=256)(partial(_load_document, generation.database))

    def warm_up(self) -> None:
        """Encode and search once, so that the first question finds everything loaded."""
        query = Query(self.generation.encoder.encode(["warm"])[0], ("warm",))
        self._engine.candidates(query, 1)

    def ask(self, question: str, k: int = DEFAULT_K, filters: Filters = NO_FILTERS) -> Answer:
        """Answer a question.

        Args:
            question: 1 to ``MAX_QUESTION_CHARACTERS`` characters.
            k: How many passages to return, 1 to ``MAX_K``; those that repeat another do not count.
            filters: Which documents to search. Where none matches, nothing is found and nothing answered.

        Raises:
            QuestionError: The question or k cannot be used.
            CitationError: A quote does not match its source.
        """
        question, k = check_question(question), check_k(k)
        began = time.perf_counter()
        query = Query(self.generation.encoder.encode([question])[0], tuple(self.generation.analyze(question)), filters)
        encoded = time.perf_counter()
        candidates = self._engine.candidates(query, CANDIDATE_DEPTH)
        hits, rows = self._rank(candidates, max(k, READ_PASSAGES))
        searched = time.perf_counter()
        certainty = confidence(candidates, self.generation.manifest.encoder_knows_language) if hits else 0.0
        answerable = certainty >= self._min_confidence and bool(hits)
        text = ""
        citations: tuple[Citation, ...] = ()
        if answerable:
            read, scores = hits[:READ_PASSAGES], self._engine.span_scores(query, rows[:READ_PASSAGES])
            quotes = choose_quotes(rank_spans(read, scores))
            text, citations = compose(
                self.generation.manifest.collection,
                [(self._document(quote.passage.document_id), quote.passage, quote.span) for quote in quotes],
            )
        finished = time.perf_counter()
        return Answer(
            question=question,
            text=text,
            answerable=answerable,
            confidence=certainty,
            citations=citations,
            hits=tuple(hits[:k]),
            collection=self.generation.manifest.collection,
            generation=self.generation.name,
            timings_ms={
                "encode": (encoded - began) * 1e3,
                "search": (searched - encoded) * 1e3,
                "read": (finished - searched) * 1e3,
            },
        )

    def _rank(self, candidates: Candidates, count: int) -> tuple[list[Hit], list[int]]:
        """Return the best hits with their rows, best first; equal scores stand in the order of the documents.

        What repeats a better hit is left out and listed with it, and the next takes its place.
        """
        fused = fuse(candidates, self._dense_weight)
        dense = dense_scores(candidates)
        order = [int(place) for place in np.argsort(-fused, kind="stable")]

        def hit(place: int, passage: Passage) -> Hit:
            return Hit(
                passage=passage,
                document_title=self._document(passage.document_id).title,
                score=float(fused[place]),
                dense=float(dense[place]),
                lexical=float(candidates.lexical[place]),
                best_span=passage.spans[candidates.best_spans[place]],
            )

        passages = self._passages([int(candidates.rows[place]) for place in order], count + 1)
        groups = distinct(zip(order, passages, strict=False), lambda item: item[1].text, count)
        hits = [replace(hit(*best), duplicates=tuple(hit(*item) for item in rest)) for best, *rest in groups]
        return hits, [int(candidates.rows[best[0]]) for best, *_ in groups]

    def _passages(self, rows: Sequence[int], first: int) -> Iterator[Passage]:
        """Read passages as they are asked for, but many at a time: ``first``, then twice as many each time."""
        begin = 0
        while begin < len(rows):
            end = 2 * begin + first
            yield from self.generation.database.passages(rows[begin:end])
            begin = end

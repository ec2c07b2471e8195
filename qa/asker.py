"""The path of one question: cut into parts; for each encode, find candidates, rank, read, decide; then cite."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial

from index.database import Database
from index.documents import Document, Passage
from index.generation import Generation
from qa.answers import Answer, AnswerPart, Hit, Listing
from qa.catalog import Catalog
from qa.citations import compose
from qa.confidence import confidence, features
from qa.duplicates import Fingerprint, distinct
from qa.engine import Candidates, Engine, Evidence, Query
from qa.errors import CitationError, QuestionError
from qa.explanation import explain
from qa.filters import NO_FILTERS, Filters
from qa.fusion import dense_scores, fuse
from qa.parts import context_of, split_question
from qa.reader import READ_PASSAGES, Quote, Reader, choose_quotes
from qa.reranking import Ranking, Reranker

MAX_QUESTION_CHARACTERS = 2_000
DEFAULT_K = 5
MAX_K = 100
CANDIDATE_DEPTH = 200
_KEPT_PASSAGES = 4096
"""How many passages are kept in memory, at a few kilobytes each."""


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


@dataclass(frozen=True, slots=True)
class _Shown:
    """What is shown of a passage, and what it is compared by."""

    passage: Passage
    title: str
    fingerprint: Fingerprint


def _load_passage(database: Database, row: int) -> _Shown:
    (passage,) = database.passages([row])
    title = database.title(passage.document_id)
    if title is None:
        raise _without_document(passage.document_id)
    return _Shown(passage, title, Fingerprint(passage.text))


def _load_document(database: Database, document_id: str) -> Document:
    document = database.document(document_id)
    if document is None:
        raise _without_document(document_id)
    return document


def _without_document(document_id: str) -> CitationError:
    return CitationError(f"the index has passages of {document_id!r} but not the document. Run `pincite index`.")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A question that is encoded and not yet answered.

    Attributes:
        question: As asked, white space trimmed.
        parts: What it asks for, in its own words.
        queries: One a part, as it is put to the index.
        seconds: What encoding took.
    """

    question: str
    parts: tuple[str, ...]
    queries: tuple[Query, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Ranked:
    """What matches a question in a collection that has something to search, in order.

    Attributes:
        candidates: Passages that may answer.
        ranking: Their order.
        hits: The best of them that do not repeat one another.
        ranks: Where each hit stands in the ranking.
    """

    candidates: Candidates
    ranking: Ranking
    hits: list[Hit]
    ranks: list[int]


@dataclass(frozen=True, slots=True)
class Match(Ranked):
    """What matches a question, read.

    Attributes:
        evidence: What the passages that were read, the first ``READ_PASSAGES`` hits, hold of the question.
        quotes: All their spans, the most probable first.
    """

    evidence: Evidence
    quotes: list[Quote]


@dataclass(frozen=True, slots=True)
class Found:
    """What came of one part of a question.

    Attributes:
        query: As it was put.
        match: What matches it; None where there is nothing to search.
        confidence: Estimated probability that the documents hold an answer.
        seconds: What searching, ranking and reading took.
    """

    query: Query
    match: Match | None
    confidence: float
    seconds: dict[str, float]

    @property
    def hits(self) -> list[Hit]:
        """The best passages; none where there is nothing to search."""
        return self.match.hits if self.match is not None else []


class Asker:
    """Answers questions from one generation; safe to call from several threads at once.

    Args:
        generation: Open.
        engine: Searches that generation.
        reranker: Orders what is found.
        reader: Finds the answer in the best of it.
        dense_weight: See ``qa.fusion.fuse``.
        min_confidence: Below this a question counts as not answered.
    """

    def __init__(
        self,
        generation: Generation,
        engine: Engine,
        reranker: Reranker,
        reader: Reader,
        *,
        dense_weight: float,
        min_confidence: float,
    ) -> None:
        self.generation = generation
        self.catalog = Catalog(generation.database, generation.manifest.counts.documents)
        self._engine = engine
        self._reranker = reranker
        self._reader = reader
        self._dense_weight = dense_weight
        self._min_confidence = min_confidence
        self._warm = False
        # Not around a method: that would hold the asker, and a generation that was replaced would stay in memory.
        self._document = lru_cache(maxsize=256)(partial(_load_document, generation.database))
        self._passage = lru_cache(maxsize=_KEPT_PASSAGES)(partial(_load_passage, generation.database))

    def warm_up(self) -> None:
        """Encode and search once, so that the first question finds everything loaded."""
        if not self._warm:
            self._engine.candidates(self._query("warm", NO_FILTERS), 1)
            self._warm = True

    def ask(
        self, question: str, k: int = DEFAULT_K, filters: Filters = NO_FILTERS, *, explained: bool = False
    ) -> Answer:
        """Answer a question, each of its parts by itself.

        Args:
            question: 1 to ``MAX_QUESTION_CHARACTERS`` characters.
            k: How many passages to return, 1 to ``MAX_K``; those that repeat another do not count.
            filters: Which documents to search. Where none matches, nothing is found and nothing answered.
            explained: Whether each hit comes with the reasons for its place.

        Raises:
            QuestionError: The question or k cannot be used.
            CitationError: A quote does not match its source.
        """
        return self.answer(self.prepare(question, filters), k, explained=explained)

    def prepare(self, question: str, filters: Filters = NO_FILTERS) -> Prepared:
        """Take the first step of ``ask``: cut a question into its parts, and encode them.

        Raises:
            QuestionError: The question cannot be used.
        """
        question = check_question(question)
        parts = tuple(split_question(question))
        began = time.perf_counter()
        queries = tuple(self._query(context_of(parts, number), filters) for number in range(len(parts)))
        return Prepared(question, parts, queries, time.perf_counter() - began)

    def answer(self, prepared: Prepared, k: int = DEFAULT_K, *, explained: bool = False) -> Answer:
        """Take the second step of ``ask``: answer what ``prepare`` has encoded.

        Raises:
            QuestionError: k cannot be used.
            CitationError: A quote does not match its source.
        """
        k = check_k(k)
        found = [self.match(query, k) for query in prepared.queries]
        began = time.perf_counter()
        chosen = [
            choose_quotes(one.match.quotes) if one.match and one.confidence >= self._min_confidence else []
            for one in found
        ]
        # A span that answers two parts is quoted once, and cited by both.
        quotes = list(dict.fromkeys((quote.passage, quote.span) for those in chosen for quote in those))
        text, citations = compose(
            self.generation.manifest.collection,
            [(self._document(passage.document_id), passage, span) for passage, span in quotes],
        )
        ids = {quote: citation.id for quote, citation in zip(quotes, citations, strict=True)}
        said = tuple(
            AnswerPart(
                question=part,
                answerable=bool(those),
                confidence=one.confidence,
                citations=tuple(ids[quote.passage, quote.span] for quote in those),
            )
            for part, one, those in zip(prepared.parts, found, chosen, strict=True)
        )
        hits = tuple(self._merged([(one.query, one.match) for one in found], k, explained))
        certain = [part.confidence for part in said if part.answerable]
        finished = time.perf_counter()
        stages = {stage: sum(one.seconds[stage] for one in found) for stage in ("search", "rank", "read")}
        stages = {"encode": prepared.seconds, **stages, "cite": finished - began}
        return Answer(
            question=prepared.question,
            text=text,
            answerable=bool(certain),
            # An answer is as sure as its least sure part; where there is none, as near as the nearest came to one.
            confidence=min(certain) if certain else max(one.confidence for one in found),
            parts=said,
            citations=citations,
            hits=hits,
            collection=self.generation.manifest.collection,
            generation=self.generation.name,
            timings_ms={stage: spent * 1e3 for stage, spent in stages.items()},
        )

    def list_hits(self, prepared: Prepared, k: int = DEFAULT_K, *, explained: bool = False) -> Listing:
        """List what ``answer`` would list, without reading it: nothing is quoted, and nothing decided.

        Raises:
            QuestionError: k cannot be used.
        """
        k = check_k(k)
        seconds = {"encode": prepared.seconds, "search": 0.0, "rank": 0.0}
        ranked = []
        for query in prepared.queries:
            one, spent = self._rank(query, k)
            ranked.append((query, one))
            for stage, took in spent.items():
                seconds[stage] += took
        return Listing(
            question=prepared.question,
            hits=tuple(self._merged(ranked, k, explained)),
            collection=self.generation.manifest.collection,
            generation=self.generation.name,
            timings_ms={stage: spent * 1e3 for stage, spent in seconds.items()},
        )

    def _query(self, text: str, filters: Filters) -> Query:
        return Query(text, self.generation.encoder.encode([text])[0], tuple(self.generation.analyze(text)), filters)

    def find(self, text: str, k: int = DEFAULT_K, filters: Filters = NO_FILTERS) -> Found:
        """Find, rank and read for a question of one part; parameters are those of ``ask``, unchecked."""
        return self.match(self._query(text, filters), k)

    def match(self, query: Query, k: int = DEFAULT_K) -> Found:
        """Find, rank and read for a part of a question; k is unchecked."""
        ranked, seconds = self._rank(query, k)
        if ranked is None:
            return Found(query, None, 0.0, {**seconds, "read": 0.0})
        began = time.perf_counter()
        candidates, ranking, hits, ranks = ranked.candidates, ranked.ranking, ranked.hits, ranked.ranks
        read = ranking.places[ranks[:READ_PASSAGES]]
        # Where many passages repeat one another, one may come up that was not looked at yet.
        evidence = ranking.evidence_of(read) or self._engine.evidence(query, candidates.rows[read])
        quotes = self._reader.read(query, hits[:READ_PASSAGES], evidence)
        certainty = confidence(features(candidates), self.generation.manifest.encoder_knows_language)
        match = Match(candidates, ranking, hits, ranks, evidence, quotes)
        return Found(query, match, certainty, {**seconds, "read": time.perf_counter() - began})

    def _rank(self, query: Query, k: int) -> tuple[Ranked | None, dict[str, float]]:
        """Find and rank, and tell what either took; k hits, but no fewer than reading takes."""
        began = time.perf_counter()
        candidates = self._engine.candidates(query, CANDIDATE_DEPTH)
        searched = time.perf_counter()
        if not len(candidates.rows):
            return None, {"search": searched - began, "rank": 0.0}
        ranking = self._reranker.rank(query, candidates, fuse(candidates, self._dense_weight))
        hits, ranks = self._hits(candidates, ranking, max(k, READ_PASSAGES))
        ranked = time.perf_counter()
        return Ranked(candidates, ranking, hits, ranks), {"search": searched - began, "rank": ranked - searched}

    def _merged(self, found: Sequence[tuple[Query, Ranked | None]], k: int, explained: bool) -> list[Hit]:
        """Return the best k hits: of several parts, each part's first, then each part's second, and so on."""
        merged: dict[str, Hit] = {}
        language = self.generation.manifest.language
        for rank in range(k):
            for query, ranked in found:
                if ranked is None or rank >= len(ranked.hits) or len(merged) == k:
                    continue
                hit = ranked.hits[rank]
                if hit.passage.id not in merged:
                    if explained:
                        why = explain(query, hit.passage, ranked.ranking, ranked.ranks[rank], language)
                        hit = replace(hit, explanation=why)
                    merged[hit.passage.id] = hit
        return list(merged.values())

    def _hits(self, candidates: Candidates, ranking: Ranking, count: int) -> tuple[list[Hit], list[int]]:
        """Return the best hits with their ranks among all candidates, best first.

        What repeats a better hit is left out and listed with it, and the next takes its place.
        """
        dense = dense_scores(candidates)

        rows = candidates.rows[ranking.places].tolist()

        def hit(rank: int, shown: _Shown, duplicates: tuple[Hit, ...] = ()) -> Hit:
            place = ranking.places[rank]
            return Hit(
                passage=shown.passage,
                document_title=shown.title,
                score=float(ranking.scores[rank]),
                dense=float(dense[place]),
                lexical=float(candidates.lexical[place]),
                best_span=shown.passage.spans[candidates.best_spans[place]],
                duplicates=duplicates,
            )

        ranked = ((rank, self._passage(row)) for rank, row in enumerate(rows))
        groups = distinct(ranked, lambda item: item[1].fingerprint, count)
        hits = [hit(*best, tuple(hit(*item) for item in rest)) for best, *rest in groups]
        return hits, [best[0] for best, *_ in groups]

"""Generations made up of words and vectors, without documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from types import SimpleNamespace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from index.bm25 import BM25
from index.database import DocumentMetadata
from index.generation import Generation
from index.publish import CONTEXT_WEIGHT, neighbour_cosines
from index.terms import TermProfiles, TermSequences
from index.vectors import VectorIndex
from qa.engine import Query
from qa.filters import NO_FILTERS, Filters

WORDS = ("bridge", "cable", "steel", "river", "toll")
DIMENSION = 6


@dataclass(frozen=True, slots=True)
class Words:
    """The terms of a passage: of its title and headings, and of each span."""

    context: list[str]
    spans: list[list[str]]


def generation_of(
    passages: Sequence[Words], vectors: NDArray[np.float32], metadata: Sequence[DocumentMetadata] = ()
) -> Generation:
    """Make a generation.

    Args:
        passages: Their terms, all of them in ``WORDS``.
        vectors: Of the passages, then of their spans; made unit vectors here.
        metadata: Of its documents.
    """
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    spans = [len(passage.spans) for passage in passages]
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    whole = [one.context * CONTEXT_WEIGHT + sum(one.spans, list[str]()) for one in passages]
    postings = BM25.build(whole, vocabulary)
    sequences = TermSequences.build([part for one in passages for part in (one.context, *one.spans)], vocabulary)
    span_offsets = np.array([0, *accumulate(spans)], dtype=np.int64)
    idfs = postings.idfs(np.arange(len(vocabulary), dtype=np.int32))
    made = SimpleNamespace(
        manifest=SimpleNamespace(counts=SimpleNamespace(passages=len(passages), spans=sum(spans))),
        vectors=VectorIndex.build(vectors),
        span_offsets=span_offsets,
        neighbours=neighbour_cosines(vectors[len(passages) :]),
        passage_postings=postings,
        sequences=sequences,
        profiles=TermProfiles.build(sequences, span_offsets, idfs),
        vocabulary=vocabulary,
        database=SimpleNamespace(metadata=lambda: metadata),
    )
    return cast("Generation", made)


def random_words(seed: int, passages: int) -> list[Words]:
    """Make the terms of passages; no passage has the last of ``WORDS``, and some have none at all."""
    random = np.random.default_rng(seed)

    def some(most: int) -> list[str]:
        return [str(word) for word in random.choice(WORDS[:4], random.integers(0, most))]

    return [Words(some(4), [some(5) for _ in range(random.integers(1, 5))]) for _ in range(passages)]


def made_up(seed: int, passages: int, documents: int = 1) -> Generation:
    """Make a generation of random vectors and words; every document is tagged with its own number."""
    words = random_words(seed, passages)
    random = np.random.default_rng(seed)
    vectors = random.standard_normal((passages + sum(len(one.spans) for one in words), DIMENSION))
    owners = random.integers(0, documents, passages)  # a document's rows need not stand together
    metadata = [
        DocumentMetadata(
            f"d{number}",
            f"Number {number}",
            None,
            None,
            (str(number),),
            tuple(np.flatnonzero(owners == number).tolist()),
        )
        for number in range(documents)
    ]
    return generation_of(words, vectors.astype(np.float32), metadata)


def question(seed: int, terms: tuple[str, ...], filters: Filters = NO_FILTERS, text: str = "what?") -> Query:
    """Make a question with a random vector."""
    vector = np.random.default_rng(seed).standard_normal(DIMENSION).astype(np.float32)
    return Query(text, vector / np.linalg.norm(vector), terms, filters)

"""What the servers answer from, and what they are asked: a BEIR folder, or the sample documents and their questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

from eval.benchmarks.errors import BenchmarkError
from eval.public import Lines
from eval.sets import load_set
from eval.standard import read_beir
from eval.statistics import SEED
from index.build import build_documents
from index.collection import Collection
from index.documents import Document
from index.encoder_store import StoredEncoder, ensure_encoder
from index.models import DEFAULT_MODEL, ModelFolder, resolve_model
from index.settings import Settings
from index.sources import read_sources
from index.tokens import Tokens
from index.worker import ReadLimits
from qa.factory import open_asker

_SEEDS, _SEEDS_SET = Path("seeds"), Path("eval/sets/seeds.yaml")
_WORDS = tuple("brief clear common easy exact few good honest modern old other plain short simple strict usual".split())
"""Of which openings are made ("In short words, ..."): another question then, of one meaning and as many parts."""
_BULK_TOKENS = 150


@dataclass(frozen=True, slots=True)
class Corpus:
    """Documents and questions.

    Attributes:
        name: Of the folder; no path.
        documents: Ready to be indexed.
        questions: All different.
    """

    name: str
    documents: tuple[Document, ...]
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Indexed:
    """A corpus as the default collection of a data folder.

    Attributes:
        data_dir: The data folder.
        passages: Texts of all passages, as they were cut: every server answers from these.
        spans: How many rows more our index has, one a span.
        model: The model that encoded them.
        encoder: The same, exported.
    """

    data_dir: Path
    passages: tuple[str, ...]
    spans: int
    model: ModelFolder
    encoder: StoredEncoder


def read_corpus(folder: Path | None) -> Corpus:
    """Read a BEIR folder, or without one the sample documents.

    Raises:
        BenchmarkError: The sample documents are not in the current folder.
        CollectionError: The folder is no BEIR folder.
    """
    if folder is not None:
        collection = read_beir(folder)
        questions = dict.fromkeys(question.text.strip() for question in collection.questions)
        return Corpus(folder.resolve().name, collection.documents, tuple(questions))
    if not _SEEDS.is_dir() or not _SEEDS_SET.is_file():
        raise BenchmarkError(
            f"there are no sample documents here ({_SEEDS}/ and {_SEEDS_SET}). Run this where Pincite's source is, or "
            "name a BEIR folder: python -m eval.benchmarks FOLDER"
        )
    documents = read_sources([_SEEDS], ReadLimits()).documents
    questions = dict.fromkeys(case.question for case in load_set(_SEEDS_SET).cases)
    return Corpus(_SEEDS.name, tuple(documents), tuple(questions))


def index_corpus(corpus: Corpus, data_dir: Path) -> Indexed:
    """Index a corpus with the default model.

    Raises:
        PinciteError: It cannot be indexed.
    """
    collection = Collection(data_dir, Settings().collection)
    build_documents(collection, corpus.documents, DEFAULT_MODEL, Lines())
    generation = open_asker(Settings(data_dir=data_dir)).generation
    counts = generation.manifest.counts
    passages = tuple(passage.text for passage in generation.database.passages(range(counts.passages)))
    model = resolve_model(DEFAULT_MODEL)
    return Indexed(data_dir, passages, counts.spans, model, ensure_encoder(collection.encoders, model))


def distinct_questions(questions: Sequence[str], count: int, round_number: int) -> list[str]:
    """Return different questions in an order of the round's own: those given first, then the same behind other words.

    Args:
        questions: All different.
        count: How many are wanted; there may be fewer.
        round_number: Seeds the order.
    """
    random = np.random.default_rng((SEED, round_number))
    described = (" ".join(words) for number in (1, 2) for words in product(_WORDS, repeat=number))
    openings = ["", *(f"In {words} words, " for words in described)]
    found: dict[str, None] = {}
    for opening in openings:
        found.update((f"{opening}{questions[place]}", None) for place in random.permutation(len(questions)))
        if len(found) >= count:
            break
    return list(found)[:count]


def paragraphs(indexed: Indexed, count: int) -> list[str]:
    """Return texts of about 150 tokens each: the passages, joined and cut anew.

    Args:
        indexed: The passages, and the model whose tokens are counted.
        count: How many are wanted; there may be fewer.
    """
    text = " ".join(indexed.passages)
    windows = Tokens(indexed.model).windows(text, _BULK_TOKENS)
    return [text[start:end] for start, end in windows[:-1][:count]]  # the last one is as long as what was left

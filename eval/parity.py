"""What each shortcut of search does to what is found: ``python -m eval.parity FOLDER``.

The folder holds public collections, as for ``eval.quality``. Each is asked with vectors of its questions made in
several ways, and with several indexes over the same rows; all else is as it is served. Documents are always encoded at
full precision.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.public import indexed
from eval.quality import RANKING_FLOORS, ranking
from eval.standard import StandardCollection, read_beir
from index.collection import Collection
from index.encoder_store import read_encoder
from index.errors import PinciteError
from index.models import resolve_model
from index.onnx_encoder import OnnxEncoder
from index.sentence_transformer import SentenceTransformerEncoder
from index.vectors import VectorIndex
from qa.asker import Asker, Found
from qa.engine import Query

_DEPTH = 20
_TOGETHER = 16


@dataclass(frozen=True, slots=True)
class Way:
    """One way to search a collection.

    Attributes:
        name: What is special about it.
        ndcg: nDCG@10.
        success: Success@1.
        others: Share of the questions whose first passage is not the one that they have as served.
    """

    name: str
    ndcg: float
    success: float
    others: float


def _vectors(asker: Asker, data_dir: Path, texts: Sequence[str]) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Yield the questions' vectors made in other ways than they are served."""
    manifest = asker.generation.manifest
    encoders = Collection(data_dir, manifest.collection).encoders
    stored = read_encoder(encoders, manifest.encoder.fingerprint)
    tokens, most = stored.folder / "tokenizer.json", stored.record.max_tokens
    together = _Together(stored.folder / "model.int8.onnx", tokens, most)
    yield f"questions {_TOGETHER} at a time (not done)", together.encode(texts)
    exported = OnnxEncoder(stored.folder / "model.onnx", tokens, most)
    yield "questions at full precision, exported", exported.encode(texts)
    original = SentenceTransformerEncoder(resolve_model(stored.record.model).path)
    yield "questions by sentence-transformers", original.encode(texts)


class _Together(OnnxEncoder):
    """Encodes as many texts at a time as come, as no encoder does that answers."""

    def __init__(self, model_file: Path, tokenizer_file: Path, max_tokens: int) -> None:
        super().__init__(model_file, tokenizer_file, max_tokens)
        self._batch = _TOGETHER


def _indexes(built: VectorIndex) -> Iterator[tuple[str, VectorIndex]]:
    """Yield other indexes over the same rows."""
    rows = built.rows(np.arange(built.count))
    if built.scan(rows[0]) is not None:
        yield "all rows compared at half precision", VectorIndex.build(rows, scanned=0)
    near = VectorIndex.build(rows, scanned=0, compared=0)
    how = near.how
    if how.effort:
        yield f"approximate: {how.kind}, nprobe {how.effort} (recall@10 {how.recall_at_10:.4f})", near


def _found(asker: Asker, texts: Sequence[str], vectors: NDArray[np.float32]) -> list[Found]:
    analyze = asker.generation.analyze
    return [
        asker.match(Query(text, vector, tuple(analyze(text))), _DEPTH)
        for text, vector in zip(texts, vectors, strict=True)
    ]


def _measured(name: str, collection: StandardCollection, found: list[Found], served: list[Found]) -> Way:
    ndcg, success = (figure.value for figure in ranking(collection, found))
    firsts = [[one.hits[0].passage.id if one.hits else "" for one in each] for each in (found, served)]
    return Way(name, ndcg, success, float(np.mean([one != other for one, other in zip(*firsts, strict=True)])))


def ways(collection: StandardCollection, asker: Asker, data_dir: Path) -> Iterator[Way]:
    """Yield what each way of searching finds, the served one first."""
    texts = [question.text for question in collection.questions]
    generation = asker.generation
    built = generation.vectors
    vectors = np.vstack([generation.encoder.encode([text]) for text in texts])
    served = _found(asker, texts, vectors)
    precision = "float16" if built.scan(vectors[0]) is None else "float32"
    name = f"as served: int8, each question by itself; all {precision} rows compared"
    yield _measured(name, collection, served, served)
    for name, made in _vectors(asker, data_dir, texts):
        yield _measured(name, collection, _found(asker, texts, made), served)
    for name, index in _indexes(built):
        generation.vectors = index
        yield _measured(name, collection, _found(asker, texts, vectors), served)
    generation.vectors = built


def main() -> int:
    """Print a table; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m eval.parity", description=__doc__)
    parser.add_argument("folder", metavar="FOLDER", type=Path)
    parser.add_argument("--data-dir", type=Path, default=Path("var/experiments"))
    given = parser.parse_args()
    try:
        for name in RANKING_FLOORS:
            collection = read_beir(given.folder / name)
            asker = indexed(collection.name, collection.documents, given.data_dir)
            counts = asker.generation.manifest.counts
            print(f"\n{name}: {len(collection.questions)} questions, {counts.passages + counts.spans} rows\n")
            print("| search | nDCG@10 | Success@1 | another first passage |\n|---|---:|---:|---:|")
            for way in ways(collection, asker, given.data_dir):
                print(f"| {way.name} | {way.ndcg:.4f} | {way.success:.4f} | {way.others:.1%} |", flush=True)
    except PinciteError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""How a question's cost grows with the collection: ``python -m eval.benchmarks.scale FOLDER --rows 1000 ... 1000000``.

The folder is a BEIR folder. Its documents are encoded once, and grown to as many rows (passages and sentences) as are
wanted: a further passage takes its sentences by turns from two real passages that are near each other, its vectors are
those of its sentences, and every vector is moved a little. So texts and vectors agree, and are spread as real ones are.
The questions are the folder's own. Each size is asked in a process of its own, on one thread.
"""

from __future__ import annotations

import argparse
import datetime
import gc
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.benchmarks.corpus import index_corpus, read_corpus
from eval.benchmarks.errors import BenchmarkError
from eval.benchmarks.processes import memory
from eval.benchmarks.results import Machine
from index.collection import Collection
from index.documents import Document, Passage, Span
from index.errors import PinciteError
from index.generation import Generation
from index.manifest import Manifest
from index.publish import Contents, publish
from index.settings import Settings
from index.vectors import VectorIndex
from qa.factory import open_asker

SIZES = (1_000, 10_000, 100_000, 1_000_000)
_QUESTIONS = 500
_NOISE = 0.3
"""Length of what is added to each unit vector, in a random direction."""
_SEED = 0
_EXPLAINED = """
Real documents, grown as `eval/benchmarks/scale.py` describes; the folder's own questions. A question's time is from its
vector to ranked passages and quotes, on one thread; encoding it comes on top. Memory is the whole process's, after the
questions, pages of mapped files included. The build does not count the encoding.
"""


@dataclass(frozen=True, slots=True)
class Size:
    """What was measured at one size.

    Attributes:
        rows: Passages and sentences.
        passages: Of these, passages.
        build_seconds: To write the generation, vectors given: postings, profiles, vectors' index, hashes.
        disk_mb: Of the generation, in MB (10^6 bytes).
        search: How the nearest rows are found; the recall at 10 that was measured while building.
        recall_at_10: Share of the 10 nearest rows found, over the questions, against a comparison of all in float32.
        open_seconds: To open it, every file's hash checked.
        pss_mb: Memory of the process that has answered the questions, pages of mapped files included.
        p50_ms: Of a question, from its vector to ranked passages and quotes: median.
        p99_ms: The 99th percentile.
    """

    rows: int
    passages: int
    build_seconds: float
    disk_mb: float
    search: str
    recall_at_10: float
    open_seconds: float
    pss_mb: float | None
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class _Real:
    """Real passages of one collection, and their vectors."""

    passages: Sequence[Passage]
    manifest: Manifest
    of_passages: NDArray[np.float32]
    of_spans: NDArray[np.float32]
    span_offsets: NDArray[np.int64]


def _moved(vectors: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    """Return unit vectors moved a little, each in a random direction."""
    noise = random.standard_normal(vectors.shape, dtype=np.float32)
    moved = vectors + noise * np.float32(_NOISE / np.sqrt(vectors.shape[1]))
    return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True), dtype=np.float32)


def _grown(real: _Real, rows: int) -> Iterator[tuple[list[str], NDArray[np.int64], int]]:
    """Yield passages until there are enough rows: their sentences, the numbers of these, and the passage begun with."""
    index = VectorIndex.build(real.of_passages)
    random = np.random.default_rng(_SEED)
    made = 0
    while made < rows:
        for number in random.permutation(len(real.passages)).tolist():
            near = index.nearest(real.of_passages[number], 8)
            other = int(random.choice(near)) if made >= len(real.of_spans) + len(real.passages) else number
            texts, numbers = [], []
            for place in range(len(real.passages[number].spans)):
                of = other if place % 2 and place < len(real.passages[other].spans) else number
                texts.append(real.passages[of].text_of(real.passages[of].spans[place]))
                numbers.append(int(real.span_offsets[of]) + place)
            yield texts, np.array(numbers), number
            made += 1 + len(texts)
            if made >= rows:
                return


def contents_of(real: _Real, rows: int) -> Contents:
    """Make documents, passages and vectors of about so many rows; one document holds one passage."""
    random = np.random.default_rng(_SEED + 1)
    documents, passages, spans, firsts = [], [], [], []
    for number, (texts, numbers, first) in enumerate(_grown(real, rows)):
        text = " ".join(texts)
        ends = np.cumsum([len(one) + 1 for one in texts]) - 1
        name = f"d{number:07}"
        documents.append(Document(id=name, title=name, text=text, titled=False))
        places = tuple(Span(int(end) - len(one), int(end)) for one, end in zip(texts, ends, strict=True))
        passages.append(Passage(f"p{number:07}", name, 0, 0, len(text), text, headings=(), page=None, spans=places))
        spans.append(numbers)
        firsts.append(first)
    chosen = np.concatenate(spans)
    count = len(passages)
    vectors = np.empty((count + len(chosen), real.of_spans.shape[1]), dtype=np.float32)
    for begin in range(0, count, 10_000):
        block = slice(begin, min(begin + 10_000, count))
        vectors[block] = _moved(real.of_passages[firsts[block]], random)
    for begin in range(0, len(chosen), 50_000):
        end = min(begin + 50_000, len(chosen))
        vectors[count + begin : count + end] = _moved(real.of_spans[chosen[begin:end]], random)
    keys = np.frombuffer(hashlib.shake_256(b"rows").digest(16 * len(vectors)), dtype=np.uint64).reshape(-1, 2)
    return Contents(
        documents=documents,
        passages=passages,
        vectors=vectors,
        keys=keys,
        language="en",
        encoder_knows_language=True,
        segmenter=real.manifest.segmenter,
        encoder=real.manifest.encoder,
    )


def _nearest(vectors: NDArray[np.float32], questions: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Return the nearest rows of each question by comparison with all, ``(questions, count)`` int64."""
    best = [np.argpartition(-(vectors @ question), count)[:count] for question in questions]
    return np.asarray(best, dtype=np.int64)


def measure(data_dir: Path, questions: Sequence[str], nearest: NDArray[np.int64]) -> dict[str, float | str | None]:
    """Open a collection and ask; to be run in a process that has done nothing else.

    Args:
        data_dir: Its default collection is asked.
        questions: What is asked.
        nearest: ``(questions, n)`` int64, the nearest rows of each.
    """
    began = time.perf_counter()
    asker = open_asker(Settings(data_dir=data_dir))
    asker.warm_up()
    opened = time.perf_counter() - began
    gc.collect()
    gc.freeze()  # as the service does
    generation: Generation = asker.generation
    taken, vectors = [], []
    for question in questions:
        one = asker.find(question)
        taken.append(1e3 * sum(one.seconds.values()))
        vectors.append(one.query.vector)  # and no more: what is kept, Python's collector looks through again and again
    held = memory([os.getpid()])
    found = [generation.vectors.nearest(vector, nearest.shape[1]) for vector in vectors]
    hits = [len(np.intersect1d(rows, best)) for rows, best in zip(found, nearest, strict=True)]
    how = generation.vectors.how
    search = how.kind if not how.effort else f"{how.kind}, nprobe {how.effort} ({how.recall_at_10:.4f} at build)"
    p50, p99 = np.percentile(taken, (50, 99))
    return {
        "search": search,
        "recall_at_10": float(np.sum(hits) / nearest.size),
        "open_seconds": opened,
        "pss_mb": held[0].pss_mb if held else None,
        "p50_ms": float(p50),
        "p99_ms": float(p99),
    }


def run(folder: Path, sizes: Sequence[int], work: Path) -> Iterator[Size]:
    """Yield what is measured at each size.

    Args:
        folder: BEIR folder.
        sizes: Rows.
        work: Empty folder.
    """
    corpus = read_corpus(folder)
    index_corpus(corpus, work / "real")
    asker = open_asker(Settings(data_dir=work / "real"))
    generation = asker.generation
    counts = generation.manifest.counts
    every = generation.vectors.rows(np.arange(generation.vectors.count))
    real = _Real(
        generation.database.all_passages(),
        generation.manifest,
        every[: counts.passages],
        every[counts.passages :],
        generation.span_offsets,
    )
    questions = list(corpus.questions[:_QUESTIONS])
    # One by one: int8 vectors depend a little on what is encoded with them, and each question will be asked alone.
    vectors = np.vstack([generation.encoder.encode([question]) for question in questions])
    for rows in sizes:
        contents = contents_of(real, rows)
        data_dir = work / "grown"
        collection = Collection(data_dir, Settings().collection)
        shutil.copytree(work / "real" / "encoders", collection.encoders)
        with collection.lock("benchmark"):
            began = time.perf_counter()
            manifest = publish(collection, contents)
            built = time.perf_counter() - began
        of = collection.generation_folder(manifest.generation)
        disk = sum(file.stat().st_size for file in of.iterdir()) / 1e6
        (work / "asked.json").write_text(json.dumps(questions), encoding="utf-8")
        np.save(work / "nearest.npy", _nearest(contents.vectors, vectors, 10))
        count, passages = len(contents.vectors), len(contents.passages)
        del contents
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", "eval.benchmarks.scale", "--measure", str(work)],
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise BenchmarkError(f"the collection of {count} rows cannot be asked:\n{done.stderr}")
        yield Size(count, passages, built, disk, **json.loads(done.stdout))
        shutil.rmtree(data_dir)


def _table(sizes: Sequence[Size]) -> str:
    head = (
        "| rows | passages | nearest rows by | recall@10 | p50 ms | p99 ms | memory MB | disk MB | build s | open s |",
        "|---|---|---|---|---|---|---|---|---|---|",
    )
    lines = (
        f"| {one.rows:,} | {one.passages:,} | {one.search} | {one.recall_at_10:.4f} | {one.p50_ms:.1f} | "
        f"{one.p99_ms:.1f} | {'-' if one.pss_mb is None else f'{one.pss_mb:.0f}'} | {one.disk_mb:.0f} | "
        f"{one.build_seconds:.1f} | {one.open_seconds:.1f} |"
        for one in sizes
    )
    return "\n".join((*head, *lines))


def main() -> int:
    """Measure, print and write ``scale.json`` and ``scale.md``; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m eval.benchmarks.scale", description=__doc__)
    parser.add_argument("folder", metavar="FOLDER", type=Path)
    parser.add_argument("--rows", type=int, nargs="+", default=SIZES)
    parser.add_argument("--out", type=Path, default=Path("docs/benchmarks"))
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args(["--measure", sys.argv[2]] if sys.argv[1:2] == ["--measure"] else None)
    if given.measure:
        questions = json.loads((given.folder / "asked.json").read_text(encoding="utf-8"))
        print(json.dumps(measure(given.folder / "grown", questions, np.load(given.folder / "nearest.npy"))))
        return 0
    command = f"python -m eval.benchmarks.scale {given.folder.resolve().name} --rows {' '.join(map(str, given.rows))}"
    machine, sizes = Machine.this(), []
    try:
        with tempfile.TemporaryDirectory(prefix="pincite-scale-") as work:
            for size in run(given.folder, given.rows, Path(work)):
                sizes.append(size)
                print(size, flush=True)
    except PinciteError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    date = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}"
    given.out.mkdir(parents=True, exist_ok=True)
    record = {"date": date, "command": command, "machine": asdict(machine), "sizes": [asdict(one) for one in sizes]}
    (given.out / "scale.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    made = f"`{command}`, {date}; {machine.cpu}, {machine.cores} cores."
    page = f"# A question's cost by the size of the collection\n\n{made}\n{_EXPLAINED}\n{_table(sizes)}\n"
    (given.out / "scale.md").write_text(page, encoding="utf-8")
    print(_table(sizes))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Where the time of a question goes, stage by stage: ``python -m eval.benchmarks.stages FOLDER``.

The folder is a BEIR folder; without one, the sample documents are asked. Medians over the questions, in one process and
on one thread; the first questions are not counted.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from eval.benchmarks.corpus import index_corpus, read_corpus
from index.errors import PinciteError
from index.settings import Settings
from qa.asker import CANDIDATE_DEPTH, Asker
from qa.confidence import features
from qa.engine import Query
from qa.factory import open_asker
from qa.fusion import fuse
from qa.local_engine import LocalEngine
from qa.parts import split_question
from qa.reader import READ_PASSAGES, EvidenceReader, choose_quotes
from qa.reranking import EvidenceReranker

_UNCOUNTED = 500
"""How many questions are asked first: caches fill, as they do in a service."""
_QUESTIONS = 1_000


def stages(asker: Asker, questions: Sequence[str], dense_weight: float) -> dict[str, float]:
    """Return the median milliseconds of each stage, and of a whole answer.

    Args:
        asker: Answers them.
        questions: More than are left uncounted, if any are to be counted.
        dense_weight: As for ``EvidenceReranker``.
    """
    generation, engine = asker.generation, LocalEngine(asker.generation)
    reranker, reader = EvidenceReranker(engine, dense_weight), EvidenceReader()
    taken: dict[str, list[float]] = defaultdict(list)

    @contextmanager
    def timed(stage: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        taken[stage].append(time.perf_counter() - began)

    for text in questions:
        match = asker.find(text).match
        if match is None:
            continue
        with timed("split into parts"):
            split_question(text)
        with timed("encode"):
            vector = generation.encoder.encode([text])[0]
        with timed("analyse"):
            terms = tuple(generation.analyze(text))
        query = Query(text, vector, terms)
        with timed("find candidates: vectors and BM25"):
            candidates = engine.candidates(query, CANDIDATE_DEPTH)
            first = fuse(candidates, dense_weight)
        with timed("rank the best fifty"):
            ranking = reranker.rank(query, candidates, first)
        with timed("read the best eight"):
            read = ranking.places[match.ranks[:READ_PASSAGES]]
            evidence = ranking.evidence_of(read) or engine.evidence(query, candidates.rows[read])
            choose_quotes(reader.read(query, match.hits[:READ_PASSAGES], evidence))
            features(candidates)
        with timed("whole answer, with passages, citations and checks"):
            asker.ask(text)
    return {stage: 1e3 * float(np.median(seconds[_UNCOUNTED:] or seconds)) for stage, seconds in taken.items()}


def main() -> int:
    """Measure and print; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m eval.benchmarks.stages", description=__doc__)
    parser.add_argument("folder", metavar="FOLDER", nargs="?", type=Path)
    given = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="pincite-stages-") as work:
            corpus = read_corpus(given.folder)
            index_corpus(corpus, Path(work))
            settings = Settings(data_dir=Path(work))
            asker = open_asker(settings)
            found = stages(asker, corpus.questions[: _UNCOUNTED + _QUESTIONS], settings.dense_weight)
    except PinciteError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    counts = asker.generation.manifest.counts
    print(f"{counts.passages} passages, {counts.spans} sentences; milliseconds, median")
    for stage, milliseconds in found.items():
        print(f"  {stage:<52}{milliseconds:7.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Every quality figure on public collections, beside its floor: ``python -m eval.quality FOLDER``.

The folder holds one folder a collection, as ``eval.public`` describes them, under the names below. Nothing is drawn at
random. No weight was fitted to a test question here (``eval.training`` fits, on others), but the test figures were
looked at while levers were compared, so they are not blind; ``docs/decisions.md`` tells which.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import ir_measures
import numpy as np
from ir_measures import Success, nDCG

from eval.measures import auroc, calibration_error
from eval.public import accepted_answers, half_of, indexed
from eval.standard import Question, StandardCollection, read_beir
from qa.asker import CANDIDATE_DEPTH, Asker, Found, Match
from qa.confidence import features, threshold
from qa.fusion import fuse
from qa.local_engine import LocalEngine
from qa.reader import READ_PASSAGES, EvidenceReader, choose_quotes
from qa.reranking import EvidenceReranker

SQUAD, SHIFTS = "squad_dev_v2.0_half", "squadshifts_new_wiki"
RANKING_FLOORS: dict[str, tuple[float, float | None]] = {
    "scifact": (0.755, None),
    "nfcorpus": (0.372, None),
    "cranfield": (0.495, None),
    SQUAD: (0.925, 0.86),
}
"""nDCG@10 and Success@1."""
FIRST_FLOOR, THREE_FLOOR = 0.80, 0.93
OFF_CORPUS_FLOOR, NEAR_MISS_FLOOR = 0.99, 0.75
CALIBRATION_CEILING = 0.05
COST_CEILING_MS = 4.0
_COST_COLLECTION = "scifact"
_DEPTH = 20
_RISKS = (0.02, 0.05, 0.1, 0.15, 0.2)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, and what it should reach; a ceiling where ``at_most``."""

    name: str
    value: float
    goal: float | None = None
    at_most: bool = False

    def __str__(self) -> str:
        """Return a line of the report."""
        line = f"  {self.name:<58}{self.value:8.4f}"
        if self.goal is None:
            return line
        met = self.value <= self.goal if self.at_most else self.value >= self.goal
        return f"{line}   {'at most' if self.at_most else 'floor'} {self.goal}: {'met' if met else 'NOT MET'}"


def ranking(collection: StandardCollection, found: Sequence[Found]) -> Iterator[Figure]:
    """Yield nDCG@10 and Success@1 over all judged questions; what repeats a better hit follows it."""
    qrels = {question.id: question.relevant for question in collection.questions}
    run = {}
    for question, one in zip(collection.questions, found, strict=True):
        names = (hit.passage.document_id for best in one.hits for hit in (best, *best.duplicates))
        run[question.id] = {name: -float(rank) for rank, name in enumerate(dict.fromkeys(names))}
    values = ir_measures.calc_aggregate([nDCG @ 10, Success @ 1], qrels, run)
    ndcg, success = RANKING_FLOORS.get(collection.name, (None, None))
    yield Figure(f"{collection.name}, {len(qrels)} questions: nDCG@10", values[nDCG @ 10], ndcg)
    yield Figure(f"{collection.name}: Success@1", values[Success @ 1], success)


def _holds(match: Match | None, answers: Sequence[str]) -> tuple[list[bool], int]:
    """Return which spans, the most probable first, hold an accepted answer, and how many of them are quoted."""
    if match is None:
        return [False], 0
    texts = [quote.passage.text_of(quote.span) for quote in match.quotes]
    return [any(answer in text for answer in answers) for text in texts], len(choose_quotes(match.quotes))


def quotes(name: str, asked: Sequence[tuple[Question, Found]], answers: dict[str, list[str]]) -> Iterator[Figure]:
    """Yield how often the quotes hold an accepted answer, over the answerable questions."""
    read = [_holds(one.match, answers[question.id]) for question, one in asked if answers.get(question.id)]
    goals = (FIRST_FLOOR, THREE_FLOOR) if name == SQUAD else (None, None)
    yield Figure(f"{name}: an answer in the first citation", float(np.mean([held[0] for held, _ in read])), goals[0])
    yield Figure(f"{name}: in the reader's first three", float(np.mean([any(held[:3]) for held, _ in read])), goals[1])
    yield Figure(f"{name}: in the citations that are given", float(np.mean([any(held[:n]) for held, n in read])))
    yield Figure(f"{name}: citations an answer", float(np.mean([n for _, n in read])))


def abstention(
    name: str, asked: Sequence[tuple[bool, float]], floor: float | None, ceiling: float | None
) -> Iterator[Figure]:
    """Yield AUROC and calibration error, and the share answered at some risks.

    Args:
        name: Of the questions.
        asked: Of each question: whether the documents answer it, and the confidence.
        floor: Of the AUROC.
        ceiling: Of the expected calibration error.
    """
    answerable = np.array([item[0] for item in asked])
    confidence = np.array([item[1] for item in asked])
    yield Figure(f"{name}, {len(asked)} questions: AUROC", auroc(answerable, confidence), floor)
    error = calibration_error(answerable, confidence)
    yield Figure(f"{name}: expected calibration error", error, ceiling, at_most=True)
    for most in _RISKS:
        given = confidence >= threshold(most)
        yield Figure(f"{name}: answered at max_risk {most:.2f}", float(given.mean()))
        unsupported = float((given & ~answerable).sum() / max(given.sum(), 1))
        yield Figure(f"{name}: of which the documents do not answer", unsupported)


def cost(asker: Asker, questions: Sequence[Question]) -> Iterator[Figure]:
    """Yield what a question costs on top of the first pass, in milliseconds: the median over the questions."""
    generation, engine = asker.generation, LocalEngine(asker.generation)
    reranker, reader = EvidenceReranker(engine, 0.7), EvidenceReader()
    taken, first_pass = [], []
    for question in questions:
        found = asker.find(question.text)
        if found.match is None:
            continue
        began = time.perf_counter()
        candidates = engine.candidates(found.query, CANDIDATE_DEPTH)
        first = fuse(candidates, 0.7)
        fused = time.perf_counter()
        ranked = reranker.rank(found.query, candidates, first)
        read = ranked.places[found.match.ranks[:READ_PASSAGES]]
        evidence = ranked.evidence_of(read) or engine.evidence(found.query, candidates.rows[read])
        choose_quotes(reader.read(found.query, found.match.hits[:READ_PASSAGES], evidence))
        features(candidates)
        taken.append((time.perf_counter() - fused) * 1e3)
        first_pass.append((fused - began) * 1e3)
    counts = generation.manifest.counts
    rows = counts.passages + counts.spans
    yield Figure(f"first pass over {rows} rows, ms a question", float(np.median(first_pass)))
    yield Figure("ranking, reading and confidence on top, ms", float(np.median(taken)), COST_CEILING_MS, at_most=True)


def figures(folder: Path, data_dir: Path) -> Iterator[Figure]:
    """Yield all figures of the collections in a folder."""
    for name in (*RANKING_FLOORS, SHIFTS):
        collection = read_beir(folder / name)
        asker = indexed(collection.name, collection.documents, data_dir)
        found = [asker.find(question.text, _DEPTH) for question in collection.questions]
        yield from ranking(collection, found)
        if name == _COST_COLLECTION:
            yield from cost(asker, collection.questions)
        if name in (SQUAD, SHIFTS):
            answers = accepted_answers(folder / name)
            asked = list(zip(collection.questions, found, strict=True))
            yield from quotes(name, asked, answers)
            if name == SQUAD:
                judged = [(bool(answers.get(question.id)), one.confidence) for question, one in asked]
                yield from abstention("near misses (SQuAD 2.0)", judged, NEAR_MISS_FLOOR, None)
                documents = half_of(collection)
                half = indexed(f"half {name}", documents, data_dir)
                kept = {document.id for document in documents}
                judged = [
                    (not kept.isdisjoint(question.relevant), half.find(question.text).confidence)
                    for question in collection.questions
                    if answers.get(question.id)
                ]
                yield from abstention("off-corpus (SQuAD)", judged, OFF_CORPUS_FLOOR, CALIBRATION_CEILING)


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data-dir", type=Path, default=Path("var/experiments"))
    options = parser.parse_args()
    for figure in figures(options.folder, options.data_dir):
        print(figure, flush=True)


if __name__ == "__main__":
    main()

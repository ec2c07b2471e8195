"""What is measured, under the field's names.

Ranking measures are ir-measures'. Text measures are SQuAD's exact match and token F1 (Rajpurkar et al., 2016), on its
normalised text. Quote precision and recall count characters, as token-wise precision and recall do in "Evaluating
Chunking Strategies for Retrieval" (Smith and Troynikov, 2024). Refusal measures treat confidence as a classifier's
score: AUROC, coverage at a risk (El-Yaniv and Wiener, 2010), expected calibration error (Guo et al., 2017).
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import ir_measures
import numpy as np
from ir_measures import RR, R, Success, nDCG
from numpy.typing import NDArray
from scipy.stats import rankdata

from eval.gold import Located
from eval.records import Answered, Place, Ranked, Result

RANKING = (Success @ 1, Success @ 5, nDCG @ 10, RR @ 10, R @ 5, R @ 20)
DEPTH = 20
"""How many passages a run asks for: the deepest cut-off above."""

TEXT = ("EM", "F1", "QuoteP", "QuoteR")
CASE_MEASURES = (*map(str, RANKING), *TEXT, "answered", "refused")
"""Taken of every single case (which of them, depends on whether it is answerable); a set's value is their mean."""

SET_MEASURES = ("AUROC", "Coverage@5%risk", "Precision", "Recall", "ECE")
"""Taken of all cases together."""

LOWER_IS_BETTER = frozenset({"ECE"})
MAX_RISK = 0.05
_BINS = 10


def _normalized(text: str) -> list[str]:
    """Return SQuAD's normalised tokens: lower case, without punctuation and articles."""
    bare = "".join(char for char in text.lower() if char not in string.punctuation)
    return re.sub(r"\b(a|an|the)\b", " ", bare).split()


def exact_match(answer: str, accepted: Sequence[str]) -> float:
    """Return 1 if an answer's normalised tokens are those of an accepted one, else 0."""
    return float(any(_normalized(answer) == _normalized(one) for one in accepted))


def token_f1(answer: str, accepted: Sequence[str]) -> float:
    """Return the best harmonic mean of token precision and recall over the accepted answers."""
    given = Counter(_normalized(answer))
    best = exact_match(answer, accepted)  # where both are nothing once normalised, they are alike
    for one in accepted:
        wanted = Counter(_normalized(one))
        common = (given & wanted).total()
        if common:
            precision, recall = common / given.total(), common / wanted.total()
            best = max(best, 2 * precision * recall / (precision + recall))
    return best


def _characters(places: Sequence[Place]) -> set[tuple[str, int]]:
    return {(place.document_id, offset) for place in places for offset in range(place.start, place.end)}


def quote_overlap(citations: Sequence[Place], gold: Sequence[Located]) -> tuple[float, float]:
    """Return quote precision and recall.

    Precision is the share of cited characters that lie in a gold quote. Recall is the share of the gold quotes'
    characters that are cited; where a quote occurs in several places, the best covered one counts.
    """
    cited = _characters(citations)
    wanted = _characters([place for located in gold for place in located.places])
    best = [max((_characters([place]) for place in located.places), key=lambda c: len(c & cited)) for located in gold]
    needed = set().union(*best)
    return (len(cited & wanted) / len(cited) if cited else 0.0, len(needed & cited) / len(needed) if needed else 0.0)


def listed_as(passages: Sequence[Ranked], gold: Iterable[str]) -> frozenset[str]:
    """Return the ids of gold passages as they were listed: one that repeats a better passage counts as that one."""
    shown = {repeat.id: passage.id for passage in passages for repeat in passage.repeats}
    return frozenset(shown.get(name, name) for name in gold)


def measure_case(answered: Answered, accepted: Sequence[str], gold: Sequence[Located]) -> dict[str, float]:
    """Measure one answer; without gold, only whether it was refused."""
    if not gold:
        return {"refused": float(not answered.answerable)}
    names = set().union(*(located.passages for located in gold))
    qrels = {"case": dict.fromkeys(listed_as(answered.passages, names), 1)}
    # Ranks, not scores: where scores are equal, the measures must not choose an order of their own.
    run = {"case": {passage.id: -float(rank) for rank, passage in enumerate(answered.passages)}}
    ranking = ir_measures.calc_aggregate(RANKING, qrels, run)
    precision, recall = quote_overlap(answered.citations, gold)
    return {
        **{str(measure): float(ranking[measure]) for measure in RANKING},
        "EM": exact_match(answered.text, accepted),
        "F1": token_f1(answered.text, accepted),
        "QuoteP": precision,
        "QuoteR": recall,
        "answered": float(answered.answerable),
    }


def is_right(result: Result) -> bool:
    """Tell whether the best passage holds a gold quote: what confidence should foretell, whether or not it refuses."""
    return result.measures.get(str(Success @ 1)) == 1


def auroc(answerable: NDArray[np.bool_], confidence: NDArray[np.float64]) -> float:
    """Return how probable it is that an answerable case has more confidence than another; NaN with one kind only.

    From the sum of ranks (Mann and Whitney, 1947).
    """
    if answerable.all() or not answerable.any():
        return float("nan")
    positives = int(answerable.sum())
    ranks = rankdata(confidence)[answerable].sum()  # ties share their mean rank
    return float((ranks - positives * (positives + 1) / 2) / (positives * (len(answerable) - positives)))


def risk_coverage(right: NDArray[np.bool_], confidence: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Return coverage and risk as cases are answered from the most confident down.

    Returns:
        Two float64 arrays, one entry a distinct confidence: the share of cases answered, and the share of those that
        are wrong.
    """
    order = np.argsort(-confidence, kind="stable")
    answered = np.arange(1, len(order) + 1)
    risk = np.cumsum(~right[order]) / answered
    # Cases of equal confidence are answered together or not at all.
    last = np.append(np.diff(confidence[order]) != 0, True)
    return (answered / len(order))[last], risk[last]


def coverage_at_risk(right: NDArray[np.bool_], confidence: NDArray[np.float64], risk: float) -> float:
    """Return the largest share of cases that can be answered while at most this share of the answers is wrong."""
    coverage, risks = risk_coverage(right, confidence)
    within = coverage[risks <= risk]
    return float(within.max()) if len(within) else 0.0


def calibration_error(right: NDArray[np.bool_], confidence: NDArray[np.float64]) -> float:
    """Return the expected calibration error over ten bins of equal width."""
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    error = 0.0
    for number in range(_BINS):
        inside = bins == number
        if inside.any():
            error += float(inside.mean()) * abs(float(right[inside].mean()) - float(confidence[inside].mean()))
    return error


def set_values(
    answerable: NDArray[Any], right: NDArray[Any], given: NDArray[Any], confidence: NDArray[Any]
) -> tuple[float, ...]:
    """Return the values of ``SET_MEASURES`` in order.

    Args:
        answerable: bool; whether the documents answer each case.
        right: bool; whether its best passage holds a gold quote.
        given: bool; whether it was answered and not refused.
        confidence: float64, 0 to 1.

    Returns:
        AUROC of answerable against not; the share that can be answered at a risk of 5%; precision, the share of given
        answers that are right; recall, the share of answerable cases that were answered right; expected calibration
        error.
    """
    return (
        auroc(answerable, confidence),
        coverage_at_risk(right, confidence, MAX_RISK),
        float(right[given].mean()) if given.any() else float("nan"),
        float((given & right)[answerable].mean()) if answerable.any() else float("nan"),
        calibration_error(right, confidence),
    )

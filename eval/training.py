"""Fits the weights that ``qa.reader`` and ``qa.confidence`` hold, on training questions of public collections.

A collection is a BEIR folder as ``eval.standard.read_beir`` takes it, whose documents are paragraphs with their
article's name as title, and with ``answers.jsonl`` beside it (``_id``, ``answers``). Run as
``python -m eval.training reader|confidence FOLDER...``; it prints the weights, to be put into the code by hand.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from eval.public import accepted_answers, half_of, indexed
from eval.standard import Question, read_beir
from qa import confidence, reader
from qa.asker import Asker, Match
from qa.reader import READ_PASSAGES

_RISKS = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3)


def _matches(asker: Asker, questions: Sequence[Question]) -> Iterator[tuple[Question, Match]]:
    for question in questions:
        match = asker.find(question.text).match
        if match is not None:
            yield question, match


def fit_reader(folders: Sequence[Path], data_dir: Path) -> NDArray[np.float64]:
    """Fit the reader's weights: of all spans read, the right ones should have all of the softmax's probability."""
    features: list[NDArray[np.float32]] = []
    right: list[NDArray[np.bool_]] = []
    for folder in folders:
        collection = read_beir(folder)
        answers = accepted_answers(folder)
        asker = indexed(collection.name, collection.documents, data_dir)
        for question, match in _matches(asker, [one for one in collection.questions if answers.get(one.id)]):
            read = match.hits[:READ_PASSAGES]
            texts = [hit.passage.text_of(span) for hit in read for span in hit.passage.spans]
            holds = np.array([any(answer in text for answer in answers[question.id]) for text in texts])
            if holds.any():
                features.append(reader.span_features(question.text, read, match.evidence))
                right.append(holds)
    everything = np.concatenate(features).astype(np.float64)
    scale = everything.std(axis=0) + 1e-9
    everything /= scale
    held = np.concatenate(right)
    begins = np.cumsum([0, *map(len, right)])[:-1]
    lengths = np.array([len(holds) for holds in right])

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logits = everything @ weights
        top = np.repeat(np.maximum.reduceat(logits, begins), lengths)
        powers = np.exp(logits - top)
        all_mass, right_mass = np.add.reduceat(powers, begins), np.add.reduceat(powers * held, begins)
        pull = powers / np.repeat(all_mass, lengths) - powers * held / np.repeat(right_mass, lengths)
        return float(np.mean(np.log(all_mass) - np.log(right_mass))), everything.T @ pull / len(begins)

    found = minimize(loss, np.zeros(everything.shape[1]), jac=True, method="L-BFGS-B")
    print(f"{len(begins)} questions, {len(held)} spans, mean log loss {found.fun:.4f}")
    return np.asarray(found.x / scale)


def fit_confidence(folders: Sequence[Path], data_dir: Path) -> tuple[NDArray[np.float64], float]:
    """Fit the confidence, with half of each collection's articles indexed; also print the thresholds for some risks.

    Questions on the other half have no answer in what is indexed.
    """
    rows: list[NDArray[np.float64]] = []
    inside: list[bool] = []
    for folder in folders:
        collection = read_beir(folder)
        documents = half_of(collection)
        kept = {document.id for document in documents}
        asker = indexed(f"half {collection.name}", documents, data_dir)
        for question, match in _matches(asker, collection.questions):
            rows.append(confidence.features(match.candidates))
            inside.append(not kept.isdisjoint(question.relevant))
    values, known = np.array(rows), np.array(inside)
    weight = np.where(known, 1.0, known.sum() / max((~known).sum(), 1))  # as many questions of either kind
    mean, scale = values.mean(axis=0), values.std(axis=0) + 1e-9
    model = LogisticRegression(max_iter=1000).fit((values - mean) / scale, known, sample_weight=weight)
    weights = model.coef_[0] / scale
    intercept = float(model.intercept_[0] - weights @ mean)
    certain = 1 / (1 + np.exp(-(values @ weights + intercept)))
    order = np.argsort(-certain)
    given = np.cumsum(weight[order])
    risk = np.cumsum((weight * ~known)[order]) / given
    print(f"{known.sum()} questions on articles that are indexed, {(~known).sum()} on others")
    for most in _RISKS:
        within = np.flatnonzero(risk <= most)
        last = within[-1] if len(within) else 0
        answered = float(np.mean(certain[known] >= certain[order][last]))
        print(f"  risk {most:.2f}: from {certain[order][last]:.3f}, {answered:.3f} of the answerable are answered")
    return weights, intercept


def main() -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("reader", "confidence"))
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--data-dir", type=Path, default=Path("var/experiments"))
    options = parser.parse_args()
    if options.what == "reader":
        for name, value in zip(reader.FEATURES, fit_reader(options.folders, options.data_dir), strict=True):
            print(f"  {name:<12}{value:8.3f}")
    else:
        weights, intercept = fit_confidence(options.folders, options.data_dir)
        for name, value in zip(("intercept", *confidence.FEATURES), (intercept, *weights), strict=True):
            print(f"  {name:<12}{value:8.3f}")


if __name__ == "__main__":
    main()

"""The measurements behind ``docs/decisions.md``, on public collections in a folder of one's own.

A collection is a BEIR folder as ``eval.standard.read_beir`` takes it and, for quotes, ``answers.jsonl`` beside it
(``_id``, ``answers``, ``is_impossible``). Run as ``python -m eval.experiments NAME FOLDER``.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import ir_measures
import numpy as np
from ir_measures import Success, nDCG
from numpy.typing import NDArray

from eval.standard import read_beir
from index.analysis import analyze
from index.build import Progress, build_documents
from index.collection import Collection
from index.documents import Document
from index.models import DEFAULT_MODEL
from index.onnx_encoder import OnnxEncoder
from index.settings import Settings
from qa.asker import CANDIDATE_DEPTH, Asker
from qa.confidence import features
from qa.engine import Candidates, Query
from qa.factory import open_asker
from qa.fusion import fuse
from qa.local_engine import LocalEngine


class _Quiet(Progress):
    def step(self, text: str) -> None:
        print(f"{text} ...", flush=True)

    def total(self, count: int) -> None:
        print(f"  {count} texts", flush=True)

    def advance(self, count: int) -> None:
        pass


def _asker(name: str, documents: Sequence[Document], data_dir: Path) -> Asker:
    collection = Collection(data_dir, name)
    build_documents(collection, documents, DEFAULT_MODEL, _Quiet())
    # Every question is answered, so that retrieval and quotes are measured apart from refusal.
    return open_asker(Settings(data_dir=data_dir, min_confidence=0), name)


def _rankings(candidates: Candidates) -> dict[str, NDArray[np.float32]]:
    """Score the candidates in each way that was compared."""
    dense, lexical = candidates.passage_cosines, candidates.lexical
    share = lexical / (lexical.max(initial=0.0) or 1.0)

    def reciprocal_rank(scores: NDArray[np.float32]) -> NDArray[np.float32]:
        ranks = np.argsort(np.argsort(-scores, kind="stable"), kind="stable") + 1
        return (1 / (60 + ranks)).astype(np.float32)

    return {
        "passage vectors only": dense,
        "BM25 only": lexical,
        "rank fusion (RRF, k=60)": reciprocal_rank(dense) + reciprocal_rank(lexical),
        "weighted sum, passage vectors": 0.7 * dense + 0.3 * share,
        "weighted sum, passage and span vectors": fuse(candidates, 0.7),
    }


def retrieval(folder: Path, data_dir: Path) -> None:
    """Print nDCG@10, Success@1 and Success@5 of each way to rank, with questions encoded in int8 and in fp32."""
    collection = read_beir(folder)
    generation = _asker("retrieval", collection.documents, data_dir).generation
    engine, qrels = LocalEngine(generation), {question.id: question.relevant for question in collection.questions}
    passages = generation.database.passages(range(generation.manifest.counts.passages))
    exported = data_dir / "encoders" / generation.manifest.encoder.fingerprint[:16]
    fp32 = OnnxEncoder(exported / "model.onnx", exported / "tokenizer.json", generation.manifest.encoder.max_tokens)
    for precision, encoder in (("int8", generation.encoder), ("fp32", fp32)):
        runs: dict[str, dict[str, dict[str, float]]] = defaultdict(dict)
        for question in collection.questions:
            asked = Query(encoder.encode([question.text])[0], tuple(analyze(question.text)))
            candidates = engine.candidates(asked, CANDIDATE_DEPTH)
            for name, scores in _rankings(candidates).items():
                best = np.argsort(-scores, kind="stable")[:10]
                found = {passages[candidates.rows[place]].document_id: float(scores[place]) for place in best}
                runs[name][question.id] = found
        print(f"{folder.name}, {len(qrels)} questions in {precision}")
        for name, run in runs.items():
            values = ir_measures.calc_aggregate([nDCG @ 10, Success @ 1, Success @ 5], qrels, run)
            row = "  ".join(f"{measure} {values[measure]:.3f}" for measure in (nDCG @ 10, Success @ 1, Success @ 5))
            print(f"  {name:<40}{row}")


def quotes(folder: Path, data_dir: Path) -> None:
    """Print how often the first citation, and any citation, holds an accepted answer."""
    collection = read_beir(folder)
    asker = _asker("quotes", collection.documents, data_dir)
    lines = map(json.loads, (folder / "answers.jsonl").read_text(encoding="utf-8").splitlines())
    accepted = {line["_id"]: line["answers"] for line in lines if not line["is_impossible"]}
    first = whole = count = citations = 0
    for question in (one for one in collection.questions if one.id in accepted):
        found = [any(a in c.cited_text for a in accepted[question.id]) for c in asker.ask(question.text).citations]
        first, whole, count, citations = first + found[0], whole + any(found), count + 1, citations + len(found)
    print(f"{folder.name}: {count} questions; an accepted answer is in the first citation for {first / count:.3f},")
    print(f"  in any citation for {whole / count:.3f}, at {citations / count:.2f} citations an answer")


def confidence(folder: Path, data_dir: Path) -> None:
    """Fit the confidence function: half of the articles are indexed; questions of the other half are off-corpus."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    collection = read_beir(folder)
    kept = set(sorted({document.title for document in collection.documents})[::2])
    inside = {document.id: document for document in collection.documents if document.title in kept}
    generation = _asker("confidence", list(inside.values()), data_dir).generation
    engine = LocalEngine(generation)
    rows, labels = [], []
    for question in collection.questions:
        vector = generation.encoder.encode([question.text])[0]
        rows.append(features(engine.candidates(Query(vector, tuple(analyze(question.text))), CANDIDATE_DEPTH)))
        labels.append(not inside.keys().isdisjoint(question.relevant))
    values, answered = np.asarray(rows), np.asarray(labels)
    model = LogisticRegression(C=1e4, class_weight="balanced").fit(values, answered)
    certain = model.predict_proba(values)[:, 1]
    print(f"{folder.name}: intercept {model.intercept_[0]:.1f}, coefficients {model.coef_[0].round(1)}")
    print(f"  AUROC {roc_auc_score(answered, certain):.3f}; at confidence .5:")
    print(f"  {np.mean(certain[answered] >= 0.5):.3f} of {answered.sum()} questions of indexed articles are answered,")
    print(f"  {np.mean(certain[~answered] < 0.5):.3f} of {np.sum(~answered)} questions of the others are refused")


def main() -> None:
    """Run one experiment."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=("retrieval", "quotes", "confidence"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data-dir", type=Path, default=Path("var/experiments"))
    options = parser.parse_args()
    experiments = {"retrieval": retrieval, "quotes": quotes, "confidence": confidence}
    experiments[options.name](options.folder, options.data_dir)


if __name__ == "__main__":
    main()

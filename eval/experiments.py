"""The measurements behind ``docs/decisions.md``, on public collections in a folder of one's own.

A collection is a BEIR folder as ``eval.standard.read_beir`` takes it and, for quotes, ``answers.jsonl`` beside it
(``_id``, ``answers``, ``is_impossible``). Run as ``python -m eval.experiments NAME FOLDER``.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ir_measures
import numpy as np
from ir_measures import Success, nDCG
from numpy.typing import NDArray

from eval.run import run_set
from eval.sets import Gold, load_set
from eval.standard import read_beir
from eval.summary import summarize
from eval.targets import LocalTarget
from index.blocks import clean
from index.build import Progress, build_documents
from index.collection import Collection
from index.documents import Document, Passage, Region
from index.models import DEFAULT_MODEL, resolve_model
from index.onnx_encoder import OnnxEncoder
from index.settings import Settings
from index.sources import read_sources
from index.tokens import Tokens
from index.worker import ReadLimits
from qa.asker import CANDIDATE_DEPTH, Asker
from qa.confidence import features
from qa.engine import Candidates, Query
from qa.factory import open_asker
from qa.fusion import fuse
from qa.local_engine import LocalEngine

_CHUNK_TOKENS = 512
_SEEDS, _SEEDS_SET = Path("seeds"), Path("eval/sets/seeds.yaml")


class _Quiet(Progress):
    def step(self, text: str) -> None:
        print(f"{text} ...", flush=True)

    def total(self, count: int) -> None:
        print(f"  {count} texts", flush=True)

    def advance(self, count: int) -> None:
        pass


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


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
            asked = Query(encoder.encode([question.text])[0], tuple(generation.analyze(question.text)))
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
    lines = _lines(folder / "answers.jsonl")
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
        rows.append(
            features(engine.candidates(Query(vector, tuple(generation.analyze(question.text))), CANDIDATE_DEPTH))
        )
        labels.append(not inside.keys().isdisjoint(question.relevant))
    values, answered = np.asarray(rows), np.asarray(labels)
    model = LogisticRegression(C=1e4, class_weight="balanced").fit(values, answered)
    certain = model.predict_proba(values)[:, 1]
    print(f"{folder.name}: intercept {model.intercept_[0]:.1f}, coefficients {model.coef_[0].round(1)}")
    print(f"  AUROC {roc_auc_score(answered, certain):.3f}; at confidence .5:")
    print(f"  {np.mean(certain[answered] >= 0.5):.3f} of {answered.sum()} questions of indexed articles are answered,")
    print(f"  {np.mean(certain[~answered] < 0.5):.3f} of {np.sum(~answered)} questions of the others are refused")


def chunking(folder: Path, data_dir: Path) -> None:
    """Print how often gold spans lie wholly in the best passages, beside naive chunks of 512 tokens found the same way.

    The folder has ``documents.jsonl`` (``_id``, ``text``), ``queries.jsonl``, and ``references.jsonl`` (``_id``,
    ``references``, each with ``corpus_id`` and ``text``).
    """
    texts = {line["_id"]: line["text"] for line in _lines(folder / "documents.jsonl")}
    questions = {line["_id"]: line["text"] for line in _lines(folder / "queries.jsonl")}
    references = {line["_id"]: line["references"] for line in _lines(folder / "references.jsonl")}
    sources = data_dir / "chunking-sources"
    sources.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (sources / f"{name.replace('_', '-')}.txt").write_text(text, encoding="utf-8")
    tokens = Tokens(resolve_model(DEFAULT_MODEL))
    naive = [_in_chunks(name.replace("_", "-"), clean(text), tokens) for name, text in sorted(texts.items())]
    for kind, documents in (("naive", naive), ("passages", read_sources([sources], ReadLimits()).documents)):
        asker = _asker(f"chunking-{kind}", documents, data_dir)
        bare = {document.id: _bare(document.text) for document in documents}
        for budget in (None, 5 * _CHUNK_TOKENS):
            inside = known = total = size = 0
            for name, question in questions.items():
                hits = asker.ask(question, 5 if budget is None else 50).hits
                passages = _up_to([hit.passage for hit in hits], budget, tokens)
                size += sum(len(passage.text) for passage in passages)
                for reference in references[name]:
                    place = _find_bare(bare[reference["corpus_id"].replace("_", "-")], clean(reference["text"]))
                    covered = {
                        offset
                        for passage in passages
                        if passage.document_id == reference["corpus_id"].replace("_", "-")
                        for offset in range(passage.start, passage.end)
                    }
                    known, total = known + bool(place), total + 1
                    inside += bool(place) and covered.issuperset(place)
            what = "the best 5" if budget is None else f"the best {budget} tokens"
            print(f"{kind}, {what}: {inside / total:.3f} of {total} gold spans lie wholly inside ({known} located),")
            print(f"  in {size / len(questions):.0f} characters a question")


def originals(folder: Path, data_dir: Path) -> None:
    """Print the measures of the sample set's questions over the essays that the sample documents retell.

    They retell paragraph by paragraph, so an essay is known by its number of paragraphs, and a gold quote's counterpart
    is the paragraph with the same number; which of its sentences it is, is not known.
    """
    essays = read_sources([folder], ReadLimits()).documents
    retold = read_sources([_SEEDS], ReadLimits()).documents
    pairs = {one.id: (one, next(e for e in essays if len(e.blocks) == len(one.blocks))) for one in retold}
    _asker("originals", essays, data_dir)

    def counterpart(gold: Gold) -> Gold:
        ours, essay = pairs[gold.document]
        at = ours.text.index(gold.quote)
        region = essay.blocks[next(n for n, block in enumerate(ours.blocks) if block.start <= at < block.end)]
        return Gold(document=essay.id, quote=essay.text[region.start : region.end])

    questions = load_set(_SEEDS_SET)
    cases = [case.model_copy(update={"gold": tuple(map(counterpart, case.gold))}) for case in questions.cases]
    settings = Settings(data_dir=data_dir, collection="originals")
    run = run_set(questions.model_copy(update={"cases": tuple(cases)}), LocalTarget.open(settings))
    print(", ".join(f"{essay.title}: {len(essay.blocks)} paragraphs" for essay in essays))
    for name, estimate in summarize(run).overall.items():
        low, high = estimate.low or estimate.value, estimate.high or estimate.value
        print(f"  {name:<16}{estimate.value:6.3f}  {low:.3f} to {high:.3f}  {estimate.count}")


def _in_chunks(name: str, text: str, tokens: Tokens) -> Document:
    """Cut a text every 512 tokens, whatever stands there."""
    words = list(re.finditer(r"\S+", text))
    regions, start, filled = [], 0, 0
    for word, count in zip(words, tokens.count([word.group() for word in words]), strict=True):
        if filled + count > _CHUNK_TOKENS:
            regions.append(Region(start, len(text[: word.start()].rstrip()), "whole"))
            start, filled = word.start(), 0
        filled += count
    regions.append(Region(start, len(text), "whole"))
    return Document(name, name, text, blocks=tuple(regions), titled=False)


def _up_to(passages: Sequence[Passage], budget: int | None, tokens: Tokens) -> list[Passage]:
    if budget is None:
        return list(passages)
    sums = np.cumsum(tokens.count([passage.text for passage in passages]))
    return [passage for passage, so_far in zip(passages, sums, strict=True) if so_far <= budget]


def _bare(text: str) -> tuple[str, list[int]]:
    """Return a text without white space, and where each of its characters stands."""
    places = [place for place, char in enumerate(text) if not char.isspace()]
    return "".join(text[place] for place in places), places


def _find_bare(bare: tuple[str, list[int]], words: str) -> list[int]:
    """Return the offsets of some words in a text, white space aside; none if they are not there."""
    text, places = bare
    wanted = "".join(words.split())
    at = text.find(wanted)
    return places[at : at + len(wanted)] if at >= 0 else []


def main() -> None:
    """Run one experiment."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=("retrieval", "quotes", "confidence", "chunking", "originals"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data-dir", type=Path, default=Path("var/experiments"))
    options = parser.parse_args()
    experiments = {
        "retrieval": retrieval,
        "quotes": quotes,
        "confidence": confidence,
        "chunking": chunking,
        "originals": originals,
    }
    experiments[options.name](options.folder, options.data_dir)


if __name__ == "__main__":
    main()

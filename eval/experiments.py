"""The measurements behind ``docs/decisions.md``, on public collections in a folder of one's own.

Run as ``python -m eval.experiments NAME FOLDER``; ``eval.public`` tells what a collection is.
"""

from __future__ import annotations

import argparse
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import ir_measures
import numpy as np
from ir_measures import Success, nDCG
from numpy.typing import NDArray

from eval.public import indexed
from eval.run import run_set
from eval.sets import Gold, load_set
from eval.standard import read_beir, read_jsonl
from eval.summary import summarize
from eval.targets import LocalTarget
from index.blocks import clean
from index.documents import Document, Passage, Region
from index.models import DEFAULT_MODEL, resolve_model
from index.onnx_encoder import OnnxEncoder
from index.settings import Settings
from index.sources import read_sources
from index.tokens import Tokens
from index.worker import ReadLimits
from qa.asker import CANDIDATE_DEPTH
from qa.engine import Candidates, Query
from qa.fusion import fuse
from qa.local_engine import LocalEngine
from qa.reranking import EvidenceReranker

_CHUNK_TOKENS = 512
_FIRST_PASS = "weighted sum, passage and span vectors"  # noqa: S105 - no password
_SEEDS, _SEEDS_SET = Path("seeds"), Path("eval/sets/seeds.yaml")


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
        _FIRST_PASS: fuse(candidates, 0.7),
    }


def retrieval(folder: Path, data_dir: Path) -> None:
    """Print nDCG@10, Success@1 and Success@5 of each way to rank, with questions encoded in int8 and in fp32."""
    collection = read_beir(folder)
    generation = indexed(collection.name, collection.documents, data_dir).generation
    engine, qrels = LocalEngine(generation), {question.id: question.relevant for question in collection.questions}
    reranker = EvidenceReranker(engine, 0.7)
    passages = generation.database.passages(range(generation.manifest.counts.passages))
    exported = data_dir / "encoders" / generation.manifest.encoder.fingerprint[:16]
    fp32 = OnnxEncoder(exported / "model.onnx", exported / "tokenizer.json", generation.manifest.encoder.max_tokens)
    for precision, encoder in (("int8", generation.encoder), ("fp32", fp32)):
        runs: dict[str, dict[str, dict[str, float]]] = defaultdict(dict)
        for question in collection.questions:
            asked = Query(question.text, encoder.encode([question.text])[0], tuple(generation.analyze(question.text)))
            candidates = engine.candidates(asked, CANDIDATE_DEPTH)
            rankings = _rankings(candidates)
            last = reranker.rank(asked, candidates, rankings[_FIRST_PASS])
            rankings["the same, with evidence and feedback"] = last.scores[np.argsort(last.places)]
            for name, scores in rankings.items():
                best = np.argsort(-scores, kind="stable")[:10]
                found = {passages[candidates.rows[place]].document_id: float(scores[place]) for place in best}
                runs[name][question.id] = found
        print(f"{folder.name}, {len(qrels)} questions in {precision}")
        for name, run in runs.items():
            values = ir_measures.calc_aggregate([nDCG @ 10, Success @ 1, Success @ 5], qrels, run)
            row = "  ".join(f"{measure} {values[measure]:.3f}" for measure in (nDCG @ 10, Success @ 1, Success @ 5))
            print(f"  {name:<40}{row}")


def chunking(folder: Path, data_dir: Path) -> None:
    """Print how often gold spans lie wholly in the best passages, beside naive chunks of 512 tokens found the same way.

    The folder has ``documents.jsonl`` (``_id``, ``text``), ``queries.jsonl``, and ``references.jsonl`` (``_id``,
    ``references``, each with ``corpus_id`` and ``text``).
    """
    texts = {line["_id"]: line["text"] for line in read_jsonl(folder / "documents.jsonl")}
    questions = {line["_id"]: line["text"] for line in read_jsonl(folder / "queries.jsonl")}
    references = {line["_id"]: line["references"] for line in read_jsonl(folder / "references.jsonl")}
    sources = data_dir / "chunking-sources"
    sources.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (sources / f"{name.replace('_', '-')}.txt").write_text(text, encoding="utf-8")
    tokens = Tokens(resolve_model(DEFAULT_MODEL))
    naive = [_in_chunks(name.replace("_", "-"), clean(text), tokens) for name, text in sorted(texts.items())]
    for kind, documents in (("naive", naive), ("passages", read_sources([sources], ReadLimits()).documents)):
        asker = indexed(f"chunking-{kind}", documents, data_dir)
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
    name = indexed("originals", essays, data_dir).generation.manifest.collection

    def counterpart(gold: Gold) -> Gold:
        ours, essay = pairs[gold.document]
        at = ours.text.index(gold.quote)
        region = essay.blocks[next(n for n, block in enumerate(ours.blocks) if block.start <= at < block.end)]
        return Gold(document=essay.id, quote=essay.text[region.start : region.end])

    questions = load_set(_SEEDS_SET)
    cases = [case.model_copy(update={"gold": tuple(map(counterpart, case.gold))}) for case in questions.cases]
    settings = Settings(data_dir=data_dir, collection=name)
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
    parser.add_argument("name", choices=("retrieval", "chunking", "originals"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data-dir", type=Path, default=Path("var/experiments"))
    options = parser.parse_args()
    experiments = {
        "retrieval": retrieval,
        "chunking": chunking,
        "originals": originals,
    }
    experiments[options.name](options.folder, options.data_dir)


if __name__ == "__main__":
    main()

"""The benchmarks by size and by stage: that they run, and that what they measure is what they say."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from eval import parity
from eval.benchmarks import scale, stages
from eval.public import indexed
from eval.standard import read_beir
from qa.asker import Asker
from tests.conftest import ROOT

SENTENCES = [
    line.strip()
    for file in sorted((ROOT / "seeds").glob("*.md"))
    for line in file.read_text(encoding="utf-8").split(". ")
    if 40 < len(line.strip()) < 200 and "\n" not in line.strip()
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A BEIR folder of 30 documents."""
    texts = [". ".join(SENTENCES[place : place + 3]) + "." for place in range(0, 90, 3)]
    made = tmp_path / "small"
    (made / "qrels").mkdir(parents=True)
    lines = (json.dumps({"_id": f"d{n}", "title": "", "text": text}) for n, text in enumerate(texts))
    (made / "corpus.jsonl").write_text("\n".join(lines), encoding="utf-8")
    asked = (json.dumps({"_id": f"q{n}", "text": f"{SENTENCES[3 * n]}?"}) for n in range(12))
    (made / "queries.jsonl").write_text("\n".join(asked), encoding="utf-8")
    judged = "".join(f"q{n}\td{n}\t1\n" for n in range(12))
    (made / "qrels" / "test.tsv").write_text(f"query-id\tcorpus-id\tscore\n{judged}", encoding="utf-8")
    return made


def test_each_size_is_grown_asked_and_written_down(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["scale", str(folder), "--rows", "100", "400", "--out", str(tmp_path / "out")])
    assert scale.main() == 0
    written = json.loads((tmp_path / "out" / "scale.json").read_text(encoding="utf-8"))
    assert written["command"] == "python -m eval.benchmarks.scale small --rows 100 400"
    for wanted, size in zip((100, 400), written["sizes"], strict=True):
        assert wanted <= size["rows"] < wanted + 10
        assert (size["search"], size["recall_at_10"]) == ("exact", 1.0)
        assert 0 < size["p50_ms"] <= size["p99_ms"]
        assert size["disk_mb"] > 0.1
    page = (tmp_path / "out" / "scale.md").read_text(encoding="utf-8")
    assert page.count("| exact | 1.0000 |") == 2
    assert str(tmp_path) not in page + json.dumps(written)


def test_each_way_to_search_is_measured_beside_the_one_that_serves(folder: Path, tmp_path: Path) -> None:
    collection = read_beir(folder)
    asker = indexed(collection.name, collection.documents, tmp_path / "data")
    built = asker.generation.vectors
    served, together, exported, original, half, *approximate = parity.ways(collection, asker, tmp_path / "data")
    assert served.name == "as served: int8, each question by itself; all float32 rows compared"
    assert served.others == 0
    assert together.name == "questions 16 at a time (not done)"
    assert (exported.ndcg, exported.success) == (original.ndcg, original.success)
    assert half.name == "all rows compared at half precision"
    assert all(one.name.startswith("approximate: IVF") for one in approximate)
    for way in (served, together, exported, original, half, *approximate):
        assert 0.9 < way.ndcg <= 1  # the questions are sentences of the documents
        assert 0 <= way.others <= 0.1
    assert asker.generation.vectors is built


def test_a_folder_that_is_none_is_refused_with_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for command, module in (("scale", scale), ("stages", stages)):
        monkeypatch.setattr(sys, "argv", [command, str(tmp_path / "none")])
        assert module.main() == 1
        assert "is no BEIR folder" in capsys.readouterr().err


def test_what_is_added_moves_a_vector_a_little() -> None:
    random = np.random.default_rng(0)
    vectors = random.standard_normal((200, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    moved = scale._moved(vectors, random)
    np.testing.assert_allclose(np.linalg.norm(moved, axis=1), 1, atol=1e-5)
    cosines = np.sum(moved * vectors, axis=1)
    assert 0.93 < cosines.min() <= cosines.max() < 0.98


def test_every_stage_of_a_question_is_timed(seeds_asker: Asker) -> None:
    found = stages.stages(seeds_asker, ["What did ZTE's ban cause?", "Who founded Huawei?"], 0.7)
    assert len(found) == 7
    assert all(milliseconds > 0 for milliseconds in found.values())

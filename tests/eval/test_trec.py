from __future__ import annotations

from pathlib import Path

import pytest

from eval.errors import CollectionError
from eval.trec import measure_trec
from tests.conftest import Command

QRELS = "q1 0 a 1\nq1 0 b 0\nq2 0 c 2\nq3 0 d 1\n"
RUN = "q1 Q0 b 1 2.5 mine\nq1 Q0 a 2 1.5 mine\nq2 Q0 c 1 9 mine\n\n"


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "x.qrels").write_text(QRELS, encoding="utf-8")
    (tmp_path / "x.run").write_text(RUN, encoding="utf-8")
    return tmp_path / "x.qrels", tmp_path / "x.run"


def test_a_ranking_is_measured_and_a_query_without_one_scores_zero(files: tuple[Path, Path]) -> None:
    found = measure_trec(*files)

    assert {name: estimate.count for name, estimate in found.items()} == dict.fromkeys(found, 3)
    assert found["Success@1"].value == pytest.approx(1 / 3)
    assert found["RR@10"].value == pytest.approx((1 / 2 + 1 + 0) / 3)
    assert found["R@5"].value == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("place", "text", "reason"),
    [
        (0, "q1 0 a\n", "x.qrels:1: 4 columns are wanted, here are 3"),
        (0, "q1 0 a much\n", "x.qrels:1: the relevance 'much'"),
        (0, "q9 0 a 1\n", "no query in common"),
        (1, "q1 Q0 a 1 2.5\n", "x.run:1: 6 columns"),
        (1, "q1 Q0 a 1 nan mine\n", "x.run:1: the score 'nan'"),
        (1, "q1 Q0 a 1 best mine\n", "x.run:1: the score 'best'"),
        (1, "\n\n", "x.run is empty"),
    ],
)
def test_a_bad_file_is_refused_with_the_line(files: tuple[Path, Path], place: int, text: str, reason: str) -> None:
    files[place].write_text(text, encoding="utf-8")
    with pytest.raises(CollectionError, match=reason):
        measure_trec(*files)


def test_the_command_measures_what_a_run_wrote(seeds_data: Path, tmp_path: Path, pincite: Command) -> None:
    (tmp_path / "set.yaml").write_text(
        "name: one\ncases:\n  - id: zte\n    question: What did ZTE's ban cause?\n    answers: [collapse]\n"
        "    gold: [{document: chinas-sputnik-moment, quote: its operations collapsed}]\n",
        encoding="utf-8",
    )
    pincite(seeds_data, "eval", "run", "set.yaml", "--out", "run.json")
    done = pincite(seeds_data, "eval", "trec", "run.qrels", "run.run")

    assert done.returncode == 0, done.stderr
    assert "Success@1         1.000" in done.stdout
    assert pincite(seeds_data, "eval", "trec", "nothing", "run.run").returncode == 1

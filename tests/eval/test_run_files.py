"""The files of a run, and the revision that it notes."""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path

import ir_measures
import pytest
from ir_measures import RR, Success, nDCG

from eval.compare import compare
from eval.errors import RunError
from eval.records import read_run
from eval.run import git_revision, without_passages, write_run
from tests.eval.doubles import result, run_of, unscored


def test_a_run_is_written_with_its_ranking_and_gold_as_trec_files(tmp_path: Path) -> None:
    results = [
        result("a"),
        unscored("d", "skipped", "no mill"),
        result("b", right=False),
        result("c", answerable=False),
    ]
    write_run(run_of(results), tmp_path / "r" / "x.json")
    assert sorted(path.name for path in (tmp_path / "r").iterdir()) == ["x.json", "x.qrels", "x.run"]
    assert (tmp_path / "r" / "x.qrels").read_text() == "a 0 gold 1\nb 0 gold 1\n"
    assert (tmp_path / "r" / "x.run").read_text().splitlines()[:4] == [
        "a Q0 gold 1 2 harbour",
        "a Q0 other 2 1 harbour",
        "b Q0 other 1 2 harbour",
        "b Q0 gold 2 1 harbour",
    ]


def test_names_with_white_space_stay_one_column_and_another_suffix_is_refused(tmp_path: Path) -> None:
    write_run(run_of([result("a case")]).model_copy(update={"set_name": "my set"}), tmp_path / "x.json")
    for line in (tmp_path / "x.run").read_text().splitlines():
        assert line.startswith("a_case Q0 ")
        assert line.endswith(" my_set")
    with pytest.raises(RunError, match=r"ends in \.json"):
        write_run(run_of([result("a")]), tmp_path / "x.run")


def test_a_run_without_its_passages_keeps_all_else_and_has_no_ranking_to_write(tmp_path: Path) -> None:
    run = run_of([result("a"), unscored("d", "skipped", "no mill"), result("c", answerable=False)])
    brief = without_passages(run)
    write_run(brief, tmp_path / "x.json")
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]
    assert read_run(tmp_path / "x.json") == brief
    assert [one.measures for one in brief.results] == [one.measures for one in run.results]
    assert [one.answered and one.answered.passages for one in brief.results] == [(), None, ()]
    assert {one.p_value for one in compare(run, brief).differences} == {1}


def test_other_tools_get_the_same_figures_from_the_trec_files(tmp_path: Path) -> None:
    run = run_of(result(str(n), right=n % 3 > 0) for n in range(9))
    write_run(run, tmp_path / "x.json")
    qrels = ir_measures.read_trec_qrels(str(tmp_path / "x.qrels"))  # type: ignore[no-untyped-call]
    ranking = ir_measures.read_trec_run(str(tmp_path / "x.run"))  # type: ignore[no-untyped-call]
    measures = (Success @ 1, RR @ 10, nDCG @ 10)
    for measure, value in ir_measures.calc_aggregate(measures, qrels, ranking).items():
        assert value == pytest.approx(sum(one.measures[str(measure)] for one in run.results) / 9)


def repository(folder: Path, tree: bytes) -> str:
    """Write a git repository of one commit by hand and return the commit's name."""

    def store(kind: str, content: bytes) -> str:
        whole = f"{kind} {len(content)}".encode() + b"\0" + content
        name = hashlib.sha1(whole, usedforsecurity=False).hexdigest()
        (folder / ".git" / "objects" / name[:2]).mkdir(parents=True, exist_ok=True)
        (folder / ".git" / "objects" / name[:2] / name[2:]).write_bytes(zlib.compress(whole))
        return name

    blob = bytes.fromhex(store("blob", b"hours\n"))
    who = "Harbour Master <harbour@example.org> 1700000000 +0000"
    top = store("tree", tree + blob if tree else b"")
    name = store("commit", f"tree {top}\nauthor {who}\ncommitter {who}\n\nOpen\n".encode())
    (folder / ".git" / "refs").mkdir()
    (folder / ".git" / "HEAD").write_text(f"{name}\n")
    return name


def test_a_revision_is_the_commit_and_says_whether_files_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    for variable in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(variable, raising=False)
    folders = [tmp_path / name for name in ("clean", "changed", "outside")]
    for folder in folders:
        folder.mkdir()
    clean, changed, outside = folders
    assert git_revision(clean) == ""
    assert (git_revision(outside), git_revision(tmp_path / "nowhere")) == ("", "")
    name = repository(clean, b"")
    assert git_revision(clean) == name
    assert git_revision(changed) == ""
    name = repository(changed, b"100644 hours.txt\0")
    assert git_revision(changed) == f"{name}+changes"


def test_without_git_there_is_no_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git_revision(tmp_path) == ""

"""``pincite eval gate``: what it writes, and when it fails."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from eval.records import Run, read_run
from eval.run import run_set, write_run
from eval.sets import load_set
from eval.targets import LocalTarget
from tests.conftest import Command
from tests.eval.conftest import Evaluate
from tests.eval.test_seeds_set import SMALL, STRICT

REPORTS = {"run.json", "run.run", "run.qrels", "junit.xml", "summary.md", "report.html"}


@pytest.fixture
def baseline(tmp_path: Path, local_target: LocalTarget) -> Run:
    """Write two sets and a run of the first of them."""
    (tmp_path / "small.yaml").write_text(SMALL, encoding="utf-8")
    (tmp_path / "strict.yaml").write_text(STRICT, encoding="utf-8")
    run = run_set(load_set(tmp_path / "small.yaml"), local_target)
    write_run(run, tmp_path / "base.json")
    return run


def failures(report: Path) -> int:
    """Return how many tests a JUnit file says have failed."""
    suites = ElementTree.parse(report).getroot()  # noqa: S314 - our own file
    return len(suites.findall(".//failure")) + len(suites.findall(".//error"))


def test_a_run_passes_against_one_like_itself_and_every_report_is_written(
    pincite: Command, seeds_data: Path, baseline: Run, tmp_path: Path
) -> None:
    done = pincite(seeds_data, "eval", "gate", "small.yaml", "--baseline", "base.json", "--out", "out/deep")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Reports are in out/deep: run.json, junit.xml, summary.md, report.html" in done.stdout
    out = tmp_path / "out" / "deep"
    assert {path.name for path in out.iterdir()} == REPORTS
    assert all(path.stat().st_size for path in out.iterdir())
    assert read_run(out / "run.json").results == baseline.results
    assert failures(out / "junit.xml") == 0


@pytest.mark.usefixtures("baseline")
def test_a_broken_floor_fails_and_the_reports_say_so(evaluate: Evaluate, tmp_path: Path) -> None:
    code, output, errors = evaluate("gate", "strict.yaml", "--out", "out")
    assert (code, errors) == (1, "")
    assert "FAILED floor answered: 0.000, floor 1.000" in output
    assert {path.name for path in (tmp_path / "out").iterdir()} == REPORTS
    assert failures(tmp_path / "out" / "junit.xml") > 0


@pytest.mark.usefixtures("baseline")
def test_a_baseline_over_another_set_is_refused(evaluate: Evaluate, tmp_path: Path) -> None:
    code, output, errors = evaluate("gate", "strict.yaml", "--baseline", "base.json", "--out", "out")
    assert (code, output) == (1, "")
    assert errors.startswith("pincite: the runs are over different cases")
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("baseline")
def test_a_baseline_that_is_not_there_is_refused(evaluate: Evaluate) -> None:
    code, output, errors = evaluate("gate", "small.yaml", "--baseline", "absent.json")
    assert (code, output) == (1, "")
    assert "absent.json cannot be read: No such file" in errors

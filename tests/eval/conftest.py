"""What the tests of the eval room share: the sample set, asked once."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from eval.records import Run
from eval.run import run_set
from eval.sets import QuestionSet, load_set
from eval.targets import LocalTarget
from index.settings import Settings
from pincite.cli import main
from qa.asker import Asker
from tests.conftest import ROOT

Evaluate = Callable[..., tuple[int | str | None, str, str]]
SEEDS_SET = ROOT / "eval" / "sets" / "seeds.yaml"


@pytest.fixture(scope="session")
def questions() -> QuestionSet:
    return load_set(SEEDS_SET)


@pytest.fixture(scope="session")
def local_target(seeds_asker: Asker, seeds_data: Path) -> LocalTarget:
    return LocalTarget(seeds_asker, Settings(data_dir=seeds_data))


@pytest.fixture(scope="session")
def seeds_run(questions: QuestionSet, local_target: LocalTarget) -> Run:
    return run_set(questions, local_target)


@pytest.fixture
def evaluate(
    seeds_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Evaluate:
    """Run ``pincite eval`` in this process: ``evaluate("run", ...)`` gives exit code, output and errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PINCITE_DATA_DIR", str(seeds_data))

    def run(*arguments: str) -> tuple[int | str | None, str, str]:
        monkeypatch.setattr(sys, "argv", ["pincite", "eval", *arguments])
        with pytest.raises(SystemExit) as caught:
            main()
        return caught.value.code, *capsys.readouterr()

    return run

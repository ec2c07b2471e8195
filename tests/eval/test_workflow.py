"""The workflow for pull requests: its own commands, run in a copy of what it needs, for a good and a bad change.

Installing is what every run of these tests begins with. The forge's ``gh`` is the one part that is not here: a script
in its place keeps what it was called with.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT

WORKFLOW = ROOT / ".github" / "workflows" / "eval.yml"
FAKE_GH = '#!/bin/sh\nprintf "%s\\n" "$@" > gh-arguments\ncp "$5" gh-comment.md\n'


@pytest.fixture
def job() -> dict[str, Any]:
    found = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]["gate"]
    assert isinstance(found, dict)
    return found


@pytest.fixture
def checkout(tmp_path: Path, empty_data: Path) -> Path:
    """A folder with the project's files, its commands first on the path, and an encoder that is exported already."""
    folder, commands = tmp_path / "checkout", tmp_path / "commands"
    folder.mkdir()
    commands.mkdir()
    for name in ("seeds", "eval", "constraints.txt"):
        (folder / name).symlink_to(ROOT / name)
    empty_data.rename(folder / "var")
    (commands / "pincite").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pincite "$@"\n', encoding="utf-8")
    (commands / "gh").write_text(FAKE_GH, encoding="utf-8")
    for command in commands.iterdir():
        command.chmod(0o755)
    return folder


def run_steps(job: dict[str, Any], checkout: Path, without: str = "") -> dict[str, int]:
    """Run the steps that are commands, as the forge does: after a failure only those that say ``always()``."""
    codes: dict[str, int] = {}
    environment = {
        **os.environ,
        **job["env"],
        "PATH": f"{checkout.parent / 'commands'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "GITHUB_STEP_SUMMARY": str(checkout / "step-summary.md"),
    }
    for step in job["steps"]:
        if "run" not in step or step["name"] == "Install":
            continue
        if any(codes.values()) and not step.get("if", "").startswith("always()"):
            continue
        done = subprocess.run(
            ["bash", "-e", "-c", step["run"] + without * (step["name"] == "Gate")],
            cwd=checkout,
            env={**environment, **dict.fromkeys(step.get("env", {}), "7")},
            capture_output=True,
            timeout=300,
            check=False,
        )
        codes[step["name"]] = done.returncode
    return codes


@pytest.mark.parametrize(
    ("without", "code", "headline"), [("", 0, "Evaluation passed"), (" --without spans", 1, "Evaluation failed")]
)
def test_a_pull_request_gets_its_verdict_as_a_comment(
    without: str, code: int, headline: str, job: dict[str, Any], checkout: Path
) -> None:
    codes = run_steps(job, checkout, without)

    assert codes == {"Index": 0, "Gate": code, "Show the summary": 0, "Comment on the pull request": 0}
    arguments = (checkout / "gh-arguments").read_text().splitlines()
    assert arguments[:4] == ["pr", "comment", "7", "--body-file"]
    comment = (checkout / "gh-comment.md").read_text(encoding="utf-8")
    assert headline in comment.splitlines()[0]
    assert (checkout / "step-summary.md").read_text(encoding="utf-8") == comment
    kept = next(step["with"]["path"] for step in job["steps"] if "upload-artifact" in step.get("uses", ""))
    assert {"run.json", "junit.xml", "summary.md", "report.html"} <= {file.name for file in (checkout / kept).iterdir()}


def test_the_workflow_may_do_no_more_than_it_needs(job: dict[str, Any]) -> None:
    whole = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    assert whole["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert not any("${{" in step.get("run", "") for step in job["steps"]), "an expression in a command may be injected"

"""Questions to begin with, over HTTP."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from eval.sets import load_set
from index.settings import Settings
from tests.conftest import ROOT, Command, environment

SET = ROOT / "eval/sets/seeds.yaml"
PATH = "/v1/examples"


def test_questions_of_the_set_are_offered_and_the_last_has_no_answer(
    seeds_data: Path, start_server: Callable[..., str]
) -> None:
    address = start_server(seeds_data, PINCITE_EXAMPLES=str(SET))
    found = httpx.get(f"{address}{PATH}").raise_for_status().json()
    answerable = {case.question: case.answerable for case in load_set(SET).cases}

    assert found["collection"] == "default"
    assert [answerable[question] for question in found["questions"]] == [True] * 6 + [False]


def test_without_a_set_there_are_none(seeds_data: Path) -> None:
    with TestClient(create_app(Settings(data_dir=seeds_data))) as client:
        assert client.get(PATH).json() == {"collection": "default", "questions": []}


def test_they_are_for_the_default_collection_alone(seeds_data: Path, tmp_path: Path) -> None:
    (tmp_path / "collections").mkdir()
    for link, target in (("encoders", "encoders"), *((f"collections/{one}", "collections/default") for one in "ab")):
        (tmp_path / link).symlink_to(seeds_data / target)
    with TestClient(create_app(Settings(data_dir=tmp_path, collection="a"), examples=["Why?"])) as client:
        found = {name: client.get(PATH, params={"collection": name}) for name in ("a", "b", "c")}
        assert client.get(PATH).json() == found["a"].json() == {"collection": "a", "questions": ["Why?"]}
    assert found["b"].json() == {"collection": "b", "questions": []}
    assert found["c"].status_code == 404


@pytest.mark.parametrize(
    ("content", "reason"),
    [("name: x\ncases: [{id: a, question: b}]\n", "set.yaml:2"), (None, "cannot be read"), ("", "is empty")],
)
def test_a_set_that_cannot_be_used_is_refused_at_the_start(
    seeds_data: Path, tmp_path: Path, pincite: Command, content: str | None, reason: str
) -> None:
    path = tmp_path / "set.yaml"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    done = pincite(seeds_data, "serve", "--port", "0", PINCITE_EXAMPLES=str(path))

    assert (done.returncode, done.stdout) == (2, "")
    assert "PINCITE_EXAMPLES" in done.stderr
    assert reason in done.stderr


def test_where_only_serving_is_installed_the_setting_says_what_to_install(seeds_data: Path) -> None:
    code = "import sys; sys.modules['yaml'] = None; sys.argv[1:] = ['serve', '--port', '0']\n"
    code += "from pincite.cli import main\nmain()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(seeds_data, PINCITE_EXAMPLES=str(SET)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 2
    assert "PINCITE_EXAMPLES needs yaml. Run: pip install 'pincite[eval]'" in done.stderr

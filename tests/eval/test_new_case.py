from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from eval.errors import QuestionSetError
from eval.new_case import append_case, case_id
from eval.sets import Case, Gold, load_set
from tests.conftest import environment

LENOVO = Case(
    id="lenovo",
    question='How did "Lenovo": start? # really',
    answers=("as a side business",),
    gold=(Gold(document="catch-up-and-surpass", quote="began as the side business of an engineer"),),
    tags=("how",),
)
REFUSED = Case(id="hamlet", question="Who wrote Hamlet?", answerable=False)


@pytest.mark.parametrize("name", ["new.yaml", "new.jsonl"])
def test_a_set_is_begun_and_goes_on_with_what_was_added(name: str, tmp_path: Path) -> None:
    append_case(tmp_path / name, LENOVO)
    append_case(tmp_path / name, REFUSED)

    assert load_set(tmp_path / name).cases == (LENOVO, REFUSED)


def test_what_the_author_wrote_stays_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "set.yaml"
    text = "# mine\nname: mine\ncases:\n  # first\n  - {id: a, question: b, answerable: false}"
    file.write_text(text, encoding="utf-8")
    append_case(file, REFUSED)

    assert file.read_text(encoding="utf-8").startswith(text + "\n")
    assert [case.id for case in load_set(file).cases] == ["a", "hamlet"]


ONE = "{id: a, question: b, answerable: false}"


@pytest.mark.parametrize(
    "text",
    [
        f"name: a\ncases:\n  - {ONE.replace('a,', 'hamlet,')}\n",
        f"cases: [{ONE}]\nname: a\n",
        "name: [\n",
    ],
)
def test_a_case_that_would_spoil_the_set_is_refused_and_the_set_left_alone(text: str, tmp_path: Path) -> None:
    file = tmp_path / "set.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(QuestionSetError):
        append_case(file, REFUSED)
    assert file.read_text(encoding="utf-8") == text


def test_ids_are_made_of_the_question_and_never_repeat() -> None:
    assert case_id("What did ZTE's ban cause?", []) == "what-did-zte-s-ban-cause"
    assert case_id("Why?", ["why", "why-2"]) == "why-3"
    assert case_id("???", []) == "case"


def _write_case(data_dir: Path, folder: Path, question: str, typed: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pincite", "eval", "new", question, "--set", "mine.yaml"],
        input=typed,
        env=environment(data_dir),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_shows_passages_takes_a_quote_that_is_there_and_adds_the_case(
    seeds_data: Path, tmp_path: Path
) -> None:
    typed = "words that are nowhere\nbegan as the side business of an engineer\n\na side business | a side job\nhow\n"
    done = _write_case(seeds_data, tmp_path, "How did Lenovo start?", typed)
    _write_case(seeds_data, tmp_path, "Who wrote Hamlet?", "\n\n")

    assert done.returncode == 0, done.stderr
    assert "Lenovo, among the world's biggest producers" in done.stdout
    assert "stand in no document" in done.stdout
    first, second = load_set(tmp_path / "mine.yaml").cases
    assert first.answers == ("a side business", "a side job")
    assert json.loads(first.gold[0].model_dump_json())["document"] == "catch-up-and-surpass"
    assert second.answerable is False

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Command

ZTE = "what did ZTE's ban cause?"


def test_the_answer_comes_with_its_quote_marked_in_the_passage(seeds_data: Path, pincite: Command) -> None:
    done = pincite(seeds_data, "ask", ZTE)

    assert (done.returncode, done.stderr) == (0, "")
    words = " ".join(done.stdout.split())
    assert words.startswith("ZTE, a Chinese telecommunications company, was one casualty: its operations collapsed")
    assert "[c1]" in words
    assert "How Washington gave China its Sputnik moment > Did Washington overreach?" in words
    assert "Fujian Jinhua" in words, "the passage around the quote is shown"


def test_json_is_what_the_api_returns_and_its_offsets_fit_the_document(seeds_data: Path, pincite: Command) -> None:
    done = pincite(seeds_data, "ask", "--json", "--k", "2", ZTE)

    answer = json.loads(done.stdout)
    assert answer["answerable"] is True
    assert len(answer["passages"]) == 2
    citation, passage = answer["citations"][0], answer["passages"][0]
    begin = citation["start"] - passage["start"]
    assert passage["text"][begin : begin + len(citation["cited_text"])] == citation["cited_text"]


def test_a_refusal_says_so_shows_the_nearest_passages_and_is_no_failure(seeds_data: Path, pincite: Command) -> None:
    done = pincite(seeds_data, "ask", "Who wrote Hamlet?")

    assert done.returncode == 0
    assert done.stdout.startswith("The documents do not seem to answer this.")
    assert "nearest passages" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ask", ""], "the question is empty"),
        (["ask", " \t\n"], "the question is empty"),
        (["ask", "x" * 2001], "at most 2000"),
        (["ask", "x", "--k", "0"], "from 1 to 100"),
        (["ask", "x", "--k", "1000"], "from 1 to 100"),
        (["ask", "x", "--collection", "No Such"], "PINCITE_COLLECTION"),
        (["ask"], "Missing argument"),
        (["ask", "x", "--nonsense"], "No such option"),
    ],
)
def test_wrong_usage_is_a_message_and_exit_code_2(
    seeds_data: Path, pincite: Command, arguments: list[str], message: str
) -> None:
    done = pincite(seeds_data, *arguments)

    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_index_is_a_message_with_the_command_that_makes_one(tmp_path: Path, pincite: Command) -> None:
    for data_dir in (tmp_path / "nowhere", tmp_path):
        for arguments in (["ask", "x"], ["serve"], ["eval"]):
            done = pincite(data_dir, *arguments)
            assert done.returncode == 1, arguments
            assert "Traceback" not in done.stderr
    assert "pincite index PATH" in pincite(tmp_path, "ask", "x").stderr


def test_another_collection_is_asked_when_named(seeds_data: Path, pincite: Command) -> None:
    done = pincite(seeds_data, "ask", "x", "--collection", "minutes")

    assert done.returncode == 1
    assert "pincite index --collection minutes PATH" in done.stderr

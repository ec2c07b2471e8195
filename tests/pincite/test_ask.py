from __future__ import annotations

import json
from pathlib import Path

import pytest

from index.build import build
from index.collection import Collection
from index.settings import Settings
from tests.conftest import Command, Silent

ZTE = "what did ZTE's ban cause?"
NOKIA = "Who is the chief executive of Nokia?"


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


def test_explain_shows_each_passages_signals_words_and_nearest_sentence_within_the_width(
    seeds_data: Path, pincite: Command
) -> None:
    done = pincite(seeds_data, "ask", "--explain", "-k", "2", ZTE, COLUMNS="80")
    plain = pincite(seeds_data, "ask", "-k", "2", ZTE, COLUMNS="80")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(plain.stdout), "the answer comes first, as without --explain"
    lines = done.stdout.removeprefix(plain.stdout).splitlines()
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in done.stdout
    header = "#  document > heading           score  dense  bm25   cov  span  pair   dfb   lfb"
    first = next(place for place, line in enumerate(lines) if line.startswith("1  How Washington gave China"))
    assert header in lines[:first]
    assert len(lines[first].split()[5:]) == 8, "the score and a number for each signal"
    legend = next(place for place, line in enumerate(lines) if line.startswith("cov:"))
    assert "dfb, lfb:" in lines[legend], "one line"
    assert any(line.startswith("2  ") for line in lines[first:legend])
    words = next(place for place, line in enumerate(lines[legend:], legend) if line.startswith("1 ZTE, banned"))
    assert lines[words].split() == ["1", "ZTE,", "banned"], "each term once"
    assert lines[words + 1].startswith("  ZTE, a Chinese telecommunications company, was one casualty")
    assert lines[words + 1].endswith("…")
    assert lines[words + 2].startswith("2 ")


def test_explain_goes_with_json(seeds_data: Path, pincite: Command) -> None:
    done = pincite(seeds_data, "ask", "--json", "--explain", ZTE)

    passages = json.loads(done.stdout)["passages"]
    assert [match["term"] for match in passages[0]["explanation"]["matches"]][:2] == ["zte", "ban"]
    assert passages[0]["explanation"]["signals"]["dense"] == passages[0]["scores"]["dense"]
    plain = pincite(seeds_data, "ask", "--json", ZTE)
    assert [passage["explanation"] for passage in json.loads(plain.stdout)["passages"]] == [None] * 3


def test_explain_of_a_refusal_explains_the_nearest_passages(seeds_data: Path, pincite: Command) -> None:
    done = pincite(seeds_data, "ask", "--explain", NOKIA)

    assert done.stdout.startswith("The documents do not seem to answer this.")
    explained = done.stdout[done.stdout.index("words in common") :]
    assert [line[:2] for line in explained.splitlines() if line[0] != " "][1:] == ["1 ", "2 ", "3 "]
    assert "Nokia" in explained


def test_each_part_of_a_question_is_answered_or_refused_under_its_own_words(seeds_data: Path, pincite: Command) -> None:
    done = pincite(seeds_data, "ask", f"{ZTE} {NOKIA}")

    assert (done.returncode, done.stderr) == (0, "")
    answered, refused, *passages = done.stdout.split("\n\n")
    assert answered.startswith(f"{ZTE}\nZTE, a Chinese telecommunications company, was one casualty:")
    assert "[c1]" in answered
    assert refused.split("\n")[:2] == [NOKIA, "The documents do not seem to answer this part."]
    assert "[c" not in refused
    assert "Did Washington overreach?" in passages[0]


def test_where_no_part_is_answered_the_nearest_passages_follow(seeds_data: Path, pincite: Command) -> None:
    done = pincite(seeds_data, "ask", f"Who wrote Hamlet? {NOKIA}")

    first, second, nearest, *passages = done.stdout.split("\n\n")
    assert first.startswith("Who wrote Hamlet?\nThe documents do not seem to answer this part.\n")
    assert second.startswith(f"{NOKIA}\nThe documents do not seem to answer this part.\n")
    assert nearest == "The nearest passages:"
    assert len(passages) == 3


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
        (["ask", "x", "--from", "2019"], "--from is '2019'; it must be a day as YYYY-MM-DD"),
        (["ask", "x", "--to", "2019-02-30"], "--to is '2019-02-30'; it must be a day as YYYY-MM-DD"),
        (["ask", "x", "--from", "2020-01-01", "--to", "2019-01-01"], "comes before the first"),
        (["ask", "x", "--author", " "], "empty"),
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


def test_only_documents_that_match_the_options_are_asked(seeds_data: Path, pincite: Command) -> None:
    def documents(*options: str) -> set[str]:
        done = pincite(seeds_data, "ask", "--json", "-k", "100", ZTE, *options)
        assert (done.returncode, done.stderr) == (0, "")
        return {passage["document_id"] for passage in json.loads(done.stdout)["passages"]}

    both = {"catch-up-and-surpass", "chinas-sputnik-moment"}
    assert documents("--document", "catch-up-and-surpass", "--document", "nobody") == {"catch-up-and-surpass"}
    assert documents("--tag", "History", "--tag", "export controls", "--author", "pincite contributors") == both
    assert documents("--tag", "export controls", "--from", "2026-11-22", "--to", "2026-11-22") == {
        "chinas-sputnik-moment"
    }


def test_where_no_document_matches_the_message_says_so_and_it_is_no_failure(seeds_data: Path, pincite: Command) -> None:
    done = pincite(seeds_data, "ask", "--explain", ZTE, "--to", "2000-01-01")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split("\n")[0] == "There is no document to search: none matches, or the collection is empty."


def test_where_else_a_passage_stands_is_said(empty_data: Path, tmp_path: Path, pincite: Command) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    for name in ("Ferry", "Harbour"):
        (folder / f"{name}.md").write_text(f"# {name}\n\nThe ferry leaves at nine.\n", encoding="utf-8")
    build(Collection(empty_data, "default"), [folder], Settings().model, Silent())

    done = pincite(empty_data, "ask", "When does the ferry leave?")

    assert done.returncode == 0
    assert done.stdout.count("The ferry leaves at nine.") == 2, "once as the answer, once as its passage"
    assert "also in" in done.stdout
    assert "Ferry" in done.stdout
    assert "Harbour" in done.stdout

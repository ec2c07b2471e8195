from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.errors import LogError
from eval.gaps import LoggedQuestion, find_gaps, read_log
from qa.asker import Asker
from tests.conftest import Command

PASSWORD = ["How do I reset my password?", "I forgot my password", "password reset how"]
LEAVE = ["What is the parental leave policy?", "how many days of parental leave do I get"]


def asked(question: str, *, answerable: bool = False, collection: str = "default") -> LoggedQuestion:
    return LoggedQuestion(question=question, answerable=answerable, collection=collection)


def test_refused_questions_on_one_matter_stand_together_the_most_asked_first(seeds_asker: Asker) -> None:
    questions = [asked(question) for question in (*LEAVE, *PASSWORD, PASSWORD[0], "Who wrote Hamlet?")]
    gaps = find_gaps(questions, seeds_asker.generation.encoder)

    assert [gap.times for gap in gaps] == [4, 2, 1]
    assert [sorted(gap.questions) for gap in gaps] == [sorted(PASSWORD), sorted(LEAVE), ["Who wrote Hamlet?"]]
    assert all(gap.typical in gap.questions for gap in gaps)
    assert gaps[0].questions[0] == PASSWORD[0], "the most frequent wording stands first"


def test_answered_questions_are_no_gap_and_one_question_is_one_gap(seeds_asker: Asker) -> None:
    encoder = seeds_asker.generation.encoder
    assert find_gaps([], encoder) == []
    assert find_gaps([asked("What did ZTE's ban cause?", answerable=True)], encoder) == []
    (gap,) = find_gaps([asked("Who  wrote\nHamlet?")], encoder)
    assert (gap.times, gap.typical, gap.questions) == (1, "Who wrote Hamlet?", ("Who wrote Hamlet?",))


def test_only_the_collections_own_questions_are_read(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    lines = [asked("a"), asked("b", collection="other")]
    log.write_text("".join(f"{line.model_dump_json()}\n" for line in lines), encoding="utf-8")

    assert read_log(log, "default") == [lines[0]]
    assert read_log(log, "other") == [lines[1]]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"x\n", "log.jsonl:1: this is no line of a question log"),
        (b'{"question": "a", "answerable": false, "collection": "c"}\n{"question": "b"}\n', "log.jsonl:2: "),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_a_file_that_is_no_log_is_refused_with_the_line(content: bytes, reason: str, tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_bytes(content)
    with pytest.raises(LogError, match=reason):
        read_log(tmp_path / "log.jsonl", "c")
    with pytest.raises(LogError, match="PINCITE_QUESTION_LOG"):
        read_log(tmp_path / "missing.jsonl", "c")


def test_the_command_lists_the_gaps(seeds_data: Path, tmp_path: Path, pincite: Command) -> None:
    log = tmp_path / "log.jsonl"
    values = [{"question": q, "answerable": False, "collection": "default", "time": "now"} for q in PASSWORD]
    log.write_text("".join(json.dumps(value) + "\n" for value in values), encoding="utf-8")
    done = pincite(seeds_data, "eval", "gaps", str(log))

    assert done.returncode == 0
    assert "3 questions to 'default', 3 refused, on 1 matters" in done.stdout

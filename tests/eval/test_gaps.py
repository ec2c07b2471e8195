from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from eval.errors import LogError
from eval.gaps import LoggedQuestion, find_gaps, read_log
from index.collection import Collection
from qa.asker import Asker
from qa.feedback import FeedbackStore, Vote
from qa.references import Reference
from tests.conftest import Command

PASSWORD = ["How do I reset my password?", "I forgot my password", "password reset how"]
LEAVE = ["What is the parental leave policy?", "how many days of parental leave do I get"]


def asked(question: str, *, answerable: bool = False, collection: str = "default") -> LoggedQuestion:
    return LoggedQuestion(question=question, answerable=answerable, collection=collection)


def unhelpful(question: str, **said: Any) -> Vote:  # noqa: ANN401 - those of Vote
    return Vote(question, helpful=False, **said)


def test_refused_questions_on_one_matter_stand_together_the_most_asked_first(seeds_asker: Asker) -> None:
    questions = [asked(question) for question in (*LEAVE, *PASSWORD, PASSWORD[0], "Who wrote Hamlet?")]
    gaps = find_gaps(questions, [], seeds_asker.generation.encoder)

    assert [gap.times for gap in gaps] == [4, 2, 1]
    assert [gap.refused for gap in gaps] == [4, 2, 1]
    assert [sorted(gap.questions) for gap in gaps] == [sorted(PASSWORD), sorted(LEAVE), ["Who wrote Hamlet?"]]
    assert all(gap.typical in gap.questions for gap in gaps)
    assert gaps[0].questions[0] == PASSWORD[0], "the most frequent wording stands first"


def test_answered_questions_are_no_gap_and_one_question_is_one_gap(seeds_asker: Asker) -> None:
    encoder = seeds_asker.generation.encoder
    assert find_gaps([], [], encoder) == []
    assert find_gaps([asked("What did ZTE's ban cause?", answerable=True)], [], encoder) == []
    (gap,) = find_gaps([asked("Who  wrote\nHamlet?")], [], encoder)
    assert (gap.times, gap.typical, gap.questions) == (1, "Who wrote Hamlet?", ("Who wrote Hamlet?",))


def test_what_did_not_help_stands_with_what_was_refused_on_the_same_matter(seeds_asker: Asker) -> None:
    encoder = seeds_asker.generation.encoder
    document = seeds_asker.generation.database.documents()[0][0]
    cited = tuple(Reference.of("default", document, start, start + 9).encode() for start in (0, 20))
    votes = [
        unhelpful(PASSWORD[1], comment="The link\nis dead."),
        unhelpful(f"{PASSWORD[1]}  ", citations=cited),
        unhelpful(LEAVE[0]),
    ]
    password, leave = find_gaps([asked(PASSWORD[0]), asked(LEAVE[0], answerable=True)], votes, encoder)

    assert (password.refused, password.unhelpful, password.times) == (1, 2, 3)
    assert sorted(password.questions) == sorted(PASSWORD[:2])
    assert password.comments == ("The link is dead.",)
    assert password.documents == (document.id,), "once an answer, however often it was quoted"
    assert (leave.refused, leave.unhelpful) == (0, 1)


def test_what_strangers_sent_does_nothing_to_a_terminal(seeds_asker: Asker) -> None:
    sent = "\x1b[31mred\x07\r\u202e text\x9b2J"
    (gap,) = find_gaps([], [unhelpful(sent, comment=sent)], seeds_asker.generation.encoder)

    assert (gap.typical, gap.comments) == ("[31mred text 2J", ("[31mred text 2J",))


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


@pytest.fixture
def voted(seeds_data: Path, tmp_path: Path) -> Path:
    """A data folder with the sample documents, of which somebody has said something."""
    for name in ("collections", "encoders"):
        (tmp_path / name).symlink_to(seeds_data / name)
    store, collection = FeedbackStore(tmp_path), Collection(tmp_path, "default")
    store.add(collection, Vote("What did ZTE's ban cause?", helpful=True))
    store.add(collection, unhelpful(PASSWORD[0], answered=False, comment="But where?"))
    store.add(collection, unhelpful(LEAVE[0], answered=True))
    return tmp_path


def logged(folder: Path) -> Path:
    values = [{"question": q, "answerable": False, "collection": "default", "time": "now"} for q in PASSWORD]
    (folder / "log.jsonl").write_text("".join(json.dumps(value) + "\n" for value in values), encoding="utf-8")
    return folder / "log.jsonl"


def test_the_command_lists_what_was_refused(seeds_data: Path, tmp_path: Path, pincite: Command) -> None:
    log = logged(tmp_path)
    given = pincite(seeds_data, "eval", "gaps", str(log))
    named = pincite(seeds_data, "eval", "gaps", PINCITE_QUESTION_LOG=str(log))

    assert (given.returncode, given.stderr) == (0, "")
    assert f"3 questions to 'default' in {log}, 3 refused" in given.stdout
    assert re.search(r"^      3        0  ", given.stdout, re.MULTILINE)
    assert "1 matter\n" in given.stdout
    assert named.stdout == given.stdout


def test_the_command_lists_what_did_not_help(voted: Path, pincite: Command) -> None:
    done = pincite(voted, "eval", "gaps", PINCITE_QUESTION_LOG=str(voted / "not-yet.jsonl"))

    assert (done.returncode, done.stderr) == (0, "")
    assert "3 votes on answers from 'default', 1 helpful and 2 not, 1 of these on refusals" in done.stdout
    assert re.search(
        rf"^      0        1  {re.escape(PASSWORD[0])}\n +said of it: But where\?$", done.stdout, re.MULTILINE
    )
    assert "ZTE" not in done.stdout


def test_the_command_puts_both_together(voted: Path, tmp_path: Path, pincite: Command) -> None:
    done = pincite(voted, "eval", "gaps", str(logged(tmp_path)))

    assert "3 refused" in done.stdout
    assert "3 votes" in done.stdout
    assert re.search(r"^      3        1  ", done.stdout, re.MULTILINE)


def test_where_nothing_is_known_the_command_says_how_to_come_by_it(seeds_data: Path, pincite: Command) -> None:
    done = pincite(seeds_data, "eval", "gaps")

    assert (done.returncode, done.stdout) == (1, "")
    assert "PINCITE_QUESTION_LOG" in done.stderr
    assert "POST /v1/feedback" in done.stderr

"""Question sets are checked when they are loaded, and every fault is named with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.errors import QuestionSetError
from eval.sets import Case, Gold, load_set

GOOD = """\
name: small
floors:
  Success@1: 0.5
  refused: 1
cases:
  - id: opening
    question: When does the harbour open?
    answers: [at six, "6:00"]
    gold:
      - document: harbour
        quote: The harbour opens at six.
    tags: [when]
  - id: closing
    question: When does the harbour close?
    answerable: false
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "set.yaml"


def refusal(file: Path, text: str) -> str:
    """Return why a set with this text is refused."""
    file.write_text(text, encoding="utf-8")
    with pytest.raises(QuestionSetError) as caught:
        load_set(file)
    return str(caught.value)


def test_a_good_set_is_loaded_whole(file: Path) -> None:
    file.write_text(GOOD, encoding="utf-8")
    questions = load_set(file)
    assert questions.name == "small"
    assert questions.floors == {"Success@1": 0.5, "refused": 1.0}
    assert questions.cases == (
        Case(
            id="opening",
            question="When does the harbour open?",
            answers=("at six", "6:00"),
            gold=(Gold(document="harbour", quote="The harbour opens at six."),),
            tags=("when",),
        ),
        Case(id="closing", question="When does the harbour close?", answerable=False),
    )


def test_a_set_needs_no_floors_and_may_be_written_in_any_script(file: Path) -> None:
    file.write_text("name: kleinste\ncases: [{id: ä, question: '何ですか?', answerable: false}]", encoding="utf-8")
    questions = load_set(file)
    assert questions.floors == {}
    assert questions.cases[0].question == "何ですか?"


CASES = GOOD[GOOD.index("cases:") :]
GOLD = GOOD[GOOD.index("    gold:") : GOOD.index("    tags:")]
ANSWERS = GOOD[GOOD.index("    answers:") : GOOD.index("    gold:")]
CLOSING = "    question: When does the harbour close?\n"
FALSE = "    answerable: false\n"


@pytest.mark.parametrize(
    ("good", "bad", "place", "reason"),
    [
        pytest.param("    tags:", "    tag:", "12: cases.0.tag", "not permitted", id="unknown key in a case"),
        pytest.param("        quote:", "        text:", "11: cases.0.gold.0.text", "not permitted", id="and in gold"),
        pytest.param("name: small", "nam: small", "1: nam", "not permitted", id="and in the set"),
        pytest.param(CLOSING, "", "13: cases.1.question", "required", id="no question"),
        pytest.param(CLOSING, "    question: ' '\n", "14: cases.1.question", "at least 1", id="blank question"),
        pytest.param(CLOSING, "    question: [1]\n", "14: cases.1.question", "string", id="question that is no text"),
        pytest.param(GOLD, "", "6: cases.0", "both answers and gold", id="answerable without gold"),
        pytest.param(ANSWERS, "", "6: cases.0", "both answers and gold", id="answerable without answers"),
        pytest.param(FALSE, FALSE + GOLD, "13: cases.1", "neither", id="unanswerable with gold"),
        pytest.param(FALSE, FALSE + ANSWERS, "13: cases.1", "neither", id="unanswerable with answers"),
        pytest.param("id: closing", "id: opening", "13: cases.1.id", "taken, by line 6", id="repeated id"),
        pytest.param(CASES, "cases: []\n", "5: cases", "at least one", id="no cases"),
        pytest.param(CASES, "", "1: cases", "required", id="no key for cases"),
        pytest.param("refused: 1", "MAP: 1", "4: floors.MAP", "'nDCG@10'", id="unknown measure"),
        pytest.param("refused: 1", "refused: 1.5", "4: floors.refused", "less than or equal to 1", id="floor above 1"),
        pytest.param("refused: 1", "refused: yes", "4: floors.refused", "valid number", id="floor that is no number"),
        pytest.param("name: small", "name: small\nname: big", "2: name", "stands here twice", id="repeated key"),
        pytest.param("@1: 0.5", "@1: -1", "3: floors.Success@1", "greater than or equal to 0", id="floor below 0"),
    ],
)
def test_a_fault_is_refused_with_file_line_and_field(good: str, bad: str, place: str, reason: str, file: Path) -> None:
    assert GOOD.count(good) == 1
    message = refusal(file, GOOD.replace(good, bad))
    (fault,) = [row for row in message.splitlines() if row.startswith(f"  {file}:{place}: ")]
    assert reason in fault


def test_all_faults_are_named_at_once(file: Path) -> None:
    text = GOOD.replace("refused: 1", "refused: 2").replace("    tags:", "    tag:").replace("id: closing", "id: ''")
    message = refusal(file, text)
    for place in ("4: floors.refused", "12: cases.0.tag", "13: cases.1.id"):
        assert f"{file}:{place}: " in message


@pytest.mark.parametrize(
    ("text", "line"), [("- a\n- b\n", 1), ("just words\n", 1), ("null\n", 1), ("# what follows\n7\n", 2)]
)
def test_a_file_that_holds_no_mapping_is_refused(text: str, line: int, file: Path) -> None:
    assert f"{file}:{line}: set: " in refusal(file, text)


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n"])
def test_an_empty_file_is_refused(text: str, file: Path) -> None:
    assert f"{file} is empty" in refusal(file, text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name: a\ncases: [\n", "set.yaml:3: "),
        ("name: a\n\tcases: []\n", "set.yaml:2: "),
        ("name: a\n---\nname: b\n", "another document"),
        ("name: !!python/object:os.system {}\n", "set.yaml:1: "),
        ("name: 2026-02-31\n", "day is out of range"),
        ("name: " + "[" * 3000, "not valid YAML"),
    ],
)
def test_a_file_that_is_not_yaml_is_refused_with_what_is_wrong(text: str, reason: str, file: Path) -> None:
    message = refusal(file, text)
    assert str(file) in message
    assert "is not valid YAML" in message
    assert reason in message


def test_a_file_that_is_not_utf8_is_refused(file: Path) -> None:
    file.write_bytes(GOOD.replace("small", "caf\u00e9").encode("latin-1"))
    with pytest.raises(QuestionSetError, match="not UTF-8 text") as caught:
        load_set(file)
    assert f"{file}:1: " in str(caught.value)


def test_a_missing_file_and_a_folder_are_refused(file: Path) -> None:
    with pytest.raises(QuestionSetError, match=r"set\.yaml cannot be read: No such file"):
        load_set(file)
    with pytest.raises(QuestionSetError, match="cannot be read: Is a directory"):
        load_set(file.parent)


CASE_LINE = '{"id": "closing", "question": "When does the harbour close?", "answerable": false}'


def test_a_jsonl_file_holds_a_case_a_line_and_names_its_set(tmp_path: Path) -> None:
    file = tmp_path / "harbour.jsonl"
    file.write_text(f"{CASE_LINE}\n\n{CASE_LINE.replace('closing', 'opening')}\n", encoding="utf-8")
    questions = load_set(file)
    assert questions.name == "harbour"
    assert [case.id for case in questions.cases] == ["closing", "opening"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "3: this line is not valid JSON"),
        ("[" * 9000, "3: this line is not valid JSON"),
        ('{"id": "x"}', "3: cases.1.question: Field required"),
        ("7", "3: cases.1: "),
        (CASE_LINE, "3: cases.1.id: 'closing' is taken, by line 1"),
    ],
)
def test_a_fault_in_a_jsonl_file_is_named_with_its_line(line: str, reason: str, tmp_path: Path) -> None:
    file = tmp_path / "set.jsonl"
    assert f"{file}:{reason}" in refusal(file, f"{CASE_LINE}\n\n{line}\n")


def test_an_empty_jsonl_file_is_refused(tmp_path: Path) -> None:
    assert "there must be at least one" in refusal(tmp_path / "set.jsonl", "\n")

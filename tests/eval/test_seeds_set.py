"""The set over the sample documents, and the command that runs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.gold import relevant_passages
from eval.run import Report, run_set
from eval.sets import QuestionSet, load_set
from qa.asker import Asker
from tests.conftest import ROOT, Command

SEEDS_SET = ROOT / "eval" / "sets" / "seeds.yaml"


@pytest.fixture(scope="session")
def questions() -> QuestionSet:
    return load_set(SEEDS_SET)


@pytest.fixture(scope="session")
def report(questions: QuestionSet, seeds_asker: Asker) -> Report:
    return run_set(questions, seeds_asker)


def test_the_set_asks_enough_and_a_quarter_of_it_has_no_answer(questions: QuestionSet) -> None:
    assert len(questions.cases) >= 40
    assert sum(not case.answerable for case in questions.cases) >= 10
    assert len({case.question.casefold() for case in questions.cases}) == len(questions.cases)
    assert all(case.tags for case in questions.cases)


def test_every_gold_quote_is_found_and_both_documents_are_asked_about(
    questions: QuestionSet, seeds_asker: Asker
) -> None:
    database = seeds_asker.generation.database
    answerable = [case for case in questions.cases if case.answerable]
    assert all(relevant_passages(case, database) for case in answerable)
    asked = {gold.document for case in answerable for gold in case.gold}
    assert asked == {document.id for document, _ in database.documents()}


def test_every_kind_of_measure_has_a_floor_and_a_run_is_below_none(questions: QuestionSet, report: Report) -> None:
    assert questions.floors.keys() == report.measures.keys()
    assert min(questions.floors.values()) > 0.5
    assert report.below == ()


def test_the_command_prints_the_measures_and_ends_well(
    pincite: Command, seeds_data: Path, questions: QuestionSet, report: Report
) -> None:
    done = pincite(seeds_data, "eval", "run", str(SEEDS_SET))
    assert (done.returncode, done.stderr) == (0, "")
    floors: dict[str, float] = dict(questions.floors.items())
    rows = {row.split()[0]: row.split() for row in done.stdout.splitlines()}
    for name, value in report.measures.items():
        assert rows[name][1:] == [f"{value:.3f}", f"{floors[name]:.2f}"]
    missed = [row.split()[1].rstrip(":") for row in done.stdout.splitlines() if row.startswith("  missed ")]
    assert missed == [outcome.case.id for outcome in report.outcomes if not outcome.right]


def test_the_command_fails_where_a_floor_is_not_met(pincite: Command, seeds_data: Path, tmp_path: Path) -> None:
    file = tmp_path / "set.yaml"
    file.write_text(
        "name: strict\nfloors: {answered: 1, Success@1: 0}\ncases:\n"
        "  - {id: lost, question: Who wrote Hamlet, answers: [none], "
        "gold: [{document: catch-up-and-surpass, quote: Alvin Toffler}]}\n",
        encoding="utf-8",
    )
    done = pincite(seeds_data, "eval", "run", str(file))
    assert (done.returncode, done.stderr) == (1, "")
    assert "missed lost: Who wrote Hamlet (refused" in done.stdout
    assert [row.split() for row in done.stdout.splitlines() if "BELOW" in row] == [
        ["answered", "0.000", "1.00", "BELOW"]
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: odd\ncases:\n  - {id: a, question: Who, answerable: false, note: x}\n", ":3: cases.0.note: "),
        (
            "name: odd\ncases:\n  - {id: a, question: Who, answers: [x], gold: [{document: none, quote: x}]}\n",
            "there is no document 'none'",
        ),
    ],
)
def test_the_command_says_what_is_wrong_with_a_set_and_no_more(
    text: str, message: str, pincite: Command, seeds_data: Path, tmp_path: Path
) -> None:
    file = tmp_path / "set.yaml"
    file.write_text(text, encoding="utf-8")
    done = pincite(seeds_data, "eval", "run", str(file))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("pincite: ")
    assert message in done.stderr
    assert "Traceback" not in done.stderr

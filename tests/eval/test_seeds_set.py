"""The set over the sample documents, and the commands that check, run and compare it."""

from __future__ import annotations

from pathlib import Path

import pytest
from httpx import Client

from eval.compare import is_good
from eval.gate import judge
from eval.gold import GoldLocator
from eval.records import Run, read_run
from eval.run import write_run
from eval.sets import QuestionSet
from eval.targets import LocalTarget
from tests.conftest import Command
from tests.eval.conftest import SEEDS_SET, Evaluate
from tests.eval.doubles import result, run_of

SMALL = """\
name: small
floors: {answered: 0.5}
cases:
  - id: ban
    question: What did ZTE's ban cause?
    answers: [its operations collapsed]
    gold: [{document: chinas-sputnik-moment, quote: its operations collapsed}]
  - id: hamlet
    question: Who wrote Hamlet?
    answers: [Alvin Toffler]
    gold: [{document: catch-up-and-surpass, quote: Alvin Toffler}]
"""
STRICT = """\
name: strict
floors: {answered: 1, Success@1: 0}
cases:
  - id: lost
    question: Who wrote Hamlet
    answers: [none]
    gold: [{document: catch-up-and-surpass, quote: Alvin Toffler}]
"""
NOWHERE = STRICT.replace("Alvin Toffler", "nowhere to be found")
ODD = "name: odd\ncases:\n  - {id: a, question: Who, answerable: false, note: x}\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "set.yaml"


def test_the_set_asks_enough_and_a_part_of_it_has_no_answer(questions: QuestionSet) -> None:
    assert len(questions.cases) >= 40
    assert sum(not case.answerable for case in questions.cases) >= len(questions.cases) / 5
    assert len({case.question.casefold() for case in questions.cases}) == len(questions.cases)
    assert all(case.tags for case in questions.cases)


def test_every_gold_quote_is_found_and_both_documents_are_asked_about(
    questions: QuestionSet, local_target: LocalTarget
) -> None:
    locator = GoldLocator(local_target)
    assert all(locator.locate(case) for case in questions.cases if case.answerable)
    asked = {gold.document for case in questions.cases for gold in case.gold}
    assert asked == set(local_target.document_ids())


def test_a_run_breaks_no_floor_and_there_are_floors_on_finding_answering_and_refusing(
    questions: QuestionSet, seeds_run: Run
) -> None:
    verdict = judge(seeds_run, None, questions.floors_by_name())
    assert verdict.passed
    assert {"Success@1", "answered", "refused"} <= questions.floors.keys()
    assert min(questions.floors.values()) > 0.5


def test_the_command_prints_the_measures_writes_the_run_and_ends_well(
    pincite: Command, seeds_data: Path, seeds_run: Run, tmp_path: Path
) -> None:
    done = pincite(seeds_data, "eval", "run", str(SEEDS_SET), "--out", "runs/base.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"seeds: {len(seeds_run.results)} cases ({len(seeds_run.results)} scored, 0 failed")
    missed = [row.split()[1].rstrip(":") for row in done.stdout.splitlines() if row.startswith("  missed ")]
    assert missed == [one.case for one in seeds_run.results if not is_good(one)]
    rows = {row.split()[0]: row.split()[1:] for row in done.stdout.splitlines()}
    for name, values in (
        ("Success@1", [one.measures["Success@1"] for one in seeds_run.results if one.answerable]),
        ("refused", [one.measures["refused"] for one in seeds_run.results if not one.answerable]),
    ):
        assert (rows[name][0], rows[name][-1]) == (f"{sum(values) / len(values):.3f}", str(len(values)))
    written = read_run(tmp_path / "runs" / "base.json")
    assert (written.results, written.set_sha256) == (seeds_run.results, seeds_run.set_sha256)
    assert {path.suffix for path in (tmp_path / "runs").iterdir()} == {".json", ".run", ".qrels"}


def test_the_command_prints_the_measures_by_tag_and_document(evaluate: Evaluate, file: Path) -> None:
    file.write_text(SMALL.replace("answers: [its", "tags: [what]\n    answers: [its"), encoding="utf-8")
    code, plain, _ = evaluate("run", str(file))
    assert (code, evaluate("run", str(file), "--groups")[0]) == (0, 0)
    _, grouped, _ = evaluate("run", str(file), "--groups")
    assert grouped.startswith(plain)
    blocks = grouped.removeprefix(plain).strip().split("\n\n")
    titles = [block.splitlines()[0] for block in blocks]
    assert titles == ["document catch-up-and-surpass", "document chinas-sputnik-moment", "tag what"]
    assert all(any(row.startswith("Success@1 ") for row in block.splitlines()) for block in blocks)


def test_the_command_asks_a_service_too(evaluate: Evaluate, file: Path, client: Client) -> None:
    file.write_text(SMALL, encoding="utf-8")
    here = evaluate("run", "set.yaml")
    assert here == evaluate("run", "set.yaml", "--url", str(client.base_url))
    assert (here[0], here[2]) == (0, "")


def test_the_command_fails_where_a_floor_is_not_met(evaluate: Evaluate, file: Path) -> None:
    file.write_text(STRICT, encoding="utf-8")
    code, output, errors = evaluate("run", "set.yaml")
    assert (code, errors) == (1, "")
    assert "missed lost: Who wrote Hamlet (refused" in output
    assert [row for row in output.splitlines() if row.startswith("FAILED")] == [
        "FAILED floor answered: 0.000, floor 1.000"
    ]


def test_a_set_is_checked(evaluate: Evaluate, questions: QuestionSet) -> None:
    found = f"{SEEDS_SET}: {len(questions.cases)} cases, every gold quote found.\n"
    assert evaluate("check", str(SEEDS_SET)) == (0, found, "")


def test_checking_names_every_quote_that_is_not_there(evaluate: Evaluate, file: Path) -> None:
    missing = "  - {id: mill, question: When, answers: [x], gold: [{document: mill, quote: at dawn}]}\n"
    file.write_text(NOWHERE + missing, encoding="utf-8")
    code, output, errors = evaluate("check", "set.yaml")
    assert (code, output) == (1, "")
    assert "2 of 2 cases are wrong" in errors
    assert "case lost: the quote 'nowhere to be found' does not occur" in errors
    assert "case mill: there is no document 'mill'" in errors


def test_two_runs_are_compared_with_the_questions_lost_and_won(evaluate: Evaluate, tmp_path: Path) -> None:
    good = [result(f"a{n}") for n in range(14)]
    bad = [result(f"a{n}", right=False) for n in range(14)]
    write_run(run_of([*good[:12], *bad[12:]]), tmp_path / "a.json")
    write_run(run_of([*bad[:12], *good[12:13], *bad[13:]]), tmp_path / "b.json")
    code, output, errors = evaluate("compare", "a.json", "b.json")
    assert (code, errors) == (0, "")
    rows = {row.split()[0]: row.split()[1:] for row in output.splitlines() if row[0] != " "}
    assert rows["Success@1"][:3] == ["0.857", "0.071", "-0.786"]
    assert rows["Success@1"][-2:] == ["14", "LOSS"]
    assert (rows["lost:"], rows["won:"]) == (["12"], ["1"])
    assert "  a0: What of a0?\n    base: at six\n    new: at noon\n" in output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "odd.yaml"), ":3: cases.0.note: "),
        (("check", "odd.yaml"), ":3: cases.0.note: "),
        (("run", "nowhere.yaml"), "the quote 'nowhere to be found' does not occur in 'catch-up-and-surpass'"),
        (("run", "absent.yaml"), "absent.yaml cannot be read: No such file"),
        (("run", "small.yaml", "--url", "http://127.0.0.1:1"), "Is `pincite serve` running there?"),
        (("run", "small.yaml", "--collection", "none"), "none"),
        (("compare", "a.json", "absent.json"), "`pincite eval run --out` writes one"),
        (("compare", "a.json", "odd.yaml"), "odd.yaml is not a run that this version can read"),
        (("compare", "a.json", "other.json"), "the runs are over different cases"),
    ],
)
def test_bad_input_gets_one_message_and_no_more(
    arguments: tuple[str, ...], message: str, evaluate: Evaluate, tmp_path: Path
) -> None:
    for name, text in (("odd.yaml", ODD), ("nowhere.yaml", NOWHERE), ("small.yaml", SMALL)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    write_run(run_of([result("a")]), tmp_path / "a.json")
    write_run(run_of([result("a")], set_sha256="07e"), tmp_path / "other.json")
    code, output, errors = evaluate(*arguments)
    assert (code, output) == (1, "")
    assert errors.startswith("pincite: ")
    assert message in errors
    assert "Traceback" not in errors

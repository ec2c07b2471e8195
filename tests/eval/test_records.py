"""Runs written and read again; a file that holds no run is refused with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from eval.errors import RunError
from eval.records import RUN_FORMAT, Run, read_run
from eval.run import write_run
from tests.eval.doubles import result, run_of, unscored

RUN = run_of(
    [
        result("opening", tags=("when", "direct")),
        result("naïve 港", right=False, confidence=0.1234),
        result("hamlet", answerable=False, given=False),
        unscored("oil", "failed", "the engine is out of oil"),
        unscored("mill", "skipped", "the collection has no document 'mill'"),
    ]
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "run.json"


@pytest.fixture
def written(file: Path) -> dict[str, Any]:
    """Return the parts of a good run, whose file a test may write anew."""
    write_run(RUN, file)
    parts: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return parts


def refusal(file: Path, parts: object) -> str:
    """Return why a file of these parts is refused, having seen that the message names it."""
    file.write_text(parts if isinstance(parts, str) else json.dumps(parts), encoding="utf-8")
    with pytest.raises(RunError) as caught:
        read_run(file)
    assert str(file) in str(caught.value)
    return str(caught.value)


def test_a_run_is_read_as_it_was_written(file: Path) -> None:
    write_run(RUN, file)
    assert read_run(file) == RUN
    first = file.read_bytes()
    write_run(read_run(file), file)
    assert file.read_bytes() == first


def test_the_run_over_the_samples_is_read_as_it_was_written(seeds_run: Run, file: Path) -> None:
    write_run(seeds_run, file)
    same = read_run(file) == seeds_run  # apart: pytest would spell out the texts of two whole runs
    assert same


def test_a_file_that_is_not_there_is_refused_with_what_writes_one(file: Path) -> None:
    with pytest.raises(RunError, match=r"cannot be read: No such file.*`pincite eval run --out` writes one") as caught:
        read_run(file)
    assert str(file) in str(caught.value)
    with pytest.raises(RunError, match="Is a directory"):
        read_run(file.parent)


@pytest.mark.parametrize("text", ["", "name: seeds", "{", '{"format_version": 1', "[]", "null"])
def test_a_file_that_is_no_run_is_refused(text: str, file: Path) -> None:
    assert "is not a run that this version can read: the file: " in refusal(file, text)


def test_bytes_that_are_no_text_are_refused(file: Path) -> None:
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RunError, match="is not a run that this version can read"):
        read_run(file)


def test_another_version_of_the_format_is_refused(written: dict[str, Any], file: Path) -> None:
    message = refusal(file, {**written, "format_version": 99})
    assert f"has run format 99; this version reads {RUN_FORMAT}" in message


def test_a_run_without_cases_is_refused(written: dict[str, Any], file: Path) -> None:
    assert "is empty: it holds no case" in refusal(file, {**written, "results": []})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "high", None])
def test_a_measure_that_is_no_number_is_refused_with_its_field(
    value: object, written: dict[str, Any], file: Path
) -> None:
    written["results"][1]["measures"]["F1"] = value
    assert "results.1.measures.F1: " in refusal(file, written)


@pytest.mark.parametrize("field", ["score", "start"])
def test_a_place_that_is_no_number_is_refused_with_its_field(field: str, written: dict[str, Any], file: Path) -> None:
    written["results"][0]["answered"]["passages"][1][field] = float("nan")
    assert f"results.0.answered.passages.1.{field}: " in refusal(file, written)


def test_an_unknown_key_is_refused_with_its_field(written: dict[str, Any], file: Path) -> None:
    assert "note: Extra inputs" in refusal(file, {**written, "note": "best so far"})
    written["results"][2]["note"] = "odd"
    assert "results.2.note: Extra inputs" in refusal(file, written)


def test_a_missing_field_and_an_unknown_status_are_refused(written: dict[str, Any], file: Path) -> None:
    written["results"][0]["status"] = "lucky"
    assert "results.0.status: " in refusal(file, written)
    del written["target"]
    assert "target: Field required" in refusal(file, written)


def test_records_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        RUN.set_name = "other"  # type: ignore[misc]

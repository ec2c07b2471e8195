"""JUnit XML: well-formed whatever stands in it, counted right, and zero, failed and skipped kept apart."""

from __future__ import annotations

from xml.etree.ElementTree import Element, fromstring

import pytest

from eval.gate import Verdict, judge
from eval.reports.junit import junit, plain
from tests.eval.reports import HOSTILE, a_run, hostile, judged, other, result


def suites(verdict: Verdict) -> tuple[Element, Element, Element]:
    root = fromstring(junit(verdict))  # noqa: S314 - our own
    checks, cases = root.findall("testsuite")
    assert (checks.get("name"), cases.get("name")) == ("checks", "cases")
    return root, checks, cases


def counts(suite: Element) -> list[str | None]:
    return [suite.get(name) for name in ("tests", "failures", "errors", "skipped")]


def by_name(suite: Element) -> dict[str | None, Element]:
    return {case.get("name"): case for case in suite.findall("testcase")}


def test_only_checks_are_failures_and_counts_are_right() -> None:
    root, checks, cases = suites(judged())
    assert counts(checks) == ["3", "2", "0", "0"]
    assert counts(cases) == ["7", "0", "1", "1"]
    assert counts(root) == ["10", "2", "1", "1"]
    failure = by_name(checks)["floor Success@1"].find("failure")
    assert failure is not None
    assert failure.get("message") == "0.667, floor 0.900"
    assert by_name(checks)["floor F1"].find("failure") is None


def test_zero_failed_and_skipped_are_three_things() -> None:
    _, _, cases = suites(judged())
    found = {name: [child.tag for child in case] for name, case in by_name(cases).items()}
    assert found["bad"] == found["silent"] == found["bread"] == ["system-out"]
    assert found["down"] == ["error"]
    assert found["absent"] == ["skipped"]
    error, skipped = by_name(cases)["down"].find("error"), by_name(cases)["absent"].find("skipped")
    assert error is not None
    assert error.get("message") == "the service is gone"
    assert skipped is not None
    assert skipped.get("message") == "the collection has no document 'x'"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("good", ("outcome: right", "rank: 1", "answer: an answer", "confidence: 0.900")),
        ("bad", ("outcome: wrong", "rank: 2", "answer: an answer")),
        ("silent", ("outcome: wrong", "rank: 1", "answer: refused")),
        ("hamlet", ("outcome: right", "expected: a refusal", "answer: refused")),
        ("bread", ("outcome: wrong", "expected: a refusal", "answer: an answer")),
    ],
)
def test_a_scored_case_tells_how_it_came_out(name: str, expected: tuple[str, ...]) -> None:
    _, _, cases = suites(judged())
    told = (by_name(cases)[name].findtext("system-out") or "").splitlines()
    assert set(expected) <= set(told)
    assert any(line.startswith("rank:") for line in told) == (name not in {"hamlet", "bread"})


def test_a_gold_passage_that_did_not_come_has_no_rank() -> None:
    missing = result("x").model_copy(update={"relevant": ("elsewhere",)})
    assert missing.first_rank() is None
    assert other("x", "failed", "").first_rank() is None
    brief = result("x").model_copy(update={"answered": None, "measures": {"RR@10": 1 / 3}})
    assert brief.first_rank() == 3, "a run without passages knows the rank from its measures"
    _, _, cases = suites(judge(a_run(missing), None, {}))
    assert "rank: not among the first 2 passages" in (cases.findtext("testcase/system-out") or "")


def test_hostile_text_comes_back_as_it_went_in() -> None:
    text = junit(hostile())
    assert not set(text) & set("\x00\x07\x1b\ud800\uffff")
    text.encode()
    _, _, cases = suites(hostile())
    assert counts(cases) == [str(3 * len(HOSTILE)), "0", str(len(HOSTILE)), str(len(HOSTILE))]
    for number, one in enumerate(HOSTILE):
        case = by_name(cases)[plain(f"{number} {one}")]
        assert f"answer: {plain(one)}" in (case.findtext("system-out") or "")


def test_a_run_without_scored_cases() -> None:
    _, checks, cases = suites(judge(a_run(other("x", "skipped", "no document")), None, {"F1": 0.5}))
    assert counts(checks) == ["2", "2", "0", "0"]
    assert counts(cases) == ["1", "0", "0", "1"]


def test_what_was_measured_stands_in_properties() -> None:
    _, checks, _ = suites(judged())
    found = {one.get("name"): one.get("value") for one in checks.findall("properties/property")}
    assert found["set"] == "few"
    assert found["git_revision"] == "abc123"
    assert found["setting dense_weight"] == "0.7"

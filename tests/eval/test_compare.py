"""Two runs compared: what differs by more than chance, and which questions were won and lost."""

from __future__ import annotations

import pytest

from eval.compare import Comparison, Difference, compare, is_good
from eval.errors import RunError
from eval.measures import CASE_MEASURES, SET_MEASURES
from eval.records import Result, Run
from eval.statistics import paired_p_value
from tests.eval.doubles import result, run_of, unscored, with_confidence

BASE = run_of(
    [result(f"a{n}", confidence=0.7 + n / 100) for n in range(20)]
    + [result(f"u{n}", answerable=False, given=False, confidence=n / 100) for n in range(10)]
)
WORSE = {f"a{n}" for n in range(10)}


def spoiled(one: Result) -> Result:
    """Return a case whose answer has become wrong and hesitant."""
    bad = result(one.case, right=False, confidence=0.3)
    return one.model_copy(update={"answered": bad.answered, "measures": bad.measures})


def changed(run: Run, *results: Result) -> Run:
    return run.model_copy(update={"results": tuple(results)})


@pytest.fixture
def planted() -> Comparison:
    return compare(BASE, changed(BASE, *(spoiled(one) if one.case in WORSE else one for one in BASE.results)))


def by_name(comparison: Comparison) -> dict[str, Difference]:
    return {one.measure: one for one in comparison.differences}


def test_runs_over_other_cases_are_refused_and_both_are_named() -> None:
    other = run_of(BASE.results, set_sha256="07e", set_name="mill")
    with pytest.raises(RunError, match="different cases") as caught:
        compare(BASE, other)
    assert "'harbour'" in str(caught.value)
    assert "'mill'" in str(caught.value)
    assert "`pincite eval run`" in str(caught.value)


def test_runs_without_a_common_scored_case_are_refused() -> None:
    one = run_of([result("a"), unscored("b", "failed", "no oil")])
    other = run_of([unscored("a", "failed", "no oil"), result("b")])
    for base, new in ((one, other), (other, one), (one, run_of([unscored("a", "skipped", "no mill")]))):
        with pytest.raises(RunError, match="no case is scored in both runs"):
            compare(base, new)


def test_a_run_and_itself_do_not_differ() -> None:
    comparison = compare(BASE, BASE)
    assert [one.measure for one in comparison.differences] == [*CASE_MEASURES, *SET_MEASURES]
    assert {one.p_value for one in comparison.differences} == {1}
    assert all(one.gain == 0 and one.base == one.new and not one.is_loss for one in comparison.differences)
    assert (comparison.won, comparison.lost, comparison.unpaired) == ((), (), ())


def test_the_order_of_the_cases_does_not_matter() -> None:
    comparison = compare(BASE, changed(BASE, *reversed(BASE.results)))
    assert {one.p_value for one in comparison.differences} == {1}
    assert comparison.lost == ()


def test_a_planted_loss_is_found_where_it_was_planted(planted: Comparison) -> None:
    found = by_name(planted)
    losses = {name for name, one in found.items() if one.is_loss}
    assert {"Success@1", "RR@10", "EM", "F1", "QuoteP", "QuoteR", "Precision", "Recall"} <= losses
    assert losses.isdisjoint({"answered", "refused", "Success@5", "R@5", "R@20"})
    one = found["Success@1"]
    assert (one.base, one.new, one.gain, one.count) == (1, 0.5, -0.5, 20)
    assert one.p_value < 0.05
    assert (found["refused"].count, found["AUROC"].count) == (10, 30)


def test_the_lost_questions_are_just_those_that_were_spoiled(planted: Comparison) -> None:
    assert {before.case for before, _ in planted.lost} == WORSE
    assert planted.won == ()
    for before, after in planted.lost:
        assert before.case == after.case
        assert is_good(before)
        assert not is_good(after)


def test_the_other_way_round_a_loss_is_a_gain(planted: Comparison) -> None:
    back = compare(planted.new, planted.base)
    assert {before.case for before, _ in back.won} == WORSE
    assert back.lost == ()
    assert not any(one.is_loss for one in back.differences)
    found, there = by_name(back), by_name(planted)
    assert all(found[name].gain == -there[name].gain for name in found)
    assert found["Success@1"].p_value == there["Success@1"].p_value


def test_calibration_error_is_better_when_lower() -> None:
    surer = compare(BASE, with_confidence(BASE, lambda one: 1.0 if one >= 0.5 else 0.0))
    assert by_name(surer)["ECE"].gain > 0
    assert not by_name(surer)["ECE"].is_loss
    unsure = by_name(compare(BASE, with_confidence(BASE, lambda one: 1 - one)))["ECE"]
    assert unsure.new > unsure.base
    assert unsure.gain < 0
    assert unsure.is_loss


def test_cases_that_only_one_run_scored_are_named_and_left_out() -> None:
    rest = BASE.results[2:]
    base = changed(BASE, BASE.results[0], unscored("a1", "failed", "no oil"), *rest)
    new = changed(BASE, unscored("a0", "skipped", "no mill"), BASE.results[1], *rest)
    comparison = compare(base, new)
    assert set(comparison.unpaired) == {"a0", "a1"}
    assert by_name(comparison)["Success@1"].count == 18
    assert (comparison.won, comparison.lost) == ((), ())
    assert {one.p_value for one in comparison.differences} == {1}


def test_p_values_are_adjusted_for_being_many(planted: Comparison) -> None:
    found = {one.measure: one.p_value for one in planted.differences}
    raw = paired_p_value([-1.0] * 10 + [0.0] * 10)
    assert raw < found["Success@1"] <= raw * len(found)
    assert min(found.values()) >= 1e-4 * len(found)
    assert max(found.values()) == 1


@pytest.mark.parametrize(
    ("case", "good"),
    [
        (result("a"), True),
        (result("a", right=False), False),
        (result("a", given=False), False),
        (result("a", answerable=False, given=False), True),
        (result("a", answerable=False), False),
        (unscored("a", "failed", "no oil"), False),
    ],
)
def test_a_case_is_good_when_the_right_passage_is_given_or_it_is_rightly_refused(case: Result, good: bool) -> None:
    assert is_good(case) is good

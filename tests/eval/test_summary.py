"""A run in figures: over everything, by tag and by document, and never a zero for what was not measured."""

from __future__ import annotations

import pytest

from eval.measures import CASE_MEASURES, SET_MEASURES, set_values
from eval.records import Run
from eval.summary import set_columns, summarize
from tests.eval.doubles import result, run_of, unscored

MIXED = run_of(
    [
        result("a", tags=("when",), confidence=0.9),
        result("b", right=False, tags=("when", "late"), confidence=0.6),
        result("c", given=False, tags=("who",), confidence=0.3),
        result("d", answerable=False, given=False, tags=("who",), confidence=0.2),
        result("e", answerable=False, confidence=0.7),
        unscored("f", "failed", "the engine is out of oil"),
        unscored("g", "skipped", "the collection has no document 'mill'"),
    ]
)


def test_a_measure_is_the_mean_over_the_cases_that_it_bears_on() -> None:
    found = summarize(MIXED).overall
    values = {"Success@1": 2 / 3, "Success@5": 1, "RR@10": 5 / 6, "QuoteR": 1 / 3, "answered": 2 / 3, "refused": 1 / 2}
    assert {name: found[name].value for name in values} == pytest.approx(values)
    assert {name: found[name].count for name in values} == {**dict.fromkeys(values, 3), "refused": 2}
    assert list(found) == [*CASE_MEASURES, *SET_MEASURES]


def test_measures_of_the_set_are_over_all_scored_cases_together() -> None:
    columns = set_columns(MIXED.results)
    assert [column.tolist() for column in columns] == [
        [True, True, True, False, False],
        [True, False, True, False, False],
        [True, True, False, False, True],
        [0.9, 0.6, 0.3, 0.2, 0.7],
    ]
    overall = summarize(MIXED).overall
    assert [overall[name].value for name in SET_MEASURES] == list(set_values(*columns))
    assert {overall[name].count for name in SET_MEASURES} == {5}
    assert overall["AUROC"].value == pytest.approx(4 / 6)
    assert overall["Precision"].value == pytest.approx(1 / 3)


def test_cases_that_were_not_scored_are_counted_and_are_no_zeros() -> None:
    summary = summarize(MIXED)
    assert summary.statuses == {"scored": 5, "failed": 1, "skipped": 1}
    assert summary.overall == summarize(run_of(MIXED.results[:5])).overall
    assert summary.run is MIXED


def test_groups_are_the_tags_and_documents_with_measures_of_single_cases_only() -> None:
    groups = summarize(MIXED).groups
    assert list(groups) == ["document harbour", "tag late", "tag when", "tag who"]
    assert groups["tag when"]["Success@1"].value == 0.5
    assert (groups["tag late"]["Success@1"].value, groups["tag late"]["Success@1"].count) == (0, 1)
    assert groups["tag late"]["Success@1"].low is None
    assert (groups["tag who"]["answered"].value, groups["tag who"]["refused"].value) == (0, 1)
    assert groups["document harbour"]["Success@1"].count == 3
    assert all(set(measures) <= set(CASE_MEASURES) for measures in groups.values())
    assert "refused" not in groups["tag when"]


def test_a_measure_that_no_case_bears_on_is_absent() -> None:
    answerable = summarize(run_of([result("a"), result("b", right=False)])).overall
    assert {"refused", "AUROC"}.isdisjoint(answerable)
    refused = summarize(run_of([result("a", answerable=False, given=False)])).overall
    assert set(refused) == {"refused", "Coverage@5%risk", "ECE"}


def test_a_run_without_scores_has_no_figures() -> None:
    summary = summarize(run_of([unscored("a", "skipped", "no mill"), unscored("b", "failed", "no oil")]))
    assert (summary.overall, summary.groups) == ({}, {})
    assert summary.statuses == {"scored": 0, "failed": 1, "skipped": 1}


def test_every_interval_over_the_samples_holds_its_value_and_stays_within_0_and_1(seeds_run: Run) -> None:
    summary = summarize(seeds_run)
    assert summary.statuses["scored"] == len(seeds_run.results)
    assert set(summary.overall) == {*CASE_MEASURES, *SET_MEASURES}
    for one in (one for group in (summary.overall, *summary.groups.values()) for one in group.values()):
        assert 0 <= one.value <= 1
        assert (one.low is None) == (one.high is None)
        assert one.low is None or one.high is None or 0 <= one.low <= one.value <= one.high <= 1

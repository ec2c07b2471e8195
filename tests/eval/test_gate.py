"""The gate fails what is worse by more than chance and nothing else, in small runs and over the sample documents."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from eval import compare, statistics
from eval.errors import RunError
from eval.gate import Verdict, judge
from eval.part import Part
from eval.records import Run
from eval.run import run_set
from eval.sets import QuestionSet
from eval.targets import LocalTarget
from index import analysis
from index.settings import Settings
from tests.eval.doubles import result, run_of, unscored

BASE = run_of(
    [result(f"a{n}", confidence=0.7 + n / 100) for n in range(24)]
    + [result(f"u{n}", answerable=False, given=False, confidence=n / 100) for n in range(6)]
)


def broken(verdict: Verdict) -> set[str]:
    return {check.name for check in verdict.checks if not check.passed}


def with_lost(count: int) -> Run:
    """Return the run with this many answers gone wrong."""
    wrong = [result(one.case, right=False, confidence=0.6) for one in BASE.results[:count]]
    return BASE.model_copy(update={"results": (*wrong, *BASE.results[count:])})


def same_but_for_noise(run: Run, seed: int) -> Run:
    """Return a run in another order whose confidences and scores differ by rounding."""
    random = np.random.default_rng(seed)
    results = []
    for place in random.permutation(len(run.results)):
        one = run.results[place]
        assert one.answered is not None
        confidence = float(np.clip(one.answered.confidence + random.choice((-1e-6, 1e-6)), 0, 1))
        passages = tuple(p.model_copy(update={"score": p.score + 1e-6}) for p in one.answered.passages)
        answered = one.answered.model_copy(update={"confidence": confidence, "passages": passages})
        results.append(one.model_copy(update={"answered": answered}))
    return run.model_copy(update={"results": tuple(results), "created": f"2026-01-{seed + 1:02}T00:00:00+00:00"})


@pytest.fixture
def few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw less, but enough for p-values to fall below the level after they are adjusted."""
    monkeypatch.setattr(statistics, "RESAMPLES", 50)
    monkeypatch.setattr(compare, "swapped_p_values", partial(statistics.swapped_p_values, permutations=499))


def test_a_run_passes_against_itself_and_without_a_baseline() -> None:
    verdict = judge(BASE, BASE, {"Success@1": 1.0, "refused": 1.0})
    assert verdict.passed
    assert verdict.comparison is not None
    assert len(verdict.checks) == 1 + 2 + len(verdict.comparison.differences)
    alone = judge(BASE, None, {})
    assert (alone.passed, alone.comparison, len(alone.checks)) == (True, None, 1)


def test_one_case_lost_of_many_is_within_chance() -> None:
    verdict = judge(with_lost(1), BASE, {})
    assert verdict.comparison is not None
    assert len(verdict.comparison.lost) == 1
    assert verdict.passed


def test_a_clear_loss_fails_with_its_figures_and_a_clear_gain_passes() -> None:
    verdict = judge(with_lost(12), BASE, {})
    assert not verdict.passed
    assert {"no loss of Success@1", "no loss of F1", "no loss of QuoteR"} <= broken(verdict)
    assert {"no loss of refused", "every case was asked"}.isdisjoint(broken(verdict))
    (check,) = [check for check in verdict.checks if check.name == "no loss of Success@1"]
    assert check.detail.startswith("1.000 before, 0.500 now, adjusted p 0.0")
    assert judge(BASE, with_lost(12), {}).passed


def test_a_broken_floor_fails_and_one_that_is_just_met_does_not() -> None:
    verdict = judge(with_lost(6), None, {"Success@1": 0.75, "Success@5": 1.0, "EM": 0.76})
    assert broken(verdict) == {"floor EM"}
    (check,) = [check for check in verdict.checks if check.name == "floor EM"]
    assert check.detail == "0.750, floor 0.760"


def test_a_floor_on_a_measure_that_no_case_bears_on_fails_even_at_zero() -> None:
    verdict = judge(run_of(BASE.results[:24]), None, {"refused": 0.0, "answered": 0.0})
    assert broken(verdict) == {"floor refused"}
    assert any(check.detail.startswith("no value, since no case bears on it") for check in verdict.checks)


def test_a_failed_case_fails_the_gate_and_is_no_zero() -> None:
    run = run_of([*BASE.results, unscored("oil", "failed", "the engine is out of oil")])
    verdict = judge(run, run, {"Success@1": 1.0, "refused": 1.0})
    assert broken(verdict) == {"every case was asked"}
    assert verdict.checks[0].detail == "30 scored, 1 failed, 0 skipped; first: oil: the engine is out of oil"
    assert verdict.summary.overall["Success@1"].value == 1


def test_a_skipped_case_passes_and_a_run_of_nothing_else_fails() -> None:
    skipped = unscored("mill", "skipped", "the collection has no document 'mill'")
    assert judge(run_of([*BASE.results, skipped]), None, {}).passed
    assert broken(judge(run_of([skipped]), None, {})) == {"every case was asked"}


def test_a_baseline_over_other_cases_is_refused() -> None:
    with pytest.raises(RunError, match="different cases"):
        judge(BASE, run_of(BASE.results, set_sha256="07e"), {})


@pytest.mark.usefixtures("few_draws")
def test_asking_the_samples_again_passes_twenty_times_of_twenty(
    questions: QuestionSet, local_target: LocalTarget, seeds_run: Run
) -> None:
    again = run_set(questions, local_target)
    assert [a.case for a, b in zip(again.results, seeds_run.results, strict=True) if a != b] == []
    verdicts = [judge(same_but_for_noise(again, seed), seeds_run, {}) for seed in range(20)]
    assert [broken(verdict) for verdict in verdicts] == [set()] * 20


@pytest.mark.usefixtures("few_draws")
@pytest.mark.parametrize(
    ("without", "lost"),
    [
        pytest.param(
            {Part.SPANS, Part.LEXICAL}, {"F1", "QuoteP", "QuoteR", "answered", "Recall"}, id="all but passages"
        ),
        pytest.param({Part.SPANS}, {"F1", "QuoteR"}, id="span vectors"),
        pytest.param({Part.LEXICAL}, {"F1", "QuoteR", "answered"}, id="BM25"),
    ],
)
def test_a_planted_regression_fails_over_the_samples(
    without: set[Part], lost: set[str], questions: QuestionSet, seeds_data: Path, seeds_run: Run
) -> None:
    worse = LocalTarget.open(Settings(data_dir=seeds_data), frozenset(without))
    verdict = judge(run_set(questions, worse), seeds_run, {})
    assert {f"no loss of {name}" for name in lost} <= broken(verdict)
    assert verdict.comparison is not None
    assert len(verdict.comparison.lost) > len(verdict.comparison.won)


@pytest.mark.usefixtures("few_draws")
def test_questions_whose_words_are_not_stemmed_fail_over_the_samples(
    questions: QuestionSet, local_target: LocalTarget, seeds_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Unstemmed:
        def stemWord(self, word: str) -> str:  # noqa: N802 - as PyStemmer calls it
            return word

    monkeypatch.setattr(analysis, "_stemmer", Unstemmed)
    analysis._term.cache_clear()
    worse = run_set(questions, local_target)
    analysis._term.cache_clear()
    verdict = judge(worse, seeds_run, {})
    assert {"no loss of F1", "no loss of QuoteR", "no loss of answered"} <= broken(verdict)

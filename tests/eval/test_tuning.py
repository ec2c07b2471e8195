"""Tuning on made-up runs, where what is signal and what is chance is known; and on the samples, by the command."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from eval.errors import QuestionSetError
from eval.records import Answered, Result, Run, TargetInfo
from eval.tuning import MEASURE, MIN_GROUPS, WEIGHTS, Tuned, tune
from tests.conftest import Command

DEFAULT = 0.7
SET = Path(__file__).parents[2] / "eval/sets/seeds.yaml"


def run_of(values: list[float], relevant: list[str]) -> Run:
    answered = Answered(text="", answerable=False, confidence=0, passages=(), citations=())
    results = tuple(
        Result(
            case=f"c{number}",
            question="?",
            answerable=True,
            tags=(),
            documents=(),
            status="scored",
            relevant=(name,),
            answered=answered,
            measures={MEASURE: value},
        )
        for number, (value, name) in enumerate(zip(values, relevant, strict=True))
    )
    target = TargetInfo(kind="made up", collection="c", generation="g", encoder="e")
    return Run(
        format_version=1,
        created="2026-01-01T00:00:00+00:00",
        set_name="made up",
        set_sha256="0" * 64,
        target=target,
        git_revision="",
        results=results,
    )


def tuned_on(table: dict[float, list[float]], relevant: list[str]) -> Tuned:
    return tune(lambda weight: run_of(table[weight], relevant), DEFAULT)


def each_its_own(count: int) -> list[str]:
    return [f"p{number}" for number in range(count)]


def test_a_weight_that_is_better_for_most_questions_is_found_and_its_gain_is_that_of_questions_held_out() -> None:
    rng = np.random.default_rng(1)
    base = rng.uniform(0.3, 0.7, 100)
    table = {weight: (base - 0.2 * abs(weight - 0.9) + rng.normal(0, 0.01, 100)).tolist() for weight in WEIGHTS}
    found = tuned_on(table, each_its_own(100))
    assert found.best == 0.9
    assert found.gain == pytest.approx(0.04, abs=0.01)
    assert found.held_out_default == pytest.approx(np.mean(table[DEFAULT]))
    assert found.is_better
    assert found.questions == 100


def test_chance_is_refused_although_some_weight_always_looks_better() -> None:
    kept = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        found = tuned_on({weight: rng.uniform(0, 1, 60).tolist() for weight in WEIGHTS}, each_its_own(60))
        assert found.scores[found.best] >= found.scores[DEFAULT]
        kept += found.is_better
    assert kept <= 3  # one in twenty is what p < .05 lets through, and half of these are losses


def test_paraphrases_of_one_question_are_never_learned_from_and_predicted() -> None:
    # Each passage has ten paraphrases, all of which one weight of its own answers by luck: nothing carries over.
    rng = np.random.default_rng(3)
    groups = MIN_GROUPS
    luck = rng.integers(len(WEIGHTS), size=groups)
    relevant = [f"p{group}" for group in range(groups) for _ in range(10)]
    table = {
        weight: [float(luck[group] == place) for group in range(groups) for _ in range(10)]
        for place, weight in enumerate(WEIGHTS)
    }
    found = tuned_on(table, relevant)
    # What is chosen on the others cannot have been right for the passage held out more often than chance has it.
    assert found.held_out <= max(found.scores.values())
    one_each = {weight: values[::10] for weight, values in table.items()}
    assert tuned_on(one_each, relevant[::10]).held_out == pytest.approx(found.held_out)


def test_where_all_weights_are_alike_the_default_stays() -> None:
    found = tuned_on({weight: [0.5] * 40 for weight in WEIGHTS}, each_its_own(40))
    assert (found.best, found.gain, found.is_better) == (DEFAULT, 0, False)


def test_too_few_passages_are_refused_however_many_questions_there_are() -> None:
    table = {weight: [weight] * 200 for weight in WEIGHTS}
    with pytest.raises(QuestionSetError, match=rf"on 5 different passages; tuning needs {MIN_GROUPS}"):
        tuned_on(table, [f"p{number % 5}" for number in range(200)])


def test_the_command_keeps_what_gains_and_takes_it_back(data_dir: Path, pincite: Command) -> None:
    done = pincite(data_dir, "tune", str(SET))
    assert done.returncode == 0, done.stderr
    assert "held out, in 5 folds" in done.stdout
    kept = data_dir / "collections" / "default" / "tuning.json"
    assert kept.is_file()
    assert "pincite tune --reset" in " ".join(done.stdout.split())
    assert "tuned: dense_weight 0." in pincite(data_dir, "status").stdout
    back = pincite(data_dir, "tune", "--reset")
    assert (back.returncode, kept.exists()) == (0, False)
    assert "searched with the settings again" in back.stdout
    assert "was not tuned" in pincite(data_dir, "tune", "--reset").stdout


def test_the_command_refuses_a_set_that_is_too_small(data_dir: Path, pincite: Command, tmp_path: Path) -> None:
    small = tmp_path / "small.yaml"
    small.write_text(
        "name: small\ncases:\n- id: zte\n  question: what did ZTE's ban cause?\n  answers: [collapse]\n  gold:\n"
        "  - document: chinas-sputnik-moment\n    quote: ZTE, a Chinese telecommunications company\n",
        encoding="utf-8",
    )
    done = pincite(data_dir, "tune", str(small))
    assert done.returncode == 1
    assert "tuning needs" in done.stderr
    assert not (data_dir / "collections" / "default" / "tuning.json").exists()

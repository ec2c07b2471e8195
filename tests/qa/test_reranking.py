"""A closer look at the best candidates: by hand, over made-up generations, and what must hold of any."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.generation import Generation
from qa.engine import Candidates, Query
from qa.fusion import fuse
from qa.local_engine import LocalEngine
from qa.reranking import _DEPTH, EvidenceReranker, Ranking, coverage, is_question, passage_coverage, put_first
from tests.qa.made_up import WORDS, Words, generation_of, made_up, question

EAST = np.array([1, 0], dtype=np.float32)
SIGNALS = {"dense", "lexical", "coverage", "span_coverage", "pairs", "dense_feedback", "lexical_feedback"}


def asked(*terms: str, text: str = "what?") -> Query:
    return Query(text, EAST, terms)


def alike(*passages: Words) -> Generation:
    """Make a generation whose vectors are all that of the question."""
    return generation_of(passages, np.tile(EAST, (sum(1 + len(one.spans) for one in passages), 1)))


def rank(generation: Generation, query: Query, dense_weight: float = 0.7) -> tuple[Candidates, Ranking]:
    engine = LocalEngine(generation)
    candidates = engine.candidates(query, 1_000)
    return candidates, EvidenceReranker(engine, dense_weight).rank(query, candidates, fuse(candidates, dense_weight))


def words(*spans: str, context: str = "") -> Words:
    return Words(context.split(), [span.split() for span in spans])


def test_coverage_is_the_share_of_the_weights() -> None:
    held = np.array([[True, False, True], [False, False, False], [True, True, True]])
    shares = coverage(held, np.array([1, 2, 5], dtype=np.float32))
    assert shares.tolist() == [0.75, 0.0, 1.0]
    assert shares.dtype == np.float32
    assert coverage(np.zeros((2, 0), dtype=np.bool_), np.empty(0, dtype=np.float32)).tolist() == [0, 0]


def test_a_passage_covers_what_its_spans_and_context_hold_together_and_its_best_span_alone() -> None:
    generation = alike(words("steel", "river cable", context="bridge"), words("river"))
    evidence = LocalEngine(generation).evidence(asked("bridge", "steel", "river", "cable"), np.array([0, 1]))
    covered, span_covered, pairs = passage_coverage(evidence)
    rare, common = math.log(1 + 1.5 / 1.5), math.log(1 + 0.5 / 2.5)
    total = 3 * rare + common
    np.testing.assert_allclose(covered, [1, common / total], rtol=1e-5)
    np.testing.assert_allclose(span_covered, [(rare + common) / total, common / total], rtol=1e-5)
    # Of bridge-steel, steel-river and river-cable, the last two stand side by side.
    np.testing.assert_allclose(pairs, [2 * common / (rare + 2 * common), 0], rtol=1e-5)


@pytest.mark.parametrize("text", ["Is the bridge of steel?", "bridge steel"])
def test_scores_are_worked_out_by_hand(text: str) -> None:
    generation = alike(words("bridge river"), words("bridge steel"))
    candidates, ranking = rank(generation, asked("bridge", "steel", text=text))
    common, rare = math.log(1 + 0.5 / 2.5), math.log(1 + 1.5 / 1.5)
    share = common / (common + rare)  # of terms, and, since both are as long as the average, of BM25
    # Feedback comes from the better passage alone: the other is so far behind that its say is e^-17.
    likeness = common**3 / (common**3 + rare**3)
    best = (0.7 + 0.3 * (1 + 2 + 1) / 3 + 0.2 + 0.4) / 1.7
    other = (0.7 + 0.3 * (share + 2 * share + 0) / 3 + 0.2 + 0.4 * likeness) / 1.7
    assert candidates.rows[ranking.places].tolist() == [1, 0]
    np.testing.assert_allclose(ranking.scores, [best, other], atol=1e-5)
    assert best == pytest.approx(1)
    expected: dict[str, list[float]] = {
        "dense": [1, 1],
        "lexical": [1, share],
        "coverage": [1, share],
        "span_coverage": [1, share],
        "pairs": [1, 0],
        "dense_feedback": [1, 1],
        "lexical_feedback": [1, likeness],
    }
    assert ranking.signals.keys() == SIGNALS
    for name, values in expected.items():
        np.testing.assert_allclose(ranking.signals[name], values, atol=1e-5, err_msg=name)


def test_coverage_counts_for_a_question_and_bm25_in_its_place_for_a_statement() -> None:
    generation = alike(words("bridge steel", "cable cable cable"), words("bridge bridge", "steel", "steel"))
    rankings = []
    for text, asks in (("Which bridge is of steel?", True), ("Bridges of steel", False)):
        ranking = rank(generation, asked("steel", "bridge", text=text))[1]
        signals = ranking.signals
        closeness = signals["span_coverage"] + signals["coverage"] if asks else 2 * signals["lexical"]
        match = 0.7 * signals["dense"] + 0.3 * (signals["lexical"] + closeness + signals["pairs"]) / 3
        feedback = 0.2 * signals["dense_feedback"] + 0.4 * signals["lexical_feedback"]
        np.testing.assert_allclose(ranking.scores, (match + feedback) / 1.7, atol=1e-5)
        rankings.append(ranking.places.tolist())
    assert rankings == [[0, 1], [1, 0]]


@pytest.mark.parametrize("text", ["Is it open?", "who pays", "tell me HOW it ends", "谁创立了它？", "متى أغلق الجسر؟"])  # noqa: RUF001
def test_a_question_is_known_by_its_mark_or_its_word(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize("text", ["", "bridge tolls", "the whole showroom", "somewhat nowhere.", "Whatever happens"])
def test_all_else_is_a_statement(text: str) -> None:
    assert not is_question(text)


def test_feedback_pulls_up_what_is_like_the_best() -> None:
    # Two passages match the question equally; one shares a rare word with the best, the other does not.
    passages = [words("bridge steel", "cable"), words("bridge river", "river"), words("bridge cable", "cable")]
    candidates, ranking = rank(alike(*passages), asked("bridge", "steel", text="bridge of steel"))
    assert candidates.rows[ranking.places].tolist() == [0, 2, 1]
    by_row = dict(zip(candidates.rows[ranking.places].tolist(), range(3), strict=True))
    lexical, feedback = ranking.signals["lexical"], ranking.signals["lexical_feedback"]
    assert lexical[by_row[1]] == lexical[by_row[2]]
    assert feedback[by_row[0]] > feedback[by_row[2]] > feedback[by_row[1]]


def test_feedback_by_vector_pulls_up_what_points_the_way_of_the_best() -> None:
    root = math.sqrt(0.5)
    vectors = np.array([[root, root, 0], [0.5, 0.5, root], [0.5, -0.5, root]])  # the last two are as near to east
    generation = generation_of([words("")] * 3, np.concatenate((vectors, vectors)).astype(np.float32))
    query = Query("", np.array([1, 0, 0], dtype=np.float32), ())
    candidates, ranking = rank(generation, query)
    assert candidates.rows[ranking.places].tolist() == [0, 1, 2]
    np.testing.assert_allclose(ranking.signals["dense"], [root, 0.5, 0.5], atol=1e-6)
    np.testing.assert_allclose(ranking.signals["dense_feedback"], vectors @ vectors[0], atol=2e-3)


def test_candidates_beyond_the_depth_stay_behind_in_their_order_and_at_their_distances() -> None:
    generation = made_up(3, _DEPTH + 30)
    query = question(4, ("bridge", "steel"))
    engine = LocalEngine(generation)
    candidates = engine.candidates(query, 1_000)
    first = fuse(candidates, 0.7)
    ranking = EvidenceReranker(engine, 0.7).rank(query, candidates, first)
    order = np.argsort(-first, kind="stable")
    assert len(order) == _DEPTH + 30
    assert set(ranking.places[:_DEPTH].tolist()) == set(order[:_DEPTH].tolist())
    assert ranking.places[:_DEPTH].tolist() != order[:_DEPTH].tolist()
    assert ranking.places[_DEPTH:].tolist() == order[_DEPTH:].tolist()
    np.testing.assert_allclose(np.diff(ranking.scores[_DEPTH:]), np.diff(first[order[_DEPTH:]]), atol=1e-6)
    between = ranking.scores[_DEPTH - 1] - ranking.scores[_DEPTH]
    assert between == pytest.approx(first[order[_DEPTH - 1]] - first[order[_DEPTH]], abs=1e-6)
    assert {name: len(values) for name, values in ranking.signals.items()} == dict.fromkeys(SIGNALS, _DEPTH)


def test_what_is_put_first_keeps_its_signals_with_it() -> None:
    places, first = np.array([7, 5, 9, 8]), np.array([0.9, 0.8, 0.5, 0.4], dtype=np.float32)
    scores = np.array([0.2, 0.6], dtype=np.float32)
    ranking = put_first(places, first, scores, {"a": np.array([1, 2], dtype=np.float32)})
    assert ranking.places.tolist() == [5, 7, 9, 8]
    np.testing.assert_allclose(ranking.scores, [0.6, 0.2, -0.1, -0.2], atol=1e-6)
    assert ranking.signals["a"].tolist() == [2, 1]
    assert put_first(places, first, scores[[0, 0]], {}).places.tolist() == places.tolist()  # what is equal stays


@given(
    seed=st.integers(0, 10_000),
    passages=st.integers(1, 70),
    terms=st.lists(st.sampled_from((*WORDS, "zeppelin")), max_size=5),
    text=st.sampled_from(["what?", "a statement"]),
    dense_weight=st.sampled_from([0.0, 0.4, 0.7, 1.0]),
)
@settings(max_examples=150, deadline=None)
def test_any_ranking_holds_every_candidate_once_in_descending_finite_score(
    seed: int, passages: int, terms: list[str], text: str, dense_weight: float
) -> None:
    candidates, ranking = rank(made_up(seed, passages), question(seed, tuple(terms), text=text), dense_weight)
    assert sorted(ranking.places.tolist()) == list(range(len(candidates.rows)))
    assert ranking.scores.dtype == np.float32
    assert np.isfinite(ranking.scores).all()
    assert (np.diff(ranking.scores) <= 0).all()
    assert ranking.scores[0] <= 1 + 1e-6
    for name, values in ranking.signals.items():
        assert values.dtype == np.float32, name
        lowest = -1 if name in {"dense", "dense_feedback"} else 0
        assert (values >= lowest - 1e-5).all(), name
        assert (values <= 1 + 1e-5).all(), name


@pytest.mark.parametrize("dense_weight", [0.0, 0.3, 0.7, 1.0])
@pytest.mark.parametrize("text", ["what?", "a statement"])
def test_scores_stay_within_0_and_1_whatever_the_weight(dense_weight: float, text: str) -> None:
    perfect, none = words("bridge steel", context="bridge steel"), words("river")
    _, ranking = rank(alike(perfect, none), asked("bridge", "steel", text=text), dense_weight)
    assert 0 <= ranking.scores[1] <= ranking.scores[0] <= 1 + 1e-6


def test_without_any_term_vectors_decide() -> None:
    for terms in ((), ("zeppelin",)):
        candidates, ranking = rank(made_up(5, 40), question(6, terms))
        assert np.isfinite(ranking.scores).all()
        assert not any(ranking.signals[name].any() for name in ("lexical", "coverage", "span_coverage", "pairs"))
        assert len(ranking.places) == len(candidates.rows) == 40

"""Ranking and reading by a real cross-encoder, small and with a random head: only order and places are judged."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from index.encoder_store import ensure_cross_encoder
from index.errors import ModelError
from index.models import READER_SETTING, resolve_model
from index.settings import Settings
from qa.asker import Asker
from qa.cross_encoders import _DEPTH
from qa.factory import open_asker
from tests.index.test_cross_encoder import small_cross_encoder

QUESTION = "what did ZTE's ban cause?"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_cross_encoder(tmp_path_factory.mktemp("cross-encoder") / "model", 1)


@pytest.fixture(scope="module")
def data(seeds_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy, because cross-encoders are exported into it."""
    return Path(shutil.copytree(seeds_data, tmp_path_factory.mktemp("cross-encoder") / "data"))


@pytest.fixture(scope="module")
def asker(model: Path, data: Path) -> Asker:
    return open_asker(Settings(data_dir=data, reranker=str(model), reader=str(model), max_risk=1))


def test_the_best_passages_stand_in_the_order_of_the_cross_encoders_scores(
    asker: Asker, model: Path, data: Path
) -> None:
    plain = open_asker(Settings(data_dir=data, max_risk=1)).find(QUESTION, 100).match
    match = asker.find(QUESTION, 100).match
    assert plain is not None
    assert match is not None
    before, after = plain.ranking.places, match.ranking.places
    assert set(after[:_DEPTH]) == set(before[:_DEPTH])
    assert after[:_DEPTH].tolist() != before[:_DEPTH].tolist()
    assert after[_DEPTH:].tolist() == before[_DEPTH:].tolist()
    scorer = ensure_cross_encoder(data / "encoders", resolve_model(str(model), READER_SETTING)).open()
    rows = match.candidates.rows[after[:_DEPTH]].tolist()
    texts = [passage.text for passage in asker.generation.database.passages(rows)]
    scores = scorer.score(QUESTION, texts)
    np.testing.assert_allclose(match.ranking.scores[:_DEPTH], scores, atol=1e-5)
    assert (np.diff(match.ranking.scores) <= 1e-6).all()
    np.testing.assert_allclose(match.ranking.signals["cross_encoder"], scores, atol=1e-5)
    assert {"dense", "lexical"} < set(match.ranking.signals)


def test_quotes_are_the_sentences_that_it_scores_highest(asker: Asker, model: Path, data: Path) -> None:
    match = asker.find(QUESTION).match
    assert match is not None
    scorer = ensure_cross_encoder(data / "encoders", resolve_model(str(model), READER_SETTING)).open()
    scores = scorer.score(QUESTION, [quote.passage.text_of(quote.span) for quote in match.quotes])
    assert (np.diff(scores) <= 1e-5).all()
    assert sum(quote.probability for quote in match.quotes) == pytest.approx(1, abs=1e-4)
    answer = asker.ask(QUESTION)
    assert answer.citations[0].cited_text == match.quotes[0].passage.text_of(match.quotes[0].span)


def test_a_folder_without_a_cross_encoder_is_refused_by_the_name_of_its_setting(data: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="PINCITE_RERANKER"):
        open_asker(Settings(data_dir=data, reranker=str(tmp_path)))
    with pytest.raises(ModelError, match="PINCITE_READER"):
        open_asker(Settings(data_dir=data, reader=str(tmp_path)))

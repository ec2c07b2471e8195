from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ModelError
from index.models import DEFAULT_MODEL, ModelFolder, resolve_model
from index.sentence_transformer import SentenceTransformerEncoder
from index.tokens import Tokens
from tests.index.exactness import assert_apart, thorough, tokens


def test_tokens_are_counted_as_the_encoder_counts_them() -> None:
    model = resolve_model(DEFAULT_MODEL)
    encoder = SentenceTransformerEncoder(model.path)
    assert tokens().limit == encoder.max_tokens - 2, "the encoder adds one token at either end"
    assert tokens().count(["", "one", "unbelievably", "U.S.-made"]) == [0, 1, 5, 6]


def test_a_text_of_as_many_tokens_as_the_limit_is_taken_in_whole_and_one_more_is_cut_off() -> None:
    encoder = SentenceTransformerEncoder(resolve_model(DEFAULT_MODEL).path)
    fits = " ".join(["sea"] * (tokens().limit - 1))
    vectors = encoder.encode([f"{fits} salt", f"{fits} fish", f"{fits} sea salt", f"{fits} sea fish"])
    assert abs(vectors[0] - vectors[1]).max() > 1e-3
    assert abs(vectors[2] - vectors[3]).max() < 1e-6


@thorough
@given(st.text(st.characters(exclude_categories=["Cs"]) | st.just(" "), max_size=300), st.integers(1, 40))
def test_windows_hold_every_word_in_order_and_fit(text: str, size: int) -> None:
    places = tokens().windows(text, size)
    assert_apart(places, text, [(0, len(text))] if text.strip() else [])
    windows = [text[start:end] for start, end in places]
    assert windows == [window.strip() for window in windows]
    assert max(tokens().count(windows), default=0) <= size


def test_windows_are_filled() -> None:
    words = " ".join(["sea"] * 95)
    assert tokens().windows(words, 10) == [(at, min(at + 39, 379)) for at in range(0, 380, 40)]
    assert tokens().windows(" \n", 5) == []


@pytest.mark.parametrize(
    ("files", "limit"),
    [
        ({"sentence_bert_config.json": {"max_seq_length": 128}, "config.json": {"max_position_embeddings": 64}}, 126),
        ({"tokenizer_config.json": {"model_max_length": 10**30}, "config.json": {"max_position_embeddings": 64}}, 62),
        ({"tokenizer_config.json": {"model_max_length": 384}}, 382),
        ({"config.json": []}, 510),
        ({}, 510),
    ],
)
def test_the_limit_is_what_the_model_states(files: dict[str, object], limit: int, tmp_path: Path) -> None:
    for name, content in files.items():
        (tmp_path / name).write_text(json.dumps(content), encoding="utf-8")
    counter = Tokens(ModelFolder("m", tmp_path, "0"))
    assert counter.limit == limit
    assert counter.count(["12345", ""]) == [3, 0], "without a tokenizer, rather too many"


def test_a_tokenizer_that_cannot_be_read_is_an_error_that_names_the_folder(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{", encoding="utf-8")
    with pytest.raises(ModelError, match=str(tmp_path)):
        Tokens(ModelFolder("m", tmp_path, "0"))

"""The fastest form whose vectors agree serves; where none does, sentence-transformers serves and the record says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from index import encoder_store
from index.encoder import Encoder
from index.encoder_store import ensure_encoder
from index.errors import ModelError
from index.models import ModelFolder
from index.onnx_encoder import OnnxEncoder
from index.sentence_transformer import SentenceTransformerEncoder


@pytest.mark.parametrize(
    ("threshold", "serves_instead"),
    [
        ("MIN_INT8_COSINE", ("fp32", OnnxEncoder)),
        ("MIN_FP32_COSINE", ("sentence-transformers", SentenceTransformerEncoder)),
    ],
)
def test_a_form_that_disagrees_does_not_serve(
    encoders: Path,
    model: ModelFolder,
    monkeypatch: pytest.MonkeyPatch,
    threshold: str,
    serves_instead: tuple[str, type[Encoder]],
) -> None:
    monkeypatch.setattr(encoder_store, threshold, 1.1)
    stored = ensure_encoder(encoders, model)
    assert (stored.record.serving, type(stored.open())) == serves_instead
    assert "vectors differ" in stored.record.reason


def test_a_model_that_cannot_be_quantised_is_served_as_fp32_and_the_record_says_why(
    encoders: Path, model: ModelFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(graph: bytes) -> bytes:
        raise ModelError("the model cannot be quantised")

    monkeypatch.setattr(encoder_store, "quantize", refuse)
    stored = ensure_encoder(encoders, model)
    assert (stored.record.serving, stored.record.reason) == ("fp32", "the model cannot be quantised")
    assert set(stored.record.files) == {"model.onnx", "tokenizer.json"}
    expected = SentenceTransformerEncoder(model.path).encode(["a question"])
    assert stored.open().encode(["a question"]) == pytest.approx(expected, abs=1e-5)


def test_a_model_that_cannot_be_exported_is_served_by_sentence_transformers_and_the_record_says_why(
    encoders: Path, model: ModelFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(encoder: SentenceTransformerEncoder) -> tuple[bytes, str]:
        raise ModelError("the model cannot be exported")

    monkeypatch.setattr(SentenceTransformerEncoder, "export", refuse)
    stored = ensure_encoder(encoders, model)
    assert (stored.record.serving, stored.record.reason) == ("sentence-transformers", "the model cannot be exported")
    expected = SentenceTransformerEncoder(model.path).encode(["a question"])
    assert (stored.open().encode(["a question"]) == expected).all()
    assert ensure_encoder(encoders, model) == stored

    (model.path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError, match="is not the one that this index was made with"):
        stored.open()

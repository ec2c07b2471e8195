from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from index.collection import Collection
from index.encoder import Encoder
from index.encoder_store import MIN_FP32_COSINE, MIN_INT8_COSINE, StoredEncoder, read_encoder
from index.errors import IndexDamaged, ModelError
from index.generation import open_generation
from index.models import DEFAULT_MODEL, resolve_model
from index.onnx_encoder import OnnxEncoder
from index.sentence_transformer import SentenceTransformerEncoder

FILES = {"fp32": "model.onnx", "int8": "model.int8.onnx"}
THRESHOLDS = {"fp32": MIN_FP32_COSINE, "int8": MIN_INT8_COSINE}
LONG = "A sentence that goes on and on. " * 200  # far beyond 256 tokens
AWKWARD = ["x", "", "12.5 percent", "שלום 東京", "👩\u200d👧", "e\u0301\x00\t\n", LONG, LONG + "and more"]


@pytest.fixture(scope="module")
def original() -> Encoder:
    return SentenceTransformerEncoder(resolve_model(DEFAULT_MODEL).path)


@pytest.fixture(scope="module")
def stored(seeds_data: Path) -> StoredEncoder:
    return read_encoder(seeds_data / "encoders", resolve_model(DEFAULT_MODEL).fingerprint)


@pytest.fixture(scope="module")
def encoders(original: Encoder, stored: StoredEncoder) -> dict[str, Encoder]:
    """The default model in every form."""
    tokenizer = stored.folder / "tokenizer.json"
    exported = {form: OnnxEncoder(stored.folder / name, tokenizer, 256) for form, name in FILES.items()}
    return {**exported, "sentence-transformers": original}


@pytest.fixture(scope="module")
def sentences(seeds_data: Path) -> Sequence[str]:
    """Every fifth sentence of the sample documents."""
    generation = open_generation(Collection(seeds_data, "default"))
    passages = generation.database.passages(range(generation.manifest.counts.passages))
    spans = [
        passage.text[s.start - passage.start : s.end - passage.start] for passage in passages for s in passage.spans
    ]
    return spans[::3]


FORMS = pytest.mark.parametrize("form", [*FILES, "sentence-transformers"])


@pytest.mark.parametrize("form", FILES)
def test_an_export_agrees_with_sentence_transformers(
    form: str, encoders: dict[str, Encoder], stored: StoredEncoder, sentences: Sequence[str]
) -> None:
    expected = encoders["sentence-transformers"].encode(sentences)
    cosines = np.sum(encoders[form].encode(sentences) * expected, axis=1)
    assert len(cosines) > 40
    assert cosines.mean() >= THRESHOLDS[form]
    assert stored.record.parity[form] >= THRESHOLDS[form]


@FORMS
def test_a_text_is_encoded_alike_alone_and_among_others(
    form: str, encoders: dict[str, Encoder], sentences: Sequence[str]
) -> None:
    texts = [LONG, *sentences[:8], "x"] * 4  # more than a batch, the longest beside the shortest
    together = encoders[form].encode(texts)
    alone = np.tile(np.vstack([encoders[form].encode([text]) for text in texts[:10]]), (4, 1))
    # int8 scales each activation by its whole batch, so it agrees with itself only about as far as with the original.
    assert np.sum(together * alone, axis=1).mean() >= THRESHOLDS.get(form, MIN_FP32_COSINE)


@FORMS
def test_any_text_of_any_length_becomes_a_unit_vector(form: str, encoders: dict[str, Encoder]) -> None:
    vectors = encoders[form].encode(AWKWARD)
    assert vectors.shape == (len(AWKWARD), 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(AWKWARD)), abs=1e-5)
    assert vectors[-1] == pytest.approx(vectors[-2], abs=1e-5), "what lies beyond the limit of tokens is cut off"


@FORMS
def test_no_texts_make_no_vectors(form: str, encoders: dict[str, Encoder]) -> None:
    assert encoders[form].encode([]).shape == (0, 384)
    assert encoders[form].dimension == 384


@FORMS
def test_progress_adds_up_to_the_number_of_texts(form: str, encoders: dict[str, Encoder]) -> None:
    counts: list[int] = []
    encoders[form].encode(["short"] * 70, counts.append)
    assert sum(counts) == 70
    assert len(counts) > 1


def test_a_folder_that_sentence_transformers_cannot_load_is_a_model_error(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError, match=r"cannot load the model in .* set PINCITE_MODEL to another one"):
        SentenceTransformerEncoder(tmp_path)


@pytest.mark.parametrize("broken", ["model", "tokenizer"])
@pytest.mark.parametrize("content", [None, b"", b"garbage"])
def test_an_exported_file_that_cannot_be_loaded_is_damage(
    stored: StoredEncoder, tmp_path: Path, broken: str, content: bytes | None
) -> None:
    files = {"model": stored.folder / "model.int8.onnx", "tokenizer": stored.folder / "tokenizer.json"}
    files[broken] = tmp_path / "file"
    if content is not None:
        files[broken].write_bytes(content)
    with pytest.raises(IndexDamaged, match=r"cannot be loaded .* Run `pincite index` again"):
        OnnxEncoder(files["model"], files["tokenizer"], 256)

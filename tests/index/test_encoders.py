from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from index.collection import Collection
from index.encoder import Encoder
from index.encoder_store import MIN_FP32_COSINE, MIN_INT8_COSINE, StoredEncoder, ensure_encoder, read_encoder
from index.errors import IndexDamaged, ModelError
from index.generation import open_generation
from index.models import DEFAULT_MODEL, resolve_model
from index.onnx_encoder import OnnxEncoder, quantize
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
def forms(original: Encoder, stored: StoredEncoder) -> dict[str, Encoder]:
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
    form: str, forms: dict[str, Encoder], stored: StoredEncoder, sentences: Sequence[str]
) -> None:
    expected = forms["sentence-transformers"].encode(sentences)
    cosines = np.sum(forms[form].encode(sentences) * expected, axis=1)
    assert len(cosines) > 40
    assert cosines.mean() >= THRESHOLDS[form]
    assert stored.record.parity[form] >= THRESHOLDS[form]


@FORMS
def test_a_text_is_encoded_alike_alone_and_among_others(
    form: str, forms: dict[str, Encoder], sentences: Sequence[str]
) -> None:
    texts = [LONG, "x", *sentences]  # more than a batch, and the longest beside the shortest
    together = forms[form].encode(texts)[:10]
    alone = np.vstack([forms[form].encode([text]) for text in texts[:10]])
    if form == "int8":  # what answers questions: the same bits, whatever is asked at the same time
        np.testing.assert_array_equal(together, alone)
    assert np.sum(together * alone, axis=1).min() >= MIN_FP32_COSINE


def test_documents_are_encoded_side_by_side_and_as_alone(
    stored: StoredEncoder, forms: dict[str, Encoder], sentences: Sequence[str]
) -> None:
    several = OnnxEncoder(stored.folder / FILES["fp32"], stored.folder / "tokenizer.json", 256, threads=3)
    texts = [LONG, "x", *sentences]
    told: list[int] = []
    np.testing.assert_allclose(several.encode(texts, told.append), forms["fp32"].encode(texts), atol=1e-5)
    assert sum(told) == len(texts)
    assert len(told) > 3
    assert several.encode([]).shape == (0, 384)


def test_an_encoding_that_is_interrupted_ends_soon(stored: StoredEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    several = OnnxEncoder(stored.folder / FILES["fp32"], stored.folder / "tokenizer.json", 256, threads=2)
    begun = 0

    class Counted:
        def encode_batch(self, batch: Sequence[str]) -> object:
            nonlocal begun
            begun += 1
            return tokenizer.encode_batch(batch)

    tokenizer = several._tokenizer
    monkeypatch.setattr(several, "_tokenizer", Counted())

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        several.encode(["a text"] * 400, interrupt)
    assert begun < 50, "the other 100 batches are not encoded first"


@FORMS
def test_any_text_of_any_length_becomes_a_unit_vector(form: str, forms: dict[str, Encoder]) -> None:
    vectors = forms[form].encode(AWKWARD)
    assert vectors.shape == (len(AWKWARD), 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(AWKWARD)), abs=1e-5)
    assert vectors[-1] == pytest.approx(vectors[-2], abs=1e-5), "what lies beyond the limit of tokens is cut off"


@pytest.mark.parametrize("form", FILES)
def test_a_long_text_is_cut_off_where_sentence_transformers_cuts_it_off(
    form: str, forms: dict[str, Encoder], sentences: Sequence[str]
) -> None:
    long = " ".join(sentences)
    found, expected = forms[form].encode([long])[0], forms["sentence-transformers"].encode([long])[0]
    assert found @ expected >= THRESHOLDS[form]


def test_vectors_have_length_1_though_the_model_does_not_normalise_them(small_model: Path, tmp_path: Path) -> None:
    stored = ensure_encoder(tmp_path, resolve_model(str(small_model)))
    assert stored.record.serving == "int8"
    for encoder in (stored.open(), SentenceTransformerEncoder(small_model)):
        assert np.linalg.norm(encoder.encode(AWKWARD), axis=1) == pytest.approx(np.ones(len(AWKWARD)), abs=1e-5)


@FORMS
def test_no_texts_make_no_vectors(form: str, forms: dict[str, Encoder]) -> None:
    assert forms[form].encode([]).shape == (0, 384)
    assert forms[form].dimension == 384


@FORMS
def test_progress_adds_up_to_the_number_of_texts(form: str, forms: dict[str, Encoder]) -> None:
    counts: list[int] = []
    forms[form].encode(["short"] * 70, counts.append)
    assert sum(counts) == 70
    assert len(counts) > 1


def test_a_folder_that_sentence_transformers_cannot_load_is_a_model_error(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError, match=r"cannot load the model in .* set PINCITE_MODEL to another one"):
        SentenceTransformerEncoder(tmp_path)


def test_a_graph_that_cannot_be_quantised_is_a_model_error() -> None:
    with pytest.raises(ModelError, match="the model cannot be quantised"):
        quantize(b"no graph")


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

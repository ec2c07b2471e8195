from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from index import encoder_store
from index.collection import Collection
from index.encoder import Encoder
from index.encoder_store import MIN_FP32_COSINE, MIN_INT8_COSINE, StoredEncoder, ensure_encoder, read_encoder
from index.errors import IndexDamaged, ModelError
from index.files import sha256_file
from index.generation import open_generation
from index.models import DEFAULT_MODEL, resolve_model
from index.onnx_encoder import OnnxEncoder
from index.sentence_transformer import SentenceTransformerEncoder
from tests.conftest import environment

FORMS = {"fp32": ("model.onnx", MIN_FP32_COSINE), "int8": ("model.int8.onnx", MIN_INT8_COSINE)}
LONG = "A sentence that goes on and on. " * 200  # far beyond 256 tokens
AWKWARD = ["x", "", "12.5 percent", "שלום 東京 👩\u200d👧", "e\u0301\x00\t\n", LONG, LONG + "and more"]


@pytest.fixture(scope="module")
def original() -> Encoder:
    return SentenceTransformerEncoder(resolve_model(DEFAULT_MODEL).path)


@pytest.fixture(scope="module")
def stored(seeds_data: Path) -> StoredEncoder:
    return read_encoder(seeds_data / "encoders", resolve_model(DEFAULT_MODEL).fingerprint)


@pytest.fixture(scope="module")
def sentences(seeds_data: Path) -> list[str]:
    """Every third sentence of the sample documents."""
    database = open_generation(Collection(seeds_data, "default")).database
    texts = [document.text[span.start : span.end] for document, count in database.documents()
             for passage in database.passages_between(document.id, 0, count) for span in passage.spans]  # fmt: skip
    return texts[::3]


@pytest.fixture
def exported(small_model: Path, tmp_path: Path) -> StoredEncoder:
    """The small model's export, in files that a test may damage."""
    return ensure_encoder(tmp_path / "encoders", resolve_model(str(small_model)))


def onnx(stored: StoredEncoder, form: str) -> OnnxEncoder:
    return OnnxEncoder(stored.folder / FORMS[form][0], stored.folder / "tokenizer.json", stored.record.max_tokens)


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize("form", FORMS)
def test_an_export_agrees_with_sentence_transformers(
    form: str, original: Encoder, stored: StoredEncoder, sentences: list[str]
) -> None:
    cosines = np.sum(onnx(stored, form).encode(sentences) * original.encode(sentences), axis=1)
    assert len(sentences) > 80
    assert cosines.mean() >= FORMS[form][1]
    assert stored.record.parity[form] >= FORMS[form][1]


@pytest.mark.parametrize("form", FORMS)
def test_a_text_is_encoded_alike_alone_and_among_others(
    form: str, stored: StoredEncoder, sentences: list[str]
) -> None:
    encoder = onnx(stored, form)
    together = encoder.encode(sentences[:40])
    alone = np.vstack([encoder.encode([sentence]) for sentence in sentences[:40]])
    # int8 scales each activation by the whole batch, so its vectors agree only as far as int8 agrees with anything.
    assert np.sum(together * alone, axis=1).min() >= FORMS[form][1]


def test_sentence_transformers_gives_vectors_in_the_order_of_the_texts(original: Encoder) -> None:
    texts = [LONG, *AWKWARD, "a somewhat longer text", LONG] * 4  # more than a batch
    alone = {text: original.encode([text])[0] for text in set(texts)}
    assert np.abs(original.encode(texts) - np.vstack([alone[text] for text in texts])).max() < 1e-5


@pytest.mark.parametrize("form", [*FORMS, "sentence-transformers"])
def test_any_text_of_any_length_becomes_a_unit_vector(form: str, original: Encoder, stored: StoredEncoder) -> None:
    encoder = onnx(stored, form) if form in FORMS else original
    vectors = encoder.encode(AWKWARD)
    assert (vectors.shape, vectors.dtype) == ((len(AWKWARD), 384), np.float32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(AWKWARD)), abs=1e-5)
    assert vectors[-1] == pytest.approx(vectors[-2], abs=1e-5), "what comes after the limit of tokens is cut off"
    assert encoder.encode([]).shape == (0, encoder.dimension)


@pytest.mark.parametrize("form", [*FORMS, "sentence-transformers"])
def test_progress_adds_up_to_the_number_of_texts(form: str, original: Encoder, stored: StoredEncoder) -> None:
    counts: list[int] = []
    (onnx(stored, form) if form in FORMS else original).encode(["short"] * 70, counts.append)
    assert sum(counts) == 70
    assert len(counts) > 1


def test_the_record_says_what_is_in_the_folder(stored: StoredEncoder) -> None:
    record, model = stored.record, resolve_model(DEFAULT_MODEL)
    assert (record.fingerprint, record.model) == (model.fingerprint, DEFAULT_MODEL)
    assert (record.dimension, record.max_tokens, record.serving) == (384, 256, "int8")
    on_disk = {file.name: sha256_file(file) for file in stored.folder.iterdir() if file.name != "encoder.json"}
    assert record.files == on_disk
    assert set(on_disk) == {"model.onnx", "model.int8.onnx", "tokenizer.json"}


def test_an_export_is_used_again_as_it_is(exported: StoredEncoder, small_model: Path) -> None:
    before = {file: file.stat() for file in exported.folder.iterdir()}
    assert ensure_encoder(exported.folder.parent, resolve_model(str(small_model))) == exported
    assert {file: file.stat() for file in exported.folder.iterdir()} == before


@pytest.mark.parametrize("name", ["model.int8.onnx", "model.onnx", "tokenizer.json", "encoder.json"])
def test_a_damaged_export_is_made_anew_with_the_same_bytes(
    exported: StoredEncoder, small_model: Path, name: str
) -> None:
    before = {file.name: file.read_bytes() for file in exported.folder.iterdir()}
    if name == "encoder.json":
        (exported.folder / name).write_bytes(b"{")
    else:
        flip(exported.folder / name)
    (exported.folder.parent / f".{exported.folder.name}.tmp").mkdir()  # what a killed export leaves
    assert ensure_encoder(exported.folder.parent, resolve_model(str(small_model))) == exported
    assert {file.name: file.read_bytes() for file in exported.folder.iterdir()} == before
    assert {entry.name for entry in exported.folder.parent.iterdir()} - {"export.lock"} == {exported.folder.name}

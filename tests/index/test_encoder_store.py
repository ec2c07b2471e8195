from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from index.encoder import EncoderRecord
from index.encoder_store import ensure_encoder, read_encoder
from index.errors import IndexDamaged, ModelError
from index.files import sha256_file
from index.models import DEFAULT_MODEL, ModelFolder, resolve_model
from tests.conftest import environment


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def test_the_record_of_the_default_model_says_what_is_in_its_folder(seeds_data: Path) -> None:
    fingerprint = resolve_model(DEFAULT_MODEL).fingerprint
    stored = read_encoder(seeds_data / "encoders", fingerprint)
    on_disk = {file.name: sha256_file(file) for file in stored.folder.iterdir() if file.name != "encoder.json"}
    assert set(on_disk) == {"model.onnx", "model.int8.onnx", "tokenizer.json"}
    parity = stored.record.parity
    assert stored.record == EncoderRecord(
        fingerprint=fingerprint,
        model=DEFAULT_MODEL,
        dimension=384,
        max_tokens=256,
        serving="int8",
        reason=f"int8 agrees with sentence-transformers (mean cosine {parity['int8']})",
        parity=parity,
        files=on_disk,
    )


def test_an_export_is_used_again_as_it_is(encoders: Path, model: ModelFolder) -> None:
    stored = ensure_encoder(encoders, model)
    before = {file: file.stat() for file in stored.folder.iterdir()}
    assert ensure_encoder(encoders, model) == stored == read_encoder(encoders, model.fingerprint)
    for file, was in before.items():
        assert (file.stat().st_ino, file.stat().st_mtime_ns) == (was.st_ino, was.st_mtime_ns)


@pytest.mark.parametrize("name", ["model.int8.onnx", "model.onnx", "tokenizer.json", "encoder.json"])
def test_a_damaged_export_is_made_anew_with_the_same_bytes(encoders: Path, model: ModelFolder, name: str) -> None:
    stored = ensure_encoder(encoders, model)
    before = {file.name: file.read_bytes() for file in stored.folder.iterdir()}
    (stored.folder / name).write_bytes(before[name][:-9] + b"?" + before[name][-8:])
    leftover = encoders / f".{stored.folder.name}.tmp" / "of a killed export"
    leftover.mkdir(parents=True)
    assert ensure_encoder(encoders, model) == stored
    assert {file.name: file.read_bytes() for file in stored.folder.iterdir()} == before
    assert {entry.name for entry in encoders.iterdir()} == {"export.lock", stored.folder.name}


@pytest.mark.parametrize("name", ["model.int8.onnx", "tokenizer.json"])
def test_a_damaged_file_is_never_served_and_the_message_names_it(encoders: Path, model: ModelFolder, name: str) -> None:
    stored = ensure_encoder(encoders, model)
    flip(stored.folder / name)
    with pytest.raises(IndexDamaged, match=f"{name} is not the file that was written"):
        stored.check()
    (stored.folder / name).unlink()
    with pytest.raises(IndexDamaged, match=f"{name} cannot be read"):
        stored.check()


def test_an_encoder_that_was_never_exported_or_is_another_is_damage(encoders: Path, model: ModelFolder) -> None:
    with pytest.raises(IndexDamaged, match=r"encoder\.json cannot be read"):
        read_encoder(encoders, model.fingerprint)
    ensure_encoder(encoders, model)
    with pytest.raises(IndexDamaged, match="holds another encoder"):
        read_encoder(encoders, model.fingerprint[:16] + "0" * 48)


def test_a_failed_export_leaves_nothing_behind(encoders: Path, model: ModelFolder) -> None:
    (model.path / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(ModelError, match="cannot load the model"):
        ensure_encoder(encoders, model)
    assert [entry.name for entry in encoders.iterdir()] == ["export.lock"]


def test_serving_imports_neither_torch_nor_sentence_transformers(encoders: Path, model: ModelFolder) -> None:
    stored = ensure_encoder(encoders, model)
    script = (
        "import sys; from pathlib import Path; from index.encoder_store import read_encoder\n"
        f"encoder = read_encoder(Path({str(encoders)!r}), {stored.record.fingerprint!r}).open()\n"
        "assert encoder.encode(['a question']).shape == (1, 32)\n"
        "print({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules))"
    )
    command = [sys.executable, "-W", "error", "-c", script]
    done = subprocess.run(command, env=environment(encoders), capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("set()\n", "", 0)

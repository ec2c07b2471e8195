from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from index.encoder import EncoderRecord
from index.errors import IndexDamaged
from index.manifest import FORMAT_VERSION, MANIFEST, Counts, Manifest, Search, read_manifest
from index.seal import seal

RECORD = EncoderRecord(
    fingerprint="f" * 64, model="é", dimension=3, max_tokens=256, serving="int8", reason="it agrees",
    parity={"fp32": 1.0, "int8": 0.99}, files={"model.onnx": "a" * 64},
)  # fmt: skip
SAMPLE = Manifest(
    format_version=FORMAT_VERSION, collection="default", generation="20260101T000000Z-00000000",
    created="2026-01-01T00:00:00+00:00", content="c" * 64, counts=Counts(documents=1, passages=2, spans=3),
    language="en", encoder_knows_language=True,
    analyzer="a/1", segmenter="s/1", encoder=RECORD,
    search=Search(kind="exact", rows=5, effort=0, recall_at_10=1.0, sample=0), files={"terms.txt": "b" * 64},
)  # fmt: skip


def sealed(values: dict[str, object]) -> bytes:
    """Seal any values as ``index.seal.seal`` does a manifest."""
    body = json.dumps(values, indent=2).encode().removesuffix(b"\n}")
    return body + b',\n  "sha256": "' + hashlib.sha256(body).hexdigest().encode() + b'"\n}\n'


def fault(folder: Path) -> str:
    with pytest.raises(IndexDamaged) as caught:
        read_manifest(folder)
    message = str(caught.value)
    assert str(folder / MANIFEST) in message
    assert "Run `pincite index` again to rebuild it." in message
    return message


def test_what_is_sealed_is_what_is_read(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_bytes(seal(SAMPLE))
    assert read_manifest(tmp_path) == SAMPLE


def test_the_seal_is_the_hash_of_every_byte_before_it_and_the_whole_is_json() -> None:
    raw = seal(SAMPLE)
    body, seal_text = re.fullmatch(rb'(.*),\n  "sha256": "([0-9a-f]{64})"\n}\n', raw, re.DOTALL).groups()  # type: ignore[union-attr]
    assert seal_text.decode() == hashlib.sha256(body).hexdigest()
    assert json.loads(raw) == {**SAMPLE.model_dump(), "sha256": seal_text.decode()}


def test_a_flip_in_any_byte_is_refused(tmp_path: Path) -> None:
    raw = seal(SAMPLE)
    for position in range(len(raw)):
        changed = bytearray(raw)
        changed[position] ^= 1 << position % 8
        (tmp_path / MANIFEST).write_bytes(changed)
        assert "its contents have changed" in fault(tmp_path), f"byte {position}"


def test_a_manifest_of_any_other_length_is_refused(tmp_path: Path) -> None:
    raw = seal(SAMPLE)
    for changed in (*(raw[:length] for length in range(0, len(raw), 5)), raw + b"\n", raw + raw, b" " + raw):
        (tmp_path / MANIFEST).write_bytes(changed)
        assert "its contents have changed" in fault(tmp_path), f"{len(changed)} bytes"


def test_a_missing_manifest_means_an_incomplete_index(tmp_path: Path) -> None:
    assert "the index is incomplete" in fault(tmp_path)
    assert "the index is incomplete" in fault(tmp_path / "nowhere")


@pytest.mark.parametrize("version", [FORMAT_VERSION - 1, FORMAT_VERSION + 1])
def test_another_format_version_is_refused_and_both_are_named(tmp_path: Path, version: int) -> None:
    (tmp_path / MANIFEST).write_bytes(seal(SAMPLE.model_copy(update={"format_version": version})))
    assert f"has format version {version}; this version of Pincite reads {FORMAT_VERSION}" in fault(tmp_path)


@pytest.mark.parametrize("change", [{"novelty": 1}, {"counts": None}, {"files": ["terms.txt"]}])
def test_a_manifest_of_another_shape_is_refused_as_another_versions(tmp_path: Path, change: dict[str, object]) -> None:
    (tmp_path / MANIFEST).write_bytes(sealed({**SAMPLE.model_dump(), **change}))
    assert "was written by another version of Pincite" in fault(tmp_path)


@pytest.mark.parametrize("member", sorted(SAMPLE.model_dump()))
def test_every_member_is_needed(tmp_path: Path, member: str) -> None:
    (tmp_path / MANIFEST).write_bytes(sealed({k: v for k, v in SAMPLE.model_dump().items() if k != member}))
    assert "was written by another version of Pincite" in fault(tmp_path)

"""A generation with any file changed, cut short or gone is refused by name."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from index.collection import Collection
from index.encoder_store import read_encoder
from index.errors import CollectionNotFound, IndexDamaged
from index.files import sha256_file
from index.generation import open_generation
from index.manifest import FORMAT_VERSION, MANIFEST, Manifest, read_manifest
from index.seal import seal

FILES = [
    "bm25.passages.limits.npy", "bm25.passages.offsets.npy", "bm25.passages.rows.npy", "bm25.passages.weights.npy",
    "documents.sqlite", "manifest.json", "neighbours.npy", "profiles.numbers.npy", "profiles.offsets.npy",
    "profiles.weights.npy", "rows.npy", "sequences.numbers.npy", "sequences.offsets.npy", "spans.npy", "terms.txt",
    "vectors.faiss",
]  # fmt: skip
DAMAGES: dict[str, Callable[[bytes], bytes | None]] = {
    "first byte flipped": lambda content: bytes([content[0] ^ 1]) + content[1:],
    "middle byte flipped": lambda content: (
        content[: len(content) // 2] + bytes([content[len(content) // 2] ^ 0x80]) + content[len(content) // 2 + 1 :]
    ),
    "last byte flipped": lambda content: content[:-1] + bytes([content[-1] ^ 1]),
    "cut short": lambda content: content[: len(content) // 2],
    "emptied": lambda _: b"",
    "longer": lambda content: content + b"\0",
    "gone": lambda _: None,
}


def folder_of(collection: Collection) -> Path:
    return collection.generation_folder(collection.current())


def damage(file: Path, kind: str) -> None:
    content = DAMAGES[kind](file.read_bytes())
    file.unlink()  # it may be a link to a file that other tests use
    if content is not None:
        file.write_bytes(content)


def fault(collection: Collection) -> str:
    with pytest.raises(IndexDamaged) as caught:
        open_generation(collection)
    assert "un `pincite index` again" in str(caught.value)
    return str(caught.value)


def reseal(collection: Collection, **changes: object) -> None:
    """Make a manifest whose seal and hashes are right and whose contents are not."""
    folder = folder_of(collection)
    files = {name: sha256_file(folder / name) for name in FILES if name != MANIFEST}
    manifest = read_manifest(folder).model_dump() | {"files": files} | changes
    (folder / MANIFEST).write_bytes(seal(Manifest.model_validate(manifest)))
    collection.point_to(folder.name)


def test_these_are_all_the_files_of_a_generation(seeds: Collection) -> None:
    assert sorted(file.name for file in folder_of(seeds).iterdir()) == FILES
    assert open_generation(seeds).manifest.counts.documents == 2


@pytest.mark.parametrize("kind", DAMAGES)
@pytest.mark.parametrize("name", FILES)
def test_any_damage_to_any_file_is_refused_and_the_file_is_named(seeds: Collection, name: str, kind: str) -> None:
    damage(folder_of(seeds) / name, kind)
    message = fault(seeds)
    assert str(folder_of(seeds) / name) in message
    assert ("cannot be read (No such file" if kind == "gone" else "its contents have changed") in message


@pytest.mark.parametrize("kind", DAMAGES)
@pytest.mark.parametrize("name", ["encoder.json", "model.int8.onnx", "model.onnx", "tokenizer.json"])
def test_any_damage_to_the_encoder_is_refused_and_the_file_is_named(seeds: Collection, name: str, kind: str) -> None:
    file = next(seeds.encoders.glob(f"*/{name}"))
    damage(file, kind)
    assert str(file) in fault(seeds)


def test_an_encoder_that_is_missing_or_not_the_one_of_the_manifest_is_refused(seeds: Collection) -> None:
    record_file = next(seeds.encoders.glob("*/encoder.json"))
    record = read_encoder(seeds.encoders, read_manifest(folder_of(seeds)).encoder.fingerprint).record
    record_file.unlink()
    assert f"{record_file} cannot be read (No such file" in fault(seeds)
    record_file.write_bytes(seal(record.model_copy(update={"max_tokens": 128})))
    assert "is not the one that the generation" in fault(seeds)
    shutil.rmtree(record_file.parent)
    assert f"{record_file} cannot be read (No such file" in fault(seeds)


def test_another_format_version_is_refused(seeds: Collection) -> None:
    reseal(seeds, format_version=FORMAT_VERSION + 1)
    message = fault(seeds)
    assert str(folder_of(seeds) / MANIFEST) in message
    assert f"has format version {FORMAT_VERSION + 1}" in message


def test_a_generation_or_collection_under_another_name_is_refused(seeds: Collection) -> None:
    copied = Collection(seeds.data_dir, "copied")
    shutil.copytree(seeds.folder, copied.folder)
    assert str(folder_of(copied)) in fault(copied)
    folder_of(seeds).rename(seeds.generation_folder("renamed"))
    seeds.point_to("renamed")
    assert str(folder_of(seeds)) in fault(seeds)


@pytest.mark.parametrize("noun", ["documents", "passages", "spans"])
def test_counts_that_disagree_are_refused_even_where_every_hash_is_right(seeds: Collection, noun: str) -> None:
    counts = read_manifest(folder_of(seeds)).counts.model_dump()
    reseal(seeds, counts={**counts, noun: counts[noun] + 1})
    assert "its counts disagree" in fault(seeds)


@pytest.mark.parametrize("name", [name for name in FILES if name != MANIFEST])
def test_garbage_is_refused_even_where_every_hash_is_right(seeds: Collection, name: str) -> None:
    (folder_of(seeds) / name).write_bytes(b"\xff not what it should be")
    reseal(seeds)
    assert f"the index in {folder_of(seeds)} cannot be opened" in fault(seeds)


def test_parts_of_another_generation_are_refused_even_where_every_hash_is_right(seeds: Collection) -> None:
    np.save(folder_of(seeds) / "spans.npy", np.arange(10))
    reseal(seeds)
    assert "its counts disagree: spans" in fault(seeds)


def test_terms_in_order_of_another_generation_are_refused_even_where_every_hash_is_right(seeds: Collection) -> None:
    np.save(folder_of(seeds) / "sequences.numbers.npy", np.zeros(3, dtype=np.int32))
    np.save(folder_of(seeds) / "sequences.offsets.npy", np.array([0, 1, 3]))
    reseal(seeds)
    assert "its counts disagree: segments" in fault(seeds)


@pytest.mark.parametrize("part", ["neighbours", "profiles"])
def test_what_is_made_for_ranking_of_another_generation_is_refused(seeds: Collection, part: str) -> None:
    arrays = {"neighbours": ["neighbours"], "profiles": ["profiles.offsets", "profiles.numbers", "profiles.weights"]}
    for name in arrays[part]:
        np.save(folder_of(seeds) / f"{name}.npy", np.zeros(2, dtype=np.int64) if "offsets" in name else np.zeros(0))
    reseal(seeds)
    assert f"its counts disagree: {part}" in fault(seeds)


def test_a_vocabulary_of_another_generation_is_refused_even_where_every_hash_is_right(seeds: Collection) -> None:
    (folder_of(seeds) / "terms.txt").write_text("one\ntwo", encoding="utf-8")
    reseal(seeds)
    assert "its counts disagree: terms" in fault(seeds)


def test_a_pointer_that_is_gone_empty_or_names_nothing_is_refused(seeds: Collection) -> None:
    name, manifest = seeds.pointed()
    seeds.pointer.write_text(f"20200101T000000-000000Z {manifest}\n")
    assert f"{seeds.pointer} names the generation 20200101T000000-000000Z, which is not there" in fault(seeds)
    seeds.pointer.write_text(f"{name} {'0' * 64}\n")
    assert f"{folder_of(seeds) / MANIFEST} is not the one that {seeds.pointer} names" in fault(seeds)
    seeds.pointer.write_bytes(b"")
    assert f"{seeds.pointer} names no generation" in fault(seeds)
    seeds.pointer.unlink()
    with pytest.raises(CollectionNotFound, match="there is no collection 'default'"):
        open_generation(seeds)


def test_an_index_of_another_analysis_is_refused(seeds: Collection) -> None:
    reseal(seeds, analyzer="german-1")
    assert "made by another version of Pincite" in fault(seeds)

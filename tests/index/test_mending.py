"""Indexing the same documents again over a damaged index makes it whole; that nothing changed is no reason not to."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from index.build import build
from index.collection import Collection
from index.errors import IndexDamaged, IndexUnavailable
from index.generation import open_generation
from index.models import DEFAULT_MODEL
from tests.conftest import Silent
from tests.index.conftest import nearest


@pytest.mark.parametrize("name", ["documents.sqlite", "manifest.json", "terms.txt", "CURRENT", "generations"])
def test_indexing_the_same_again_mends_a_damaged_collection(small: Collection, documents: Path, name: str) -> None:
    before = open_generation(small).manifest
    for path in sorted(small.folder.rglob(name)):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.write_bytes(path.read_bytes()[:-1])
    if name == "CURRENT":
        small.pointer.unlink()
    with pytest.raises(IndexUnavailable):
        open_generation(small)
    assert build(small, [documents], DEFAULT_MODEL, Silent()).changed
    after = open_generation(small).manifest
    assert (after.content, after.counts, after.encoder) == (before.content, before.counts, before.encoder)
    assert after.generation != before.generation
    assert nearest(small, "What do bakers feed?") == "Sourdough needs a starter. Bakers feed the starter every day."


def test_indexing_the_same_again_mends_a_damaged_encoder(documents: Path, small_model: Path, tmp_path: Path) -> None:
    collection = Collection(tmp_path / "data", "small")
    build(collection, [documents], str(small_model), Silent())
    for file in collection.encoders.glob("*/*.onnx"):
        file.write_bytes(b"")
    with pytest.raises(IndexDamaged):
        open_generation(collection)
    assert not build(collection, [documents], str(small_model), Silent()).changed, "the same export is made again"
    assert open_generation(collection).encoder.encode(["a question"]).shape == (1, 32)

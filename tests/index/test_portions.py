"""What a build that is killed has encoded: kept, gone on with, and gone when it is done."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import index.embedding as embedding_module
from index.build import build
from index.collection import Collection
from index.deletion import delete_document
from index.history import prune
from index.portions import Portion, Portions
from index.settings import Settings
from tests.conftest import SEEDS, Silent, environment

KILLED = """
import os, signal, sys
from pathlib import Path
import index.embedding as embedding
from index.build import build
from index.collection import Collection
from index.portions import Portions
from index.settings import Settings
from tests.conftest import SEEDS, Silent

embedding.PORTION = 50
add = Portions.add
def killed_after_three(self, portion):
    add(self, portion)
    if len(list(self)) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
Portions.add = killed_after_three
build(Collection(Path(sys.argv[1]), "default"), [SEEDS], Settings().model, Silent())
"""


def portion(seed: int, rows: int = 3) -> Portion:
    random = np.random.default_rng(seed)
    return Portion(
        random.integers(0, 2**63, (rows, 2), dtype=np.uint64), random.standard_normal((rows, 4)).astype(np.float32)
    )


def assert_same(found: Portion, expected: Portion) -> None:
    np.testing.assert_array_equal(found.keys, expected.keys)
    np.testing.assert_array_equal(found.vectors, expected.vectors)


def test_portions_come_back_in_their_order(tmp_path: Path) -> None:
    portions = Portions(tmp_path / "encoded")
    assert list(portions) == []
    for seed in range(3):
        portions.add(portion(seed))
    for seed, found in enumerate(Portions(tmp_path / "encoded")):
        assert_same(found, portion(seed))
    np.testing.assert_array_equal(found.vectors_at(np.array([2, 0])), portion(2).vectors[[2, 0]])


@pytest.mark.parametrize("place", [0, 40, -1])
def test_a_portion_that_is_damaged_is_as_if_it_were_not_there(tmp_path: Path, place: int) -> None:
    portions = Portions(tmp_path / "encoded")
    portions.add(portion(0))
    portions.add(portion(1))
    file = tmp_path / "encoded" / "000001.portion"
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(content)
    (found,) = portions
    assert_same(found, portion(1))
    file.write_bytes(b"")
    assert len(list(portions)) == 1
    portions.add(portion(2))
    assert_same(list(portions)[-1], portion(2))


def encoded_of(data_dir: Path) -> Path:
    return data_dir / "collections" / "default" / "encoded"


def test_a_build_that_is_killed_is_gone_on_with(empty_data: Path) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(empty_data)], env=environment(empty_data), timeout=300, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert len(list(encoded_of(empty_data).iterdir())) == 3

    report = build(Collection(empty_data, "default"), [SEEDS], Settings().model, Silent())
    rows = report.manifest.counts.passages + report.manifest.counts.spans
    assert report.encoded == rows - 150, "what was encoded before the kill is not encoded again"
    assert not encoded_of(empty_data).exists()


def test_portions_make_the_same_vectors_as_one_piece(
    data_dir: Path, empty_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[int] = []
    monkeypatch.setattr(embedding_module, "PORTION", 50)
    monkeypatch.setattr(Portions, "add", lambda _, portion: kept.append(len(portion.keys)))
    collection = Collection(empty_data, "default")
    manifest = build(collection, [SEEDS], Settings().model, Silent()).manifest
    assert kept == [50] * ((manifest.counts.passages + manifest.counts.spans - 1) // 50)

    whole = Collection(data_dir, "default")
    one, other = (each.generation_folder(each.current()) / "neighbours.npy" for each in (collection, whole))
    np.testing.assert_allclose(np.load(one), np.load(other), atol=1e-5)


@pytest.mark.parametrize("change", ["prune", "delete"])
def test_pruning_takes_them_away(data_dir: Path, change: str) -> None:
    collection = Collection(data_dir, "default")
    Portions(collection.portions).add(portion(0))
    if change == "prune":
        prune(collection)
    else:
        delete_document(collection, "chinas-sputnik-moment", prune=True)
    assert not encoded_of(data_dir).exists()

"""A collection's tuning on disk, and when it counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.collection import Collection
from index.errors import IndexDamaged
from index.settings import Settings
from qa.asker import Asker
from qa.factory import open_asker
from qa.tuning import Tuning, read_tuning, remove_tuning, tuned, write_tuning

QUESTION = "what did ZTE's ban cause?"


@pytest.fixture
def collection(data_dir: Path) -> Collection:
    return Collection(data_dir, "default")


def tuning(asker: Asker, weight: float = 0.0, fingerprint: str | None = None) -> Tuning:
    made_for = fingerprint or asker.generation.manifest.encoder.fingerprint
    return Tuning(dense_weight=weight, fingerprint=made_for, set_sha256="0" * 64, gain=0.05, p_value=0.01)


def scores(settings: Settings) -> list[float]:
    return [hit.score for hit in open_asker(settings).ask(QUESTION).hits]


def test_what_is_written_is_read_until_it_is_removed(collection: Collection, seeds_asker: Asker) -> None:
    assert read_tuning(collection) is None
    write_tuning(collection, tuning(seeds_asker, 0.9))
    assert read_tuning(collection) == tuning(seeds_asker, 0.9)
    assert remove_tuning(collection)
    assert read_tuning(collection) is None
    assert not remove_tuning(collection)


def test_a_tuned_collection_is_searched_with_its_weight(collection: Collection, seeds_asker: Asker) -> None:
    plain = scores(Settings(data_dir=collection.data_dir))
    write_tuning(collection, tuning(seeds_asker, 0.2))
    assert scores(Settings(data_dir=collection.data_dir)) == scores(
        Settings(data_dir=collection.data_dir, dense_weight=0.2)
    )
    assert scores(Settings(data_dir=collection.data_dir)) != plain


def test_a_weight_that_the_settings_state_goes_first(collection: Collection, seeds_asker: Asker) -> None:
    plain = scores(Settings(data_dir=collection.data_dir))
    write_tuning(collection, tuning(seeds_asker))
    assert scores(Settings(data_dir=collection.data_dir, dense_weight=0.7)) == plain


def test_what_was_found_for_another_encoder_does_not_count(collection: Collection, seeds_asker: Asker) -> None:
    write_tuning(collection, tuning(seeds_asker, fingerprint="f" * 64))
    settings = Settings(data_dir=collection.data_dir)
    assert tuned(settings, collection, seeds_asker.generation.manifest) == settings


def test_a_changed_file_is_refused_with_the_way_out(collection: Collection, seeds_asker: Asker) -> None:
    write_tuning(collection, tuning(seeds_asker, 0.9))
    file = collection.folder / "tuning.json"
    file.write_bytes(file.read_bytes().replace(b"0.9", b"0.1"))
    with pytest.raises(IndexDamaged, match=r"tuning\.json.*pincite tune --reset"):
        open_asker(Settings(data_dir=collection.data_dir))

"""Askers: one a collection, exchanged when its index is, and never over another collection's text."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from index.build import build
from index.collection import Collection
from index.errors import CollectionNotFound
from index.settings import Settings
from qa.asker import Asker
from qa.factory import Askers, open_asker
from tests.conftest import Silent


def index_text(data_dir: Path, collection: str, text: str) -> None:
    """Make a collection hold one document with this text."""
    source = data_dir.parent / f"{collection}.txt"
    source.write_text(text, encoding="utf-8")
    build(Collection(data_dir, collection), [source], Settings().model, Silent())


def texts(asker: Asker, question: str) -> set[str]:
    return {hit.passage.text for hit in asker.ask(question, k=100).hits}


def test_an_asker_follows_its_settings(seeds_data: Path) -> None:
    settings = Settings(data_dir=seeds_data)
    strict = open_asker(settings.model_copy(update={"min_confidence": 1.0})).ask("what did ZTE's ban cause?")
    usual = open_asker(settings).ask("what did ZTE's ban cause?")
    assert (strict.answerable, usual.answerable) == (False, True)
    assert strict.hits == usual.hits
    lexical = open_asker(settings.model_copy(update={"dense_weight": 0.0})).ask("what did ZTE's ban cause?")
    assert lexical.hits[0].score == 1.0


@pytest.mark.parametrize(
    ("name", "command"), [("nowhere", "pincite index --collection nowhere PATH"), ("default", "pincite index PATH")]
)
def test_an_unknown_collection_is_refused_with_the_command_that_makes_it(
    name: str, command: str, empty_data: Path
) -> None:
    settings = Settings(data_dir=empty_data)
    with pytest.raises(CollectionNotFound, match=command):
        open_asker(settings, name)
    with pytest.raises(CollectionNotFound, match=command):
        Askers(settings).get(name)


def test_the_settings_name_the_collection_where_none_is_given(seeds_data: Path) -> None:
    with pytest.raises(CollectionNotFound, match="'elsewhere'"):
        Askers(Settings(data_dir=seeds_data, collection="elsewhere")).get()
    assert Askers(Settings(data_dir=seeds_data)).get().generation.manifest.collection == "default"


def test_threads_that_come_first_at_once_share_one_asker(seeds_data: Path) -> None:
    askers = Askers(Settings(data_dir=seeds_data))
    together = threading.Barrier(8)

    def get(_: int) -> Asker:
        together.wait(timeout=30)
        return askers.get()

    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(get, range(8)))
    assert all(asker is got[0] for asker in got)
    assert askers.get() is got[0]


def test_an_asker_is_kept_while_its_index_is_and_exchanged_when_it_changes(data_dir: Path) -> None:
    askers = Askers(Settings(data_dir=data_dir))
    question = "When does the harbour open?"
    index_text(data_dir, "port", "The harbour opens at six.")
    old = askers.get("port")
    index_text(data_dir, "port", "The harbour opens at six.")
    others = askers.get("default")
    assert askers.get("port") is old

    index_text(data_dir, "port", "The harbour opens at seven.")
    new = askers.get("port")
    assert new is not old
    assert new is askers.get("port")
    assert askers.get("default") is others
    assert texts(new, question) == {"The harbour opens at seven."}
    assert old.ask(question).text == "The harbour opens at six."
    assert old.generation.name != new.generation.name == new.ask(question).generation


def test_collections_never_see_the_text_of_each_other(empty_data: Path) -> None:
    index_text(empty_data, "port", "The harbour opens at six.")
    index_text(empty_data, "zoo", "The zoo opens at ten.")
    askers = Askers(Settings(data_dir=empty_data))
    for question in ("When does the harbour open?", "When does the zoo open?"):
        assert texts(askers.get("port"), question) == {"The harbour opens at six."}
        assert texts(askers.get("zoo"), question) == {"The zoo opens at ten."}
    assert askers.get("zoo").ask("When does the harbour open?").collection == "zoo"
    assert askers.get("zoo").generation.database.document("port") is None

"""Askers: one a collection, exchanged when its index is, and never over another collection's text."""

from __future__ import annotations

import gc
import shutil
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from index.analysis import analyze
from index.build import build
from index.collection import Collection
from index.deletion import delete_document
from index.errors import CollectionNotFound, EncoderMismatch
from index.generation import open_generation
from index.history import rollback
from index.manifest import Manifest
from index.settings import Settings
from qa.asker import Asker
from qa.factory import Askers, open_asker
from qa.filters import Filters
from tests.conftest import Command, Silent


def index_text(data_dir: Path, collection: str, text: str) -> None:
    """Make a collection hold one document with this text."""
    source = data_dir.parent / f"{collection}.txt"
    source.write_text(text, encoding="utf-8")
    build(Collection(data_dir, collection), [source], Settings().model, Silent())


def texts(asker: Asker, question: str) -> set[str]:
    return {hit.passage.text for hit in asker.ask(question, k=100).hits}


def test_an_asker_follows_its_settings(seeds_data: Path) -> None:
    settings = Settings(data_dir=seeds_data)
    strict = open_asker(settings.model_copy(update={"max_risk": 0.0})).ask("what did ZTE's ban cause?")
    usual = open_asker(settings).ask("what did ZTE's ban cause?")
    assert (strict.answerable, usual.answerable) == (False, True)
    assert strict.hits == usual.hits
    nothing = "Who wrote Hamlet?"
    assert not open_asker(settings).ask(nothing).answerable
    assert open_asker(settings.model_copy(update={"max_risk": 1.0})).ask(nothing).answerable
    lexical = open_asker(settings.model_copy(update={"dense_weight": 0.0})).ask("ZTE", k=100)
    with_word = ["zte" in analyze(hit.passage.text) for hit in lexical.hits]
    assert with_word == sorted(with_word, reverse=True)
    assert any(with_word)


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


QUESTION = "When does the harbour open?"


@pytest.fixture
def port(empty_data: Path) -> Collection:
    """A collection of one document, made with the default model."""
    index_text(empty_data, "port", "The harbour opens at six.")
    return Collection(empty_data, "port")


@pytest.fixture
def small_port(port: Collection, small_model: Path) -> Collection:
    """The same collection, made anew with another model."""
    build(port, [port.data_dir.parent / "port.txt"], str(small_model), Silent())
    return port


def stating(collection: Collection, model: str) -> Settings:
    return Settings(data_dir=collection.data_dir, collection=collection.name, model=model)


def test_another_model_that_is_here_is_refused_with_the_command_that_rebuilds(
    port: Collection, small_model: Path
) -> None:
    for ask in (open_asker, lambda settings: Askers(settings).get()):
        with pytest.raises(EncoderMismatch) as refused:
            ask(stating(port, str(small_model)))
        message = str(refused.value)
        assert f"PINCITE_MODEL={small_model} pincite index --collection port PATH" in message
        assert "'port' was indexed with the model all-MiniLM-L6-v2" in message
        assert manifest_of(port).encoder.fingerprint[:16] in message
        assert "take the setting away" in message


def manifest_of(collection: Collection) -> Manifest:
    return open_generation(collection).manifest


@pytest.mark.parametrize(
    "model", ["hub:sentence-transformers/all-MiniLM-L6-v2", "/nowhere/all-MiniLM-L6-v2", "another"]
)
def test_another_model_that_is_not_here_is_refused_by_its_name(port: Collection, model: str) -> None:
    with pytest.raises(EncoderMismatch, match=f"PINCITE_MODEL={model} pincite index --collection port PATH"):
        open_asker(stating(port, model))


@pytest.mark.parametrize("kept", [True, False], ids=["hub name", "folder that is gone"])
def test_a_model_that_is_not_here_is_served_under_the_name_that_indexed(
    port: Collection, small_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    if kept:
        # As if it had been fetched when the documents were indexed; asking must not try to.
        with monkeypatch.context() as patch:
            patch.setattr("index.models._hub_model", lambda _: small_model)
            build(port, [port.data_dir.parent / "port.txt"], "hub:someone/small", Silent())
        monkeypatch.setattr("index.models._hub_model", lambda name: pytest.fail(f"{name} was to be fetched"))
        name = "hub:someone/small"
    else:
        name = str(shutil.copytree(small_model, tmp_path / "gone"))
        build(port, [port.data_dir.parent / "port.txt"], name, Silent())
        shutil.rmtree(name)
    assert open_asker(stating(port, name)).generation.manifest.encoder.model == name
    with pytest.raises(EncoderMismatch, match=f"PINCITE_MODEL={name}x pincite index"):
        open_asker(stating(port, f"{name}x"))


def test_the_same_model_at_another_path_is_served(small_port: Collection, small_model: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(small_model, tmp_path / "moved")
    assert texts(open_asker(stating(small_port, str(moved))), QUESTION) == {"The harbour opens at six."}
    assert open_asker(stating(small_port, str(small_model))).generation.name == small_port.current()
    (moved / "config.json").write_text((moved / "config.json").read_text(encoding="utf-8") + "\n", encoding="utf-8")
    with pytest.raises(EncoderMismatch):
        open_asker(stating(small_port, str(moved)))


def test_where_no_model_is_stated_that_which_indexed_is_served(small_port: Collection, small_model: Path) -> None:
    settings = Settings(data_dir=small_port.data_dir)
    assert open_asker(settings, "port").generation.manifest.encoder.model == str(small_model)
    with pytest.raises(EncoderMismatch):  # the default's name is another thing if it is stated
        open_asker(stating(small_port, Settings().model))


def test_the_encoder_is_shared_from_swap_to_swap_and_exchanged_with_the_model(
    port: Collection, small_model: Path
) -> None:
    askers = Askers(Settings(data_dir=port.data_dir))
    first = askers.get("port")
    index_text(port.data_dir, "port", "The harbour opens at seven.")
    second = askers.get("port")
    delete_document(port, "port")
    third = askers.get("port")
    rollback(port)
    fourth = askers.get("port")

    assert len({id(one.generation) for one in (first, second, third, fourth)}) == 4
    assert all(one.generation.encoder is first.generation.encoder for one in (second, third, fourth))
    build(port, [port.data_dir.parent / "port.txt"], str(small_model), Silent())
    exchanged = askers.get("port")
    assert exchanged.generation.encoder is not first.generation.encoder
    assert (exchanged.generation.encoder.dimension, first.generation.encoder.dimension) == (32, 384)
    assert texts(exchanged, QUESTION) == texts(second, QUESTION) == {"The harbour opens at seven."}


def test_while_a_model_is_exchanged_the_generation_of_the_old_one_answers(port: Collection, small_model: Path) -> None:
    askers = Askers(Settings(data_dir=port.data_dir))
    old = port.current()
    answered = []

    class Asking(Silent):
        def step(self, text: str) -> None:
            answered.append((text, askers.get("port").ask(QUESTION).generation))

        def advance(self, count: int) -> None:  # noqa: ARG002 - as Progress has it
            answered.append(("encoded", askers.get("port").ask(QUESTION).generation))

    report = build(port, [port.data_dir.parent / "port.txt"], str(small_model), Asking())

    assert {"reading documents", "preparing the encoder", "encoding", "encoded", "writing the index"} == {
        step for step, _ in answered
    }
    assert {generation for _, generation in answered} == {old}
    assert (report.changed, report.encoded) == (True, 2)
    assert askers.get("port").ask(QUESTION).generation == report.manifest.generation != old


def test_a_generation_that_was_replaced_is_closed_with_its_last_request(port: Collection) -> None:
    askers = Askers(Settings(data_dir=port.data_dir))
    in_flight = askers.get("port")
    in_flight.ask(QUESTION)
    in_flight.ask(QUESTION, filters=Filters(tags=frozenset({"ships"})))
    old = weakref.ref(in_flight.generation)
    gc.disable()  # a cycle would be found some time, with files that were removed open until then
    try:
        index_text(port.data_dir, "port", "The harbour opens at seven.")
        askers.get("port")
        assert old() is in_flight.generation
        assert in_flight.ask(QUESTION).text == "The harbour opens at six."
        del in_flight
        assert old() is None
    finally:
        gc.enable()


def test_a_mismatch_is_a_503_that_names_no_path_and_a_failure_of_the_command(
    port: Collection, small_model: Path, pincite: Command, caplog: pytest.LogCaptureFixture
) -> None:
    with TestClient(create_app(stating(port, str(small_model)))) as client:
        for response in (client.get("/v1/ask", params={"q": QUESTION}), client.get("/readyz")):
            assert response.status_code == 503
            assert response.json()["type"] == "urn:pincite:problem:encoder-mismatch"
            assert str(small_model) not in response.text
        assert client.get("/healthz").status_code == 200
    assert f"PINCITE_MODEL={small_model} pincite index --collection port PATH" in caplog.text

    done = pincite(port.data_dir, "ask", "--collection", "port", QUESTION, PINCITE_MODEL=str(small_model))
    assert (done.returncode, done.stdout) == (1, "")
    assert f"PINCITE_MODEL={small_model} pincite index --collection port PATH" in " ".join(done.stderr.split())
    done = pincite(port.data_dir, "ask", "--collection", "port", QUESTION)
    assert (done.returncode, done.stderr) == (0, "")
    assert "The harbour opens at six." in done.stdout

"""A collection in this process and a service over the same documents are measured alike; a bad address is refused."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest

from eval import targets
from eval.errors import TargetError
from eval.records import Run
from eval.run import run_set
from eval.sets import QuestionSet
from eval.targets import HttpTarget, LocalTarget
from index.errors import CollectionNotFound, PinciteError
from index.settings import Settings
from qa.asker import Asker
from tests.conftest import key_header

Start = Callable[..., str]


@pytest.fixture
def service(client: httpx.Client) -> Iterator[HttpTarget]:
    with HttpTarget(str(client.base_url), None) as target:
        yield target


@contextmanager
def serving(status: int, body: str, kind: str = "application/json") -> Iterator[str]:
    """Answer every request alike, on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(body.encode())

        do_POST = do_GET  # noqa: N815 - as http.server looks for it

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def refusals(url: str, collection: str | None = None) -> list[str]:
    """Return why each call of a target is refused."""
    messages = []
    with HttpTarget(url, collection) as target:
        for call in (target.info, target.document_ids, lambda: target.ask("When?", 5)):
            with pytest.raises(TargetError) as caught:
                call()
            messages.append(str(caught.value))
    return messages


def test_both_ways_hold_the_same_documents(
    service: HttpTarget, local_target: LocalTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = local_target.document_ids()
    assert service.document_ids() == names != []
    monkeypatch.setattr(targets, "_PAGE", "1")
    assert service.document_ids() == names
    for name in names:
        found = local_target.document(name)
        assert found is not None
        assert list(found.passages) == sorted(found.passages, key=lambda one: found.passages[one].start)
        assert service.document(name) == found
    assert service.document("a/b c?") is None
    assert local_target.document("a/b c?") is None


def test_both_ways_give_the_same_answer_to_every_question_and_so_the_same_run(
    questions: QuestionSet, service: HttpTarget, seeds_run: Run
) -> None:
    run = run_set(questions, service)
    # Named one by one: on a difference pytest would compare the texts of whole runs, and be at it for an hour.
    differing = [one.case for one, other in zip(run.results, seeds_run.results, strict=True) if one != other]
    assert differing == []
    assert (run.set_name, run.set_sha256) == (seeds_run.set_name, seeds_run.set_sha256)


def test_a_target_tells_what_it_is(service: HttpTarget, local_target: LocalTarget, client: httpx.Client) -> None:
    ours, theirs = local_target.info(), service.info()
    assert (ours.kind, theirs.kind) == ("in-process", str(client.base_url).rstrip("/"))
    assert (ours.collection, ours.generation) == (theirs.collection, theirs.generation)
    assert ours.collection == "default"
    assert ours.settings == {"dense_weight": "0.7", "max_risk": "0.1", "without": ""}
    assert ours.encoder.endswith(")")
    assert theirs.settings == {}


def test_a_collection_can_be_named(client: httpx.Client, service: HttpTarget) -> None:
    with HttpTarget(f"{client.base_url}/", "default") as named:
        assert named.info() == service.info()
        assert named.ask("Which company owns TikTok?", 3) == service.ask("Which company owns TikTok?", 3)


def test_scores_are_kept_with_the_digits_that_the_service_sends(local_target: LocalTarget) -> None:
    found = local_target.ask("What did ZTE's ban cause?", 20)
    assert found.confidence == round(found.confidence, 4)
    assert all(one.score == round(one.score, 6) for one in found.passages)
    assert [one.score for one in found.passages] == sorted((one.score for one in found.passages), reverse=True)


def test_a_service_with_keys_is_asked_with_one(seeds_data: Path, tmp_path: Path, start_server: Start) -> None:
    for name in ("collections", "encoders"):
        (tmp_path / name).symlink_to(seeds_data / name)
    key = key_header(tmp_path)["Authorization"].removeprefix("Bearer ")
    address = start_server(tmp_path)
    with HttpTarget(address, None, key) as target:
        assert target.document_ids() == ["catch-up-and-surpass", "chinas-sputnik-moment"]
    assert all("answered 401: this takes a key" in message for message in refusals(address))


def test_a_question_that_cannot_be_asked_raises_in_both_ways(service: HttpTarget, local_target: LocalTarget) -> None:
    for target in (service, local_target):
        with pytest.raises(PinciteError, match="empty"):
            target.ask("  ", 5)
        with pytest.raises(PinciteError, match="100"):
            target.ask("When?", 101)


def test_a_collection_that_is_not_there_is_refused(client: httpx.Client, empty_data: Path) -> None:
    url = str(client.base_url).rstrip("/")
    for message in refusals(url, "nowhere"):
        assert message.startswith(f"{url} has no collection 'nowhere'.")
    with pytest.raises(CollectionNotFound):
        LocalTarget.open(Settings(data_dir=empty_data))


def test_an_address_where_nothing_answers_is_refused_with_advice() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        for message in refusals(url):
            assert message.startswith(f"{url} cannot be reached: ")
            assert message.endswith("Is `pincite serve` running there?")


@pytest.mark.parametrize("url", ["", "localhost:8000", "ftp://example.org", "http://["])
def test_what_is_no_address_is_refused_with_advice(url: str) -> None:
    assert all("cannot be reached" in message for message in refusals(url))


def test_a_service_of_another_kind_is_refused() -> None:
    with serving(200, "<html>It works!</html>", "text/html") as url:
        assert all("did not answer with JSON: it is no Pincite service" in message for message in refusals(url))
    with serving(200, "[1, 2]") as url:
        assert all("did not answer with an object" in message for message in refusals(url))
    with serving(200, '{"hello": 1}') as url:
        assert all("did not answer as Pincite's API does" in message for message in refusals(url))
    with serving(404, '{"error": "nothing here"}') as url:
        assert all("answered 404" in message for message in refusals(url))


def test_an_error_of_the_service_is_told_with_its_detail() -> None:
    with serving(503, '{"detail": "the index is damaged; run `pincite index`"}') as url:
        assert all("answered 503: the index is damaged; run `pincite index`" in message for message in refusals(url))


def test_an_open_target_answers_as_the_asker_does(seeds_data: Path, seeds_asker: Asker) -> None:
    settings = Settings(data_dir=seeds_data, max_risk=1)
    answer = LocalTarget.open(settings).ask("Who wrote Hamlet?", 5)
    plain = seeds_asker.ask("Who wrote Hamlet?", 5)
    assert (answer.answerable, plain.answerable) == (True, False)
    assert [one.id for one in answer.passages] == [hit.passage.id for hit in plain.hits]
    assert answer.text == " ".join(one.text for one in answer.citations) != ""

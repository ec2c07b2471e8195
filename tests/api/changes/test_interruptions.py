"""Kills, full disks and others at work: an operation that was accepted is applied once, and nothing is left behind."""

from __future__ import annotations

import errno
import json
import os
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.changes import applier as applier_module
from api.changes import inbox
from api.changes.applier import MOST_ATTEMPTS, Applier
from api.changes.operations import File, Operation
from api.changes.store import OperationStore, now
from index.collection import Collection
from index.settings import Settings
from tests.api.changes.conftest import NAME, PAGES, Service, eventually, serving
from tests.api.test_delete import lock_held, problem
from tests.conftest import ROOT, environment, key_header


def many(count: int, word: str = "buoy") -> dict[str, str | bytes]:
    """Return files that take seconds to encode."""
    lines = [f"{word.title()} {line} of this list lies at mile {line * 7} off the {word} yard." for line in range(40)]
    pages = ("\n\n".join([f"# {word} {n}", *(f"{n}: {line}" for line in lines)]) for n in range(count))
    return {f"{word}-{n:03}.md": page for n, page in enumerate(pages)}


def left_in(data_dir: Path) -> list[str]:
    """Return what lies in the folder of uploads, and what is half made or half removed elsewhere."""
    folders = (data_dir / "uploads", data_dir / "collections", *data_dir.glob("collections/*/generations"))
    hidden = [path.name for folder in folders[1:] for path in folder.iterdir() if path.name.startswith(".")]
    return [path.name for path in folders[0].iterdir()] + hidden


def test_an_applying_process_that_is_killed_amid_a_build_is_started_again_and_goes_on(pages_data: Path) -> None:
    with serving(pages_data) as service:
        sent = service.upload(NAME, many(15))
        identity = sent.json()["id"]

        def encoding() -> bool:
            progress = service.client.get(f"/v1/operations/{identity}").json()["progress"]
            return progress is not None and progress["total"] > 0

        eventually(encoding)
        applier = service.applier()
        assert applier is not None
        os.kill(applier, signal.SIGKILL)
        assert service.answer(NAME) == "The moon base was opened in May 2041.", "the service itself answers on"
        operation = service.poll(identity)
        assert operation["state"] == "succeeded"
        assert service.applier() not in {None, applier}
        assert len(service.ids(NAME)) == 18
        eventually(lambda: not left_in(pages_data))


def test_a_service_that_is_killed_after_it_accepted_applies_when_it_runs_again(pages_data: Path) -> None:
    with serving(pages_data) as service, lock_held(Collection(pages_data, NAME)):
        accepted = [service.upload(NAME, {f"{word}.md": f"The {word} lies in the hold."}) for word in ("rope", "tar")]
        made = service.client.post("/v1/collections", json={"name": "second"})
        service.kill()
    with serving(pages_data) as service:
        for response in (*accepted, made):
            assert service.poll(response.json()["id"])["state"] == "succeeded"
        assert service.ids(NAME) == ["bread", "moon", "rope", "tar", "tides"]
        assert service.ids("second") == []
        eventually(lambda: not left_in(pages_data))


def test_two_services_over_one_data_folder_apply_each_operation_once(pages_data: Path) -> None:
    with serving(pages_data, workers=1) as first, serving(pages_data, workers=1) as second:

        def send(number: int) -> str:
            service = (first, second)[number % 2]
            return str(service.upload(NAME, {f"{number}.md": f"Barrel {number} holds salt."}).json()["id"])

        with ThreadPoolExecutor(4) as pool:
            sent = list(pool.map(send, range(12)))
        assert {second.poll(one)["state"] for one in sent} == {"succeeded"}
        assert len(first.ids(NAME)) == len(second.ids(NAME)) == 15

        lock = Collection(pages_data, NAME)
        with lock_held(lock):
            waiting = first.upload(NAME, {"last.md": "The last barrel."}).json()["id"]
            first.process.terminate()
            assert first.process.wait(timeout=30) == 0
        assert second.poll(waiting)["state"] == "succeeded", "what one service accepted, the other applies"
        assert "last" in second.ids(NAME)


def test_a_collection_that_another_changes_is_waited_for(pages_data: Path) -> None:
    with serving(pages_data, workers=1, PINCITE_LOCK_SECONDS="0.2") as service:
        with lock_held(Collection(pages_data, NAME)):
            sent = service.upload(NAME, {"a.md": "Some text of whales."})
            other = service.succeeded(service.client.post("/v1/collections", json={"name": "other"}))
            state = service.client.get(sent.headers["location"]).json()
        assert other["state"] == "succeeded", "others need not wait"
        assert state["state"] in {"pending", "running"}
        service.succeeded(sent)


def test_a_collection_that_another_changes_for_too_long_is_given_up(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = accept(settings, {"a.md": "Some text."})
    applier = Applier(settings.model_copy(update={"lock_seconds": 0}))
    store = OperationStore(settings.data_dir)
    with lock_held(Collection(settings.data_dir, NAME)):
        assert applier.apply_pending()
        assert state_of(store, waiting) == ("pending", None)
        monkeypatch.setattr(applier_module, "BUSY_SECONDS", 0)
        assert applier.apply_pending()
    assert state_of(store, waiting) == ("failed", "CollectionBusy")
    assert not applier.apply_pending()


def test_told_to_end_amid_a_build_it_ends_and_the_next_service_goes_on(pages_data: Path) -> None:
    with serving(pages_data, workers=1) as service:
        sent = service.upload(NAME, many(15)).json()["id"]
        eventually(lambda: service.client.get(f"/v1/operations/{sent}").json()["state"] == "running")
    operation = OperationStore(pages_data).get(sent)
    assert operation is not None
    assert operation.attempts == 0, "being told to end is no fault of the operation"
    with serving(pages_data, workers=1) as service:
        assert service.poll(sent)["state"] == "succeeded"


@pytest.fixture
def settings(pages_data: Path) -> Settings:
    return Settings(data_dir=pages_data, collection=NAME)


def accept(settings: Settings, files: dict[str, str]) -> str:
    """Have a service accept files that nobody applies yet."""
    parts = [("files", (name, text.encode())) for name, text in files.items()]
    with TestClient(create_app(settings), headers=key_header(settings.data_dir)) as client:
        return str(client.post("/v1/documents", files=parts).raise_for_status().json()["id"])


def interrupted(store: OperationStore, identity: str, attempts: int) -> Operation:
    """Leave an operation as a killed process does."""
    one = store.get(identity)
    assert one is not None
    with store.writing() as connection:
        connection.execute("UPDATE operations SET state = 'running', attempts = ? WHERE id = ?", (attempts, identity))
    return one


def state_of(store: OperationStore, identity: str) -> tuple[str, str | None]:
    one = store.get(identity)
    assert one is not None
    return one.state, one.error


def test_an_operation_that_kills_whatever_applies_it_is_given_up_and_takes_no_other_with_it(settings: Settings) -> None:
    store = OperationStore(settings.data_dir)
    bad, good = accept(settings, {"bad.md": "Bad."}), accept(settings, {"good.md": "Good words."})
    interrupted(store, bad, MOST_ATTEMPTS - 1)
    applier = Applier(settings)
    applier.recover()
    assert state_of(store, bad) == ("pending", None)

    interrupted(store, bad, MOST_ATTEMPTS)
    Applier(settings).recover()
    assert state_of(store, bad) == ("failed", "OperationInterrupted")
    assert applier.apply_pending()
    assert state_of(store, good) == ("succeeded", None)
    with TestClient(create_app(settings), headers=key_header(settings.data_dir)) as client:
        found = client.get(f"/v1/operations/{bad}").json()["problem"]
        assert found["type"] == "urn:pincite:problem:operation-interrupted"
        assert "killed 3 times" in found["detail"]
        ids = {one["id"] for one in client.get("/v1/documents").json()["documents"]}
    assert ids == {"bread", "good", "moon", "tides"}
    assert left_in(settings.data_dir) == []


def test_at_every_moment_of_accepting_and_applying_a_kill_loses_nothing_and_repeats_nothing(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.api.changes.crasher", str(tmp_path)],
        env=environment(tmp_path),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    kills = json.loads(ended.stdout)
    assert kills["accept"] == {"none": 8}, "the last change to a file is the transaction, which SQLite makes by itself"
    assert kills["apply"]["pending"] >= 20
    assert kills["apply"]["applied"] >= 2
    assert kills["drop"]["there"] >= 1
    assert kills["drop"]["gone"] >= 2


def test_a_full_disk_leaves_nothing_and_says_so(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    files = [("files", ("a.md", b"Some text."))]
    with TestClient(create_app(settings), headers=key_header(settings.data_dir)) as client:
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            problem(client.post("/v1/documents", files=files), 503, "storage-error")
        assert list((settings.data_dir / "uploads").iterdir()) == []
        assert client.get("/v1/operations").json()["operations"] == []
        assert client.post("/v1/documents", files=files).status_code == 202


def test_a_store_that_is_damaged_is_said_to_be_and_reading_goes_on(settings: Settings) -> None:
    (settings.data_dir / "operations.sqlite").write_bytes(b"this is no database, whatever its name says" * 100)
    with TestClient(create_app(settings), headers=key_header(settings.data_dir)) as client:
        problem(client.post("/v1/documents", files=[("files", ("a.md", b"Text."))]), 503, "storage-error")
        problem(client.get("/v1/operations"), 503, "storage-error")
        assert client.get("/v1/documents/moon").status_code == 200
    assert list((settings.data_dir / "uploads").iterdir()) == []


def test_what_a_kill_left_in_the_folder_of_uploads_is_cleared_unless_something_is_being_received(
    settings: Settings,
) -> None:
    waiting = accept(settings, {"a.md": "Some text."})
    uploads = settings.data_dir / "uploads"
    for name in (".op-half", "op-without-a-row"):
        (uploads / name).mkdir()
        (uploads / name / "0.md").write_bytes(b"x")
    box = inbox.Inbox(settings.data_dir)
    with box.receiving("op-now", []):
        box.clear(lambda: [waiting])
        assert {path.name for path in uploads.iterdir()} == {waiting, ".op-half", "op-without-a-row", ".op-now"}
    Applier(settings).recover()
    assert [path.name for path in uploads.iterdir()] == [waiting]


def test_operations_of_long_ago_are_let_go(tmp_path: Path) -> None:
    store = OperationStore(tmp_path)
    file = File("0.md", "a.md", None)
    with store.writing() as connection:
        for name in ("old", "new", "waiting"):
            store.add(connection, Operation(name, "upload-documents", "pages", now(), (file,)))
    for name, finished in (("old", "2020-01-01T00:00:00.000+00:00"), ("new", now())):
        with sqlite3.connect(tmp_path / "operations.sqlite") as connection:
            connection.execute("UPDATE operations SET state='failed', finished=? WHERE id=?", (finished, name))
        connection.close()
    store.forget_old()
    assert [one.id for one in store.newest("pages", 10)] == ["waiting", "new"]
    assert [one.id for one in store.unfinished()] == ["waiting"]
    assert store.newest("pages", 10)[0].files == (file,)


def test_pages_are_those_of_the_service(pages_data: Path) -> None:
    with serving(pages_data, workers=1) as service:
        assert isinstance(service, Service)
        assert service.applier() is None, "nothing is started before there is something to do"
        assert service.ids(NAME) == sorted(name.removesuffix(".md") for name in PAGES)

"""A service that is changed over HTTP: a small collection behind two workers, and what waits for operations."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from index.build import build
from index.collection import Collection
from index.settings import Settings
from tests.conftest import Silent, key_header, start_service

PAGES = {
    "moon.md": "# The base\n\nThe moon base was opened in May 2041. It houses twelve selenographers.\n",
    "tides.md": "# Tides\n\nThe moon pulls the sea twice a day. Fishermen know the tides by heart.\n",
    "bread.md": "# Bread\n\nSourdough needs a starter. Bakers feed the starter every day.\n",
}
QUESTION = "When was the moon base opened?"
NAME = "pages"


def eventually(what: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)


@dataclass
class Service:
    """A service, and requests to it.

    Attributes:
        data_dir: Its data folder.
        process: The process that was started; its workers are children of it.
        client: A client of it.
    """

    data_dir: Path
    process: subprocess.Popen[str]
    client: httpx.Client

    def ended(self, response: httpx.Response) -> dict[str, Any]:
        """Wait for the operation that was accepted to end, and return it."""
        assert response.status_code == 202, response.text
        assert response.headers["location"] == f"/v1/operations/{response.json()['id']}"
        return self.poll(response.json()["id"])

    def poll(self, operation: str, seconds: float = 120) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            response = self.client.get(f"/v1/operations/{operation}").raise_for_status()
            found: dict[str, Any] = response.json()
            if found["state"] in {"succeeded", "failed"}:
                assert "retry-after" not in response.headers
                return found
            assert response.headers["retry-after"] == "1"
            time.sleep(0.05)
        raise AssertionError(f"it never ended: {found}")

    def succeeded(self, response: httpx.Response) -> dict[str, Any]:
        """Wait for an operation, which has to succeed."""
        operation = self.ended(response)
        assert (operation["state"], operation["problem"]) == ("succeeded", None), operation
        assert operation["generation"]
        return operation

    def failed(self, response: httpx.Response, kind: str) -> str:
        """Wait for an operation, which has to fail; return why it did."""
        operation = self.ended(response)
        assert operation["state"] == "failed", operation
        assert operation["problem"]["type"] == f"urn:pincite:problem:{kind}"
        return str(operation["problem"]["detail"])

    def upload(self, collection: str, files: dict[str, str | bytes], **headers: str) -> httpx.Response:
        """Send files."""
        parts = [("files", (name, data.encode() if isinstance(data, str) else data)) for name, data in files.items()]
        where = {"collection": collection}
        return self.client.post("/v1/documents", params=where, files=parts, headers=headers)

    def ids(self, collection: str) -> list[str]:
        """Return the ids of a collection's documents."""
        found = (
            self.client.get("/v1/documents", params={"collection": collection, "limit": 1000}).raise_for_status().json()
        )
        return [document["id"] for document in found["documents"]]

    def text(self, collection: str, document: str) -> str:
        """Return a document's text."""
        where = {"collection": collection}
        return str(self.client.get(f"/v1/documents/{document}", params=where).raise_for_status().json()["text"])

    def answer(self, collection: str, question: str = QUESTION) -> str:
        """Return the answer to a question."""
        asked = {"question": question, "collection": collection}
        return str(self.client.post("/v1/ask", json=asked).raise_for_status().json()["answer"])

    def kill(self) -> None:
        """Kill the service and its workers, as a power cut would."""
        for child in children(self.process.pid):
            subprocess.run(["kill", "-9", str(child)], check=False)
        self.process.kill()
        self.process.wait()

    def applier(self) -> int | None:
        """Return the process that applies changes, if there is one."""
        for child in children(self.process.pid):
            try:
                command = Path(f"/proc/{child}/cmdline").read_text(encoding="utf-8")
            except OSError:
                continue
            if "pincite.applying" in command:
                return child
        return None


def children(pid: int) -> list[int]:
    """Return the children of a process."""
    threads = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for thread in threads for child in thread.read_text(encoding="ascii").split()]


@contextmanager
def serving(data_dir: Path, *, workers: int = 2, **variables: str) -> Iterator[Service]:
    """Run ``pincite serve``; it ends with the block, in an orderly way unless it was killed. The client is an admin."""
    headers = key_header(data_dir)
    process, address = start_service(data_dir, "--workers", str(workers), variables=variables, cwd=data_dir.parent)
    with process, httpx.Client(base_url=address, headers=headers, timeout=60) as client:
        service = Service(data_dir, process, client)
        try:
            yield service
        finally:
            if process.poll() is None:
                process.terminate()
                assert process.wait(timeout=30) == 0


def make_pages(data_dir: Path, *names: str) -> Path:
    """Make collections of three pages each."""
    folder = data_dir.parent / f"{data_dir.name}-pages"
    folder.mkdir(exist_ok=True)
    for name, text in PAGES.items():
        (folder / name).write_text(text, encoding="utf-8")
    for name in names or (NAME,):
        build(Collection(data_dir, name), [folder], Settings().model, Silent())
    return data_dir


def make_data(seeds_data: Path, folder: Path) -> Path:
    """Make a data folder that holds the exported encoder, and no collection."""
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "encoders").symlink_to(seeds_data / "encoders")
    return folder / "data"


@pytest.fixture
def bare_data(seeds_data: Path, tmp_path: Path) -> Path:
    """A data folder that holds the exported encoder, and no collection."""
    return make_data(seeds_data, tmp_path)


@pytest.fixture
def pages_data(bare_data: Path) -> Path:
    """A data folder whose only collection holds three pages."""
    return make_pages(bare_data)


@pytest.fixture(scope="module")
def town(seeds_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service of two workers whose default collection holds three pages; tests change collections of their own."""
    folder = tmp_path_factory.mktemp("town")
    data_dir = make_pages(make_data(seeds_data, folder), "default")
    with serving(data_dir) as service:
        yield service
        assert list((data_dir / "uploads").iterdir()) == []
        assert {path.name for path in folder.iterdir()} == {"data", "data-pages"}
        assert {path.name for path in data_dir.iterdir()} == {
            "collections",
            "encoders",
            "keys.json",
            "keys.lock",
            "operations.lock",
            "operations.sqlite",
            "operations.wake",
            "uploads",
        }


@pytest.fixture
def pages(town: Service, request: pytest.FixtureRequest) -> str:
    """The name of a collection of the town's that holds three pages, for one test alone."""
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower())[-60:].strip("-")
    build(Collection(town.data_dir, name), [town.data_dir.parent / "data-pages"], Settings().model, Silent())
    return name

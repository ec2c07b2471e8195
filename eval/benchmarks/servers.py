"""The servers that are measured: processes of their own on 127.0.0.1, at ports that the system gives; all are ended."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.parse import quote

from eval.benchmarks.corpus import Indexed
from eval.benchmarks.errors import BenchmarkError
from index.settings import PREFIX

PLAIN, TXTAI, OURS = "plain app", "txtai", "Pincite"
_ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)")
_ROOT = Path(__file__).parents[2]
_START_SECONDS, _STOP_SECONDS = 180.0, 20.0
_POLL_SECONDS = 0.005
_SHOWN_CHARACTERS = 4_000


def _post(question: str) -> bytes:
    body = json.dumps({"question": question}).encode()
    head = f"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


def _get(question: str) -> bytes:
    return f"GET /search?query={quote(question)}&limit=5 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


@dataclass(frozen=True, slots=True)
class Service:
    """Something that can be served.

    Attributes:
        name: As the reports call it.
        arguments: Of this Python interpreter.
        variables: Of the environment, beside what every server gets.
        request: From a question to a whole HTTP request, in ASCII.
    """

    name: str
    arguments: tuple[str, ...]
    variables: dict[str, str]
    request: Callable[[str], bytes] = field(default=_post)


@dataclass(frozen=True, slots=True)
class Server:
    """A service that answers.

    Attributes:
        service: What is served.
        pid: Of the process that was started.
        port: On 127.0.0.1.
        output: File with all that it prints.
        start_seconds: From its start to the end of its first answer.
    """

    service: Service
    pid: int
    port: int
    output: Path
    start_seconds: float


def plain_service(indexed: Indexed, work: Path) -> Service:
    """Describe the plain app over the passages of an index."""
    passages = work / "plain-passages.json"
    passages.write_text(json.dumps(indexed.passages), encoding="utf-8")
    return Service(
        PLAIN,
        ("-m", "uvicorn", "--factory", "eval.benchmarks.plain:create_app", "--port", "0"),
        {
            "PLAIN_PASSAGES": str(passages),
            "PLAIN_INDEX": str(work / "plain.faiss"),
            "PLAIN_MODEL": str(indexed.model.path),
        },
    )


def our_service(indexed: Indexed, workers: int | None) -> Service:
    """Describe ``pincite serve`` with its defaults.

    Args:
        indexed: What to serve.
        workers: Processes; the default number if None.
    """
    chosen = () if workers is None else ("--workers", str(workers))
    return Service(OURS, ("-m", "pincite", "serve", "--port", "0", *chosen), our_variables(indexed))


def our_variables(indexed: Indexed) -> dict[str, str]:
    """Return the settings of Pincite's commands: the defaults, over this index."""
    return {f"{PREFIX}DATA_DIR": str(indexed.data_dir)}


def txtai_service(indexed: Indexed, work: Path) -> Service | None:
    """Describe txtai's API with the same model, or return None where it is not installed; see ``fill_txtai``."""
    if importlib.util.find_spec("txtai") is None:
        return None
    # JSON is YAML, too; a model is named by its folder.
    config = work / "txtai.yml"
    embeddings = {"path": str(indexed.model.path), "content": True}
    settings = {"path": str(work / "txtai-index"), "writable": True, "embeddings": embeddings}
    config.write_text(json.dumps(settings), encoding="utf-8")
    return Service(TXTAI, ("-m", "uvicorn", "txtai.api:app", "--port", "0"), {"CONFIG": str(config)}, _get)


def fill_txtai(service: Service, indexed: Indexed, work: Path) -> None:
    """Index the passages through txtai's own API; it keeps them on disk, and has them when it is started again.

    Raises:
        BenchmarkError: It does not take them.
    """
    rows = json.dumps([{"id": str(row), "text": text} for row, text in enumerate(indexed.passages)]).encode()
    head = "POST /add HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length:"
    add = f"{head} {len(rows)}\r\n\r\n".encode() + rows
    with serving(service, "what", work) as server:
        for step in (add, b"GET /index HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"):
            status, body = exchange(server.port, step)
            if status != 200:
                raise BenchmarkError(f"txtai does not index the passages: it answered {status}: {body[:500]!r}")


def environment(variables: dict[str, str]) -> dict[str, str]:
    """Return this process's environment with variables, without settings of Pincite, and with this code importable."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    path = os.pathsep.join(filter(None, (str(_ROOT), kept.get("PYTHONPATH", ""))))
    return {**kept, "PYTHONPATH": path, "HF_HUB_OFFLINE": "1", **variables}


def exchange(port: int, request: bytes) -> tuple[int, bytes]:
    """Send one request and return status and body.

    Raises:
        OSError: There is no connection, or it breaks.
        HTTPException: What comes is not HTTP.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=_START_SECONDS) as connection:
        connection.sendall(request)
        response = HTTPResponse(connection)
        response.begin()
        length = response.getheader("Content-Length")
        return response.status, response.read(None if length is None else int(length))


def _wait_for_answer(service: Service, question: str, process: subprocess.Popen[bytes], output: Path) -> int:
    """Wait until a server answers a question with status 200, and return its port."""
    request = service.request(question)
    deadline = time.monotonic() + _START_SECONDS
    trouble = "it names no address"
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise _does_not_start(service, f"it ended with exit code {process.returncode}", output)
        found = _ADDRESS.search(output.read_text(encoding="utf-8", errors="replace"))
        if found:
            port = int(found[1])
            try:
                status, body = exchange(port, request)
            except (OSError, HTTPException) as error:
                trouble = f"it does not answer ({error})"
            else:
                if status == 200:
                    return port
                trouble = f"it answers {status}: {body[:500].decode(errors='replace')}"
        time.sleep(_POLL_SECONDS)
    raise _does_not_start(service, f"after {_START_SECONDS:.0f} s {trouble}", output)


def _does_not_start(service: Service, why: str, output: Path) -> BenchmarkError:
    return BenchmarkError(f"{service.name} does not start: {why}. Its output:\n{tail(output)}")


def tail(output: Path) -> str:
    """Return the end of what a server has printed."""
    return output.read_text(encoding="utf-8", errors="replace")[-_SHOWN_CHARACTERS:].strip() or "(none)"


@contextmanager
def serving(service: Service, question: str, work: Path) -> Iterator[Server]:
    """Start a server, wait for its first answer, and end it and its children afterwards, whatever happens.

    Args:
        service: What to serve.
        question: Its first.
        work: Folder that its output is kept in.

    Raises:
        BenchmarkError: It does not start; its output is shown.
    """
    number = len(list(work.glob("server-*.log")))
    output = work / f"server-{number}.log"
    with output.open("wb") as file:
        began = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and arguments
            [sys.executable, *service.arguments],
            env=environment(service.variables),
            cwd=work,  # where no settings file is
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that its children can be ended with it
        )
    try:
        port = _wait_for_answer(service, question, process, output)
        yield Server(service, process.pid, port, output, time.perf_counter() - began)
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask a server to end; then kill what is left of it and of its children."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_STOP_SECONDS)
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError):  # nothing is left
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from filelock import FileLock

from index.collection import Collection
from index.database import Database
from index.errors import PinciteError
from index.settings import Settings
from index.watching import look
from pincite.following import _Fault, _Follower
from tests.conftest import ROOT, SEEDS, Command, environment

LONG = 90.0
"""Seconds after which what should have happened is taken not to happen."""

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one document."""
    folder = tmp_path / "documents"
    folder.mkdir()
    _write(folder / "moon.md", "The moon base was opened in May 2041.")
    return folder


def _write(path: Path, text: str) -> Path:
    """Write a file as editors do: whole, beside the old one, and then in its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}~")
    temporary.write_text(f"{text}\n", encoding="utf-8")
    return temporary.replace(path)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """What the processes that ``start`` started write on standard error."""
    return tmp_path / "log"


@pytest.fixture
def start(tmp_path: Path, log: Path) -> Iterator[Start]:
    """Start the command ``pincite``; what runs at the end is killed."""
    started = []

    def start(data_dir: Path, *arguments: str, **variables: str) -> subprocess.Popen[bytes]:
        with log.open("ab") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "pincite", *arguments],
                env=environment(data_dir, **variables),
                cwd=tmp_path,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def _soon(happened: Callable[[], object], log: Path) -> None:
    """Wait until something has happened."""
    deadline = time.monotonic() + LONG
    while not happened():
        assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
        time.sleep(0.1)


def _holds(data_dir: Path, **texts: str) -> bool:
    """Tell whether the default collection holds just these documents, each with this text."""
    collection = Collection(data_dir, "default")
    # Nothing may be there yet, or the generation may be removed, this moment.
    with suppress(PinciteError, OSError):
        database = Database(collection.generation_folder(collection.current()) / "documents.sqlite")
        found = {str(document.source): document.text for document, _ in database.documents()}
        return found == {name.replace("__", "/") + ".md": text for name, text in texts.items()}
    return False


def _running(*names: int) -> set[int]:
    """Return which of the processes are running; one that has ended and is only waited for is not."""
    done = subprocess.run(
        ["ps", "-o", "pid=,stat=", "-p", ",".join(map(str, names))], capture_output=True, text=True, check=False
    )
    return {int(pid) for pid, state in map(str.split, done.stdout.splitlines()) if not state.startswith("Z")}


def _followers(server: subprocess.Popen[bytes]) -> list[int]:
    """Return the processes that a server started to follow its folder."""
    done = subprocess.run(
        ["pgrep", "-P", str(server.pid), "-f", "pincite.following"], capture_output=True, text=True, check=False
    )
    return [int(pid) for pid in done.stdout.split()]


def _address(server: subprocess.Popen[bytes]) -> tuple[str, str]:
    """Return a server's address, which its first line names, and the line after that."""
    assert server.stdout is not None
    first, second = server.stdout.readline().decode(), server.stdout.readline().decode()
    found = re.search(r"http://[\d.]+:\d+", first)
    assert found, first
    return found.group(), second


def test_a_folder_with_the_data_folder_in_it_is_followed_through_every_change(
    empty_data: Path, folder: Path, start: Start, log: Path
) -> None:
    data_dir = folder / "var"
    empty_data.rename(data_dir)
    (folder / "service.log").write_text("One line.\n", encoding="utf-8")
    moon = "The moon base was opened in May 2041."
    process = start(data_dir, "index", "--watch", str(folder))
    _soon(lambda: _holds(data_dir, moon=moon), log)

    _write(folder / "moon.md", "The moon base was opened in June 2042.")
    _soon(lambda: _holds(data_dir, moon="The moon base was opened in June 2042."), log)
    for number in range(30):
        _write(folder / "ships" / "of" / f"s{number}.md", f"The ship {number} is at sea.")
    ships = {f"ships__of__s{number}": f"The ship {number} is at sea." for number in range(30)}
    _soon(lambda: _holds(data_dir, moon="The moon base was opened in June 2042.", **ships), log)
    (folder / "moon.md").rename(folder / "luna.md")
    shutil.rmtree(folder / "ships")
    _soon(lambda: _holds(data_dir, luna="The moon base was opened in June 2042."), log)
    _soon(lambda: log.read_text(encoding="utf-8").endswith("encoded.\n"), log)
    builds = log.read_text(encoding="utf-8").count("reading documents")
    assert builds <= 8, "a burst of changes must not be indexed file by file"

    (folder / ".luna.md.swp").touch()
    (folder / "service.log").write_text("One line.\nAnother.\n", encoding="utf-8")
    time.sleep(3)  # long enough for them, or for the index that is in the folder, to be taken for changes
    said = log.read_text(encoding="utf-8")
    assert said.count("reading documents") == builds
    assert said.count("  moon.md: 1 passage\n") == 1, "what is as it was is not said again"
    process.send_signal(signal.SIGTERM)
    assert process.wait(LONG) == 0


def test_what_fails_is_said_once_and_tried_again_until_it_goes_well(
    empty_data: Path, folder: Path, start: Start, log: Path
) -> None:
    def said(text: str) -> int:
        return log.read_text(encoding="utf-8").count(text)

    collection = Collection(empty_data, "default")
    collection.folder.mkdir(parents=True)
    with FileLock(collection.folder / "build.lock"):
        process = start(empty_data, "index", "--watch", str(folder), PINCITE_LOCK_SECONDS="0")
        _soon(lambda: said("It is tried again when something changes, and every 10 s."), log)
    _soon(lambda: _holds(empty_data, moon="The moon base was opened in May 2041."), log)
    _soon(lambda: said("now holds 1 document,"), log)

    folder.rename(folder.with_name("away"))
    _soon(lambda: said(f"the folder {folder} is not there"), log)
    folder.with_name("away").rename(folder)
    _soon(lambda: said("already held just this: 1 document,"), log)
    assert said("  moon.md: 1 passage\n") == 2, "the report that tells that all is well again is a whole one"

    (folder / "moon.md").unlink()
    _soon(lambda: said("nothing to index"), log)
    assert _holds(empty_data, moon="The moon base was opened in May 2041.")
    _write(folder / "sun.md", "The sun is hot.")
    _soon(lambda: _holds(empty_data, sun="The sun is hot."), log)
    process.send_signal(signal.SIGINT)
    assert process.wait(LONG) == 130
    assert said("Traceback") == 0


def test_a_fault_is_said_again_only_when_it_has_changed_or_had_been_over(capsys: pytest.CaptureFixture[str]) -> None:
    fault = _Fault("It is tried again.")
    for error in (PinciteError("two."), ValueError("three"), PinciteError("one."), PinciteError("one.")):
        fault.say(error)
    fault.over()
    fault.say(PinciteError("one."))

    said = capsys.readouterr().err
    assert re.findall(r"one|two|Traceback|ValueError: three", said) == ["two", "ValueError: three", "one", "one"]


def test_an_error_that_nobody_foresaw_is_said_with_its_place_and_a_missing_library_ends_it(
    empty_data: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise errors.pop()

    errors = [ModuleNotFoundError(name="sentencex"), ZeroDivisionError("nobody foresaw this")]
    monkeypatch.setattr("pincite.indexing.run_index", fail)
    follower = _Follower(Settings(data_dir=empty_data), [folder])
    seen = look([folder], empty_data)

    follower._index(seen)
    said = capsys.readouterr().err
    assert "in fail\n" in said
    assert "ZeroDivisionError: nobody foresaw this" in said
    with pytest.raises(ModuleNotFoundError):
        follower._index(seen)


def test_a_service_makes_its_index_of_the_folder_that_it_follows_and_keeps_it_up_to_date(
    empty_data: Path, folder: Path, start: Start, log: Path
) -> None:
    server = start(empty_data, "serve", "--port", "0", PINCITE_WATCH=str(folder))
    address, second = _address(server)
    assert f"It follows the folder {folder}" in second
    with httpx.Client(base_url=address, timeout=30) as client:
        first = client.get("/readyz")
        assert (first.status_code, first.headers["content-type"]) == (503, "application/problem+json")
        _soon(lambda: client.get("/readyz").status_code == 200, log)

        (follower,) = _followers(server)
        os.kill(follower, signal.SIGKILL)
        _soon(lambda: len(_followers(server)) == 1 and _followers(server) != [follower], log)
        assert f"The process that follows {folder} ended (exit code -9); it is started again." in log.read_text("utf-8")
        _write(folder / "moon.md", "The moon base was opened in June 2042.")
        question = {"q": "When was the moon base opened?"}
        _soon(lambda: "2042" in client.get("/v1/ask", params=question).text, log)
        maps = Path(f"/proc/{server.pid}/maps")
        assert "libtorch" not in (maps.read_text("utf-8") if maps.exists() else "")

    (follower,) = _followers(server)
    server.kill()
    server.wait(LONG)
    _soon(lambda: not _running(follower), log)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_service_of_several_processes_has_one_that_follows_and_that_ends_with_it(
    seeds_data: Path, start: Start, log: Path, stop: signal.Signals
) -> None:
    server = start(seeds_data, "serve", "--port", "0", "--workers", "2", PINCITE_WATCH=str(SEEDS))
    address, _ = _address(server)
    _soon(lambda: "already held just this" in log.read_text("utf-8"), log)
    httpx.get(f"{address}/readyz", timeout=30).raise_for_status()
    (follower,) = _followers(server)

    if stop == signal.SIGINT:
        os.killpg(server.pid, stop)  # Ctrl-C goes to all processes of a terminal
    else:
        server.send_signal(stop)

    assert server.wait(LONG) == 0
    assert not _running(follower)
    assert "The process that follows" not in log.read_text("utf-8")
    assert "Traceback" not in log.read_text("utf-8")


def test_what_cannot_be_followed_is_refused_with_what_to_do(
    empty_data: Path, folder: Path, tmp_path: Path, pincite: Command
) -> None:
    file, absent = folder / "moon.md", tmp_path / "absent"
    for arguments, code, message in (
        (("index", "--watch", str(folder), str(file)), 1, f"{file} is a file, and only folders can be followed. Name"),
        (("index", "--watch", str(absent)), 1, f"{absent} does not exist"),
        (("index", "--watch", "--dry-run", str(folder)), 2, "leave one out"),
    ):
        done = pincite(empty_data, *arguments)
        assert (done.returncode, "Traceback" in done.stderr) == (code, False)
        assert message in " ".join(done.stderr.replace("│", " ").split())
    for path in (file, absent):
        done = pincite(empty_data, "serve", "--port", "0", PINCITE_WATCH=str(path))
        assert (done.returncode, done.stdout) == (2, "")
        assert f"PINCITE_WATCH: {path} is not an existing folder." in done.stderr


@pytest.mark.parametrize("command", ["index --watch", "serve"])
def test_following_without_what_it_needs_is_a_message_with_the_install_command(
    empty_data: Path, folder: Path, command: str
) -> None:
    arguments = ["pincite", *command.split(), *([str(folder)] if command != "serve" else [])]
    code = f"import sys; sys.modules['watchfiles'] = None; sys.argv = {arguments!r}; import pincite.cli as c; c.main()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(empty_data, PINCITE_WATCH=str(folder), PINCITE_PORT="0"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LONG,
        check=False,
    )

    assert done.returncode != 0
    assert "needs watchfiles" in done.stderr
    assert "pip install 'pincite[index]'" in done.stderr
    assert "Traceback" not in done.stderr

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.reading import Reading, read_file
from index.worker import FileReader, ReadLimits
from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of memory, and /proc")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "good.txt").write_text("Good text.", encoding="utf-8")
    return tmp_path


@pytest.fixture(autouse=True)
def _nothing_remains() -> Iterator[None]:
    before = _open_files(), _children()
    yield
    assert (_open_files(), _children()) == before, "a pipe or a process remains"


def _open_files() -> set[str]:
    return set(os.listdir("/proc/self/fd"))  # noqa: PTH208 - the listing's own descriptor is in both


def _children() -> set[str]:
    """Return the processes that this one started and has not waited for, dead ones among them."""
    return {child for task in Path("/proc/self/task").iterdir() for child in (task / "children").read_text().split()}


def reads_good(reader: FileReader, folder: Path) -> bool:
    reading = reader.read(folder / "good.txt", "good.txt", "good")
    return [document.text for document in reading.documents] == ["Good text."] and reading.skipped == ()


def reason(reading: Reading) -> str:
    assert (reading.documents, reading.left_out) == ((), False)
    (skipped,) = reading.skipped
    return skipped.reason


def pid(reader: FileReader) -> int:
    assert reader._process is not None
    return reader._process.pid


def kill(process: int) -> None:
    """Kill a process and wait until it is dead; it stays to be waited for by whoever started it."""
    os.kill(process, signal.SIGKILL)
    os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT)


def test_a_reading_is_the_same_as_in_this_process(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    front = "title: Tides\nauthor: [Ada, Bo]\npublished: 2021-07-29\nurl: https://example.org/t\ntags: [sea, 東京]"
    (folder / "full.md").write_text(
        f"---\n{front}\n---\n# One\n\nText.\n\n- a\n- b\n\n## 👩\n\nMore.", encoding="utf-8"
    )
    (folder / "many.jsonl").write_text('{"id": "a", "text": "One."}\n[]\n{"text": "Two."}', encoding="utf-8")
    (folder / "private.md").write_text("---\nindex: false\n---\nText.", encoding="utf-8")
    names = ("full.md", "many.jsonl", "private.md", "missing.md")
    monkeypatch.chdir(folder)

    with FileReader(ReadLimits()) as reader:
        readings = [reader.read(Path(name), f"sub/{name}", "the-id") for name in names]
        assert len({pid(reader) for name in names}) == 1

    assert readings == [read_file(Path(name), f"sub/{name}", "the-id", 50) for name in names]
    assert [len(reading.documents) for reading in readings] == [1, 2, 0, 0]
    assert all(isinstance(hash(document), int) for reading in readings for document in reading.documents)


def test_a_name_that_is_not_utf8_reaches_the_process(folder: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.txt"))
    path.write_text("Text.", encoding="utf-8")
    with FileReader(ReadLimits()) as reader:
        assert len(reader.read(path, "cafe.txt", "a").documents) == 1


def test_a_file_that_takes_too_long_is_given_up_and_the_next_is_read(folder: Path) -> None:
    os.mkfifo(folder / "endless.txt")  # opening it waits for a writer, who never comes
    with FileReader(ReadLimits()) as reader:
        assert reads_good(reader, folder)
        reader._limits = ReadLimits(seconds=0.2)  # for this file only: the others must not depend on the machine
        assert reason(reader.read(folder / "endless.txt", "endless.txt", "a")) == (
            "reading it takes more than 0.2 s; raise PINCITE_MAX_READ_SECONDS"
        )
        reader._limits = ReadLimits()
        assert reads_good(reader, folder)


def test_a_file_that_takes_too_much_memory_is_given_up_and_the_next_is_read(folder: Path) -> None:
    # Four bytes for each of thirty million characters, and a copy or two of them.
    (folder / "large.txt").write_text("word " * 6_000_000 + "\U0001f600", encoding="utf-8")
    with FileReader(ReadLimits(memory_mb=300)) as reader:
        assert reads_good(reader, folder)
        assert reason(reader.read(folder / "large.txt", "large.txt", "a")) == (
            "reading it takes more than 300 MB of memory; raise PINCITE_MAX_READ_MEMORY_MB"
        )
        assert reads_good(reader, folder)


def test_the_size_of_files_is_limited(folder: Path) -> None:
    with (folder / "huge.txt").open("wb") as file:
        file.truncate(3_000_001)
    with FileReader(ReadLimits(file_mb=3)) as reader:
        assert "files over 3 MB are not read" in reason(reader.read(folder / "huge.txt", "huge.txt", "a"))


def test_a_process_that_ends_between_two_files_takes_none_with_it(folder: Path) -> None:
    with FileReader(ReadLimits()) as reader:
        for _ in range(3):
            assert reads_good(reader, folder)
            kill(pid(reader))
        assert reads_good(reader, folder)
        kill(pid(reader))


def test_a_process_that_is_killed_over_a_file_costs_that_file_only(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(folder / "endless.txt")
    with FileReader(ReadLimits()) as reader:
        assert reads_good(reader, folder)
        kill_it = f"exec 3> {folder / 'endless.txt'}; kill -9 {pid(reader)}"  # the shell waits until the file is opened
        with subprocess.Popen(["timeout", "60", "sh", "-c", kill_it]):
            assert reason(reader.read(folder / "endless.txt", "endless.txt", "a")) == (
                "its reader crashed (exit code -9): the file is damaged, or needs more than 2000 MB "
                "(PINCITE_MAX_READ_MEMORY_MB)"
            )
        assert reads_good(reader, folder)


def test_a_reader_without_files_starts_nothing() -> None:
    with FileReader(ReadLimits()) as reader:
        assert reader._process is None


def test_an_error_ends_the_process(folder: Path) -> None:
    def interrupted() -> None:
        with FileReader(ReadLimits()) as reader:
            assert reads_good(reader, folder)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()


def test_modules_in_the_current_folder_are_not_imported(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("index", "json", "yaml", "docx", "tokens"):
        (folder / f"{name}.py").write_text("raise SystemExit(9)", encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry not in ("", str(folder))])
    with FileReader(ReadLimits()) as reader:
        assert reads_good(reader, folder)


def as_program(read: str) -> list[dict[str, object]]:
    """Run the program with another ``read_file`` over two requests; return its answers."""
    code = (
        "import os, subprocess, sys, index.worker as worker\nfrom index.reading import Reading\n"
        f"def read(path, relative, name, max_mb):\n    {read}\n    return Reading(left_out=True)\n"
        "worker.read_file = read\nworker.main()"
    )
    requests = "".join(json.dumps({"path": name, "relative": name, "name": name}) + "\n" for name in ("a", "b"))
    done = subprocess.run(
        [sys.executable, "-c", code, "50", "2000"],
        input=requests, capture_output=True, text=True, check=True, cwd=ROOT, timeout=60,
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    "say",
    [
        "print('noise', flush=True)",
        "print('noise', end='')",
        "os.write(1, b'noise')",
        "subprocess.run(['echo', 'noise'])",
        "sys.stdout.buffer.write(b'{}' * 9999)",
    ],
)
def test_what_a_library_prints_is_no_answer(say: str) -> None:
    answer = {"documents": [], "skipped": [], "left_out": True}
    assert as_program(say) == [answer, answer]


@pytest.mark.parametrize(
    ("fail", "expected"),
    [
        ("raise ValueError('bad \\ud800 sign')", "its reader failed (ValueError: bad \ud800 sign)"),
        ("read(path, relative, name, max_mb)", "its reader failed (RecursionError: maximum recursion depth exceeded)"),
        ("raise MemoryError", "reading it takes more than 2000 MB of memory; raise PINCITE_MAX_READ_MEMORY_MB"),
    ],
)
def test_a_parser_that_fails_is_a_reason_and_the_process_goes_on(fail: str, expected: str) -> None:
    assert [answer["skipped"] for answer in as_program(fail)] == [
        [{"source": name, "reason": expected}] for name in ("a", "b")
    ]


def test_an_answer_of_many_pieces_is_put_together(folder: Path) -> None:
    (folder / "a.txt").write_text("x" * 3_000_000 + "\n\n\U0001f600\u2028\x85 end", encoding="utf-8")
    with FileReader(ReadLimits()) as reader:
        reading = reader.read(folder / "a.txt", "a.txt", "a")
    assert reading == read_file(folder / "a.txt", "a.txt", "a", 50)

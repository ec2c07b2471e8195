"""``pincite index`` over every format, good and bad, in a process of its own."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import docx
import pytest
from fpdf import FPDF
from PIL import Image

from tests.conftest import Command


def _pdf(*pages: str, password: str | None = None) -> bytes:
    pdf = FPDF()
    pdf.set_font("Helvetica", size=12)
    if password is not None:
        pdf.set_encryption(owner_password="owner", user_password=password)  # noqa: S106 - of a file that nobody keeps
    for page in pages:
        pdf.add_page()
        pdf.multi_cell(0, 6, page)
    return bytes(pdf.output())


def _scanned_pdf() -> bytes:
    pdf = FPDF()
    pdf.add_page()
    pdf.image(Image.new("L", (200, 200), 128), w=150)
    return bytes(pdf.output())


def _docx() -> bytes:
    document, file = docx.Document(), io.BytesIO()
    document.core_properties.title = "Lock rules"
    document.core_properties.author = "Bo Deer"
    document.core_properties.created = datetime(2020, 5, 17)  # noqa: DTZ001 - as Word stores it
    document.add_heading("Opening hours", level=1)
    document.add_paragraph("The lock keeper opens the gates at half past five every morning.")
    document.save(file)
    return file.getvalue()


def _bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * 60_000_000)
    return file.getvalue()


_HTML = """<!DOCTYPE html><html><head><title>Ferries</title><script>var tracking = "no text";</script></head><body>
<nav><a href="/">Home</a> <a href="/x">Elsewhere</a></nav>
<main><h1>Ferries</h1><p>The ferry to the island leaves from the northern pier on Sundays.</p></main></body></html>"""
_WORDS = " ".join(f"Sentence {number} says nothing of any other, and is here for its length." for number in range(20))
_JSONL = [
    {"id": "buoys", "title": "Buoys", "text": "The green buoys mark the channel for deep ships.", "tags": ["signs"]},
    {"id": "buoys", "text": "A second document of the same id."},
    {"id": "fog", "title": "Fog", "text": "The fog horn sounds twice a minute."},
    {"id": "none"},
]

GOOD: dict[str, Callable[[], bytes]] = {
    "dredging.pdf": lambda: _pdf("The harbour was dredged to eleven metres. " + _WORDS, "The second page. " + _WORDS),
    "locks.docx": _docx,
    "ferries.html": _HTML.encode,
    "tides.md": "# Tides\n\nThe tide tables are printed in Brest.\n".encode,
    "pilots.txt": "PILOTS\n\nEvery pilot is examined by the captain of the port.\n".encode,
    "many.jsonl": lambda: "\n".join(map(json.dumps, _JSONL)).encode(),
}
DONE = {
    "dredging.pdf": "2 pages, ",
    "locks.docx": "1 passage",
    "ferries.html": "1 passage",
    "tides.md": "1 passage",
    "pilots.txt": "1 passage",
    "many.jsonl": "2 documents, 2 passages",
}
BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "encrypted.pdf": (lambda: _pdf("A secret.", password="secret"), "it is encrypted; save a copy without a password"),  # noqa: S106
    "broken.pdf": (lambda: _pdf("Cut off.")[:200], "it is not a readable PDF"),
    "scanned.pdf": (_scanned_pdf, "it holds no text"),
    "empty.pdf": (bytes, "it is empty (0 bytes)"),
    "empty.txt": (bytes, "it is empty (0 bytes)"),
    "program.txt": (lambda: b"\x7fELF\x02\x01\x01\0", "it is not a text file (it contains NUL bytes)"),
    "utf16.txt": (lambda: "Text.".encode("utf-16"), "it is UTF-16 text; save it as UTF-8"),
    "latin.txt": (lambda: "première ligne".encode("latin-1"), "it is not UTF-8 text (line 1); save it as UTF-8"),
    "scripts.html": (lambda: b"<html><body><script>run()</script></body></html>", "it holds no text"),
    "bomb.docx": (_bomb, "it takes more than 200 times its size when unpacked"),
    "broken.docx": (lambda: _docx()[:-500], "it is damaged"),
    "picture.png": (lambda: b"\x89PNG", "no reader for .png"),
    "large.md": (lambda: b"word " * 5_000_000 + "\U0001f600".encode(), "reading it takes more than 500 MB of memory"),
}
ALSO_SKIPPED = {
    "huge.txt": "it has 500 MB, and files over 50 MB are not read; split it, or raise PINCITE_MAX_FILE_MB",
    "outside.txt": "it is a link that leads out of the folder",
    "many.jsonl": "its document id 'buoys' is taken by one of many.jsonl; ids must differ",
}
ANSWERS = {
    "How deep was the harbour dredged?": "eleven metres",
    "When does the lock keeper open the gates?": "half past five",
    "Where does the ferry to the island leave from?": "northern pier",
    "Where are the tide tables printed?": "Brest",
    "Who examines every pilot?": "captain of the port",
    "How often does the fog horn sound?": "twice a minute",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One good file of every format."""
    folder = tmp_path / "documents"
    folder.mkdir()
    for name, make in GOOD.items():
        (folder / name).write_bytes(make())
    return folder


def _add_bad_files(folder: Path) -> None:
    for name, (make, _) in BAD.items():
        (folder / name).write_bytes(make())
    with (folder / "huge.txt").open("wb") as file:
        file.truncate(500_000_000)  # takes no room on the disk
    (folder.parent / "outside.txt").write_text("What nobody asked to be indexed.", encoding="utf-8")
    (folder / "outside.txt").symlink_to(folder.parent / "outside.txt")


def _files(folder: Path) -> dict[Path, tuple[int, int]]:
    """Return everything in a folder, with sizes and times."""
    found = {path: path.stat() for path in (folder, *folder.rglob("*"))}
    return {path: (status.st_size, status.st_mtime_ns) for path, status in found.items()}


def test_every_good_file_is_indexed_and_answered_and_every_bad_one_skipped_with_its_reason(
    empty_data: Path, folder: Path, pincite: Command
) -> None:
    _add_bad_files(folder)

    done = pincite(empty_data, "index", str(folder), PINCITE_MAX_READ_MEMORY_MB="500")

    assert done.returncode == 3, done.stderr
    lines = [line.strip() for line in done.stderr.splitlines() if ": " in line]
    for name, said in DONE.items():
        assert any(line.startswith(f"{name}: {said}") for line in lines), (name, done.stderr)
    reasons = {name: reason for name, (_, reason) in BAD.items()} | ALSO_SKIPPED
    for name, reason in reasons.items():
        assert any(line.startswith(f"{name}: skipped, {reason}") for line in lines), (name, done.stderr)
    assert "many.jsonl: skipped, line 4 has no text under 'text'" in lines
    assert sum(": skipped, " in line for line in lines) == len(reasons) + 1
    assert "now holds 7 documents, " in done.stderr
    assert "Traceback" not in done.stderr
    assert "Warning" not in done.stderr
    for question, answer in ANSWERS.items():
        assert answer in " ".join(pincite(empty_data, "ask", question, "--k", "1").stdout.split()), question


def test_a_dry_run_prints_the_passages_and_changes_nothing(data_dir: Path, folder: Path, pincite: Command) -> None:
    before = _files(data_dir)

    done = pincite(data_dir, "index", str(folder), "--dry-run")

    assert done.returncode == 3, "two lines of many.jsonl are bad"
    assert _files(data_dir) == before
    assert [line.rsplit(", ", 1)[0] for line in done.stdout.splitlines() if line.startswith("== ")] == [
        "== buoys: Buoys (many.jsonl",
        "== dredging: dredging (dredging.pdf",
        "== ferries: Ferries (ferries.html",
        "== fog: Fog (many.jsonl",
        "== locks: Lock rules (locks.docx",
        "== pilots: PILOTS (pilots.txt",
        "== tides: Tides (tides.md",
    ]
    for part in (
        "\nauthor: Bo Deer\npublished: 2020-05-17\n\n[1] 15:79 > Opening hours\nThe lock keeper opens the gates",
        ", page 1\nThe harbour was dredged to eleven metres. Sentence 0 ",
        ", page 2\nThe second page. Sentence 0 ",
        "\ntags: signs\n\n[1] 0:48\nThe green buoys mark the channel for deep ships.\n",
    ):
        assert part in done.stdout
    assert "many.jsonl: skipped, line 4 has no text under 'text'" in done.stderr
    assert "Warning" not in done.stderr


def test_a_dry_run_over_good_files_makes_no_data_folder(tmp_path: Path, folder: Path, pincite: Command) -> None:
    (folder / "many.jsonl").unlink()

    done = pincite(tmp_path / "new", "index", str(folder), "--dry-run")

    assert (done.returncode, done.stderr) == (0, "")
    assert "The tide tables are printed in Brest." in done.stdout
    assert not (tmp_path / "new").exists()


def test_a_file_that_takes_too_long_is_skipped_and_the_others_are_read(folder: Path, pincite: Command) -> None:
    (folder / "emphasis.md").write_bytes(b"*word* " * 4_000_000)  # a minute of work for any parser of Markdown
    limits = {"PINCITE_MAX_READ_SECONDS": "5", "PINCITE_MAX_READ_MEMORY_MB": "20000"}

    done = pincite(folder.parent / "new", "index", str(folder), "--dry-run", **limits)

    assert done.returncode == 3
    assert "emphasis.md: skipped, reading it takes more than 5 s; raise PINCITE_MAX_READ_SECONDS" in done.stderr
    assert sum(line.startswith("== ") for line in done.stdout.splitlines()) == 7


def test_a_dry_run_over_nothing_readable_is_an_error_with_every_reason(tmp_path: Path, pincite: Command) -> None:
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "empty.pdf").write_bytes(b"")

    done = pincite(tmp_path / "new", "index", str(tmp_path / "bare"), "--dry-run")

    assert (done.returncode, done.stdout) == (1, "")
    assert "empty.pdf: it is empty (0 bytes)" in done.stderr
    assert "Traceback" not in done.stderr

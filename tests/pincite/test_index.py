from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.conftest import SEEDS, Command, environment


def _holds(pincite: Command, data_dir: Path, question: str) -> str:
    return " ".join(pincite(data_dir, "ask", question, "--k", "1").stdout.split())


def test_a_folder_is_indexed_with_a_line_a_file_and_again_without_doing_anything(
    empty_data: Path, pincite: Command
) -> None:
    first = pincite(empty_data, "index", str(SEEDS))
    second = pincite(empty_data, "index", str(SEEDS))

    assert (first.returncode, second.returncode) == (0, 0)
    assert "chinas-sputnik-moment.md: 32 passages" in first.stderr
    assert "README.md: left out (its front matter says index: false)" in first.stderr
    assert "now holds 2 documents, 54 passages" in first.stderr
    assert re.search(r"encoded 301 of 301 texts \(100%\), \d+ a second\n", first.stderr)
    assert "already held just this: 2 documents" in second.stderr
    assert "encoded" not in second.stderr
    assert "\x1b" not in first.stderr, "no terminal codes where there is no terminal"


def test_bad_files_are_skipped_with_reasons_and_exit_code_3_and_the_others_are_indexed(
    empty_data: Path, tmp_path: Path, pincite: Command
) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "good.md").write_text("# Tides\n\nThe tide tables are printed in Brest.\n", encoding="utf-8")
    (folder / "binary.txt").write_bytes(b"\x7fELF\x00\x01\x02")
    (folder / "latin.txt").write_bytes("première ligne\ncafé".encode("latin-1"))
    (folder / "empty.md").write_text("", encoding="utf-8")
    (folder / "broken.md").write_text("---\ntitle: [\n---\nText.\n", encoding="utf-8")
    (folder / "picture.png").write_bytes(b"\x89PNG")

    done = pincite(empty_data, "index", str(folder))

    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    for line in (
        "good.md: 1 passage",
        "binary.txt: skipped, it is not a text file",
        "latin.txt: skipped, it is not UTF-8 text (line 1)",
        "empty.md: skipped, it is empty (0 bytes)",
        "broken.md: skipped, its front matter is not valid YAML",
        "picture.png: skipped, no reader for .png\n",
        "  (files that can be read: .txt, .text, .md, .markdown, .html, .htm, .xhtml, .pdf, .docx, .jsonl)",
    ):
        assert line in done.stderr
    assert "Brest" in _holds(pincite, empty_data, "Where are the tide tables printed?")


def test_the_data_folder_is_no_document_where_it_lies_in_what_is_indexed(
    data_dir: Path, tmp_path: Path, pincite: Command
) -> None:
    (tmp_path / "tides.md").write_text("# Tides\n\nThe tide tables are printed in Brest.\n", encoding="utf-8")
    (data_dir / "note.md").write_text("This is of no interest.\n", encoding="utf-8")

    dry = pincite(data_dir, "index", "--dry-run", str(tmp_path))
    done = pincite(data_dir, "index", str(tmp_path))

    assert "interest" not in dry.stdout
    assert "Brest" in dry.stdout
    assert "now holds 1 document, 1 passage" in done.stderr
    assert (dry.returncode, done.returncode) == (0, 0)


def test_nothing_to_index_is_an_error_and_what_was_indexed_stays(
    data_dir: Path, tmp_path: Path, pincite: Command
) -> None:
    (tmp_path / "bare").mkdir()
    (tmp_path / "only.png").write_bytes(b"\x89PNG")

    for path in ("bare", "only.png", "missing"):
        done = pincite(data_dir, "index", str(tmp_path / path))
        assert done.returncode == 1
        assert path in done.stderr
        assert "Traceback" not in done.stderr
    assert "operations collapsed" in _holds(pincite, data_dir, "what did ZTE's ban cause?")


def test_a_half_written_or_changed_index_is_refused_and_indexing_again_mends_it(
    data_dir: Path, pincite: Command
) -> None:
    vectors = next(data_dir.glob("collections/default/generations/*/vectors.faiss"))
    vectors.write_bytes(vectors.read_bytes()[:-100])

    for arguments in (["ask", "x"], ["serve"], ["eval"], ["status"]):
        done = pincite(data_dir, *arguments)
        assert done.returncode == 1, arguments
        assert "Traceback" not in done.stderr
        if arguments != ["eval"]:
            assert "vectors.faiss is not the file that was written" in done.stderr + done.stdout
    assert pincite(data_dir, "index", str(SEEDS)).returncode == 0
    assert "operations collapsed" in _holds(pincite, data_dir, "what did ZTE's ban cause?")


def test_a_model_folder_that_is_no_model_is_refused_before_anything_is_read(
    empty_data: Path, tmp_path: Path, pincite: Command
) -> None:
    done = pincite(empty_data, "index", str(SEEDS), PINCITE_MODEL=str(tmp_path))

    assert done.returncode == 1
    assert "PINCITE_MODEL" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_data_folder_that_cannot_be_made_is_an_error_with_advice(tmp_path: Path, pincite: Command) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    done = pincite(tmp_path / "file" / "data", "index", str(SEEDS))

    assert done.returncode == 1
    assert "data folder" in done.stderr
    assert "Traceback" not in done.stderr


def test_ctrl_c_ends_it_with_a_word_and_changes_nothing(data_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    for number in range(60):
        text = "\n\n".join(f"Ship {ship} of fleet {number} carries salt. It comes at noon." for ship in range(2_000))
        (folder / f"fleet-{number}.md").write_text(text, encoding="utf-8")
    before = (data_dir / "collections" / "default" / "CURRENT").read_bytes()
    with subprocess.Popen(
        [sys.executable, "-m", "pincite", "index", str(folder)],
        env=environment(data_dir),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "reading documents ...\n"
        time.sleep(1)  # so that files are being read
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does, so that the reading processes get it, too
        errors = process.communicate(timeout=50)[1]
    assert process.returncode == 130
    assert errors.splitlines()[-1] == ("pincite: interrupted; every collection is as it was before, or as it was to be")
    assert "Traceback" not in errors
    assert (data_dir / "collections" / "default" / "CURRENT").read_bytes() == before

"""What docs/operations.md says about backups: its commands, on a data folder that changes meanwhile."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from index.build import build
from index.collection import Collection
from index.settings import Settings
from tests.conftest import ROOT, Command, Silent

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the page's commands are GNU's")


def commands() -> list[str]:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    section = page.partition("## Backup and restore")[2]
    found = re.search(r"```console\n(.*?)```", section, re.DOTALL)
    assert found
    return found[1].splitlines()


def run(lines: list[str], data_dir: Path, backup: Path) -> None:
    variables = {**os.environ, "PINCITE_DATA_DIR": str(data_dir), "BACKUP": str(backup)}
    script = "\n".join(["set -e", 'cd "$PINCITE_DATA_DIR"', *lines])
    subprocess.run(["bash", "-c", script], env=variables, check=True, timeout=60)


def test_a_backup_that_was_made_while_a_collection_changed_is_whole(
    empty_data: Path, tmp_path: Path, pincite: Command
) -> None:
    enter, note, copy, point = commands()
    folder, backup = tmp_path / "documents", tmp_path / "backup"
    folder.mkdir()
    collection = Collection(empty_data, "default")
    (folder / "moon.md").write_text("The moon base was opened in May 2041.\n", encoding="utf-8")
    build(collection, [folder], Settings().model, Silent())
    first = collection.current()

    assert enter.startswith("cd ")
    run([note], empty_data, backup)
    (folder / "moon.md").write_text("The moon base was opened in June 2042.\n", encoding="utf-8")
    build(collection, [folder], Settings().model, Silent())
    run([copy, point], empty_data, backup)

    assert Collection(backup, "default").current() == first != collection.current()
    assert pincite(backup, "status").returncode == 0
    answer = pincite(backup, "ask", "When was the moon base opened?")
    assert "May 2041" in answer.stdout, answer.stderr
    assert Collection(backup, "default").generations()[0] == first


def test_a_backup_that_is_not_whole_is_told_by_the_check(data_dir: Path, tmp_path: Path, pincite: Command) -> None:
    backup = tmp_path / "backup"
    run(commands()[1:], data_dir, backup)
    assert pincite(backup, "status").returncode == 0
    vectors = next(backup.rglob("vectors.faiss"))
    vectors.write_bytes(vectors.read_bytes()[:-1])
    assert pincite(backup, "status").returncode == 1

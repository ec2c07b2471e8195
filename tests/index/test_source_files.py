from __future__ import annotations

import random
from pathlib import Path

import pytest

from index.sources import SourceFile, assign_ids, find_files, read_sources
from tests.index.test_sources import write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "documents"


def test_hidden_files_and_folders_are_not_looked_at(folder: Path) -> None:
    for name in (".hidden.md", ".git/a.md", "sub/.cache/deep/a.md", "sub/seen.md"):
        write(folder / name)
    assert [file.relative for file in find_files([folder])] == ["sub/seen.md"]


def test_a_file_named_twice_counts_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(folder / "a.md")
    (folder / "link.md").symlink_to(file)
    monkeypatch.chdir(folder)
    paths = [folder, file, folder, Path("a.md"), Path(), folder / ".." / folder.name]
    assert [found.relative for found in find_files(paths)] == ["a.md"]


def test_ids_are_slugs_of_relative_paths(folder: Path) -> None:
    for name in ("Top Level.md", "sub/Deep_er/v1.2.md", "Ünïcode 東京.txt", "👩.md"):
        write(folder / name)
    documents = read_sources([folder]).documents
    assert [document.id for document in documents] == ["document", "sub-deep-er-v1-2", "top-level", "ünïcode-東京"]


def test_ids_are_unique_and_independent_of_the_order_of_files() -> None:
    names = ["a.md", "a.txt", "A.md", "a .md", "b.md", "x/a.md", "x-a.md", "x_a.txt", "👩.md", "🇨🇭.md"]
    files = [SourceFile(Path("folder") / name, name) for name in names]
    ids = dict(zip(names, assign_ids(files), strict=True))
    assert len(set(ids.values())) == len(names)
    assert ids["b.md"] == "b"
    for seed in range(5):
        shuffled = random.Random(seed).sample(files, len(files))  # noqa: S311 - an order, not a secret
        assert assign_ids(shuffled) == [ids[file.relative] for file in shuffled]


def test_documents_come_by_id_whatever_the_order_of_paths(folder: Path) -> None:
    files = [write(folder / name) for name in ("b.md", "a.md", "c.txt")]
    assert read_sources(files) == read_sources(files[::-1])
    assert [document.id for document in read_sources(files).documents] == ["a", "b", "c"]

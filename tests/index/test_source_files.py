from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from index.errors import SourceError
from index.sources import SourceFile, assign_ids, find_files, walk
from tests.index.test_sources import read, write

LEADS_OUT = "it is a link that leads out of the folder; name what it leads to as a path of its own"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "documents"


def names(*paths: Path) -> list[str]:
    """Return what is found where nothing is skipped."""
    files, skipped = find_files(paths)
    assert skipped == []
    return [file.relative for file in files]


def test_hidden_files_and_folders_are_not_looked_at(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (".hidden.md", ".git/a.md", "sub/.cache/deep/a.md", "sub/seen.md"):
        write(folder / name)
    (folder / ".link.md").symlink_to(folder.parent)
    listed = _closed(monkeypatch, "scandir", ".git", ".cache")

    assert names(folder) == ["sub/seen.md"]
    assert listed, "nothing was listed in the way that this test watches"


def _closed(monkeypatch: pytest.MonkeyPatch, function: str, *closed: str) -> list[str]:
    """Make paths with these names raise what they raise for whom they are closed to; return the paths looked at."""
    look = getattr(os, function)
    seen: list[str] = []

    def refuse(path: os.PathLike[str], *arguments: object, **options: object) -> object:
        seen.append(os.fspath(path))
        if Path(path).name in closed:
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return look(path, *arguments, **options)

    monkeypatch.setattr(os, function, refuse)
    return seen


def test_the_data_folder_is_left_out_wherever_it_lies_but_never_what_is_beside_its_parts(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.md", "sub/var/collections/x/terms.txt", "sub/var/note.md", "collections/b.md", "var/c.md"):
        write(folder / name)
    (tmp_path / "link").symlink_to(folder)
    monkeypatch.chdir(folder)

    def found(root: Path, data_dir: Path) -> list[str]:
        return [file.relative for file in find_files([root], data_dir)[0]]

    below = ["a.md", "collections/b.md", "var/c.md"]
    assert found(folder, folder / "sub" / "var") == below
    assert found(Path(), Path("sub/var")) == below
    assert found(tmp_path / "link", folder / "sub" / "var") == below
    assert found(folder, tmp_path / "link" / "sub" / "var") == below
    assert found(folder / "sub" / "var", folder / "sub" / "var") == ["note.md"], "documents may lie beside what is kept"
    assert found(folder / "var", folder) == ["c.md"], "documents may lie in the data folder"
    assert len(found(folder, tmp_path / "elsewhere")) == 5


def test_a_folder_that_is_removed_meanwhile_is_passed_over(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder / "good.md")
    write(folder / "sub" / "a.md")
    scandir = os.scandir

    def remove_first(path: os.PathLike[str]) -> object:
        if Path(path).name == "sub":
            (folder / "sub" / "a.md").unlink()
            (folder / "sub").rmdir()
        return scandir(path)

    monkeypatch.setattr(os, "scandir", remove_first)
    assert names(folder) == ["good.md"]
    with pytest.raises(SourceError, match="absent cannot be listed"):
        list(walk(folder / "absent"))


def test_a_folder_that_cannot_be_listed_is_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Were it passed over, its documents would vanish from the collection.
    write(folder / "good.md")
    write(folder / "sub" / "a.md")
    _closed(monkeypatch, "scandir", "sub")
    with pytest.raises(SourceError, match=r"sub cannot be listed: Permission denied\."):
        find_files([folder])


def test_a_file_that_cannot_be_looked_at_is_skipped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder / "a.md")
    write(folder / "closed.md")
    _closed(monkeypatch, "stat", "closed.md")

    files, skipped = find_files([folder])

    assert [file.relative for file in files] == ["a.md"]
    assert [(skip.source, skip.reason) for skip in skipped] == [("closed.md", "it cannot be read (Permission denied)")]


def test_a_file_named_twice_counts_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(folder / "a.md")
    (folder / "link.md").symlink_to(file)
    monkeypatch.chdir(folder)
    paths = [folder, file, folder, Path("a.md"), Path(), folder / ".." / folder.name]
    assert names(*paths) == ["a.md"]


def test_links_out_of_the_folder_are_not_followed_and_said(folder: Path, tmp_path: Path) -> None:
    write(folder / "good.md")
    write(folder / "sub" / "b.md")
    write(tmp_path / "documents-2" / "secret.md")  # its path begins like the folder's
    (folder / "sub" / "file.md").symlink_to(tmp_path / "documents-2" / "secret.md")
    (folder / "sub" / "folder").symlink_to(tmp_path / "documents-2")
    (folder / "up.md").symlink_to(Path("..") / "documents-2" / "secret.md")
    (folder / "twice.md").symlink_to(folder / "up.md")
    (folder / "nowhere.md").symlink_to(folder / "absent.md")
    (folder / "round.md").symlink_to(folder / "round.md")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xe9.md")).symlink_to(tmp_path)

    files, skipped = find_files([folder])

    assert [file.relative for file in files] == ["good.md", "sub/b.md"]
    assert {skip.source: skip.reason for skip in skipped} == {
        "sub/file.md": LEADS_OUT,
        "sub/folder": LEADS_OUT,
        "up.md": LEADS_OUT,
        "twice.md": LEADS_OUT,
        "nowhere.md": "it is a link that leads nowhere",
        "round.md": "it is a link that leads nowhere",
        "\\udce9.md": LEADS_OUT,
    }


def test_links_within_the_folder_are_followed_and_loops_end(folder: Path) -> None:
    write(folder / "sub" / "b.md")
    (folder / "again").symlink_to(folder / "sub")
    (folder / "sub" / "loop").symlink_to(folder)
    assert names(folder) == ["sub/b.md"]


def test_a_link_that_is_named_is_followed_wherever_it_leads(folder: Path, tmp_path: Path) -> None:
    write(folder / "a.md")
    (tmp_path / "folder").symlink_to(folder)
    (tmp_path / "file.md").symlink_to(folder / "a.md")
    assert names(tmp_path / "folder") == ["a.md"]
    assert names(tmp_path / "file.md") == ["file.md"]


def test_what_is_neither_file_nor_folder_is_not_waited_for(folder: Path) -> None:
    write(folder / "a.md")
    os.mkfifo(folder / "pipe.md")
    assert names(folder) == ["a.md"]


def test_ids_are_slugs_of_relative_paths(folder: Path) -> None:
    for name in ("Top Level.md", "sub/Deep_er/v1.2.md", "Ünïcode 東京.txt", "👩.md"):
        write(folder / name)
    documents = read(folder).documents
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


def test_ids_differ_even_where_a_name_imitates_anothers_hash(folder: Path) -> None:
    for name in ("a.md", "a.txt"):
        write(folder / name)
    (taken, _) = assign_ids(find_files([folder])[0])
    write(folder / f"{taken}.md")

    assert len(set(assign_ids(find_files([folder])[0]))) == 3

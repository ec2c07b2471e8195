from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.errors import SourceError
from index.watching import Look, Watcher, look
from tests.conftest import ROOT
from tests.index.test_sources import write

LONG = 60.0
"""Seconds after which what should have happened is taken not to happen."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.md", "sub/b.md", "sub/B.TXT"):
        write(tmp_path / "documents" / name)
    return tmp_path / "documents"


@pytest.fixture
def see(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Look]:
    """Look at the folder, named from where one stands; the data folder is in it."""
    monkeypatch.chdir(folder.parent)
    return lambda: look([Path(folder.name)], Path(folder.name) / "var")


@pytest.fixture
def watcher() -> Iterator[Watcher]:
    watcher = Watcher()
    yield watcher
    watcher.close()


CHANGES: dict[str, Callable[[Path], object]] = {
    "a new file": lambda folder: write(folder / "c.md"),
    "a new file below": lambda folder: write(folder / "sub" / "deep" / "c.md"),
    "a file that cannot be read": lambda folder: write(folder / "picture.png"),
    "as many other characters": lambda folder: write(folder / "a.md", "Lines"),
    "more with a suffix in capitals": lambda folder: write(folder / "sub" / "B.TXT", "Longer than before."),
    "removed": lambda folder: (folder / "sub" / "b.md").unlink(),
    "renamed": lambda folder: (folder / "a.md").rename(folder / "c.md"),
    "renamed over another": lambda folder: write(folder / ".new").rename(folder / "a.md"),
    "closed": lambda folder: (folder / "a.md").chmod(0),
    "a folder removed": lambda folder: shutil.rmtree(folder / "sub"),
    "a folder renamed": lambda folder: (folder / "sub").rename(folder / "bus"),
    "a folder hidden": lambda folder: (folder / "sub").rename(folder / ".sub"),
    "a folder moved in": lambda folder: write(folder.parent / "other" / "c.md").parent.rename(folder / "other"),
    "a name that is not UTF-8": lambda folder: Path(os.fsdecode(os.fsencode(folder) + b"/\xe9.md")).touch(),
    "a link": lambda folder: (folder / "link.md").symlink_to(folder / "a.md"),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_every_change_to_what_is_indexed_is_seen(folder: Path, see: Callable[[], Look], kind: str) -> None:
    before = see()
    CHANGES[kind](folder)
    assert see().files != before.files
    assert see() == see()


NO_CHANGES: dict[str, Callable[[Path], object]] = {
    "nothing": lambda _: None,
    "a hidden file": lambda folder: write(folder / ".a.md.swp"),
    "a hidden folder": lambda folder: write(folder / "sub" / ".git" / "index.md"),
    "the data folder": lambda folder: write(folder / "var" / "collections" / "default" / "terms.txt"),
    "a folder with nothing in it": lambda folder: (folder / "empty").mkdir(),
    "more of what cannot be read": lambda folder: write(folder / "service.log", "Longer than before."),
}


@pytest.mark.parametrize("kind", NO_CHANGES)
def test_what_is_not_indexed_is_not_looked_at(folder: Path, see: Callable[[], Look], kind: str) -> None:
    write(folder / "service.log")
    before = see()
    NO_CHANGES[kind](folder)
    assert see().files == before.files


def test_a_link_is_seen_to_lead_elsewhere_though_it_is_the_same(folder: Path, see: Callable[[], Look]) -> None:
    # So a mounted ConfigMap is changed: a.md -> ..data/a.md, ..data -> ..1, and then ..data -> ..2.
    for version in ("..1", "..2"):
        write(folder / version / "mounted.md", f"Version {version}.{version}")
    (folder / "..data").symlink_to("..1")
    (folder / "mounted.md").symlink_to("..data/mounted.md")
    before = see()
    (folder / "new").symlink_to("..2")
    (folder / "new").rename(folder / "..data")
    assert see().files != before.files


def test_several_folders_are_looked_at_and_one_that_is_not_there_is_an_error(folder: Path, tmp_path: Path) -> None:
    other = write(tmp_path / "other" / "c.md")
    before = look([folder, other.parent], tmp_path / "data")
    write(other, "Changed.")
    assert look([folder, other.parent], tmp_path / "data").files != before.files

    shutil.rmtree(other.parent)
    with pytest.raises(SourceError, match=f"the folder {other.parent} is not there"):
        look([folder, other.parent], tmp_path / "data")


def _returns(call: Callable[[], None]) -> bool:
    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(LONG)
    return not thread.is_alive()


@pytest.mark.parametrize(
    "kind",
    ["a new file below", "as many other characters", "renamed over another", "a folder removed", "a folder moved in"],
)
def test_waiting_ends_with_a_change(folder: Path, see: Callable[[], Look], watcher: Watcher, kind: str) -> None:
    seen = see()
    watcher.wait(seen, LONG)  # the first begins to watch, and returns at once

    CHANGES[kind](folder)

    assert _returns(lambda: watcher.wait(seen, 10 * LONG))


def test_a_change_before_the_watch_is_looked_for_and_one_between_two_waits_is_kept(
    folder: Path, see: Callable[[], Look], watcher: Watcher
) -> None:
    seen = see()
    assert _returns(lambda: watcher.wait(seen, 10 * LONG)), "a first wait must not wait: something may have changed"
    write(folder / "c.md")
    assert _returns(lambda: watcher.wait(seen, 10 * LONG))
    write(folder / "d.md")
    time.sleep(1)  # as long as indexing takes
    assert _returns(lambda: watcher.wait(see(), 10 * LONG))


def _make_anew(folder: Path) -> None:
    """Remove a folder and make another, if possible one that the system knows by the same number."""
    inode = folder.stat().st_ino
    shutil.rmtree(folder)
    folder.mkdir()
    for _ in range(100):
        if folder.stat().st_ino == inode:
            break
        folder.rmdir()
        folder.mkdir()


@pytest.mark.parametrize("kind", ["new", "made anew", "in the place of the whole"])
def test_a_folder_that_came_later_is_watched_too(
    folder: Path, see: Callable[[], Look], watcher: Watcher, kind: str
) -> None:
    seen = see()
    watcher.wait(seen, LONG)
    if kind == "made anew":
        _make_anew(folder / "sub")
    elif kind == "in the place of the whole":
        folder.rename(folder.with_name("old"))
    file = write(folder / ("new/deep" if kind == "new" else "sub") / "c.md")
    for _ in range(4):  # which hear of the change, watch the new folder, and hear of nothing more
        watcher.wait(seen, 1)
        seen = see()

    write(file, "Changed.")

    assert _returns(lambda: watcher.wait(seen, 10 * LONG))


def test_a_folder_that_a_link_leads_to_instead_of_another_is_watched(
    folder: Path, tmp_path: Path, watcher: Watcher
) -> None:
    other = shutil.copytree(folder, tmp_path / "other")
    link = tmp_path / "current"
    link.symlink_to(folder)
    seen = look([link], tmp_path / "data")
    watcher.wait(seen, LONG)
    (tmp_path / "new").symlink_to(other)
    (tmp_path / "new").rename(link)
    for _ in range(4):
        watcher.wait(seen, 1)
        seen = look([link], tmp_path / "data")

    write(other / "c.md")

    assert _returns(lambda: watcher.wait(seen, 10 * LONG))


def test_waiting_ends_after_a_while_without_a_change_and_a_hidden_file_is_none(
    folder: Path, see: Callable[[], Look], watcher: Watcher
) -> None:
    seen = see()
    watcher.wait(seen, LONG)
    (folder / ".a.md.swp").touch()
    began = time.monotonic()
    assert _returns(lambda: watcher.wait(seen, 2.5))
    assert time.monotonic() - began >= 2.5


def test_a_burst_of_changes_ends_one_wait_or_a_few(folder: Path, see: Callable[[], Look], watcher: Watcher) -> None:
    seen = see()
    watcher.wait(seen, LONG)
    for number in range(300):
        write(folder / f"{number}.new", "Text.").rename(folder / f"{number}.md")

    waits = 0
    while seen != (seen := see()) or waits == 0:
        assert _returns(lambda: watcher.wait(seen, 3))
        waits += 1
    assert waits <= 5


def test_a_notice_that_cannot_be_told_ends_a_wait_and_no_more(
    folder: Path, see: Callable[[], Look], watcher: Watcher
) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/\xe8")).mkdir()  # what is in it is not indexed, nor is it watched
    watcher.wait(see(), LONG)
    CHANGES["a name that is not UTF-8"](folder)
    seen = see()
    for _ in range(3):
        assert _returns(lambda: watcher.wait(seen, 1))
    write(folder / "c.md")
    assert _returns(lambda: watcher.wait(seen, 10 * LONG))


def test_watching_goes_on_when_a_folder_comes_and_goes_before_it_is_watched(
    folder: Path, see: Callable[[], Look], watcher: Watcher
) -> None:
    seen = see()
    shutil.rmtree(folder / "sub")
    assert _returns(lambda: watcher.wait(seen, 10 * LONG))
    assert _returns(lambda: watcher.wait(see(), 10 * LONG))


def test_too_few_watches_are_an_error_that_says_which_limit_to_raise(folder: Path) -> None:
    code = (
        "import pathlib; from index.watching import Watcher, look\n"
        f"folder = pathlib.Path({str(folder)!r})\n"
        "Watcher().wait(look([folder], folder / 'var'), 1)"
    )
    for limit, advice in (
        ("max_inotify_watches", "fs.inotify.max_user_watches=524288"),
        ("max_inotify_instances", "fs.inotify.max_user_instances=1024"),
    ):
        # In a user namespace of its own, a process may lower its own limits.
        script = f'echo 0 > /proc/sys/user/{limit} || exit 77; exec "$0" -c "$1"'
        done = subprocess.run(
            ["unshare", "--user", "--map-root-user", "sh", "-c", script, sys.executable, code],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        if "SourceError" not in done.stderr and ("unshare" in done.stderr or done.returncode == 77):
            pytest.skip(f"limits cannot be lowered here: {done.stderr}")
        assert "SourceError: changes in the folders are not noticed at once: " in done.stderr
        assert advice in done.stderr

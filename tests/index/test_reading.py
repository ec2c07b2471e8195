from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest

from index.documents import Document
from index.reading import Reading, read_file

WHOLE = "it changed while it was read; index again once nothing writes it"


def read(path: Path, content: str | bytes = "Text.", max_mb: int = 1) -> Reading:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_file(path, f"folder/{path.name}", "the-id", max_mb)


def document(path: Path, content: str) -> Document:
    reading = read(path, content)
    assert reading.skipped == ()
    (found,) = reading.documents
    return found


def reason(reading: Reading) -> str:
    """Return why a file was skipped as a whole."""
    assert (reading.documents, reading.left_out) == ((), False)
    (skipped,) = reading.skipped
    assert skipped.source.startswith("folder/")
    return skipped.reason


def front(**values: object) -> str:
    lines = "".join(f"{key}: {json.dumps(value)}\n" for key, value in values.items())
    return f"---\n{lines}---\nText.\n"


@pytest.mark.parametrize(
    ("name", "content", "title", "titled"),
    [
        ("a.md", "---\ntitle: ' From\t the front '\n---\n# From the heading\n\nText.", "From the front", True),
        ("a.md", "---\ntitle: 1984\n---\nText.", "1984", True),
        ("a.md", '---\ntitle: "e\\u0301\\0 \\uD800x"\n---\nText.', "é x", True),
        ("a.md", "---\ntitle: ''\n---\n## Not this\n\n# The *heading*\n\n# Nor this\n\nText.", "The heading", True),
        ("a.md", "Two\\\nlines\n===\n\nText.", "Two lines", True),
        ("a.txt", "IN CAPITALS\n\nText.", "IN CAPITALS", True),
        ("the_file--name.txt", "Text.\n\nA WARNING\n\nText.", "the file name", True),
        ("the-file.v2.md", "## Second level only\n\nText.", "the file.v2", True),
        ("chapter-7.md", "Text.", "chapter 7", True),
        ("facade.md", "Text.", "facade", True),
        ("2021-07-29.md", "a b c d e f g h.", "a b c d e f g h.", False),
        ("D41D8CD98F00.txt", "a b c d\ne f g h i.", "a b c d e f g h …", False),
        ("007_d41d8cd98f00.md", "## More\n\nText.", "Text.", False),
        ("---.md", "Text.", "Text.", False),
        ("1.txt", "東" * 100, "東" * 80 + " …", False),
    ],
)  # fmt: skip
def test_a_title_is_what_the_file_says_or_its_name_or_else_how_it_begins(
    tmp_path: Path, name: str, content: str, title: str, titled: bool
) -> None:
    found = document(tmp_path / name, content)
    assert (found.title, found.titled) == (title, titled)


@pytest.mark.parametrize(
    ("stated", "author"),
    [
        ("Ada  Lovelace", "Ada Lovelace"),
        (["Ada", " ", None, "Bo\nDeer"], "Ada, Bo Deer"),
        ([{"name": "Ada", "url": "https://a.example"}, {"url": "https://b.example"}], "Ada"),
        ({"name": "Ada"}, "Ada"),
        ([], None),
        (" ", None),
        (None, None),
    ],
)
def test_authors_are_one_line(tmp_path: Path, stated: object, author: str | None) -> None:
    assert document(tmp_path / "a.md", front(author=stated)).author == author


@pytest.mark.parametrize(
    ("stated", "published"),
    [
        ("2021-07-29", "2021-07-29"),
        ("2021-07-29T23:59:00Z", "2021-07-29"),
        ("29 July 2021", "2021-07-29"),
        (2021, "2021"),
        ("03/04/2019", None),
        ("2021-02-31", None),
        ("last summer", None),
        (None, None),
    ],
)
def test_dates_are_iso_or_none(tmp_path: Path, stated: object, published: str | None) -> None:
    assert document(tmp_path / "a.md", front(published=stated)).published == published


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "file:///etc/passwd", "www.example.org", "xhttps://a.example", "", 5]
)
def test_an_address_that_is_not_of_the_web_is_none(tmp_path: Path, url: object) -> None:
    assert document(tmp_path / "a.md", front(url=url)).url is None
    assert document(tmp_path / "a.md", front(url=" https://example.org/a ")).url == "https://example.org/a"


@pytest.mark.parametrize(
    ("stated", "tags"),
    [
        (["tides", "tides", " sea\tlevel", None, 7], ("tides", "sea level", "7")),
        ("tides; sea level,, tides", ("tides", "sea level")),
        ([], ()),
        (None, ()),
    ],
)
def test_tags_are_words_each_once(tmp_path: Path, stated: object, tags: tuple[str, ...]) -> None:
    assert document(tmp_path / "a.md", front(tags=stated)).tags == tags


def test_the_lines_of_a_jsonl_file_are_documents_and_bad_ones_are_skipped_alone(tmp_path: Path) -> None:
    lines = (
        {"id": "first", "title": "One", "text": "Text of one.", "author": ["Ada", "Bo"], "tags": ["x"]},
        {
            "text": "Text of two goes on for more than eight words.",
            "date": "2020-01-02",
            "url": "https://example.org/2",
        },
        {"id": 3, "text": "IN CAPITALS\n\nText of three."},
        {"id": "empty", "text": " \n "},
        {"id": "loud", "text": "# One\n\n## Two\n"},
        {"id": "none"},
        ["a list"],
        {"id": [1], "text": "Text."},
    )
    content = (
        "\n".join(json.dumps(line) for line in lines) + '\n{"id": "cut off", "te\n\n \n{"id": "last", "text": "Last."}'
    )

    reading = read(tmp_path / "many.jsonl", content)

    assert [(found.id, found.id_stated, found.title, found.titled) for found in reading.documents] == [
        ("first", True, "One", True),
        ("the-id.2", False, "Text of two goes on for more than …", False),
        ("3", True, "IN CAPITALS", True),
        ("last", True, "Last.", False),
    ]
    first, second = reading.documents[:2]
    assert (first.author, first.tags, first.source) == ("Ada, Bo", ("x",), "folder/many.jsonl")
    assert (second.published, second.url) == ("2020-01-02", "https://example.org/2")
    assert [skip.reason.split(" (")[0] for skip in reading.skipped] == [
        "line 4: it holds no text",
        "line 5: it holds headings only",
        "line 6 has no text under 'text'",
        "line 7 is no object with a text",
        "line 8 has an id that is neither text nor a whole number",
        "line 9 is not JSON",
    ]


def test_only_a_line_of_a_jsonl_file_states_an_id(tmp_path: Path) -> None:
    found = document(tmp_path / "a.md", front(id="stated"))
    assert (found.id, found.id_stated) == ("the-id", False)


def test_lines_of_a_jsonl_file_may_ask_not_to_be_indexed(tmp_path: Path) -> None:
    private = json.dumps({"id": "a", "text": "---\nindex: false\n---\n\n## A\n\ntext\n\n## B\n\ntext"})
    assert read(tmp_path / "one.jsonl", private) == Reading(left_out=True)
    reading = read(tmp_path / "two.jsonl", f'{private}\n{{"id": "b", "text": "Text."}}')
    assert ([document.id for document in reading.documents], reading.skipped, reading.left_out) == (["b"], (), False)


def test_a_file_that_asks_not_to_be_indexed_is_left_out_and_not_skipped(tmp_path: Path) -> None:
    assert read(tmp_path / "a.md", "---\nindex: false\n---\nText.") == Reading(left_out=True)
    assert len(read(tmp_path / "a.md", "---\nindex: 'false'\n---\nText.").documents) == 1, "text is no answer"


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.md", b"", "it is empty (0 bytes)"),
        ("a.pdf", b"", "it is empty (0 bytes)"),
        ("a.docx", b"", "it is empty (0 bytes)"),
        ("a.txt", b"\x7fELF\x02\x00\x01", "it is not a text file (it contains NUL bytes)"),
        ("a.txt", "naïve".encode("utf-16"), "it is UTF-16 text; save it as UTF-8 (iconv -f UTF-16 -t UTF-8)"),
        ("a.jsonl", b"\xfe\xff\0{\0}", "it is UTF-16 text; save it as UTF-8 (iconv -f UTF-16 -t UTF-8)"),
        (
            "a.md",
            "one\ntwo\ncafé\n".encode("latin-1"),
            "it is not UTF-8 text (line 3); save it as UTF-8 (for Western text: iconv -f WINDOWS-1252 -t UTF-8)",
        ),
        ("a.md", b" \n\t\n<!-- nothing -->\n", "it holds no text"),
        ("a.md", b"# One\n\n## Two\n", "it holds headings only"),
        ("a.md", b"---\ntitle: [\n---\nText.", "its front matter is not valid YAML in line 3"),
        ("a.md", b"---\n- a\n---\nText.", "its front matter is not a list of `key: value` lines"),
    ],
)  # fmt: skip
def test_what_holds_nothing_to_index_is_skipped_with_its_reason(
    tmp_path: Path, name: str, content: bytes, expected: str
) -> None:
    assert reason(read(tmp_path / name, content)) == expected


@pytest.mark.parametrize(("suffix", "named"), [(".png", ".png"), (".PNG", ".PNG"), ("", "files without a suffix")])
def test_a_kind_of_file_that_nobody_reads_is_skipped_by_its_suffix(tmp_path: Path, suffix: str, named: str) -> None:
    found = reason(read(tmp_path / f"a{suffix}"))
    assert found == f"no reader for {named}"


class _Without:
    """Finds, as the first that is asked, that a module is not installed."""

    def __init__(self, module: str) -> None:
        self._module = module

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None,  # noqa: ARG002 - the signature of a finder
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        if name == self._module:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


@pytest.mark.parametrize(
    ("suffix", "module", "extra"),
    [
        (".docx", "docx", "formats"),
        (".html", "resiliparse", "formats"),
        (".pdf", "pypdfium2", "formats"),
        (".md", "markdown_it", "index"),
    ],
)
def test_a_missing_extra_is_named_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, module: str, extra: str
) -> None:
    name = "markdown" if suffix == ".md" else suffix.removeprefix(".")
    for loaded in list(sys.modules):
        if f"{loaded}.".startswith((f"{module}.", f"index.formats.{name}.")):
            monkeypatch.delitem(sys.modules, loaded)
    monkeypatch.setattr(sys, "meta_path", [_Without(module), *sys.meta_path])

    expected = f"reading {suffix} files needs {module}: run pip install 'pincite[{extra}]'"
    assert reason(read(tmp_path / f"a{suffix}")) == expected


def test_a_file_over_the_limit_is_not_read_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    assert len(read(path, "x " * 500_000).documents) == 1, "a megabyte is not more than a megabyte"
    with path.open("ab") as file:
        file.truncate(500_000_000)  # without a parser or room on the disk

    found = read_file(path, "folder/a.txt", "a", 1)

    assert reason(found) == ("it has 500 MB, and files over 1 MB are not read; split it, or raise PINCITE_MAX_FILE_MB")


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b" More.")


def shrink(path: Path) -> None:
    os.truncate(path, 3)


def rewrite(path: Path) -> None:
    path.write_bytes(b"Other")
    os.utime(path, ns=(0, 0))  # the clock of the file system may not tell the two writings apart


def replace(path: Path) -> None:
    times = path.stat()
    other = path.with_name("other")
    other.write_bytes(b"Other")
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    other.replace(path)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("change", [grow, shrink, rewrite, replace])
def test_a_file_that_changes_while_it_is_read_is_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None], when: str
) -> None:
    path = tmp_path / "a.txt"
    look, look_again = os.fstat, Path.stat

    def look_and_change(descriptor: int) -> os.stat_result:
        found = look(descriptor)
        monkeypatch.setattr(os, "fstat", look)
        change(path)
        return found

    def change_and_look(self: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        monkeypatch.setattr(Path, "stat", look_again)
        change(path)
        return look_again(self, follow_symlinks=follow_symlinks)

    path.write_bytes(b"Text.")
    if when == "before":
        monkeypatch.setattr(os, "fstat", look_and_change)  # opened, and not read yet
    else:
        monkeypatch.setattr(Path, "stat", change_and_look)  # read already

    assert reason(read_file(path, "folder/a.txt", "a", 1)) == WHOLE
    assert len(read_file(path, "folder/a.txt", "a", 1).documents) == 1, "the next time it is whole"


def test_a_file_that_vanishes_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert reason(read_file(tmp_path / "a.txt", "folder/a.txt", "a", 1)) == (
        "it cannot be read (No such file or directory)"
    )
    (tmp_path / "b.txt").write_bytes(b"Text.")
    look = os.fstat

    def look_and_remove(descriptor: int) -> os.stat_result:
        monkeypatch.setattr(os, "fstat", look)
        (tmp_path / "b.txt").unlink()
        return look(descriptor)

    monkeypatch.setattr(os, "fstat", look_and_remove)
    assert reason(read_file(tmp_path / "b.txt", "folder/b.txt", "b", 1)) == (
        "it cannot be read (No such file or directory)"
    )


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="only Linux has such files")
def test_a_file_that_has_more_than_its_size_says_is_skipped_and_not_cut_off(tmp_path: Path) -> None:
    (tmp_path / "a.txt").symlink_to("/proc/version")  # of 0 bytes, it says, and never changed
    assert reason(read_file(tmp_path / "a.txt", "folder/a.txt", "a", 1)) == WHOLE

from __future__ import annotations

import os
from pathlib import Path

import pytest

from index.documents import Document
from index.errors import SourceError
from index.sources import assign_ids, find_files, read_sources


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "documents"


def write(path: Path, text: str = "Text.") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


def read_one(path: Path) -> Document:
    (document,) = read_sources([path]).documents
    return document


def reasons(folder: Path) -> dict[str, str]:
    """Return why files were skipped; one good file stands among them."""
    write(folder / "good.md")
    sources = read_sources([folder])
    assert [document.id for document in sources.documents] == ["good"]
    return {skip.source: skip.reason for skip in sources.skipped}


def fault(*paths: Path) -> str:
    with pytest.raises(SourceError) as caught:
        read_sources(paths)
    return str(caught.value)


def test_a_document_holds_what_its_file_says(folder: Path) -> None:
    front_matter = "title: ' Deep\t tides '\nauthor: [Ada, Bo]\npublished: 2021-07-29\nurl: https://example.org/t"
    path = write(folder / "tides.md", f"---\n{front_matter}\n---\n# Tides\n\nThe moon pulls.\n\n## More\n\nDaily.\n")
    document = read_one(path)
    assert (document.id, document.title, document.author) == ("tides", "Deep tides", "Ada, Bo")
    assert (document.published, document.url, document.source) == ("2021-07-29", "https://example.org/t", "tides.md")
    assert document.text == "Tides\n\nThe moon pulls.\n\nMore\n\nDaily."
    assert [(item.level, item.start, item.end) for item in document.headings] == [(1, 0, 5), (2, 24, 28)]
    assert document.blocks == ((7, 22), (30, 36))


@pytest.mark.parametrize(
    ("name", "text", "title"),
    [
        ("a.md", "---\ntitle: From the front\n---\n# From the heading\n\nText.", "From the front"),
        ("a.md", "---\ntitle: ''\n---\n## Not this\n\n# From *the* heading\n\n# Nor this\n\nText.", "From the heading"),
        ("from_the-file--name.md", "## Second level only\n\nText.", "from the file name"),
        ("from-the-file.v2.txt", "IN CAPITALS\n\nText.", "from the file.v2"),
        ("---.md", "Text.", "document"),
        ("a.md", "---\ntitle: 1984\n---\nText.", "1984"),
        ("a.md", '---\ntitle: "e\\u0301\\0 \\uD800x"\n---\nText.', "é x"),
    ],
)
def test_a_title_comes_from_front_matter_or_first_heading_or_file_name(
    folder: Path, name: str, text: str, title: str
) -> None:
    assert read_one(write(folder / name, text)).title == title


def test_what_a_source_does_not_state_is_none(folder: Path) -> None:
    document = read_one(write(folder / "a.md", "---\nauthor:\nurl: ' '\n---\nText."))
    assert (document.author, document.published, document.url) == (None, None, None)


@pytest.mark.parametrize("suffix", [".md", ".markdown", ".MD", ".txt", ".text", ".TXT"])
def test_a_byte_order_mark_and_the_case_of_a_suffix_mean_nothing(folder: Path, suffix: str) -> None:
    assert read_one(write(folder / f"a{suffix}", "\ufeffText, *really*.")).text in ("Text, really.", "Text, *really*.")


def test_every_bad_file_is_skipped_with_its_reason_and_the_good_one_is_read(folder: Path) -> None:
    write(folder / "binary.txt", "abc\0def")
    (folder / "latin.md").write_bytes("one\ntwo\ncaf\xe9\n".encode("latin-1"))
    write(folder / "picture.png")
    write(folder / "LICENSE")
    write(folder / "blank.md", " \n\t\n<!-- nothing -->\n")
    write(folder / "broken.md", "---\ntitle: [\n---\nText.")
    write(folder / "date.md", "---\npublished: 2021-02-31\n---\nText.")
    write(folder / "list.md", "---\n- a\n---\nText.")
    known = "(known: .md, .markdown, .txt, .text)"
    assert reasons(folder) == {
        "binary.txt": "it is not a text file (it contains NUL bytes)",
        "latin.md": "it is not UTF-8 text (line 3); save it as UTF-8",
        "picture.png": f"no reader for .png {known}",
        "LICENSE": f"no reader for files without a suffix {known}",
        "blank.md": "it holds no text",
        "broken.md": "its front matter is not valid YAML in line 3",
        "date.md": "its front matter has a bad value: day is out of range for month",
        "list.md": "its front matter is not a list of `key: value` lines",
    }


def test_a_file_that_asks_not_to_be_indexed_is_left_out(folder: Path) -> None:
    write(folder / "good.md")
    write(folder / "sub" / "private.md", "---\nindex: false\n---\nText.")
    write(folder / "public.md", "---\nindex: true\n---\nText.")
    sources = read_sources([folder])
    assert sources.left_out == ("sub/private.md",)
    assert sources.skipped == ()
    assert [document.id for document in sources.documents] == ["good", "public"]


def test_a_path_that_is_missing_is_an_error_that_names_it(folder: Path) -> None:
    good = write(folder / "good.md")
    assert fault(good, folder / "absent") == (
        f"{folder / 'absent'} does not exist. Give a file or a folder of documents to index."
    )


def test_an_empty_folder_is_an_error_that_says_what_is_read(folder: Path) -> None:
    folder.mkdir()
    assert fault(folder).startswith(f"nothing to index in {folder}: no readable .md, .markdown, .txt, .text file")


def test_a_folder_of_unreadable_files_is_an_error_with_every_reason(folder: Path) -> None:
    write(folder / "a.png")
    write(folder / "b.txt", "\0")
    lines = fault(folder).splitlines()
    assert lines[1] == "  a.png: no reader for .png (known: .md, .markdown, .txt, .text)"
    assert lines[2] == "  b.txt: it is not a text file (it contains NUL bytes)"
    assert lines[3] == "What was indexed before is unchanged."


def test_a_folder_whose_files_all_ask_not_to_be_indexed_is_an_error(folder: Path) -> None:
    write(folder / "a.md", "---\nindex: false\n---\nText.")
    assert "nothing to index" in fault(folder)


def test_a_markdown_file_under_its_long_suffix_is_titled_by_its_heading(tmp_path: Path) -> None:
    (tmp_path / "x.markdown").write_text("The\\\nTides\n=====\n\nText.\n", encoding="utf-8")
    assert [document.title for document in read_sources([tmp_path]).documents] == ["The Tides"]


def test_a_file_whose_name_is_not_utf8_is_skipped_and_the_others_are_read(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text("Text.", encoding="utf-8")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt")).write_text("Text.", encoding="utf-8")
    sources = read_sources([tmp_path])

    assert [document.id for document in sources.documents] == ["good"]
    assert [skipped.reason for skipped in sources.skipped] == ["its name is not valid UTF-8; rename it"]
    assert sources.skipped[0].source.isascii()


def test_ids_differ_even_where_a_name_imitates_anothers_hash(tmp_path: Path) -> None:
    for name in ("a.md", "a.txt"):
        (tmp_path / name).write_text("Text.", encoding="utf-8")
    (taken, _) = assign_ids(find_files([tmp_path]))
    (tmp_path / f"{taken}.md").write_text("Text.", encoding="utf-8")

    assert len(set(assign_ids(find_files([tmp_path])))) == 3


def test_a_file_of_headings_only_is_skipped_as_such(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text("Text.", encoding="utf-8")
    (tmp_path / "loud.txt").write_text("READ THIS NOW!", encoding="utf-8")
    assert [skipped.reason for skipped in read_sources([tmp_path]).skipped] == ["it holds headings only"]

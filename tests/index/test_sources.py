from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from index.documents import Document, Heading, Region
from index.errors import SourceError
from index.formats import SUFFIXES
from index.sources import Sources, read_sources
from index.worker import ReadLimits


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "documents"


def write(path: Path, text: str = "Text.") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


def read(*paths: Path) -> Sources:
    return read_sources(paths, ReadLimits())


def read_one(path: Path) -> Document:
    (document,) = read(path).documents
    return document


def reasons(folder: Path) -> dict[str, str]:
    """Return why files were skipped; one good file stands among them."""
    write(folder / "good.md")
    sources = read(folder)
    assert [document.id for document in sources.documents] == ["good"]
    assert len({skip.source for skip in sources.skipped}) == len(sources.skipped)
    return {skip.source: skip.reason for skip in sources.skipped}


def fault(*paths: Path) -> str:
    with pytest.raises(SourceError) as caught:
        read(*paths)
    return str(caught.value)


def test_a_document_holds_what_its_file_says(folder: Path) -> None:
    stated = (
        "title: ' Deep\t tides '\nauthor: [Ada, Bo]\npublished: 2021-07-29\nurl: https://example.org/t\ntags: [sea]"
    )
    path = write(folder / "tides.md", f"---\n{stated}\n---\n# Tides\n\nThe moon pulls.\n\n## More\n\nDaily.\n")
    assert read_one(path) == Document(
        id="tides",
        title="Deep tides",
        text="Tides\n\nThe moon pulls.\n\nMore\n\nDaily.",
        headings=(Heading(1, 0, 5), Heading(2, 24, 28)),
        blocks=(Region(7, 22), Region(30, 36)),
        author="Ada, Bo",
        published="2021-07-29",
        url="https://example.org/t",
        tags=("sea",),
        source="tides.md",
    )


def test_what_a_source_does_not_state_is_none(folder: Path) -> None:
    document = read_one(write(folder / "a.md", "---\nauthor:\nurl: ' '\n---\nText."))
    assert (document.author, document.published, document.url, document.tags) == (None, None, None, ())
    assert document.pages == ()


@pytest.mark.parametrize("suffix", [".md", ".markdown", ".MD", ".txt", ".text", ".TXT"])
def test_a_byte_order_mark_and_the_case_of_a_suffix_mean_nothing(folder: Path, suffix: str) -> None:
    assert read_one(write(folder / f"a{suffix}", "\ufeffText, *really*.")).text in ("Text, really.", "Text, *really*.")


def test_every_bad_file_is_skipped_with_its_reason_and_the_good_one_is_read(folder: Path) -> None:
    write(folder / "a-first" / "binary.txt", "abc\0def")
    (folder / "latin.md").write_bytes("one\ntwo\ncaf\xe9\n".encode("latin-1"))
    write(folder / "picture.png")
    write(folder / "LICENSE")
    write(folder / "blank.md", " \n\t\n<!-- nothing -->\n")
    write(folder / "z-last.md", "---\ntitle: [\n---\nText.")
    assert reasons(folder) == {
        "a-first/binary.txt": "it is not a text file (it contains NUL bytes)",
        "latin.md": "it is not UTF-8 text (line 3); save it as UTF-8 "
        "(for Western text: iconv -f WINDOWS-1252 -t UTF-8)",
        "picture.png": "no reader for .png",
        "LICENSE": "no reader for files without a suffix",
        "blank.md": "it holds no text",
        "z-last.md": "its front matter is not valid YAML in line 3",
    }


def test_a_bad_line_is_skipped_and_the_other_lines_are_documents(folder: Path) -> None:
    write(folder / "many.jsonl", '{"id": "a", "text": "One."}\n{"id": "b"}\n{"text": "Three."}\n')
    sources = read(folder)
    assert [document.id for document in sources.documents] == ["a", "many.3"]
    assert [(skip.source, skip.reason) for skip in sources.skipped] == [
        ("many.jsonl", "line 2 has no text under 'text'")
    ]


def test_of_two_documents_with_one_id_the_second_is_skipped(folder: Path) -> None:
    lines = [{"id": "a", "text": "First."}, {"id": "a", "text": "Second."}, {"id": "good", "text": "Third."}]
    write(folder / "ids.jsonl", "\n".join(map(json.dumps, lines)))
    write(folder / "good.md", "The file.")
    for paths in ([folder], [folder / "ids.jsonl", folder / "good.md"], [folder / "good.md", folder / "ids.jsonl"]):
        sources = read(*paths)
        assert [(found.id, found.text) for found in sources.documents] == [("a", "First."), ("good", "The file.")]
        assert [(skip.source, skip.reason) for skip in sources.skipped] == [
            ("ids.jsonl", "its document id 'a' is taken by one of ids.jsonl; ids must differ"),
            ("ids.jsonl", "its document id 'good' is taken by one of good.md; ids must differ"),
        ]


def test_a_file_that_asks_not_to_be_indexed_is_left_out(folder: Path) -> None:
    write(folder / "good.md")
    write(folder / "sub" / "private.md", "---\nindex: false\n---\nText.")
    write(folder / "public.md", "---\nindex: true\n---\nText.")
    sources = read(folder)
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
    assert fault(folder).startswith(f"nothing to index in {folder}: no readable {', '.join(SUFFIXES)} file")


def test_a_folder_of_unreadable_files_is_an_error_with_every_reason(folder: Path) -> None:
    write(folder / "a.png")
    write(folder / "b.txt", "\0")
    lines = fault(folder).splitlines()
    assert lines[1] == "  a.png: no reader for .png"
    assert lines[2] == "  b.txt: it is not a text file (it contains NUL bytes)"
    assert lines[3] == "What was indexed before is unchanged."


def test_a_folder_whose_files_all_ask_not_to_be_indexed_is_an_error(folder: Path) -> None:
    write(folder / "a.md", "---\nindex: false\n---\nText.")
    assert "nothing to index" in fault(folder)


def test_a_file_whose_name_is_not_utf8_is_skipped_and_the_others_are_read(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text("Text.", encoding="utf-8")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt")).write_text("Text.", encoding="utf-8")
    sources = read(tmp_path)

    assert [document.id for document in sources.documents] == ["good"]
    assert [skipped.reason for skipped in sources.skipped] == ["its name is not valid UTF-8; rename it"]
    assert sources.skipped[0].source.isascii()


def test_every_file_is_read_under_the_limits(folder: Path) -> None:
    write(folder / "good.md")
    with (folder / "huge.md").open("wb") as file:
        file.truncate(2_000_001)
    sources = read_sources([folder], ReadLimits(file_mb=2))
    assert [skip.reason.split(" are not read")[0] for skip in sources.skipped] == ["it has 2 MB, and files over 2 MB"]
    assert [document.id for document in sources.documents] == ["good"]


def test_documents_come_by_id_whatever_the_order_of_paths(folder: Path) -> None:
    files = [write(folder / name) for name in ("b.md", "a.md", "c.txt")]
    assert read(*files) == read(*files[::-1])
    assert [document.id for document in read(*files).documents] == ["a", "b", "c"]

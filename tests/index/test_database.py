from __future__ import annotations

import resource
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from index.database import Database, DocumentMetadata, Summary, write_database
from index.documents import Document, Heading, Passage, Region, Span
from index.identity import Known

AWKWARD = "e\u0301 'quoted' \"too\" 👩\u200d👧 \u202eשלם\u202c\ttab\nline"
DOCUMENTS = [
    Document("b", "Bread", "Text.", (), (Region(0, 5),), published="2019"),
    Document(
        "a", AWKWARD, f"H\n\n{AWKWARD}\n\nlast", (Heading(2, 0, 1),),
        (Region(3, 3 + len(AWKWARD), "list"), Region(5 + len(AWKWARD), 9, "code")), pages=(0, 3),
        author="Ada, Bob", published="2021-07-29", url="https://example.org/?a=b&c", source="sub/a.md",
        tags=(AWKWARD, "x"), id_stated=True,
    ),
    Document("empty", "No passages", "H", (Heading(1, 0, 1),)),
]  # fmt: skip


def passage(document_id: str, ordinal: int, text: str = "Text.", page: int | None = None) -> Passage:
    spans = (Span(0, 2), Span(3, 5))
    return Passage(f"p-{document_id}-{ordinal}", document_id, ordinal, 0, 5, text, ("H", AWKWARD), page, spans)


PASSAGES = [
    passage("b", 0),
    passage("a", 0, AWKWARD, page=7),
    *(passage("a", ordinal) for ordinal in range(1, 6)),
]


@pytest.fixture
def database(tmp_path: Path) -> Database:
    write_database(tmp_path / "documents.sqlite", DOCUMENTS, PASSAGES)
    return Database(tmp_path / "documents.sqlite")


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let the operating system refuse to write beyond a size: a full disk, in effect."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_documents_are_read_as_they_were_written(database: Database) -> None:
    assert [database.document(document.id) for document in DOCUMENTS] == DOCUMENTS


def test_passages_are_read_as_they_were_written_by_id_and_by_row(database: Database) -> None:
    assert [database.passage(item.id) for item in PASSAGES] == PASSAGES
    assert database.passages(range(len(PASSAGES))) == database.all_passages() == PASSAGES


def test_passages_come_in_the_order_asked_for(database: Database) -> None:
    assert database.passages([4, 0, 4, 1]) == [PASSAGES[4], PASSAGES[0], PASSAGES[4], PASSAGES[1]]
    assert database.passages([]) == []


def test_a_row_that_is_not_there_is_a_key_error(database: Database) -> None:
    with pytest.raises(KeyError):
        database.passages([0, len(PASSAGES)])


@pytest.mark.parametrize("unknown", ["", "A", "a' OR '1'='1", "p-a-99", "\x00"])
def test_what_is_not_there_is_none(database: Database, unknown: str) -> None:
    assert database.document(unknown) is None
    assert database.passage(unknown) is None
    assert database.passages_of(unknown) == []
    assert database.passages_between(unknown, 0, 9) == []


def test_the_passage_that_holds_a_place_is_found_and_only_where_it_holds_all_of_it(tmp_path: Path) -> None:
    passages = [replace(passage("a", place), start=10 * place, end=10 * place + 8) for place in range(3)]
    write_database(tmp_path / "places.sqlite", DOCUMENTS, passages)
    database = Database(tmp_path / "places.sqlite")
    for one in passages:
        for start, end in ((one.start, one.end), (one.start, one.start + 1), (one.end - 1, one.end)):
            assert database.passage_holding("a", start, end) == one
        assert database.passage_holding("a", one.start, one.end + 1) is None
        assert database.passage_holding("a", one.start - 1, one.end) is None
        assert database.passage_holding("b", one.start, one.end) is None


def test_everything_is_counted(database: Database) -> None:
    assert database.counts() == (3, 7)
    assert [len(database.passages_of(document.id)) for document in DOCUMENTS] == [1, 6, 0]


def test_documents_are_listed_by_id_with_their_number_of_passages(database: Database) -> None:
    assert list(database.documents()) == [(DOCUMENTS[1], 6), (DOCUMENTS[0], 1), (DOCUMENTS[2], 0)]


def test_what_is_known_about_documents_comes_with_their_rows_in_order(tmp_path: Path) -> None:
    mixed = [PASSAGES[place] for place in (3, 0, 1, 2, 6, 5, 4)]
    write_database(tmp_path / "mixed.sqlite", DOCUMENTS, mixed)
    assert Database(tmp_path / "mixed.sqlite").metadata() == [
        DocumentMetadata("a", AWKWARD, "Ada, Bob", "2021-07-29", (AWKWARD, "x"), (2, 3, 0, 6, 5, 4)),
        DocumentMetadata("b", "Bread", None, "2019", (), (1,)),
        DocumentMetadata("empty", "No passages", None, None, (), ()),
    ]


def test_summaries_come_in_the_order_asked_for_with_counts_and_without_texts(database: Database) -> None:
    bread, awkward, empty = (
        Summary(
            one.id,
            one.title,
            one.author,
            one.published,
            one.url,
            one.source,
            one.tags,
            one.sha256,
            len(one.text),
            count,
        )
        for one, count in zip(DOCUMENTS, (1, 6, 0), strict=True)
    )
    assert database.summaries(["empty", "a", "b"]) == [empty, awkward, bread]
    assert database.summaries([]) == []


@pytest.mark.parametrize(
    ("after", "count", "ids"), [("", 9, ["a", "b", "empty"]), ("a", 1, ["b"]), ("aa", 1, ["b"]), ("empty", 9, [])]
)
def test_ids_are_listed_from_behind_any_place(database: Database, after: str, count: int, ids: list[str]) -> None:
    assert database.ids_after(after, count) == ids


def test_what_tells_which_document_is_which_is_read_as_it_was_written(database: Database) -> None:
    assert database.known() == [Known.of(DOCUMENTS[place]) for place in (1, 0, 2)]
    assert [(one.source, one.id_stated) for one in database.known()] == [
        ("sub/a.md", True),
        (None, False),
        (None, False),
    ]


def test_no_text_is_loaded_to_know_about_documents(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, queries = database._rows, list[str]()

    def read(query: str, values: Sequence[object] = ()) -> list[Any]:
        queries.append(query)
        return rows(query, values)

    monkeypatch.setattr(database, "_rows", read)
    assert len(database.metadata()) == len(database.known()) == len(database.summaries(["a", "b", "empty"])) == 3
    assert database.metadata() is database.metadata()
    assert len(queries) == 4
    assert not [query for query in queries if "text" in query]


@pytest.mark.parametrize(
    ("first", "last", "ordinals"), [(0, 5, range(6)), (2, 3, [2, 3]), (4, 99, [4, 5]), (-9, 0, [0]), (3, 2, [])]
)
def test_neighbours_are_found_with_both_ends_included(
    database: Database, first: int, last: int, ordinals: list[int]
) -> None:
    found = database.passages_between("a", first, last)
    assert [item.ordinal for item in found] == list(ordinals)
    assert {item.document_id for item in found} <= {"a"}


def test_any_number_of_threads_may_read(database: Database) -> None:
    def read(row: int) -> tuple[list[Passage], Document | None]:
        return database.passages([row]), database.document(PASSAGES[row].document_id)

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(read, list(range(len(PASSAGES))) * 20))
    by_id = {document.id: document for document in DOCUMENTS}
    assert results == [([item], by_id[item.document_id]) for item in PASSAGES] * 20


def test_a_path_may_hold_any_character(tmp_path: Path) -> None:
    folder = tmp_path / "50% é?mode=rw#x&y"
    folder.mkdir()
    write_database(folder / "documents.sqlite", DOCUMENTS, PASSAGES)
    assert Database(folder / "documents.sqlite").counts() == (3, 7)
    assert [file.name for file in folder.iterdir()] == ["documents.sqlite"]


def test_reading_never_changes_the_file(database: Database, tmp_path: Path) -> None:
    before = (tmp_path / "documents.sqlite").read_bytes()
    database.counts()
    assert (tmp_path / "documents.sqlite").read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["documents.sqlite"]


@pytest.mark.parametrize("size", [0, 20_000])
def test_a_file_that_cannot_be_written_to_its_end_is_an_os_error(tmp_path: Path, size: int) -> None:
    long = [Document("long", "T", "word " * 100_000)]
    with largest_file(size), pytest.raises(OSError, match=r"documents\.sqlite"):
        write_database(tmp_path / "documents.sqlite", long, [])

"""Documents that come one by one: how they are read, and which of those that are there they stand for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from index.blocks import Block, assemble
from index.documents import Document
from index.uploads import Received, Revision, Upload, read_uploads
from index.worker import ReadLimits


def document(name: str, text: str, source: str | None = None, *, stated: bool = False) -> Document:
    assembled = assemble([Block(text)])
    return Document(name, name, assembled.text, blocks=assembled.blocks, source=source, id_stated=stated)


def send(folder: Path, *files: tuple[str, str | None, str | None, bytes]) -> list[Received]:
    """Read files: of each its stored name, its sender's name, the id that it is to have, and its bytes."""
    for stored, _, _, data in files:
        (folder / stored).write_bytes(data)
    return read_uploads([Upload(folder / stored, source, name) for stored, source, name, _ in files], ReadLimits())


def test_a_file_is_known_by_its_senders_name_and_not_by_where_it_lies(tmp_path: Path) -> None:
    (one,) = send(tmp_path, ("7.md", "hr/leave-policy.md", None, b"Thirty days of leave a year."))
    (read,) = one.documents
    assert (read.id, read.source, read.title, one.reason) == (
        "hr-leave-policy",
        "hr/leave-policy.md",
        "leave policy",
        None,
    )


def test_ids_of_files_whose_names_are_alike_do_not_depend_on_their_order(tmp_path: Path) -> None:
    files = [("0.md", "a b.md", None, b"One text."), ("1.md", "a-b.md", None, b"Another text.")]
    first = {one.documents[0].source: one.documents[0].id for one in send(tmp_path, *files)}
    second = {one.documents[0].source: one.documents[0].id for one in send(tmp_path, *reversed(files))}
    assert first == second
    assert len(set(first.values())) == 2
    assert all(name.startswith("a-b-") for name in first.values())


def test_a_document_with_an_id_of_its_own_keeps_it_and_is_one(tmp_path: Path) -> None:
    line = b'{"id": "other", "text": "Some text.", "title": "T"}\n'
    given, two, bad = send(
        tmp_path,
        ("0.jsonl", None, "mine", line),
        ("1.jsonl", None, "two", line * 2),
        ("2.jsonl", None, "bad", b'{"text": ""}'),
    )
    assert [(one.id, one.source, one.id_stated, one.title) for one in given.documents] == [("mine", None, True, "T")]
    assert two == Received((), "it holds 2 documents, and one was asked for")
    assert bad == Received((), "it holds no text")


def test_of_two_documents_of_one_id_in_a_request_the_first_counts(tmp_path: Path) -> None:
    line = b'{"id": "same", "text": "Text number %d."}\n'
    first, second = send(tmp_path, ("0.jsonl", "a.jsonl", None, line % 1), ("1.jsonl", "b.jsonl", None, line % 2))
    assert [one.id for one in first.documents] == ["same"]
    assert second.documents == ()
    assert "'same' is taken by another of the same request" in str(second.reason)


def test_many_reasons_are_told_by_their_number(tmp_path: Path) -> None:
    (one,) = send(tmp_path, ("0.jsonl", "a.jsonl", None, b"x\n" * 10 + b'{"text": "Good."}'))
    assert len(one.documents) == 1
    assert str(one.reason).endswith("; and 7 more")
    assert "line 1 is not JSON" in str(one.reason)


HELD = [
    document("moon", "The moon.", "moon.md"),
    document("faq.1", "First.", "faq.jsonl"),
    document("faq.2", "Second.", "faq.jsonl"),
    document("made", "Made by hand.", None, stated=True),
]


def ids(revision: Revision) -> dict[str, str]:
    return {one.id: one.text for one in revision.documents()}


def test_what_is_not_sent_stays() -> None:
    revision = Revision(HELD)
    kept, gone = revision.add([document("sun", "The sun.", "sun.md")], {"sun.md"})
    assert ([one.id for one in kept], gone) == (["sun"], [])
    assert revision.documents() == sorted([*HELD, *kept], key=lambda one: one.id)


@pytest.mark.parametrize(
    ("sent", "sources", "expected"),
    [
        # A file takes the place of the one of its name, and its document keeps the id.
        ([document("moon", "New moon.", "moon.md")], {"moon.md"}, {"moon": "New moon."}),
        # Another file whose id would be the same gets another.
        ([document("moon", "Another.", "sub/moon.md")], {"sub/moon.md"}, {"moon": "The moon.", "moon-": "Another."}),
        # A stated id is that document, whatever it was read from.
        ([document("moon", "By id.", None, stated=True)], set(), {"moon": "By id."}),
        ([document("made", "Again.", "faq.jsonl", stated=True)], set(), {"made": "Again.", "faq.1": "First."}),
    ],
)
def test_what_is_sent_takes_the_place_of_what_it_stands_for(
    sent: list[Document], sources: set[str], expected: dict[str, str]
) -> None:
    revision = Revision(HELD)
    kept, _ = revision.add(sent, sources)
    found = {name if name in expected else name[:5]: text for name, text in ids(revision).items()}
    assert expected.items() <= found.items()
    assert len(kept) == len(sent)


def test_lines_of_a_file_keep_their_ids_with_their_texts_and_vanish_when_they_are_not_sent() -> None:
    revision = Revision(HELD)
    kept, gone = revision.add([document("faq.1", "Second.", "faq.jsonl")], {"faq.jsonl"})
    assert [(one.id, one.text) for one in kept] == [("faq.2", "Second.")]
    assert [one.id for one in gone] == ["faq.1", "faq.2"]
    assert set(ids(revision)) == {"moon", "faq.2", "made"}


def test_one_change_after_the_other_sees_what_the_first_has_made() -> None:
    revision = Revision(HELD)
    revision.add([document("new", "First.", "new.md")], {"new.md"})
    revision.add([document("new", "Second.", "new.md")], {"new.md"})
    assert revision.get("new") == replace(document("new", "Second.", "new.md"))
    assert revision.get("nobody") is None

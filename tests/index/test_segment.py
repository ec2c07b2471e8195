from __future__ import annotations

import pytest

from index.blocks import assemble
from index.documents import Document
from index.markdown import parse_markdown
from index.segment import segment, split_spans


def spans(text: str) -> list[str]:
    return [text[span.start : span.end] for span in split_spans(text)]


def document(markdown: str, document_id: str = "d") -> Document:
    assembled = assemble(parse_markdown(markdown).blocks)
    return Document(document_id, "T", assembled.text, assembled.headings, assembled.blocks)


@pytest.mark.parametrize(
    "sentences",
    [
        ["The U.S.-made chips were banned.", "Nobody was glad."],
        ["Dr. Smith met Mr. Jones.", "They talked."],
        ["See No. 5 of the list.", "It is long."],
        ["Some fields, e.g. robotics, grew.", "Others shrank."],
        ["Sales of U.S. firms fell.", "Prices rose."],
        ["Founded by J. R. Smith in Jan. 2020.", "It grew."],
        ["It cost $3.5 million.", "That is a lot."],
        ['"Stop it," she said.', '"We will not."', "He left."],
        ["“It is done.”", "He left the room."],
        ['He asked: "Why?"', "Nobody knew."],
        ["What?", "Really!", "Yes."],
    ],
)
def test_a_sentence_ends_where_a_reader_would_end_it(sentences: list[str]) -> None:
    assert spans(" ".join(sentences)) == sentences


def test_a_line_end_always_ends_a_span() -> None:
    assert spans("first item\nsecond, in two sentences. Here is one\n\tthird") == [
        "first item",
        "second, in two sentences.",
        "Here is one",
        "third",
    ]


def test_text_without_a_full_stop_is_one_span() -> None:
    assert spans("  no full stop ") == ["no full stop"]


def test_the_offset_is_added_to_every_span() -> None:
    plain = split_spans("One. Two.")
    assert [(span.start + 100, span.end + 100) for span in plain] == [
        (span.start, span.end) for span in split_spans("One. Two.", offset=100)
    ]


def test_lines_of_lists_tables_and_code_are_spans_of_their_own() -> None:
    doc = document("- buy milk\n- sell eggs\n\n| a | b |\n|---|---|\n| c | d |\n\n```\nx = 1\ny = 2\n```\n")
    found = [[doc.text[span.start : span.end] for span in passage.spans] for passage in segment(doc)]
    assert found == [["buy milk", "sell eggs"], ["a | b", "c | d"], ["x = 1", "y = 2"]]


def test_a_passage_names_the_headings_above_it_outermost_first() -> None:
    doc = document(
        "before\n\n# A\n\na\n\n## B\n\nb\n\n#### D\n\nd\n\n### C\n\nc\n\n## E\n\ne\n\n# F\n\nf\n\n### G\n\n## H\n\nh"
    )
    assert {passage.text: passage.headings for passage in segment(doc)} == {
        "before": (),
        "a": ("A",),
        "b": ("A", "B"),
        "d": ("A", "B", "D"),
        "c": ("A", "B", "C"),
        "e": ("A", "E"),
        "f": ("F",),
        "h": ("F", "H"),
    }


def test_passages_are_numbered_in_order_and_name_their_document() -> None:
    passages = segment(document("# A\n\none\n\ntwo\n\nthree", "essay"))
    assert [(passage.ordinal, passage.document_id, passage.text) for passage in passages] == [
        (0, "essay", "one"),
        (1, "essay", "two"),
        (2, "essay", "three"),
    ]


def test_equal_passages_have_ids_of_their_own_and_equal_documents_too() -> None:
    ids = [passage.id for name in ("a", "b") for passage in segment(document("same\n\nsame\n\nsame", name))]
    assert len(set(ids)) == 6


def test_an_id_outlives_edits_elsewhere_in_the_document() -> None:
    before = {passage.text: passage.id for passage in segment(document("# T\n\none\n\ntwo"))}
    after = {passage.text: passage.id for passage in segment(document("# New title\n\nzero\n\none, changed\n\ntwo"))}
    assert after["two"] == before["two"]
    assert after["one, changed"] != before["one"]


def test_a_document_of_headings_only_has_no_passages() -> None:
    assert segment(document("# A\n\n## B")) == []

from __future__ import annotations

import pytest
from hypothesis import given

from index.blocks import Assembled, Block, assemble, clean
from index.documents import Document, Heading, Region
from tests.index.exactness import raw_texts, thorough


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        ("one\r\ntwo\rthree\u2028four\u2029five\fsix", "one\ntwo\nthree\nfour\nfive\nsix"),
        ("e\u0301 \u212b \u1100\u1161 \u0958", "\u00e9 \u00c5 \uac00 \u0915\u093c"),
        ("a\x00b\x07c\x0bd\x1be\x7ff", "abcdef"),
        ("lone \ud800 and \udfff surrogates", "lone  and  surrogates"),
        ("e\x00\u0301", "\u00e9"),
        ("a\tb", "a\tb"),
        ("a\u00a0b\u202fc\u2003d", "a b c d"),
        ("co\u00adop\ufefferate\u200b", "cooperate"),
        (" \t\n a \n\t ", "a"),
        ("a\n\nb\n \t\n\n  c\r\n\r\nd", "a\nb\nc\nd"),
        ("👩\u200d👧 \u202eabc\u202c שלום", "👩\u200d👧 \u202eabc\u202c שלום"),
        ("\x00\r\n\ud800", ""),
    ],
)
def test_text_is_brought_into_the_canonical_character_set(raw: str, canonical: str) -> None:
    assert clean(raw) == canonical


@given(raw_texts())
@thorough
def test_cleaning_clean_text_changes_nothing(raw: str) -> None:
    assert clean(clean(raw)) == clean(raw)


def test_blocks_are_joined_by_one_blank_line_with_offsets_of_each() -> None:
    assembled = assemble([Block("Title", level=1), Block("First."), Block("Part", level=2), Block("Second.")])
    assert assembled == Assembled(
        "Title\n\nFirst.\n\nPart\n\nSecond.", (Heading(1, 0, 5), Heading(2, 15, 19)), (Region(7, 13), Region(21, 28))
    )


def test_blocks_without_text_are_left_out() -> None:
    blocks = [Block(" "), Block("A", level=1), Block("\x00", level=2), Block("\n\n"), Block("b"), Block("")]
    assert assemble(blocks) == Assembled("A\n\nb", (Heading(1, 0, 1),), (Region(3, 4),))


def test_offsets_count_the_cleaned_text_in_code_points() -> None:
    assembled = assemble([Block("e\u0301\x00👩\u200d👧", level=1), Block("\r\nx\r\ny")])
    assert assembled.text == "\u00e9👩\u200d👧\n\nx\ny"
    assert assembled.headings == (Heading(1, 0, 4),)
    assert assembled.blocks == (Region(6, 9),)


def test_nothing_makes_an_empty_text() -> None:
    assert assemble([]) == Assembled("", (), ())


def test_control_characters_of_the_second_kind_go_too_and_a_next_line_ends_a_line() -> None:
    assert clean("a\x80b\x9fc\x85d") == "abc\nd"


def test_pages_begin_where_their_first_block_does_and_a_page_without_text_where_the_next_one_does() -> None:
    assembled = assemble([Block("one", page=1), Block("three\nand four", page=3, turns=((6, 4),)), Block("", page=5)])
    assert assembled.text == "one\n\nthree\nand four"
    assert assembled.pages == (0, 5, 5, 11)
    document = Document("d", "t", assembled.text, pages=assembled.pages)
    assert [document.page_at(offset) for offset in (0, 3, 5, 10, 11, 18)] == [1, 1, 3, 3, 4, 4]
    assert Document("d", "t", "text").page_at(2) is None


def test_text_before_the_first_numbered_page_is_on_page_one() -> None:
    assembled = assemble([Block("cover"), Block("two", page=2)])
    assert assembled.pages == (7, 7)
    assert Document("d", "t", assembled.text, pages=assembled.pages).page_at(0) == 1

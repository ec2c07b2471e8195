from __future__ import annotations

import pytest
from hypothesis import given

from index.blocks import Block
from index.plaintext import parse_plaintext
from tests.index.exactness import assert_exact, raw_texts, thorough


@given(raw_texts())
@thorough
def test_any_text_has_exact_offsets(raw: str) -> None:
    assert_exact(parse_plaintext(raw))


@given(raw_texts())
@thorough
def test_no_word_of_any_text_is_lost(raw: str) -> None:
    assembled = "".join(block.text for block in parse_plaintext(raw).blocks)
    assert "".join(assembled.split()) == "".join(raw.split())


def test_hard_wrapped_lines_are_joined_and_blank_lines_part_paragraphs() -> None:
    raw = "The first paragraph is\n  wrapped by hand, \nas mail was.\n\n \t\n\nThe second is not.\n"
    assert parse_plaintext(raw).blocks == (
        Block("The first paragraph is wrapped by hand, as mail was."),
        Block("The second is not."),
    )


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_line_ends_of_every_system_mean_the_same(end: str) -> None:
    assert parse_plaintext(f"one{end}two{end}{end}three").blocks == (Block("one two"), Block("three"))


def test_a_form_feed_parts_paragraphs() -> None:
    assert parse_plaintext("end of a page.\fnext page.").blocks == (Block("end of a page."), Block("next page."))


@pytest.mark.parametrize(
    "line", ["INTRODUCTION", "2. METHODS AND DATA", "WHAT NOW?", "ÉTUDES", "  INDENTED  ", "X" * 80]
)
def test_a_short_line_in_capitals_is_a_heading(line: str) -> None:
    assert parse_plaintext(f"{line}\n\nText.").blocks == (Block(line.strip(), level=1), Block("Text."))


@pytest.mark.parametrize(
    "paragraph",
    [
        "Introduction",
        "STOP.",
        "FIRST, ",
        "A; B;",
        "1234 - 5678",
        "X" * 81,
        "TWO LINES\nOF CAPITALS",
        "中文標題",
        "MOSTLY CAPITALs",
    ],
)
def test_anything_else_is_a_paragraph(paragraph: str) -> None:
    assert [block.level for block in parse_plaintext(f"{paragraph}\n\nText.").blocks] == [0, 0]


def test_markup_and_front_matter_mean_nothing_in_plain_text() -> None:
    parsed = parse_plaintext("---\ntitle: x\n---\n\n# *not* markup")
    assert parsed.metadata == {}
    assert parsed.blocks == (Block("--- title: x ---"), Block("# *not* markup"))


def test_nothing_makes_no_blocks() -> None:
    assert parse_plaintext(" \r\n\t\n").blocks == ()

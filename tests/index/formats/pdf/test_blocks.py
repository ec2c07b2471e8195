from __future__ import annotations

from collections.abc import Sequence

import pytest
from fpdf import FPDF

from index.blocks import Parsed, assemble
from index.documents import Document
from tests.index.formats.pdf.papers import draw_lines, paper, prose, read, texts, write


def _document(parsed: Parsed) -> Document:
    made = assemble(parsed.blocks)
    return Document("d", "t", made.text, made.headings, made.blocks, made.pages)


@pytest.fixture(scope="module")
def long_paper() -> tuple[Parsed, list[str]]:
    """Seven pages with headers that alternate, page numbers, and paragraphs that run over page breaks."""

    class Paper(FPDF):
        def header(self) -> None:
            self.set_font("Helvetica", size=8)
            self.text(72, 40, "Report on Silt" if self.page_no() % 2 else "A. Author")

        def footer(self) -> None:
            self.set_font("Helvetica", size=8)
            self.text(280, 810, f"Page {self.page_no()} of 7")

    pdf = Paper(format="A4", unit="pt")
    pdf.set_margin(72)
    pdf.set_auto_page_break(auto=True, margin=72)
    pdf.add_page()
    paragraphs = [f"{prose(135, seed)} That is paragraph {seed}." for seed in range(33)]
    pdf.set_font("Times", size=11)
    for text in paragraphs:
        write(pdf, text)
    assert pdf.pages_count == 7
    return read(pdf), paragraphs


def test_headers_footers_and_page_numbers_go_and_nothing_else(long_paper: tuple[Parsed, list[str]]) -> None:
    parsed, paragraphs = long_paper
    assert [block.text for block in parsed.blocks] == paragraphs


def test_pages_are_told_also_inside_a_paragraph_over_a_page_break(long_paper: tuple[Parsed, list[str]]) -> None:
    document = _document(long_paper[0])
    over = [block for block in long_paper[0].blocks if block.turns]
    assert len(document.pages) == 7
    assert len(over) >= 3
    for block in over:
        [(offset, page)] = block.turns
        start = document.text.index(block.text)
        assert document.page_at(start) == block.page == page - 1
        assert document.page_at(start + offset - 1) == page - 1
        assert document.page_at(start + offset) == page
        assert block.text[offset - 1] == " "


@pytest.mark.parametrize(
    ("end", "begin", "whole"),
    [
        ("the long sedi-", "mentation of it", "the long sedimentation of it"),
        ("the long sedi\xad", "mentation of it", "the long sedimentation of it"),
        ("a well-known, well-", "known river", "a well-known, well-known river"),
        ("a state-of-the-", "art dam", "a state-of-the-art dam"),
        ("in two-", "and three-year spans", "in two- and three-year spans"),
        ("by Jean-", "Pierre himself", "by Jean-Pierre himself"),
        ("in the years 2010-", "2015 it rose", "in the years 2010-2015 it rose"),
        ("it rose -", "slowly, that is", "it rose - slowly, that is"),
    ],
)
def test_hyphens_at_the_ends_of_lines(end: str, begin: str, whole: str) -> None:
    pdf = paper()
    draw_lines(pdf, ["Before there is some text that fills a line, " + end, begin])
    assert texts(pdf) == ["Before there is some text that fills a line, " + whole]


def _two_pages(first: Sequence[str], second: Sequence[str], notes: Sequence[str] = ()) -> FPDF:
    pdf = paper()
    full = "A line of text that is filled up to the right margin of its page, as it should"
    draw_lines(pdf, [full, full, *first], y=640)
    pdf.set_font(size=8)
    draw_lines(pdf, notes, y=710, step=10)
    pdf.set_font(size=11)
    pdf.add_page()
    draw_lines(pdf, [*second, full, full])
    return pdf


def test_a_word_parted_by_a_page_break_is_mended() -> None:
    blocks = read(
        _two_pages(
            ["and at the very end of that page there stands a word in two parts: sedi-"],
            ["mentation, and from there it goes on for as long as the line above it, until"],
        )
    ).blocks
    text = blocks[0].text
    assert "two parts: sedimentation, and from there" in text
    assert blocks[0].turns == ((text.index("mentation"), 2),)


def test_a_paragraph_that_ends_with_its_page_stays_alone() -> None:
    blocks = read(
        _two_pages(["and here it ends."], ["Here is another one, which begins at the top of the second page, and goes"])
    ).blocks
    assert [(block.page, block.turns) for block in blocks] == [(1, ()), (2, ())]


def test_a_footnote_stays_out_of_the_paragraph_that_goes_on_after_it() -> None:
    note = "1 A note in small type, which has nothing to do with the next page."
    pdf = _two_pages(
        ["and this sentence goes on without an end to be seen on this page, since"],
        ["it ends here, where that line is filled as all of the others are; and they go"],
        [note],
    )
    parsed = read(pdf)
    document = _document(parsed)
    assert [block.text[:9] for block in parsed.blocks] == ["1 A note ", "A line of"]
    assert "on this page, since it ends here, where" in parsed.blocks[1].text
    assert document.page_at(document.text.index("A note")) == 1
    assert document.page_at(document.text.index("it ends here")) == 2

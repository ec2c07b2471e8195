from __future__ import annotations

import pytest

from tests.index.formats.pdf.papers import draw_lines, paper, prose, texts, write


@pytest.mark.parametrize("count", [2, 3])
def test_columns_are_read_one_after_the_other_and_paragraphs_go_on_in_the_next(count: int) -> None:
    pdf, paragraphs = paper(10), [f"{prose(99, seed)} So ends {seed}." for seed in range(5)]
    write(pdf, "A title over all of the columns", size=20, align="C")
    pdf.set_font(size=10)
    with pdf.text_columns(ncols=count, gutter=20, text_align="J", line_height=1.2) as columns:
        columns.write("\n\n".join(paragraphs))
    assert texts(pdf) == ["A title over all of the columns", *paragraphs]


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_turned_pages_are_read_as_they_are_seen(angle: int) -> None:
    pdf = paper()
    lines = ["Text set sideways is filled up like any other to the margin at its right,", "and then goes on."]
    with pdf.rotation(angle, 300, 400):
        draw_lines(pdf, lines, x=150, y=380)
    assert texts(pdf) == [" ".join(lines)]


def test_a_stamp_at_the_side_stays_out_of_the_text() -> None:
    pdf, text = paper(), prose(300)
    write(pdf, text)
    with pdf.rotation(90, 40, 400):
        pdf.text(40, 400, "Draft of May")
    assert texts(pdf) == [text, "Draft of May"]

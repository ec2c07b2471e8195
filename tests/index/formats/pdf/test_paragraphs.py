from __future__ import annotations

import pytest

from index.blocks import Block
from tests.index.formats.pdf.papers import draw_lines, paper, prose, read, texts, write


@pytest.mark.parametrize("align", ["J", "L"])
def test_paragraphs_apart_by_a_gap_are_rebuilt(align: str) -> None:
    pdf, paragraphs = paper(), [prose(60, seed) for seed in range(4)]
    for text in paragraphs:
        write(pdf, text, align=align)
    assert read(pdf).blocks == tuple(Block(text, page=1) for text in paragraphs)


def test_paragraphs_told_by_their_first_lines_are_rebuilt() -> None:
    pdf, paragraphs = paper(), [prose(45 + 9 * seed, seed) for seed in range(5)]
    for text in paragraphs:
        write(pdf, "      " + text, after=0)
    assert texts(pdf) == paragraphs


def test_a_short_last_line_ends_a_paragraph() -> None:
    pdf = paper()
    first = ["This line of the first paragraph is filled up to the margin at the right,", "and this one ends it."]
    second = ["Another paragraph comes here without any gap before it, and is as long", "as the first one was."]
    draw_lines(pdf, first + second)
    assert texts(pdf) == [" ".join(first), " ".join(second)]


def test_headings_are_ranked_by_size_and_bold_ones_come_last() -> None:
    pdf = paper()
    write(pdf, "The Title of a Report, Which Is so Long That It Takes Two Lines", size=24, align="C")
    for style, size, text in [
        ("", 16, "1 Methods"),
        ("B", 13, "1.1 Basins"),
        ("B", 11, "Sampling"),
        ("", 16, "2 Results"),
    ]:
        write(pdf, text, style=style, size=size)
        write(pdf, prose(40, int(size)))
    found = [(block.level, block.text) for block in read(pdf).blocks if block.level]
    title = "The Title of a Report, Which Is so Long That It Takes Two Lines"
    assert found == [(1, title), (2, "1 Methods"), (3, "1.1 Basins"), (4, "Sampling"), (2, "2 Results")]


def test_items_keep_their_lines() -> None:
    pdf, items = paper(), [prose(30, seed) for seed in range(3)]
    write(pdf, "The first list has bullets:")
    for mark in ("\x95", "1."):
        for number, item in enumerate(items, start=1):
            pdf.cell(14, 14, mark.replace("1", str(number)))
            write(pdf, item, after=0)
        pdf.ln(8)
        write(pdf, "And that was it.")
    lists = [block.text.split("\n") for block in read(pdf).blocks if block.kind == "list"]
    assert lists == [[f"\u2022 {item}" for item in items], [f"{n}. {item}" for n, item in enumerate(items, start=1)]]


def test_rows_of_a_table_are_lines_with_bars() -> None:
    pdf = paper()
    write(pdf, prose(40))
    with pdf.table() as table:
        for row in (("River", "Length", "Silt"), ("Elbe", "1094", "much"), ("Main", "527", "some")):
            table.row(row)
    pdf.ln(10)
    write(pdf, prose(40, 1))
    kinds = [(block.kind, block.text) for block in read(pdf).blocks]
    assert kinds[1] == ("table", "River | Length | Silt\nElbe | 1094 | much\nMain | 527 | some")
    assert [kind for kind, _ in kinds] == ["prose", "table", "prose"]


def test_code_keeps_its_lines_and_indents() -> None:
    pdf = paper()
    write(pdf, prose(40))
    pdf.set_font("Courier", size=10)
    pdf.multi_cell(0, 12, "def f(x):\n    return x", new_x="LMARGIN", new_y="NEXT")
    assert read(pdf).blocks[1] == Block("def f(x):\n    return x", kind="code", page=1)


def test_lines_ended_by_hand_are_not_run_together() -> None:
    pdf = paper()
    write(pdf, prose(40))
    write(pdf, "Jane Doe\n12 Main Street\nSpringfield\nIllinois", align="L")
    assert read(pdf).blocks[1] == Block("Jane Doe\n12 Main Street\nSpringfield\nIllinois", kind="list", page=1)

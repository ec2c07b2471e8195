from __future__ import annotations

from tests.index.formats.pdf.papers import draw_lines, paper, prose, read, texts, write


def test_two_pages_lose_no_text() -> None:
    pdf = paper()
    for _ in range(2):
        draw_lines(pdf, ["The same line at the top."], y=60)
        draw_lines(pdf, ["Some text of 1984."], y=300)
        draw_lines(pdf, ["Total 42"], y=780)
        if pdf.page_no() == 1:
            pdf.add_page()
    assert texts(pdf) == ["The same line at the top.", "Some text of 1984.", "Total 42"] * 2


def test_a_lone_number_at_the_bottom_goes_and_one_in_the_text_stays() -> None:
    pdf = paper()
    draw_lines(pdf, ["The answer was:"], y=100)
    draw_lines(pdf, ["42"], y=150)
    draw_lines(pdf, ["It surprised."], y=200)
    draw_lines(pdf, ["- 1 -"], x=280, y=800)
    assert texts(pdf) == ["The answer was:", "42", "It surprised."]


def test_a_number_in_the_last_line_of_the_text_stays() -> None:
    pdf = paper()
    draw_lines(pdf, ["The years were these:", "1984", "1985"], y=740)
    assert " ".join(texts(pdf)).split() == "The years were these: 1984 1985".split()


def test_a_header_that_changes_is_told_by_the_page_number_in_it() -> None:
    pdf = paper()
    for number, chapter in enumerate(("Rivers", "Basins", "Silt", "Floods"), start=23):
        pdf.text(72, 40, f"{number}    {chapter}" if number % 2 else f"{chapter}    {number}")
        write(pdf, prose(50, number))
        if number < 26:
            pdf.add_page()
    assert texts(pdf) == [prose(50, number) for number in range(23, 27)]


def test_a_document_of_nothing_but_the_same_line_keeps_it() -> None:
    pdf = paper()
    for _ in range(3):
        pdf.text(72, 400, "Intentionally blank")
        pdf.add_page()
    assert texts(pdf) == ["Intentionally blank"] * 3


def test_chapter_headings_at_the_tops_of_pages_stay() -> None:
    pdf = paper()
    for number in range(1, 5):
        write(pdf, f"Chapter {number}", size=18)
        write(pdf, prose(50, number))
        if number < 4:
            pdf.add_page()
    assert [block.text for block in read(pdf).blocks if block.level] == [f"Chapter {n}" for n in range(1, 5)]


def test_what_a_browser_prints_around_a_page_goes_even_where_there_are_few() -> None:
    for pages in (1, 2):
        pdf = paper()
        for page in range(1, pages + 1):
            draw_lines(pdf, ["3/9/26, 5:09 PM Rivers of the north"], y=30)
            write(pdf, prose(50, page))
            draw_lines(pdf, [f"https://rivers.example.org/north {page}/{pages}"], y=820)
            if page < pages:
                pdf.add_page()
        kept = ["3/9/26, 5:09 PM Rivers of the north"] if pages == 1 else []
        assert texts(pdf) == [*kept, *(prose(50, page) for page in range(1, pages + 1))]


def test_a_share_at_the_end_of_the_text_is_no_page_number() -> None:
    pdf = paper()
    draw_lines(pdf, ["The shares of the two owners were", "1/2 and 1/2, later 2/3 and 1/3"], y=700)
    draw_lines(pdf, ["Votes for it: 2/3"], y=800)
    assert texts(pdf)[-1] == "Votes for it: 2/3"


def test_the_bold_head_of_a_table_is_no_heading() -> None:
    pdf = paper()
    write(pdf, prose(30))
    pdf.set_font(style="B")
    for x, text in ((72, "Harbour"), (220, "Depth"), (330, "Tide")):
        pdf.text(x, 300, text)
    pdf.set_font(style="")
    for row, cells in enumerate((("Brest", "14 m", "7 m"), ("Cork", "11 m", "4 m"))):
        for x, text in zip((72, 220, 330), cells, strict=True):
            pdf.text(x, 316 + 16 * row, text)
    assert [block.level for block in read(pdf).blocks] == [0] * len(read(pdf).blocks)
    assert "Brest | 14 m | 7 m" in "\n".join(texts(pdf))

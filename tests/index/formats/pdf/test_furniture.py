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

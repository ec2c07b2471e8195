from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from fpdf import FPDF
from PIL import Image

from index.blocks import Block, Unreadable
from index.formats.pdf import parse
from tests.index.formats.pdf.papers import draw_lines, long_pdf, paper, prose, raw_pdf, read, texts, write

_DEJAVU = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")


def test_a_raised_number_does_not_become_part_of_the_number_before() -> None:
    pdf = paper()
    pdf.write(14, "About 10")
    pdf.char_vpos = "SUP"
    pdf.write(14, "6")
    pdf.char_vpos = "LINE"
    pdf.write(14, " tons of silt.")
    assert texts(pdf) == ["About 10⁶ tons of silt."]


def test_type_scaled_by_the_page_counts_as_large_as_it_looks() -> None:
    pdf = paper()
    with pdf.local_context():
        pdf._out("2 0 0 2 0 0 cm")
        pdf.text(36, -300, "Seen large")
    write(pdf, prose(50))
    assert [block.text for block in read(pdf).blocks if block.level] == ["Seen large"]


@pytest.mark.skipif(not _DEJAVU.exists(), reason="needs the DejaVu fonts")
@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("The e\ufb03cient \ufb01re \ufb02ew o\ufb00", "The efficient fire flew off"),
        ("So\xadmehow this is soft", "Somehow this is soft"),
        ("Straße, Ελλάδα, Москва", "Straße, Ελλάδα, Москва"),
        ("e\u0301te\u0301", "été"),
        ("this is \U0001f600", "this is \U0001f600"),
        ("a\xa0b\u2003c", "a b c"),
        ("x² ≤ 3 \u2013 “y” … €", "x² ≤ 3 \u2013 “y” … €"),
    ],
)
def test_characters_beyond_latin(line: str, text: str) -> None:
    pdf = paper()
    pdf.add_font("DejaVu", fname=_DEJAVU)
    pdf.set_font("DejaVu", size=11)
    draw_lines(pdf, [line])
    assert texts(pdf) == [text]


@pytest.mark.skipif(not _DEJAVU.exists(), reason="needs the DejaVu fonts")
def test_soft_hyphens_go_wherever_they_are() -> None:
    pdf = paper()
    pdf.add_font("DejaVu", fname=_DEJAVU)
    pdf.set_font("DejaVu", size=11)
    draw_lines(pdf, ["A line with soft hyphens in\xadside of words, as in sedi\xadmen\xad", "tation."])
    assert texts(pdf) == ["A line with soft hyphens inside of words, as in sedimentation."]


def _encrypted(user_password: str) -> bytes:
    pdf = paper()
    write(pdf, "A secret.")
    pdf.set_encryption(owner_password="owner", user_password=user_password)  # noqa: S106 - of a file that nobody keeps
    return bytes(pdf.output())


def _with_picture(pdf: FPDF) -> FPDF:
    pdf.image(Image.new("L", (8, 8)), x=100, y=100, w=200)
    return pdf


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: _encrypted("secret"), "it is encrypted; save a copy without a password"),
        (lambda: b"", "it is not a readable PDF"),
        (lambda: b"not at all a PDF" * 100, "it is not a readable PDF"),
        (lambda: long_pdf()[:300], "it is not a readable PDF"),
        (lambda: b"%PDF-1.7\n" + bytes(range(256)) * 20, "it is not a readable PDF"),
        (lambda: raw_pdf(b"", kids="[]"), "it has no pages"),
        (lambda: bytes(_with_picture(paper()).output()), "it holds no text, only images: run OCR over it first"),
        (lambda: bytes(paper().output()), "it holds no text$"),
    ],
)
def test_what_cannot_be_read_is_refused(make: Callable[[], bytes], reason: str) -> None:
    with pytest.raises(Unreadable, match=f"^{reason}"):
        parse(make())


def test_a_cut_off_file_is_refused_or_read_and_nothing_else() -> None:
    whole = long_pdf()
    for end in range(0, len(whole), len(whole) // 40):
        try:
            parse(whole[:end])
        except Unreadable:
            continue


def test_an_empty_password_is_none() -> None:
    assert [block.text for block in parse(_encrypted(""))[0].blocks] == ["A secret."]


def test_pages_without_text_count_as_pages() -> None:
    pdf = _with_picture(paper())
    pdf.add_page()
    write(pdf, "Text on the second page.")
    assert read(pdf).blocks == (Block("Text on the second page.", page=2),)


def test_reading_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    for data in (long_pdf(), long_pdf()[:2000], b"no PDF"):
        with contextlib.suppress(Unreadable):
            parse(data)
    assert capfd.readouterr() == ("", "")

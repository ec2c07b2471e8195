"""PDFs made for tests, and how they are read."""

from __future__ import annotations

from collections.abc import Sequence

from fpdf import FPDF

from index.blocks import Parsed
from index.formats.pdf import parse

_WORDS = (
    "the river carries silt down from hills where farmers terrace their slopes against erosion and every spring its "
    "water returns brown with soil that others lost while engineers measure sediment in basins built for floods"
).split()


def prose(words: int, seed: int = 0) -> str:
    """Sentences of nine words, no two paragraphs alike."""
    text = [_WORDS[(seed * 7 + i * (seed % 5 + 1)) % len(_WORDS)] for i in range(words)]
    return " ".join(" ".join(text[i : i + 9]).capitalize() + "." for i in range(0, words, 9))


def paper(size: int = 11, family: str = "Times") -> FPDF:
    pdf = FPDF(format="A4", unit="pt")
    pdf.set_margin(72)
    pdf.set_auto_page_break(auto=True, margin=72)
    pdf.set_font(family, size=size)
    pdf.add_page()
    return pdf


def write(pdf: FPDF, text: str, *, style: str = "", size: float = 11, after: float = 8, align: str = "J") -> None:
    pdf.set_font(style=style, size=size)
    pdf.multi_cell(0, size * 1.25, text, align=align, new_x="LMARGIN", new_y="NEXT")
    pdf.ln(after)


def draw_lines(pdf: FPDF, lines: Sequence[str], *, x: float = 72, y: float = 100, step: float = 14) -> None:
    for number, line in enumerate(lines):
        pdf.text(x, y + number * step, line)


def read(pdf: FPDF) -> Parsed:
    [parsed] = parse(bytes(pdf.output()))
    return parsed


def texts(pdf: FPDF) -> list[str]:
    return [block.text for block in read(pdf).blocks]


def raw_pdf(content: bytes, info: str = "", kids: str = "[3 0 R]") -> bytes:
    """A PDF by hand, for what fpdf2 does not write."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids{kids}/Count {kids.count('R')}>>".encode(),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        f"<<{info}>>".encode(),
    ]
    data, places = b"%PDF-1.4\n", []
    for number, made in enumerate(objects, start=1):
        places.append(b"%010d 00000 n \n" % len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, made)
    table = b"xref\n0 7\n0000000000 65535 f \n" + b"".join(places)
    return data + table + b"trailer\n<</Root 1 0 R/Info 6 0 R/Size 7>>\nstartxref\n%d\n%%%%EOF\n" % len(data)


def long_pdf() -> bytes:
    pdf = paper()
    write(pdf, prose(500))
    return bytes(pdf.output())

"""Which characters PDFium finds in a PDF, where on the pages they stand, and how they are set."""

from __future__ import annotations

import ctypes
import math
import re
import unicodedata
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import NamedTuple

import pypdfium2 as pdfium
from pypdfium2 import raw

from index.blocks import Unreadable

# In the names of fonts, since the flags of many do not tell.
_BOLD = re.compile(r"bold|black|heavy|demi|cmbx|sfbx", re.IGNORECASE)
_MONOSPACED = re.compile(r"mono(?!type)|nimbusmon|courier|consol|typewriter|cmtt|sftt|menlo", re.IGNORECASE)


class Style(NamedTuple):
    """How a character is set.

    Attributes:
        size: Of its type, as large as it looks on the page.
        bold: Whether it is, by the name of its font.
        monospaced: Whether it is, by its font's flags or name.
        direction: Cosine and sine of the angle at which its line rises: (1, 0) for what runs to the right.
    """

    size: float
    bold: bool
    monospaced: bool
    direction: tuple[float, float]


class Char(NamedTuple):
    """A character that is not a space, and where it stands once the page is turned so that its line runs to the right.

    Attributes:
        text: The character; several for a ligature.
        spaced: Whether a space is written before it.
        left: Where it begins.
        right: Where it ends.
        baseline: On which it stands; higher up is more.
        style: How it is set.
    """

    text: str
    spaced: bool
    left: float
    right: float
    baseline: float
    style: Style


@contextmanager
def opened(data: bytes) -> Iterator[pdfium.PdfDocument]:
    """Open a file.

    Raises:
        Unreadable: It is encrypted, damaged or no PDF, or has no pages.
    """
    # The library's own way to open calls a file without pages damaged, or whatever the last file before it was.
    handle = raw.FPDF_LoadMemDocument64(data, len(data), None)
    if not handle:
        if raw.FPDF_GetLastError() in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
            raise Unreadable("it is encrypted; save a copy without a password")
        raise Unreadable("it is not a readable PDF (it is damaged, or something else)")
    with closing(pdfium.PdfDocument(handle)) as document:
        if len(document) == 0:
            raise Unreadable("it has no pages")
        yield document


def characters(document: pdfium.PdfDocument) -> Iterator[list[Char]]:
    """Yield the characters of each page in the order in which they are written; of a damaged page, none."""
    for number in range(len(document)):
        found: list[Char] = []
        with (
            suppress(pdfium.PdfiumError),
            closing(document[number]) as page,
            closing(page.get_textpage()) as textpage,
        ):
            found = list(_characters(textpage))
        yield found


def has_pictures(document: pdfium.PdfDocument) -> bool:
    """Whether there is anything to be seen on the pages of a document that has no text."""
    for number in range(len(document)):
        with suppress(pdfium.PdfiumError), closing(document[number]) as page:
            if any(page.get_objects(max_depth=2)):
                return True
    return False


def _characters(textpage: pdfium.PdfTextPage) -> Iterator[Char]:
    x, y, box = ctypes.c_double(), ctypes.c_double(), raw.FS_RECTF()
    styles: dict[int | None, Style] = {}
    spaced = False
    for index in range(textpage.count_chars()):
        text = _text(textpage, index)
        handle = raw.FPDFText_GetTextObject(textpage, index)
        if text.isspace() or not text or not handle:
            spaced = spaced or text.isspace()
            continue
        key = ctypes.cast(handle, ctypes.c_void_p).value
        if key not in styles:
            styles[key] = _style(textpage, index, handle)
        style = styles[key]
        cos, sin = style.direction
        raw.FPDFText_GetCharOrigin(textpage, index, x, y)
        raw.FPDFText_GetLooseCharBox(textpage, index, box)
        left, baseline = x.value * cos + y.value * sin, y.value * cos - x.value * sin
        width = abs((box.right - box.left) * cos) if abs(cos) > abs(sin) else abs((box.top - box.bottom) * sin)
        yield Char(text, spaced, left, left + width, baseline, style)
        spaced = False


def _text(textpage: pdfium.PdfTextPage, index: int) -> str:
    """Return a character as text; nothing for what cannot be shown."""
    code: int = raw.FPDFText_GetUnicode(textpage, index)
    if 0xD800 <= code < 0xDC00:
        code = 0x10000 + (code - 0xD800) * 0x400 + raw.FPDFText_GetUnicode(textpage, index + 1) - 0xDC00
    # PDFium gives U+0002 for a hyphen at the end of a line after which the word goes on.
    text = "-" if code == 2 else chr(code) if code <= 0x10FFFF else ""
    if "\ufb00" <= text <= "\ufb06":
        return unicodedata.normalize("NFKC", text)
    # Bullets are often in the private use area.
    shown = text.isprintable() or text.isspace() or text == "\xad" or unicodedata.category(text) == "Co"
    return text if shown and text != "\ufffd" else ""


def _style(textpage: pdfium.PdfTextPage, index: int, handle: raw.FPDF_PAGEOBJECT) -> Style:
    matrix = raw.FS_MATRIX()
    raw.FPDFText_GetMatrix(textpage, index, matrix)
    size = raw.FPDFText_GetFontSize(textpage, index) * math.hypot(matrix.c, matrix.d)
    font = raw.FPDFTextObj_GetFont(handle)
    buffer = ctypes.create_string_buffer(128)
    raw.FPDFFont_GetBaseFontName(font, buffer, len(buffer))
    name = buffer.value.decode("utf-8", "replace")
    monospaced = bool(raw.FPDFFont_GetFlags(font) & 1 or _MONOSPACED.search(name))
    # To a twelfth of a right angle, for lines drawn freely are not exactly parallel.
    angle = round(math.atan2(matrix.b, matrix.a) * 24 / math.pi) * math.pi / 24
    direction = (math.cos(angle), math.sin(angle))
    return Style(max(round(size, 1), 0.1), _BOLD.search(name) is not None, monospaced, direction)

"""PDF: paragraphs, lists, tables and headings rebuilt from where the characters stand on the pages.

A PDF knows no paragraphs, only characters at places; PDFium says which and where. One module each makes

- characters into runs, printed without a wide gap (``characters``, ``runs``);
- runs into lines of columns in reading order, without page furniture (``furniture``, ``layout``);
- lines into pieces: paragraphs, items and rows (``paragraphs``, ``tables``);
- pieces into blocks, over the ends of lines, columns and pages (``blocks``, ``hyphens``).

Lengths are in points, most of them as multiples of the size of the type.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from index.blocks import Block, Parsed, Unreadable, clean, keywords
from index.formats.pdf.blocks import blocks, rejoin
from index.formats.pdf.characters import characters, has_pictures, opened
from index.formats.pdf.furniture import without_furniture
from index.formats.pdf.hyphens import vocabulary
from index.formats.pdf.layout import lines
from index.formats.pdf.paragraphs import classify, pieces, usual_in
from index.formats.pdf.runs import gather

_NO_TITLE = re.compile(
    r"\(?(?:untitled|unbenannt|sans titre|anonymous|unknown|document|dokument)[\s\d-]*(?:document)?\)?"
    r"|microsoft (?:office )?(?:word|powerpoint|excel) - .*|powerpoint presentation"
    r"|.*\.(?:pdf|docx?|odt|rtf|tex|dvi|ps|indd|qxd|pptx?|xlsx?|txt|html?)",
    re.IGNORECASE | re.DOTALL,
)


def parse(data: bytes) -> list[Parsed]:
    """Parse a file; see ``index.formats.Parser``.

    Raises:
        Unreadable: It is encrypted, damaged or no PDF, or has no pages or no text.
    """
    with opened(data) as document:
        pages = [gather(page) for page in characters(document)]
        if not any(pages):
            ocr = "it holds no text, only images: run OCR over it first (for example with ocrmypdf)"
            raise Unreadable(ocr if has_pictures(document) else "it holds no text")
        info = document.get_metadata_dict()
    columns = lines(without_furniture(pages))
    usual = usual_in(columns)
    parts = [piece for column in columns for piece in pieces(column, usual)]
    classify(parts, usual)
    found = tuple(blocks(rejoin(parts), vocabulary(columns)))
    return [Parsed(found, _metadata(info, found))]


def _metadata(info: Mapping[str, str], found: Sequence[Block]) -> dict[str, object]:
    """Return what a file says about itself; without a useful title, its one largest heading on the first page is it."""
    title = " ".join(clean(info.get("Title", "")).split())
    if not title or _NO_TITLE.fullmatch(title):
        headings = [block for block in found if block.level and block.page == 1]
        top = [block for block in headings if block.level == min(heading.level for heading in headings)]
        title = top[0].text if len(top) == 1 else ""
    author = ", ".join(part.strip() for part in clean(info.get("Author", "")).split(";") if part.strip())
    tags = keywords(clean(info.get("Keywords", "")))
    stated = {"title": title, "author": author, "published": _published(info.get("CreationDate", "")), "tags": tags}
    return {key: value for key, value in stated.items() if value}


def _published(stated: str) -> str | None:
    digits = re.match(r"(?:D:)?\s*(\d{4})(\d\d)(\d\d)", stated)
    if digits is None:
        return None
    try:
        return date(*map(int, digits.groups())).isoformat()
    except ValueError:
        return None

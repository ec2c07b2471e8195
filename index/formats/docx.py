"""Word documents (.docx): what stands in the body, as the author meant it to stand there.

Tracked insertions count as text and deletions do not; hidden text and tables of contents are left out, and so is what
stands outside the body: headers, footers, footnotes, endnotes, comments. The numbers that Word writes before list items
and headings are not in the file, so they are not in the text either. Word breaks pages while it shows a document, so
there are no page numbers.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from zipfile import BadZipFile, ZipFile, ZipInfo

from docx import Document
from docx.document import Document as WordDocument
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.exceptions import OpcError
from lxml import etree

from index.blocks import Block, Parsed, Unreadable, keywords
from index.documents import Kind

MAX_BYTES = 200_000_000
"""Most that a file may say it takes when unpacked."""

MAX_RATIO = 200
"""Most times its own size that a file may take when unpacked, once that is more than ``RATIO_COUNTS_FROM`` bytes."""

RATIO_COUNTS_FROM = 20_000_000

MAX_MEMBERS = 10_000
"""Most members of the archive."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BODY = "word/document.xml"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_TEXT_BOX = f"{_W}txbxContent"
_PARAGRAPH, _TABLE, _ROW, _CELL = (f"{_W}{name}" for name in ("p", "tbl", "tr", "tc"))
_UNREAD = {f"{_W}{name}" for name in ("del", "moveFrom", "pPr", "rPr", "rt", "instrText", "delText")} | {_FALLBACK}
_SIGNS = {f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}tab": "\t", f"{_W}ptab": "\t", f"{_W}noBreakHyphen": "-"}

_HEADING = re.compile(r"heading ([1-9])")
_LIST = re.compile(r"list(?: bullet| number| continue)?(?: [2-5])?")
_CODE = re.compile(r"(?:source )?code|html preformatted|preformatted text|macro(?: text)?")
_CONTENTS = re.compile(r"toc(?: heading| \d)|table of figures")
_EXPONENT = re.compile(r"[-+\u2212]?\d+")

# What the libraries raise over a file that is not as it should be: zipfile and zlib the first five (NotImplementedError
# for a compression that they do not know), python-docx and lxml the rest, over parts and values that are not there.
_FAULTS = (
    BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OpcError, etree.LxmlError, KeyError,
    ValueError, AttributeError, IndexError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Look:
    """What a paragraph's style makes of it."""

    level: int = 0
    kind: Kind = "prose"
    contents: bool = False


def _check_size(members: list[ZipInfo], size: int) -> None:
    """Refuse an archive by what it says of itself, before anything in it is unpacked."""
    total = sum(member.file_size for member in members)
    if len(members) > MAX_MEMBERS:
        raise Unreadable(f"it is an archive of more than {MAX_MEMBERS:,} files")
    if total > MAX_BYTES:
        raise Unreadable(f"it takes more than {MAX_BYTES // 1_000_000} MB when unpacked; make its pictures smaller")
    if total > RATIO_COUNTS_FROM and total > MAX_RATIO * size:
        raise Unreadable(f"it takes more than {MAX_RATIO} times its size when unpacked, as no real document does")


def _repack(data: bytes) -> BytesIO:
    """Copy the XML of an archive, each member no longer than it says; other members, such as pictures, become empty.

    Sizes that an archive states may be lies, and only reading member by member with a limit is safe from those.
    """
    copy = BytesIO()
    with ZipFile(BytesIO(data)) as source, ZipFile(copy, "w") as target:
        _check_size(source.infolist(), len(data))
        members = {member.filename: member for member in source.infolist()}
        if _BODY not in members:
            raise Unreadable(f"it is no Word document (a zip archive without {_BODY})")
        if any(member.flag_bits & 1 for member in members.values()):
            raise Unreadable("it is an encrypted archive; save it without a password")
        for name, member in members.items():
            with source.open(member) as content:
                is_text = name.lower().endswith((".xml", ".rels"))
                target.writestr(name, content.read(member.file_size) if is_text else b"")
    copy.seek(0)
    return copy


def _open(data: bytes) -> WordDocument:
    if data.startswith(_OLE):
        raise Unreadable("it is encrypted or an old .doc; save it as .docx without a password")
    if not data.startswith(b"PK"):
        raise Unreadable("it is no Word document (not a zip archive)" if data else "it holds no text")
    try:
        return Document(_repack(data))
    except _FAULTS as error:
        raise Unreadable("it is damaged, or no plain .docx; open it in Word and save it as .docx again") from error


def _value(element: etree._Element | None, path: str) -> str | None:
    """Return the w:val of what a path such as "pPr/numPr" leads to: "" where it has none, None where nothing is."""
    for name in path.split("/"):
        element = element.find(f"{_W}{name}") if element is not None else None
    return str(element.get(f"{_W}val", "")) if element is not None else None


def _is_on(element: etree._Element, path: str) -> bool:
    return _value(element, path) not in (None, "0", "false", "off")


def _looks(document: WordDocument) -> dict[str, _Look]:
    """Resolve every style, with the styles that it is based on."""
    styles = {style.get(f"{_W}styleId", ""): style for style in document.styles.element.iter(f"{_W}style")}

    def chain(style_id: str | None) -> Iterator[etree._Element]:
        seen: set[str] = set()
        while style_id is not None and style_id in styles and style_id not in seen:
            seen.add(style_id)
            yield styles[style_id]
            style_id = _value(styles[style_id], "basedOn")

    return {style_id: _look([*chain(style_id)]) for style_id in styles}


def _look(chain: list[etree._Element]) -> _Look:
    names = [(_value(style, "name") or "").lower() for style in chain]
    for name, style in zip(names, chain, strict=True):
        heading = _HEADING.fullmatch(name)
        level = 1 if name == "title" else int(heading[1]) if heading else _outline(style)
        if level is not None:
            return _Look(level)
    numbered = next(
        (found for found in (_value(style, "pPr/numPr/numId") for style in chain) if found is not None), "0"
    )
    listed = numbered != "0" or any(map(_LIST.fullmatch, names))
    kind: Kind = "code" if any(map(_CODE.fullmatch, names)) else "list" if listed else "prose"
    return _Look(kind=kind, contents=any(map(_CONTENTS.fullmatch, names)))


def _outline(element: etree._Element) -> int | None:
    """Return the heading level that a style or a paragraph states by itself: 0 for body text, None for nothing."""
    value = _value(element, "pPr/outlineLvl")
    return (int(value) + 1) % 10 if value and value.isdecimal() else None


def _words(element: etree._Element) -> str:
    """Return the text of a paragraph or a part of one, with its line breaks and tabs."""
    pieces: list[str] = []
    for child in element:
        if child.tag in _UNREAD or child.tag == _TEXT_BOX or _is_on(child, "rPr/vanish"):
            continue
        is_text = child.tag in (f"{_W}t", _MATH_TEXT)
        text = (child.text or "") if is_text else _SIGNS.get(str(child.tag)) or _words(child)
        if _value(child, "rPr/vertAlign") == "superscript" and _EXPONENT.fullmatch(text):
            text = "^" + text if "".join(pieces[-3:])[-1:].isalnum() else text
        pieces.append(text)
    return "".join(pieces)


def _inside(element: etree._Element, *tags: str) -> Iterator[etree._Element]:
    """Yield the outermost elements of these tags that are text: not deleted, not a fallback for older programs."""
    for child in element:
        if child.tag in tags:
            yield child
        elif child.tag not in _UNREAD:
            yield from _inside(child, *tags)


class _Reader:
    """Reads the body into blocks; neighbouring list items, and neighbouring lines of code, become one block."""

    def __init__(self, looks: dict[str, _Look]) -> None:
        self.blocks: list[Block] = []
        self._looks = looks
        self._lines: list[str] = []
        self._kind: Kind = "prose"
        self._carried = ""

    def read(self, container: etree._Element) -> None:
        for element in _inside(container, _PARAGRAPH, _TABLE):
            if element.tag == _PARAGRAPH:
                self._paragraph(element)
            else:
                self._table(element)
        if self._carried.strip():
            self._add(" ".join(self._carried.split()), _Look())
        self._carried = ""
        self._end_lines()

    def _look(self, paragraph: etree._Element) -> _Look:
        look = self._looks.get(_value(paragraph, "pPr/pStyle") or "", _Look())
        level = _outline(paragraph)
        if level is not None or look.level:
            return _Look(look.level if level is None else level)
        number = _value(paragraph, "pPr/numPr/numId")
        if number is None or look.kind == "code":
            return look
        return _Look(kind="prose" if number == "0" else "list", contents=look.contents)

    def _paragraph(self, paragraph: etree._Element) -> None:
        look = self._look(paragraph)
        raw = self._carried + ("" if look.contents else _words(paragraph))
        self._carried = ""
        if paragraph.find(f"{_W}pPr/{_W}rPr/{_W}del") is not None:
            self._carried = raw  # its end is deleted, so it goes on in the next one
        elif look.kind == "code" or raw.strip():
            self._add(raw if look.kind == "code" else " ".join(raw.split()), look)
        for box in _inside(paragraph, _TEXT_BOX):
            self.read(box)

    def _add(self, text: str, look: _Look) -> None:
        if look.level or look.kind != self._kind:
            self._end_lines()
        self._kind = "prose" if look.level else look.kind
        if self._kind == "prose":
            self.blocks.append(Block(text, look.level))
        else:
            self._lines.append(text)

    def _end_lines(self) -> None:
        text = "\n".join(self._lines).strip("\n")
        self._lines.clear()
        if text.strip():
            self.blocks.append(Block(text, kind=self._kind))

    def _table(self, table: etree._Element) -> None:
        self._end_lines()
        rows = [[*_inside(row, _CELL)] for row in _inside(table, _ROW) if row.find(f"{_W}trPr/{_W}del") is None]
        if all(len(row) < 2 for row in rows) or any(self._look(part).level for part in table.iter(_PARAGRAPH)):
            for cell in (cell for row in rows for cell in row):  # a frame around text, not a table of data
                self.read(cell)
            return
        lines = [" | ".join(map(self._cell, row)) for row in rows]
        lines = [line for line in lines if line.strip(" |")]
        if lines:
            self.blocks.append(Block("\n".join(lines), kind="table"))

    def _cell(self, cell: etree._Element) -> str:
        if _value(cell, "tcPr/vMerge") in ("", "continue"):
            return ""  # goes on from the row above, where its text stands
        paragraphs: Iterable[etree._Element] = _inside(cell, _PARAGRAPH)
        return " ".join(" ".join(map(_words, paragraphs)).split())


def _metadata(document: WordDocument) -> dict[str, object]:
    try:
        document.part.package.part_related_by(RELATIONSHIP_TYPE.CORE_PROPERTIES)
    except KeyError:  # the library would make some up
        return {}
    said = document.core_properties
    day = said.created or said.modified
    found: dict[str, object] = {
        "title": " ".join(said.title.split()),
        "author": " ".join(said.author.split()),
        "published": day.date().isoformat() if day else None,
        "tags": keywords(said.keywords),
    }
    return {key: value for key, value in found.items() if value}


def parse(data: bytes) -> list[Parsed]:
    """Parse a document; see ``index.formats.Parser``.

    Raises:
        Unreadable: It is not a .docx, encrypted, damaged, too large when unpacked, or holds no text.
    """
    document = _open(data)
    try:
        reader = _Reader(_looks(document))
        reader.read(document.element.body)
        metadata = _metadata(document)
    except _FAULTS as error:
        raise Unreadable("it is damaged; open it in Word and save it again") from error
    if not reader.blocks:
        raise Unreadable("it holds no text (only pictures, perhaps of pages; run text recognition on them first)")
    return [Parsed(tuple(reader.blocks), metadata)]

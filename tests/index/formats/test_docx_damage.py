from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
import zlib

import docx
import pytest
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph

from index.blocks import Block, Unreadable
from index.formats.docx import parse
from tests.index.formats.word_files import rewritten, saved


def refusal(data: bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        parse(data)
    return str(caught.value)


def zipped(*members: tuple[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def test_what_is_no_document_is_refused_with_the_reason() -> None:
    assert refusal(b"%PDF-1.7") == "it is no Word document (not a zip archive)"
    assert refusal(b"") == "it holds no text"
    assert refusal(zipped(("xl/workbook.xml", b"<a/>"))).startswith("it is no Word document (a zip archive without")
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
    assert refusal(ole) == "it is encrypted or an old .doc; save it as .docx without a password"
    assert refusal(zipped(("word/document.xml", b"<a/>"))).startswith("it is damaged")
    assert refusal(saved(docx.Document())).startswith("it holds no text")


def test_damage_anywhere_is_a_refusal() -> None:
    document = docx.Document()
    document.add_paragraph("Text. " * 50)
    data = saved(document)
    assert refusal(data[: len(data) // 2]).startswith("it is damaged")
    for name in ("word/document.xml", "word/styles.xml", "[Content_Types].xml", "docProps/core.xml"):
        broken = rewritten(data, lambda member, content, name=name: b"<a><b>" if member == name else content)  # type: ignore[misc]
        assert refusal(broken).startswith("it is damaged"), name
    for place in range(40, len(data), 997):
        mutated = data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :]
        try:
            parse(mutated)
        except Unreadable:
            continue


def test_an_archive_with_a_password_is_refused() -> None:
    data = bytearray(zipped(("word/document.xml", b"<a/>")))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert refusal(bytes(data)) == "it is an encrypted archive; save it without a password"


def nothing_unpacked(*arguments: object) -> None:
    raise AssertionError("something was unpacked")


def test_bombs_are_refused_before_anything_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zipped(("word/document.xml", b"<a/>"), ("word/media/a.bmp", b"\0" * 21_000_000))
    many = zipped(*((f"{number}", b"") for number in range(10_001)))
    huge = bytearray(zipped(("word/document.xml", b"<a/>")))
    struct.pack_into("<I", huge, huge.index(b"PK\x01\x02") + 24, 200_000_001)
    monkeypatch.setattr(zipfile.ZipFile, "open", nothing_unpacked)
    assert refusal(bomb).startswith("it takes more than 200 times its size")
    assert refusal(many) == "it is an archive of more than 10,000 files"
    assert refusal(bytes(huge)).startswith("it takes more than 200 MB")


def test_a_document_of_many_like_bytes_below_the_limit_is_read() -> None:
    document = docx.Document()
    document.add_paragraph("Text.")
    data = rewritten(saved(document), lambda name, content: b"\0" * 15_000_000 if name.endswith(".jpeg") else content)
    assert 200 * len(data) < 15_000_000
    assert parse(data)[0].blocks == (Block("Text."),)


def test_a_member_longer_than_it_says_is_never_unpacked_further() -> None:
    content = b"<a>" + b" " * 50_000_000
    data = bytearray(zipped(("word/document.xml", content)))
    for mark, checksum_at in ((b"PK\x01\x02", 16), (b"PK\x03\x04", 14)):
        place = data.index(mark) + checksum_at
        struct.pack_into("<I", data, place, zlib.crc32(content[:1000]))
        struct.pack_into("<I", data, place + 8, 1000)
    lying = bytes(data)
    tracemalloc.start()
    try:
        assert refusal(lying).startswith("it is damaged")
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def with_entities(entities: str, text: str) -> bytes:
    document = docx.Document()
    document.add_paragraph("PLACE")

    def change(name: str, content: bytes) -> bytes:
        if name != "word/document.xml":
            return content
        doctype = f"<!DOCTYPE d [{entities}]><w:document "
        return content.replace(b"<w:document ", doctype.encode(), 1).replace(b"PLACE", text.encode())

    return rewritten(saved(document), change)


def test_entities_are_not_expanded() -> None:
    entities = '<!ENTITY e "expanded"><!ENTITY f SYSTEM "file:///etc/hostname">'
    (parsed,) = parse(with_entities(entities, "safe &amp; sound &e; &f; words"))
    assert "expanded" not in parsed.blocks[0].text
    assert parsed.blocks[0].text.startswith("safe & sound")
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    assert refusal(with_entities('<!ENTITY e0 "lollollol">' + bomb, "&e9;")).startswith("it is damaged")


def test_deep_nesting_ends_in_a_refusal_or_in_text() -> None:
    document = docx.Document()
    paragraph: Paragraph = document.add_paragraph("PLACE")
    assert paragraph._p.tag == qn("w:p")

    def nested(name: str, content: bytes) -> bytes:
        deep = b"<w:smartTag>" * 20_000 + b"<w:r><w:t>x</w:t></w:r>" + b"</w:smartTag>" * 20_000
        return content.replace(b"<w:r><w:t>PLACE</w:t></w:r>", deep) if name == "word/document.xml" else content

    assert refusal(rewritten(saved(document), nested)).startswith("it is damaged")

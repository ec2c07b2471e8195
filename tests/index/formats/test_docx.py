from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from datetime import datetime

import docx
import pytest
from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.text.paragraph import Paragraph

from index.blocks import Block, Parsed, Unreadable
from index.formats.docx import parse

NS = (
    nsdecls("w", "r", "wp", "a")
    + ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    + ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
    + ' xmlns:v="urn:schemas-microsoft-com:vml"'
)


def saved(document: Document) -> bytes:
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def read(document: Document) -> Parsed:
    (parsed,) = parse(saved(document))
    return parsed


def add_xml(document: Document, content: str) -> None:
    """Add a paragraph, or whatever else the XML is, to the end of the body."""
    sections = document.element.body.sectPr
    sections.addprevious(parse_xml(content.replace(">", f" {NS}>", 1)))


def of_xml(content: str) -> tuple[Block, ...]:
    document = docx.Document()
    add_xml(document, content)
    return read(document).blocks


def rewritten(data: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """Copy an archive; a member whose change is None is left out."""
    copy = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = change(name, source.read(name))
            if content is not None:
                target.writestr(name, content)
    return copy.getvalue()


def test_blocks_come_in_reading_order_with_their_kinds_and_levels() -> None:
    document = docx.Document()
    document.add_heading("The report", level=0)
    document.add_paragraph("An introduction.")
    document.add_heading("Depths", level=2)
    document.add_paragraph("in spring", style="List Bullet")
    document.add_paragraph("")
    document.add_paragraph("in winter", style="List Bullet 2")
    document.add_paragraph("first", style="List Number")
    table = document.add_table(rows=0, cols=2)
    for row in (("Year", "Ships"), ("2022", "1,204"), ("", "")):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    document.add_paragraph("After the table.")
    document.add_heading("Deep", level=9)
    document.sections[0].header.paragraphs[0].text = "a running header"
    document.sections[0].footer.paragraphs[0].text = "a running footer"
    assert read(document).blocks == (
        Block("The report", 1),
        Block("An introduction."),
        Block("Depths", 2),
        Block("in spring\nin winter\nfirst", kind="list"),
        Block("Year | Ships\n2022 | 1,204", kind="table"),
        Block("After the table."),
        Block("Deep", 9),
    )


def test_a_table_between_items_parts_the_list() -> None:
    document = docx.Document()
    document.add_paragraph("one", style="List Bullet")
    document.add_table(rows=1, cols=2).cell(0, 0).text = "cell"
    document.add_paragraph("two", style="List Bullet")
    assert [block.text for block in read(document).blocks] == ["one", "cell | ", "two"]


def with_styles() -> Document:
    document = docx.Document()
    for name, base in (("Chapter", "Heading 2"), ("Subchapter", "Chapter"), ("My list", "List Bullet"), ("Code", None)):
        style = document.styles.add_style(name, 1)
        if base is not None:
            style.base_style = document.styles[base]
    outlined = document.styles.add_style("Outlined", 1)
    outlined.element.get_or_add_pPr().append(parse_xml(f'<w:outlineLvl {NS} w:val="3"/>'))
    body = document.styles.add_style("Back to body text", 1)
    body.base_style = document.styles["Heading 1"]
    body.element.get_or_add_pPr().append(parse_xml(f'<w:outlineLvl {NS} w:val="9"/>'))
    return document


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("Subchapter", Block("words", 2)),
        ("Outlined", Block("words", 4)),
        ("Back to body text", Block("words")),
        ("My list", Block("words", kind="list")),
        ("List Paragraph", Block("words")),
        ("Code", Block("words", kind="code")),
        ("Quote", Block("words")),
    ],
)
def test_a_style_is_what_it_is_based_on(style: str, expected: Block) -> None:
    document = with_styles()
    document.add_paragraph("words", style=style)
    assert read(document).blocks == (expected,)


def test_styles_based_on_each_other_end() -> None:
    document = with_styles()
    document.styles["Code"].element.append(parse_xml(f'<w:basedOn {NS} w:val="Code"/>'))
    document.add_paragraph("words", style="Code")
    assert read(document).blocks == (Block("words", kind="code"),)


def numbered(number: int) -> str:
    return f'<w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="{number}"/></w:numPr></w:pPr>'


def test_numbering_makes_a_list_item_and_number_zero_takes_it_back() -> None:
    assert of_xml(f"<w:p>{numbered(3)}<w:r><w:t>item</w:t></w:r></w:p>") == (Block("item", kind="list"),)
    style = '<w:pStyle w:val="ListBullet"/>'
    taken_back = f"<w:p>{numbered(0).replace('<w:numPr>', style + '<w:numPr>')}<w:r><w:t>item</w:t></w:r></w:p>"
    assert of_xml(taken_back) == (Block("item"),)
    heading = numbered(3).replace("<w:numPr>", '<w:pStyle w:val="Heading1"/><w:numPr>')
    assert of_xml(f"<w:p>{heading}<w:r><w:t>item</w:t></w:r></w:p>") == (Block("item", 1),)


def test_lines_of_code_are_one_block_with_their_indentation() -> None:
    document = with_styles()
    for line in ("def main():", "    run()", "", "main()\tend"):
        document.add_paragraph(line, style="Code")
    document.add_paragraph("Prose.")
    assert read(document).blocks == (Block("def main():\n    run()\n\nmain()\tend", kind="code"), Block("Prose."))


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<w:r><w:t>bold</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>ly</w:t></w:r>", "boldly"),
        ('<w:r><w:t>a </w:t></w:r><w:hyperlink w:anchor="x"><w:r><w:t>link</w:t></w:r></w:hyperlink>', "a link"),
        ("<w:r><w:t>now </w:t></w:r><w:ins><w:r><w:t>in</w:t></w:r></w:ins>", "now in"),
        ("<w:r><w:t>now</w:t></w:r><w:del><w:r><w:delText>gone</w:delText><w:t>gone</w:t></w:r></w:del>", "now"),
        ("<w:moveFrom><w:r><w:t>old</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t>new</w:t></w:r></w:moveTo>", "new"),
        ("<w:smartTag><w:sdt><w:sdtContent><w:r><w:t>deep</w:t></w:r></w:sdtContent></w:sdt></w:smartTag>", "deep"),
        ('<w:r><w:t>a</w:t><w:br/><w:t>b</w:t><w:br w:type="page"/><w:t>c</w:t><w:tab/><w:t>d</w:t></w:r>', "a b c d"),
        ("<w:r><w:t>non</w:t><w:noBreakHyphen/><w:t>stop</w:t><w:softHyphen/><w:t>ped</w:t></w:r>", "non-stopped"),
        ("<w:r><w:rPr><w:vanish/></w:rPr><w:t>unseen</w:t></w:r><w:r><w:t>seen</w:t></w:r>", "seen"),
        ('<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>seen</w:t></w:r>', "seen"),
        ("<w:r><w:instrText>PAGEREF x</w:instrText></w:r><w:r><w:t>field</w:t></w:r>", "field"),
        ('<w:r><w:t>10</w:t></w:r><w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>6</w:t></w:r>', "10^6"),
        ('<w:r><w:t>1</w:t></w:r><w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>st</w:t></w:r>', "1st"),
        ('<w:r><w:t>H</w:t></w:r><w:r><w:rPr><w:vertAlign w:val="subscript"/></w:rPr><w:t>2</w:t></w:r>', "H2"),
        ('<w:r><w:t>claim</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r><w:r><w:t>.</w:t></w:r>', "claim."),
    ],
)
def test_a_paragraph_is_the_words_that_its_reader_sees(content: str, text: str) -> None:
    assert of_xml(f"<w:p>{content}</w:p>") == (Block(text),)


def test_a_paragraph_whose_end_is_deleted_goes_on_in_the_next() -> None:
    document = docx.Document()
    add_xml(document, "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t>One </w:t></w:r></w:p>")
    add_xml(document, "<w:p><w:r><w:t>sentence.</w:t></w:r></w:p>")
    assert read(document).blocks == (Block("One sentence."),)


def test_merged_cells_are_not_repeated() -> None:
    document = docx.Document()
    table = document.add_table(rows=3, cols=3)
    for index, cell in enumerate(cell for row in table.rows for cell in row.cells):
        cell.text = f"c{index}"
    table.cell(0, 0).merge(table.cell(0, 1)).text = "wide"
    table.cell(1, 0).merge(table.cell(2, 0)).text = "tall"
    (block,) = read(document).blocks
    assert block.text == "wide | c2\ntall | c4 | c5\n | c7 | c8"


def test_a_cell_is_one_line_and_a_deleted_row_is_none() -> None:
    document = docx.Document()
    table = document.add_table(rows=2, cols=2)
    table.cell(0, 0).text = "two\nparagraphs"
    table.cell(0, 0).add_paragraph("and a third")
    table.cell(0, 1).text = "b"
    table.cell(1, 0).text = table.cell(1, 1).text = "gone"
    table.rows[1]._tr.get_or_add_trPr().append(parse_xml(f"<w:del {NS}/>"))
    assert read(document).blocks == (Block("two paragraphs and a third | b", kind="table"),)


def test_a_table_that_only_frames_text_is_read_as_that_text() -> None:
    document = docx.Document()
    cell = document.add_table(rows=1, cols=1).cell(0, 0)
    cell.text = "A note."
    cell.add_paragraph("an item", style="List Bullet")
    layout = document.add_table(rows=1, cols=2)
    layout.cell(0, 0).paragraphs[0].style = "Heading 1"
    layout.cell(0, 0).paragraphs[0].text = "Left"
    layout.cell(0, 1).text = "right"
    assert read(document).blocks == (
        Block("A note."),
        Block("an item", kind="list"),
        Block("Left", 1),
        Block("right"),
    )


def test_text_boxes_are_read_once_after_the_paragraph_that_holds_them() -> None:
    box = "<w:txbxContent><w:p><w:r><w:t>in the box</w:t></w:r></w:p></w:txbxContent>"
    drawing = f"<mc:Choice><w:drawing><wps:txbx>{box}</wps:txbx></w:drawing></mc:Choice>"
    fallback = f"<mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback>"
    content = f"<w:p><w:r><w:t>around</w:t><mc:AlternateContent>{drawing}{fallback}</mc:AlternateContent></w:r></w:p>"
    assert of_xml(content) == (Block("around"), Block("in the box"))


def test_content_controls_are_read_and_tables_of_contents_are_not() -> None:
    document = docx.Document()
    document.styles.add_style("toc 1", 1)
    document.add_paragraph("Introduction\t3", style="toc 1")
    add_xml(document, "<w:sdt><w:sdtContent><w:p><w:r><w:t>held</w:t></w:r></w:p></w:sdtContent></w:sdt>")
    assert read(document).blocks == (Block("held"),)


def test_properties_are_metadata() -> None:
    document = docx.Document()
    document.add_paragraph("Text.")
    said = document.core_properties
    said.title, said.author, said.keywords = " On  tides ", "Ada; Bo", "sea, moon; ,depth"
    said.created, said.modified = datetime(2021, 7, 29, 23), datetime(2023, 1, 1)  # noqa: DTZ001 - as the library has it
    assert read(document).metadata == {
        "title": "On tides",
        "author": "Ada; Bo",
        "published": "2021-07-29",
        "tags": ["sea", "moon", "depth"],
    }


def test_a_document_without_properties_has_no_metadata() -> None:
    document = docx.Document()
    document.add_paragraph("Text.")

    def without_properties(name: str, content: bytes) -> bytes | None:
        if name == "_rels/.rels":
            return content.replace(b"metadata/core-properties", b"metadata/other")
        return content

    (parsed,) = parse(rewritten(saved(document), without_properties))
    assert parsed == Parsed((Block("Text."),))


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

from __future__ import annotations

from datetime import datetime

import docx
import pytest
from docx.document import Document
from docx.oxml import parse_xml

from index.blocks import Block, Parsed
from index.formats.docx import parse
from tests.index.exactness import assert_exact
from tests.index.formats.word_files import NS, rewritten, saved


def read(document: Document) -> Parsed:
    (parsed,) = parse(saved(document))
    assert_exact(parsed)
    return parsed


def add_xml(document: Document, content: str) -> None:
    """Add a paragraph, or whatever else the XML is, to the end of the body."""
    sections = document.element.body.sectPr
    sections.addprevious(parse_xml(content.replace(">", f" {NS}>", 1)))


def of_xml(content: str) -> tuple[Block, ...]:
    document = docx.Document()
    add_xml(document, content)
    return read(document).blocks


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

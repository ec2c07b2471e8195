from __future__ import annotations

import pytest

from index.formats.pdf import parse
from tests.index.formats.pdf.papers import paper, prose, raw_pdf, read, write


def _with_info(title: str = "", author: str = "", keywords: str = "", heading: str = "") -> dict[str, object]:
    pdf = paper()
    pdf.set_title(title)
    pdf.set_author(author)
    pdf.set_keywords(keywords)
    if heading:
        write(pdf, heading, size=20)
    write(pdf, prose(60))
    metadata = read(pdf).metadata
    return {key: value for key, value in metadata.items() if key != "published"}


def test_metadata() -> None:
    stated = _with_info(" Silt \n in Rivers", "Jane Doe; Ann Öz", "silt, rivers; floods ,")
    assert stated == {"title": "Silt in Rivers", "author": "Jane Doe, Ann Öz", "tags": ["silt", "rivers", "floods"]}
    assert _with_info() == {}


@pytest.mark.parametrize(
    "title",
    ["", " ", "untitled", "Untitled-1", "Microsoft Word - silt.doc", "report v2.PDF", "(anonymous)", "Document1"],
)
def test_a_useless_title_gives_way_to_the_largest_heading(title: str) -> None:
    assert _with_info(title, heading="On Silt") == {"title": "On Silt"}


def test_without_a_heading_that_stands_out_there_is_no_title() -> None:
    pdf = paper()
    for heading in ("One", "Two"):
        write(pdf, heading, size=20)
        write(pdf, prose(40))
    assert "title" not in read(pdf).metadata


@pytest.mark.parametrize(
    ("stated", "published"),
    [
        ("D:20190827153000+02'00'", "2019-08-27"),
        ("D:20190827", "2019-08-27"),
        ("20190827", "2019-08-27"),
        ("D:20190231000000Z", None),
        ("D:2019", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_the_date_of_creation(stated: str, published: str | None) -> None:
    data = raw_pdf(b"BT /F 12 Tf 72 700 Td (Text.) Tj ET", f"/CreationDate ({stated})")
    assert parse(data)[0].metadata == ({"published": published} if published else {})

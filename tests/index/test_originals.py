"""The two essays that web prints are judged by, as they really are; they are not part of the repository."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from index.documents import Document
from index.reading import read_file
from index.segment import heading_path

ORIGINALS = Path(__file__).resolve().parents[3] / "shared" / "seeds"
PLAIN, PRINT = "000_65ec9b9c67c291dc.txt", "004_327b8ab4fb88f61a.txt"

pytestmark = pytest.mark.skipif(not ORIGINALS.is_dir(), reason=f"the originals are not here: {ORIGINALS}")


@cache
def document(name: str) -> Document:
    (found,) = read_file(ORIGINALS / name, name, "original", max_mb=1).documents
    return found


def paragraphs(name: str) -> list[str]:
    return [document(name).text[block.start : block.end] for block in document(name).blocks]


def paths(name: str) -> list[tuple[str, ...]]:
    found = document(name)
    return list(dict.fromkeys(heading_path(found, block.start) for block in found.blocks))


def raw_paragraphs(name: str) -> list[str]:
    raw = (ORIGINALS / name).read_text(encoding="utf-8")
    return [paragraph.strip() for paragraph in re.split(r"\n\s*\n", raw) if paragraph.strip()]


def test_what_the_print_says_of_itself_becomes_metadata() -> None:
    found = document(PRINT)
    assert (found.title, found.titled) == ("China's Long March to Technological Supremacy", True)
    assert found.author == "Julian Baird Gewirtz"
    assert found.published == "2019-08-27"
    assert found.url is not None
    assert found.url.startswith("https://www.foreignaffairs.com/articles/")
    assert found.url.endswith("chinas-long-march-technological-supremacy")


def test_the_print_is_its_paragraphs_and_nothing_else() -> None:
    texts = paragraphs(PRINT)
    assert len(texts) == 20
    assert texts[0].startswith("Until recently, American perceptions")
    assert texts[-1].endswith("what the United States has.")
    assert {block.kind for block in document(PRINT).blocks} == {"prose"}
    assert all(text.endswith((".", '."', ".”")) for text in texts)
    assert "\n" not in "".join(texts)


def test_the_print_keeps_its_headings_in_order() -> None:
    assert paths(PRINT) == [(), ("“CATCH UP AND SURPASS”",), ("SILICON MARXISM",), ("A RACE AGAINST TIME",)]


@pytest.mark.parametrize(
    "joined", ["China's military backwardness, as", "less constraining norms give Chinese labs an"]
)
def test_paragraphs_broken_by_a_page_are_whole(joined: str) -> None:
    assert sum(joined in text for text in paragraphs(PRINT)) == 1


def test_no_trace_of_the_print_is_left() -> None:
    text = document(PRINT).text
    for trace in ("Copyright ©", "rights reserved", "Source URL", "http", "Home >", "Academy Scholar", "12:00am"):
        assert trace not in text
    assert not re.search(r"\[\d+\]|</?sup>|\]\(|\\\$|\*| [,.;]|  ", text.replace(" . . . ", " "))
    assert "Links" not in [text[heading.start : heading.end] for heading in document(PRINT).headings]


def test_no_word_of_the_prints_paragraphs_is_lost() -> None:
    """Joining, unmarking and taking off, each alone, could take words with them."""
    raw = raw_paragraphs(PRINT)
    first = next(place for place, paragraph in enumerate(raw) if paragraph.startswith("Until recently"))
    last = next(place for place, paragraph in enumerate(raw) if paragraph.startswith("Copyright"))
    body = re.sub(r"\]\(#\)|</?sup>|\\(?=\$)|\*|\[(?!\d+\])", "", " ".join(raw[first:last]).replace("## ", ""))
    assert document(PRINT).text.split() == re.sub(r" ?\[\d+\]", "", body).split()


def test_the_plain_essay_has_its_capitals_as_headings_and_no_title() -> None:
    found = document(PLAIN)
    assert not found.titled
    assert found.title.startswith("In 2016, AlphaGo")
    assert (found.author, found.published, found.url) == (None, None, None)
    assert paths(PLAIN) == [(), ("A MIXED BAG",), ("TOO FAR?",), ("AN UNLIKELY UNION",), ("THIS TIME IS DIFFERENT",)]


def test_the_plain_essay_comes_through_word_for_word() -> None:
    assert [text.split() for text in document(PLAIN).text.split("\n\n")] == list(map(str.split, raw_paragraphs(PLAIN)))
    assert len(paragraphs(PLAIN)) == len(raw_paragraphs(PLAIN)) - 4

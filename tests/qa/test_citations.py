"""A citation is the text of its document at its offsets, or there is none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.documents import Document, Passage, Span
from qa.citations import check_quote, compose
from qa.errors import CitationError
from qa.references import Reference

# Offsets count code points: a character outside the BMP is one, a flag is two.
TEXT = (
    "Ferries\n\nThe 🚢 leaves at nine. It takes two hours, naïvely counted.\n\n"
    "Dogs stay on deck. 🇫🇮 passengers pay in euros."
)
DOCUMENT = Document(id="ferry", title="The ferry", text=TEXT, url="https://example.org/ferry", published="2026-04")


def passage_of(*sentences: str) -> Passage:
    """Make the passage of the document that consists of these sentences."""
    spans = tuple(Span(TEXT.index(sentence), TEXT.index(sentence) + len(sentence)) for sentence in sentences)
    start, end = spans[0].start, spans[-1].end
    return Passage(f"p{start}", "ferry", 0, start, end, TEXT[start:end], ("Ferries",), None, spans)


FIRST = passage_of("The 🚢 leaves at nine.", "It takes two hours, naïvely counted.")
SECOND = passage_of("Dogs stay on deck.", "🇫🇮 passengers pay in euros.")
OTHER = replace(DOCUMENT, id="bus")
EVERY_QUOTE = [(DOCUMENT, passage, span) for passage in (FIRST, SECOND) for span in passage.spans]


def test_a_quote_is_cited_with_its_whole_place() -> None:
    text, (citation,) = compose("harbour", [(DOCUMENT, SECOND, SECOND.spans[0])])
    assert text == citation.cited_text == "Dogs stay on deck."
    assert DOCUMENT.text[citation.start : citation.end] == "Dogs stay on deck."
    assert (citation.id, citation.passage_id, citation.page) == ("c1", SECOND.id, None)
    assert (citation.document_id, citation.document_title) == ("ferry", "The ferry")
    assert (citation.url, citation.published) == ("https://example.org/ferry", "2026-04")
    assert citation.headings == ("Ferries",)
    assert citation.document_sha256 == DOCUMENT.sha256


def test_the_page_is_that_of_the_quote_and_not_that_on_which_its_passage_begins() -> None:
    turn = FIRST.spans[1].start
    document = replace(DOCUMENT, pages=(0, turn, SECOND.spans[1].start + 1))
    passages = (replace(FIRST, page=1), replace(SECOND, page=2))
    _, citations = compose("harbour", [(document, passage, span) for passage in passages for span in passage.spans])
    assert [citation.page for citation in citations] == [1, 2, 2, 2]


def test_quotes_are_joined_by_single_spaces_in_the_order_given() -> None:
    text, citations = compose("harbour", [EVERY_QUOTE[2], EVERY_QUOTE[0]])
    assert text == "Dogs stay on deck. The 🚢 leaves at nine."
    assert [citation.id for citation in citations] == ["c1", "c2"]


def test_no_quotes_make_an_empty_text_without_citations() -> None:
    assert compose("harbour", []) == ("", ())


@given(st.lists(st.sampled_from(EVERY_QUOTE), max_size=5))
def test_offsets_lead_back_to_every_quote_in_the_answer_and_in_the_document(
    quotes: list[tuple[Document, Passage, Span]],
) -> None:
    text, citations = compose("harbour", quotes)
    assert len(citations) == len(quotes)
    for citation in citations:
        assert text[citation.answer_start : citation.answer_end] == citation.cited_text
        assert DOCUMENT.text[citation.start : citation.end] == citation.cited_text
        expected = Reference.of("harbour", DOCUMENT, citation.start, citation.end)
        assert Reference.parse(citation.reference) == expected
    assert text.split() == " ".join(citation.cited_text for citation in citations).split()


@pytest.mark.parametrize(
    ("document", "passage", "span"),
    [
        pytest.param(DOCUMENT, FIRST, SECOND.spans[0], id="behind its passage"),
        pytest.param(DOCUMENT, SECOND, FIRST.spans[0], id="before its passage"),
        pytest.param(DOCUMENT, FIRST, Span(FIRST.start - 1, FIRST.end), id="beginning before its passage"),
        pytest.param(DOCUMENT, FIRST, Span(FIRST.start, FIRST.end + 1), id="ending behind its passage"),
        pytest.param(DOCUMENT, FIRST, Span(FIRST.start, FIRST.start), id="empty"),
        pytest.param(DOCUMENT, FIRST, Span(FIRST.end, FIRST.start), id="backwards"),
        pytest.param(OTHER, FIRST, FIRST.spans[0], id="of another document"),
        pytest.param(DOCUMENT, replace(FIRST, text=FIRST.text.upper()), FIRST.spans[0], id="of a changed passage"),
        pytest.param(replace(DOCUMENT, text=DOCUMENT.text[1:]), FIRST, FIRST.spans[0], id="of a changed document"),
    ],
)
def test_a_quote_that_is_not_the_text_of_its_passage_is_never_cited(
    document: Document, passage: Passage, span: Span
) -> None:
    with pytest.raises(CitationError, match="pincite index"):
        check_quote(document, passage, span)
    with pytest.raises(CitationError):
        compose("harbour", [EVERY_QUOTE[0], (document, passage, span)])

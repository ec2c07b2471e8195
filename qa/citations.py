"""Quotes to citations: each is checked against the document's own text before it leaves."""

from __future__ import annotations

from collections.abc import Sequence

from index.documents import Document, Passage, Span
from qa.answers import Citation
from qa.errors import CitationError
from qa.references import Reference


def check_quote(document: Document, passage: Passage, span: Span) -> str:
    """Return the quoted text.

    Raises:
        CitationError: The span does not lie in the passage, or the document's text at that place is not the
            passage's text.
    """
    where = f"{document.id}[{span.start}:{span.end}]"
    if passage.document_id != document.id or not passage.start <= span.start < span.end <= passage.end:
        raise CitationError(f"the quote {where} does not lie in passage {passage.id}. Run `pincite index` again.")
    if document.text[passage.start : passage.end] != passage.text:
        raise CitationError(f"passage {passage.id} is not the text of {where}. Run `pincite index` again.")
    return document.text[span.start : span.end]


def compose(collection: str, quotes: Sequence[tuple[Document, Passage, Span]]) -> tuple[str, tuple[Citation, ...]]:
    """Join quotes into an answer's text, and cite each.

    Args:
        collection: Name of the collection that the documents belong to.
        quotes: In the order of the answer.

    Returns:
        The answer's text (quotes joined by single spaces) and one citation a quote.

    Raises:
        CitationError: A quote is not the text of its document.
    """
    pieces: list[str] = []
    citations: list[Citation] = []
    position = 0
    for number, (document, passage, span) in enumerate(quotes, start=1):
        text = check_quote(document, passage, span)
        citations.append(
            Citation(
                id=f"c{number}",
                reference=Reference.of(collection, document, span.start, span.end).encode(),
                document_id=document.id,
                document_title=document.title,
                document_sha256=document.sha256,
                published=document.published,
                url=document.url,
                headings=passage.headings,
                page=document.page_at(span.start),  # a passage may run on to the next page
                passage_id=passage.id,
                start=span.start,
                end=span.end,
                cited_text=text,
                answer_start=position,
                answer_end=position + len(text),
            )
        )
        pieces.append(text)
        position += len(text) + 1
    return " ".join(pieces), tuple(citations)

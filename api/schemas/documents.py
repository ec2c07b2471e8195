"""Documents, their passages, and what became of those that were deleted."""

from __future__ import annotations

from dataclasses import asdict

from pydantic import Field

from api.schemas.wire import (
    DOCUMENT_EXAMPLE,
    END,
    GENERATION_EXAMPLE,
    PASSAGE_EXAMPLE,
    START,
    TITLE_EXAMPLE,
    Wire,
)
from index.deletion import Receipt
from index.documents import Document, Passage


class DocumentSummary(Wire):
    """A document without its text."""

    id: str
    title: str
    author: str | None
    published: str | None = Field(description="ISO 8601 date, as the source states it.")
    url: str | None
    tags: list[str] = Field(description="As the source states them, in its order.")
    source: str | None = Field(description="The file it was read from, relative to the path that was indexed.")
    sha256: str = Field(description="SHA-256 of its text, as UTF-8.")
    characters: int = Field(description="Length of its text, in Unicode code points.")
    passage_count: int

    @classmethod
    def fields_of(cls, document: Document, passage_count: int) -> dict[str, object]:
        """Return the values of these fields for a document."""
        same = ("id", "title", "author", "published", "url", "source", "sha256")
        return {
            **{name: getattr(document, name) for name in same},
            "tags": list(document.tags),
            "characters": len(document.text),
            "passage_count": passage_count,
        }


class DocumentList(Wire):
    """The documents of a collection, by id."""

    collection: str
    generation: str
    documents: list[DocumentSummary]


class HeadingView(Wire):
    """A heading of a document."""

    level: int = Field(description="1 for the outermost.")
    text: str
    start: int = Field(description=START)
    end: int = Field(description=END)


class PassagePlace(Wire):
    """Where a passage of a document lies."""

    id: str = Field(examples=[PASSAGE_EXAMPLE])
    start: int = Field(description=START)
    end: int = Field(description=END)


class DocumentView(DocumentSummary):
    """A document with its canonical text: what every offset counts in."""

    collection: str
    generation: str
    text: str
    headings: list[HeadingView]
    passages: list[PassagePlace] = Field(description="Its passages, in order; `GET /v1/passages/{id}` has more.")

    @classmethod
    def of(cls, document: Document, passages: list[Passage], collection: str, generation: str) -> DocumentView:
        """Render a document."""
        headings = [
            {"level": h.level, "text": document.text[h.start : h.end], "start": h.start, "end": h.end}
            for h in document.headings
        ]
        return cls.model_validate(
            {
                **cls.fields_of(document, len(passages)),
                "collection": collection,
                "generation": generation,
                "text": document.text,
                "headings": headings,
                "passages": [{"id": p.id, "start": p.start, "end": p.end} for p in passages],
            }
        )


class PassageView(Wire):
    """A passage as it stands in its document."""

    id: str
    document_id: str
    ordinal: int = Field(description="0 for the document's first passage.")
    text: str
    start: int = Field(description=START)
    end: int = Field(description=END)
    headings: list[str]
    page: int | None

    @classmethod
    def of(cls, passage: Passage) -> PassageView:
        """Render a passage."""
        same = ("id", "document_id", "ordinal", "text", "start", "end", "page")
        return cls(**{name: getattr(passage, name) for name in same}, headings=list(passage.headings))


class PassageInContext(Wire):
    """A passage with those around it in the document."""

    collection: str
    generation: str
    passage: PassageView
    before: list[PassageView] = Field(description="In the document's order.")
    after: list[PassageView] = Field(description="In the document's order.")


class ReceiptView(Wire):
    """What a deletion removed, and where the text may still lie."""

    collection: str = Field(examples=["default"])
    document_id: str = Field(examples=[DOCUMENT_EXAMPLE])
    title: str = Field(examples=[TITLE_EXAMPLE])
    source: str | None = Field(
        description="The file it was read from, which is not touched: while it lies in a folder that is indexed, the "
        "next run of `pincite index` brings the document back."
    )
    sha256: str = Field(description="SHA-256 of its text, as UTF-8.")
    characters: int = Field(description="Length of its text, in Unicode code points.")
    passages: int = Field(description="How many passages were removed.")
    spans: int = Field(description="How many sentences were removed.")
    generation: str = Field(
        description="The build of the index without it, which answers now.", examples=[GENERATION_EXAMPLE]
    )
    still_in: list[str] = Field(
        description="Earlier builds that are kept, and may hold its text until they are pruned.", examples=[[]]
    )

    @classmethod
    def of(cls, receipt: Receipt) -> ReceiptView:
        """Render a receipt."""
        return cls.model_validate(asdict(receipt) | {"still_in": list(receipt.still_in)})

"""Documents, their passages, and what became of those that were deleted."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import asdict
from itertools import pairwise
from typing import Any, Literal, get_args

from pydantic import Field

from api.schemas.citations import QUOTE_EXAMPLE
from api.schemas.wire import (
    DOCUMENT_EXAMPLE,
    END,
    GENERATION_EXAMPLE,
    PASSAGE_EXAMPLE,
    SHA256_EXAMPLE,
    START,
    TITLE_EXAMPLE,
    Wire,
)
from index.database import Summary
from index.deletion import Receipt
from index.documents import Document, Heading, Passage

BlockKind = Literal["list", "table", "code"]
PAGES = "Offset at which each page of the source begins, in order; empty where it has no pages."


class DocumentSummary(Wire):
    """A document without its text."""

    id: str = Field(description="Unique in its collection.", examples=[DOCUMENT_EXAMPLE])
    title: str = Field(description="As the source states it, or how its text begins.", examples=[TITLE_EXAMPLE])
    author: str | None = Field(description="As the source states it; several are separated by a comma.")
    published: str | None = Field(
        description="The date that the source states, in ISO 8601: a day, a month or a year.", examples=["2026-11-22"]
    )
    url: str | None = Field(description="The document's own address, if it states one.", examples=[None])
    tags: list[str] = Field(description="As the source states them, in its order.", examples=[["history"]])
    source: str | None = Field(
        description="The file it was read from, relative to the path that was indexed.",
        examples=["chinas-sputnik-moment.md"],
    )
    sha256: str = Field(description="SHA-256 of its text, as UTF-8.", examples=[SHA256_EXAMPLE])
    characters: int = Field(description="Length of its text, in Unicode code points.", examples=[22_000])
    passage_count: int = Field(description="How many passages it has.", examples=[32])

    @classmethod
    def of(cls, summary: Summary) -> DocumentSummary:
        """Render what is known of a document."""
        return cls.model_validate(asdict(summary) | {"tags": list(summary.tags)})


class DocumentList(Wire):
    """A page of a collection's documents."""

    collection: str = Field(description="The collection that holds them.", examples=["default"])
    generation: str = Field(description="Which build of the index was read.", examples=[GENERATION_EXAMPLE])
    documents: list[DocumentSummary] = Field(description="In the order that was asked for.")
    total: int = Field(description="How many there are on all pages together.", examples=[2])
    next: str | None = Field(
        description="The `cursor` of the next page; null on the last one. The header `Link` holds its address.",
        examples=["m0oXPVsiaWQiLCBmYWxzZSwgImEiLCAiYSJd"],
    )


class HeadingView(Wire):
    """A heading of a document."""

    level: int = Field(description="1 for the outermost.", examples=[1])
    text: str = Field(description="As it stands in the document's text.", examples=["Did Washington overreach?"])
    start: int = Field(description=START, examples=[11530])
    end: int = Field(description=END, examples=[11555])


class PassagePlace(Wire):
    """Where a passage of a document lies."""

    id: str = Field(description="`GET /v1/passages/{id}` has its text.", examples=[PASSAGE_EXAMPLE])
    start: int = Field(description=START, examples=[11557])
    end: int = Field(description=END, examples=[12506])


class BlockView(Wire):
    """A block of a document that is more than a paragraph."""

    start: int = Field(description=START, examples=[12508])
    end: int = Field(description=END, examples=[12720])
    kind: BlockKind = Field(
        description="What it is: a list has one line an item, a table one a row with ` | ` between its cells.",
        examples=["list"],
    )


class DocumentView(DocumentSummary):
    """A document with its canonical text: what every offset counts in."""

    collection: str = Field(description="The collection that holds it.", examples=["default"])
    text: str = Field(
        description="Canonical text: Unicode NFC, paragraphs and headings separated by one blank line.",
        examples=["How Washington gave China its Sputnik moment …"],
    )
    headings: list[HeadingView] = Field(description="Its headings, in the order of its text.")
    blocks: list[BlockView] = Field(
        description="Its lists, tables and code, in the order of its text; all else is headings and paragraphs.",
        examples=[[]],
    )
    pages: list[int] = Field(description=PAGES, examples=[[]])
    passages: list[PassagePlace] = Field(description="Its passages, in order; `GET /v1/passages/{id}` has more.")

    @classmethod
    def render(cls, document: Document, passages: list[Passage], collection: str) -> DocumentView:
        """Render a document."""
        same = ("id", "title", "author", "published", "url", "source", "sha256", "text")
        return cls(
            **{name: getattr(document, name) for name in same},
            tags=list(document.tags),
            characters=len(document.text),
            passage_count=len(passages),
            collection=collection,
            headings=[HeadingView(**heading_fields(document, heading)) for heading in document.headings],
            blocks=[BlockView(**asdict(b)) for b in document.blocks if b.kind in get_args(BlockKind)],
            pages=list(document.pages),
            passages=[PassagePlace(id=p.id, start=p.start, end=p.end) for p in passages],
        )


def heading_fields(document: Document, heading: Heading) -> dict[str, Any]:
    """Return the values of a ``HeadingView``."""
    return {**asdict(heading), "text": document.text[heading.start : heading.end]}


class SectionView(HeadingView):
    """A heading, and what stands under it."""

    page: int | None = Field(description="1-based page, where the source has pages.", examples=[None])
    passages: list[str] = Field(
        description="Ids of the passages between it and the next heading of any level, in order.",
        examples=[[PASSAGE_EXAMPLE]],
    )


class HeadingMap(Wire):
    """A document's headings with the passages under each: every passage stands in one place."""

    collection: str = Field(description="The collection that holds the document.", examples=["default"])
    document_id: str = Field(description="The document.", examples=[DOCUMENT_EXAMPLE])
    pages: list[int] = Field(description=PAGES, examples=[[]])
    before: list[str] = Field(description="Ids of the passages before the first heading, in order.", examples=[[]])
    headings: list[SectionView] = Field(description="In the order of the text; `level` tells how they nest.")

    @classmethod
    def of(cls, document: Document, passages: list[Passage], collection: str) -> HeadingMap:
        """Render a document's heading map; the passages are all of it, in order."""
        starts = [passage.start for passage in passages]
        cuts = [bisect_left(starts, heading.start) for heading in document.headings]
        ids = [passage.id for passage in passages]
        return cls(
            collection=collection,
            document_id=document.id,
            pages=list(document.pages),
            before=ids[: cuts[0]] if cuts else ids,
            headings=[
                SectionView(
                    **heading_fields(document, heading), page=document.page_at(heading.start), passages=ids[begin:end]
                )
                for heading, (begin, end) in zip(document.headings, pairwise([*cuts, len(ids)]), strict=True)
            ],
        )


class PassageView(Wire):
    """A passage as it stands in its document."""

    id: str = Field(
        description="Unique in its collection. It outlives changes elsewhere in the document.",
        examples=[PASSAGE_EXAMPLE],
    )
    document_id: str = Field(description="The document that it is part of.", examples=[DOCUMENT_EXAMPLE])
    ordinal: int = Field(description="0 for the document's first passage.", examples=[17])
    text: str = Field(description="`document.text[start:end]`.", examples=[QUOTE_EXAMPLE])
    start: int = Field(description=START, examples=[11557])
    end: int = Field(description=END, examples=[12506])
    headings: list[str] = Field(
        description="The headings above it, outermost first.", examples=[["Did Washington overreach?"]]
    )
    page: int | None = Field(
        description="1-based page on which it begins, where the source has pages.", examples=[None]
    )

    @classmethod
    def of(cls, passage: Passage) -> PassageView:
        """Render a passage."""
        same = ("id", "document_id", "ordinal", "text", "start", "end", "page")
        return cls(**{name: getattr(passage, name) for name in same}, headings=list(passage.headings))


class PassageInContext(Wire):
    """A passage with those around it in the document."""

    collection: str = Field(description="The collection that holds it.", examples=["default"])
    passage: PassageView = Field(description="The passage that was asked for.")
    before: list[PassageView] = Field(description="Those before it, in the document's order.")
    after: list[PassageView] = Field(description="Those behind it, in the document's order.")


class ReceiptView(Wire):
    """What a deletion removed, and where the text may still lie."""

    collection: str = Field(description="The collection that held it.", examples=["default"])
    document_id: str = Field(description="The document's id.", examples=[DOCUMENT_EXAMPLE])
    title: str = Field(description="Its title.", examples=[TITLE_EXAMPLE])
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

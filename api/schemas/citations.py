"""Citations, and what became of them."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from api.schemas.wire import (
    DOCUMENT_EXAMPLE,
    END,
    GENERATION_EXAMPLE,
    PASSAGE_EXAMPLE,
    START,
    TITLE_EXAMPLE,
    Wire,
)
from qa.answers import Citation
from qa.references import State, Verification

QUOTE_EXAMPLE = "ZTE, a Chinese telecommunications company, was one casualty: its operations collapsed because …"
REFERENCE_EXAMPLE = "AQAALSUAAC3fvexl59JrwXEshoHtiANz7l8cVZ2nI0UjZGVmYXVsdC9jaGluYXMtc3B1dG5pay1tb21lbnR_X23v"
MAX_REFERENCES = 100


class CitationView(Wire):
    """A quote; `document.text[start:end] == cited_text`, checked before it is sent."""

    id: str = Field(description="Its number in the answer.", examples=["c1"])
    reference: str = Field(
        description="Names the quote for good: `GET /v1/citations/{reference}/verify` tells whether it still stands.",
        examples=[REFERENCE_EXAMPLE],
    )
    document_id: str = Field(description="The document quoted.", examples=[DOCUMENT_EXAMPLE])
    document_title: str = Field(description="Its title.", examples=[TITLE_EXAMPLE])
    document_sha256: str = Field(
        description="SHA-256 of the text that the offsets count in, as UTF-8.",
        examples=["f82b4cf0f9a2f04db373a4c340887fda8d02fbcc1a8b28537f6204e1f678845f"],
    )
    published: str | None = Field(
        description="The date that the document states, in ISO 8601: a day, a month or a year.", examples=["2026-11-22"]
    )
    url: str | None = Field(description="The document's own address, if it states one.", examples=[None])
    headings: list[str] = Field(
        description="The headings above the quote, outermost first.", examples=[["Did Washington overreach?"]]
    )
    page: int | None = Field(description="1-based page, where the source has pages.", examples=[None])
    passage_id: str = Field(description="The passage that holds the quote.", examples=[PASSAGE_EXAMPLE])
    start: int = Field(description=START, examples=[11557])
    end: int = Field(description=END, examples=[11649])
    cited_text: str = Field(description="The quote.", examples=[QUOTE_EXAMPLE])
    answer_start: int = Field(description="Where the quote stands in `answer`.", examples=[0])
    answer_end: int = Field(description="Offset after its last character in `answer`.", examples=[92])

    @classmethod
    def of(cls, citation: Citation) -> CitationView:
        """Render a citation."""
        return cls(**{name: getattr(citation, name) for name in cls.model_fields if name != "headings"},
                   headings=list(citation.headings))  # fmt: skip


class VerificationView(Wire):
    """What became of a quote; where it still stands, `document.text[start:end] == cited_text`."""

    reference: str = Field(description="As it was sent.", examples=[REFERENCE_EXAMPLE])
    state: State = Field(
        description="`valid`: the quote stands where it was cited. `moved`: it stands elsewhere in the document. "
        "`stale`: the document no longer holds it. `deleted`: the collection no longer holds the document.",
        examples=["moved"],
    )
    collection: str = Field(description="The collection that was asked.", examples=["default"])
    generation: str = Field(description="Which build of the index was looked at.", examples=[GENERATION_EXAMPLE])
    document_id: str = Field(description="The document that was quoted.", examples=[DOCUMENT_EXAMPLE])
    document_sha256: str | None = Field(
        description="SHA-256 of the document's present text, as UTF-8; null where it is deleted."
    )
    cited_start: int = Field(description="Where the quote stood when it was cited.", examples=[11557])
    cited_end: int = Field(description="Offset after its last character at that time.", examples=[11743])
    start: int | None = Field(
        description="Where it stands now, in Unicode code points; of several places the one nearest to the old. This "
        "and what follows is null where it stands no more.",
        examples=[11640],
    )
    end: int | None = Field(description=END, examples=[11826])
    cited_text: str | None = Field(description="The quote.", examples=[QUOTE_EXAMPLE])
    passage_id: str | None = Field(
        description="The passage that holds it; null also where no single one does.", examples=[PASSAGE_EXAMPLE]
    )
    headings: list[str] | None = Field(
        description="The headings above that passage, outermost first.", examples=[["Did Washington overreach?"]]
    )
    page: int | None = Field(description="1-based page, where the source has pages.", examples=[None])

    @classmethod
    def of(cls, verification: Verification) -> VerificationView:
        """Render what became of a quote."""
        reference, document = verification.reference, verification.document
        place, passage = verification.place, verification.passage
        return cls(
            reference=reference.encode(),
            state=verification.state,
            collection=reference.collection,
            generation=verification.generation,
            document_id=reference.document_id,
            document_sha256=document and document.sha256,
            cited_start=reference.start,
            cited_end=reference.end,
            start=place and place.start,
            end=place and place.end,
            cited_text=document.text[place.start : place.end] if document and place else None,
            passage_id=passage and passage.id,
            headings=list(passage.headings) if passage else None,
            page=document.page_at(place.start) if document and place else None,
        )


class VerifyRequest(Wire):
    """References of citations."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"references": [REFERENCE_EXAMPLE]}]})

    references: list[Annotated[str, StringConstraints(min_length=1, max_length=20_000)]] = Field(
        min_length=1,
        max_length=MAX_REFERENCES,
        description=f"The `reference` of each citation, 1 to {MAX_REFERENCES}, of any collections.",
    )


class VerifyResponse(Wire):
    """What became of several quotes."""

    verifications: list[VerificationView] = Field(description="One a reference, in the order in which they were sent.")

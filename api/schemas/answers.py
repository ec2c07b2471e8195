"""Questions, answers and their citations."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, StrictBool, StrictInt, StringConstraints

from api.filters import FiltersBody
from api.schemas.wire import (
    DOCUMENT_EXAMPLE,
    END,
    GENERATION_EXAMPLE,
    PASSAGE_EXAMPLE,
    START,
    TITLE_EXAMPLE,
    CollectionName,
    Wire,
)
from qa.answers import Answer, AnswerPart, Citation, Hit
from qa.asker import DEFAULT_K, MAX_K, MAX_QUESTION_CHARACTERS
from qa.references import State, Verification

QuestionText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_QUESTION_CHARACTERS)
]
QUESTION_EXAMPLE = "What did ZTE's ban cause?"
QUOTE_EXAMPLE = "ZTE, a Chinese telecommunications company, was one casualty: its operations collapsed because …"
REFERENCE_EXAMPLE = "AQAALSUAAC3fvexl59JrwXEshoHtiANz7l8cVZ2nI0UjZGVmYXVsdC9jaGluYXMtc3B1dG5pay1tb21lbnR_X23v"
EXPLAIN = "Tell of each passage why it stands where it does."


class AskRequest(Wire):
    """A question."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [
        {"question": QUESTION_EXAMPLE, "k": 3},
        {"question": QUESTION_EXAMPLE, "filters": {"tags": ["export controls"], "published_from": "2026-01-01"}},
        {"question": "What did ZTE's ban cause, and when was Sputnik launched?", "explain": True},
    ]})  # fmt: skip

    question: QuestionText = Field(description="The question, in plain words.")
    collection: CollectionName | None = Field(
        None, description="Where to search; the service's own default if left out."
    )
    k: Annotated[StrictInt, Field(ge=1, le=MAX_K)] = Field(DEFAULT_K, description="How many passages to return.")
    filters: FiltersBody | None = Field(None, description="Which documents to search; all of them if left out.")
    explain: StrictBool = Field(default=False, description=EXPLAIN)


class SpanView(Wire):
    """A place in a document's text."""

    start: int = Field(description=START)
    end: int = Field(description=END)


class CitationView(Wire):
    """A quote; `document.text[start:end] == cited_text`, checked before it is sent."""

    id: str = Field(description="Its number in the answer.", examples=["c1"])
    reference: str = Field(
        description="Names the quote for good: `GET /v1/citations/{reference}/verify` tells whether it still stands.",
        examples=[REFERENCE_EXAMPLE],
    )
    document_id: str = Field(examples=[DOCUMENT_EXAMPLE])
    document_title: str = Field(examples=[TITLE_EXAMPLE])
    document_sha256: str = Field(
        description="SHA-256 of the text that the offsets count in, as UTF-8.",
        examples=["f82b4cf0f9a2f04db373a4c340887fda8d02fbcc1a8b28537f6204e1f678845f"],
    )
    url: str | None = Field(description="The document's own address, if it states one.", examples=[None])
    headings: list[str] = Field(
        description="The headings above the quote, outermost first.", examples=[["Did Washington overreach?"]]
    )
    page: int | None = Field(description="1-based page, where the source has pages.", examples=[None])
    passage_id: str = Field(examples=[PASSAGE_EXAMPLE])
    start: int = Field(description=START, examples=[11557])
    end: int = Field(description=END, examples=[11649])
    cited_text: str = Field(examples=[QUOTE_EXAMPLE])
    answer_start: int = Field(description="Where the quote stands in `answer`.", examples=[0])
    answer_end: int = Field(description="Offset after its last character in `answer`.", examples=[92])

    @classmethod
    def of(cls, citation: Citation) -> CitationView:
        """Render a citation."""
        return cls(**{name: getattr(citation, name) for name in cls.model_fields if name != "headings"},
                   headings=list(citation.headings))  # fmt: skip


class VerificationView(Wire):
    """What became of a quote; where it still stands, `document.text[start:end] == cited_text`."""

    reference: str = Field(examples=[REFERENCE_EXAMPLE])
    state: State = Field(
        description="`valid`: the quote stands where it was cited. `moved`: it stands elsewhere in the document. "
        "`stale`: the document no longer holds it. `deleted`: the collection no longer holds the document.",
        examples=["moved"],
    )
    collection: str = Field(description="The collection that was asked.", examples=["default"])
    generation: str = Field(description="Which build of the index was looked at.", examples=[GENERATION_EXAMPLE])
    document_id: str = Field(examples=[DOCUMENT_EXAMPLE])
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


class ScoresView(Wire):
    """The parts of a passage's score."""

    dense: float = Field(description="Mean of the passage's cosine and its best sentence's.", examples=[0.5645])
    lexical: float = Field(description="BM25 of title, headings and text.", examples=[7.4618])


class DuplicateView(Wire):
    """A passage that is not listed, because one that is says the same in nearly the same words."""

    document_id: str
    document_title: str
    passage_id: str
    start: int = Field(description=START)
    end: int = Field(description=END)

    @classmethod
    def of(cls, hit: Hit) -> DuplicateView:
        """Render a hit that was left out."""
        passage = hit.passage
        return cls(
            document_id=passage.document_id,
            document_title=hit.document_title,
            passage_id=passage.id,
            start=passage.start,
            end=passage.end,
        )


class MatchView(Wire):
    """A word of a passage that the question has, too."""

    term: str = Field(description="As it is searched for: in lower case, without its ending.", examples=["ban"])
    start: int = Field(description=START, examples=[11680])
    end: int = Field(description=END, examples=[11686])


class ExplanationView(Wire):
    """Why a passage stands where it does: what its score was made of, and what it shares with the question."""

    signals: dict[str, float] = Field(
        description="By name, 0 to 1 but for cosines. `dense`: as in `scores`; `lexical`: BM25 as a share of the best "
        "passage's; `coverage`: the share of the question's terms, by weight, that text, title and headings hold; "
        "`span_coverage`: the share that the best single sentence holds; `pairs`: the share of the question's pairs of "
        "neighbouring terms that stand side by side; `dense_feedback` and `lexical_feedback`: likeness to the best "
        "passages, by vector and by terms; `cross_encoder`: its score, where one is set. Empty for a passage too far "
        "down to be looked at closely.",
        examples=[{
            "dense": 0.553631, "lexical": 1.0, "coverage": 0.650127, "span_coverage": 0.650127, "pairs": 0.0,
            "dense_feedback": 1.0, "lexical_feedback": 1.0,
        }],
    )  # fmt: skip
    matches: list[MatchView] = Field(description="The words that it shares with the question, in the text's order.")
    best_span: SpanView = Field(
        description="The sentence nearest to the question.", examples=[{"start": 11557, "end": 11743}]
    )

    @classmethod
    def of(cls, hit: Hit) -> ExplanationView | None:
        """Render a hit's explanation, if it has one."""
        if hit.explanation is None:
            return None
        return cls(
            signals={name: round(value, 6) for name, value in hit.explanation.signals.items()},
            matches=[MatchView(term=m.term, start=m.start, end=m.end) for m in hit.explanation.matches],
            best_span=SpanView(start=hit.best_span.start, end=hit.best_span.end),
        )


class HitView(Wire):
    """A passage found for a question."""

    id: str
    rank: int = Field(description="1 for the best.")
    document_id: str
    document_title: str
    text: str
    start: int = Field(description=START)
    end: int = Field(description=END)
    headings: list[str]
    page: int | None
    highlights: list[SpanView] = Field(description="The sentences to mark: those cited, or the nearest one.")
    score: float = Field(
        description="What it is ranked by; comparable within one response, and one part of its question, only.",
        examples=[0.6952],
    )
    scores: ScoresView
    duplicates: list[DuplicateView] = Field(
        description="Passages left out of the list because they repeat this one, in this or another document."
    )
    explanation: ExplanationView | None = Field(description="Why it stands here; null unless `explain` was sent.")

    @classmethod
    def of(cls, hit: Hit, rank: int, title: str, cited: list[Citation]) -> HitView:
        """Render a hit; ``cited`` are the citations that lie in its passage."""
        passage = hit.passage
        marks = [SpanView(start=c.start, end=c.end) for c in sorted(cited, key=lambda c: c.start)]
        return cls(
            id=passage.id,
            rank=rank,
            document_id=passage.document_id,
            document_title=title,
            text=passage.text,
            start=passage.start,
            end=passage.end,
            headings=list(passage.headings),
            page=passage.page,
            highlights=marks or [SpanView(start=hit.best_span.start, end=hit.best_span.end)],
            score=round(hit.score, 6),
            scores=ScoresView(dense=round(hit.dense, 6), lexical=round(hit.lexical, 6)),
            duplicates=[DuplicateView.of(duplicate) for duplicate in hit.duplicates],
            explanation=ExplanationView.of(hit),
        )


class TimingsView(Wire):
    """Milliseconds spent on each stage; of a question with several parts, on all of them together."""

    wait: float = Field(description="Until its turn came, and while others had theirs.", examples=[0.1])
    encode: float = Field(description="From its text to its vector and its terms.", examples=[1.1])
    search: float = Field(description="To find passages that may answer, by vectors and by words.", examples=[0.2])
    rank: float = Field(description="To put the best of them in order.", examples=[0.3])
    read: float = Field(description="To find the sentences that answer, and how sure that is.", examples=[0.1])
    cite: float = Field(description="To check the quotes and to put the answer together.", examples=[0.1])


class PartView(Wire):
    """What the documents say to one part of a question."""

    question: str = Field(description="The part, in the words of the question.", examples=[QUESTION_EXAMPLE])
    answerable: bool = Field(description="Whether the documents hold an answer to it, as far as can be told.")
    confidence: float = Field(
        ge=0, le=1, description="Estimated probability that the documents hold an answer to it.", examples=[0.845]
    )
    citations: list[str] = Field(
        description="`id` of each citation that answers it, the most probable first; empty when not answerable. One "
        "that answers two parts is named by both.",
        examples=[["c1"]],
    )

    @classmethod
    def of(cls, part: AnswerPart) -> PartView:
        """Render a part."""
        return cls(
            question=part.question,
            answerable=part.answerable,
            confidence=round(part.confidence, 4),
            citations=list(part.citations),
        )


class AskResponse(Wire):
    """An answer in the documents' own words, or the statement that they hold none."""

    question: str = Field(examples=[QUESTION_EXAMPLE])
    answer: str = Field(
        description="The quotes that answer, joined by spaces; empty when not answerable.", examples=[QUOTE_EXAMPLE]
    )
    answerable: bool = Field(
        description="Whether the documents hold an answer to the question or one of its parts, as far as can be told."
    )
    confidence: float = Field(
        ge=0,
        le=1,
        description="Estimated probability that the documents hold an answer: of several answered parts, the least "
        "sure one's; where none is answered, the highest.",
        examples=[0.845],
    )
    parts: list[PartView] = Field(
        description="What the question asks for, in order, each with its own answer; one, unless it asks for several "
        "things."
    )
    collection: str = Field(examples=["default"])
    generation: str = Field(description="Which build of the index answered.", examples=[GENERATION_EXAMPLE])
    citations: list[CitationView] = Field(description="One a quote, in the order of `answer`.")
    passages: list[HitView] = Field(
        description="The passages nearest to the question, best first; of several parts, the best of each, then the "
        "second of each, and so on. Where `answerable` is false these are the near misses: the nearest passages, none "
        "of which seems to answer."
    )
    timings_ms: TimingsView

    @classmethod
    def of(cls, answer: Answer, waited_ms: float = 0.0) -> AskResponse:
        """Render an answer that was waited for."""
        return cls(
            question=answer.question,
            answer=answer.text,
            answerable=answer.answerable,
            confidence=round(answer.confidence, 4),
            parts=[PartView.of(part) for part in answer.parts],
            collection=answer.collection,
            generation=answer.generation,
            citations=[CitationView.of(citation) for citation in answer.citations],
            passages=[
                HitView.of(
                    hit, rank, hit.document_title, [c for c in answer.citations if c.passage_id == hit.passage.id]
                )
                for rank, hit in enumerate(answer.hits, start=1)
            ],
            timings_ms=TimingsView(
                wait=round(waited_ms, 3), **{stage: round(spent, 3) for stage, spent in answer.timings_ms.items()}
            ),
        )

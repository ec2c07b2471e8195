"""Questions, and what comes of them: passages, and answers."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, StrictBool, StringConstraints

from api.filters import FiltersBody
from api.schemas.citations import QUOTE_EXAMPLE, CitationView
from api.schemas.wire import (
    DOCUMENT_EXAMPLE,
    END,
    GENERATION_EXAMPLE,
    NOT_BLANK,
    PASSAGE_EXAMPLE,
    START,
    TITLE_EXAMPLE,
    CollectionName,
    Integer,
    Wire,
)
from qa.answers import Answer, AnswerPart, Citation, Hit, Listing
from qa.asker import DEFAULT_K, MAX_K, MAX_QUESTION_CHARACTERS

QuestionText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_QUESTION_CHARACTERS),
    Field(json_schema_extra=NOT_BLANK),
]
QUESTION_EXAMPLE = "What did ZTE's ban cause?"
EXPLAIN = "Tell of each passage why it stands where it does."


class AskRequest(Wire):
    """A question."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [
        {"question": QUESTION_EXAMPLE, "k": 1},
        {"question": QUESTION_EXAMPLE, "filters": {"tags": ["export controls"], "published_from": "2026-01-01"}},
        {"question": "What did ZTE's ban cause, and when was Sputnik launched?", "explain": True},
    ]})  # fmt: skip

    question: QuestionText = Field(description="The question, in plain words.")
    collection: CollectionName | None = Field(
        None, description="Where to search; the service's own default if left out."
    )
    k: Annotated[Integer, Field(ge=1, le=MAX_K)] = Field(DEFAULT_K, description="How many passages to return.")
    filters: FiltersBody | None = Field(None, description="Which documents to search; all of them if left out.")
    explain: StrictBool = Field(default=False, description=EXPLAIN)


class SearchRequest(AskRequest):
    """A question whose nearest passages are wanted."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [
        {"question": QUESTION_EXAMPLE, "k": 1},
        {"question": "export controls on chips", "filters": {"published_from": "2026-01-01"}, "explain": True},
    ]})  # fmt: skip


class SpanView(Wire):
    """A place in a document's text."""

    start: int = Field(description=START)
    end: int = Field(description=END)


class ScoresView(Wire):
    """The parts of a passage's score."""

    dense: float = Field(description="Mean of the passage's cosine and its best sentence's.", examples=[0.5645])
    lexical: float = Field(description="BM25 of title, headings and text.", examples=[7.4618])


class DuplicateView(Wire):
    """A passage that is not listed, because one that is says the same in nearly the same words."""

    document_id: str = Field(description="The document that it is part of.", examples=["sputnik-moment-reprint"])
    document_title: str = Field(description="That document's title.", examples=[TITLE_EXAMPLE])
    passage_id: str = Field(description="`GET /v1/passages/{id}` has its text.", examples=["p0c9d3ff0b3d6b7b0e1c2"])
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

    id: str = Field(description="`GET /v1/passages/{id}` has its neighbours.", examples=[PASSAGE_EXAMPLE])
    rank: int = Field(description="1 for the best.", examples=[1])
    document_id: str = Field(description="The document that it is part of.", examples=[DOCUMENT_EXAMPLE])
    document_title: str = Field(description="That document's title.", examples=[TITLE_EXAMPLE])
    text: str = Field(description="`document.text[start:end]`.", examples=[QUOTE_EXAMPLE])
    start: int = Field(description=START, examples=[11557])
    end: int = Field(description=END, examples=[12506])
    headings: list[str] = Field(
        description="The headings above it, outermost first.", examples=[["Did Washington overreach?"]]
    )
    page: int | None = Field(
        description="1-based page on which it begins, where the source has pages.", examples=[None]
    )
    highlights: list[SpanView] = Field(description="The sentences to mark: those cited, or the nearest one.")
    score: float = Field(
        description="What it is ranked by; comparable within one response, and one part of its question, only.",
        examples=[0.6952],
    )
    scores: ScoresView = Field(description="What its score is made of.")
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


class SearchTimingsView(Wire):
    """Milliseconds spent on each stage; of a question with several parts, on all of them together."""

    wait: float = Field(description="Until its turn came, and while others had theirs.", examples=[0.1])
    encode: float = Field(description="From its text to its vector and its terms.", examples=[1.1])
    search: float = Field(description="To find passages that may answer, by vectors and by words.", examples=[0.2])
    rank: float = Field(description="To put the best of them in order.", examples=[0.3])


class TimingsView(SearchTimingsView):
    """As of a search, and what comes after it."""

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


class SearchResponse(Wire):
    """The passages nearest to a question."""

    question: str = Field(description="As sent, without the white space around it.", examples=[QUESTION_EXAMPLE])
    collection: str = Field(description="The collection that was searched.", examples=["default"])
    generation: str = Field(description="Which build of the index was searched.", examples=[GENERATION_EXAMPLE])
    passages: list[HitView] = Field(
        description="Best first: those that `POST /v1/ask` lists for the same question, in the same order, with the "
        "same scores. Each one's `highlights` hold its sentence nearest to the question."
    )
    timings_ms: SearchTimingsView = Field(description="Where the time went.")

    @classmethod
    def of(cls, listing: Listing, waited_ms: float = 0.0) -> SearchResponse:
        """Render what was found after waiting."""
        return cls(
            question=listing.question,
            collection=listing.collection,
            generation=listing.generation,
            passages=[HitView.of(hit, rank, hit.document_title, []) for rank, hit in enumerate(listing.hits, start=1)],
            timings_ms=SearchTimingsView(
                wait=round(waited_ms, 3), **{stage: round(spent, 3) for stage, spent in listing.timings_ms.items()}
            ),
        )


class AskResponse(Wire):
    """An answer in the documents' own words, or the statement that they hold none."""

    question: str = Field(description="As sent, without the white space around it.", examples=[QUESTION_EXAMPLE])
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
    collection: str = Field(description="The collection that was asked.", examples=["default"])
    generation: str = Field(description="Which build of the index answered.", examples=[GENERATION_EXAMPLE])
    citations: list[CitationView] = Field(description="One a quote, in the order of `answer`.")
    passages: list[HitView] = Field(
        description="The passages nearest to the question, best first; of several parts, the best of each, then the "
        "second of each, and so on. Where `answerable` is false these are the near misses: the nearest passages, none "
        "of which seems to answer."
    )
    timings_ms: TimingsView = Field(description="Where the time went.")

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

"""The nouns of an answer: Hit, Explanation, Citation, AnswerPart, Answer; and Listing, hits without an answer."""

from __future__ import annotations

from dataclasses import dataclass

from index.documents import Passage, Span


@dataclass(frozen=True, slots=True)
class MatchedTerm:
    """A word of a passage that the question has, too: as the analyser sees it, and where it stands in the document."""

    term: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a passage stands where it does.

    Attributes:
        signals: What its score was made of, by name; see the reranker that was used. Empty for a passage that was too
            far down to be looked at closely.
        matches: The words that it shares with the question, in the order of its text.
    """

    signals: dict[str, float]
    matches: tuple[MatchedTerm, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage with its scores for one question.

    Attributes:
        passage: The passage.
        document_title: Its document's title.
        score: Fused score; comparable within one question only.
        dense: Mean of the passage's cosine and its best span's, -1 to 1.
        lexical: BM25 of title, headings and text, 0 or more.
        best_span: The span nearest to the question.
        duplicates: Hits that are left out because this one says the same in nearly the same words, best first.
        explanation: Why it stands where it does; None unless it was asked for.
    """

    passage: Passage
    document_title: str
    score: float
    dense: float
    lexical: float
    best_span: Span
    duplicates: tuple[Hit, ...] = ()
    explanation: Explanation | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote with its place; ``document.text[start:end] == cited_text``, checked before it is made.

    Attributes:
        id: "c1", "c2", ... in the order of the answer.
        reference: Names the quote for good; ``qa.references`` tells by it whether the quote still stands.
        document_id: The document quoted.
        document_title: Its title.
        document_sha256: SHA-256 of the text that the offsets count in.
        published: The date that the document states, if any.
        url: The document's address, if known.
        headings: The headings above the quote, outermost first.
        page: 1-based page, where the source has pages.
        passage_id: The passage that holds the quote.
        start: Offset of its first character in the document's text.
        end: Offset after its last character.
        cited_text: The quote.
        answer_start: Where it stands in the answer's text.
        answer_end: Offset after its last character in the answer's text.
    """

    id: str
    reference: str
    document_id: str
    document_title: str
    document_sha256: str
    published: str | None
    url: str | None
    headings: tuple[str, ...]
    page: int | None
    passage_id: str
    start: int
    end: int
    cited_text: str
    answer_start: int
    answer_end: int


@dataclass(frozen=True, slots=True)
class AnswerPart:
    """What the documents say to one part of a question.

    Attributes:
        question: The part, in the words of the question.
        answerable: Whether the documents hold an answer to it, as far as can be told.
        confidence: Estimated probability that they do, 0 to 1.
        citations: Ids of the citations that answer it, the most probable first; empty when not answerable.
    """

    question: str
    answerable: bool
    confidence: float
    citations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the documents say to a question.

    Attributes:
        question: As asked, white space trimmed.
        text: The quotes that answer, joined by spaces; empty when not answerable.
        answerable: Whether the documents hold an answer, as far as can be told.
        confidence: Estimated probability that they do, 0 to 1: of its answered parts, the least sure one's.
        parts: The question's parts, in order; one, unless it asks for several things.
        citations: One a quote, in the order of the text.
        hits: The passages nearest to the question, best first, answerable or not.
        collection: Name of the collection searched.
        generation: Name of the generation that answered.
        timings_ms: Milliseconds spent on each stage, of all parts together: ``encode`` (the question, analysed too),
            ``search`` (candidates with their scores), ``rank`` (their order, and the passages shown), ``read`` (what is
            quoted, and how sure that is) and ``cite`` (quotes checked and put together).
    """

    question: str
    text: str
    answerable: bool
    confidence: float
    parts: tuple[AnswerPart, ...]
    citations: tuple[Citation, ...]
    hits: tuple[Hit, ...]
    collection: str
    generation: str
    timings_ms: dict[str, float]


@dataclass(frozen=True, slots=True)
class Listing:
    """The passages nearest to a question, unread.

    Attributes:
        question: As asked, white space trimmed.
        hits: Best first.
        collection: Name of the collection searched.
        generation: Name of the generation that was searched.
        timings_ms: As an answer's; the stages are ``encode``, ``search`` and ``rank``.
    """

    question: str
    hits: tuple[Hit, ...]
    collection: str
    generation: str
    timings_ms: dict[str, float]

"""Why a passage stands where it does: what its score was made of, and the words that it shares with the question."""

from __future__ import annotations

from index.analysis import placed_terms
from index.documents import Passage
from qa.answers import Explanation, MatchedTerm
from qa.engine import Query
from qa.reranking import Ranking


def explain(query: Query, passage: Passage, ranking: Ranking, rank: int, language: str) -> Explanation:
    """Explain a passage's place.

    Args:
        query: The question.
        passage: The passage.
        ranking: Of the question's candidates.
        rank: The passage's in it, from 0.
        language: That the passage was analysed in.
    """
    asked = set(query.terms)
    return Explanation(
        signals={name: float(values[rank]) for name, values in ranking.signals.items() if rank < len(values)},
        matches=tuple(
            MatchedTerm(term, passage.start + start, passage.start + end)
            for term, start, end in zip(*placed_terms(language, passage.text), strict=True)
            if term in asked
        ),
    )

"""Gold quotes to places in the documents, and from there to the passages that hold them."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from eval.errors import QuestionSetError
from eval.sets import Case, Gold
from index.database import Database
from index.documents import Passage

_WHOLE_DOCUMENT = 2**31


def _nearest(quote: str, passages: Sequence[Passage]) -> str:
    """Return the sentence that shares the longest run of characters with a quote."""
    sentences = [
        passage.text[span.start - passage.start : span.end - passage.start]
        for passage in passages
        for span in passage.spans
    ]

    def shared(sentence: str) -> int:
        return difflib.SequenceMatcher(None, quote, sentence, autojunk=False).find_longest_match().size

    return max(sentences, key=shared, default="")


def _locate(gold: Gold, database: Database, case_id: str) -> list[str]:
    document = database.document(gold.document)
    if document is None:
        known = ", ".join(item.id for item, _ in database.documents())
        raise QuestionSetError(f"case {case_id}: there is no document {gold.document!r} (there are: {known}).")
    passages = database.passages_between(document.id, 0, _WHOLE_DOCUMENT)
    start = document.text.find(gold.quote)
    if start < 0:
        raise QuestionSetError(
            f"case {case_id}: the quote {gold.quote!r} does not occur in {document.id!r}. The nearest sentence there "
            f"is: {_nearest(gold.quote, passages)!r}"
        )
    end = start + len(gold.quote)
    return [passage.id for passage in passages if passage.start < end and start < passage.end]


def relevant_passages(case: Case, database: Database) -> dict[str, int]:
    """Return a case's relevant passages as qrels: relevance 1 for each passage that holds part of a gold quote.

    Raises:
        QuestionSetError: A quote or its document is not in the collection.
    """
    return {passage_id: 1 for gold in case.gold for passage_id in _locate(gold, database, case.id)}

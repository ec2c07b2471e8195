"""Gold quotes to places in the documents, and from there to the passages that hold them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from eval.errors import QuestionSetError
from eval.sets import Case, Gold
from index.database import Database
from index.documents import Passage


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
    passages = database.passages_of(document.id)
    places = [match.span() for match in re.finditer(re.escape(gold.quote), document.text)]
    if not places:
        raise QuestionSetError(
            f"case {case_id}: the quote {gold.quote!r} does not occur in {document.id!r}. The nearest sentence there "
            f"is: {_nearest(gold.quote, passages)!r}"
        )
    found = [p.id for p in passages if any(p.start < end and start < p.end for start, end in places)]
    if not found:
        raise QuestionSetError(f"case {case_id}: the quote {gold.quote!r} is a heading; quote the text that answers.")
    return found


def relevant_passages(case: Case, database: Database) -> dict[str, int]:
    """Return a case's relevant passages as qrels: relevance 1 for each passage that holds part of a gold quote.

    Raises:
        QuestionSetError: A quote or its document is not in the collection.
    """
    return {passage_id: 1 for gold in case.gold for passage_id in _locate(gold, database, case.id)}

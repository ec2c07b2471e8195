"""Gold quotes to places in the documents, and from there to the passages that hold them."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from eval.errors import QuestionSetError
from eval.records import Place
from eval.sets import Case, Gold
from eval.targets import Target, TargetDocument

_SENTENCE = re.compile(r"[^\n.!?]+[.!?]*")


@dataclass(frozen=True, slots=True)
class Located:
    """A gold quote, found.

    Attributes:
        places: Every place where it occurs.
        passages: Ids of the passages that hold any part of any of them.
    """

    places: tuple[Place, ...]
    passages: frozenset[str]


def _nearest(quote: str, text: str) -> str:
    """Return the sentence that shares the longest run of characters with a quote."""

    def shared(sentence: str) -> int:
        return difflib.SequenceMatcher(None, quote, sentence, autojunk=False).find_longest_match().size

    return max((match.group().strip() for match in _SENTENCE.finditer(text)), key=shared, default="")


class GoldLocator:
    """Finds gold quotes in a target's documents, each document fetched once."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._documents: dict[str, TargetDocument | None] = {}

    def document(self, document_id: str) -> TargetDocument | None:
        """Return a document of the target, or None."""
        if document_id not in self._documents:
            self._documents[document_id] = self._target.document(document_id)
        return self._documents[document_id]

    def locate(self, case: Case) -> list[Located]:
        """Find each of a case's gold quotes.

        Raises:
            QuestionSetError: A quote or its document is not there, or the quote lies in no passage.
        """
        return [self._locate(gold, case.id) for gold in case.gold]

    def _locate(self, gold: Gold, case_id: str) -> Located:
        document = self.document(gold.document)
        if document is None:
            known = ", ".join(self._target.document_ids())
            raise QuestionSetError(f"case {case_id}: there is no document {gold.document!r} (there are: {known}).")
        places = tuple(
            Place(document_id=gold.document, start=match.start(), end=match.end())
            for match in re.finditer(re.escape(gold.quote), document.text)
        )
        if not places:
            raise QuestionSetError(
                f"case {case_id}: the quote {gold.quote!r} does not occur in {gold.document!r}. The nearest sentence "
                f"there is: {_nearest(gold.quote, document.text)!r}"
            )
        located = self.hold(places)
        if not located.passages:
            raise QuestionSetError(
                f"case {case_id}: the quote {gold.quote!r} is a heading; quote the text that answers."
            )
        return located

    def hold(self, places: tuple[Place, ...]) -> Located:
        """Find the passages that hold any part of the given places, which lie in documents of the target."""
        found = set()
        for place in places:
            document = self.document(place.document_id)
            passages = document.passages if document is not None else {}
            found |= {name for name, at in passages.items() if at.start < place.end and place.start < at.end}
        return Located(places, frozenset(found))

"""Which documents a collection holds: in an order, under filters, a page at a time; their texts are not read.

A page begins behind a place in the order, not at a number: however many documents come or go between two pages, none
that stays is listed twice or left out.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Literal

from index.database import Database, DocumentMetadata, Summary
from qa.filters import NO_FILTERS, Filters, folded

SortKey = Literal["id", "title", "published"]
Place = tuple[str, str]
"""Where a document stands in an order: what it is sorted by, before its id, and its id."""

_TITLE_CHARACTERS = 100
"""How much of a title counts: a place must not be as long as the longest title."""

_KEPT_ORDERS = 16
"""How many ways to list are kept, at 8 bytes a document."""


@dataclass(frozen=True, slots=True)
class Order:
    """How documents are listed.

    Attributes:
        key: What they are sorted by, and then by id; the first 100 characters of titles count, in any case, and
            documents without a date come before all others.
        descending: Whether the last stands first.
    """

    key: SortKey = "id"
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the documents that were asked for.

    Attributes:
        documents: In the order that was asked for.
        total: How many there are on all pages together.
        last: Where the last of them stands, if others come behind it.
    """

    documents: list[Summary]
    total: int
    last: Place | None


_KEYS: dict[SortKey, Callable[[DocumentMetadata], Place]] = {
    "id": lambda document: ("", document.id),
    "title": lambda document: (folded(document.title)[:_TITLE_CHARACTERS], document.id),
    "published": lambda document: (document.published or "", document.id),
}


def _matching(database: Database, key: SortKey, filters: Filters, title: str) -> Sequence[DocumentMetadata]:
    """Return the documents that match, ascending."""
    found = [
        document
        for document in database.metadata()
        if filters.matches(document) and (not title or title in folded(document.title))
    ]
    return found if key == "id" else sorted(found, key=_KEYS[key])


class Catalog:
    """Lists the documents of one generation; safe to use from several threads.

    Args:
        database: The generation's.
        count: How many documents it holds.
    """

    def __init__(self, database: Database, count: int) -> None:
        self._database = database
        self._count = count
        self._matching = lru_cache(maxsize=_KEPT_ORDERS)(partial(_matching, database))

    def page(
        self, limit: int, after: Place | None = None, order: Order = Order(), filters: Filters = NO_FILTERS, *,
        title: str = "",
    ) -> Page:  # fmt: skip
        """Return the documents behind a place.

        Args:
            limit: How many, at most.
            after: As a page of the same order gave it; None begins with the first.
            order: What they are sorted by.
            filters: Which documents are listed.
            title: Text that their titles hold, in any case; empty does not restrict.
        """
        if order == Order() and not filters and not title:
            # By id they stand in the database: what is known of all the others need not be read.
            ids = self._database.ids_after(after[1] if after else "", limit + 1)
            return self._page(ids, limit, self._count, lambda last: ("", last))
        key = _KEYS[order.key]
        matching = self._matching(order.key, filters, folded(title))
        if order.descending:
            end = bisect_left(matching, after, key=key) if after else len(matching)
            chosen = list(reversed(matching[max(0, end - limit - 1) : end]))
        else:
            begin = bisect_right(matching, after, key=key) if after else 0
            chosen = list(matching[begin : begin + limit + 1])
        places = {document.id: key(document) for document in chosen}
        return self._page(list(places), limit, len(matching), places.__getitem__)

    def _page(self, ids: list[str], limit: int, total: int, place: Callable[[str], Place]) -> Page:
        """Make a page of ids, of which one more than is wanted tells that others come."""
        last = place(ids[limit - 1]) if len(ids) > limit else None
        return Page(self._database.summaries(ids[:limit]), total, last)

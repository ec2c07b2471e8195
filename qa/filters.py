"""Filters: which documents a question is put to, decided by what is known about them and never by their texts."""

from __future__ import annotations

import calendar
import datetime
import re
import unicodedata
from dataclasses import dataclass
from typing import Protocol

from qa.errors import QuestionError

_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_PARTIAL_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)


class Metadata(Protocol):
    """What filters look at; ``Document`` has it, and so has ``index.database.DocumentMetadata``."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def author(self) -> str | None:
        """One name, or several separated by commas."""

    @property
    def published(self) -> str | None:
        """YYYY-MM-DD, YYYY-MM or YYYY."""

    @property
    def tags(self) -> tuple[str, ...]:
        """Its tags."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Restricts which documents are searched. Within one field any value may match; different fields all must.

    Attributes:
        document_ids: Ids, matched exactly; empty does not restrict.
        authors: Names, matched whole and in any case: all that the source states as author, or one of several names
            in it. Kept as they are compared, so that equal filters are equal however they were written.
        tags: Tags, matched and kept as authors are.
        published_from: First day, included.
        published_to: Last day, included.

    Raises:
        QuestionError: A name is blank, or the first day comes after the last.
    """

    document_ids: frozenset[str] = frozenset()
    authors: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    published_from: datetime.date | None = None
    published_to: datetime.date | None = None

    def __post_init__(self) -> None:
        for field in ("authors", "tags"):
            object.__setattr__(self, field, frozenset(folded(name) for name in getattr(self, field)))
        for field in ("document_ids", "authors", "tags"):
            if "" in getattr(self, field):
                raise QuestionError(field, f"a value of {field} is empty; leave it out, or name one")
        first, last = self.published_from, self.published_to
        if first is not None and last is not None and first > last:
            raise QuestionError("published_to", f"the last day, {last}, comes before the first, {first}; exchange them")

    def __bool__(self) -> bool:
        """Tell whether they restrict anything."""
        return bool(self.document_ids or self.authors or self.tags or self.published_from or self.published_to)

    def matches(self, document: Metadata) -> bool:
        """Tell whether a document is among those that the question is put to."""
        return (
            (not self.document_ids or document.id in self.document_ids)
            and (not self.authors or not self.authors.isdisjoint(_names(document.author)))
            and (not self.tags or any(folded(tag) in self.tags for tag in document.tags))
            and self._matches_date(document.published)
        )

    def _matches_date(self, published: str | None) -> bool:
        """Tell whether a document may have been published between the days; one without a date never is."""
        if self.published_from is None and self.published_to is None:
            return True
        days = _days(published)
        if days is None:
            return False
        first, last = days
        return (self.published_from is None or self.published_from <= last) and (
            self.published_to is None or first <= self.published_to
        )


NO_FILTERS = Filters()
"""Every document is searched."""


def parse_date(text: str) -> datetime.date:
    """Return the day that YYYY-MM-DD names; nothing else is taken, and nothing guessed.

    Raises:
        ValueError: It names no day; the message is fit for whoever wrote it.
    """
    found = _DATE.fullmatch(text)
    try:
        if found:
            return datetime.date(*map(int, found.groups()))
    except ValueError:
        pass  # a thirteenth month, say
    raise ValueError("it must be a day as YYYY-MM-DD, such as 2019-12-31")


def folded(name: str) -> str:
    """Return a name as it is compared: case, composition of accents and white space around it do not count."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold()).strip()


def _names(author: str | None) -> set[str]:
    if author is None:
        return set()
    whole = folded(author)
    return {whole, *(name.strip() for name in whole.split(","))}


def _days(published: str | None) -> tuple[datetime.date, datetime.date] | None:
    """Return the first and the last day on which a document may have been published, if its date is one."""
    found = _PARTIAL_DATE.fullmatch(published or "")
    if not found:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        first = datetime.date(year or 0, month or 1, day or 1)
    except ValueError:
        return None
    if day:
        return first, first
    last_month = month or 12
    return first, datetime.date(first.year, last_month, calendar.monthrange(first.year, last_month)[1])

"""Filters on the wire: an object in a body, or parameters that may be repeated in an address."""

from __future__ import annotations

import datetime
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from api.schemas.wire import NOT_BLANK
from qa.errors import QuestionError
from qa.filters import Filters, parse_date

_MAX_VALUES = 100
_MAX_CHARACTERS = 1_000


def _day(value: object) -> datetime.date:
    """Take nothing but YYYY-MM-DD: pydantic itself would take seconds since 1970, too."""
    if isinstance(value, str):
        try:
            return parse_date(value)
        except ValueError as error:
            raise PydanticCustomError("iso_date", "{reason}", {"reason": str(error)}) from None
    raise PydanticCustomError("iso_date", "it must be text: a day as YYYY-MM-DD")


Value = Annotated[str, StringConstraints(min_length=1, max_length=_MAX_CHARACTERS)]
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=_MAX_CHARACTERS),
    Field(json_schema_extra=NOT_BLANK),
]
Day = Annotated[datetime.date, BeforeValidator(_day)]
_Values = Annotated[list[Value], Field(min_length=1, max_length=_MAX_VALUES)]
_Names = Annotated[list[Name], Field(min_length=1, max_length=_MAX_VALUES)]

_IDS = "Documents with one of these ids."
_AUTHORS = (
    "Documents by one of these authors: the name in full, in any case; where a document has several authors, one of "
    "them is enough."
)
_TAGS = "Documents with one of these tags, in any case."
_FROM = (
    "Documents published on this day or later. One of which only the month or year is known counts if any day of it "
    "fits; one without a date never does."
)
_TO = "Documents published on this day or earlier; otherwise as `published_from`."


class FiltersBody(BaseModel):
    """Restricts which documents are searched. Within a list any value may match; different fields all must."""

    model_config = ConfigDict(extra="forbid")

    document_ids: _Values | None = Field(None, description=_IDS, examples=[["chinas-sputnik-moment"]])
    authors: _Names | None = Field(None, description=_AUTHORS, examples=[["Pincite contributors"]])
    tags: _Names | None = Field(None, description=_TAGS, examples=[["history", "export controls"]])
    published_from: Day | None = Field(None, description=_FROM, examples=["2026-01-01"])
    published_to: Day | None = Field(None, description=_TO, examples=["2026-12-31"])

    @field_validator("published_to")
    @classmethod
    def _in_order(cls, last: datetime.date | None, info: ValidationInfo) -> datetime.date | None:
        try:
            Filters(published_from=info.data.get("published_from"), published_to=last)
        except QuestionError as error:
            raise PydanticCustomError("order", "{reason}", {"reason": str(error)}) from None
        return last

    def filters(self) -> Filters:
        """Return what they mean."""
        return Filters(
            document_ids=frozenset(self.document_ids or ()),
            authors=frozenset(self.authors or ()),
            tags=frozenset(self.tags or ()),
            published_from=self.published_from,
            published_to=self.published_to,
        )


async def filters_in_address(
    document_id: Annotated[list[Value] | None, Query(max_length=_MAX_VALUES, description=_IDS)] = None,
    author: Annotated[list[Name] | None, Query(max_length=_MAX_VALUES, description=_AUTHORS)] = None,
    tag: Annotated[list[Name] | None, Query(max_length=_MAX_VALUES, description=_TAGS)] = None,
    published_from: Annotated[Day | None, Query(description=_FROM)] = None,
    published_to: Annotated[Day | None, Query(description=_TO)] = None,
) -> Filters:
    """Read filters from an address; ``document_id``, ``author`` and ``tag`` may be repeated.

    Raises:
        QuestionError: The first day comes after the last.
    """
    return Filters(
        document_ids=frozenset(document_id or ()),
        authors=frozenset(author or ()),
        tags=frozenset(tag or ()),
        published_from=published_from,
        published_to=published_to,
    )

"""Documents that are sent to be added or replaced."""

from __future__ import annotations

import json
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, JsonValue, StringConstraints
from pydantic_core import PydanticCustomError

from api.schemas.wire import CollectionName, Wire
from index.blocks import one_line

MAX_ID = 512
_MAX_METADATA = 1_000
NEW_DOCUMENT_EXAMPLE = "leave-policy"
NEW_COLLECTION_EXAMPLE = "handbook"
_TEXT = "# Leave\n\nEverybody has 30 days of leave a year. Ask the office two weeks before."
_LEAVE: dict[str, JsonValue] = {"title": "Leave policy", "text": _TEXT, "published": "2026-11-23", "tags": ["policy"]}


def fit_id(name: str) -> str:
    """Return a document id as it is, if it is fit to be one.

    Raises:
        PydanticCustomError: It is empty, too long, or would be altered when it is cleaned.
    """
    if not name or len(name) > MAX_ID or one_line(name) != name:
        raise PydanticCustomError(
            "document_id",
            "an id has 1 to 512 characters in Unicode NFC, with single spaces inside and no control characters",
        )
    return name


DocumentId = Annotated[str, AfterValidator(fit_id)]
_Line = Annotated[str, StringConstraints(max_length=_MAX_METADATA)]


class DocumentContent(Wire):
    """A document as text; what is not stated is found in the text as far as it can be."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_LEAVE]})

    text: str = Field(
        min_length=1,
        description="Its text.",
        examples=[_TEXT],
    )
    format: Literal["markdown", "text", "html"] | None = Field(
        None, description="What the text is; plain text if left out, or Markdown where its marks are evident."
    )
    title: _Line | None = Field(None, description="Its title.", examples=["Leave policy"])
    author: _Line | None = Field(None, description="Several are separated by a comma.", examples=["Ada Ames"])
    published: _Line | None = Field(
        None,
        description="A date; one of which day and month cannot be told apart is none.",
        examples=["2026-11-23"],
    )
    url: _Line | None = Field(
        None, description="Where it can be read; never fetched.", examples=["https://example.org/leave"]
    )
    tags: list[_Line] | None = Field(None, max_length=100, description="Its tags.", examples=[["policy"]])

    def line(self, document_id: str) -> bytes:
        """Return it as a line of a JSONL file, which is how it is read."""
        stated = self.model_dump(exclude_none=True) | {"id": document_id}
        return json.dumps(stated, ensure_ascii=False).encode()


class NewDocument(DocumentContent):
    """A document with the id that it is to have."""

    model_config = ConfigDict(json_schema_extra=None)  # examples are of bodies, and this is a part of one

    id: DocumentId | None = Field(
        None,
        description="A document that has this id is replaced. Made of the content if left out, so that the same "
        "document sent twice is one.",
        examples=[NEW_DOCUMENT_EXAMPLE],
    )


class NewDocuments(Wire):
    """Documents to add."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"documents": [{"id": NEW_DOCUMENT_EXAMPLE, **_LEAVE}]}]}
    )

    documents: list[NewDocument] = Field(min_length=1, description="Ids must differ.")


class NewCollection(Wire):
    """A collection to make."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"name": NEW_COLLECTION_EXAMPLE}]})

    name: CollectionName = Field(description="Lower-case letters, digits, - and _.", examples=[NEW_COLLECTION_EXAMPLE])


class RollbackRequest(Wire):
    """Which generation to go back to."""

    generation: str | None = Field(
        None, max_length=100, description="Its name; the newest before the current one if left out."
    )

"""What all requests and responses share."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictInt, StringConstraints

from index.settings import COLLECTION_NAME


def _whole(value: object) -> object:
    """Take 3.0 for 3, as JSON does; but neither "3" nor true."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Integer = Annotated[StrictInt, BeforeValidator(_whole)]
CollectionName = Annotated[str, StringConstraints(pattern=COLLECTION_NAME)]
NOT_BLANK = {"pattern": r"\S"}
"""For the schema of text that is trimmed: white space alone will not do."""
DOCUMENT_EXAMPLE = "chinas-sputnik-moment"
TITLE_EXAMPLE = "How Washington gave China its Sputnik moment"
PASSAGE_EXAMPLE = "pd85a39d6c04531b28368"
GENERATION_EXAMPLE = "20261122T132351-407193Z"
SHA256_EXAMPLE = "f82b4cf0f9a2f04db373a4c340887fda8d02fbcc1a8b28537f6204e1f678845f"
START = "Offset of its first character in the document's text, in Unicode code points."
END = "Offset after its last character."


class Wire(BaseModel):
    """A part of a request or response; fields that are not described are refused."""

    model_config = ConfigDict(extra="forbid")

    def to_json(self) -> bytes:
        """Return it as it is sent."""
        return self.model_dump_json().encode("utf-8")


class Problem(BaseModel):
    """An error, as RFC 9457 describes it."""

    type: str = Field(examples=["urn:pincite:problem:bad-request"], description="Names the kind of error.")
    title: str = Field(description="The kind of error, in words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What happened and what to do next.")
    request_id: str = Field(description="Also in the header X-Request-ID.")
    errors: list[dict[str, str]] | None = Field(None, description="Each field at fault, with what is wrong with it.")

"""Whether the service is alive and ready."""

from __future__ import annotations

from pydantic import Field

from api.schemas.wire import GENERATION_EXAMPLE, Wire


class Health(Wire):
    """The process is alive."""

    status: str = Field(description="Always `ok`: one that is not alive says nothing.", examples=["ok"])


class Readiness(Wire):
    """Questions can be answered: the index is loaded and the encoder has encoded.

    Where the service has keys, all but `status` is left out for those who send none that opens the default collection.
    """

    status: str = Field(description="Always `ready`: else the answer is a problem.", examples=["ready"])
    collection: str | None = Field(None, description="The default collection.", examples=["default"])
    generation: str | None = Field(
        None, description="Which build of its index is loaded.", examples=[GENERATION_EXAMPLE]
    )
    documents: int | None = Field(None, description="How many documents it holds.", examples=[2])
    passages: int | None = Field(None, description="How many passages it holds.", examples=[54])
    spans: int | None = Field(None, description="How many sentences it holds.", examples=[247])
    encoder: str | None = Field(None, description="How questions are encoded.", examples=["all-MiniLM-L6-v2 (int8)"])

"""Whether the service is alive and ready."""

from __future__ import annotations

from pydantic import Field

from api.schemas.wire import Wire


class Health(Wire):
    """The process is alive."""

    status: str = Field(examples=["ok"])


class Readiness(Wire):
    """Questions can be answered: the index is loaded and the encoder has encoded.

    Where the service has keys, all but `status` is left out for those who send none that opens the default collection.
    """

    status: str = Field(examples=["ready"])
    collection: str | None = None
    generation: str | None = None
    documents: int | None = None
    passages: int | None = None
    spans: int | None = None
    encoder: str | None = Field(None, description="How questions are encoded.", examples=["all-MiniLM-L6-v2 (int8)"])

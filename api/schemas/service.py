"""Whether the service is alive and ready."""

from __future__ import annotations

from pydantic import Field

from api.schemas.wire import Wire


class Health(Wire):
    """The process is alive."""

    status: str = Field(examples=["ok"])


class Readiness(Wire):
    """Questions can be answered: the index is loaded and the encoder has encoded."""

    status: str = Field(examples=["ready"])
    collection: str
    generation: str
    documents: int
    passages: int
    spans: int
    encoder: str = Field(description="How questions are encoded.", examples=["all-MiniLM-L6-v2 (int8)"])

"""Questions to begin with."""

from __future__ import annotations

from pydantic import Field

from api.schemas.answers import QUESTION_EXAMPLE
from api.schemas.wire import Wire


class ExampleList(Wire):
    """Questions to begin with."""

    collection: str = Field(description="The collection that they are for.", examples=["default"])
    questions: list[str] = Field(
        description="Short ones, seven at most; where there is an example of a question that the documents do not "
        "answer, it is the last. Empty where nobody has chosen any.",
        examples=[[QUESTION_EXAMPLE]],
    )

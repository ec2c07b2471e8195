"""What people say of answers."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, StrictBool, StringConstraints

from api.schemas.answers import QUESTION_EXAMPLE, QuestionText
from api.schemas.citations import QUOTE_EXAMPLE, REFERENCE_EXAMPLE
from api.schemas.wire import GENERATION_EXAMPLE, CollectionName, Wire
from qa.feedback import Vote

MAX_CITATIONS = 20
_MAX_ANSWER = 100_000
_Reference = Annotated[str, StringConstraints(min_length=1, max_length=4_000)]
_Comment = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000)]


class Feedback(Wire):
    """Whether an answer helped."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [
        {"question": QUESTION_EXAMPLE, "helpful": True},
        {"question": QUESTION_EXAMPLE, "helpful": False, "generation": GENERATION_EXAMPLE, "answer": QUOTE_EXAMPLE,
         "citations": [REFERENCE_EXAMPLE], "comment": "It does not say when.", "id": "0b9df1c6a2"},
    ]})  # fmt: skip

    question: QuestionText = Field(description="The question, as it was asked.")
    helpful: StrictBool = Field(description="Whether the answer helped.")
    collection: CollectionName | None = Field(
        None, description="Where it was asked; the service's own default if left out."
    )
    generation: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{1,64}$")] | None = Field(
        None, description="The answer's `generation`."
    )
    answer: Annotated[str, StringConstraints(max_length=_MAX_ANSWER)] | None = Field(
        None,
        description="The answer's text, empty where the question was refused. Only whether there was one is kept: the "
        "text is the documents', and goes when they do.",
    )
    citations: list[_Reference] = Field(
        default=[],
        max_length=MAX_CITATIONS,
        description=f"The `reference` of each of the answer's citations, {MAX_CITATIONS} at most.",
    )
    comment: _Comment | None = Field(None, description="What there is to say besides, as plain text.")
    id: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{1,64}$")] | None = Field(
        None,
        description="The client's own name for this vote, made up at random. What is sent under it again, in the same "
        "collection, takes the place of what was said before: somebody has changed their mind.",
    )

    def vote(self) -> Vote:
        """Return what is kept of it."""
        return Vote(
            question=self.question,
            helpful=self.helpful,
            answered=None if self.answer is None else bool(self.answer),
            generation=self.generation,
            citations=tuple(self.citations),
            comment=self.comment or None,
            id=self.id,
        )

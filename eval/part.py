"""What a run can do without; a leaf, since the command line names these as it starts."""

from __future__ import annotations

from enum import StrEnum


class Part(StrEnum):
    """A part of retrieval that a run can do without."""

    SPANS = "spans"
    LEXICAL = "lexical"
    DENSE = "dense"
    FEEDBACK = "feedback"

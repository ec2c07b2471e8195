"""The errors of this room; the whole tree stands in ``index.errors``."""

from index.errors import PinciteError


class QuestionSetError(PinciteError):
    """A question set cannot be read, is malformed, or does not fit the documents."""

"""The errors of this room; the whole tree stands in ``index.errors``."""

from index.errors import PinciteError


class QuestionError(PinciteError):
    """The question, or an option given with it, cannot be used.

    Args:
        field: Name of the offending option as the API calls it.
        message: What is wrong with it.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class CitationError(PinciteError):
    """A quote does not match its source. It is never returned; that it came up is a fault in the index."""

"""The errors of this room; the whole tree stands in ``index.errors``."""

from index.errors import PinciteError


class QuestionSetError(PinciteError):
    """A question set cannot be read, is malformed, or does not fit the documents."""


class RunError(PinciteError):
    """A run cannot be read, or two runs cannot be compared."""


class TargetError(PinciteError):
    """What is to be measured cannot be reached, or did not answer as the API says."""


class CollectionError(PinciteError):
    """A standard collection's files are missing, or are not in the form that they should have."""


class LogError(PinciteError):
    """A service's question log cannot be read."""

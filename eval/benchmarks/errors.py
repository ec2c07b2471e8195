"""The error of the benchmarks; the whole tree stands in ``index.errors``."""

from index.errors import PinciteError


class BenchmarkError(PinciteError):
    """A server does not start or does not answer, or there is not enough to measure with."""

"""What the service counts and times, as Prometheus reads it; the one module that knows its client.

With several workers each keeps its numbers in a file of its own, in a folder that all know, and whichever is asked adds
them up. The client looks for that folder when it is imported: ``FOLDER`` has to be set before this module is.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from qa.answers import Answer, Listing

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
MEDIA_TYPE = CONTENT_TYPE_LATEST
STAGES = ("wait", "encode", "search", "rank", "read", "cite", "render")
"""Where a question's time goes, in order: those of its ``timings_ms``, and the making of the JSON."""

_SECONDS = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class Metrics:
    """The numbers of one application; safe to use from several threads."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._questions = Counter(
            "pincite_questions",
            "Questions asked over HTTP, by collection and by what came of them: answered, unanswerable, searched.",
            ["collection", "outcome"],
            registry=self._registry,
        )
        self._refused = Counter(
            "pincite_questions_shed",
            "Questions that were not taken because too many waited.",
            registry=self._registry,
        )
        seconds = Histogram(
            "pincite_stage_seconds",
            "Time that a question took in each stage.",
            ["stage"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._stages = {stage: seconds.labels(stage) for stage in STAGES}

    def answered(self, answer: Answer, seconds: Mapping[str, float]) -> None:
        """Count a question, and what each of ``STAGES`` took."""
        self._count(answer.collection, "answered" if answer.answerable else "unanswerable", seconds)

    def searched(self, listing: Listing, seconds: Mapping[str, float]) -> None:
        """Count a question whose passages were only listed, and what its stages took."""
        self._count(listing.collection, "searched", seconds)

    def _count(self, collection: str, outcome: str, seconds: Mapping[str, float]) -> None:
        self._questions.labels(collection, outcome).inc()
        for stage, spent in seconds.items():
            self._stages[stage].observe(spent)

    def shed(self) -> None:
        """Count a question that was not taken."""
        self._refused.inc()

    def page(self) -> bytes:
        """Return all numbers, of all workers, in Prometheus's text format."""
        if FOLDER not in os.environ:
            return generate_latest(self._registry)
        everyone = CollectorRegistry()
        MultiProcessCollector(everyone)  # type: ignore[no-untyped-call]
        return generate_latest(everyone)

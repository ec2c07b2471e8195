"""What the service counts and times, as Prometheus reads it; the one module that knows its client.

With several workers each keeps its numbers in files of its own, in a folder that all know, and whichever is asked adds
them up. The files belong to a worker's place, not to its process: whoever takes the place of one that died counts on
from where it was.

Every label has few values, whatever is sent: routes are templates, and collections are counted when they have answered.
"""

from __future__ import annotations

import datetime
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from index.collection import list_collections
from index.errors import IndexUnavailable
from index.manifest import read_manifest
from qa.answers import Answer, Listing

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
MEDIA_TYPE = CONTENT_TYPE_LATEST
STAGES = ("wait", "encode", "search", "rank", "read", "cite", "render")
"""Where a question's time goes, in order: those of its ``timings_ms``, and the making of the JSON."""

_SECONDS = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_CONFIDENCES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class _Place:
    """Which of the workers this process is; 0 where there is one."""

    number = 0


class Metrics:
    """The numbers of one application; safe to use from several threads.

    Those of several workers go together where ``FOLDER`` is set in the environment when this is made.

    Args:
        data_dir: Where the collections are whose age and size are told.
    """

    def __init__(self, data_dir: Path) -> None:
        if FOLDER in os.environ:  # the client looks for it when it is imported, and would use process ids
            values.ValueClass = values.MultiProcessValue(lambda: _Place.number)  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        self._facts = _Facts(data_dir)
        self._registry.register(self._facts)
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
        self._waiting = Gauge(
            "pincite_questions_waiting",
            "Questions that are taken and not yet answered.",
            registry=self._registry,
            multiprocess_mode="sum",
        )
        self._confidence = Histogram(
            "pincite_confidence",
            "How surely the documents answer a question, by collection.",
            ["collection"],
            buckets=_CONFIDENCES,
            registry=self._registry,
        )
        self._votes = Counter(
            "pincite_feedback",
            "Answers of which somebody said whether they helped, by collection.",
            ["collection", "helpful"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "pincite_stage_seconds",
            "Time that a question took in each stage, by collection.",
            ["collection", "stage"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._requests = Counter(
            "pincite_requests",
            "Requests, by the template of their path, method and class of status.",
            ["route", "method", "status"],
            registry=self._registry,
        )
        self._connections = Gauge(
            "pincite_connections", "Open connections.", registry=self._registry, multiprocess_mode="sum"
        )
        self._cut = Counter(
            "pincite_connections_cut",
            "Connections that the service ended: too slow, one too many, or not HTTP.",
            ["reason"],
            registry=self._registry,
        )
        self._stages: dict[str, dict[str, Histogram]] = {}
        self._counted: dict[tuple[str, str, int], Counter] = {}

    def take_place(self, number: int) -> None:
        """Say which worker this process is, from 1, before it counts anything."""
        _Place.number = number
        self.waiting(0)
        self.connections(0)

    def answered(self, answer: Answer, seconds: Mapping[str, float]) -> None:
        """Count a question, and what each of ``STAGES`` took."""
        self._confidence.labels(answer.collection).observe(answer.confidence)
        self._count(answer.collection, "answered" if answer.answerable else "unanswerable", seconds)

    def searched(self, listing: Listing, seconds: Mapping[str, float]) -> None:
        """Count a question whose passages were only listed, and what those of ``STAGES`` took that it went through."""
        self._count(listing.collection, "searched", seconds)

    def _count(self, collection: str, outcome: str, seconds: Mapping[str, float]) -> None:
        self._questions.labels(collection, outcome).inc()
        stages = self._stages.get(collection)
        if stages is None:
            stages = {stage: self._seconds.labels(collection, stage) for stage in STAGES}
            self._stages[collection] = stages
        for stage, spent in seconds.items():
            stages[stage].observe(spent)

    def shed(self) -> None:
        """Count a question that was not taken."""
        self._refused.inc()

    def voted(self, collection: str, *, helpful: bool) -> None:
        """Count what somebody said of an answer."""
        self._votes.labels(collection, "true" if helpful else "false").inc()

    def waiting(self, count: int) -> None:
        """Tell how many questions are taken and not yet answered, in this worker."""
        self._waiting.set(count)

    def request(self, route: str, method: str, status: int) -> None:
        """Count a request; ``route`` is a template, and a status of 0 says that nobody was there to be answered."""
        key = route, method if method in _METHODS else "(other)", status // 100
        counted = self._counted.get(key)
        if counted is None:
            counted = self._counted[key] = self._requests.labels(key[0], key[1], f"{key[2]}xx" if status else "none")
        counted.inc()

    def connections(self, count: int) -> None:
        """Tell how many connections this worker holds."""
        self._connections.set(count)

    def cut(self, reason: str) -> None:
        """Count a connection that the service ended; of reasons there are few."""
        self._cut.labels(reason).inc()

    def page(self) -> bytes:
        """Return all numbers, of all workers, in Prometheus's text format."""
        if FOLDER not in os.environ:
            return generate_latest(self._registry)
        everyone = CollectorRegistry()
        everyone.register(self._facts)
        MultiProcessCollector(everyone)  # type: ignore[no-untyped-call]
        return generate_latest(everyone)


class _Facts(Collector):
    """What is looked up when it is asked for, since every worker finds the same: what lies on disk, and the start."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._started = time.time()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Return the facts."""
        yield GaugeMetricFamily("pincite_start_time_seconds", "When the service started.", value=self._started)
        age = GaugeMetricFamily(
            "pincite_generation_age_seconds", "Since the generation that answers was made.", labels=["collection"]
        )
        rows = GaugeMetricFamily("pincite_index_rows", "What a collection holds.", labels=["collection", "kind"])
        for collection in list_collections(self._data_dir):
            with suppress(IndexUnavailable):  # what cannot answer has neither, and /readyz says why
                manifest = read_manifest(collection.generation_folder(collection.current()))
                made = datetime.datetime.fromisoformat(manifest.created).timestamp()
                age.add_metric([collection.name], max(0.0, time.time() - made))
                for kind, count in manifest.counts:
                    rows.add_metric([collection.name, kind], count)
        yield age
        yield rows

"""Traces of requests, sent by OTLP over HTTP; the one module that knows OpenTelemetry, imported where it is wanted.

OpenTelemetry's own variables (``OTEL_…``) say where to, how many, and under which name.
"""

from __future__ import annotations

import time

from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from api.observing import UNKNOWN, Observed
from index.version import VERSION

_PROPAGATED = (b"traceparent", b"tracestate")
_NANOSECONDS = 1e9


class Tracing:
    """Makes a span of each request, and one of each stage of its question; none holds what was asked.

    A process that serves opens it for itself: what sends the spans is a thread, which a fork does not take along.
    """

    def __init__(self) -> None:
        self._provider: TracerProvider | None = None
        self._tracer: trace.Tracer = trace.NoOpTracer()

    def open(self) -> None:
        """Begin to send."""
        named = Resource({"service.name": "pincite", "service.version": VERSION})
        self._provider = TracerProvider(resource=Resource.create().merge(named).merge(OTELResourceDetector().detect()))
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("pincite", VERSION)

    def close(self) -> None:
        """Send what is left."""
        if self._provider is not None:
            self._provider.shutdown()

    def trace(self, observed: Observed) -> None:
        """Make a trace of a request that is over."""
        ended = time.time_ns()
        began = ended - int(observed.seconds * _NANOSECONDS)
        method = str(observed.scope["method"])
        span = self._tracer.start_span(
            method if observed.route == UNKNOWN else f"{method} {observed.route}",
            _context_of(observed),
            trace.SpanKind.SERVER,
            {
                "http.request.method": method,
                "http.route": observed.route,
                "http.response.status_code": observed.status,
                "pincite.request_id": observed.scope["state"]["request_id"],
            },
            start_time=began,
        )
        if observed.status >= 500:
            span.set_status(trace.StatusCode.ERROR)
        asked = observed.asked
        if asked is not None:
            span.set_attributes({"pincite.collection": asked.collection, "pincite.outcome": asked.outcome})
            if asked.confidence is not None:
                span.set_attribute("pincite.confidence", asked.confidence)
            within = trace.set_span_in_context(span)
            # They follow one another; between them, questions that came at the same time may have had their turns.
            at = began + int((asked.began - observed.began) * _NANOSECONDS)
            for stage, seconds in asked.seconds.items():
                child = self._tracer.start_span(stage, within, start_time=at)
                at += int(seconds * _NANOSECONDS)
                child.end(at)
        span.end(ended)


def _context_of(observed: Observed) -> context.Context:
    """Return the context that the client names; a new trace where it names none."""
    carried = {
        name.decode(): value.decode("latin-1") for name, value in observed.scope["headers"] if name in _PROPAGATED
    }
    return TraceContextTextMapPropagator().extract(carried, context.Context())

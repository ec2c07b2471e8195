"""What is known of each request when it is over: a line in the log, a count, and if wanted a trace."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.logs import Log
from api.metrics import Metrics
from api.problems import of_fault

_PROBES = {"/healthz", "/readyz", "/metrics"}
"""Asked every few seconds by machines: lines about them are for debugging."""
_DESCRIPTION = "/openapi.json"
"""FastAPI's own, which is not told of as its other routes are."""
UNKNOWN = "(unknown)"
_KEY = "asked"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, for whoever watches over the service.

    Attributes:
        collection: Where it was asked.
        outcome: ``answered``, ``unanswerable`` or ``searched``.
        confidence: That the documents answer it; None where nobody looked.
        question: As asked.
        began: When its first stage began, as ``time.perf_counter`` has it.
        seconds: What each of ``api.metrics.STAGES`` took, in their order.
    """

    collection: str
    outcome: str
    confidence: float | None
    question: str
    began: float
    seconds: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Observed:
    """A request that is over.

    Attributes:
        scope: The connection's, in ASGI's words.
        route: The template of its path, ``(unknown)`` where there is none: paths hold ids.
        status: Of the response; 0 where there was none.
        sent: Bytes of its body.
        began: As ``time.perf_counter`` has it.
        seconds: What it took.
        asked: The question, if it was one.
    """

    scope: Scope
    route: str
    status: int
    sent: int
    began: float
    seconds: float
    asked: Asked | None


class Tracer(Protocol):
    """Makes traces of requests."""

    def trace(self, observed: Observed) -> None:
        """Make a trace of one."""
        ...


def note_question(request: Request, asked: Asked) -> None:
    """Note what came of a question, for log and trace."""
    request.scope["state"][_KEY] = asked


def _route(scope: Scope) -> str:
    route = scope.get("route")
    if route is not None:
        return str(route.path_format)
    if scope["path"] == _DESCRIPTION:
        return _DESCRIPTION
    # What is mounted has no template: where it is mounted stands for it.
    return str(scope["root_path"]) if scope.get("app_root_path") not in {None, scope["root_path"]} else UNKNOWN


class ObservingMiddleware:
    """Observes requests. An error that nobody has caught ends here: logged with its traceback, answered without.

    Args:
        app: What answers.
        log: Takes a line a request.
        metrics: Counts them.
        questions: Whether lines hold questions.
        tracer: Traces them.
    """

    def __init__(
        self, app: ASGIApp, *, log: Log, metrics: Metrics, questions: bool, tracer: Tracer | None = None
    ) -> None:
        self._app = app
        self._lines = log.lines
        self._metrics = metrics
        self._questions = questions
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = sent = 0

        async def observed(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                sent += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, observed)
        except Exception as error:  # noqa: BLE001 - nothing is behind this but the server
            response = of_fault(Request(scope), error)
            if status == 0:
                await response(scope, receive, observed)
        finally:
            seconds = time.perf_counter() - began
            self._tell(Observed(scope, _route(scope), status, sent, began, seconds, scope["state"].get(_KEY)))

    def _tell(self, observed: Observed) -> None:
        scope, asked = observed.scope, observed.asked
        fields: dict[str, object] = {
            "request_id": scope["state"]["request_id"],
            "method": scope["method"],
            "route": observed.route,
            "status": observed.status,
            "ms": round(observed.seconds * 1e3, 2),
            "bytes": observed.sent,
        }
        if key := scope["state"].get("key_id"):
            fields["key_id"] = key
        if asked is not None:
            fields["collection"] = asked.collection
            fields["outcome"] = asked.outcome
            if asked.confidence is not None:
                fields["confidence"] = round(asked.confidence, 3)
            if self._questions:
                fields["question"] = asked.question
        if observed.route in _PROBES:
            self._lines.debug("request", **fields)
        elif observed.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self._lines.warning("request", **fields)
        else:
            self._lines.info("request", **fields)
        self._metrics.request(observed.route, scope["method"], observed.status)
        if self._tracer is not None:
            self._tracer.trace(observed)

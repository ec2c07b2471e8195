"""The application: routes, errors, and what is loaded when it starts."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI
from fastapi.concurrency import run_in_threadpool
from fastapi_offline import FastAPIOffline
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api import description, problems
from api.access.cors import CorsMiddleware
from api.access.gate import Gate
from api.access.hosts import HostMiddleware
from api.access.route import GuardedRoute
from api.answering import Answering
from api.body_limit import BodyLimitMiddleware
from api.changes.intake import Intake
from api.headers import HeadersMiddleware
from api.logs import Log
from api.methods import MethodsMiddleware
from api.metrics import Metrics
from api.observing import ObservingMiddleware
from api.openapi import described
from api.pages import Pages
from api.question_log import QuestionLog
from api.request_id import RequestIdMiddleware
from api.routes import ROUTERS
from api.streams import HEARTBEAT_SECONDS
from index.errors import IndexUnavailable, SettingsError
from index.settings import Settings, load_settings
from index.version import VERSION
from qa.factory import Askers

if TYPE_CHECKING:
    from api.tracing import Tracing

_DESCRIPTION = """
Answers questions over a team's own documents with pinpoint citations: every quote names the exact characters of its
source, and a question that the documents do not answer is refused.

Offsets count Unicode code points, half-open, into a document's `text`. Errors are `application/problem+json`
(RFC 9457), each with a `request_id`.
"""
_TAGS = [
    {"name": "ask", "description": "Questions: their answers, or the passages nearest to them."},
    {"name": "citations", "description": "What became of the quotes in earlier answers."},
    {"name": "feedback", "description": "What people say of answers."},
    {"name": "documents", "description": "What the answers are taken from."},
    {"name": "collections", "description": "Sets of documents that are searched together."},
    {"name": "changes", "description": "What became of changes that were asked for."},
    {"name": "operations", "description": "Whether the service is alive and ready."},
]
_log = logging.getLogger("pincite.api")


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Load the default collection before the first request; without one, start all the same and say so at /readyz."""
    if app.state.tracing is not None:
        app.state.tracing.open()
    try:
        # No name for the asker: this frame lives as long as the service, and would keep the first generation open.
        await run_in_threadpool(lambda: app.state.askers.get().warm_up())
    except IndexUnavailable as error:
        _log.warning("not ready: %s", error)
    yield
    app.state.answering.close()
    if app.state.tracing is not None:
        await run_in_threadpool(app.state.tracing.close)


def _tracing(settings: Settings) -> Tracing | None:
    """Return what traces requests, if the settings want it.

    Raises:
        SettingsError: They do, and it is not installed.
    """
    if not settings.tracing:
        return None
    try:
        from api.tracing import Tracing
    except ModuleNotFoundError as error:
        raise SettingsError(
            "PINCITE_TRACING=true needs OpenTelemetry. Run: pip install 'pincite[otel]', or take the setting away."
        ) from error
    return Tracing()


def create_app(settings: Settings | None = None, askers: Askers | None = None, examples: Sequence[str] = ()) -> FastAPI:
    """Make the application.

    Args:
        settings: By default those of the process's environment.
        askers: Of the same settings, some of them open; by default new ones.
        examples: Questions to begin with, for the default collection.

    Raises:
        SettingsError: A setting is unknown or cannot be used.
    """
    # As FastAPI(), but with the scripts for /docs: the stock page loads them from the network.
    app = FastAPIOffline(
        docs_url=None,
        redoc_url=None,
        title="Pincite",
        version=VERSION,
        summary="Answers with pinpoint citations, from your own documents.",
        description=_DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        openapi_tags=_TAGS,
        lifespan=_lifespan,
    )
    app.openapi = described(app)  # type: ignore[method-assign]  # FastAPI's documented way to extend it
    settings = settings or load_settings()
    gate = app.state.gate = Gate(settings)
    app.state.askers = askers or Askers(settings)
    app.state.log = log = Log(settings)
    app.state.metrics = metrics = Metrics(settings.data_dir)
    app.state.answering = Answering(settings.max_waiting, metrics.waiting)
    app.state.intake = Intake(settings.data_dir, settings.lock_seconds)
    app.state.question_log = QuestionLog(settings.question_log)
    app.state.pages = Pages.shipped()
    app.state.examples = tuple(examples)
    app.state.draining = False
    app.state.heartbeat_seconds = HEARTBEAT_SECONDS
    app.state.tracing = tracing = _tracing(settings)
    # The last one is passed through first.
    app.add_middleware(MethodsMiddleware, routes=[route for router in ROUTERS for route in router.routes])
    app.add_middleware(BodyLimitMiddleware, max_upload_mb=settings.max_upload_mb)
    app.add_middleware(CorsMiddleware, gate=gate, origins=settings.cors_origins)
    if not settings.open:
        app.add_middleware(HostMiddleware, gate=gate, allowed=settings.allowed_hosts)
    app.add_middleware(ObservingMiddleware, log=log, metrics=metrics, questions=settings.log_questions, tracer=tracing)
    app.add_middleware(HeadersMiddleware)
    app.add_middleware(RequestIdMiddleware)
    if settings.trusted_proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(settings.trusted_proxies))
    problems.install(app)
    for router in (*ROUTERS, description.router):
        _check_guarded(router)
        app.include_router(router)
    return app


def _check_guarded(router: APIRouter) -> None:
    """Check that no endpoint can be reached past the table of operations."""
    for route in router.routes:
        if not isinstance(route, GuardedRoute):
            raise TypeError(f"{route} is not guarded: make its router with route_class=GuardedRoute")

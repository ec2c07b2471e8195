"""The application: routes, errors, and what is loaded when it starts."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
from fastapi_offline import FastAPIOffline

from api import problems
from api.answering import Answering
from api.changes.intake import Intake
from api.metrics import Metrics
from api.question_log import QuestionLog
from api.request_id import RequestIdMiddleware
from api.routes import ROUTERS
from api.schemas.wire import Problem
from index.errors import IndexUnavailable
from index.settings import Settings, load_settings
from index.version import VERSION
from qa.factory import Askers

_DESCRIPTION = """
Answers questions over a team's own documents with pinpoint citations: every quote names the exact characters of its
source, and a question that the documents do not answer is refused.

Offsets count Unicode code points, half-open, into a document's `text`. Errors are `application/problem+json`
(RFC 9457), each with a `request_id`.
"""
_TAGS = [
    {"name": "ask", "description": "Questions and answers."},
    {"name": "documents", "description": "What the answers are taken from."},
    {"name": "collections", "description": "Sets of documents that are searched together."},
    {"name": "changes", "description": "What became of changes that were asked for."},
    {"name": "operations", "description": "Whether the service is alive and ready."},
]
_log = logging.getLogger("pincite.api")


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Load the default collection before the first request; without one, start all the same and say so at /readyz."""
    try:
        # No name for the asker: this frame lives as long as the service, and would keep the first generation open.
        await run_in_threadpool(lambda: app.state.askers.get().warm_up())
    except IndexUnavailable as error:
        _log.warning("not ready: %s", error)
    yield
    app.state.answering.close()


def _openapi_of(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """Return the application's OpenAPI document with the problem schema that every operation's errors refer to."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schemas = FastAPI.openapi(app)["components"]["schemas"]
            schemas["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            for unused in ("HTTPValidationError", "ValidationError"):
                schemas.pop(unused, None)
        return app.openapi_schema or {}

    return openapi


def create_app(settings: Settings | None = None, askers: Askers | None = None) -> FastAPI:
    """Make the application.

    Args:
        settings: By default those of the process's environment.
        askers: Of the same settings, some of them open; by default new ones.

    Raises:
        SettingsError: A setting is unknown or cannot be used.
    """
    # As FastAPI(), but its /docs page brings its own scripts: the stock page loads them from the network.
    app = FastAPIOffline(
        docs_url="/docs",
        redoc_url=None,
        title="Pincite",
        version=VERSION,
        summary="Answers with pinpoint citations, from your own documents.",
        description=_DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        openapi_tags=_TAGS,
        lifespan=_lifespan,
    )
    app.openapi = _openapi_of(app)  # type: ignore[method-assign]  # FastAPI's documented way to extend it
    settings = settings or load_settings()
    app.state.askers = askers or Askers(settings)
    app.state.answering = Answering(settings.max_waiting)
    app.state.intake = Intake(settings.data_dir, settings.lock_seconds)
    app.state.metrics = Metrics()
    app.state.question_log = QuestionLog(settings.question_log)
    app.add_middleware(RequestIdMiddleware)
    problems.install(app)
    for router in ROUTERS:
        app.include_router(router)
    return app

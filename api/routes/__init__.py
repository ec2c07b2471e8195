"""The endpoints, one module a resource.

Questions are answered on a thread of their own; pages need none, and all else are plain functions, which FastAPI calls
on threads, too.
"""

from __future__ import annotations

from api import pages
from api.routes import asking, changes, citations, collections, documents, examples, feedback, operations, service

ROUTERS = (
    asking.router,
    examples.router,
    citations.router,
    feedback.router,
    documents.router,
    changes.router,
    operations.router,
    collections.router,
    service.router,
    pages.router,
)
"""All endpoints, in the order in which they are described."""

"""Which web pages may read responses: those of the origins that the settings name, and of a publishable key its own."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access.gate import Gate
from index.errors import KeysDamaged

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_SENT = (
    "Authorization",
    "X-API-Key",
    "X-Request-ID",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "Last-Event-ID",
    "traceparent",
)
"""Headers that requests may have, besides those that any may."""
_READ = (
    "ETag",
    "Link",
    "Location",
    "Pincite-Generation",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "Retry-After",
    "WWW-Authenticate",
    "X-Request-ID",
)
"""Headers of responses that pages may read, besides those that any may."""


class CorsMiddleware(CORSMiddleware):
    """Starlette's, with origins that may change while the service runs. It never allows credentials, nor `*`.

    A preflight carries no key: it is allowed for every origin that any key names. What a page then asks for needs one.

    Args:
        app: What is behind it.
        gate: Knows the origins of keys.
        origins: Those that may read every response.
    """

    def __init__(self, app: ASGIApp, gate: Gate, origins: Sequence[str]) -> None:
        super().__init__(app, origins, _METHODS, _SENT, expose_headers=_READ)
        self._gate = gate

    def is_allowed_origin(self, origin: str) -> bool:
        """Tell whether an origin may send what needs a preflight."""
        return origin in self._origins()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        origins = self._origins() if scope["type"] == "http" else frozenset()
        if not origins:
            await self.app(scope, receive, send)
        elif scope["method"] == "OPTIONS" and Headers(scope=scope).get("origin") not in origins:
            await self.app(scope, receive, send)  # as if there were no CORS
        else:
            await super().__call__(scope, receive, send)

    async def simple_response(self, scope: Scope, receive: Receive, send: Send, request_headers: Headers) -> None:
        """Handle what is no preflight: whose page may read it is known when the key has been looked at."""
        origin = request_headers.get("origin")

        async def send_allowed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                rights = scope.get("state", {}).get("rights")
                if origin is not None and (origin in self.allow_origins or (rights and origin in rights.origins)):
                    headers["Access-Control-Allow-Origin"] = origin
                    headers.update(self.simple_headers)
                headers.add_vary_header("Origin")
            await send(message)

        await self.app(scope, receive, send_allowed)

    def _origins(self) -> frozenset[str]:
        try:
            return self._gate.origins()
        except KeysDamaged:  # nobody is let in; the route says so
            return frozenset(self.allow_origins)

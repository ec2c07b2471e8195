"""Headers that every response has, so that a browser makes nothing of it but what it is.

What a response brings itself is left as it is: a page sets its own policy, and a script that pages of others may load
sets ``Cross-Origin-Resource-Policy`` itself.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_EVERY: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    # Answers are made of documents that are not everybody's; a response that may be kept says so itself.
    (b"cache-control", b"no-store"),
)


class HeadersMiddleware:
    """Adds what is missing to each response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message.get("headers", [])
                # Names are in lower case: so ASGI has it.
                there = {name for name, _ in headers}
                message["headers"] = [*headers, *(header for header in _EVERY if header[0] not in there)]
            await send(message)

        await self._app(scope, receive, send_with_headers)

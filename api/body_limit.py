"""How large a request's body may be, counted as it comes: what it says of itself need not be true.

Starlette has such a middleware, whose refusals are plain text, with a limit that is known before the settings are.
"""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import RETRY_AFTER, problem

MEGABYTE = 1_000_000
_UPLOADS = "/v1/documents"
_CLOSE = {"Connection": "close"}
"""What is left of the body is not waited for."""
_MOST_HELD = 64
"""Megabytes of bodies that may be on their way to one worker at a time, uploads apart."""


_BUSY = "more is being sent to the service than it can hold. Send this again in a second."


class BodyLimitMiddleware:
    """Refuses bodies that are too large, most of them before anything of them is read.

    Args:
        app: What answers.
        max_upload_mb: Megabytes that may be uploaded to ``/v1/documents``; elsewhere it is one.
    """

    def __init__(self, app: ASGIApp, max_upload_mb: int) -> None:
        self._app = app
        self._most = {False: MEGABYTE, True: max(max_upload_mb * MEGABYTE, MEGABYTE)}
        self._most_held = {False: _MOST_HELD * MEGABYTE, True: 2 * self._most[True]}
        self._held = {False: 0, True: 0}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        upload = scope["method"] in {"POST", "PUT"} and scope["path"].startswith(_UPLOADS)
        most = self._most[upload]
        refusal = f"the body has more than {most // MEGABYTE} MB, which is as much as may be sent here"
        refusal += " at a time; send fewer documents at a time, or set PINCITE_MAX_UPLOAD_MB." if upload else "."
        declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if int(declared) > most:  # digits: the server has refused others
            response = problem(Request(scope), status=413, kind="content-too-large", detail=refusal, headers=_CLOSE)
            await response(scope, receive, send)
            return
        come = 0

        async def counted() -> Message:
            nonlocal come
            message = await receive()
            size = len(message.get("body", b""))
            come += size
            self._held[upload] += size
            if come > most:
                raise HTTPException(413, refusal, _CLOSE)
            if self._held[upload] > self._most_held[upload]:
                raise HTTPException(503, _BUSY, {**_CLOSE, "Retry-After": RETRY_AFTER})
            return message

        try:
            await self._app(scope, counted, send)
        finally:
            self._held[upload] -= come

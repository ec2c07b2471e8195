"""How large a request's body may be, counted as it comes: what it says of itself need not be true.

Starlette has such a middleware, whose refusals are plain text, with a limit that is known before the settings are.
"""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem

MEGABYTE = 1_000_000
_UPLOADS = "/v1/documents"
_CLOSE = {"Connection": "close"}
"""What is left of the body is not waited for."""


class BodyLimitMiddleware:
    """Refuses bodies that are too large, most of them before anything of them is read.

    Args:
        app: What answers.
        max_upload_mb: Megabytes that may be uploaded to ``/v1/documents``; elsewhere it is one.
    """

    def __init__(self, app: ASGIApp, max_upload_mb: int) -> None:
        self._app = app
        self._most = max_upload_mb * MEGABYTE

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        upload = scope["method"] in {"POST", "PUT"} and scope["path"].startswith(_UPLOADS)
        most = max(self._most, MEGABYTE) if upload else MEGABYTE
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
            come += len(message.get("body", b""))
            if come > most:
                raise HTTPException(413, refusal, _CLOSE)
            return message

        await self._app(scope, counted, send)

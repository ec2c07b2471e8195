"""The kind of route that every endpoint has: nothing of a request's body is read before its sender may send it."""

from __future__ import annotations

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.types import Message, Receive, Scope, Send

from api.access.gate import Gate
from api.access.limits import Taken
from api.access.operations import Access, access_to
from api.problems import of_error
from index.errors import PinciteError, TooManyRequests


class GuardedRoute(APIRoute):
    """Lets those requests through that the table of operations allows; see ``api.access.operations``.

    Afterwards the request's state holds their ``rights``, and ``key_id``, which is None for a request without a key.
    """

    @property
    def access(self) -> Access:
        """What it takes."""
        return access_to(self.operation_id or self.path)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        access = self.access
        if access.role is None or scope["method"] not in (self.methods or ()):
            await super().handle(scope, receive, send)
            return
        gate: Gate = scope["app"].state.gate
        state = scope.setdefault("state", {})
        try:
            rights = gate.identify(scope)
            state["key_id"], state["rights"] = rights.key_id, rights
            taken = gate.count(rights, scope)
            if taken is not None:
                send = _telling(taken, send)
                if not taken.allowed:
                    raise TooManyRequests(
                        f"{taken.limit} requests a minute are allowed, and more came. Send the next in {taken.wait} s.",
                        taken.wait,
                    )
            gate.check(rights, access, scope)
        except PinciteError as error:
            await of_error(Request(scope), error)(scope, receive, send)
            return
        await super().handle(scope, receive, send)


def _telling(taken: Taken, send: Send) -> Send:
    """Return what sends responses that say how many requests may still be made."""
    told = [
        (b"ratelimit-limit", b"%d" % taken.limit),
        (b"ratelimit-remaining", b"%d" % taken.remaining),
        (b"ratelimit-reset", b"%d" % taken.reset),
    ]

    async def send_told(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *told]
        await send(message)

    return send_told

"""Bodies of JSON, read strictly: what means different things to different readers is refused.

FastAPI reads them with Python's ``json``, which takes NaN, UTF-16 and names that occur twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from email.message import Message
from typing import Any, NoReturn

from fastapi import HTTPException, Request, Response
from fastapi.params import Form
from fastapi.routing import APIRoute


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {twice[:100]!r} occurs twice in one object")
    return found


def parse_json(body: bytes) -> Any:  # noqa: ANN401 - it may hold anything
    """Read JSON.

    Raises:
        JSONDecodeError: It is none; or it is not in UTF-8, nested too deeply, or ambiguous.
    """
    try:
        return json.loads(body.decode(), object_pairs_hook=_once_each, parse_constant=_no_constant)
    except json.JSONDecodeError:
        raise
    except UnicodeDecodeError as error:
        raise json.JSONDecodeError("it is not in UTF-8", "", error.start) from error
    except RecursionError as error:
        raise json.JSONDecodeError("it is nested too deeply", "", 0) from error
    except ValueError as error:
        raise json.JSONDecodeError(str(error), "", 0) from error


def check_media_type(request: Request) -> None:
    """Refuse a body that does not say that it is JSON; one that is missing altogether is not looked at.

    Raises:
        HTTPException: Status 415.
    """
    headers = request.headers
    if headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers:
        return
    sent = headers.get("content-type", "none/none")
    if sent == "application/json":  # what nearly everybody sends; to take it apart costs 20 microseconds
        return
    stated = Message()
    stated["content-type"] = sent
    kind, charset = stated.get_content_type(), stated.get_content_charset("utf-8")
    if (kind != "application/json" and not kind.endswith("+json")) or charset not in {"utf-8", "us-ascii"}:
        raise HTTPException(415, "send JSON in UTF-8, with the header Content-Type: application/json.")


class _StrictRequest(Request):
    async def json(self) -> Any:  # noqa: ANN401 - as above
        return parse_json(await self.body())


class JsonRoute(APIRoute):
    """An operation whose body, if it has one, is JSON, read strictly: ``APIRouter(route_class=JsonRoute)``."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what handles a request."""
        handle = super().get_route_handler()
        if self.body_field is None or isinstance(self.body_field.field_info, Form):
            return handle

        async def handle_strictly(request: Request) -> Response:
            check_media_type(request)
            return await handle(_StrictRequest(request.scope, request.receive))

        return handle_strictly

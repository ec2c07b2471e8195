"""The page that describes the API, with a policy under which nothing but its own scripts runs."""

from __future__ import annotations

import base64
import hashlib
import re

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse

from api.access.route import GuardedRoute

PATH = "/docs"
_STATIC = "/static-offline-docs"
"""Where fastapi_offline has put the scripts."""
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)

router = APIRouter(route_class=GuardedRoute)


@router.get(PATH, include_in_schema=False)
async def describe(request: Request) -> HTMLResponse:
    """Show the OpenAPI document."""
    root = request.scope.get("root_path", "")
    page = get_swagger_ui_html(
        openapi_url=f"{root}{request.app.openapi_url}",
        title=f"{request.app.title}: the API",
        swagger_js_url=f"{root}{_STATIC}/swagger-ui-bundle.js",
        swagger_css_url=f"{root}{_STATIC}/swagger-ui.css",
        swagger_favicon_url=f"{root}{_STATIC}/favicon.png",
    )
    page.headers["Content-Security-Policy"] = policy(bytes(page.body).decode())
    return page


def policy(page: str) -> str:
    """Return a policy that lets a page run this service's scripts and those that stand in it, and no others.

    Swagger's page sets styles as it goes, which only 'unsafe-inline' lets it, and has pictures in its style sheet.
    """
    digests = [hashlib.sha256(script.encode()).digest() for script in _INLINE.findall(page)]
    scripts = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return (
        f"default-src 'none'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )

"""What every response tells a browser."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI, Response
from fastapi.testclient import TestClient

from api.app import create_app
from api.description import policy
from index.settings import Settings


@pytest.fixture(scope="module")
def app(seeds_data: Path) -> FastAPI:
    app = create_app(Settings(data_dir=seeds_data))

    @app.get("/boom")
    def boom() -> None:
        raise RuntimeError("a secret")

    @app.get("/own")
    def own() -> Response:
        own = {"Cache-Control": "public, max-age=60", "Cross-Origin-Resource-Policy": "cross-origin"}
        return Response("x", headers=own)

    return app


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/ask?q=When+was+Sputnik+launched"),
        ("GET", "/v1/documents"),
        ("GET", "/nowhere"),
        ("DELETE", "/v1/ask"),
        ("POST", "/v1/ask"),
        ("GET", "/healthz"),
        ("GET", "/metrics"),
        ("GET", "/"),
        ("GET", "/documents/a/b"),
        ("GET", "/widget.js"),
        ("GET", "/openapi.json"),
        ("GET", "/docs"),
        ("GET", "/static-offline-docs/swagger-ui-bundle.js"),
        ("GET", "/boom"),
    ],
)
def test_every_response_has_them_once(client: TestClient, method: str, path: str) -> None:
    headers = client.request(method, path, follow_redirects=False).headers
    for name in (
        "Content-Security-Policy",
        "Cross-Origin-Opener-Policy",
        "Cross-Origin-Resource-Policy",
        "Permissions-Policy",
        "Referrer-Policy",
        "X-Content-Type-Options",
        "X-Frame-Options",
        "Cache-Control",
        "X-Request-ID",
    ):
        assert len(headers.get_list(name)) == 1, name
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == ("no-cache" if path in {"/", "/documents/a/b", "/widget.js"} else "no-store")


def test_what_a_response_brings_itself_stays(client: TestClient) -> None:
    headers = client.get("/own").headers
    assert headers["Cache-Control"] == "public, max-age=60"
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_page_runs_nothing_but_its_own_scripts(client: TestClient) -> None:
    page = client.get("/docs")
    stated = page.headers["Content-Security-Policy"]
    inline = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
    scripts = next(part for part in stated.split("; ") if part.startswith("script-src"))

    assert len(inline) == 1
    digest = base64.b64encode(hashlib.sha256(inline[0].encode()).digest()).decode()
    assert scripts == f"script-src 'self' 'sha256-{digest}'"
    assert policy(page.text.replace("SwaggerUIBundle", "alert")) != stated
    assert not re.search(r"\son\w+=", page.text), "no handlers in attributes, which no hash allows"


def test_an_error_that_nobody_foresaw_is_told_to_the_log_alone(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = client.get("/boom", headers={"X-Request-ID": "here"})
    assert answer.status_code == 500
    assert answer.headers["X-Request-ID"] == answer.json()["request_id"] == "here"
    assert answer.json()["type"] == "urn:pincite:problem:internal-error"
    assert "secret" not in answer.text
    assert "Traceback" in caplog.text
    assert "a secret" in caplog.text

"""The service keeps to its own OpenAPI document, whatever is sent; and no body whatsoever is answered with a 5xx."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.app import create_app
from index.settings import Settings
from tests.conftest import ROOT, key_header

QUESTION = "What did ZTE's ban cause?"


@pytest.mark.parametrize("keyed", [False, True], ids=["without keys", "with an admin's key"])
def test_schemathesis_finds_no_fault_and_no_breach_of_the_document(
    data_dir: Path, start_server: Callable[..., str], tmp_path: Path, *, keyed: bool
) -> None:
    headers = key_header(data_dir) if keyed else {}
    address = start_server(data_dir)
    options = [option for name, value in headers.items() for option in ("-H", f"{name}: {value}")]
    if not keyed:  # where there is no key, whoever sends none may read
        options = ["--exclude-checks", "ignored_auth"]

    run = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli"),
            *("--config-file", str(ROOT / "tests/api/schemathesis.toml"), "--no-color"),
            *("run", f"{address}/openapi.json", "--generation-deterministic", *options),
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )

    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr
    selected, every = re.findall(r"(\d+) selected / (\d+) total", run.stdout)[0]
    described = httpx.get(f"{address}/openapi.json").json()["paths"]
    assert int(selected) == int(every) == sum(len(operations) for operations in described.values())
    assert re.search(r"Stateful \(in", run.stdout)
    assert httpx.get(f"{address}/healthz").status_code == 200


@pytest.fixture(scope="module")
def local(seeds_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    data_dir = tmp_path_factory.mktemp("local")
    for name in ("collections", "encoders"):
        (data_dir / name).symlink_to(seeds_data / name)
    with TestClient(create_app(Settings(data_dir=data_dir)), raise_server_exceptions=False) as client:
        yield client


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
_FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "document_ids": st.lists(st.text(max_size=20), max_size=3) | _JSON,
        "authors": st.lists(st.text(max_size=20), max_size=3) | _JSON,
        "tags": st.lists(st.text(max_size=20), max_size=3) | _JSON,
        "published_from": st.dates().map(str) | _JSON,
        "published_to": st.dates().map(str) | _JSON,
    },
)
_ASKED = st.fixed_dictionaries(
    {"question": st.just(QUESTION) | st.text(max_size=60) | _JSON},
    optional={
        "k": st.integers(-1, 102) | st.floats() | _JSON,
        "collection": st.just("default") | st.text(max_size=70) | _JSON,
        "explain": st.booleans() | _JSON,
        "filters": _FILTERS | _JSON,
        "unknown": _JSON,
    },
)
_VOTED = st.fixed_dictionaries(
    {"question": st.just(QUESTION) | st.text(max_size=60) | _JSON, "helpful": st.booleans() | _JSON},
    optional={
        "collection": st.just("default") | st.text(max_size=70) | _JSON,
        "generation": st.text(max_size=70) | _JSON,
        "answer": st.text(max_size=60) | _JSON,
        "citations": st.lists(st.text(max_size=80), max_size=3) | _JSON,
        "comment": st.text(max_size=60) | _JSON,
        "id": st.just("mine") | st.text(max_size=70) | _JSON,
    },
)
_VERIFIED = st.fixed_dictionaries({"references": st.lists(st.text(max_size=80), max_size=5) | _JSON})


def _dumped(body: object) -> bytes:
    """Return JSON as any client may write it: half surrogate pairs and NaN included."""
    return json.dumps(body).encode("ascii")


_PATHS = st.sampled_from(["/v1/ask", "/v1/search", "/v1/citations/verify", "/v1/feedback"])
_MEDIA_TYPES = st.sampled_from(
    ["application/json", "application/json; charset=utf-16", "text/plain", "multipart/form-data", "", "/", "a/b;c"]
)
_THOROUGH = settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def check(response: httpx.Response) -> None:
    """Check that a response is an answer or a problem, and never a fault."""
    assert response.status_code < 500, response.text
    if response.status_code not in (200, 204):
        assert response.status_code in (400, 404, 413, 415, 422)
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["status"] == response.status_code


@_THOROUGH
@given(path=_PATHS, body=_JSON | _ASKED | _VERIFIED | _VOTED)
def test_any_json_is_answered_or_refused(local: TestClient, path: str, body: object) -> None:
    check(local.post(path, content=_dumped(body), headers={"Content-Type": "application/json"}))  # type: ignore[arg-type]


@_THOROUGH
@given(path=_PATHS, body=st.binary(max_size=300) | _ASKED.map(_dumped), media_type=_MEDIA_TYPES)
def test_any_bytes_of_any_media_type_are_answered_or_refused(
    local: TestClient, path: str, body: bytes, media_type: str
) -> None:
    check(local.post(path, content=body, headers={"Content-Type": media_type}))  # type: ignore[arg-type]

"""The examples of responses in the OpenAPI document are real ones: this records them, over the sample documents.

``python -m tests.api.examples DATA_DIR``, where DATA_DIR holds the sample documents and may be changed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from fastapi.testclient import TestClient

from api.app import create_app
from api.openapi import operations
from api.schemas.wire import GENERATION_EXAMPLE
from index.settings import Settings
from tests.conftest import ROOT, key_header

FILE = ROOT / "api" / "examples.json"
NOT_SENT = {"metrics": "what was counted is never the same twice"}
"""Operations whose example is not compared with a response, and why."""
_LONGEST_TEXT, _LONGEST_LIST = 300, 3
_LAST = ("POST", "PUT", "PATCH", "DELETE")


class Example(NamedTuple):
    """An operation's request, made of the examples in its description."""

    name: str
    method: str
    path: str
    params: dict[str, Any]
    body: Any
    status: int
    media_type: str | None


def requests(document: dict[str, Any]) -> list[Example]:
    """Return a request for every operation; those that may change something come last."""
    found = [
        Example(operation["operationId"], method, *_filled(document, path, operation), *_answered(operation))
        for method, path, operation in operations(document)
    ]
    return sorted(found, key=lambda one: one.method in _LAST and _LAST.index(one.method) + 1)


def _filled(document: dict[str, Any], path: str, operation: dict[str, Any]) -> tuple[str, dict[str, Any], Any]:
    params = {}
    for parameter in operation.get("parameters", []):
        if parameter["required"]:
            example = next(_examples(document, parameter))
            if parameter["in"] == "path":
                path = path.replace(f"{{{parameter['name']}}}", quote(example, safe=""))
            else:
                params[parameter["name"]] = example
    bodies = operation.get("requestBody", {}).get("content", {})
    return path, params, next(_examples(document, bodies["application/json"])) if bodies else None


def _examples(document: dict[str, Any], described: dict[str, Any]) -> Iterator[Any]:
    schema = described["schema"]
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "example" in described:
        yield described["example"]
    yield from (one["value"] for one in described.get("examples", {}).values())
    yield from schema.get("examples", [])


def _answered(operation: dict[str, Any]) -> tuple[int, str | None]:
    status = next(status for status in operation["responses"] if status.startswith("2"))
    return int(status), next(iter(operation["responses"][status].get("content", {})), None)


def send(client: TestClient, example: Example) -> Any:  # noqa: ANN401 - JSON or text
    """Send a request and return its response: JSON, or text."""
    response = client.request(example.method, example.path, params=example.params, json=example.body)
    assert response.status_code == example.status, (example, response.text)
    return response.json() if example.media_type == "application/json" else response.text


def shortened(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a response fit for reading: long texts and lists cut, and what differs from run to run made equal."""
    if isinstance(value, dict):
        fixed = {"generation": GENERATION_EXAMPLE, "still_in": []}
        return {name: fixed[name] if name in fixed else shortened(one) for name, one in value.items()}
    if isinstance(value, list):
        return [shortened(one) for one in value[:_LONGEST_LIST]]
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        return f"{value[:_LONGEST_TEXT]}…"
    return value


def main() -> None:
    """Record all examples."""
    FILE.write_text("{}\n", encoding="utf-8")
    data_dir = Path(sys.argv[1])
    with TestClient(create_app(Settings(data_dir=data_dir)), headers=key_header(data_dir)) as client:
        document = client.get("/openapi.json").json()
        found = {one.name: shortened(send(client, one)) for one in requests(document)}
    FILE.write_text(f"{json.dumps(found, indent=1, ensure_ascii=False)}\n", encoding="utf-8")


if __name__ == "__main__":
    main()

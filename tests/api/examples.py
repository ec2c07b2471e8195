"""The examples of responses in the OpenAPI document are real ones: this records them, over the sample documents.

``python -m tests.api.examples DATA_DIR``, where DATA_DIR holds the sample documents and may be changed.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from api.openapi import operations
from api.schemas.operations import OPERATION_EXAMPLE
from api.schemas.wire import GENERATION_EXAMPLE
from tests.api.changes.conftest import Service, serving
from tests.conftest import ROOT

FILE = ROOT / "api" / "examples.json"
QUESTIONS = ROOT / "eval/sets/seeds.yaml"
"""Where the questions to begin with are taken from."""
NOT_SENT = {"metrics": "what was counted is never the same twice"}
"""Operations whose example is not compared with a response, and why."""
_LONGEST_TEXT, _LONGEST_LIST = 300, 3
_CHANGING = (
    "uploadDocuments",
    "getOperation",
    "createCollection",
    "listOperations",
    "listCollections",
    "listGenerations",
    "rollbackCollection",
    "replaceDocument",
    "deleteDocument",
    "deleteCollection",
)
"""What changes something, and what tells of changes: in the order in which there is something to tell."""
_DIFFERING = (
    (re.compile(r"op-[0-9a-f]{24}"), OPERATION_EXAMPLE),
    (re.compile(r"\d{8}T\d{6}-\d{6}Z"), GENERATION_EXAMPLE),
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00"), "2026-11-23T08:00:00.100000+00:00"),
)
"""What is another in each run, and what stands for it in the examples."""


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
    """Return a request for every operation, in an order in which each can be answered."""
    found = [
        Example(operation["operationId"], method, *_filled(document, path, operation), *_answered(operation))
        for method, path, operation in operations(document)
    ]
    return sorted(found, key=lambda one: _CHANGING.index(one.name) + 1 if one.name in _CHANGING else 0)


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


def responses(service: Service, examples: list[Example]) -> dict[str, Any]:
    """Send the requests, and wait for what is applied later; return each response: JSON, or text.

    Args:
        service: Answers from the sample documents, and will be changed.
        examples: The requests, in the order of ``requests``.
    """
    found: dict[str, Any] = {}
    operation = OPERATION_EXAMPLE
    for one in examples:
        path = one.path.replace(OPERATION_EXAMPLE, operation)
        response = service.client.request(one.method, path, params=one.params, json=one.body)
        assert response.status_code == one.status, (one, response.text)
        if one.status == 202:
            operation = service.succeeded(response)["id"]
        found[one.name] = response.json() if one.media_type == "application/json" else response.text
    return found


def shortened(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a response fit for reading: long texts and lists cut, and what differs from run to run made equal."""
    if isinstance(value, dict):
        return {name: [] if name == "still_in" else shortened(one) for name, one in value.items()}
    if isinstance(value, list):
        return [shortened(one) for one in value[:_LONGEST_LIST]]
    if isinstance(value, str):
        for pattern, example in _DIFFERING:
            if pattern.fullmatch(value):
                return example
        return value if len(value) <= _LONGEST_TEXT else f"{value[:_LONGEST_TEXT]}…"
    return value


def main() -> None:
    """Record all examples."""
    FILE.write_text("{}\n", encoding="utf-8")
    with serving(Path(sys.argv[1]).resolve(), workers=1, PINCITE_EXAMPLES=str(QUESTIONS)) as service:
        document = service.client.get("/openapi.json").json()
        found = {name: shortened(one) for name, one in responses(service, requests(document)).items() if one != ""}
    FILE.write_text(f"{json.dumps(found, indent=1, ensure_ascii=False)}\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""The OpenAPI document is complete, and its examples are true; it is walked as it is when the service runs."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from api.app import create_app
from api.openapi import operations, response_of
from api.problems import KINDS
from index.settings import Settings
from tests.api.changes.conftest import Service, make_data, serving
from tests.api.examples import NOT_SENT, QUESTIONS, Example, requests, responses, shortened
from tests.conftest import ROOT

DOCUMENT: dict[str, Any] = create_app(Settings()).openapi()
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
OPERATIONS = {operation["operationId"]: operation for _, _, operation in operations(DOCUMENT)}
REQUESTS = requests(DOCUMENT)


@pytest.fixture(scope="module")
def service(seeds_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service over the sample documents, which may be changed."""
    data_dir = make_data(seeds_data, tmp_path_factory.mktemp("openapi"))
    shutil.copytree(seeds_data / "collections", data_dir / "collections")
    with serving(data_dir, workers=1, PINCITE_EXAMPLES=str(QUESTIONS)) as service:
        yield service


@pytest.fixture(scope="module")
def found(service: Service) -> dict[str, Any]:
    """The responses to all examples of requests."""
    return responses(service, REQUESTS)


def valid(schema: dict[str, Any], value: object) -> bool:
    """Tell whether a value is what a schema of the document says."""
    return jsonschema_rs.is_valid({**schema, "components": DOCUMENT["components"]}, value)


def test_every_operation_has_a_name_of_its_own() -> None:
    assert len(OPERATIONS) == len(list(operations(DOCUMENT)))


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_says_what_it_is_for(name: str) -> None:
    operation = OPERATIONS[name]
    tags = {tag["name"]: tag["description"] for tag in DOCUMENT["tags"]}

    assert re.fullmatch("[a-z][a-zA-Z]+", name)
    assert operation["summary"]
    assert operation["description"]
    assert operation["tags"]
    assert all(tags[tag] for tag in operation["tags"])


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_parameter_and_body_is_described_and_what_is_required_has_a_valid_example(name: str) -> None:
    for parameter in OPERATIONS[name].get("parameters", []):
        assert parameter["description"], parameter
        examples = parameter["schema"].get("examples", [])
        assert examples or not parameter["required"], parameter
        alternatives = parameter["schema"].get("anyOf", [parameter["schema"]])
        many = any(one.get("type") == "array" for one in alternatives)
        assert all(valid(parameter["schema"], [one] if many else one) for one in examples), parameter
        assert not valid(parameter["schema"], None), parameter
    for media_type, body in OPERATIONS[name].get("requestBody", {}).get("content", {}).items():
        schema = SCHEMAS[body["schema"]["$ref"].rpartition("/")[2]] if "$ref" in body["schema"] else body["schema"]
        examples = schema.get("examples") or [one["value"] for one in body.get("examples", {}).values()]
        assert examples, media_type
        assert all(valid(body["schema"], one) for one in examples)


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_response_is_described_and_has_a_valid_example(name: str) -> None:
    for status in OPERATIONS[name]["responses"]:
        response = response_of(DOCUMENT, OPERATIONS[name], status)
        assert response["description"], status
        for header in response["headers"].values():
            assert header["description"]
            assert valid(header["schema"], header["example"])
        for media_type, content in response.get("content", {}).items():
            assert valid(content["schema"], content["example"]), (status, media_type)
            if media_type == "application/problem+json":
                assert content["example"]["status"] == int(status)
                assert content["example"]["type"].removeprefix("urn:pincite:problem:") in KINDS


def test_a_problem_that_many_operations_answer_with_is_described_once() -> None:
    described = [
        name
        for name, operation in OPERATIONS.items()
        for status, response in operation["responses"].items()
        if int(status) >= 400 and "$ref" not in response
    ]

    # Its 503 is not about too many questions.
    assert described == ["readiness"]


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_and_each_of_its_fields_is_described(name: str) -> None:
    assert SCHEMAS[name]["description"]
    for field, schema in SCHEMAS[name].get("properties", {}).items():
        assert schema.get("description"), f"{name}.{field}"


@pytest.mark.parametrize("name", OPERATIONS)
def test_links_lead_to_operations_by_parameters_that_they_have(name: str) -> None:
    for response in OPERATIONS[name]["responses"].values():
        for link in response.get("links", {}).values():
            target = OPERATIONS[link["operationId"]]
            assert set(link["parameters"]) <= {parameter["name"] for parameter in target["parameters"]}
            assert link["description"]


DIFFERING = {"timings_ms", "bytes"}
"""Fields that are another in each run, and are compared with nothing."""


def near(found: object, expected: object) -> bool:
    """Compare two responses; CPUs round int8 products differently, so that scores differ a little."""
    if isinstance(found, dict) and isinstance(expected, dict):
        return found.keys() == expected.keys() and all(
            name in DIFFERING or near(found[name], expected[name]) for name in found
        )
    if isinstance(found, list) and isinstance(expected, list):
        return len(found) == len(expected) and all(map(near, found, expected))
    if isinstance(found, float) and isinstance(expected, float):
        return found == pytest.approx(expected, abs=0.05, rel=0.05)
    return found == expected


@pytest.mark.parametrize("example", REQUESTS, ids=lambda example: example.name)
def test_the_example_of_a_request_gives_the_example_of_its_response(found: dict[str, Any], example: Example) -> None:
    response = OPERATIONS[example.name]["responses"][str(example.status)]
    if example.media_type is None:
        assert (found[example.name], response.get("content")) == ("", None)
        return

    content = response["content"][example.media_type]
    assert valid(content["schema"], found[example.name])
    if example.name in NOT_SENT:
        assert NOT_SENT[example.name]
    else:
        assert near(shortened(found[example.name]), content["example"]), found[example.name]


@pytest.mark.usefixtures("found")
@pytest.mark.parametrize("name", [name for name, schema in SCHEMAS.items() if schema.get("examples")])
def test_every_example_of_a_body_can_be_sent(service: Service, name: str) -> None:
    (example,) = (
        one
        for one in REQUESTS
        if f"'#/components/schemas/{name}'"
        in str(OPERATIONS[one.name].get("requestBody", {}).get("content", {}).get("application/json"))
    )

    for body in SCHEMAS[name]["examples"]:
        response = service.client.request(example.method, example.path, json=body)
        assert response.status_code == example.status
        if example.status == 202:
            service.succeeded(response)


def test_the_page_about_the_api_names_every_operation_and_none_that_is_not_there() -> None:
    def matches(request: str) -> re.Pattern[str]:
        return re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(request)))

    page = (ROOT / "docs/http.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:GET|POST|PUT|PATCH|DELETE) /[\w/{}]+)", page)
    described = [matches(f"{method} {path}") for method, path, _ in operations(DOCUMENT)]

    assert [one for one in named if not any(pattern.fullmatch(one) for pattern in described)] == []
    assert [pattern.pattern for pattern in described if not any(pattern.fullmatch(one) for one in named)] == []

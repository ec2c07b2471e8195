"""What OpenAPI says about keys, written into each operation from the one table, so that no endpoint has to."""

from __future__ import annotations

from typing import Any

from api.access.operations import access_to
from api.problems import problems

_SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A key, as `pincite keys create` prints it. A service on loopback that has no keys lets anybody "
        "read without one.",
    },
    "apiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "The same key, where a proxy needs the header `Authorization` for itself.",
    },
}


_LIMITED = {
    name: {"description": description, "schema": {"type": "string", "pattern": "^[0-9]+$"}, "example": example}
    for name, description, example in (
        ("RateLimit-Limit", "Requests that may be made in a minute; there only if they are limited.", "600"),
        ("RateLimit-Remaining", "How many more may be made at once.", "599"),
        ("RateLimit-Reset", "Seconds until all of them may be made again.", "1"),
    )
}


def describe_access(document: dict[str, Any]) -> None:
    """Add the ways to send a key to an OpenAPI document, and to each operation what it takes and how it refuses."""
    document["components"]["securitySchemes"] = _SCHEMES
    refusals = {str(status): described for status, described in problems(401, 403, 429).items()}
    for operations in document["paths"].values():
        for operation in operations.values():
            access = access_to(operation["operationId"])
            if access.role is None:
                continue
            operation["security"] = [{scheme: []} for scheme in _SCHEMES]
            needed = f"Takes a key of the role `{access.role.word}`{' for all collections' * access.everywhere}"
            allowed = "; a publishable one will do" if access.publishable else ""
            operation["description"] = f"{operation.get('description', '')}\n\n{needed}{allowed}.".strip()
            operation["responses"] = dict(sorted({**refusals, **operation["responses"]}.items()))
            for status, response in operation["responses"].items():
                if status != "401":  # nobody is known whose requests could be counted
                    response["headers"] = {**response.get("headers", {}), **_LIMITED}

"""What schemathesis cannot know by itself; ``schemathesis.toml`` names this module."""

from __future__ import annotations

import re
import uuid
from typing import Any

import schemathesis
from schemathesis import Case, HookContext

_HEADER = "Idempotency-Key"
_VALID = re.compile(r"[\x21-\x7e]{1,255}")


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    """Send a new key with each request: schemathesis sends its few again and again, which is refused."""
    if _VALID.fullmatch(str(case.headers.get(_HEADER, ""))):
        case.headers[_HEADER] = str(uuid.uuid4())

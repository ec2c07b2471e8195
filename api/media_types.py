"""Which of several media types a request asks for (RFC 9110, section 12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fastapi import Request

from index.errors import NotAcceptable

_QUALITY = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?", re.ASCII)


def chosen(request: Request, offered: Sequence[str]) -> str:
    """Return the media type that a request prefers.

    Args:
        request: Its ``Accept`` headers say what it takes; without any, it takes everything.
        offered: Types that there are; of those that are liked equally well, the first is chosen.

    Raises:
        NotAcceptable: It takes none of them.
    """
    accepted = ",".join(request.headers.getlist("Accept"))
    if accepted in ("", "*/*", offered[0]):
        return offered[0]
    ranges = [_range(item) for item in accepted.lower().split(",") if item.strip()]
    if not ranges:
        return offered[0]
    liking = {one: _quality(one, ranges) for one in offered}
    best = max(offered, key=lambda one: liking[one])  # the first of several
    if not liking[best]:
        raise NotAcceptable(
            f"the request takes {accepted!r}, and this is sent as {' or '.join(offered)}; name one of them in Accept, "
            "or leave it out."
        )
    return best


def _range(item: str) -> tuple[str, float]:
    """Return a media range and its quality; one that cannot be read does not count."""
    name, *parameters = (part.strip() for part in item.split(";"))
    quality = next((value for key, _, value in (one.partition("=") for one in parameters) if key.strip() == "q"), "1")
    return name, float(quality) if _QUALITY.fullmatch(quality.strip()) else 0.0


def _quality(offered: str, ranges: Sequence[tuple[str, float]]) -> float:
    """Return the quality of the most specific range that a type falls under."""
    given = dict(reversed(ranges))
    wide = f"{offered.partition('/')[0]}/*"
    return next((given[name] for name in (offered, wide, "*/*") if name in given), 0.0)

"""What all who look at a page's elements ask of them."""

from __future__ import annotations

from itertools import islice

from lxml.html import HtmlElement

HEADINGS = {f"h{level}": level for level in range(1, 7)}
"""Tags of headings, with their levels."""

_ATTRIBUTE_MAX = 1000
_FEW = 20


def squash(text: str) -> str:
    """Return text on one line, without soft hyphens."""
    return " ".join(text.replace("\u00ad", "").split())


def words(element: HtmlElement) -> str:
    """Return the text of a small element; a longer one's beginning."""
    return "".join(islice(element.itertext(), _FEW)).strip()


def has(element: HtmlElement, *tags: str) -> bool:
    """Tell whether there is an element of these tags inside it."""
    return any(found is not element for found in islice(element.iter(*tags), 2))


def attribute(element: HtmlElement, name: str) -> str:
    """Return an attribute that is searched; a beginning of it, as some hold whole pictures."""
    return str(element.get(name, ""))[:_ATTRIBUTE_MAX]

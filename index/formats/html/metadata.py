"""What a page says about itself: in ``meta``, ``link``, ``time`` and ``title`` elements, and in JSON-LD."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from index.dates import iso_date
from index.formats.html.elements import squash

_DASHES = "-\u2013\u2014|\u00b7\u2022:"
_DATES = ("article:published_time", "date", "dc.date", "dcterms.date", "dcterms.created", "datepublished")


def metadata(root: HtmlElement) -> dict[str, object]:
    """Return what ``index.blocks.Parsed`` may have, as far as the page states it."""
    meta: dict[str, list[str]] = {}
    for element in root.iter("meta"):
        key = element.get("property") or element.get("name") or element.get("itemprop") or ""
        meta.setdefault(key.strip().lower(), []).append(squash(element.get("content", "")))
    data = list(_linked_data(root))

    def said(*keys: str) -> list[str]:
        return [value for key in keys for value in meta.get(key, []) if value]

    in_data = next(filter(None, (_names(item.get("author")) for item in data)), [])
    authors = said("author") or said("article:author") or in_data
    dates = said(*_DATES)
    dates += [value for value in (item.get("datePublished") for item in data) if isinstance(value, str)]
    dates += [element.get("datetime", "") for element in root.iter("time")]
    links = [link.get("href", "") for link in root.iter("link") if "canonical" in link.get("rel", "").lower().split()]
    tags = [tag.strip() for words in said("keywords") for tag in words.split(",")] + said("article:tag")
    found: dict[str, object] = {
        "title": _title(root, said("og:title"), said("og:site_name")),
        "author": ", ".join(dict.fromkeys(name for name in authors if not _is_web_address(name))),
        "published": next(filter(None, map(iso_date, dates)), None),
        "url": next(filter(_is_web_address, map(str.strip, [*links, *said("og:url")])), None),
        "tags": list({tag.casefold(): tag for tag in reversed(tags) if tag}.values())[::-1],
    }
    return {key: value for key, value in found.items() if value}


def _title(root: HtmlElement, titles: list[str], sites: list[str]) -> str | None:
    """Return the title; a site's name behind it goes where the first heading or the page tells that it is one."""
    headings = (squash("".join(heading.itertext())) for heading in root.iter("h1"))
    heading = next(filter(None, headings), "")
    in_head = (squash(title.text or "") for title in root.iter("title") if title.getparent().tag != "svg")
    title = next(iter([*titles, *in_head]), "")
    for shorter in [heading, *(title.removesuffix(site) for site in sites)]:
        kept = shorter.rstrip(f"{_DASHES} ")
        if kept and title.removeprefix(kept).lstrip().startswith(tuple(_DASHES)) and title.startswith(kept):
            return kept
    return title or heading


def _linked_data(root: HtmlElement) -> Iterator[dict[str, object]]:
    """Yield the objects of a page's JSON-LD, the outermost ones and those of its graph."""
    for script in root.iter("script"):
        if script.get("type", "").strip().lower() != "application/ld+json":
            continue
        try:
            loaded = json.loads(script.text or "")
        except (ValueError, RecursionError):
            continue
        for item in loaded if isinstance(loaded, list) else [loaded]:
            graph = item.get("@graph") if isinstance(item, dict) else None
            items = [item, *graph] if isinstance(graph, list) else [item]
            yield from (found for found in items if isinstance(found, dict))


def _names(value: object) -> list[str]:
    """Return the names in a JSON-LD author: a name, an object with one, or a list of these."""
    if isinstance(value, list):
        return [name for item in value for name in _names(item) if not isinstance(item, list)]
    name = value.get("name") if isinstance(value, dict) else value
    return [squash(name)] if isinstance(name, str) else []


def _is_web_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)

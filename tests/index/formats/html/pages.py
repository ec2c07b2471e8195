"""Parts of pages, and what is read from a page."""

from __future__ import annotations

import pytest

from index.blocks import Block, Unreadable
from index.formats.html import parse

STORY = "The harbour authority confirmed on Tuesday that dredging of the northern channel will resume in spring."
STORM = "Storms kept both dredgers in port for thirty-one days, the longest pause since records began in 1952."
HEAD = '<!DOCTYPE html><html><head><meta charset="utf-8"><title>T</title><style>p{}</style></head><body>'
AROUND = (
    '<header><a href="/">Gazette</a><nav><ul><li><a href="/n">News</a></li></ul></nav></header>'
    '<div id="cookie-banner"><p>We use cookies to improve your visit.</p><button>OK</button></div>'
    "%s<aside><h3>Most read</h3><ul><li><a href='/1'>Ferry strike called off</a></li></ul></aside>"
    '<section id="comments" class="comments"><h3>1 comment</h3><p>The channel is a disgrace.</p></section>'
    '<div class="newsletter"><form><p>Subscribe to our letter.</p><input type="email"></form></div>'
    '<div class="related-posts"><h3>Related</h3><ul><li><a href="/r">Tides explained</a></li></ul></div>'
    "<script>track('everything')</script><footer><p>Copyright 2024 Gazette</p></footer></body></html>"
)


def blocks(page: str) -> list[Block]:
    (parsed,) = parse(page.encode())
    return list(parsed.blocks)


def texts(page: str) -> list[str]:
    return [block.text for block in blocks(page)]


def refusal(data: bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        parse(data)
    return str(caught.value)

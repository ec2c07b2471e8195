"""A page's bytes to its tree: in which encoding they are, and whether they are a page at all."""

from __future__ import annotations

import re
from typing import cast

from lxml import etree
from lxml.html import HtmlElement, HTMLParser

from index.blocks import Unreadable

_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_DECLARED = re.compile(rb"""<(?:meta|\?xml)\b[^>]*?\b(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_WESTERN = re.compile(r"iso-?8859-?1|l(?:atin-?)?1|(?:windows-|cp|x-cp)1252|(?:us-)?ascii", re.IGNORECASE)
# Python knows more codecs than the web does, some of which are no encodings of text.
_ENCODING = re.compile(
    r"windows-125\d|iso-?8859-\d+|koi8-[ru]|gb(?:k|2312|18030)|big5(?:-hkscs)?|shift[_-]jis|euc-(?:jp|kr)|iso-2022-jp",
    re.IGNORECASE,
)
_HTML = re.compile(r"<(?:!doctype html|html|head|body|title|meta|div|p|span|h[1-6]|[uod]l|table|pre|article)\b", re.I)
_EMPTY_TAG = re.compile(r"<(?!(?:br|hr|img|meta|link|input|col|wbr|area|base)\b)([a-z][\w:-]*)((?:\s[^<>]*)?)/>", re.I)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def tree(data: bytes) -> HtmlElement:
    """Return a page's ``html`` element.

    Raises:
        Unreadable: It is not HTML, not in the encoding that it states, nested too deeply, or empty.
    """
    text = _decode(data)
    if not _HTML.search(text):
        raise Unreadable("it is not HTML (it has no tags of a page)" if text.strip() else "it holds no text")
    if text.lstrip().startswith("<?xml"):
        text = _EMPTY_TAG.sub(r"<\1\2></\1>", text)
    parser = HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    root = etree.fromstring(text.encode(), parser)
    # The parser stops at what it finds too deep, and keeps only what came before.
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise Unreadable("its elements are nested too deeply (over 2,000 levels)")
    if root is None:
        raise Unreadable("it holds no text")
    _without_controls(root)
    return cast("HtmlElement", root)


def _without_controls(root: etree._Element) -> None:
    """Put spaces for control characters, with which the library takes no text back that it has given."""
    for element in root.iter():
        if element.text and _CONTROL.search(element.text):
            element.text = _CONTROL.sub(" ", element.text)
        if element.tail and _CONTROL.search(element.tail):
            element.tail = _CONTROL.sub(" ", element.tail)


def _decode(data: bytes) -> str:
    marked = next((name for mark, name in _BOMS.items() if data.startswith(mark)), None)
    if marked is None and b"\0" in data:
        raise Unreadable("it is not an HTML file (it contains NUL bytes)")
    declared = _DECLARED.search(data[:4096])
    label = declared.group(1).decode("ascii", "replace") if declared else "utf-8"
    if marked is not None:
        choices = [marked]
    elif _WESTERN.fullmatch(label):
        # Such pages are mostly Windows-1252, and often UTF-8 by now: bytes that are valid as that come by no accident.
        choices = ["utf-8", "windows-1252"]
    else:
        choices = [label if _ENCODING.fullmatch(label) else "utf-8"]
    for choice in choices:
        try:
            return data.decode(choice)
        except (UnicodeDecodeError, LookupError):
            continue
    raise Unreadable(f"it is not the {choices[-1]} text that it should be; save it as UTF-8")

"""Plain text: paragraphs stand between blank lines, headings are short lines in capitals.

Much that is called plain text is Markdown, above all what programs export; where its marks are evident, it is read as
such. Where lines mean something (items, fields, chats, code), they stay lines; elsewhere line breaks are only layout.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from index.blocks import Block, Parsed, Unreadable
from index.formats.decoding import decode
from index.formats.markdown import parse_markdown

_PARAGRAPHS = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
_HEADING_MAX_CHARACTERS = 80
_UNWRAPPED_LINE = 200
"""Lines longer than any page is wide are paragraphs, without blank lines between them."""
_WIKI_HEADING = re.compile(r"(=(?: ?=){0,5})\s+(\S.*?\S|\S)\s+\1")
_ITEM = re.compile(r"(?:[-*\u2022\u2013+]|\(?\d{1,3}[.)]|\[\d{1,3}\]|\(?[a-z][.)])\s+\S")
_TIMED = re.compile(r"[\[(]?(?:\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{2,4})?,?[ T]?\d{1,2}:\d\d(?!\w)")
_FIELD = re.compile(r"[A-Z][\w .'/()-]{0,30}:(?:\s|$)")
_QUOTED = re.compile(r"(?:> ?)+")
_MAIL_FIELD = re.compile(r"(from|to|cc|bcc|date|sent|subject|reply-to|message-id):\s*(.*)", re.IGNORECASE)
_MAIL_KEYS = {"subject": "title", "from": "author", "date": "published", "sent": "published"}
_MAIL_ADDRESS = re.compile(r"\s*<[^<>]*>$")
_MARKDOWN_HEADING = re.compile(r"(?:\A|\n[ \t]*\n)#{1,6} [^\n]*\S[^\n]*(?=\n[ \t]*(?:\n|\Z)|\Z)")
_MARKDOWN_LINK = re.compile(r"(?<![\w\])])\[[^\[\]\n]{1,300}\]\((?:[^()\s]{0,1000}[#/.:][^()\s]{0,1000})?\)")
_MARKDOWN_FENCE = re.compile(r"(?:\A|\n)(`{3,}|~{3,})[ \t]*[\w+-]*[ \t]*\n(?:[^\n]*\n)*?\1[ \t]*(?:\n|\Z)")
_COMMENT = re.compile(r"^(?:#(?: .*)?\n){3}", re.MULTILINE)
_LEAST_HEADINGS, _LEAST_LINKS = 2, 3
_CODE_LINE = re.compile(
    r"""(?:
        (?:export\ )?[\w.\[\]"'-]+\s*\+?=\s?\S.*        # name = value
        | \[[\w\ .:"-]+\]                               # [section]
        | (?:sudo|cd|echo|mkdir|rm|cp|mv|git|pip|apt|apt-get|npm|docker|chmod|source)\ .*
        | (?:if|elif|else|for|while|try|except|def|class|with|case)\b.*(?::|\bthen|\bdo|\bin)
        | (?:fi|done|esac|else|then|do|try:|;;)
        | from\ \S+\ import\ .* | import\ [\w.]+
        | [\w.]+\(.*\)
        | .*(?:[{}\\]|\);|\];)
    )""",
    re.VERBOSE,
)
_SETTING = re.compile(r"(?:- )?[a-z_][\w.-]*:(?:\s.*)?")
_SCRIPT = re.compile(r"#! ?/")
_CODE_SHARE = 0.6
_LEAST_CODE_LINES = 3
_LEAST_QUOTED = 2


def looks_like_markdown(raw: str) -> bool:
    """Tell whether text has the marks of Markdown: headings that stand alone, links, or fences around code."""
    raw = _line_ends(raw)
    if len(_MARKDOWN_LINK.findall(raw)) >= _LEAST_LINKS or _MARKDOWN_FENCE.search(raw):
        return True
    headings = len(_MARKDOWN_HEADING.findall(raw))
    return headings >= _LEAST_HEADINGS and not _COMMENT.search(raw) and not _is_code(raw, _CODE_LINE, _SETTING)


def parse_text(raw: str) -> Parsed:
    """Parse text of which nobody says whether it is Markdown."""
    try:
        return parse_markdown(raw) if looks_like_markdown(raw) else parse_plaintext(raw)
    except Unreadable:  # what looked like front matter is text between two rules
        return parse_plaintext(raw)


def _line_ends(raw: str) -> str:
    return raw.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")


def _is_code(raw: str, *forms: re.Pattern[str]) -> bool:
    """Tell whether it is a script, or nearly all lines that are no comments have one of the forms."""
    lines = [line for line in map(str.strip, raw.split("\n")) if line and not line.startswith(("#", ";"))]
    code = sum(any(form.fullmatch(line) for form in forms) for line in lines)
    return _SCRIPT.match(raw) is not None or code >= max(_LEAST_CODE_LINES, _CODE_SHARE * len(lines))


def _is_heading(lines: list[str]) -> bool:
    """Tell whether a paragraph is a heading: one short line with letters, none of them lower case."""
    if len(lines) != 1 or len(lines[0]) > _HEADING_MAX_CHARACTERS:
        return False
    return lines[0].isupper() and not lines[0].endswith((".", ",", ";")) and "©" not in lines[0]


def _items(lines: list[str], form: re.Pattern[str]) -> str:
    """Return a list's items, one a line, with the lines that an item was wrapped into joined."""
    items: list[str] = []
    for line in lines:
        if form.match(line) or not items:
            items.append(line)
        else:
            items[-1] += f" {line}"
    return "\n".join(items)


def _blocks(lines: list[str]) -> Iterator[Block]:
    """Make blocks of the lines between two blank lines; as a rule one, since line breaks are only layout."""
    wiki = _WIKI_HEADING.fullmatch(lines[0]) if len(lines) == 1 else None
    items = next((form for form in (_ITEM, _TIMED) if form.match(lines[0]) and any(map(form.match, lines[1:]))), None)
    if wiki is not None:
        yield Block(wiki.group(2), level=wiki.group(1).count("="))
    elif _is_heading(lines):
        yield Block(lines[0], level=1)
    elif items is not None:
        yield Block(_items(lines, items), kind="list")
    elif len(lines) > 1 and all(map(_FIELD.match, lines)):
        yield Block("\n".join(lines), kind="list")
    elif len(lines) > 1 and _are_paragraphs(lines):
        for line in lines:
            yield from _blocks([line])
    else:
        yield from _prose(lines)


def _are_paragraphs(lines: list[str]) -> bool:
    return 2 * sum(len(line) for line in lines if len(line) > _UNWRAPPED_LINE and " " in line) > sum(map(len, lines))


def _prose(lines: list[str]) -> Iterator[Block]:
    """Join lines, but not those that a mail quotes with its own; marks of quotation go where lines are joined."""
    if sum(line.startswith(">") for line in lines) < _LEAST_QUOTED:
        yield Block(" ".join(lines))
        return
    for _, run in groupby(lines, key=lambda line: (line.startswith(">"), not _QUOTED.fullmatch(line))):
        text = " ".join(_QUOTED.sub("", line, count=1) if line.startswith(">") else line for line in run).strip()
        if text:
            yield Block(text)


def _mail(lines: list[str]) -> dict[str, object]:
    """Return what the head of a mail says, if these lines are one."""
    fields = [match for line in lines if (match := _MAIL_FIELD.fullmatch(line))]
    found: dict[str, object] = {}
    for field in fields:
        key = _MAIL_KEYS.get(field.group(1).lower())
        if key is not None and field.group(2):
            found.setdefault(key, field.group(2))
    if len(fields) < len(lines) or "author" not in found or len(found) == 1:
        return {}
    return {**found, "author": _MAIL_ADDRESS.sub("", str(found["author"])).strip('"') or found["author"]}


def parse_plaintext(raw: str) -> Parsed:
    """Split plain text into blocks."""
    raw = _line_ends(raw)
    paragraphs = [paragraph for paragraph in _PARAGRAPHS.split(raw) if paragraph.strip()]
    if _is_code(raw, _CODE_LINE):
        return Parsed(tuple(Block(paragraph.strip("\n"), kind="code") for paragraph in paragraphs))
    blocks: list[Block] = []
    for paragraph in paragraphs:
        blocks += _blocks([line.strip() for line in paragraph.split("\n") if line.strip()])
    for place in reversed(range(len(blocks))):  # a heading has something under it
        if not (blocks[place].level and blocks[place].text.isupper()):
            break
        blocks[place] = replace(blocks[place], level=0)
    return Parsed(tuple(blocks), _mail([line.strip() for line in paragraphs[0].split("\n")]) if paragraphs else {})


def parse(data: bytes) -> list[Parsed]:
    """Parse a file; see ``index.formats.Parser``."""
    return [parse_text(decode(data))]

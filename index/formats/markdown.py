"""Markdown (CommonMark with tables) with YAML front matter, rendered to plain text.

Emphasis, links and images leave only their words: what is quoted is what a reader of the rendered page sees. Exponents
are written as ``10^6``; marks of footnotes go, and a footnote is a paragraph where it is defined.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

import yaml
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.tree import SyntaxTreeNode

from index.blocks import Block, Parsed, Unreadable
from index.documents import Kind
from index.formats.decoding import decode

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_RAISE = re.compile(r"<sup\b[^>]*>", re.IGNORECASE)
_EXPONENT = re.compile(r"[-+\u2212]?\d+")
_FOOTNOTE = re.compile(r"\[\^([^\]\s]+)\]:[ \t]*")
_FOOTNOTE_MARK = re.compile(r"\[\^([^\]\s]+)\]")
_ADDRESS = re.compile(r"<?https?://\S+")
_KINDS: dict[str, Kind] = {
    "bullet_list": "list",
    "ordered_list": "list",
    "table": "table",
    "fence": "code",
    "code_block": "code",
}


class _HtmlText(HTMLParser):
    """Collects the words of a piece of HTML, those of scripts and styles left out."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._hidden = 0
        self._raised = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - its signature
        self._hidden += tag in ("script", "style")
        self._raised = tag == "sup"
        if tag not in ("sup", "sub"):
            self.pieces.append("\n" if tag == "br" else " ")

    def handle_endtag(self, tag: str) -> None:
        self._raised = False
        self._hidden -= tag in ("script", "style") and self._hidden > 0
        if tag not in ("sup", "sub"):
            self.pieces.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(_raised(data, self.pieces) if self._raised else data)


def _raised(text: str, before: list[str]) -> str:
    """Return raised text so that 10 to the power of 6 does not become 106."""
    base = next((piece for piece in reversed(before) if piece), "")[-1:]
    return f"^{text}" if _EXPONENT.fullmatch(text) and (base.isalnum() or base == ")") else text


def _html_text(html: str) -> str:
    parser = _HtmlText()
    parser.feed(html)
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.pieces).split("\n"))
    return "\n".join(line for line in lines if line)


def _split_front_matter(raw: str) -> tuple[dict[str, object], str]:
    match = _FRONT_MATTER.match(raw)
    if match is None:
        return {}, raw
    try:
        loaded = yaml.safe_load(match.group(1))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 2}" if mark is not None else ""
        raise Unreadable(f"its front matter is not valid YAML{where}") from error
    except (ValueError, LookupError, AttributeError, RecursionError) as error:
        # Of bad values, such as a date like 2021-02-31, the library lets out whatever its constructors raise.
        fault = str(error) if isinstance(error, ValueError) else type(error).__name__
        raise Unreadable(f"its front matter has a bad value: {fault}") from error
    if loaded is None:
        return {}, raw[match.end() :]
    if not isinstance(loaded, dict):
        raise Unreadable("its front matter is not a list of `key: value` lines")
    return {str(key): value for key, value in loaded.items()}, raw[match.end() :]


def _inline_text(node: SyntaxTreeNode) -> str:
    """Return the words of an inline node, without their markup."""
    if node.type in ("text", "code_inline"):
        return node.content
    if node.type == "softbreak":
        return " "
    if node.type == "hardbreak":
        return "\n"
    if node.type == "html_inline":
        return "\n" if _LINE_BREAK.fullmatch(node.content) else ""
    pieces: list[str] = []
    raised = False
    for child in node.children:
        # A link that is raised leads to a footnote.
        text = "" if raised and child.type == "link" else _inline_text(child)
        pieces.append(_raised(text, pieces) if raised else text)
        raised = child.type == "html_inline" and _RAISE.fullmatch(child.content) is not None
    return "".join(pieces)


def _lines(node: SyntaxTreeNode) -> list[str]:
    """Return the text lines of a container: a list's items, a table's rows, a quotation's paragraphs."""
    if node.type == "inline":
        return [_inline_text(node)]
    if node.type in ("fence", "code_block"):
        return [node.content.rstrip("\n")]
    if node.type == "html_block":
        return [_html_text(node.content)]
    if node.type == "tr":
        return [" | ".join(_inline_text(cell).replace("\n", " ") for cell in node.children)]
    return [line for child in node.children for line in _lines(child)]


def _blocks(node: SyntaxTreeNode) -> list[Block]:
    if node.type == "heading":
        return [Block("".join(_lines(node)), level=int(node.tag[1:]))]
    if node.type in ("root", "blockquote"):
        return [block for child in node.children for block in _blocks(child)]
    return [Block("\n".join(_lines(node)), kind=_KINDS.get(node.type, "prose"))]


def _footnote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read the definition of a footnote as a paragraph; one that is only an address says nothing."""
    match = None if state.is_code_block(start) else _FOOTNOTE.match(_line(state, start))
    if match is None or silent:
        return match is not None
    state.env.setdefault("footnotes", set()).add(match.group(1))
    after = start + 1
    while after < end and not state.isEmpty(after) and not _FOOTNOTE.match(_line(state, after)):
        after += 1
    lines = [_line(state, start)[match.end() :], *(_line(state, line) for line in range(start + 1, after))]
    content = "\n".join(lines).strip()
    if content and not _ADDRESS.fullmatch(content):
        state.push("paragraph_open", "p", 1).map = [start, after]
        token = state.push("inline", "", 0)
        token.content, token.map, token.children = content, [start, after], []
        state.push("paragraph_close", "p", -1)
    state.line = after
    return True


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def _footnote_mark(state: StateInline, silent: bool) -> bool:
    """Leave out marks whose footnotes are defined."""
    match = _FOOTNOTE_MARK.match(state.src, state.pos)
    if match is None or match.group(1) not in state.env.get("footnotes", ()):
        return False
    if not silent and not state.src[match.end() : match.end() + 1].isalnum():
        state.pending = state.pending.rstrip(" ")
    state.pos = match.end()
    return True


def parse_markdown(raw: str) -> Parsed:
    """Parse Markdown into blocks and front matter.

    Raises:
        Unreadable: The front matter cannot be read.
    """
    metadata, body = _split_front_matter(raw.replace("\r\n", "\n").replace("\r", "\n"))
    metadata.pop("line", None)  # what a JSONL file's documents are told by; here it would be someone's own key
    parser = MarkdownIt("commonmark", {"maxNesting": 100}).enable("table")
    parser.block.ruler.before("reference", "footnote", _footnote, {"alt": ["paragraph", "reference"]})
    parser.inline.ruler.before("link", "footnote_mark", _footnote_mark)
    return Parsed(tuple(_blocks(SyntaxTreeNode(parser.parse(body)))), metadata)


def parse(data: bytes) -> list[Parsed]:
    """Parse a file; see ``index.formats.Parser``."""
    return [parse_markdown(decode(data))]

"""Markdown (CommonMark with tables) with YAML front matter, rendered to plain text.

Emphasis, links and images leave only their words: what is quoted is what a reader of the rendered page sees.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

import yaml
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from index.blocks import Block, Parsed

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)


_LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


class _HtmlText(HTMLParser):
    """Collects the words of a piece of HTML, those of scripts and styles left out."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - its signature
        self._hidden += tag in ("script", "style")
        self.pieces.append("\n" if tag == "br" else " ")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style") and self._hidden > 0
        self.pieces.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(data)


def _html_text(html: str) -> str:
    parser = _HtmlText()
    parser.feed(html)
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.pieces).split("\n"))
    return "\n".join(line for line in lines if line)


class FrontMatterError(ValueError):
    """The front matter is not YAML, or is not a mapping."""


def _split_front_matter(raw: str) -> tuple[dict[str, object], str]:
    match = _FRONT_MATTER.match(raw)
    if match is None:
        return {}, raw
    try:
        loaded = yaml.safe_load(match.group(1))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 2}" if mark is not None else ""
        raise FrontMatterError(f"its front matter is not valid YAML{where}") from error
    except (ValueError, LookupError, AttributeError, RecursionError) as error:
        # Of bad values, such as a date like 2021-02-31, the library lets out whatever its constructors raise.
        fault = str(error) if isinstance(error, ValueError) else type(error).__name__
        raise FrontMatterError(f"its front matter has a bad value: {fault}") from error
    if loaded is None:
        return {}, raw[match.end() :]
    if not isinstance(loaded, dict):
        raise FrontMatterError("its front matter is not a list of `key: value` lines")
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
    return "".join(_inline_text(child) for child in node.children)


def _lines(node: SyntaxTreeNode) -> list[str]:
    """Return the text lines of a container: a list's items, a table's rows, a quotation's paragraphs."""
    if node.type == "inline":
        return [_inline_text(node)]
    if node.type in ("fence", "code_block"):
        return [node.content.rstrip("\n")]
    if node.type == "html_block":
        return [_html_text(node.content)]
    if node.type == "tr":
        return [" | ".join(_inline_text(cell) for cell in node.children)]
    return [line for child in node.children for line in _lines(child)]


def _blocks(node: SyntaxTreeNode) -> list[Block]:
    if node.type == "heading":
        return [Block("".join(_lines(node)), level=int(node.tag[1:]))]
    if node.type in ("root", "blockquote"):
        return [block for child in node.children for block in _blocks(child)]
    return [Block("\n".join(_lines(node)))]


def parse_markdown(raw: str) -> Parsed:
    """Parse Markdown into blocks and front matter.

    Raises:
        FrontMatterError: The front matter cannot be read.
    """
    metadata, body = _split_front_matter(raw.replace("\r\n", "\n").replace("\r", "\n"))
    parser = MarkdownIt("commonmark", {"maxNesting": 100}).enable("table")
    return Parsed(tuple(_blocks(SyntaxTreeNode(parser.parse(body)))), metadata)

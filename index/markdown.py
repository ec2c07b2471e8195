"""Markdown (CommonMark with tables) with YAML front matter, rendered to plain text.

Emphasis, links and images leave only their words: what is quoted is what a reader of the rendered page sees.
"""

from __future__ import annotations

import re

import yaml
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from index.blocks import Block, Parsed

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)


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
    except ValueError as error:  # such as a date like 2021-02-31
        raise FrontMatterError(f"its front matter has a bad value: {error}") from error
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
        return ""
    return "".join(_inline_text(child) for child in node.children)


def _lines(node: SyntaxTreeNode) -> list[str]:
    """Return the text lines of a container: a list's items, a table's rows, a quotation's paragraphs."""
    if node.type == "inline":
        return [_inline_text(node)]
    if node.type in ("fence", "code_block"):
        return [node.content.rstrip("\n")]
    if node.type == "html_block":
        return []
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

from __future__ import annotations

import datetime

import pytest
from hypothesis import example, given

from index.blocks import Block, assemble
from index.markdown import FrontMatterError, parse_markdown
from tests.index.exactness import assert_exact, markdown_texts, thorough


def texts(raw: str) -> list[str]:
    return [block.text for block in parse_markdown(raw).blocks if block.text]


@given(markdown_texts())
@example("# One\r\n\r\n```\r\ncode\r\n\r\n \t\r\nafter blank lines\r\n```\r\n\r\n- e\u0301\n\n\n- \ud800\x07")
@thorough
def test_any_text_has_exact_offsets(raw: str) -> None:
    try:
        parsed = parse_markdown(raw)
    except FrontMatterError:  # it happens to begin like front matter
        return
    assert_exact(parsed)


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("*one* **two** ***three*** _four_ __five__", "one two three four five"),
        ("a [link *with* emphasis](https://example.org \"title\")", "a link with emphasis"),
        ("see <https://example.org/x>", "see https://example.org/x"),
        ("[by reference][ref]\n\n[ref]: https://example.org", "by reference"),
        ("![a *picture*](p.png) beside", "a picture beside"),
        ("run `x = \"*a*\"` now", 'run x = "*a*" now'),
        ("soft\nbreak", "soft break"),
        ("hard  \nbreak\\\nagain", "hard\nbreak\nagain"),
        ("2 \\* 3 \\# 4", "2 * 3 # 4"),
        ("AT&amp;T &copy; &eacute;", "AT&T © é"),
        ("words <b>in</b> <!-- unseen --> tags", "words in  tags"),
        ("```python\nif x:\n    y()\n```", "if x:\n    y()"),
        ("    indented()\n    code()", "indented()\ncode()"),
        ("- one\n- two *three*\n  goes on\n  - nested\n- four", "one\ntwo three goes on\nnested\nfour"),
        ("1. first\n\n   more of it\n\n2. second", "first\nmore of it\nsecond"),
        ("| A | B |\n|---|:-:|\n| 1987 | *Huawei* |\n| 1988 | `a\\|b` |", "A | B\n1987 | Huawei\n1988 | a|b"),
        ("- item\n\n  ```\n  code\n  ```", "item\ncode"),
    ],
)  # fmt: skip
def test_markup_leaves_only_its_words(markdown: str, text: str) -> None:
    assert texts(markdown) == [text]


def test_paragraphs_of_a_quotation_are_paragraphs() -> None:
    assert texts("> First,\n> wrapped.\n>\n> > Second.\n\nThird.") == ["First, wrapped.", "Second.", "Third."]


def test_rules_comments_and_definitions_leave_nothing() -> None:
    assert texts("one\n\n***\n\n<!-- a comment -->\n\n[ref]: https://example.org\n\ntwo") == ["one", "two"]


def test_headings_of_both_kinds_keep_their_level() -> None:
    blocks = parse_markdown("# A *b*\n\n### C ###\n\nD\n===\n\nE\nf\n---\n\n#no heading\n\n#").blocks
    assert blocks == (
        Block("A b", 1),
        Block("C", 3),
        Block("D", 1),
        Block("E f", 2),
        Block("#no heading"),
        Block("", 1),
    )


def test_front_matter_is_metadata_and_no_text() -> None:
    raw = (
        "---\ntitle: 'On: tides'\nauthor: [Ada, Bo]\npublished: 2021-07-29\nurl: https://example.org\nindex: false\n"
        "1: one\n---\nText.\n"
    )
    parsed = parse_markdown(raw)
    assert parsed.blocks == (Block("Text."),)
    assert parsed.metadata == {
        "title": "On: tides",
        "author": ["Ada", "Bo"],
        "published": datetime.date(2021, 7, 29),
        "url": "https://example.org",
        "index": False,
        "1": "one",
    }


@pytest.mark.parametrize(
    "raw", ["---\ntitle: T\n---", "---\r\ntitle: T\r\n---\r\n", "---  \ntitle: T\n...\n", "---\rtitle: T\r---\r"]
)
def test_front_matter_ends_at_three_hyphens_or_dots_with_any_line_ends(raw: str) -> None:
    parsed = parse_markdown(raw)
    assert (parsed.metadata, parsed.blocks) == ({"title": "T"}, ())


@pytest.mark.parametrize("raw", ["---\n---\nText.", "---\n# nothing but a comment\n---\nText."])
def test_empty_front_matter_is_no_fault(raw: str) -> None:
    parsed = parse_markdown(raw)
    assert (parsed.metadata, parsed.blocks) == ({}, (Block("Text."),))


@pytest.mark.parametrize("raw", ["\n---\ntitle: T\n---\n", "---\ntitle: T\n", "----\ntitle: T\n---\n"])
def test_what_is_not_at_the_top_or_not_closed_is_no_front_matter(raw: str) -> None:
    parsed = parse_markdown(raw)
    assert parsed.metadata == {}
    assert "title: T" in "\n".join(block.text for block in parsed.blocks)


@pytest.mark.parametrize(
    ("front_matter", "fault"),
    [
        ("title: T\nauthor: [Ada\nurl: u\n", "not valid YAML in line 4"),
        ("title: a: b\n", "not valid YAML in line 2"),
        ("title: !!python/name:os.system x\n", "not valid YAML in line 2"),
        ("title: \x01\n", "not valid YAML"),
        ("published: 2021-02-31\n", "bad value: day is out of range for month"),
        ("- title\n- author\n", "not a list of `key: value` lines"),
        ("just words\n", "not a list of `key: value` lines"),
    ],
)
def test_broken_front_matter_is_refused_with_the_fault(front_matter: str, fault: str) -> None:
    with pytest.raises(FrontMatterError) as caught:
        parse_markdown(f"---\n{front_matter}---\n\nText.")
    assert fault in str(caught.value)


@pytest.mark.parametrize(
    ("raw", "texts"),
    [
        ("one<br>two<BR/>three", ["one\ntwo\nthree"]),
        ("<div>Hello <b>there</b></div>", ["Hello there"]),
        ("<details>\n<summary>More</summary>\n\nInside.\n\n</details>", ["More", "Inside."]),
        ("<script>\nalert(1)\n</script>\n\n<!-- a note -->\n\nText.", ["Text."]),
    ],
)
def test_html_leaves_its_words_and_line_breaks_but_no_scripts_or_comments(raw: str, texts: list[str]) -> None:
    assembled = assemble(parse_markdown(raw).blocks)
    assert [assembled.text[start:end] for start, end in assembled.blocks] == texts


@pytest.mark.parametrize("value", ["[" * 3000, "!!timestamp foo", "!!bool foo"])
def test_front_matter_that_the_yaml_library_stumbles_over_is_refused(value: str) -> None:
    with pytest.raises(FrontMatterError):
        parse_markdown(f"---\ntitle: {value}\n---\nText.\n")

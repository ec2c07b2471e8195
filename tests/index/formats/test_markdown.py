from __future__ import annotations

import datetime

import pytest
from hypothesis import example, given

from index.blocks import Block, Unreadable, assemble
from index.formats.markdown import parse_markdown
from tests.index.exactness import assert_exact, markdown_texts, thorough


def texts(raw: str) -> list[str]:
    return [block.text for block in parse_markdown(raw).blocks if block.text]


@given(markdown_texts())
@example("# One\r\n\r\n```\r\ncode\r\n\r\n \t\r\nafter blank lines\r\n```\r\n\r\n- e\u0301\n\n\n- \ud800\x07")
@thorough
def test_any_text_has_exact_offsets(raw: str) -> None:
    try:
        parsed = parse_markdown(raw)
    except Unreadable:  # it happens to begin like front matter
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
    with pytest.raises(Unreadable) as caught:
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
    assert [assembled.text[block.start : block.end] for block in assembled.blocks] == texts


@pytest.mark.parametrize("value", ["[" * 3000, "!!timestamp foo", "!!bool foo"])
def test_front_matter_that_the_yaml_library_stumbles_over_is_refused(value: str) -> None:
    with pytest.raises(Unreadable):
        parse_markdown(f"---\ntitle: {value}\n---\nText.\n")


@pytest.mark.parametrize(
    ("markdown", "kind"),
    [
        ("- one\n- two", "list"),
        ("1. one\n2. two", "list"),
        ("- one\n\n  ```\n  code\n  ```", "list"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "table"),
        ("```sh\ncode\n```", "code"),
        ("    code", "code"),
        ("> - quoted\n> - list", "list"),
        ("words", "prose"),
        ("> words", "prose"),
        ("<div>words</div>", "prose"),
    ],
)
def test_a_block_says_what_it_is(markdown: str, kind: str) -> None:
    assert [block.kind for block in parse_markdown(markdown).blocks] == [kind]


def test_a_row_of_a_table_is_one_line_whatever_its_cells_hold() -> None:
    """Of a row in two lines, the second one would be a row of its own when long tables are broken."""
    assert texts("| a | b |\n|---|---|\n| 1<br>2 | 3 |") == ["a | b\n1 2 | 3"]


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("10<sup>6</sup> and 10<sup>-3</sup>", "10^6 and 10^-3"),
        ('*m*<sup>2</sup> and (a + b)<SUP class="x">2</SUP>', "m^2 and (a + b)^2"),
        ("H<sub>2</sub>O", "H2O"),
        ("the 1<sup>st</sup>", "the 1st"),
        ("<sup>6</sup>Li", "6Li"),
        ("a mark<sup>[6]</sup>", "a mark[6]"),
        ("a mark<sup>[6](#note-6)</sup> and [words](#)", "a mark and words"),
        ("<div>10<sup>6</sup> of CO<sub>2</sub></div>", "10^6 of CO2"),
    ],
)
def test_a_number_that_is_raised_does_not_become_part_of_another(markdown: str, text: str) -> None:
    assert texts(markdown) == [text]


def test_footnotes_are_paragraphs_where_they_are_defined_and_their_marks_go() -> None:
    markdown = (
        "One[^1], *two* [^note], three.[^n\u00f6]\n\n[^1]: First *note*,\nwrapped.\n[^note]: Second.\n\n"
        "[^n\u00f6]: Third\n\nEnd."
    )
    assert texts(markdown) == ["One, two, three.", "First note, wrapped.", "Second.", "Third", "End."]


def test_a_footnote_that_is_an_address_goes_as_a_links_address_does() -> None:
    """One of a single word was read as the definition of a link, and its mark became a link's words: ^1."""
    assert texts("One[^1] and two[^2].\n\n[^1]: https://example.org/a\n[^2]: word") == ["One and two.", "word"]


def test_what_only_looks_like_a_footnote_stays() -> None:
    assert texts("One[^1] and `[^2]`.\n\n    [^1]: code\n\n[^2]:x") == ["One[^1] and [^2].", "[^1]: code", "x"]
    assert texts("The set [^a-z] and [^0-9]") == ["The set [^a-z] and [^0-9]"]

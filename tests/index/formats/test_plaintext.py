from __future__ import annotations

import re

import pytest
from hypothesis import given

from index.blocks import Block
from index.formats.plaintext import looks_like_markdown, parse_plaintext, parse_text
from tests.index.exactness import assert_exact, raw_texts, thorough


@given(raw_texts())
@thorough
def test_any_text_has_exact_offsets(raw: str) -> None:
    assert_exact(parse_plaintext(raw))


@given(raw_texts())
@thorough
def test_no_word_of_any_text_is_lost(raw: str) -> None:
    """Marks of quotation and of wiki headings are no words."""
    assembled = "".join(block.text for block in parse_plaintext(raw).blocks)
    assert re.sub(r"[\s>=]", "", assembled) == re.sub(r"[\s>=]", "", raw)


def test_hard_wrapped_lines_are_joined_and_blank_lines_part_paragraphs() -> None:
    raw = "The first paragraph is\n  wrapped by hand, \nas mail was.\n\n \t\n\nThe second is not.\n"
    assert parse_plaintext(raw).blocks == (
        Block("The first paragraph is wrapped by hand, as mail was."),
        Block("The second is not."),
    )


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_line_ends_of_every_system_mean_the_same(end: str) -> None:
    assert parse_plaintext(f"one{end}two{end}{end}three").blocks == (Block("one two"), Block("three"))


def test_a_form_feed_parts_paragraphs() -> None:
    assert parse_plaintext("end of a page.\fnext page.").blocks == (Block("end of a page."), Block("next page."))


@pytest.mark.parametrize(
    "line", ["INTRODUCTION", "2. METHODS AND DATA", "WHAT NOW?", "ÉTUDES", "  INDENTED  ", "X" * 80]
)
def test_a_short_line_in_capitals_is_a_heading(line: str) -> None:
    assert parse_plaintext(f"{line}\n\nText.").blocks == (Block(line.strip(), level=1), Block("Text."))


@pytest.mark.parametrize(
    "paragraph",
    [
        "Introduction",
        "STOP.",
        "FIRST, ",
        "A; B;",
        "1234 - 5678",
        "X" * 81,
        "TWO LINES\nOF CAPITALS",
        "中文標題",
        "MOSTLY CAPITALs",
    ],
)
def test_anything_else_is_a_paragraph(paragraph: str) -> None:
    assert [block.level for block in parse_plaintext(f"{paragraph}\n\nText.").blocks] == [0, 0]


def test_markup_and_front_matter_mean_nothing_in_plain_text() -> None:
    parsed = parse_plaintext("---\ntitle: x\n---\n\n# *not* markup")
    assert parsed.metadata == {}
    assert parsed.blocks == (Block("--- title: x ---"), Block("# *not* markup"))


def test_nothing_makes_no_blocks() -> None:
    assert parse_plaintext(" \r\n\t\n").blocks == ()


# Lines that mean something


@pytest.mark.parametrize(
    ("raw", "lines"),
    [
        ("- one\n  goes on\n- two\n- three", ["- one goes on", "- two", "- three"]),
        ("1. one\n2) two\n(3) three", ["1. one", "2) two", "(3) three"]),
        (
            "[1] The system shall start,\n    at once.\n[2] It shall stop.",
            ["[1] The system shall start, at once.", "[2] It shall stop."],
        ),
        (
            "[10:31] ann: hi\n[10:32] bob: yes,\nmore\n[10:33] ann: ok",
            ["[10:31] ann: hi", "[10:32] bob: yes, more", "[10:33] ann: ok"],
        ),
        (
            "2021-03-03 10:31:01 start\n2021-03-03 10:31:02 stop",
            ["2021-03-03 10:31:01 start", "2021-03-03 10:31:02 stop"],
        ),
        ("3/3/21, 10:31 - Ann: hi\n3/3/21, 10:32 - Bob: yes", ["3/3/21, 10:31 - Ann: hi", "3/3/21, 10:32 - Bob: yes"]),
        ("Present: Ann, Bob\nAbsent: Eve", ["Present: Ann, Bob", "Absent: Eve"]),
    ],
)  # fmt: skip
def test_items_fields_and_what_is_said_at_a_time_stay_lines(raw: str, lines: list[str]) -> None:
    assert parse_plaintext(raw).blocks == (Block("\n".join(lines), kind="list"),)


@pytest.mark.parametrize(
    "raw",
    [
        "He came in\n1984. It rained.\nHe left.",
        "The price: ten.\nThe rest of it is wrapped\nby hand.",
        "She rose at\n10:30 and left.",
        "- a dash begins it\nand it goes on",
        "They were, as in\n[3] and elsewhere, lost.",
    ],
)
def test_wrapped_lines_that_only_look_like_items_are_joined(raw: str) -> None:
    assert parse_plaintext(raw).blocks == (Block(raw.replace("\n", " ")),)


def test_wiki_headings_have_their_level() -> None:
    blocks = parse_plaintext("= A =\n\n== B == \n\n= = C = =\n\n=== d ==\n\n== e == f ==\n\na = b").blocks
    assert blocks[:3] == (Block("A", 1), Block("B", 2), Block("C", 2))
    assert [block.level for block in blocks[3:]] == [0, 2, 0]


def test_unwrapped_lines_are_paragraphs_each_and_short_lines_between_them_may_be_headings() -> None:
    long = "word " * 60 + "end."
    found = parse_plaintext(f"THE WALL\nA subtitle\n{long}\n{long}\nTHE SEA\n{long}").blocks
    assert [(block.level, block.text) for block in found] == [
        (1, "THE WALL"), (0, "A subtitle"), (0, long), (0, long), (1, "THE SEA"), (0, long)
    ]  # fmt: skip


def test_one_long_line_among_wrapped_ones_does_not_part_them() -> None:
    lines = ["words of a line that was wrapped by hand at some width"] * 8
    lines[3] += f" and https://example.org/{'x' * 250}"
    assert parse_plaintext("\n".join(lines)).blocks == (Block(" ".join(lines)),)


@pytest.mark.parametrize("raw", ["ALL SALES ARE FINAL", "Text.\n\nTHE END", "Text.\n\nDO NOT OPEN\n\nNOR TOUCH"])
def test_capitals_with_nothing_under_them_are_text(raw: str) -> None:
    """As headings, they were in no passage; a text of capitals alone was no document."""
    assert [block.level for block in parse_plaintext(raw).blocks] == [0] * (raw.count("\n\n") + 1)


# Mail


def test_the_head_of_a_mail_stays_and_says_who_when_and_about_what() -> None:
    parsed = parse_plaintext(
        "From: \"Doe, Jane\" <jane@example.org>\nTo: bob@example.org\nDate: Tue, 27 Aug 2019 10:00:00 +0200\n"
        "Subject: The wall\n\nDear Bob,\n\nit fell.\n"
    )  # fmt: skip
    assert parsed.metadata == {
        "title": "The wall", "author": "Doe, Jane", "published": "Tue, 27 Aug 2019 10:00:00 +0200"
    }  # fmt: skip
    assert parsed.blocks[0].kind == "list"
    assert parsed.blocks[0].text.startswith('From: "Doe, Jane" <jane@example.org>\nTo: bob@example.org\n')


@pytest.mark.parametrize(
    "raw", ["From: here\nTo: there", "From: a\nNote: b\nDate: 2019", "Text.\n\nFrom: a\nSubject: b"]
)
def test_other_fields_are_no_head_of_a_mail(raw: str) -> None:
    assert parse_plaintext(raw).metadata == {}


def test_quoted_lines_are_paragraphs_without_their_marks() -> None:
    raw = "Bob wrote:\n> it fell\n> at night.\n>\n> > And before?\nIt did."
    assert [block.text for block in parse_plaintext(raw).blocks] == [
        "Bob wrote:", "it fell at night.", "And before?", "It did."
    ]  # fmt: skip
    assert parse_plaintext("> 5 is more\nthan 4").blocks == (Block("> 5 is more than 4"),)


# Markdown, or not

SCRIPT = '#!/bin/sh\n\n# Install\n\nfor name in *_a *_b; do\n    echo "$name"\ndone\n\n# Clean\n\nrm -r build\n'
SETTINGS = "# Network\n\nport = 80\nhost = example.org\n\n# Log\n\n[log]\nlevel = *all*\n"
YAML = "# Network\n\nnetwork:\n  port: 80\n  hosts:\n  - a\n\n# Log\n\nlog:\n  level: all\n  file: x\n"
LICENCE = "# One\n# of many\n#\n# comments\n\n# Network\n\nWords.\n\n# Log\n\nWords.\n"
CHAT = "[10:31] ann: see [this](x)\n\n[10:32] bob: # of walls?\n\n[10:33] ann: *two*\n"
CODE = "a[0](x.y)\n\nb[1](x.y)\n\nc[i](x.y)\n\nd[j](x.y)\n"
MAIL = "From: Ann\nSubject: x\n\n> # quoted\n>\n> words\n\n# of walls: 2\n\nWords.\n"


@pytest.mark.parametrize(
    "raw", [SCRIPT, SETTINGS, YAML, LICENCE, CHAT, CODE, MAIL, "# One title\n\nWords.", "#1\n\n#2\n\n"]
)
def test_comments_and_brackets_are_no_markdown(raw: str) -> None:
    assert not looks_like_markdown(raw)
    assert not looks_like_markdown(raw.replace("\n", "\r\n"))


@pytest.mark.parametrize(
    "raw",
    [
        "# A\n\nWords.\n\n## B\n\nWords.",
        "# A\n\n## B\n\nWords.",
        "Words.\n\n## A\n\nkey: value\n\n## B",
        "[a](#) and [b](https://example.org) and [c](d.md)",
        "Words.\n\n```sh\nrm *_a\n```\n\nWords.",
    ],
)
def test_headings_that_stand_alone_links_and_fences_are_markdown(raw: str) -> None:
    assert looks_like_markdown(raw)
    assert looks_like_markdown(raw.replace("\n", "\r\n"))


@pytest.mark.parametrize("raw", [SCRIPT, SETTINGS])
def test_scripts_and_settings_are_code_line_by_line(raw: str) -> None:
    blocks = parse_text(raw.replace("\n", "\r\n")).blocks
    assert {block.kind for block in blocks} == {"code"}
    assert "\n\n".join(block.text for block in blocks) == raw.strip()


def test_what_is_guessed_to_be_markdown_is_not_refused_for_its_front_matter() -> None:
    parsed = parse_text("---\nnot: [yaml\n---\n\n# A\n\nWords.\n\n# B\n\nWords.")
    assert parsed.metadata == {}
    assert "not: [yaml" in parsed.blocks[0].text

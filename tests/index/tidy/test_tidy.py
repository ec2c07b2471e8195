"""Paragraphs over page boundaries, long tables, and what must hold of any document."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.blocks import Block, Parsed, assemble, clean
from index.documents import Document, Kind
from index.tidy import tidy
from tests.index.exactness import raw_texts, thorough
from tests.index.tidy.tidying import LONG, LONGER, WELL, paragraphs


def test_a_paragraph_broken_in_mid_sentence_is_whole() -> None:
    first, second = LONGER.split(" came by ")
    assert paragraphs(LONG, first, f"came by {second}", LONG) == [LONG, LONGER, LONG]


def test_a_word_broken_at_its_hyphen_is_whole() -> None:
    assert paragraphs(LONG, "The ships that came that year were all well-", "built and fast.")[1].endswith(
        "well-built and fast."
    )


@pytest.mark.parametrize("sign", ["is a print", "has pages"])
def test_before_a_capital_a_print_or_its_pages_must_speak_for_a_break(sign: str) -> None:
    half, other = f"{LONGER} It was the pride of all", "Yorkshire men who lived by the sea in those days."
    blocks = [Block(text, page=1) for text in (*WELL[:5], half)] + [Block(text, page=2) for text in (other, LONG)]
    broken = Parsed(tuple(blocks))
    if sign == "is a print":
        flat = tuple(Block(block.text) for block in blocks)
        assert tidy(Parsed(flat)) == Parsed(flat)
        broken = Parsed((*flat, Block("© 2021 Example Ltd.")))
    assert [block.text for block in tidy(broken).blocks] == [*WELL[:5], f"{half} {other}", LONG]


@pytest.mark.parametrize(
    "pair",
    [
        (f"{LONGER} It was the pride of all", "Yorkshire men who lived by the sea in those days."),  # a stop forgotten
        ("These are the things that you will need to bring:", "your own hammer, a line and a bucket."),
        ("And then he went down to the sea and…", "nobody ever saw him come back from there."),
        ("All that is known of it stands at https://example.org/wall", "and it is not much, all in all."),
        ("Bring all of these to the wall on the first day", "a) your hammer and a line that is long."),
        ("What the masons of the harbour used to say of it", "iStone is a trade mark of the quarry."),
        ("Dear Ann", "yours is the finest wall that I have seen."),
        ("He said so", "she said no such thing to him."),
    ],
)
def test_paragraphs_that_only_lack_a_stop_stay_two(pair: tuple[str, str]) -> None:
    assert paragraphs(*WELL, *pair) == [*WELL, *pair]


@pytest.mark.parametrize(
    "lines",
    [
        [
            "so i think that we should mend it on monday then",
            "sounds good to me",
            "what about the stones that fell though",
        ],
        ["the wind has gone down and the boats lie still now", "the sea is a stone that somebody has thrown", "away"],
    ],
)
def test_chats_and_poems_have_no_broken_paragraphs(lines: list[str]) -> None:
    assert paragraphs(*lines) == lines


@pytest.mark.parametrize(
    "between", [Block("A HEADING", level=1), Block("one\ntwo", kind="list"), Block("x", kind="code")]
)
def test_nothing_is_joined_over_what_stands_between(between: Block) -> None:
    first, second = LONGER.split(" came by ")
    parsed = Parsed((Block(LONG), Block(first), between, Block(f"came by {second}")))
    assert tidy(parsed) == parsed


def test_pages_of_joined_paragraphs_are_those_of_their_words() -> None:
    """Offsets of later pages were those of the second half alone."""
    first, second = LONGER.split(" came by ")
    third = f"came by {second[: second.index(' and nobody')]}"
    blocks = [
        *(Block(text, page=1) for text in WELL),
        Block(first, page=1),
        Block(third + " and nobody", page=2, turns=((len(third) + 1, 3),)),
        Block("has found another like it.", page=4),
        Block(LONG, page=4),
    ]
    made = assemble(tidy(Parsed(tuple(blocks))).blocks)
    found = Document("d", "t", made.text, made.headings, made.blocks, made.pages)
    assert len(found.blocks) == len(WELL) + 2
    words = ("Its stones", "came by", "and nobody", "has found")
    assert [found.page_at(found.text.index(word)) for word in words] == [1, 2, 3, 4]
    assert found.page_at(found.text.index("came by") - 2) == 1
    assert found.page_at(len(found.text) - 1) == 4


# Tables


def test_long_tables_repeat_a_header_row_that_is_short() -> None:
    rows = [f"row {number} | {'x' * 80}" for number in range(30)]
    parts = tidy(Parsed((Block("\n".join(["name | value", *rows]), kind="table"),))).blocks
    assert len(parts) > 1
    assert all(part.kind == "table" and len(part.text) <= 1_000 for part in parts)
    assert {part.text.split("\n")[0] for part in parts} == {"name | value"}
    assert [row for part in parts for row in part.text.split("\n")[1:]] == rows


# Any document


def _pieces() -> st.SearchStrategy[Block]:
    line = st.sampled_from(
        [
            "Home > A Wall", "A Wall", "By Jane Doe", "March 3, 2021", "Jane Doe", "Jane Doe is a mason and writes.",
            "Page 1 of 2", "Page 2 of 2", "© 2021 Example Ltd.", "All rights reserved.", "Share this article", "Links",
            "Source: https://example.org/a", "[1] https://example.org/1", "[2] https://example.org/2", "Dear Ann,",
            "It grew.[1] It fell.[2] It stands.[3]", "As [1] says, [2] and x[3]", "well-", LONG, LONGER, LONGER[:-1],
            "and so it went on until the end of the year", "so they came and built it again from the first stone.",
        ]
    )  # fmt: skip
    words = st.lists(line, min_size=1, max_size=3).map("\n".join) | raw_texts("[1]", "[2]", "[3]", "By Jane Doe", " > ")
    kinds: st.SearchStrategy[Kind] = st.sampled_from(["prose", "prose", "prose", "list", "table", "code", "whole"])
    return st.builds(Block, words, st.sampled_from([0, 0, 0, 1, 2]), kinds)


@given(st.lists(_pieces(), max_size=12))
@thorough
def test_tidying_what_is_tidy_changes_nothing_and_nothing_is_invented(blocks: list[Block]) -> None:
    once = tidy(Parsed(tuple(blocks)))
    assert tidy(once) == once
    before = Counter(re.findall(r"\w+", " ".join(clean(block.text) for block in blocks)))
    after = Counter(re.findall(r"\w+", " ".join(block.text for block in once.blocks)))
    assert after <= before
    fixed = ("code", "whole")
    assert [(block.kind, block.text) for block in once.blocks if block.kind in fixed and not block.level] == [
        (block.kind, clean(block.text))
        for block in blocks
        if block.kind in fixed and not block.level and clean(block.text)
    ]


@given(st.lists(st.tuples(_pieces(), st.integers(0, 2)), max_size=12))
@thorough
def test_every_word_keeps_its_page(numbered: list[tuple[Block, int]]) -> None:
    """A word that is on one page of the source alone is on that page afterwards, joined or not."""
    page = 1
    blocks: list[Block] = []
    places: dict[str, int] = {}
    for number, (block, step) in enumerate(numbered):
        page += step
        text = f"Word{number} {block.text} word{number}"
        places |= {f"Word{number}": page, f"word{number}": page}
        blocks.append(replace(block, text=text, page=page))
    made = assemble(tidy(Parsed(tuple(blocks))).blocks)
    found = Document("d", "t", made.text, made.headings, made.blocks, made.pages)
    for word in re.finditer(r"[Ww]ord\d+", made.text):
        assert found.page_at(word.start()) == places[word.group()]

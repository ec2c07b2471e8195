"""What prints add must go, and what only looks like it must stay; made-up documents of many kinds, both ways."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.blocks import Block, Parsed, assemble, clean
from index.documents import Document, Kind
from index.formats.markdown import parse_markdown
from index.formats.plaintext import parse_text
from index.tidy import tidy
from tests.index.exactness import raw_texts, thorough

LONG = "The old harbour wall was built in two parts by masons who never met. The second part is higher than the first."
LONGER = (
    f"{LONG} Its stones came by ship from a quarry that has long been closed, and nobody has found another like it."
)
WELL = [f"{LONG} Part {number} was mended by hand." for number in range(8)]


def of(text: str) -> Parsed:
    return tidy(parse_text(text))


def texts(text: str) -> list[str]:
    return [block.text for block in of(text).blocks]


def paragraphs(*given: str) -> list[str]:
    return [block.text for block in tidy(Parsed(tuple(map(Block, given)))).blocks]


def untouched(text: str) -> None:
    """Check that nothing is taken off or joined, and nothing is taken for metadata."""
    parsed = parse_text(text)
    assert tidy(parsed) == parsed


# Footnote marks


@pytest.mark.parametrize(
    ("marked", "plain"),
    [
        ("Ships[1] came. Some[2] sank,[3] others[2] not.[4][5]", "Ships came. Some sank, others not."),
        ("Ships [1] came. Some sank [2], others [3] not [4, 5].", "Ships came. Some sank, others not."),
        ("Ships [1]\nSome sank.[2]\nOthers.[3]", "Ships\nSome sank.\nOthers."),
        ("Ships came.[1][a] They sank.[2][note 1] Some.[3][citation needed]", "Ships came. They sank. Some."),
        ("The ships¹ came. Some sank.² Others did not.³", "The ships came. Some sank. Others did not."),
        ("The ships^1 came. Some sank.^2 Others did not.^3", "The ships came. Some sank. Others did not."),
        (
            "It grew.[1] It grew.[2] It is equal to [3] others. " + " ".join(f"So.[{n}]" for n in range(4, 20)),
            "It grew. It grew. It is equal to others. " + " ".join(["So."] * 16),
        ),
    ],
)
def test_marks_that_count_upwards_go(marked: str, plain: str) -> None:
    assert paragraphs(marked) == [plain]


@pytest.mark.parametrize(
    "text",
    [
        "The elements a[1], x[2] and x[3] are swapped.",
        "Read args[1], then args[2], then args[3].",
        "Swap row[1] and col[2], then cell[3].",
        "Compare xs[0] with. [1] and.[2] and.[3]",
        "The lists [1], [1, 2] and [1, 2, 3] are prefixes.",
        "Vectors [1, 2], [2, 3] and [3, 4] are given.",
        "As in Smith [2019] EWCA Civ 12, Jones [2020] UKSC 3 and Brown [2021] EWHC 7.",
        "He said [sic] that [the] ship [had] sunk.",
        "[1] The system shall start.\n[2] The system shall stop.\n[3] The system shall wait.",
        "We must: [1] design, [2] build, and [3] test.",
        "It was shown in [1], again in [2], and refuted by [3].",
        "Both differ. [1] uses nets. [2] uses hooks. [3] uses neither.",
        "Items ([1]), ([2]) and ([3]) apply.",
        "It has 40 m², 50 km² and 3 m³ of x¹ and y² and z³.",
        "They met [12] times, then [7], and [30] at last.",
        "Two marks [1] are [2] too few.",
    ],
)
def test_brackets_that_are_no_marks_stay(text: str) -> None:
    untouched(text)


def test_labels_of_notes_and_bibliographies_stay_with_their_text() -> None:
    notes = "[1] A. Smith, Harbours, 1999, https://example.org/a.\n[2] B. Jones, Walls.\n[3] C. Brown."
    assert texts(f"It was built.[1] It fell.[2] It stands.[3]\n\n{notes}") == [
        "It was built. It fell. It stands.",
        notes,
    ]


def test_marks_in_code_tables_and_units_stay_where_others_go() -> None:
    prose = Block("It grew.[1] It fell.[2] It stands.[3]")
    kept = [Block("a.[1] b.[2] c.[3]", kind=kind) for kind in ("code", "table", "whole")]
    assert tidy(Parsed((prose, *kept))).blocks[1:] == tuple(kept)


def test_pages_still_begin_at_the_same_word_after_marks_have_gone() -> None:
    text = "It grew.[1] It fell.[2] It stands.[3] Next page."
    block = Block(text, page=1, turns=((text.index("Next"), 2),))
    (after,) = tidy(Parsed((block,))).blocks
    assert [after.text[place:] for place, _ in after.turns] == ["Next page."]


# Lists of addresses

MARKED = "It was built.[1] It fell.[2] It stands.[3]"
ADDRESSES = [f"https://example.org/{number}" for number in (1, 2, 3)]


@pytest.mark.parametrize(
    "form",
    ["[{n}] {url}", "{n}. {url}", "^ {n}. {url}", "{n}. ^ {url}", "- [{n}] <{url}>"],
)
def test_a_list_of_the_marks_addresses_goes_with_its_heading(form: str) -> None:
    lines = "\n".join(form.format(n=number, url=url) for number, url in enumerate(ADDRESSES, start=1))
    markdown = parse_markdown(f"# T\n\n{MARKED}\n\n## Links\n\n{lines}")
    assert [block.text for block in tidy(markdown).blocks] == ["T", "It was built. It fell. It stands."]


@pytest.mark.parametrize("text", ["It was built. It fell.", MARKED + " And.[4] And.[5]", "See [1]."])
def test_a_list_of_addresses_that_no_marks_lead_to_is_worth_keeping(text: str) -> None:
    addresses = "\n".join(f"- {url}" for url in ADDRESSES)
    assert texts(f"{text}\n\n= Links =\n\n{addresses}")[1:] == ["Links", addresses]


def test_a_wikis_list_of_links_with_words_stays() -> None:
    found = of(f"{MARKED}\n\n= Links =\n\n- Plans: {ADDRESSES[0]}\n- Budget: {ADDRESSES[1]}\n- Staff: {ADDRESSES[2]}")
    assert [block.text.count("https") for block in found.blocks] == [0, 0, 3]


# Copyright lines, sources, buttons, page counts


@pytest.mark.parametrize(
    "line",
    [
        "© 2021 Example Ltd.",
        "© Example Ltd. 2021",
        "Copyright © 2019 by the Council. All rights reserved. To reprint, please visit example.org.",
        "Copyright (c) 2020 Example",
        "All rights reserved.",
        "Share this article",
        "Back to top",
    ],
)
def test_what_a_print_puts_at_the_foot_goes(line: str) -> None:
    assert texts(f"{LONG}\n\n{LONGER}\n\n{line}") == [LONG, LONGER]


@pytest.mark.parametrize(
    "text",
    [
        f"Copyright law protects what authors make.\n\n{LONG}\n\nCopyright law ends there.",
        f"© is the sign that stands for it.\n\n{LONG}\n\n© is a sign.",
        f"{LONG}\n\nThe words all rights reserved were once needed in Buenos Aires.",
        f"{LONG}\n\n© 2021 Example Ltd.\n\n{LONGER}",
        "MIT License\n\nCopyright (c) 2021 Jane Doe\n\nPermission is hereby granted, free of charge, to any person.",
        f"# Project\n\n{LONG}\n\n## License\n\nCopyright 2021 Jane Doe, under the terms of the MIT licence.",
        "© 2021 Example Ltd.",
    ],
)
def test_words_about_copyright_stay(text: str) -> None:
    untouched(text)


@pytest.mark.parametrize(
    "line",
    [
        "Source URL: {}",
        "Source: <{}>",
        "Permalink: {}",
        "Retrieved from {}",
        'Retrieved from "{}"',
    ],
)
def test_the_address_of_the_source_becomes_metadata(line: str) -> None:
    found = of(f"{LONG}\n\n{LONGER}\n\n{line.format('https://example.org/a?b=1')}\n\n© 2021 Example Ltd.")
    assert found.metadata == {"url": "https://example.org/a?b=1"}
    assert [block.text for block in found.blocks] == [LONG, LONGER]


@pytest.mark.parametrize(
    "text",
    [
        f"{LONG}\n\nSource: https://example.org/figures\n\n{LONGER}",
        f"{LONG}\n\nURL: https://example.org/service",
        f"{LONG}\n\n= Data =\n\nSource: https://example.org/data",
        f"{LONG}\n\nSource: the harbour master, https://example.org",
    ],
)
def test_addresses_that_belong_to_the_text_stay(text: str) -> None:
    untouched(text)


def test_the_source_below_a_table_is_the_tables() -> None:
    parsed = Parsed((Block(LONG), Block("a | b", kind="table"), Block("Source: https://example.org")))
    assert tidy(parsed) == parsed


def test_page_counts_go_and_the_paragraph_that_they_part_is_whole() -> None:
    half, other = LONGER.split(" came by ")
    assert texts(f"{LONG}\n\n{half}\n\nPage 1 of 2\n\ncame by {other}\n\nPage 2 of 2") == [LONG, LONGER]


@pytest.mark.parametrize("line", ["Page 1 of 2", "Page 1", "1", "3 of 12"])
def test_a_single_count_is_text(line: str) -> None:
    untouched(f"{LONG}\n\n{line}\n\n{LONGER}")


def test_what_a_document_states_wins_over_what_is_found_and_blanks_state_nothing() -> None:
    given = {"url": "https://example.org/given", "title": "", "author": None, "tags": ["a"]}
    found = tidy(Parsed((Block(LONG), Block(LONGER), Block("Source: https://example.org/found")), given))
    assert found.metadata == {"url": "https://example.org/given", "tags": ["a"]}


# Tables


def test_long_tables_repeat_a_header_row_that_is_short() -> None:
    rows = [f"row {number} | {'x' * 80}" for number in range(30)]
    parts = tidy(Parsed((Block("\n".join(["name | value", *rows]), kind="table"),))).blocks
    assert len(parts) > 1
    assert all(part.kind == "table" and len(part.text) <= 1_000 for part in parts)
    assert {part.text.split("\n")[0] for part in parts} == {"name | value"}
    assert [row for part in parts for row in part.text.split("\n")[1:]] == rows


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


# What stands before the first paragraph


@pytest.mark.parametrize(
    ("front", "left", "metadata"),
    [
        (
            "Home > News > The Harbour\n\nThe Harbour\n\nMarch 3, 2021",
            [],
            {"title": "The Harbour", "published": "2021-03-03"},
        ),
        (
            "# The Harbour\n\nBy Jane Doe | March 3, 2021 | 5 min read",
            ["The Harbour"],
            {"author": "Jane Doe", "published": "2021-03-03"},
        ),
        ("# The Harbour\n\nBy Jane Doe and Bob Ray", ["The Harbour"], {"author": "Jane Doe and Bob Ray"}),
        (
            "Skip to content\n\nThe Harbour\n\nBy Jane van der Doe, March 3, 2021",
            [],
            {"title": "The Harbour", "author": "Jane van der Doe", "published": "2021-03-03"},
        ),
        (
            "# The Harbour\n\nUpdated on April 9, 2021\n\nPublished on March 3, 2021\n\nby Jane Doe",
            ["The Harbour"],
            {"author": "Jane Doe", "published": "2021-03-03"},
        ),
        ("# The Harbour\n\nBy Jane Doe\n\nUpdated March 3, 2021", ["The Harbour"], {"author": "Jane Doe"}),
        (
            "The Harbour\n\nhttps://example.org/harbour\n\nThe Harbour\n\n3 March 2021",
            [],
            {"title": "The Harbour", "url": "https://example.org/harbour", "published": "2021-03-03"},
        ),
        (
            "# The Harbour\n\nWhat nobody knew\n\nBy Jane Doe\n\nMarch 2021",
            ["The Harbour", "What nobody knew"],
            {"author": "Jane Doe", "published": "2021-03"},
        ),
        (
            "[Home](#) › [News](#) › [The Harbour](#)\n\nThe Harbour  \nWhat nobody knew  \nMarch 3, 2021",
            [],
            {"title": "The Harbour", "published": "2021-03-03"},
        ),
    ],
)
def test_the_front_of_a_print_becomes_metadata(front: str, left: list[str], metadata: dict[str, object]) -> None:
    found = tidy(parse_markdown(f"{front}\n\n{LONG}\n\n{LONGER}"))
    assert [block.text for block in found.blocks] == [*left, LONG, LONGER]
    assert found.metadata == metadata


def test_a_note_on_the_author_goes_with_the_line_that_names_her() -> None:
    note = "JANE DOE is a reporter in Hull and the author of two books on the sea."
    found = of(f"Home > The Harbour\n\nThe Harbour\n\nJane Doe\n\n{note}\n\n{LONG}\n\n{LONGER}")
    assert [block.text for block in found.blocks] == [LONG, LONGER]
    assert found.metadata == {"title": "The Harbour", "author": "Jane Doe"}


def test_a_biography_is_no_note_on_its_author() -> None:
    life = "Jane Doe is a mason who mended the wall of the harbour by hand."
    found = of(f"Home > Jane Doe\n\nJane Doe\n\n3 March 2021\n\n{life}\n\n{LONG}")
    assert [block.text for block in found.blocks] == [life, LONG]
    assert found.metadata == {"title": "Jane Doe", "published": "2021-03-03"}


def test_whom_the_text_goes_on_about_is_not_its_author() -> None:
    life = "Jane Doe is a mason who mended the wall of the harbour by hand."
    found = of(f"Home > A Mason\n\nA Mason\n\nJane Doe\n\n{life}\n\nThen Doe left. {LONG}")
    assert [block.text for block in found.blocks] == ["Jane Doe", life, f"Then Doe left. {LONG}"]
    assert found.metadata == {"title": "A Mason"}


@pytest.mark.parametrize(
    "text",
    [
        # letters, with what they open with
        f"March 3, 2021\n\nBy registered mail\n\nDear Ann,\n\n{LONG}\n\nYours sincerely\n\nJane Doe",
        f"Berlin, 3 March 2021\n\nBy courier\n\nDear Ann\n\n{LONG}\n\nYours sincerely\n\nJane Doe",
        # minutes
        f"MINUTES OF THE BOARD\n\n3 March 2021\n\nJane Doe, Bob Ray, Ann Poe\n\n{LONG}",
        f"# Board\n\nDate: 3 March 2021\n\nPresent: Jane Doe\n\n{LONG}",
        # changelogs and chronicles
        f"# Changelog\n\n## 1.2.0\n\nMarch 3, 2021\n\n- walls mended\n\n## 1.1.0\n\nMarch 1, 2021\n\n{LONG}",
        f"# 2021-03-03\n\n{LONG}\n\n# 2021-03-04\n\n{LONG}",
        # a way through menus, sums, prompts
        f"# Cookies\n\nSettings > Privacy > Cookies\n\nUpdated March 3, 2021\n\n{LONG}".replace("> Cookies", "> All"),
        f"# Signs\n\nx > 0\n\n3 March 2021\n\n{LONG}",
        # a song, a poem
        "Row your boat\nRow your boat\nBy Jane Doe\nGently down the stream",
        "# The Wall\n\nWhose stones are these\n\nI think I know\n\nHis house is far\n\nI think I know it now",
        f"# Project\n\n{LONG}\n\n# Use\n\n- one\n- two",
        f"By the sea\n\n{LONG}\n\nBy the sea",
        f"# Fare\n\nBy hand and eye\n\n{LONG}",
        f"The Harbour\n\n3 March 2021\n\n{LONG}",
    ],
)
def test_other_documents_keep_what_they_begin_with(text: str) -> None:
    parsed = parse_markdown(text) if text.startswith(("#", "Row")) else parse_text(text)
    assert tidy(parsed) == parsed


# Paragraphs over a page boundary


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
    page, blocks, places = 1, [], {}
    for number, (block, step) in enumerate(numbered):
        page += step
        text = f"Word{number} {block.text} word{number}"
        places |= {f"Word{number}": page, f"word{number}": page}
        blocks.append(replace(block, text=text, page=page))
    made = assemble(tidy(Parsed(tuple(blocks))).blocks)
    found = Document("d", "t", made.text, made.headings, made.blocks, made.pages)
    for word in re.finditer(r"[Ww]ord\d+", made.text):
        assert found.page_at(word.start()) == places[word.group()]

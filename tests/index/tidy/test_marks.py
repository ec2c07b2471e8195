"""Marks of footnotes and the addresses they lead to go; brackets that are something else stay."""

from __future__ import annotations

import pytest

from index.blocks import Block, Parsed
from index.formats.markdown import parse_markdown
from index.tidy import tidy
from tests.index.tidy.tidying import of, paragraphs, texts, untouched


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


def test_a_number_that_stands_for_two_addresses_leaves_everything() -> None:
    """Two notes in one file, each with its own [1] to [3]."""
    part = f"{MARKED}\n\n" + "\n".join(f"[{number}] {url}" for number, url in enumerate(ADDRESSES, start=1))
    untouched(f"{part}\n\n{part.replace('.org', '.com')}")

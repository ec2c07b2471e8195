"""What a print puts around a text goes; what only looks like it stays."""

from __future__ import annotations

import pytest

from index.blocks import Block, Parsed
from index.formats.markdown import parse_markdown
from index.formats.plaintext import parse_text
from index.tidy import tidy
from tests.index.tidy.tidying import LONG, LONGER, of, texts, untouched

# Around the text


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
    given: dict[str, object] = {"url": "https://example.org/given", "title": "", "author": None, "tags": ["a"]}
    found = tidy(Parsed((Block(LONG), Block(LONGER), Block("Source: https://example.org/found")), given))
    assert found.metadata == {"url": "https://example.org/given", "tags": ["a"]}


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
            "[Home](#) \u203a [News](#) \u203a [The Harbour](#)\n\nThe Harbour  \nWhat nobody knew  \nMarch 3, 2021",
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

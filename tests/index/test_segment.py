from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.blocks import Block, assemble
from index.documents import Document, Kind, Passage
from index.formats.markdown import parse_markdown
from index.segment import ENOUGH, context, segment
from tests.index.exactness import assert_apart, thorough, tokens

LONG = (
    "The harbour master writes down the name of every ship that comes in before noon, and of every ship that leaves. "
)


def cut(document: Document) -> list[Passage]:
    return segment(document, tokens())


def document(markdown: str, document_id: str = "d") -> Document:
    assembled = assemble(parse_markdown(markdown).blocks)
    return Document(document_id, "T", assembled.text, assembled.headings, assembled.blocks)


def of_blocks(blocks: Sequence[Block], title: str = "T") -> Document:
    assembled = assemble(blocks)
    return Document("d", title, assembled.text, assembled.headings, assembled.blocks, assembled.pages)


def texts(blocks: Sequence[Block]) -> list[str]:
    return [passage.text for passage in cut(of_blocks(blocks))]


def test_lines_of_lists_tables_and_code_are_spans_of_their_own() -> None:
    doc = of_blocks(
        [
            Block("buy milk\nsell eggs", kind="list"),
            Block("Dr. Ames. Yes | b\nc | d", kind="table"),
            Block("x = 1. y\n    y = 2", kind="code"),
        ]
    )
    found = [doc.text[span.start : span.end] for passage in cut(doc) for span in passage.spans]
    assert found == ["buy milk", "sell eggs", "Dr. Ames. Yes | b", "c | d", "x = 1. y", "y = 2"]


def test_a_passage_names_the_headings_above_it_outermost_first() -> None:
    doc = document(
        "before\n\n# A\n\na\n\n## B\n\nb\n\n#### D\n\nd\n\n### C\n\nc\n\n## E\n\ne\n\n# F\n\nf\n\n### G\n\n## H\n\nh"
    )
    assert {passage.text: passage.headings for passage in cut(doc)} == {
        "before": (),
        "a": ("A",),
        "b": ("A", "B"),
        "d": ("A", "B", "D"),
        "c": ("A", "B", "C"),
        "e": ("A", "E"),
        "f": ("F",),
        "h": ("F", "H"),
    }


def test_passages_are_numbered_in_order_and_name_their_document() -> None:
    passages = cut(document("# A\n\none\n\n# B\n\ntwo\n\n# C\n\nthree", "essay"))
    assert [(passage.ordinal, passage.document_id, passage.text) for passage in passages] == [
        (0, "essay", "one"),
        (1, "essay", "two"),
        (2, "essay", "three"),
    ]


def test_equal_passages_have_ids_of_their_own_and_equal_documents_too() -> None:
    ids = [p.id for name in ("a", "b") for p in cut(document("# x\n\nsame\n\n# y\n\nsame\n\n# z\n\nsame", name))]
    assert len(set(ids)) == 6


def test_an_id_outlives_edits_elsewhere_in_the_document() -> None:
    before = {passage.text: passage.id for passage in cut(document("# T\n\none\n\n## S\n\ntwo"))}
    after = {passage.text: passage.id for passage in cut(document("# New\n\nzero\n\none, changed\n\n## R\n\ntwo"))}
    assert after["two"] == before["two"]
    assert set(after) == {"zero\n\none, changed", "two"}


def test_a_document_of_headings_only_has_no_passages() -> None:
    assert cut(document("# A\n\n## B")) == []


def test_paragraphs_of_some_length_stay_apart_and_short_ones_join_their_neighbours() -> None:
    assert texts([Block(LONG * 2), Block(LONG * 2)]) == [(LONG * 2).strip()] * 2
    assert texts([Block("The rules:"), Block(LONG * 2)]) == [f"The rules:\n\n{(LONG * 2).strip()}"]
    assert texts([Block(LONG * 2), Block("A ship."), Block(LONG * 2)]) == [
        f"{(LONG * 2).strip()}\n\nA ship.",
        (LONG * 2).strip(),
    ]


def test_a_dialogue_becomes_passages_of_some_lines_each() -> None:
    lines = [f'"And what did ship number {number} bring?" asked the pilot.' for number in range(40)]
    passages = cut(of_blocks([Block(line) for line in lines]))
    counts = tokens().count([passage.text for passage in passages])
    assert all(ENOUGH <= count <= 2 * ENOUGH for count in counts[:-1])
    assert [line for passage in passages for line in passage.text.split("\n\n")] == lines


@pytest.mark.parametrize("between", [Block("Heading", level=2), Block("A unit.", kind="whole")])
def test_nothing_is_joined_over_a_heading_or_with_a_unit_that_somebody_else_has_cut(between: Block) -> None:
    assert texts([Block("One."), between, Block("Two.")])[0] == "One."
    assert texts([Block("One."), between, Block("Two.")])[-1] == "Two."


def test_paragraphs_of_two_pages_are_not_joined_and_a_passage_has_the_page_of_its_beginning() -> None:
    run_over = Block("It runs over.", page=2, turns=((3, 3),))
    passages = cut(of_blocks([Block("One.", page=1), Block("Uno.", page=1), run_over, Block("Four.", page=4)]))
    assert [(passage.text, passage.page) for passage in passages] == [
        ("One.\n\nUno.", 1),
        ("It runs over.", 2),
        ("Four.", 4),
    ]


def test_a_caption_joins_its_table_and_tables_and_code_are_never_split() -> None:
    table = "\n".join(f"Harbour {number} | {number} ships came in before noon" for number in range(60))
    for kind in ("table", "code"):
        block = Block(table, kind="table" if kind == "table" else "code")
        assert texts([Block("Depths of the harbours:"), Block("a | b", kind=block.kind)]) == [
            "Depths of the harbours:\n\na | b"
        ]
        assert texts([block]) == [table]


@pytest.mark.parametrize("kind", ["prose", "list"])
def test_a_long_paragraph_is_split_between_sentences_into_parts_that_the_encoder_takes_in(kind: Kind) -> None:
    sentences = [f"Ship number {number} came in with {number * 3} barrels of salt on board." for number in range(150)]
    block = Block(("\n" if kind == "list" else " ").join(sentences), kind=kind)
    doc = of_blocks([Block("Ships", level=1), block], title="The book of the harbour")
    passages = cut(doc)
    before = tokens().count([context(doc, ("Ships",), tokens())])[0]
    counts = tokens().count([passage.text for passage in passages])
    assert len(passages) > 5
    assert max(counts) + before <= tokens().limit
    assert min(counts) > max(counts) / 2, "parts are of about one size"
    assert [doc.text[s.start : s.end] for passage in passages for s in passage.spans] == sentences


def test_a_sentence_that_is_longer_than_the_encoder_takes_in_stays_whole() -> None:
    endless = "Salt " + "and salt " * 300 + "and so on."
    assert texts([Block(f"One. {endless} Two.")])[1] == endless


@pytest.mark.parametrize("kind", ["prose", "code"])
def test_what_is_far_longer_than_any_sentence_is_cut_between_words(kind: Kind) -> None:
    references = "Ames J and Boyd K 1999 12 417 " * 400
    doc = of_blocks([Block(references, kind=kind)])
    passages = cut(doc)
    spans = [doc.text[span.start : span.end] for passage in passages for span in passage.spans]
    assert " ".join(spans) == references.strip()
    assert max(tokens().count(spans)) <= tokens().limit
    assert (len(passages) == 1) == (kind == "code")


def test_title_and_headings_are_context_and_never_part_of_a_passage() -> None:
    doc = of_blocks([Block("Tides", level=1), Block("At night", level=2), Block("They rise.")], title="The sea")
    assert context(doc, ("Tides", "At night"), tokens()) == "The sea\nTides\nAt night"
    assert [passage.text for passage in cut(doc)] == ["They rise."]
    untitled = Document("d", "They rise.", doc.text, doc.headings, doc.blocks, titled=False)
    assert context(untitled, ("Tides",), tokens()) == "Tides"


def test_a_very_long_heading_leaves_room_for_the_text() -> None:
    heading = "of the " * 300
    doc = of_blocks([Block(heading, level=1), Block(LONG * 30)])
    before = tokens().count([context(doc, (heading,), tokens())])[0]
    assert before <= tokens().limit / 4
    assert max(tokens().count([p.text for p in cut(doc)])) + before <= tokens().limit


_PIECES = ["One. ", "Two words here! ", LONG, "endless ", "\n", "e\u0301 👩\u200d👧 שלום. "]
_KINDS: list[Kind] = ["prose", "list", "table", "code", "whole"]
_BLOCKS = st.lists(
    st.builds(
        Block,
        st.lists(st.sampled_from(_PIECES), max_size=40).map("".join),
        level=st.sampled_from([0, 0, 0, 1, 2]),
        kind=st.sampled_from(_KINDS),
    ),
    max_size=8,
)  # fmt: skip


@thorough
@given(_BLOCKS)
def test_however_blocks_follow_each_other_nothing_is_lost_and_nothing_but_what_must_exceeds_the_limit(
    blocks: list[Block],
) -> None:
    doc = of_blocks(blocks)
    passages = cut(doc)
    assert_apart([(p.start, p.end) for p in passages], doc.text, [(r.start, r.end) for r in doc.blocks])
    for passage in passages:
        assert doc.text[passage.start : passage.end] == passage.text
        kinds = {region.kind for region in doc.blocks if region.start < passage.end and passage.start < region.end}
        fits = tokens().count([passage.text])[0] <= tokens().limit
        assert fits or len(passage.spans) == 1 or kinds & {"table", "code", "whole"}
    for region in doc.blocks:
        if region.kind in ("table", "code", "whole"):
            assert sum(p.start <= region.start and region.end <= p.end for p in passages) == 1
    assert all(before.end <= after.start for before, after in pairwise(passages))

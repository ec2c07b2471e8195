from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sentences import LONG, split_spans
from tests.index.exactness import raw_texts, thorough
from tests.index.sentence_cases import ENGLISH, OTHERS, WITHOUT_SPACES

_HARD = [
    "Dr.", "M. Dupont", "A\u3000.", "J.\u00a0R.", "\u2026", "\u3002", "\uff1f\u300d", "\u0964", "\u061f",
    "no.", "(Aside.)",
    "\u201cQuoted. Twice.\u201d", '"', "'", "`", "(", ")", ". . .", "3.14", "ASP.NET", "https://a.b/c.d?e=f", "vol. 3",
    "[1]", "iPads", "e.g.", "\u00bb", "\u00ab", "It ends here. " * 12,
]  # fmt: skip


def split(text: str, language: str = "en") -> list[str]:
    return [text[span.start : span.end] for span in split_spans(text, language=language)]


@pytest.mark.parametrize("sentences", ENGLISH, ids=" ".join)
def test_a_sentence_ends_where_a_reader_would_end_it(sentences: list[str]) -> None:
    assert split(" ".join(sentences)) == sentences


@pytest.mark.parametrize(("language", "sentences"), OTHERS)
def test_sentences_of_other_languages_end_by_their_own_abbreviations_and_marks(
    language: str, sentences: list[str]
) -> None:
    assert split(" ".join(sentences), language) == sentences


@pytest.mark.parametrize(("language", "sentences"), WITHOUT_SPACES)
def test_sentences_of_scripts_without_spaces_end_at_their_full_stops(language: str, sentences: list[str]) -> None:
    assert split("".join(sentences), language) == split("".join(sentences)) == sentences


@pytest.mark.xfail(reason="an initial before a name, or the end of a sentence? Only the meaning tells", strict=True)
def test_a_letter_at_the_end_of_a_sentence_is_taken_for_an_initial() -> None:
    assert split("It contains vitamin C. Oranges do too.") == ["It contains vitamin C.", "Oranges do too."]


@pytest.mark.parametrize("language", ["xx", "", "tlh"])
def test_an_unknown_language_is_split_like_english(language: str) -> None:
    assert split("He met Dr. Smith. She left.", language) == ["He met Dr. Smith.", "She left."]


def test_a_line_end_always_ends_a_span() -> None:
    assert split("first item\nsecond, in two sentences. Here is one\n\tthird") == [
        "first item",
        "second, in two sentences.",
        "Here is one",
        "third",
    ]


def test_text_without_a_full_stop_is_one_span() -> None:
    assert split("  no full stop ") == ["no full stop"]


def test_text_without_capitals_is_split_too() -> None:
    assert split("he left. she stayed. we slept.") == ["he left.", "she stayed.", "we slept."]


def test_a_number_stays_with_what_it_numbers() -> None:
    assert split("1. Read it.\n2. Sign it.\na. Here.") == ["1. Read it.", "2. Sign it.", "a. Here."]


def test_a_long_quotation_is_split_inside_and_a_closing_mark_stays_with_what_it_closes() -> None:
    said = ["\u201cThe first thing is long enough to be read by itself, and so it should be.", *["So is this one."] * 6]
    sentences = [*said, "And this is the last.\u201d", "(He left.)", "She stayed."]
    assert len(" ".join(sentences)) > LONG
    assert split(" ".join(sentences)) == sentences


def test_a_closing_mark_inside_a_long_parenthesis_stays_with_what_it_closes() -> None:
    sentences = [
        "He told us everything (\u201cIt is late.",
        *["We are tired."] * 9,
        "We go home.\u201d",
        "So we did).",
        "It rained.",
    ]
    assert split(" ".join(sentences)) == sentences


def test_a_short_quotation_is_not_split() -> None:
    assert split("\u201cI know. I saw it,\u201d he said.") == ["\u201cI know. I saw it,\u201d he said."]


def test_a_name_that_begins_lower_may_begin_a_sentence() -> None:
    assert split("It came in 2007. iPads came in 2010.") == ["It came in 2007.", "iPads came in 2010."]


@pytest.mark.parametrize("space", ["\u00a0", "\u3000", "\u2029", "\x85", "\ud800"])
def test_odd_white_space_and_half_characters_behind_an_initial_are_harmless(space: str) -> None:
    text = f"\u3002A{space}.\u00e9no."
    assert "".join(split(text)).replace(space, "").strip() == text.replace(space, "")


def test_the_offset_is_added_to_every_span() -> None:
    plain = split_spans("One. Two.")
    assert [(span.start + 100, span.end + 100) for span in plain] == [
        (span.start, span.end) for span in split_spans("One. Two.", offset=100)
    ]


@given(raw_texts(*_HARD), st.sampled_from(["en", "de", "zh", "xx"]))
@thorough
def test_spans_are_in_order_and_cover_every_character_but_white_space(text: str, language: str) -> None:
    position = 0
    for span in split_spans(text, language=language):
        assert position <= span.start < span.end
        assert not text[position : span.start].strip()
        assert text[span.start : span.end] == text[span.start : span.end].strip()
        position = span.end
    assert not text[position:].strip()


@given(raw_texts(*_HARD))
@thorough
def test_no_span_begins_in_the_middle_of_a_word_or_number(text: str) -> None:
    for span in split_spans(text)[1:]:
        before, first = text[span.start - 1], text[span.start]
        assert not (before.isalnum() and first.isalnum())
        assert not (before in ".," and text[span.start - 2 : span.start - 1].isdigit() and first.isdigit())

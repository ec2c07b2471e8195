from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.analysis import STOP_WORDS, analyze
from tests.index.exactness import raw_texts, thorough


@pytest.mark.parametrize(
    ("words", "term"),
    [
        ("company companies Company", "compani"),
        ("ban bans banned banning", "ban"),
        ("company company's company\u2019s Companies", "compani"),
        ("café cafe Café cafés CAFÉ", "cafe"),
        ("ban-ban ban_ban (ban) \u201cban\u201d", "ban"),
        ("US U.S. U.S.", "us"),
        ("AI A.I.", "ai"),
        ("o'clock o\u2019clock", "oclock"),
    ],
)
def test_forms_of_one_word_are_one_term(words: str, term: str) -> None:
    assert set(analyze(words)) == {term}


def test_us_the_country_is_a_name_and_us_the_pronoun_is_not() -> None:
    assert analyze("US") == analyze("U.S.") == ["us"]
    assert analyze("us") == analyze("Us") == []


def test_names_in_capitals_are_never_stemmed_or_left_out() -> None:
    assert analyze("WHO TIES who ties") == ["who", "ties", "tie"]


def test_abbreviations_join_with_what_follows_as_separate_terms() -> None:
    assert analyze("U.S.-made chips, e.g. in the U.K.") == ["us", "made", "chip", "eg", "uk"]


@pytest.mark.parametrize("word", sorted(STOP_WORDS))
def test_stop_words_are_left_out_however_a_sentence_begins(word: str) -> None:
    assert analyze(word) == analyze(word.capitalize()) == []


def test_what_remains_of_a_question_is_what_it_is_about() -> None:
    assert analyze("What did ZTE's ban cause?") == ["zte", "ban", "caus"]


def test_numbers_are_terms() -> None:
    assert analyze("In 2019, 5G cost $15 billion or 49.10 percent") == [
        "2019", "5g", "cost", "15", "billion", "49", "10", "percent",
    ]  # fmt: skip


def test_terms_come_in_order_with_repetitions() -> None:
    assert analyze("sea, moon; sea") == ["sea", "moon", "sea"]


def test_other_scripts_are_words_too() -> None:
    assert analyze("שלום мир 東京 straße") == ["שלום", "мир", "東京", "straße"]


@pytest.mark.parametrize("text", ["", " \n", "...", "👩\u200d👧", "\u0301", "_", "the of and"])
def test_text_without_words_has_no_terms(text: str) -> None:
    assert analyze(text) == []


@given(raw_texts(), raw_texts())
@thorough
def test_a_text_has_the_terms_of_its_parts(first: str, second: str) -> None:
    assert analyze(f"{first}\n{second}") == analyze(first) + analyze(second)


@given(st.text())
@thorough
def test_every_term_is_fit_for_a_line_of_a_file(text: str) -> None:
    assert all(term and not any(char.isspace() for char in term) for term in analyze(text))


@pytest.mark.parametrize("text", ["US's ban", "U.S.'s ban", "US\u2019s ban", "the U.S. ban", "US ban"])
def test_a_name_in_capitals_keeps_its_term_with_a_possessive(text: str) -> None:
    assert analyze(text) == ["us", "ban"]

"""Near-identical paragraphs: when one repeats another, and that a ranking shows it once."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.duplicates import Fingerprint, distinct

LONG = (
    "The bridge over the river was closed for repairs in the spring because its cables had begun to rust where they "
    "enter the towers, and the company that looks after it had found water in every anchor chamber. Its engineers "
    "asked for more time and for better steel than the contract had promised, and the town paid for both without "
    "much debate"
)
PLAIN = st.lists(st.text(string.ascii_letters, min_size=1, max_size=6), max_size=40).map(" ".join)
TEXTS = st.one_of(st.text(max_size=60), PLAIN, st.just(LONG))


def same(one: str, other: str) -> bool:
    return Fingerprint(one).repeats(Fingerprint(other))


@given(TEXTS, TEXTS)
def test_the_rule_is_symmetric(one: str, other: str) -> None:
    assert same(one, other) == same(other, one)


@given(PLAIN, st.integers(0, 60), st.integers(0, 60))
def test_the_rule_is_symmetric_for_texts_that_share_much(text: str, cut: int, put: int) -> None:
    words = f"{LONG} {text}".split()
    one = words[:cut] + words[cut + 1 :]
    other = [*words[:put], "word", *words[put:]]
    assert same(" ".join(one), " ".join(other)) == same(" ".join(other), " ".join(one))


def runs_of(text: str) -> set[tuple[str, str, str]]:
    words = [word.lower().strip(".,") for word in text.split()]
    return set(zip(words, words[1:], words[2:], strict=False))


# The last words are left as they are: "without" decides by itself.
@given(st.lists(st.integers(0, 55), max_size=6), st.lists(st.integers(0, 60), max_size=6))
def test_of_all_runs_of_three_words_nine_tenths_have_to_be_shared(changed: list[int], put: list[int]) -> None:
    words = LONG.split()
    for place in changed:
        words[place % len(words)] = "word"
    for place in put:
        words.insert(place, "another")
    other = " ".join(words)
    shared, either = runs_of(LONG) & runs_of(other), runs_of(LONG) | runs_of(other)
    assert same(LONG, other) == (len(shared) >= 0.9 * len(either))


@given(TEXTS)
def test_every_text_repeats_itself(text: str) -> None:
    assert same(text, text)


@given(PLAIN, st.sampled_from([" ", "\n", "\t ", " \u00a0", "\u2003"]))
def test_white_space_and_case_do_not_count(text: str, space: str) -> None:
    for other in (text.upper(), text.lower(), text.swapcase(), space.join(text.split(" ")), f"{space}{text}{space}"):
        assert same(text, other)


@given(PLAIN, st.sampled_from([",", " \u2013", "…", "!?", ";", " *", "”", "、"]))
def test_punctuation_does_not_count(text: str, mark: str) -> None:
    assert same(text, f"“{mark.join(text.split(' '))}”.")


@given(PLAIN, PLAIN, st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_number_distinguishes(before: str, after: str, one: int, other: int) -> None:
    texts = [f"{before} {number} {after}" for number in (one, other)]
    assert same(*texts) is (one == other)
    assert not same(f"{before} {after}", texts[0])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("grew by 5", "grew by 6"),
        ("grew by 5", "grew by -5"),
        ("grew by 5", "grew by 5%"),
        ("grew by 5%", "grew by 5 %"),
        ("grew by 3.5", "grew by 35"),
        ("grew by .5", "grew by 5"),
        ("cost $5", "cost €5"),
        ("cost $ 5", "cost £ 5"),
        ("the A4 form", "the A5 form"),
        ("from 2019 to 2020", "from 2020 to 2021"),
        ("in the year 2019", "in the year"),
        ("took five days", "took six days"),
        ("closed in May", "closed in June"),
        ("it is safe", "it is not safe"),
        ("it does rust", "it doesn't rust"),
        ("it does rust", "it doesn\u2019t rust"),
        ("it rusts", "it never rusts"),
        ("there are tolls", "there are no tolls"),
        ("with a toll", "without a toll"),
        ("for n = 2 the load is > 3", "for n = 2 the load is < 3"),
        ("रु", "री"),
        ("👍", "👎"),
    ],
)
def test_what_decides_a_fact_distinguishes_short_texts_and_long_ones(one: str, other: str) -> None:
    for frame in ("{}", f"{LONG}, {{}}.", f"{{}}, {LONG}."):
        if len(one) > 2 or frame == "{}":
            assert not same(frame.format(one), frame.format(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("In (2019), 5 ships sank.", "in 2019: “5” ships *sank*"),
        ("It doesn't rust", "it doesn\u2019t rust."),
        ("Caf\u00e9", "CAFE\u0301"),
        (LONG, LONG.replace("engineers", "enginers")),
        (LONG, f"{LONG} indeed"),
        ("", "  "),
    ],
)
def test_what_says_the_same_in_nearly_the_same_words_is_the_same(one: str, other: str) -> None:
    assert same(one, other)


@pytest.mark.parametrize(
    "other",
    [
        LONG.replace("bridge", "tunnel").replace("engineers", "lawyers"),
        LONG[: len(LONG) * 3 // 4],
        " ".join(reversed(LONG.split())),
        "The bridge is old.",
    ],
)
def test_what_shares_only_most_of_the_words_is_different(other: str) -> None:
    assert not same(LONG, other)


def test_short_texts_are_the_same_only_if_all_words_are() -> None:
    assert not same("The ferry leaves at noon today", "The ferry leaves at noon")
    assert not same("The ferry sails at noon", "The ferry leaves at noon")


def go_down(ranked: list[str], count: int) -> list[list[str]]:
    return distinct(ranked, Fingerprint, count)


def test_a_repetition_is_listed_with_what_it_repeats_and_the_next_takes_its_place() -> None:
    ranked = ["A bridge", "a bridge.", "A ferry", "A BRIDGE", "A toll", "A river"]
    assert go_down(ranked, 3) == [["A bridge", "a bridge.", "A BRIDGE"], ["A ferry"], ["A toll"]]


def test_repetitions_right_behind_the_last_are_still_listed_with_it() -> None:
    assert go_down(["A bridge", "a bridge.", "A ferry", "A BRIDGE"], 1) == [["A bridge", "a bridge."]]


def test_no_more_is_looked_at_than_is_needed() -> None:
    looked: list[str] = []

    def read(item: str) -> Fingerprint:
        looked.append(item)
        return Fingerprint(item)

    assert distinct(iter("abcdefg"), read, 2) == [["a"], ["b"]]
    assert looked == ["a", "b", "c"]


@given(
    st.lists(st.sampled_from(["A bridge", "a bridge", "A ferry", "a ferry.", "A toll", "1", "2"])), st.integers(1, 9)
)
def test_as_many_as_wanted_come_if_there_are_that_many_in_their_order(ranked: list[str], count: int) -> None:
    groups = go_down(ranked, count)
    different = dict.fromkeys(text.lower().rstrip(".") for text in ranked)
    assert [group[0].lower().rstrip(".") for group in groups] == list(different)[:count]
    for group in groups:
        assert len({text.lower().rstrip(".") for text in group}) == 1

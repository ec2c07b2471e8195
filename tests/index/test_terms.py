"""Terms in the order of the text, profiles of passages, and the files that they are kept in."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.bm25 import K1
from index.terms import RARITY, TermProfiles, TermSequences
from tests.index.exactness import thorough

VOCABULARY = {"bird": 0, "cat": 1, "dog": 2, "sat": 3}
SEGMENTS = ["cat sat".split(), [], "dog cat cat".split(), []]


@pytest.fixture
def sequences() -> TermSequences:
    return TermSequences.build(SEGMENTS, VOCABULARY)


def segments_of(sequences: TermSequences) -> list[list[int]]:
    places = sequences.offsets.tolist()
    return [sequences.numbers[begin:end].tolist() for begin, end in pairwise(places)]


def test_segments_stand_one_after_the_other_each_in_the_order_of_its_text(sequences: TermSequences) -> None:
    assert sequences.numbers.tolist() == [1, 3, 2, 1, 1]
    assert sequences.offsets.tolist() == [0, 2, 2, 5, 5]
    assert sequences.numbers.dtype == np.int32
    assert sequences.offsets.dtype == np.int64


@given(st.lists(st.lists(st.sampled_from(list(VOCABULARY)), max_size=6), max_size=8))
@thorough
def test_any_segments_come_back_as_they_were(segments: Sequence[Sequence[str]]) -> None:
    built = TermSequences.build(iter(segments), VOCABULARY)
    assert segments_of(built) == [[VOCABULARY[term] for term in segment] for segment in segments]


def test_a_term_that_the_vocabulary_lacks_is_refused_when_building() -> None:
    with pytest.raises(KeyError, match="mouse"):
        TermSequences.build([["cat"], ["mouse"]], VOCABULARY)


@pytest.mark.parametrize("segments", [[], [[]], SEGMENTS], ids=["no segment", "an empty one", "some"])
def test_what_is_saved_is_what_is_loaded(segments: list[list[str]], tmp_path: Path) -> None:
    built = TermSequences.build(segments, VOCABULARY)
    built.save(tmp_path, "terms")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["terms.numbers.npy", "terms.offsets.npy"]
    loaded = TermSequences.load(tmp_path, "terms")
    assert segments_of(loaded) == segments_of(built) == [[VOCABULARY[term] for term in one] for one in segments]
    assert loaded.numbers.dtype == np.int32
    assert loaded.offsets.dtype == np.int64


def test_what_is_loaded_is_read_only(sequences: TermSequences, tmp_path: Path) -> None:
    sequences.save(tmp_path, "terms")
    with pytest.raises(ValueError, match="read-only"):
        TermSequences.load(tmp_path, "terms").numbers[0] = 1


@pytest.mark.parametrize(
    ("part", "length"), [("numbers", 4), ("numbers", 0), ("offsets", 3), ("offsets", 1), ("offsets", 0)]
)
def test_arrays_that_do_not_belong_together_are_refused(tmp_path: Path, part: str, length: int) -> None:
    TermSequences.build(SEGMENTS[:3], VOCABULARY).save(tmp_path, "terms")
    file = tmp_path / f"terms.{part}.npy"
    np.save(file, np.load(file)[:length])
    with pytest.raises(ValueError, match="the arrays of terms have different lengths"):
        TermSequences.load(tmp_path, "terms")


@pytest.mark.parametrize("part", ["numbers", "offsets"])
def test_a_file_that_is_no_array_is_refused(sequences: TermSequences, tmp_path: Path, part: str) -> None:
    sequences.save(tmp_path, "terms")
    (tmp_path / f"terms.{part}.npy").write_bytes(b"no array")
    with pytest.raises(ValueError, match="pickle"):
        TermSequences.load(tmp_path, "terms")


@pytest.mark.parametrize("part", ["numbers", "offsets"])
def test_a_missing_file_is_an_os_error(sequences: TermSequences, tmp_path: Path, part: str) -> None:
    sequences.save(tmp_path, "terms")
    (tmp_path / f"terms.{part}.npy").unlink()
    with pytest.raises(FileNotFoundError):
        TermSequences.load(tmp_path, "terms")


# Two passages: a context of no term and one span; then a context and two spans, the last of them without a term.
SPAN_OFFSETS = np.array([0, 1, 3])
PASSAGES = [[], ["cat", "sat", "cat"], ["dog"], ["cat", "dog"], []]
IDFS = np.array([3, 0.5, 1, 2], dtype=np.float32)


def profiles_of(passages: Sequence[Sequence[str]], span_offsets: Sequence[int]) -> TermProfiles:
    sequences = TermSequences.build(passages, VOCABULARY)
    return TermProfiles.build(sequences, np.array(span_offsets), IDFS)


def test_a_profile_has_each_term_once_by_frequency_and_rarity_and_has_length_one() -> None:
    built = TermProfiles.build(TermSequences.build(PASSAGES, VOCABULARY), SPAN_OFFSETS, IDFS)
    assert built.offsets.tolist() == [0, 2, 4]
    assert built.numbers.tolist() == [1, 3, 1, 2]
    for passage, counts in enumerate(([2, 1], [1, 2])):
        own = slice(built.offsets[passage], built.offsets[passage + 1])
        tf = np.array(counts)
        weights = tf / (tf + K1) * IDFS[built.numbers[own]] ** RARITY
        np.testing.assert_allclose(built.weights[own], weights / np.linalg.norm(weights), rtol=1e-6)


@given(st.lists(st.lists(st.sampled_from(list(VOCABULARY)), max_size=6), min_size=2, max_size=2).map(tuple))
@thorough
def test_a_profile_is_of_all_segments_of_its_passage(passage: tuple[list[str], list[str]]) -> None:
    built = profiles_of([["bird"], ["sat"], *passage], [0, 1, 2])
    terms = sorted({VOCABULARY[term] for segment in passage for term in segment})
    assert built.numbers[built.offsets[1] :].tolist() == terms
    assert built.offsets.tolist() == [0, 2, 2 + len(terms)]
    if terms:
        assert np.linalg.norm(built.weights[2:]) == pytest.approx(1, abs=1e-6)


def test_profiles_come_back_from_disk_read_only_and_only_if_they_belong_together(tmp_path: Path) -> None:
    built = profiles_of(PASSAGES, [0, 1, 3])
    built.save(tmp_path, "profiles")
    loaded = TermProfiles.load(tmp_path, "profiles")
    for part in ("offsets", "numbers", "weights"):
        np.testing.assert_array_equal(getattr(loaded, part), getattr(built, part))
        assert getattr(loaded, part).dtype == getattr(built, part).dtype
        with pytest.raises(ValueError, match="read-only"):
            getattr(loaded, part)[0] = 1
    for part in ("numbers", "weights"):
        file = tmp_path / f"profiles.{part}.npy"
        kept = file.read_bytes()
        np.save(file, np.load(file)[:-1])
        with pytest.raises(ValueError, match="the arrays of profiles have different lengths"):
            TermProfiles.load(tmp_path, "profiles")
        file.write_bytes(kept)


def test_without_passages_there_are_no_profiles() -> None:
    assert profiles_of([], [0]).offsets.tolist() == [0]

"""References say what became of a quote, or are refused; places are compared with those that ``str.find`` finds."""

from __future__ import annotations

import base64
import re
import struct
import zlib
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.documents import Document, Span
from index.settings import COLLECTION_NAME
from qa import references
from qa.asker import Asker
from qa.errors import QuestionError
from qa.references import Reference, find_quote, verify

TEXT = "Ferries 🚢 leave at nine. Naïve? Cafe\u0301s open early. 🇫🇮 passengers pay in euros."
DOCUMENT = Document(id="ferry", title="The ferry", text=TEXT)
REFERENCE = Reference.of("harbour", DOCUMENT, 25, 30)
ENCODED = REFERENCE.encode()
FEW_LETTERS = st.text(alphabet="ab🚢", min_size=1, max_size=60)


def quoted(text: str, start: int, end: int) -> Reference:
    return Reference.of("default", Document(id="d", title="D", text=text), start, end)


def all_places(text: str, quote: str) -> list[int]:
    """Return where a quote stands in a text, overlaps included, as ``str.find`` sees it."""
    places = []
    place = text.find(quote)
    while place != -1:
        places.append(place)
        place = text.find(quote, place + 1)
    return places


def sealed(body: bytes) -> str:
    """Make a text that looks like a reference, its checksum right."""
    whole = body + struct.pack(">I", zlib.crc32(body))
    return base64.urlsafe_b64encode(whole).decode().rstrip("=")


def body(start: int = 25, end: int = 30, names: bytes = b"harbour/ferry", version: int = 1) -> bytes:
    head = struct.pack(">BIIQ", version, start, end, REFERENCE.polynomial)
    return head + REFERENCE.digest + names


def refusal(text: str) -> str:
    with pytest.raises(QuestionError) as refused:
        Reference.parse(text)
    assert refused.value.field == "id"
    return str(refused.value)


@given(
    collection=st.from_regex(COLLECTION_NAME, fullmatch=True),
    document_id=st.text(max_size=300),
    places=st.sets(st.integers(0, 2**32 - 1), min_size=2, max_size=2),
    polynomial=st.integers(0, 2**64 - 1),
    digest=st.binary(min_size=16, max_size=16),
)
@example(collection="c", document_id="docs/ferry 🚢/?#%00\0", places={0, 1}, polynomial=0, digest=bytes(16))
def test_a_reference_of_any_document_is_read_back_and_safe_in_an_address(
    collection: str, document_id: str, places: set[int], polynomial: int, digest: bytes
) -> None:
    reference = Reference(collection, document_id, min(places), max(places), polynomial, digest)

    encoded = reference.encode()

    assert re.fullmatch("[A-Za-z0-9_-]+", encoded)
    assert Reference.parse(encoded) == reference


def test_a_reference_has_a_fixed_form_so_that_those_handed_out_stay_readable() -> None:
    # A change of this text means that no citation handed out earlier can be checked any more: count up the version.
    assert sealed(body()) == ENCODED
    assert ENCODED == "AQAAABkAAAAefYiGRufk1Y1-I9B4c5q_PVxnt_KIoLl6aGFyYm91ci9mZXJyeZIgY2s"


def test_a_reference_holds_nothing_of_the_quote_and_is_as_long_for_a_long_one() -> None:
    long = quoted(TEXT, 0, len(TEXT)).encode()

    assert len(long) == len(quoted(TEXT, 25, 30).encode())
    raw = base64.urlsafe_b64decode(long + "=" * (-len(long) % 4))
    assert not any(word.encode() in raw for word in TEXT.split())


def test_a_number_in_an_answer_is_refused_with_a_word_on_what_to_send() -> None:
    for number in ("c1", "c12"):
        assert refusal(number).startswith(f"{number} only numbers a citation within its answer; send")
        assert "`reference`" in refusal(number)


def test_a_reference_with_any_character_altered_is_refused() -> None:
    for place, character in enumerate(ENCODED):
        for other in "AB_-z9":
            if other != character:
                assert "no reference" in refusal(ENCODED[:place] + other + ENCODED[place + 1 :])


def test_a_reference_cut_off_anywhere_or_with_something_added_is_refused() -> None:
    for place in range(len(ENCODED)):
        assert "cut off" in refusal(ENCODED[:place])
        assert "cut off" in refusal(ENCODED[place + 1 :])
    for added in ("=", "==", "A", "AAAA", "\n", " ", "%", "é", "🚢", "\0"):
        assert "altered" in refusal(ENCODED + added)
        assert "altered" in refusal(added + ENCODED)
        assert "altered" in refusal(ENCODED[:20] + added + ENCODED[20:])


def test_the_same_bytes_in_another_spelling_are_refused() -> None:
    # base64 leaves bits of the last character unused, and has a second alphabet.
    odd = next(one for one in (sealed(body(names=b"h/" + b"f" * n)) for n in range(3)) if len(one) % 4)
    last = odd[-1]
    spelled = [odd[:-1] + other for other in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"]
    same = [one for one in spelled if base64.urlsafe_b64decode(one + "==") == base64.urlsafe_b64decode(odd + "==")]
    assert len(same) > 1
    for one in same:
        if one[-1] != last:
            assert "altered" in refusal(one)
    slashed = next(one for one in (sealed(body(end=end)) for end in range(30, 500)) if "_" in one or "-" in one)
    assert "altered" in refusal(slashed.replace("_", "/").replace("-", "+"))


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x01", id="only a version"),
        pytest.param(body()[:32], id="no names"),
        pytest.param(body(names=b""), id="empty names"),
        pytest.param(body(names=b"harbour"), id="no document"),
        pytest.param(body(names=b"/ferry"), id="no collection"),
        pytest.param(body(names=b"../ferry"), id="a collection that leads out of the folder"),
        pytest.param(body(names=b"Harbour/ferry"), id="a name that no collection can have"),
        pytest.param(body(names=b"harbour\n/ferry"), id="a line end in a name"),
        pytest.param(body(names=b"harbour/\xff"), id="a document that is no text"),
        pytest.param(body(start=30), id="an empty quote"),
        pytest.param(body(start=31), id="a quote that ends before it begins"),
    ],
)
def test_a_reference_that_was_never_handed_out_is_refused_even_if_its_checksum_is_right(forged: bytes) -> None:
    assert "no reference" in refusal(sealed(forged))


def test_a_reference_of_another_version_is_refused_as_such() -> None:
    for version in (0, 2, 255):
        assert "another version of Pincite" in refusal(sealed(body(version=version)))


def test_the_hash_is_the_polynomial_of_the_code_points() -> None:
    expected = sum(ord(char) * references._BASE**power for power, char in enumerate("Naïve")) % 2**64

    assert TEXT[25:30] == "Naïve"
    assert REFERENCE.polynomial == expected


@given(text=FEW_LETTERS, now=FEW_LETTERS, data=st.data(), block=st.integers(1, 70))
def test_the_place_found_is_the_nearest_of_those_that_str_find_finds(
    text: str, now: str, data: st.DataObject, block: int
) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    reference = quoted(text, start, end)
    places = all_places(now, text[start:end])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(references, "_BLOCK", block)
        found = find_quote(now, reference)
        candidates = references._places(now, end - start, reference.polynomial).tolist()

    assert candidates == places
    assert found == min(places, key=lambda place: (abs(place - start), place), default=None)


@pytest.mark.parametrize(
    ("now", "place"),
    [
        pytest.param("aaaaaaaa", 3, id="valid, though it stands in front of it, too"),
        pytest.param("aaaa", 2, id="the nearest of many"),
        pytest.param("aabbb", 0, id="in front"),
        pytest.param("baabbbbaa", 1, id="nearer in front"),
        pytest.param("bbbbaa", 4, id="behind"),
        pytest.param("aabbaa", 4, id="nearer behind"),
        pytest.param("baabbaa", 1, id="the former of two places as near"),
        pytest.param("abababab", None, id="nowhere"),
    ],
)
def test_of_repeats_the_nearest_is_taken(now: str, place: int | None) -> None:
    reference = quoted("bbbaab", 3, 5)

    assert find_quote(now, reference) == place


@given(text=st.text(min_size=1, max_size=80), before=st.text(max_size=20), data=st.data())
def test_a_quote_of_any_characters_is_found_again_when_text_is_put_before_it(
    text: str, before: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))

    found = find_quote(before + text, quoted(text, start, end))

    assert found is not None
    assert (before + text)[found : found + end - start] == text[start:end]
    assert found in all_places(before + text, text[start:end])


def test_offsets_count_code_points_and_composed_characters_differ_from_decomposed_ones() -> None:
    start = TEXT.index("Cafe\u0301s")
    reference = quoted(TEXT, start, start + 6)

    assert find_quote(f"🚢🚢 {TEXT}", reference) == start + 3
    assert find_quote(TEXT.replace("e\u0301", "\u00e9"), reference) is None


def test_a_quote_is_found_in_a_text_of_several_blocks_wherever_it_stands() -> None:
    quote = "the quote 🚢"
    filler = "lorem ipsum " * 20_000
    reference = quoted(f"{filler}{quote}", len(filler), len(filler) + len(quote))

    for place in (0, 1, 65_530, 65_536, 131_071, len(filler)):
        assert find_quote(f"{filler[:place]}{quote}{filler[place:]}", reference) == place


def test_a_long_quote_is_found_behind_the_first_block() -> None:
    quote = "".join(f"{number}, " for number in range(30_000))
    assert len(quote) > references._BLOCK
    text = f"{'x' * 200_000}{quote}y"

    assert find_quote(text, quoted(quote, 0, len(quote))) == 200_000


def test_a_quote_longer_than_the_text_is_not_found() -> None:
    assert find_quote(TEXT[:-1], quoted(TEXT, 0, len(TEXT))) is None
    assert find_quote("", REFERENCE) is None


def test_a_stretch_with_the_hash_of_the_quote_but_other_characters_is_not_taken_for_it() -> None:
    # Modulo 2^64, a Thue-Morse word of 1,024 letters and its complement have the same hash whatever the base.
    word = "".join("ab"[number.bit_count() % 2] for number in range(1024))
    complement = word.translate(str.maketrans("ab", "ba"))
    reference = quoted(word, 0, 1024)
    assert quoted(complement, 0, 1024).polynomial == reference.polynomial

    assert find_quote(complement, reference) is None
    assert find_quote(f"{complement}. {word}", reference) == 1026


def test_a_forged_reference_is_looked_for_in_few_places(monkeypatch: pytest.MonkeyPatch) -> None:
    forged = replace(quoted("aaa", 0, 3), digest=bytes(16))
    digest = references._digest
    looked = 0

    def count(quote: str) -> bytes:
        nonlocal looked
        looked += 1
        return digest(quote)

    monkeypatch.setattr(references, "_digest", count)

    assert find_quote("a" * 10_000, forged) is None
    assert 1 < looked < 100


def test_a_forged_reference_that_runs_over_the_end_of_the_text_finds_nothing() -> None:
    forged = replace(quoted(TEXT, 25, len(TEXT)), end=len(TEXT) + 10)

    assert find_quote(TEXT, forged) is None


def test_every_sentence_of_the_samples_is_valid_and_in_its_passage(seeds_asker: Asker) -> None:
    database = seeds_asker.generation.database
    checked = 0
    for document, _ in database.documents():
        for passage in database.passages_of(document.id)[::4]:
            span = passage.spans[-1]
            found = verify(Reference.of("default", document, span.start, span.end), seeds_asker.generation)
            assert (found.state, found.place, found.generation) == ("valid", span, seeds_asker.generation.name)
            assert found.passage is not None
            assert (found.passage.id, found.document == document) == (passage.id, True)
            checked += 1
    assert checked > 10


def test_a_sentence_that_stood_elsewhere_has_moved_into_the_passage_that_holds_it_now(seeds_asker: Asker) -> None:
    document = seeds_asker.generation.database.document("chinas-sputnik-moment")
    assert document is not None
    earlier = replace(document, text=f"A new paragraph.\n\n{document.text}")
    passages = seeds_asker.generation.database.passages_of(document.id)
    for passage in (passages[0], passages[-1]):
        span = passage.spans[0]

        found = verify(Reference.of("default", earlier, span.start + 18, span.end + 18), seeds_asker.generation)

        assert (found.state, found.place) == ("moved", span)
        assert found.passage is not None
        assert found.passage.id == passage.id


def test_a_sentence_that_was_changed_is_stale_and_says_no_place(seeds_asker: Asker) -> None:
    document = seeds_asker.generation.database.document("chinas-sputnik-moment")
    assert document is not None
    earlier = replace(document, text=document.text.replace("its operations collapsed", "its operations boomed"))
    start = earlier.text.index("ZTE, a Chinese")

    found = verify(Reference.of("default", earlier, start, start + 120), seeds_asker.generation)

    assert (found.state, found.place, found.passage) == ("stale", None, None)
    assert found.document is not None
    assert found.document.sha256 == document.sha256


def test_a_document_that_is_not_there_is_deleted(seeds_asker: Asker) -> None:
    found = verify(REFERENCE, seeds_asker.generation)

    assert (found.state, found.document, found.place, found.passage) == ("deleted", None, None, None)
    assert found.reference == REFERENCE


def test_a_quote_that_runs_over_two_passages_stands_in_none(seeds_asker: Asker) -> None:
    document = seeds_asker.generation.database.document("chinas-sputnik-moment")
    assert document is not None
    first, second = seeds_asker.generation.database.passages_of(document.id)[:2]

    found = verify(Reference.of("default", document, first.end - 9, second.start + 9), seeds_asker.generation)

    assert (found.state, found.place, found.passage) == ("valid", Span(first.end - 9, second.start + 9), None)

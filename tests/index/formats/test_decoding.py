from __future__ import annotations

import codecs
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.blocks import Unreadable
from index.formats.decoding import decode


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff")))
def test_utf_8_comes_back_with_or_without_a_byte_order_mark(text: str) -> None:
    assert decode(text.encode()) == text
    assert decode(codecs.BOM_UTF8 + text.encode()) == text


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("Häfen".encode("utf-16"), "iconv -f UTF-16 -t UTF-8"),
        (codecs.BOM_UTF16_BE + "Häfen".encode("utf-16-be"), "iconv -f UTF-16 -t UTF-8"),
        ("Häfen".encode("utf-16-le"), "NUL bytes"),
        (b"GIF89a\0\xff", "NUL bytes"),
        (b"one\ntwo\nH\xe4fen", "not UTF-8 text (line 3)"),
        (b"cut off \xe2\x82", "not UTF-8 text (line 1)"),
        (b"surrogate \xed\xa0\x80", "not UTF-8 text (line 1)"),
    ],
)
def test_what_would_have_to_be_guessed_is_refused_with_what_to_do(data: bytes, says: str) -> None:
    with pytest.raises(Unreadable) as caught:
        decode(data)
    assert says in str(caught.value)


@given(st.binary(max_size=50))
def test_any_bytes_are_text_or_refused(data: bytes) -> None:
    with contextlib.suppress(Unreadable):
        assert decode(data).encode() == data.removeprefix(codecs.BOM_UTF8)

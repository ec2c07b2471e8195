from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.blocks import Block, Parsed, Unreadable
from index.formats.jsonl import parse


def one(line: str | dict[str, object]) -> Parsed | Unreadable:
    (found,) = parse((line if isinstance(line, str) else json.dumps(line)).encode())
    return found


def metadata(**values: object) -> dict[str, object]:
    found = one({"text": "Words.", **values})
    assert isinstance(found, Parsed)
    assert found.metadata.pop("line") == 1
    return found.metadata


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("not json", "is not JSON"),
        ('{"text": "cut o', "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ('{"text": "x", "n": ' + "9" * 5000 + "}", "is not JSON"),
        ("[]", "is no object"),
        ('"text"', "is no object"),
        ("NaN", "is no object"),
        ("{}", "has no text under 'text'"),
        ('{"text": null}', "has no text under 'text'"),
        ('{"text": {"en": "x"}}', "has no text under 'text'"),
        ('{"text": ["x"]}', "has no text under 'text'"),
        ('{"contents": "x"}', "has no text under 'text'"),
        ('{"text": "x", "id": 1.5}', "has an id that is neither"),
        ('{"text": "x", "id": NaN}', "has an id that is neither"),
        ('{"text": "x", "id": true}', "has an id that is neither"),
        ('{"text": "x", "id": ["a"]}', "has an id that is neither"),
    ],
)
def test_a_bad_line_is_skipped_alone_with_its_number(line: str, says: str) -> None:
    found = parse(f'{{"text": "before"}}\n\n{line}\n{{"text": "after"}}\n'.encode())
    assert [isinstance(each, Parsed) for each in found] == [True, False, True]
    assert str(found[1]).startswith("line 3 ")
    assert says in str(found[1])


def test_bytes_that_are_no_utf_8_spoil_their_line_only() -> None:
    found = parse(b'{"text": "one"}\n{"text": "H\xe4fen"}\n{"text": "three"}')
    assert [str(each) if isinstance(each, Unreadable) else each.blocks[0].text for each in found] == [
        "one",
        "line 2 is not UTF-8 text",
        "three",
    ]


@pytest.mark.parametrize("data", ['{"text": "x"}'.encode("utf-16"), b'{"text": "\0"}', b'{"text": "H\xe4fen"}\n'])
def test_a_file_in_another_encoding_is_refused_whole(data: bytes) -> None:
    with pytest.raises(Unreadable, match="it is "):
        parse(data)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\ufeff"])
def test_line_ends_and_byte_order_marks_within_do_not_matter(end: str) -> None:
    found = parse(("\ufeff" + end.join(['{"text": "a\u2028b"}', '{"text": "c"}', ""])).encode())
    assert [isinstance(each, Parsed) for each in found] == [True, True]


def test_names_of_other_exports_mean_the_same_and_the_known_names_win() -> None:
    assert metadata(_id="a", date="2019", authors=["A", "B"]) == {"id": "a", "published": "2019", "author": ["A", "B"]}
    assert metadata(_id="a", id="b", date="2019", published="2020") == {"id": "b", "published": "2020"}
    assert metadata(_id="a", id=None, date="2019", published="") == {"id": "a", "published": "2019"}


def test_other_fields_are_not_taken_over_and_zero_is_an_id() -> None:
    assert metadata(id=0, index=False, line=7, score=float("inf"), nested={"text": "x"}) == {"id": 0}


def test_a_line_may_say_what_its_text_is() -> None:
    text = "# Leave\n\n<p>Thirty <b>days</b>.</p>"
    by_format = {}
    for name in ("markdown", "html", "text", "pdf", None, 7):
        found = one({"text": text, "format": name, "title": "Stated"})
        assert isinstance(found, Parsed)
        assert found.metadata["title"] == "Stated"
        by_format[name] = [(block.level, block.text) for block in found.blocks]
    assert by_format["markdown"][0] == (1, "Leave")
    assert by_format["html"][-1] == (0, "Thirty days.")
    assert by_format["text"] == by_format["pdf"] == by_format[None] == by_format[7]
    broken = one({"text": "---\na: [\n---\nText.", "format": "markdown"})
    assert isinstance(broken, Unreadable)
    assert "line 1: " in str(broken)


def test_of_a_key_given_twice_the_last_counts() -> None:
    found = one('{"text": "first", "text": "second"}')
    assert isinstance(found, Parsed)
    assert found.blocks == (Block("second"),)


def test_a_text_that_only_begins_like_front_matter_is_text() -> None:
    """It made the whole file unreadable."""
    text = "---\nnot: [yaml\n---\n\n[a](#) [b](#) [c](#)"
    found = one({"text": text})
    assert isinstance(found, Parsed)
    assert "not: [yaml" in found.blocks[0].text


def test_a_lone_surrogate_is_no_fault() -> None:
    assert isinstance(one('{"text": "x \\ud800 y"}'), Parsed)


@given(st.lists(st.dictionaries(st.sampled_from(["text", "id", "title", "x"]), st.text() | st.integers() | st.none())))
def test_every_line_that_says_something_has_one_result(records: list[dict[str, object]]) -> None:
    found = parse("\n".join(json.dumps(record) for record in records).encode())
    assert len(found) == len(records)
    for record, each in zip(records, found, strict=True):
        assert isinstance(each, Parsed) == isinstance(record.get("text"), str)

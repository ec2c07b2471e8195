"""Which documents filters let through."""

from __future__ import annotations

import datetime
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.documents import Document
from qa.errors import QuestionError
from qa.filters import NO_FILTERS, Filters, parse_date

DOCUMENT = Document(
    "a", "Bridges", "Text.", author="Ada Lovelace, Grace Hopper", published="2019-05-20", tags=("Steel", "Brücke")
)
DAYS = st.dates(datetime.date(1990, 1, 1), datetime.date(2030, 12, 31))


def names(*values: str) -> frozenset[str]:
    return frozenset(values)


def dated(published: str | None) -> Document:
    return Document("a", "Bridges", "Text.", published=published)


def between(first: str | None, last: str | None) -> Filters:
    return Filters(published_from=parse_date(first) if first else None, published_to=parse_date(last) if last else None)


def test_without_filters_every_document_matches() -> None:
    assert NO_FILTERS.matches(DOCUMENT)
    assert NO_FILTERS.matches(dated(None))
    assert not NO_FILTERS
    assert Filters(tags=names("x"))
    assert between("2019-01-01", None)
    assert between(None, "2019-01-01")


@pytest.mark.parametrize(
    ("filters", "matches"),
    [
        (Filters(document_ids=names("a", "b")), True),
        (Filters(document_ids=names("b")), False),
        (Filters(document_ids=names("A")), False),
        (Filters(authors=names("Grace Hopper")), True),
        (Filters(authors=names("nobody", " ADA lovelace ")), True),
        (Filters(authors=names("ada lovelace, grace hopper")), True),
        (Filters(authors=names("Lovelace")), False),
        (Filters(authors=names("Grace")), False),
        (Filters(tags=names("steel")), True),
        (Filters(tags=names("wood", "STEEL")), True),
        (Filters(tags=names("ste")), False),
        (Filters(tags=names("BRU\u0308CKE")), True),
        (Filters(document_ids=names("a"), authors=names("Grace Hopper"), tags=names("steel")), True),
        (Filters(document_ids=names("a"), authors=names("Grace Hopper"), tags=names("wood")), False),
        (Filters(document_ids=names("a"), authors=names("nobody"), tags=names("steel")), False),
        (Filters(document_ids=names("b"), authors=names("Grace Hopper"), tags=names("steel")), False),
        (Filters(tags=names("steel"), published_from=datetime.date(2020, 1, 1)), False),
    ],
)
def test_within_a_field_any_value_may_match_and_different_fields_all_must(filters: Filters, matches: bool) -> None:
    assert filters.matches(DOCUMENT) is matches


@pytest.mark.parametrize(
    "filters", [Filters(authors=names("x")), Filters(tags=names("x")), between("0001-01-01", None)]
)
def test_a_document_that_does_not_state_a_thing_matches_no_filter_for_it(filters: Filters) -> None:
    assert not filters.matches(Document("a", "Bridges", "Text."))


@pytest.mark.parametrize(
    ("published", "first", "last", "matches"),
    [
        ("2019-05-20", "2019-05-20", "2019-05-20", True),
        ("2019-05-20", "2019-05-21", None, False),
        ("2019-05-20", None, "2019-05-19", False),
        ("2019-05-20", "2018-01-01", None, True),
        ("2019-05-20", None, "2020-01-01", True),
        ("2019-05", "2019-05-31", None, True),
        ("2019-05", "2019-06-01", None, False),
        ("2019-05", None, "2019-05-01", True),
        ("2019-05", None, "2019-04-30", False),
        ("2020-02", "2020-02-29", None, True),
        ("2019-02", "2019-02-28", "2019-02-28", True),
        ("2019", "2019-12-31", None, True),
        ("2019", "2020-01-01", None, False),
        ("2019", None, "2019-01-01", True),
        ("2019", None, "2018-12-31", False),
        (None, "0001-01-01", None, False),
        (None, None, "9999-12-31", False),
        ("", None, "9999-12-31", False),
        ("2019-13", None, "9999-12-31", False),
        ("2019-02-30", None, "9999-12-31", False),
        ("0000", None, "9999-12-31", False),
        ("in 2019", None, "9999-12-31", False),
        ("2019-05-20T10:00:00", None, "9999-12-31", False),
    ],
)
def test_days_are_included_and_an_inexact_date_matches_where_any_day_of_it_does(
    published: str | None, first: str | None, last: str | None, matches: bool
) -> None:
    assert between(first, last).matches(dated(published)) is matches


@given(DAYS, DAYS, DAYS)
def test_a_day_matches_if_it_lies_in_the_range(day: datetime.date, one: datetime.date, other: datetime.date) -> None:
    first, last = min(one, other), max(one, other)
    filters = Filters(published_from=first, published_to=last)
    assert filters.matches(dated(day.isoformat())) is (first <= day <= last)
    assert filters.matches(dated(f"{day:%Y-%m}")) is (f"{first:%Y-%m}" <= f"{day:%Y-%m}" <= f"{last:%Y-%m}")
    assert filters.matches(dated(f"{day:%Y}")) is (first.year <= day.year <= last.year)


@given(
    st.text(st.characters(categories=["Ll", "Lu", "Nd"], max_codepoint=0x17F, exclude_characters="\u0131"), min_size=1)
)
def test_case_and_composition_do_not_count_in_a_name(name: str) -> None:
    document = Document("a", "Bridges", "Text.", author=name, tags=(name,))
    for written in (name, name.upper(), name.lower(), unicodedata.normalize("NFD", name), f" {name}\n"):
        assert Filters(authors=names(written)).matches(document)
        assert Filters(tags=names(written)).matches(document)


def test_filters_that_mean_the_same_are_equal() -> None:
    one, other = Filters(authors=names("Ada", "Bob"), tags=names("É")), Filters(
        authors=names("BOB", "ada"), tags=names("e\u0301")
    )  # fmt: skip
    assert one == other
    assert hash(one) == hash(other)
    assert one != Filters(authors=names("Ada"), tags=names("É"))


def test_a_range_without_days_is_refused() -> None:
    with pytest.raises(QuestionError, match="2019-12-31, comes before the first, 2020-01-01") as caught:
        between("2020-01-01", "2019-12-31")
    assert caught.value.field == "published_to"


@pytest.mark.parametrize("field", ["document_ids", "authors", "tags"])
def test_an_empty_name_is_refused(field: str) -> None:
    for blank in [""] if field == "document_ids" else ["", " \t"]:
        with pytest.raises(QuestionError) as caught:
            Filters(**{field: names("x", blank)})  # type: ignore[arg-type]
        assert caught.value.field == field


@pytest.mark.parametrize(
    "text",
    [
        "", "2019", "2019-12", "2019-12-32", "2019-1-1", "20190101", "2019-W01-1", "31.12.2019", "2019-12-31T00:00",
        " 2019-12-31", "2019-12-31\n", "\u0662\u0660\u0661\u0669-12-31", "0000-01-01", "1546300800",
    ],
)  # fmt: skip
def test_what_is_no_day_as_iso_8601_writes_it_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="YYYY-MM-DD"):
        parse_date(text)
    assert parse_date("2019-12-31") == datetime.date(2019, 12, 31)

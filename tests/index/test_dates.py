from __future__ import annotations

import datetime
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.dates import iso_date
from tests.index.exactness import thorough

_WORDS = [
    "March",
    "Aug",
    "may",
    "3",
    "12",
    "31",
    "2019",
    "19",
    "1999",
    "10:30",
    "pm",
    "of",
    "st",
    "Sat",
    "+0200",
    "-",
    "/",
]


@pytest.mark.parametrize(
    ("stated", "date"),
    [
        ("2019", "2019"),
        ("2019-08", "2019-08"),
        ("2019-08-27", "2019-08-27"),
        (" 2019-08-27\n", "2019-08-27"),
        ("2019-08-27T10:00:00+02:00", "2019-08-27"),
        ("2019-08-27 10:00", "2019-08-27"),
        ("2019/3/4", "2019-03-04"),
        ("2019.03.04", "2019-03-04"),
        ("27.08.2019", "2019-08-27"),
        ("08/27/2019", "2019-08-27"),
        ("4/4/2019", "2019-04-04"),
        ("12/2021", "2021-12"),
        ("27 Aug 2019", "2019-08-27"),
        ("27-Aug-2019", "2019-08-27"),
        ("2019 Aug 27", "2019-08-27"),
        ("Aug. 27, 2019", "2019-08-27"),
        ("27th of August, 2019", "2019-08-27"),
        ("August 2019", "2019-08"),
        ("Feb 2020", "2020-02"),
        ("29 Feb 2020", "2020-02-29"),
        ("Tuesday, August 27, 2019 - 12:00am", "2019-08-27"),
        ("Tue, 27 Aug 2019 23:30:00 -0800", "2019-08-27"),
        (datetime.date(2019, 8, 27), "2019-08-27"),
        (datetime.datetime(2019, 8, 27, 23, 30, tzinfo=datetime.UTC), "2019-08-27"),
        (datetime.date(921, 8, 27), "0921-08-27"),
        (2019, "2019"),
    ],
)
def test_a_date_is_as_exact_as_it_is_stated(stated: object, date: str) -> None:
    assert iso_date(stated) == date


@pytest.mark.parametrize(
    "stated",
    [
        # two readings
        "03/04/2019", "3.4.2019", "03-04-2019", "March 3 or April 4, 2019", "2019-08-27 to 2019-09-01",
        "3-5 March 2021",
        "March 2021 4", "August 2019 - 12", "May 2019 at 5", "1999-2001 March", "2020 March 2021",
        # only part of one
        "Aug 27", "27 Aug 19", "27 Aug '19", "Tue, 27 Aug 19 10:00:00 +0200", "Tue, 27 Aug 19 10:00:00 +2019",
        "10:30 2019",
        "3 2019", "3 of 3 2019", "May", "Saturday", "2019-20", "20190827",
        # days that there are not
        "31 Feb 2019", "29 Feb 2019", "2019-02-29", "2019-13", "2019-00", "0000", "2019/13/04", "1 Jan 10000",
        # no date
        "", " ", "yesterday", "today", "now", "Chapter 2019", "Summer 2019", "He came in March 2019 and left.",
        "\uff12\uff10\uff11\uff19",
        "Marching 2019", "March 3, 2021 5 min read", "x" * 10_000 + " March 2019", "\x00", "-", ":",
        None, True, 2019.5, float("nan"), ["2019"], {"year": 2019}, b"2019", datetime.time(20, 19),
    ],
)  # fmt: skip
def test_what_is_open_or_no_date_has_none(stated: object) -> None:
    assert iso_date(stated) is None


@given(
    st.text() | st.lists(st.sampled_from(_WORDS), max_size=6).map(" ".join) | st.text("0123456789/-.: TZ", max_size=14)
)
@example("0x10 March 2019")
@example("March 2019 99999999999999999999")
@example("12.5.1e9999 Mar 2019")
@thorough
def test_any_text_is_read_without_a_fault_into_a_date_that_it_states(text: str) -> None:
    date = iso_date(text)
    if date is not None:
        padded = date + "-01-01"[len(date) - len("2019-01-01") :] if len(date) < len("2019-01-01") else date
        datetime.date.fromisoformat(padded)
        assert date[:4] in text


@pytest.mark.parametrize("shape", ["%Y-%m-%d", "%B %d, %Y", "%d %b %Y", "%A, %d %B %Y", "%Y/%m/%d"])
@given(day=st.dates(min_value=datetime.date(1000, 1, 1)))
@thorough
def test_any_day_written_out_is_read_as_that_day(shape: str, day: datetime.date) -> None:
    assert iso_date(day.strftime(shape)) == day.isoformat()


def test_nothing_depends_on_the_day_of_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Years of two digits would be put into the century around today."""
    stated = ["27 Aug 19", "27 Aug 2019", "Aug 2019", "Aug 27", "Sat March 2019", "Tue, 27 Aug 19 10:00 +0200"]
    before = [iso_date(text) for text in stated]
    future = time.struct_time((2099, 12, 31, 23, 59, 59, 3, 365, 0))
    monkeypatch.setattr(time, "localtime", lambda *_: future)
    assert [iso_date(text) for text in stated] == before

"""Dates as documents write them, to ISO 8601; what can be read in two ways, or only in part, is no date."""

from __future__ import annotations

import datetime
import re
import warnings

from dateutil import parser

_ISO = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T.*| \d{1,2}:\d{2}.*)?)?)?", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})", re.ASCII)
_IN_NUMBERS = re.compile(r"(?:\d{1,2}([/.-])\d{1,2}\1|\d{1,2}/)\d{4}", re.ASCII)
_MONTH = re.compile(r"(?<![a-z])(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)", re.IGNORECASE)
_YEAR = re.compile(r"(?<![\d+])(?<! -)(?<!:\d\d-)\d{4}(?!\d)", re.ASCII)
"""Four digits that are no time zone."""
_DAY = re.compile(
    rf"(?<![\d:])\d{{1,2}}(?:st|nd|rd|th)?(?:\s+of)?[\s,.-]*{_MONTH.pattern}|{_MONTH.pattern}[a-z]*[\s,.-]*\d{{1,2}}(?![\d:])",
    re.IGNORECASE | re.ASCII,
)
_MAX_CHARACTERS = 60
_DEFAULTS = (datetime.datetime(2000, 1, 1), datetime.datetime(2004, 2, 29))  # noqa: DTZ001 - only compared
"""What a text leaves open comes out differently under these two."""


def iso_date(value: object) -> str | None:
    """Return a date in ISO 8601, as exact as it is stated: ``2019-08-27``, ``2019-08`` or ``2019``.

    Args:
        value: A date, or text: ISO 8601, or with the month in words. None, and text that is no date or can be read as
            two (03/04/2019), has no date.
    """
    if isinstance(value, datetime.date):  # a datetime is one too
        return value.isoformat()[: len("2019-08-27")]
    text = " ".join(str(value).split()) if value is not None else ""
    if (match := _ISO.fullmatch(text)) is not None:
        return _checked(*match.groups())
    if (match := _YEAR_FIRST.fullmatch(text)) is not None:
        return _checked(match.group(1), match.group(3).zfill(2), match.group(4).zfill(2))
    return _parsed(text)


def _parsed(text: str) -> str | None:
    if len(text) > _MAX_CHARACTERS or not (_MONTH.search(text) or _IN_NUMBERS.fullmatch(text)):
        return None
    years = set(_YEAR.findall(text))
    readings = {_read(text, default, day_first) for default in _DEFAULTS for day_first in (False, True)}
    # A year of two digits would be guessed from the year in which somebody indexes.
    if None in readings or len(years) != 1 or {f"{date:%Y}".zfill(4) for date in readings if date} != years:
        return None
    months = {date.month for date in readings if date}
    days = {date.day for date in readings if date}
    stray = len(days) == 1 and _MONTH.search(text) and not _DAY.search(text)  # "August 2019 - 12"
    if len(months) > 1 or stray:
        return None
    return f"{years.pop()}-{months.pop():02}" + (f"-{days.pop():02}" if len(days) == 1 else "")


def _checked(year: str, month: str | None, day: str | None) -> str | None:
    try:
        datetime.date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    return "-".join(part for part in (year, month, day) if part)


def _read(text: str, default: datetime.datetime, day_first: bool) -> datetime.date | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of time zones that it does not know; only the day counts
            return parser.parse(text, default=default, dayfirst=day_first).date()
    except (ValueError, ArithmeticError, TypeError, AttributeError, LookupError):
        return None  # its parser lets out whatever it stumbles over

from __future__ import annotations

import pytest

from index.formats.html import parse


def metadata(head: str, body: str = "<p>x</p>") -> dict[str, object]:
    (parsed,) = parse(f"<html><head>{head}</head><body>{body}</body></html>".encode())
    return parsed.metadata


def test_metadata_comes_from_meta_and_link_elements() -> None:
    head = (
        '<title>T</title><meta property="og:title" content="On  tides"><meta name="Author" content="Ada">'
        '<meta name="author" content="Bo"><meta property="article:published_time" content="2021-07-29T23:30:00+02:00">'
        '<link rel="canonical" href="https://example.org/tides"><meta name="keywords" content="sea, Moon,, sea">'
        '<meta property="article:tag" content="moon"><meta property="article:tag" content="depth, water">'
    )
    assert metadata(head) == {
        "title": "On tides",
        "author": "Ada, Bo",
        "published": "2021-07-29",
        "url": "https://example.org/tides",
        "tags": ["sea", "Moon", "depth, water"],
    }


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ("<title>Tides - The Gazette</title>", "<h1>Tides</h1><p>x</p>", "Tides"),
        ("<title>Tides | Gazette</title>", "<h1>Of the moon</h1><p>x</p>", "Tides | Gazette"),
        ("<title>Tides — Gazette</title><meta property='og:site_name' content='Gazette'>", "<p>x</p>", "Tides"),
        ("<title>Tides-and-floods</title>", "<h1>Tides and more</h1><p>x</p>", "Tides-and-floods"),
        ("<title>Tidesman: a life</title>", "<h1>Tides</h1><p>x</p>", "Tidesman: a life"),
        ("<title>Python 3</title>", "<h1>Python</h1><p>x</p>", "Python 3"),
        ("<title> </title>", "<h1>Of <b>tides</b></h1><p>x</p>", "Of tides"),
        ("", "<svg><title>icon</title></svg><p>x</p>", None),
    ],
)
def test_the_title_loses_the_name_of_the_site_only_where_something_tells(
    head: str, body: str, title: str | None
) -> None:
    assert metadata(head, body).get("title") == title


@pytest.mark.parametrize(
    ("data", "author", "published"),
    [
        ('{"@type": "Article", "author": {"name": "Ada"}, "datePublished": "2021-07-29"}', "Ada", "2021-07-29"),
        ('{"@graph": [{"@type": "X"}, {"author": [{"name": "Ada"}, "Bo"]}]}', "Ada, Bo", None),
        ('[1, {"author": 5, "datePublished": 2021}, {"datePublished": "2021-07-29T10:00Z"}]', None, "2021-07-29"),
        ('{"author": "Ada"', None, None),
        ('{"author": "https://example.org/ada", "datePublished": "2021-02-31"}', None, None),
        ("[" * 100_000, None, None),
    ],
)
def test_metadata_comes_from_linked_data_that_can_be_read(data: str, author: str | None, published: str | None) -> None:
    found = metadata(f'<script type="application/ld+json">{data}</script>')
    assert (found.get("author"), found.get("published")) == (author, published)


def test_a_date_that_is_none_makes_way_for_the_next() -> None:
    head = '<meta name="date" content="yesterday"><meta name="dc.date" content="2021-13-01">'
    assert metadata(head, "<p>x <time>May</time> <time datetime='2020-05-03 10:00'>3 May</time></p>") == {
        "published": "2020-05-03"
    }


@pytest.mark.parametrize(
    "address", ["/tides", "javascript:alert(1)", "file:///etc/passwd", "http://[", "//example.org", ""]
)
def test_only_web_addresses_are_urls(address: str) -> None:
    head = f'<link rel="canonical" href="{address}"><meta property="og:url" content="http://example.org/og">'
    assert metadata(head)["url"] == "http://example.org/og"


def test_a_date_may_have_its_month_in_words() -> None:
    assert metadata('<meta name="date" content="27 August 2019">') == {"published": "2019-08-27"}

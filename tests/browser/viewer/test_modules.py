"""The modules that count, mark, link and read events, on many texts, against what Python does with them."""

from __future__ import annotations

import json
import random
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

from tests.browser.conftest import OpenPage

TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("🚢👩🏽‍✈️🇩🇪 \n"), max_size=60)
PLACES = st.tuples(st.integers(0, 70), st.integers(0, 70))


def _made(strategy: st.SearchStrategy[Any], count: int) -> list[Any]:
    """Return examples of a strategy: all are sent to the browser at once."""
    found: list[Any] = []

    @settings(max_examples=count, database=None, derandomize=True)
    @given(strategy)
    def collect(example: Any) -> None:  # noqa: ANN401 - whatever the strategy makes
        found.append(example)

    collect()
    return found


@pytest.fixture
def page(service: str, open_page: OpenPage) -> Page:
    """A page that may load the modules."""
    return open_page(service)


def _with(module: str, body: str) -> str:
    return (
        f"async (given) => {{ const m = await import('/web/any/{module}.js'); return Promise.all(given.map({body})); }}"
    )


def test_offsets_are_those_of_python(page: Page) -> None:
    given = [[text, *sorted(place)] for text, place in _made(st.tuples(TEXTS, PLACES), 500)]

    cut = page.evaluate(_with("offsets", "([text, start, end]) => new m.Text(text).slice(start, end)"), given)
    lengths = page.evaluate(_with("offsets", "([text]) => new m.Text(text).length"), given)
    back = page.evaluate(
        _with("offsets", "([text]) => { const t = new m.Text(text); const all = [...Array(t.length + 1).keys()];"
        "return all.map((point) => [t.unit(point), t.point(t.unit(point))]); }"), given
    )  # fmt: skip

    assert cut == [text[start:end] for text, start, end in given]
    assert lengths == [len(text) for text, _, _ in given]
    assert back == [
        [[len(text[:point].encode("utf-16-le")) // 2, point] for point in range(len(text) + 1)] for text, _, _ in given
    ]


def test_marks_are_what_lies_in_some_place(page: Page) -> None:
    given = [
        [text, [{"start": min(place) + base, "end": max(place) + base} for place in places], base]
        for text, places, base in _made(st.tuples(TEXTS, st.lists(PLACES, max_size=4), st.integers(0, 9)), 500)
    ]

    found = page.evaluate(
        _with("marks", "([text, places, base]) => [...m.marked(text, places, base).childNodes].map((node) => "
        "[node.nodeName === 'MARK', node.textContent]).filter(([, text]) => text)"), given
    )  # fmt: skip

    for (text, places, base), pieces in zip(given, found, strict=True):
        inside = [any(p["start"] <= base + i < p["end"] for p in places) for i in range(len(text))]
        assert "".join(content for _, content in pieces) == text
        assert [marked for marked, content in pieces for _ in content] == inside


def test_an_address_says_what_it_was_made_of(page: Page) -> None:
    ids = _made(st.lists(TEXTS.filter(bool), min_size=1, max_size=3).map("/".join), 300)
    ids += ["a/../b", "..", "./x/.", "a//b", "a%2Fb", "?q#h", "x y+z&c=1-2"]
    given = [[name, number, number + 7, f"pincite_pk_{number}"] for number, name in enumerate(ids)]

    found = page.evaluate(
        _with("links", "async ([document, start, end, key]) => { const url = new URL(m.viewerUrl('https://h/x/', "
        "{document, start, end, reference: 'R-_1'}, {collection: 'a&b', key}));"
        "return [url.pathname, url.search, (await import('/web/any/hash.js')).readHash(url.hash)]; }"), given
    )  # fmt: skip

    for (name, start, end, key), (path, query, place) in zip(given, found, strict=True):
        if name not in {".", ".."}:  # which no browser can ask for
            assert unquote(path) == f"/x/documents/{name}"
        assert query == "?collection=a%26b"
        assert place == {
            "cited": {"start": start, "end": end},
            "unreadable": False,
            "paragraph": None,
            "references": ["R-_1"],
            "key": key,
        }


@pytest.mark.parametrize(
    ("fragment", "cited", "unreadable", "paragraph"),
    [
        ("", None, False, None),
        ("#", None, False, None),
        ("#c=3-9", {"start": 3, "end": 9}, False, None),
        ("#c=3%2D9&with=", {"start": 3, "end": 9}, False, None),
        ("#c=3-9:~:text=x", {"start": 3, "end": 9}, False, None),
        ("#c=9-3", None, True, None),
        ("#c=", None, True, None),
        ("#c=-1-4", None, True, None),
        ("#c=1e3-2e3", None, True, None),
        ("#c=%", None, True, None),
        ("#c=0-99999999999999999999", None, True, None),
        ("#p-120", None, False, 120),
        ("#p-120&key=pincite_pk_x", None, False, 120),
        ("#p-x", None, False, None),
    ],
)
def test_what_cannot_be_read_in_an_address_is_nothing(
    page: Page, fragment: str, cited: dict[str, int] | None, *, unreadable: bool, paragraph: int | None
) -> None:
    [place] = page.evaluate(_with("hash", "(hash) => m.readHash(hash)"), [fragment])

    assert (place["cited"], place["unreadable"], place["paragraph"]) == (cited, unreadable, paragraph)


@pytest.mark.parametrize(
    ("url", "quote", "address"),
    [
        (None, "x", None),
        ("javascript:alert(1)", "x", None),
        ("data:text/html,x", "x", None),
        ("no address", "x", None),
        ("https://e.org/a", "Two words", "https://e.org/a#:~:text=Two%20words"),
        ("https://e.org/a#b", "a-b, c&d", "https://e.org/a#b:~:text=a%2Db%2C%20c%26d"),
        ("http://e.org/", " ".join("abcdefghijklmn"), "http://e.org/#:~:text=a%20b%20c%20d%20e,j%20k%20l%20m%20n"),
    ],
)
def test_originals_are_linked_by_a_text_fragment(page: Page, url: str | None, quote: str, address: str | None) -> None:
    assert page.evaluate(_with("links", "([url, quote]) => m.originalUrl(url, quote)"), [[url, quote]]) == [address]


def test_events_are_read_however_they_are_cut(page: Page) -> None:
    # Objects, since JSON puts every control character into an escape: data is one line.
    sent = [[{"text": text} for text in texts] for texts in _made(st.lists(TEXTS, max_size=5), 100)]
    chance = random.Random(9)  # noqa: S311 - no secret
    given = []
    for values in sent:
        end = chance.choice(["\n", "\r\n", "\r"])
        lines = [f": keep-alive{end}{end}"]
        lines += [f"event: e{i}{end}data: {json.dumps(v, ensure_ascii=False)}{end}{end}" for i, v in enumerate(values)]
        whole = "".join(lines).encode()
        cuts = sorted(chance.choices(range(len(whole) + 1), k=6))
        given.append([list(whole[a:b]) for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)])

    found = page.evaluate(
        """async (given) => {
          const { eventsOf } = await import('/web/any/events.js');
          return Promise.all(given.map(async (pieces) => {
            const body = new ReadableStream({
              start(to) {
                for (const piece of pieces) to.enqueue(new Uint8Array(piece));
                to.close();
              },
            });
            const events = [];
            for await (const {name, data} of eventsOf(body)) events.push([name, JSON.parse(data)]);
            return events;
          }));
        }""",
        given,
    )

    assert found == [[[f"e{i}", value] for i, value in enumerate(values)] for values in sent]

"""The page: parsed, so that what is proved is what a browser would make of it."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser

import pytest

from eval.gate import Verdict, judge
from eval.reports.html import html
from eval.reports.junit import plain
from tests.eval.reports import HOSTILE, WORD, a_run, hostile, judged, moved, other, result

ALLOWED = set(
    "html head meta title style body main header section h1 h2 h3 p ul li a strong span small bdi div dl dt dd table "
    "caption thead tbody tr th td details summary figure figcaption svg desc g line polyline polygon circle rect text"
    .split()
)  # fmt: skip


class Page(HTMLParser):
    """What a page holds; that every element is closed in its turn is asserted on the way."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str | None]] = []
        self.words: list[str] = []
        self.homes: list[str] = []
        self.open: list[str] = []
        self.source = html(verdict)
        self.feed(self.source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment arose: {data!r}")

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)
            self.homes.append(self.open[-1] if self.open else "")

    @property
    def text(self) -> str:
        return "\n".join(self.words)

    def values(self, name: str) -> list[str]:
        return [value or "" for _, found, value in self.attributes if found == name]


@pytest.fixture(scope="module")
def hostile_page() -> Page:
    return Page(hostile())


def test_hostile_text_makes_no_element_and_no_attribute(hostile_page: Page) -> None:
    assert set(hostile_page.tags) <= ALLOWED
    assert not [name for _, name, _ in hostile_page.attributes if name.startswith("on") or name == "src"]
    assert all(value.startswith("#case-") for value in hostile_page.values("href"))
    assert hostile_page.tags["title"] == 1 + hostile_page.tags["svg"]
    assert hostile_page.tags["style"] == 1


def test_hostile_text_is_shown_as_it_is(hostile_page: Page) -> None:
    for text in HOSTILE:
        assert plain(text) in hostile_page.words
    assert WORD in hostile_page.text
    assert not set(hostile_page.source) & set("\x00\x07\x1b\ud800\uffff")
    hostile_page.source.encode()


def test_foreign_text_keeps_its_direction_to_itself(hostile_page: Page) -> None:
    homes = {home for word, home in zip(hostile_page.words, hostile_page.homes, strict=True) if "\u202e" in word}
    assert homes == {"bdi", "p"}
    assert {value for tag, name, value in hostile_page.attributes if tag == "p" and name == "dir"} == {"auto"}


def test_the_page_asks_for_nothing_from_outside(hostile_page: Page) -> None:
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert policy in hostile_page.values("content")
    for tag in ("script", "link", "img", "iframe", "object", "base", "form"):
        assert hostile_page.tags[tag] == 0
    style = hostile_page.source.split("<style>")[1].split("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style


def test_ids_are_single_and_links_lead_to_them() -> None:
    page = Page(moved(5))
    ids = page.values("id")
    assert len(set(ids)) == len(ids)
    assert {link.removeprefix("#") for link in page.values("href")} == {f"case-{number}" for number in range(5)}
    assert {link.removeprefix("#") for link in page.values("href")} <= set(ids)
    labelled = " ".join(page.values("aria-labelledby")).split()
    assert set(labelled) <= set(ids)


def test_it_can_be_read_by_ear() -> None:
    page = Page(judged())
    assert page.tags["h1"] == 1
    assert page.tags["table"] == page.tags["caption"] > 4
    pictures = [value for tag, name, value in page.attributes if tag == "svg" and name == "role"]
    assert pictures == ["img"] * page.tags["svg"]
    assert page.tags["desc"] == 3
    assert ("html", "lang", "en") in page.attributes


def test_every_case_has_a_row_that_tells_its_status_apart() -> None:
    page = Page(judged())
    assert sum(value.startswith("case-") for value in page.values("id")) == 7
    assert page.words.count("✓ right") == 2
    assert page.words.count("✗ wrong") == 3
    assert page.words.count("! failed") == 1
    assert page.words.count("○ skipped") == 1
    assert "the service is gone" in page.words
    assert "the collection has no document 'x'" in page.words
    assert "5 scored, 1 failed, 1 skipped" in page.words


def test_failed_checks_stand_on_top() -> None:
    page = Page(judged())
    assert "✗ Evaluation failed" in page.words
    assert page.words.index("floor Success@1") < page.words.index("What was measured")
    assert "Failed checks: 2 of 3" in page.words


def test_a_passing_run_without_a_baseline() -> None:
    page = Page(judge(a_run(result("a"), result("b")), None, {}))
    assert "✓ Evaluation passed" in page.words
    assert "The only check holds; there is no baseline to compare with." in page.words
    assert "Against the baseline" not in page.words
    assert "Adjusted p" not in page.words


def test_a_comparison_shows_what_moved_and_what_differed() -> None:
    base = a_run(result("lost"), result("won", right=False), generation="g0")
    page = Page(judge(a_run(result("lost", right=False), result("won")), base, {}))
    assert page.words.count("▼ lost") == 1
    assert page.words.count("▲ won") == 1
    assert "g0 (now g1)" in page.words
    assert "gold at rank 1: an answer" in page.words
    assert "▼ loss" in Page(moved(20)).words


def test_a_long_answer_is_cut_and_can_be_unfolded() -> None:
    page = Page(judge(a_run(result("a", text="x" * 161), result("b", text="y" * 160)), None, {}))
    assert page.tags["details"] == 1
    assert "x" * 159 + "…" in page.words
    assert "x" * 161 in page.words
    assert "y" * 160 in page.words


def test_a_run_without_scored_cases() -> None:
    page = Page(judge(a_run(other("x", "skipped", "no document")), None, {}))
    assert "No case was scored, so there is nothing to show." in page.words
    assert page.words.count("no scored case") == 3

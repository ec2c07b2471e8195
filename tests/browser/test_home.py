"""The page at /: asking, and what comes of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote_plus

import pytest
from playwright.sync_api import Page, expect

from tests.browser.books import LONG, MARKUP
from tests.browser.conftest import OpenPage

Axe = Callable[[Page], int]
Shot = Callable[..., Path]
BAN = "What did ZTE's ban cause?"
PLAN = "When did the first five-year plan take effect?"
NONE = "Who won the football world cup in 1998?"


def asked(question: str, **parameters: str) -> str:
    """Return the path of the page on which something is asked."""
    return "/?" + "&".join(f"{name}={quote_plus(value)}" for name, value in {"q": question, **parameters}.items())


def question(page: Page) -> str:
    """Return what stands in the box."""
    return page.get_by_role("textbox", name="Your question").input_value()


def test_it_says_what_it_is_and_what_may_be_asked(library: str, open_page: OpenPage, axe: Axe, shot: Shot) -> None:
    page = open_page(library)

    expect(page.get_by_role("heading", level=1)).to_have_text("Ask your documents")
    expect(page.get_by_role("textbox", name="Your question")).to_be_focused()
    expect(page.get_by_role("region", name="Try one of these").get_by_role("button")).to_have_count(7)
    expect(page.get_by_role("link", name="API docs")).to_have_attribute("href", f"{library}/docs")
    expect(page.get_by_role("region", name="Passages")).to_have_count(0)
    assert axe(page)
    shot(page, "home-start")


def test_an_example_is_asked_by_a_click_and_cited(library: str, open_page: OpenPage, axe: Axe, shot: Shot) -> None:
    page = open_page(library)
    example = page.get_by_role("region", name="Try one of these").get_by_role("button").first
    said = example.inner_text()
    example.click()
    cite = page.get_by_role("button", name=re.compile("^Citation 1: "))
    cite.click()

    assert question(page) == said
    expect(page.get_by_role("region", name=said)).to_contain_text("Confidence: ")
    expect(page.get_by_role("group", name=re.compile("^Citation 1: ")).locator("mark")).not_to_be_empty()
    expect(page.get_by_role("region", name="Passages").get_by_role("listitem").first).to_contain_text("cited as 1")
    expect(page.get_by_role("region", name="Try one of these")).to_have_count(0)
    assert page.title() == f"{said} · Pincite"
    assert axe(page)
    shot(page, "home-card")
    page.keyboard.press("Escape")
    expect(cite).to_be_focused()


def test_the_keyboard_is_enough(library: str, open_page: OpenPage) -> None:
    page = open_page(library)
    page.keyboard.type("What did ZTE's ban")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("cause?")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Answered, with 1 citation. ZTE, a Chinese")
    page.keyboard.press("Tab")
    expect(page.get_by_role("combobox", name="Collection")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Options")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name=re.compile("^Citation 1"))).to_be_focused()

    assert question(page) == "What did ZTE's ban\ncause?"


def test_a_question_without_an_answer_gets_the_nearest_passages(
    library: str, open_page: OpenPage, axe: Axe, shot: Shot
) -> None:
    page = open_page(library + asked(NONE))

    expect(page.get_by_role("region", name=NONE)).to_contain_text("The documents hold no answer to this.")
    expect(page.get_by_role("region", name=NONE)).to_contain_text("Chance that they do: low")
    expect(page.get_by_role("region", name="Nearest passages").get_by_role("listitem")).to_have_count(5)
    expect(page.get_by_role("status").first).to_have_text("The documents hold no answer to this.")
    assert axe(page)
    shot(page, "home-none")


def test_an_answer_has_an_address_and_back_and_forward_work(library: str, open_page: OpenPage) -> None:
    page = open_page(library)
    box = page.get_by_role("textbox", name="Your question")
    for text in (BAN, PLAN):
        box.fill(text)
        box.press("Enter")
        expect(page.get_by_role("region", name=text)).to_contain_text("Confidence")
    address = page.url

    page.go_back()
    expect(page.get_by_role("region", name=BAN)).to_contain_text("ZTE, a Chinese telecommunications company")
    assert question(page) == BAN
    page.go_back()
    expect(page.get_by_role("region", name="Try one of these")).to_be_visible()
    assert question(page) == ""
    assert page.title() == "Pincite"
    page.go_forward()
    page.go_forward()
    expect(page.get_by_role("region", name=PLAN)).to_contain_text("1953")
    assert page.url == address
    other = open_page(address)
    expect(other.get_by_role("region", name=PLAN)).to_contain_text("1953")
    assert question(other) == PLAN


def test_an_answer_is_copied_with_its_sources(library: str, open_page: OpenPage) -> None:
    page = open_page(library + asked(BAN))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy answer").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")

    assert copied.startswith(f"{BAN}\n\nZTE, a Chinese")
    assert (
        f"[1] How Washington gave China its Sputnik moment, Did Washington overreach?, 2026-11-22\n    {library}"
        in copied
    )
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("status").first).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.url


def test_a_passage_is_shown_in_part_and_whole_on_demand(library: str, open_page: OpenPage) -> None:
    page = open_page(library + asked(BAN))
    item = page.get_by_role("region", name="Passages").get_by_role("listitem").first
    text = item.locator(".passage-text")
    expect(text).to_have_text(re.compile(" …$"))
    part = text.inner_text()
    item.get_by_role("button", name="Whole passage").click()
    expect(text).to_have_text(re.compile("two apps.$"))

    assert text.inner_text().startswith(part.removesuffix(" …"))
    item.get_by_role("button", name="Whole passage").click()
    assert text.inner_text() == part


@pytest.mark.parametrize("phone", [False, True])
@pytest.mark.parametrize("dark", [False, True])
def test_phones_and_darkness(
    library: str, open_page: OpenPage, axe: Axe, shot: Shot, *, phone: bool, dark: bool
) -> None:
    name = f"{'phone' if phone else 'desktop'}{'-dark' * dark}"
    page = open_page(library, phone=phone, dark=dark)
    box = page.get_by_role("textbox", name="Your question")
    expect(page.get_by_role("region", name="Try one of these")).to_be_visible()
    assert (box.evaluate("(box) => box === document.activeElement")) is not phone
    shot(page, f"home-start-{name}")
    box.fill(BAN)
    box.press("Enter")
    expect(page.get_by_role("region", name="Passages")).to_be_visible()

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert axe(page)
    shot(page, f"home-answer-{name}")


@pytest.mark.parametrize("zoom", [2, 4])
@pytest.mark.parametrize(
    "text", ["When was the steamship company founded in Vienna?", LONG, "متى بنيت منارة الإسكندرية؟"]
)
def test_nothing_is_cut_off_when_it_is_large_or_long_or_from_right_to_left(
    library: str, open_page: OpenPage, axe: Axe, zoom: float, text: str
) -> None:
    page = open_page(
        library + asked(text, collection="books", tag=LONG)
        if zoom == 2
        else library + asked(text, collection="books", explain="1"),
        zoom=zoom,
    )
    page.get_by_role("button", name="Options").click()
    expect(page.get_by_role("group", name="Tags")).to_be_visible()
    expect(page.locator(".evidence")).to_be_visible()

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert axe(page)


def test_an_answer_from_right_to_left_is_set_from_right_to_left(library: str, open_page: OpenPage, shot: Shot) -> None:
    page = open_page(library + asked("متى بنيت منارة الإسكندرية؟", collection="books"))
    cites = page.get_by_role("button", name=re.compile("^Citation [12]: "))
    expect(cites).to_have_count(2)
    text = page.locator(".answer .text")

    quote = text.locator("bdi").first.bounding_box()
    number = cites.first.bounding_box()
    assert text.evaluate("(text) => getComputedStyle(text).direction") == "rtl"
    assert quote is not None
    assert number is not None
    assert number["x"] < quote["x"] + quote["width"] / 2
    shot(page, "home-right-to-left")


def test_a_number_stands_on_the_line_of_its_quotes_end(library: str, open_page: OpenPage) -> None:
    page = open_page(library + asked(BAN))
    cite = page.get_by_role("button", name=re.compile("^Citation 1: "))
    expect(cite).to_be_visible()

    apart = """(cite) => {
      const quote = cite.closest("p").querySelector("bdi").getClientRects();
      return cite.getBoundingClientRect().top > quote[quote.length - 1].bottom;
    }"""
    for width in range(320, 420, 8):
        page.set_viewport_size({"width": width, "height": 800})
        assert not cite.evaluate(apart), width


def test_the_question_is_read_above_its_answer_as_soon_as_the_box_holds_another(
    library: str, open_page: OpenPage
) -> None:
    page = open_page(library + asked(BAN))
    button = page.get_by_role("button", name="Explain")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    heading = page.get_by_role("heading", name=BAN)
    expect(heading).to_have_class("unseen")
    page.get_by_role("textbox", name="Your question").fill("What else?")
    button.click()

    expect(heading).not_to_have_class("unseen")
    assert question(page) == "What else?"


def test_it_speaks_another_language(library: str, open_page: OpenPage, axe: Axe, shot: Shot) -> None:
    page = open_page(library, locale="de-AT")
    expect(page.get_by_role("heading", level=1)).to_have_text("Fragen Sie Ihre Dokumente")
    page.goto(library + asked(BAN, lang="de", explain="1"))
    expect(page.get_by_role("region", name="Stellen")).to_contain_text("Beleg 1")
    expect(page.get_by_role("region", name="Stellen")).to_contain_text(re.compile(r"0,\d\d"))

    assert page.locator("html").get_attribute("lang") == "de"
    assert axe(page)
    shot(page, "home-german")
    page.get_by_role("button", name="Erklären").first.click()
    expect(page.get_by_role("button", name="Erklären").first).to_have_attribute("aria-pressed", "false")
    assert "lang=de" in page.url
    other = open_page(library, locale="ar")
    expect(other.get_by_role("heading", level=1)).to_have_text("Ask your documents")
    assert other.locator("html").get_attribute("lang") == "en"


def test_documents_are_never_html(library: str, open_page: OpenPage, axe: Axe) -> None:
    page = open_page(library + asked("Who built the lighthouse of Pharos?", collection="books", explain="1"))
    page.get_by_role("button", name="Options").click()
    page.get_by_role("button", name=re.compile("^Citation 1: ")).click()
    passages = page.get_by_role("region", name="Passages")
    expect(passages).to_contain_text(f"Sostratus of Cnidus {MARKUP} in the third century.")
    page.get_by_label("Find in: Authors").fill("eve")
    page.get_by_role("checkbox", name=re.compile("^Eve ")).check()
    expect(page.get_by_role("button", name=re.compile("^Remove the filter author: Eve"))).to_be_visible()
    page.get_by_role("checkbox", name=f"Lighthouses {MARKUP}").check()
    expect(passages.get_by_role("listitem")).to_have_count(1)

    assert page.locator("body script, b, main img, svg[onload], [onerror]").count() == 0
    assert page.locator("a[href^='javascript']").count() == 0
    assert "harm" not in page.title()
    assert axe(page)


def test_what_stands_in_the_address_is_never_html(library: str, open_page: OpenPage) -> None:
    page = open_page(library + asked(MARKUP, collection='x"><b>', tag="<b>x</b>", k="999", published_from="soon"))
    expect(page.get_by_role("region", name=MARKUP)).to_be_visible()

    assert question(page) == MARKUP
    assert page.locator("b, main img").count() == 0

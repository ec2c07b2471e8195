"""The page at /: collections, filters, how many passages, and what explains them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import OpenPage
from tests.browser.test_home import BAN, asked

Axe = Callable[[Page], int]
Shot = Callable[..., Path]
SPUTNIK = "How Washington gave China its Sputnik moment"
BOTH = "What did ZTE's ban cause, and when did the first five-year plan take effect?"


def parameters(page: Page) -> dict[str, list[str]]:
    """Return what the page's address says."""
    return parse_qs(urlsplit(page.url).query)


def passages(page: Page) -> list[str]:
    """Return the titles of the documents whose passages are listed."""
    return page.locator(".evidence .card-title").all_inner_texts()


def test_one_collection_offers_no_choice(service: str, open_page: OpenPage) -> None:
    page = open_page(service + asked(BAN))
    expect(page.get_by_role("region", name="Passages")).to_be_visible()

    expect(page.get_by_role("combobox", name="Collection")).to_have_count(0)


def test_another_collection_is_asked(library: str, open_page: OpenPage) -> None:
    page = open_page(library)
    examples = page.get_by_role("region", name="Try one of these")
    expect(examples).to_be_visible()
    page.get_by_role("combobox", name="Collection").select_option("books")
    expect(examples).to_have_count(0)
    page.get_by_role("textbox", name="Your question").fill("Who built the lighthouse of Pharos?")
    page.keyboard.press("Enter")
    expect(page.locator(".evidence .card-title").first).to_contain_text("Lighthouses")

    assert parameters(page)["collection"] == ["books"]
    page.get_by_role("combobox", name="Collection").select_option("default")
    expect(page.locator(".evidence .card-title").first).not_to_contain_text("Lighthouses")
    page.go_back()
    expect(page.locator(".evidence .card-title").first).to_contain_text("Lighthouses")
    expect(page.get_by_role("combobox", name="Collection")).to_have_value("books")


def test_filters_are_applied_shown_and_removed(library: str, open_page: OpenPage, axe: Axe, shot: Shot) -> None:
    page = open_page(library + asked(BAN))
    page.get_by_role("button", name="Options").click()
    page.get_by_role("group", name="Tags").get_by_role("checkbox", name="export controls").check()
    page.get_by_label("Published from").fill("2026-01-01")
    page.get_by_label("Published from").blur()
    filters = page.get_by_role("group", name="Filters: 2")
    expect(filters.get_by_role("button")).to_have_text(["tag: export controls", "from: 2026-01-01", "Clear"])
    expect(page.locator(".evidence .card-title")).to_have_text([SPUTNIK] * 5)

    assert parameters(page) == {"q": [BAN], "tag": ["export controls"], "published_from": ["2026-01-01"]}
    expect(page.get_by_role("button", name="Options · filters: 2")).to_be_visible()
    assert axe(page)
    shot(page, "home-filters")
    page.get_by_role("button", name="Remove the filter tag: export controls").click()
    expect(page.get_by_role("button", name="Remove the filter from: 2026-01-01")).to_be_focused()
    expect(page.get_by_role("checkbox", name="export controls")).not_to_be_checked()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Options", exact=True)).to_be_focused()
    expect(page.get_by_label("Published from")).to_have_value("")
    expect(page.locator(".evidence .card-title", has_text="Catch up and surpass").first).to_be_visible()
    page.go_back()
    page.go_back()
    expect(page.get_by_role("checkbox", name="export controls")).to_be_checked()


def test_filters_of_a_shared_address_are_named_as_people_know_them(library: str, open_page: OpenPage) -> None:
    page = open_page(library + asked(BAN, document_id="chinas-sputnik-moment", author="Nobody", k="3"))
    expect(page.get_by_role("button", name=f"Remove the filter document: {SPUTNIK}")).to_be_visible()
    expect(page.get_by_role("region", name="Nearest passages")).to_contain_text("No document fits the filters.")

    page.get_by_role("button", name="Remove the filter author: Nobody").click()
    expect(page.locator(".evidence .card-title")).to_have_text([SPUTNIK] * 3)
    page.get_by_role("button", name="Options").click()
    expect(page.get_by_role("checkbox", name=SPUTNIK)).to_be_checked()
    expect(page.get_by_label("Passages to list")).to_have_value("3")


def test_all_filters_are_cleared_at_once(library: str, open_page: OpenPage) -> None:
    page = open_page(library + asked(BAN, tag="china", published_to="2030-01-01"))
    page.get_by_role("button", name="Clear").click()

    expect(page.get_by_role("button", name="Options", exact=True)).to_be_focused()
    assert parameters(page) == {"q": [BAN]}


def test_days_in_the_wrong_order_are_explained(library: str, open_page: OpenPage, faults: object) -> None:
    page = open_page(library + asked(BAN, published_from="2026-02-02", published_to="2026-01-01"))
    faults.expect("422")  # type: ignore[attr-defined]

    expect(page.get_by_role("region", name=BAN)).to_contain_text("the last day, 2026-01-01, comes before the first")


def test_many_choices_are_narrowed_by_typing(library: str, open_page: OpenPage, axe: Axe) -> None:
    page = open_page(f"{library}/?collection=books")
    page.get_by_role("button", name="Options").click()
    documents = page.get_by_role("group", name="Documents")
    expect(documents.get_by_role("checkbox")).to_have_count(12)
    expect(documents).to_contain_text("22 more: type to find them")
    page.get_by_label("Find in: Documents").fill("volume 2")
    expect(documents.get_by_role("checkbox")).to_have_count(10)
    documents.get_by_role("checkbox", name="Volume 23").check()
    page.get_by_label("Find in: Documents").fill("nothing like it")
    expect(documents.get_by_role("checkbox")).to_have_count(1)
    expect(documents).to_contain_text("None like that")

    assert parameters(page)["document_id"] == ["volume-23"]
    page.get_by_label("Find in: Tags").fill("TOWER")
    expect(page.get_by_role("checkbox", name="towers 2")).to_be_visible()
    assert axe(page)


def test_documents_beyond_those_listed_are_found_by_title(library: str, open_page: OpenPage) -> None:
    page = open_page(library)

    def in_small_pages(route: Route) -> None:
        route.continue_(url=route.request.url.replace("limit=1000", "limit=2"))

    page.route("**/v1/documents?*", in_small_pages)
    page.get_by_role("combobox", name="Collection").select_option("books")
    page.get_by_role("button", name="Options").click()
    expect(page.locator(".options")).to_contain_text("Authors and tags are those of 10 of 34 documents.")
    page.get_by_label("Find in: Documents").fill("Volume 30")

    page.get_by_role("checkbox", name="Volume 30").check()
    expect(page.get_by_role("button", name="Remove the filter document: Volume 30")).to_be_visible()


def test_how_many_passages_are_listed(library: str, open_page: OpenPage) -> None:
    page = open_page(library + asked(BAN))
    page.get_by_role("button", name="Options").click()
    page.get_by_label("Passages to list").fill("2")
    page.get_by_label("Passages to list").press("Tab")

    expect(page.locator(".evidence .card-title")).to_have_count(2)
    assert parameters(page)["k"] == ["2"]
    page.get_by_label("Passages to list").fill("1000")
    page.get_by_label("Passages to list").press("Tab")
    assert parameters(page)["k"] == ["2"]


@pytest.mark.parametrize("phone", [False, True])
def test_the_order_is_explained(library: str, open_page: OpenPage, axe: Axe, shot: Shot, *, phone: bool) -> None:
    page = open_page(library + asked(BAN), phone=phone)
    button = page.get_by_role("region", name="Passages").get_by_role("button", name="Explain")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(button).to_be_focused()
    answer = httpx.post(f"{library}/v1/ask", json={"question": BAN, "explain": True}).raise_for_status().json()
    best = answer["passages"][0]
    table = page.get_by_role("table", name="Score").first
    numbers = [best["score"], *best["explanation"]["signals"].values()]

    assert [float(text) for text in table.locator(".number").all_inner_texts()] == pytest.approx(numbers, abs=0.006)
    lengths = table.locator(".bar").evaluate_all("(bars) => bars.map((bar) => +bar.style.getPropertyValue('--length'))")
    assert lengths == pytest.approx([min(max(number, 0), 1) for number in numbers])
    item = page.get_by_role("region", name="Passages").get_by_role("listitem").first
    words = [
        best["text"][m["start"] - best["start"] : m["end"] - best["start"]] for m in best["explanation"]["matches"]
    ]
    assert item.locator("u").all_inner_texts() == words
    span = best["explanation"]["best_span"]
    assert (
        "".join(item.locator("mark").all_inner_texts())
        == best["text"][span["start"] - best["start"] : span["end"] - best["start"]]
    )
    assert item.locator(".passage-text").inner_text() == best["text"]
    expect(page.get_by_role("table", name="Time").get_by_role("row")).to_have_count(1 + len(answer["timings_ms"]))
    page.get_by_text("What the signals mean").click()
    expect(page.get_by_role("definition")).to_have_count(7)
    assert parameters(page)["explain"] == ["1"]
    assert axe(page)
    shot(page, f"home-explain{'-phone' * phone}", whole=phone)
    button.click()
    expect(page.get_by_role("table", name="Score")).to_have_count(0)


def test_marks_are_right_among_emoji(library: str, open_page: OpenPage) -> None:
    text = "How many honey cakes does the guild of Ulm serve at midsummer?"
    page = open_page(library + asked(text, collection="books", explain="1"))
    item = page.get_by_role("region", name="Passages").get_by_role("listitem").first

    expect(item.locator("u")).to_have_text(["Cake", "guild", "Ulm", "serves", "honey", "cakes", "midsummer"])
    expect(item.locator("mark")).to_contain_text("👩‍🍳👩‍🍳 forty honey cakes")


def test_a_question_of_two_parts_has_an_answer_for_each(
    library: str, open_page: OpenPage, axe: Axe, shot: Shot
) -> None:
    page = open_page(library + asked(BOTH))

    expect(page.get_by_role("button", name=re.compile("^Citation [12]: "))).to_have_count(2)
    expect(page.get_by_role("heading", level=3)).to_have_count(2)
    assert axe(page)
    shot(page, "home-parts")

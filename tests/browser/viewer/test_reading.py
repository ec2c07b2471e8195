"""A document as it is set for reading."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.viewer.conftest import HOSTILE, HOSTILE_ID, ODD_ID, Archive, shown

Axe = Callable[[Page], int]
Shot = Callable[..., Path]

_BLOCKS = "blocks => blocks.map((block) => [Number(block.id.slice(2)), block.textContent])"
_PAGES = """pages => pages.map((page) => {
  const block = page.closest("[id^=p-]"), before = document.createRange();
  before.setStart(block, 0);
  before.setEndBefore(page);
  return [page.dataset.page, Number(block.id.slice(2)) + [...before.toString()].length];
})"""


@pytest.mark.parametrize("document", ["rules", "silt", ODD_ID, HOSTILE_ID])
def test_blocks_hold_the_canonical_text_and_are_named_by_where_they_begin(
    archive: Archive, open_page: OpenPage, document: str
) -> None:
    text = archive.document(document)["text"]
    page = shown(open_page(archive.url(document)))

    blocks = page.locator("[id^=p-]").evaluate_all(_BLOCKS)

    assert "\n\n".join(content for _, content in blocks) == text
    assert all(text[start:].startswith(content) for start, content in blocks)


def test_what_is_known_of_a_document_stands_below_its_title(archive: Archive, open_page: OpenPage) -> None:
    page = shown(open_page(archive.url("rules")))
    link = page.get_by_role("link", name="Original at www.example.org")

    expect(page).to_have_title("Harbour rules · Pincite")
    expect(page.get_by_role("heading", level=1)).to_have_text("Harbour rules")
    expect(page.get_by_text("Ada Ames, Bo Berg")).to_be_visible()
    expect(page.locator("time")).to_have_text("May 17, 2024")
    expect(link).to_have_attribute("href", "https://www.example.org/rules?part=1")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(page.get_by_role("list", name="Tags").get_by_role("listitem")).to_have_count(3)


def test_blocks_are_set_as_what_they_are(archive: Archive, open_page: OpenPage, axe: Axe, shot: Shot) -> None:
    page = shown(open_page(archive.url("rules")))
    headings = page.locator("article").get_by_role("heading")
    boats = page.get_by_role("table").get_by_role("row").nth(1).get_by_role("cell")

    levels = headings.evaluate_all("headings => headings.map((heading) => heading.localName)")
    assert levels == ["h1", "h2", "h3", "h4", "h2", "h2", "h2"]
    expect(page.locator("article ul[id] li")).to_have_text(
        ["The bridge opens at noon every day.", "The lock closes at dusk.", "In June the lock never closes."]
    )
    assert "mono" in page.locator("pre").evaluate("(code) => getComputedStyle(code).fontFamily")
    assert [cell.strip(" |\n") for cell in boats.all_text_contents()] == [
        "Heron",
        "12 m",
        "Fastest of the fleet, kept at the northern quay",
    ]
    hebrew = page.locator("p", has_text="זוהי")
    assert hebrew.evaluate("(paragraph) => getComputedStyle(paragraph).direction") == "rtl"
    assert axe(page)
    shot(page, "viewer-kinds", whole=True)


def test_contents_lead_to_sections_and_mark_the_one_that_is_read(archive: Archive, open_page: OpenPage) -> None:
    page = shown(open_page(archive.url("silt")))
    contents = page.get_by_role("navigation", name="Contents")
    third = contents.get_by_role("link", name="Chapter 3")

    expect(contents.locator("[aria-current=location]")).to_have_text("Chapter 1")
    third.click()
    expect(contents.locator("[aria-current=location]")).to_have_text("Chapter 3")
    expect(page.get_by_role("heading", name="Chapter 3")).to_be_in_viewport()
    page.keyboard.press("Home")
    expect(contents.locator("[aria-current=location]")).to_have_text("Chapter 1")
    page.keyboard.press("End")
    expect(contents.locator("[aria-current=location]")).to_have_text("Chapter 4")


def test_contents_are_nested_as_the_sections_are(archive: Archive, open_page: OpenPage) -> None:
    page = shown(open_page(archive.url("rules")))

    assert page.locator(".contents > details > ol > li > a").all_text_contents() == ["Lists", "Code", "Boats", "עברית"]
    expect(page.locator(".contents ol ol ol a")).to_have_text("Deepest")


def test_on_a_phone_contents_are_folded(archive: Archive, open_page: OpenPage, axe: Axe, shot: Shot) -> None:
    page = shown(open_page(archive.url("rules"), phone=True))
    link = page.get_by_role("link", name="Boats")

    expect(link).to_be_hidden()
    shot(page, "viewer-phone-top")
    page.get_by_text("Contents").click()
    assert axe(page)
    link.click()
    expect(link).to_be_hidden()
    expect(page.get_by_role("heading", name="Boats")).to_be_in_viewport()


@pytest.mark.parametrize("phone", [False, True])
def test_the_number_of_a_page_stands_where_it_begins(
    archive: Archive, open_page: OpenPage, axe: Axe, shot: Shot, *, phone: bool
) -> None:
    document = archive.document("silt")
    pages, starts = document["pages"], [passage["start"] for passage in document["passages"]]
    page = shown(open_page(archive.url("silt"), phone=phone))

    numbers = page.locator("[data-page]")

    assert numbers.evaluate_all(_PAGES) == [[f"page {number + 1}", start] for number, start in enumerate(pages)]
    broken = [start for start in pages if start not in starts and bisect_left(starts, start) > 0]
    assert broken, "no paragraph runs over a page break"
    numbers.nth(pages.index(broken[0])).scroll_into_view_if_needed()
    assert axe(page)
    shot(page, f"viewer-pdf-{'phone' if phone else 'desktop'}")


def test_nothing_of_a_document_is_html(archive: Archive, open_page: OpenPage, axe: Axe, shot: Shot) -> None:
    page = shown(open_page(archive.url(HOSTILE_ID)))

    expect(page.locator("article p").last).to_have_text(HOSTILE)
    expect(page.get_by_role("heading", level=1)).to_have_text("<script>window.hacked=1</script>")
    expect(page.locator("article :is(script, img, b, i, a)")).to_have_count(0)
    assert page.evaluate("window.hacked") is None
    assert axe(page)
    shot(page, "viewer-hostile")


def test_ids_may_hold_whatever_addresses_have_another_use_for(archive: Archive, open_page: OpenPage) -> None:
    page = shown(open_page(archive.url(ODD_ID)))

    expect(page.get_by_role("heading", level=1)).to_have_text("Kettles")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("phone", [False, True])
def test_axe_finds_nothing_in_any_light(
    service: str, open_page: OpenPage, axe: Axe, shot: Shot, *, phone: bool, dark: bool
) -> None:
    page = shown(open_page(f"{service}/documents/chinas-sputnik-moment", phone=phone, dark=dark))

    assert axe(page)
    shot(page, f"viewer-{'phone' if phone else 'desktop'}{'-dark' * dark}")


@pytest.mark.parametrize(("width", "zoom"), [(320, 1), (1280, 2), (1280, 4)])
def test_nothing_sticks_out_of_narrow_windows(archive: Archive, open_page: OpenPage, width: int, zoom: float) -> None:
    page = open_page(archive.cited("When are ferries free for children? When does the lock close?"), zoom=zoom)
    page.set_viewport_size({"width": round(width / zoom), "height": 400})
    shown(page)

    expect(page.locator("mark").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    bar = page.get_by_role("region", name="Cited passage").bounding_box()
    assert bar is not None
    assert bar["x"] >= 0
    assert bar["x"] + bar["width"] <= width / zoom


def test_the_first_stop_of_the_keyboard_leads_to_the_text(archive: Archive, open_page: OpenPage) -> None:
    page = shown(open_page(archive.url("rules")))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the text")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_be_focused()


@pytest.mark.parametrize("how", ["browser", "address"])
def test_the_page_speaks_a_second_language(archive: Archive, open_page: OpenPage, how: str) -> None:
    query, locale = ("?lang=de", None) if how == "address" else ("", "de-AT")
    page = shown(open_page(archive.url("rules", "#c=0-13", query), locale=locale))

    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_role("navigation", name="Inhalt")).to_be_visible()
    expect(page.get_by_role("button", name="Link kopieren")).to_be_visible()
    expect(page.locator("time")).to_have_text("17. Mai 2024")


def test_on_paper_there_is_the_text_with_its_mark_and_nothing_else(
    archive: Archive, open_page: OpenPage, shot: Shot
) -> None:
    start, end = archive.document("silt")["pages"][1] - 100, archive.document("silt")["pages"][1] + 100
    page = shown(open_page(archive.url("silt", f"#c={start}-{end}"), dark=True))
    page.emulate_media(media="print")

    style = page.locator("mark").first.evaluate(
        "(mark) => [getComputedStyle(mark).textDecorationLine, getComputedStyle(mark).color, "
        "getComputedStyle(document.body).backgroundColor]"
    )
    assert style == ["underline", "rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    expect(page.get_by_role("navigation")).to_be_hidden()
    expect(page.get_by_role("region", name="Cited passage")).to_be_hidden()
    expect(page.get_by_text(f"{archive.address}/documents/silt")).to_be_visible()
    expect(page.locator("[data-page]").nth(1)).to_be_visible()
    shot(page, "viewer-print", whole=True)


def test_a_large_document_is_all_there(archive: Archive, open_page: OpenPage) -> None:
    paragraph = "Silt settles where the river slows, and 🌊 floods carry it on. " * 4
    blocks = [f"{number}. {paragraph.strip()}" for number in range(20_000)]
    text = "\n\n".join(blocks)
    start = sum(len(block) + 2 for block in blocks[:15_000])
    # Such a document takes minutes to index, and is here about the page alone.
    told = archive.document("rules") | {
        "text": text,
        "characters": len(text),
        "headings": [],
        "blocks": [],
        "pages": [],
    }
    page = open_page("about:blank")
    page.route("**/v1/documents/large", lambda route: route.fulfill(json=told))
    page.goto(archive.url("large", f"#c={start}-{start + 20}"))
    shown(page)

    assert page.locator("[id^=p-]").count() == len(blocks)
    expect(page.locator("mark")).to_have_text(text[start : start + 20])
    expect(page.locator("mark")).to_be_in_viewport()

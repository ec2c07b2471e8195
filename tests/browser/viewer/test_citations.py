"""What an address names in a document: it is marked, brought to the middle, followed through an answer, and copied."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from index.documents import Document
from qa.references import Reference
from tests.browser.conftest import OpenPage
from tests.browser.faults import Faults
from tests.browser.viewer.conftest import HOSTILE_ID, ODD_ID, Archive, marks, shown

Axe = Callable[[Page], int]
Shot = Callable[..., Path]

TWO = "At what temperature does the odd kettle boil? When are ferries free for children?"
"""A question whose answer stands in two documents."""


@pytest.mark.parametrize(
    "question",
    [
        "When are ferries free for children?",
        "Who whistles twice?",
        "When does the lock close?",
        "How long is the Heron?",
        "What is the toll?",
        "Who keeps the password of the vault?",
        "At what temperature does the odd kettle boil?",
    ],
)
def test_the_very_characters_are_marked_that_an_answer_quotes(
    archive: Archive, open_page: OpenPage, question: str
) -> None:
    citation = archive.ask(question)["citations"][0]
    page = shown(open_page(archive.cited(question)))

    assert "".join(marks(page)) == citation["cited_text"]
    expect(page.locator("mark").first).to_be_in_viewport()
    expect(page.locator("mark").first).to_be_focused()


def test_a_mark_may_run_over_headings_lists_tables_and_code(
    archive: Archive, open_page: OpenPage, axe: Axe, shot: Shot
) -> None:
    text = archive.document("rules")["text"]
    start, end = text.index("👩"), text.index("kept at")
    page = shown(open_page(archive.url("rules", f"#c={start}-{end}")))

    # What separates blocks stands in none of them.
    assert "".join(marks(page)) == text[start:end].replace("\n\n", "")
    assert axe(page)
    shot(page, "viewer-long-mark", whole=True)


def test_a_mark_runs_over_the_break_of_a_page(archive: Archive, open_page: OpenPage) -> None:
    document = archive.document("silt")
    start, end = document["pages"][1] - 30, document["pages"][1] + 30
    page = shown(open_page(archive.url("silt", f"#c={start}-{end}")))

    assert "".join(marks(page)) == document["text"][start:end]
    expect(page.locator("mark + [data-page]")).to_have_attribute("data-page", "page 2")


def test_what_is_cited_stands_in_the_middle_and_marks_its_section(
    service: str, open_page: OpenPage, axe: Axe, shot: Shot
) -> None:
    archive = Archive(service)
    for name, phone, dark in (
        ("desktop", False, False),
        ("dark", False, True),
        ("phone", True, False),
        ("phone-dark", True, True),
    ):
        page = shown(open_page(archive.cited("What did ZTE's ban cause?"), phone=phone, dark=dark))
        middle = page.locator("mark").evaluate(
            "(mark) => { const box = mark.getBoundingClientRect(); return (box.top + box.bottom) / 2 / innerHeight; }"
        )

        assert 0.3 < middle < 0.7
        assert axe(page)
        shot(page, f"viewer-cited-{name}")
    expect(page.locator("[aria-current=location]")).to_have_text("Did Washington overreach?")


def test_another_place_in_the_address_is_another_mark(archive: Archive, open_page: OpenPage) -> None:
    page = shown(open_page(archive.url("rules", "#c=0-7")))
    assert marks(page) == ["Harbour"]

    page.evaluate("location.hash = '#c=8-13'")
    expect(page.locator("mark")).to_have_text("rules")
    page.go_back()
    expect(page.locator("mark")).to_have_text("Harbour")


def test_a_paragraph_may_be_named(archive: Archive, open_page: OpenPage) -> None:
    start = archive.document("silt")["headings"][2]["start"]
    page = shown(open_page(archive.url("silt", f"#p-{start}")))

    expect(page.get_by_role("heading", name="Chapter 3")).to_be_in_viewport()
    expect(page.locator("mark")).to_have_count(0)
    expect(page.get_by_role("region", name="Cited passage")).to_be_hidden()


def test_contents_leave_the_mark_where_it_is(archive: Archive, open_page: OpenPage) -> None:
    page = shown(open_page(archive.url("silt", "#c=0-3")))
    page.get_by_role("link", name="Chapter 3").click()
    expect(page.locator("[aria-current=location]")).to_have_text("Chapter 3")
    expect(page.locator("mark")).not_to_be_in_viewport()

    page.get_by_role("button", name="Cited passage").click()
    expect(page.locator("mark")).to_be_in_viewport()


@pytest.mark.parametrize("fragment", ["#c=1000000-1000001", "#c=x", "#c=9-3", "#c=0-100000"])
def test_a_place_that_is_not_there_is_said_and_the_document_shown(
    archive: Archive, open_page: OpenPage, axe: Axe, shot: Shot, fragment: str
) -> None:
    page = shown(open_page(archive.url("rules", fragment)))

    expect(page.get_by_role("heading", level=1)).to_have_text("Harbour rules")
    expect(page.get_by_role("status")).to_contain_text("names a place that this document does not have")
    expect(page.locator("mark")).to_have_count(0)
    assert axe(page)
    shot(page, "viewer-nowhere")


def _earlier(archive: Archive, text: str, quote: str, document: str = "rules") -> str:
    """Return the address of a citation made when a document had another text."""
    start = text.index(quote)
    end = start + len(quote)
    reference = Reference.of("default", Document(document, "A title", text), start, end).encode()
    return archive.url(document, f"#c={start}-{end}&with={reference}")


def test_a_quote_that_has_moved_is_marked_where_it_stands_now(
    archive: Archive, open_page: OpenPage, axe: Axe, shot: Shot
) -> None:
    quote = "The lock closes at dusk."
    page = shown(open_page(_earlier(archive, f"An old text. {quote}", quote)))

    assert marks(page) == [quote]
    expect(page.get_by_role("status")).to_contain_text("has changed since it was cited. The passage is marked where")
    assert axe(page)
    shot(page, "viewer-moved")


def test_a_quote_that_a_document_no_longer_holds_is_said(
    archive: Archive, open_page: OpenPage, axe: Axe, shot: Shot
) -> None:
    page = shown(open_page(_earlier(archive, "The lock closes at noon.", "The lock closes at noon.")))

    expect(page.get_by_role("status")).to_contain_text("no longer holds the passage")
    expect(page.locator("mark")).to_have_count(0)
    assert axe(page)
    shot(page, "viewer-stale")


def test_references_that_are_none_are_passed_over(archive: Archive, open_page: OpenPage, faults: Faults) -> None:
    faults.expect("^console error: Failed to load resource: .* 422")
    page = shown(open_page(archive.url("rules", "#c=0-7&with=nonsense")))

    assert marks(page) == ["Harbour"]


def test_the_citations_of_an_answer_are_stepped_through_across_documents(
    archive: Archive, open_page: OpenPage, axe: Axe, shot: Shot
) -> None:
    quotes = [citation["cited_text"] for citation in archive.ask(TWO)["citations"]]
    page = shown(open_page(archive.cited(TWO)))
    following = page.get_by_role("button", name="Next citation")
    position = page.locator(".count")

    assert len(quotes) == 2
    assert marks(page) == quotes[:1]
    expect(position).to_have_text("Citation 1 of 2")
    expect(following).to_have_attribute("aria-keyshortcuts", "n")
    assert axe(page)
    shot(page, "viewer-steps")

    page.keyboard.press("n")
    expect(position).to_have_text("Citation 2 of 2")
    expect(page.get_by_role("heading", level=1)).to_have_text("Harbour rules")
    assert marks(page) == quotes[1:]
    expect(page.locator("mark")).to_be_focused()

    following.click()  # behind the last comes the first
    expect(position).to_have_text("Citation 1 of 2")
    page.keyboard.press("p")
    expect(position).to_have_text("Citation 2 of 2")
    page.go_back()
    expect(position).to_have_text("Citation 1 of 2")


def test_within_a_document_steps_do_not_load_it_again(archive: Archive, open_page: OpenPage) -> None:
    question = "When are ferries free for children? When does the bridge open?"
    page = shown(open_page(archive.cited(question)))
    page.evaluate("window.same = true")

    page.keyboard.press("n")
    expect(page.locator(".count")).to_have_text("Citation 2 of 2")
    expect(page.locator("mark")).to_have_text(archive.ask(question)["citations"][1]["cited_text"])
    assert page.evaluate("window.same")


def test_from_a_document_that_is_gone_the_other_citations_are_reached(
    archive: Archive, open_page: OpenPage, faults: Faults, axe: Axe, shot: Shot
) -> None:
    faults.expect("^console error: Failed to load resource: .* 404")
    gone = Reference.of("default", Document("gone", "Gone", "It is gone."), 0, 11).encode()
    there = archive.ask("When does the lock close?")["citations"][0]
    page = open_page(archive.url("gone", f"#c=0-11&with={gone},{there['reference']}"))
    expect(page.get_by_role("heading", name="There is no such document")).to_be_visible()
    assert axe(page)
    shot(page, "viewer-gone")

    page.get_by_role("button", name="Next citation").click()
    expect(page.locator("mark")).to_have_text(there["cited_text"])


def test_keys_of_one_letter_can_be_turned_off(archive: Archive, open_page: OpenPage) -> None:
    page = shown(open_page(archive.cited(TWO)))
    page.get_by_role("checkbox", name="The keys n and p step through the citations").uncheck()
    page.reload()
    shown(page)
    expect(page.get_by_role("checkbox")).not_to_be_checked()
    page.keyboard.press("n")
    page.get_by_role("button", name="Next citation").click()

    expect(page.locator(".count")).to_have_text("Citation 2 of 2")  # two steps would lead back to the first


def test_links_are_copied(archive: Archive, open_page: OpenPage) -> None:
    page = shown(open_page(archive.cited("When does the lock close?")))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link").click()

    expect(page.get_by_role("status")).to_contain_text("The link is copied.")
    assert page.evaluate("navigator.clipboard.readText()") == page.url


@pytest.mark.parametrize("fragment", ["", "#c=0-7"])
def test_a_link_to_what_somebody_selected_marks_it(
    archive: Archive, open_page: OpenPage, axe: Axe, fragment: str
) -> None:
    document = archive.document("rules")
    page = shown(open_page(archive.url("rules", fragment)))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate(
        """() => {
          const text = document.querySelector(".text p").firstChild, cell = document.querySelectorAll("td")[3];
          getSelection().setBaseAndExtent(text, text.data.indexOf("👩"), cell.firstChild, 5);
        }"""
    )
    assert axe(page)
    page.get_by_role("button", name="Copy link to selection").click()
    expect(page.get_by_role("status")).to_contain_text("The link is copied.")
    page.goto(page.evaluate("navigator.clipboard.readText()"))

    start, end = document["text"].index("👩"), document["text"].index("Heron") + len("Heron")
    expect(page.locator("mark").first).to_contain_text("👩")
    assert page.url.endswith(f"#c={start}-{end}")


def test_where_nothing_may_be_copied_that_is_said(archive: Archive, open_page: OpenPage) -> None:
    page = shown(open_page(archive.url("rules", "#c=0-7")))
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")  # as without TLS
    page.get_by_role("button", name="Copy link").click()

    expect(page.get_by_role("status")).to_contain_text("the address of this page is the link")


def test_the_original_is_linked_where_the_quote_stands(archive: Archive, open_page: OpenPage) -> None:
    page = shown(open_page(archive.cited("When are ferries free for children?")))
    expect(page.get_by_role("region", name="Cited passage").get_by_role("link", name="Original")).to_have_attribute(
        "href", re.compile(r"^https://www\.example\.org/rules\?part=1#:~:text=Ferries%20are%20free%20for")
    )

    page = shown(open_page(archive.cited("Who keeps the password of the vault?")))
    expect(page.get_by_role("link", name="Original")).to_have_count(0)


def test_the_mark_can_be_taken_away(archive: Archive, open_page: OpenPage) -> None:
    page = shown(open_page(archive.url("rules", "#c=0-7")))
    page.get_by_role("button", name="Take away the mark").click()

    expect(page.locator("mark")).to_have_count(0)
    expect(page.get_by_role("region", name="Cited passage")).to_be_hidden()
    assert page.url == archive.url("rules")


def test_the_links_that_the_modules_make_open_the_viewer(archive: Archive, open_page: OpenPage) -> None:
    page = open_page(archive.url("rules"))
    for document in (ODD_ID, HOSTILE_ID):
        address = page.evaluate(
            """async ([base, document]) => {
              const { viewerUrl } = await import("/web/any/links.js");
              return viewerUrl(base, { document, start: 0, end: 3 });
            }""",
            [f"{archive.address}/", document],
        )
        page.goto(address)
        assert marks(shown(page)) == [archive.document(document)["text"][:3]]

"""The page at /: the command that asks the same, run by a real shell; and the widget's tag."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import KeyedService, OpenPage
from tests.browser.faults import Faults
from tests.browser.test_home import BAN, asked

Axe = Callable[[Page], int]


def code(page: Page, fold: str) -> str:
    """Open a fold, and return the last code in it."""
    page.get_by_text(fold, exact=True).click()
    return page.locator("details", has_text=fold).locator("pre").last.inner_text()


def run(command: str, **variables: str) -> dict[str, Any]:
    """Run a command in a shell, and return the JSON that it prints."""
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    "question",
    [
        BAN,
        "What did \"ZTE's\" ban 'cause'?",
        "What did ZTE's ban cause? 🚀👩‍🍳 $HOME ${PATH} $(echo x) `echo y` !! \\n \\ % @file",
        "What did ZTE's ban\ncause?\n\nEOF",
        "'; echo '{}' #",
        "<b>ZTE</b> & > /dev/null | cat",
    ],
)
def test_the_shell_asks_the_same(library: str, open_page: OpenPage, question: str) -> None:
    page = open_page(library)
    box = page.get_by_role("textbox", name="Your question")
    box.fill(question)
    box.press("Enter")
    expect(page.locator(".evidence")).to_be_visible()
    answer = run(code(page, "The same with curl"))

    assert answer["question"] == question
    shown = page.locator(".answer bdi").all_inner_texts()
    assert shown == [citation["cited_text"] for citation in answer["citations"]]
    titles = page.locator(".evidence .card-title").all_inner_texts()
    assert titles == [passage["document_title"] for passage in answer["passages"]]


def test_the_shell_asks_in_the_same_way(library: str, open_page: OpenPage, axe: Axe) -> None:
    page = open_page(
        library
        + asked("clocks", collection="books", k="3", explain="1", author="Author 07", published_from="1995-01-01")
    )
    expect(page.locator(".evidence .card-title")).to_have_count(2)
    answer = run(code(page, "The same with curl"))

    assert answer["collection"] == "books"
    assert [passage["document_title"] for passage in answer["passages"]] == page.locator(
        ".evidence .card-title"
    ).all_inner_texts()
    assert answer["passages"][0]["explanation"]["signals"]
    assert axe(page)


def test_the_line_is_copied(library: str, open_page: OpenPage) -> None:
    page = open_page(library + asked(BAN))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    line = code(page, "The same with curl")
    page.get_by_role("button", name="Copy the curl line").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()

    assert page.evaluate("navigator.clipboard.readText()") == line


def test_what_cannot_be_copied_is_marked(library: str, open_page: OpenPage) -> None:
    page = open_page(library + asked(BAN))
    line = code(page, "The same with curl")
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.get_by_role("button", name="Copy the curl line").click()

    expect(page.get_by_role("status").first).to_have_text("Marked: copy it with your keyboard")
    assert page.evaluate("getSelection().toString()") == line


def test_a_key_is_left_to_the_shell(keyed_service: KeyedService, open_page: OpenPage, faults: Faults) -> None:
    page = open_page(keyed_service.address + asked(BAN))
    faults.expect("^console error: Failed to load resource")
    page.get_by_label("API key").fill(keyed_service.read)
    page.keyboard.press("Enter")
    expect(page.locator(".evidence")).to_be_visible()
    line = code(page, "The same with curl")

    assert '-H "X-API-Key: $PINCITE_KEY"' in line
    assert keyed_service.read not in line
    assert run(line, PINCITE_KEY=keyed_service.read)["answerable"]


def test_the_widgets_tag_is_told(
    library: str, keyed_service: KeyedService, open_page: OpenPage, faults: Faults
) -> None:
    page = open_page(library)
    assert code(page, "Put it on your page") == f'<script type="module" src="{library}/widget.js"></script>'
    page = open_page(f"{library}/?collection=books")
    tag = f'<script type="module" src="{library}/widget.js" data-collection="books"></script>'
    assert code(page, "Put it on your page") == tag
    page = open_page(keyed_service.address)
    faults.expect("^console error: Failed to load resource")
    page.get_by_label("API key").fill(keyed_service.read)
    page.keyboard.press("Enter")
    assert re.search('data-key="pincite_pk_…"', code(page, "Put it on your page"))
    assert keyed_service.read not in page.content()

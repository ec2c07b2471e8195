"""docs/widget.md is compared with the widget, and its page is opened."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import KeyedService, OpenPage
from tests.browser.host import Host
from tests.browser.widget import ANSWER, Chat
from tests.conftest import ROOT

PAGE = (ROOT / "docs/widget.md").read_text(encoding="utf-8")
STATIC = ROOT / "api/static"
LISTED = re.findall(r'"\./(web/[a-z-]+\.js)"', (STATIC / "widget.js").read_text(encoding="utf-8"))
SCRIPTS = "\n".join((STATIC / name).read_text(encoding="utf-8") for name in LISTED)


def _first_column(heading: str) -> list[str]:
    """Return what stands in the first column of the table with such a head."""
    table = PAGE.split(f"| {heading} |", 1)[1].split("\n\n", 1)[0]
    return re.findall(r"`([a-z-]+)`", "\n".join(line.split("|")[1] for line in table.splitlines()[2:]))


def test_attributes_are_those_of_the_element() -> None:
    listed = re.search(r"ATTRIBUTES = \[(.*?)\]", SCRIPTS, re.DOTALL)

    assert listed
    assert _first_column("attribute") == re.findall(r'"([a-z-]+)"', listed.group(1))


def test_events_are_those_that_are_sent() -> None:
    assert sorted(_first_column("event")) == sorted(set(re.findall(r'emit\("(pincite-[a-z]+)"', SCRIPTS)))


def test_parts_are_those_of_its_elements() -> None:
    assert sorted(_first_column("part")) == sorted(set(re.findall(r'part: "([a-z-]+)"', SCRIPTS)))


def test_custom_properties_are_those_that_its_styles_read() -> None:
    assert _first_column("custom property") == sorted(set(re.findall(r"var\((--pincite-[a-z-]+)", SCRIPTS)))


def test_the_page_to_copy_works_under_its_policy(keyed_service: KeyedService, host: Host, open_page: OpenPage) -> None:
    example = re.search(r"```html\n(.*?)```", PAGE, re.DOTALL)
    policy = re.search(r"```\n(script-src .*?)\n```", PAGE)
    assert example
    assert policy
    html = example.group(1).replace("pincite_pk_…", keyed_service.publishable)
    html = html.replace("<title>", '<link rel="icon" href="data:,"><title>')  # or the browser asks for one
    address = "https://pincite.example.org"
    path = f"/example-{len(host.pages)}"
    host.pages[path] = (
        html.replace(address, keyed_service.address).encode(),
        {
            "Content-Type": "text/html",
            "Content-Security-Policy": policy.group(1).replace(address, keyed_service.address),
        },
    )
    chat = Chat(open_page(host.origin + path)).open()

    expect(chat.dialog.get_by_role("listitem")).to_have_text(["How do I get a refund?", "Who opens the gate?"])
    expect(chat.answer()).to_contain_text(ANSWER)

"""The page at /: stopped, offline, too many questions, a key that is missing, nothing indexed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from api.access.keys import Role
from api.access.store import KeyStore
from index.build import build
from index.collection import Collection
from index.settings import Settings
from tests.browser.conftest import KeyedService, OpenPage
from tests.browser.faults import Faults
from tests.browser.test_home import BAN, asked
from tests.conftest import Silent

Axe = Callable[[Page], int]
Shot = Callable[..., Path]
FAILED = "^console error: Failed to load resource"


def unanswered(_route: Route) -> None:
    """Leave a request without an answer."""


def test_a_question_is_stopped_and_asked_again(library: str, open_page: OpenPage, axe: Axe, shot: Shot) -> None:
    page = open_page(library)
    page.route("**/v1/ask", unanswered)
    box = page.get_by_role("textbox", name="Your question")
    box.fill(BAN)
    box.press("Enter")
    expect(page.get_by_role("region", name=BAN)).to_contain_text("Looking")
    expect(page.get_by_role("region", name=BAN)).to_have_attribute("aria-busy", "true")
    assert axe(page)
    shot(page, "home-waiting")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("region", name=BAN)).to_contain_text("Stopped.")
    assert axe(page)

    page.unroute("**/v1/ask")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("region", name=BAN)).to_contain_text("ZTE, a Chinese")
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()


def test_a_second_question_takes_the_place_of_one_that_is_waited_for(library: str, open_page: OpenPage) -> None:
    page = open_page(library)
    page.route("**/v1/ask", unanswered)
    page.get_by_role("region", name="Try one of these").get_by_role("button").first.click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    page.unroute("**/v1/ask")
    page.goto(library + asked(BAN))

    expect(page.get_by_role("region", name=BAN)).to_contain_text("ZTE, a Chinese")
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)


def test_a_service_out_of_reach_is_asked_again(
    library: str, open_page: OpenPage, faults: Faults, axe: Axe, shot: Shot
) -> None:
    page = open_page(library)
    expect(page.get_by_role("region", name="Try one of these")).to_be_visible()
    page.context.set_offline(True)
    box = page.get_by_role("textbox", name="Your question")
    box.fill(BAN)
    box.press("Enter")
    faults.expect(FAILED)
    expect(page.get_by_role("region", name=BAN)).to_contain_text("Pincite cannot be reached.")
    expect(page.get_by_role("status").first).to_contain_text("Pincite cannot be reached.")
    assert axe(page)
    shot(page, "home-offline")

    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("region", name=BAN)).to_contain_text("ZTE, a Chinese")


@pytest.fixture
def own_seeds(seeds_data: Path, tmp_path: Path) -> Path:
    """A data folder over the sample documents that has no keys yet."""
    for name in ("collections", "encoders"):
        (tmp_path / name).symlink_to(seeds_data / name)
    return tmp_path


def test_too_many_questions_say_when_to_go_on(
    own_seeds: Path, start_server: Callable[..., str], open_page: OpenPage, faults: Faults, *, axe: Axe, shot: Shot
) -> None:
    key = KeyStore(own_seeds).create("slow", Role.READ, rate=4)[1]
    page = open_page(start_server(own_seeds))
    faults.expect(FAILED)
    page.clock.install()
    page.get_by_label("API key").fill(key)
    page.get_by_role("button", name="Use this key").click()
    expect(page.get_by_role("button", name="Forget the key")).to_be_visible()
    expect(page.get_by_role("region", name="This service asks for a key")).to_have_count(0)
    box = page.get_by_role("textbox", name="Your question")
    for text in (BAN, f"{BAN} 2", f"{BAN} 3"):
        box.fill(text)
        box.press("Enter")
        expect(page.get_by_role("region", name=text)).to_contain_text(re.compile("Confidence|Chance|Too many"))
    page.clock.run_for(500)
    again = page.get_by_role("button", name=re.compile(r"^Try again in \d+ s$"))
    expect(again).to_be_disabled()
    expect(page.get_by_role("status").first).to_have_text("Too many questions in a short time.")
    assert axe(page)
    shot(page, "home-too-many")

    page.clock.run_for(61_000)
    expect(page.get_by_role("button", name="Try again", exact=True)).to_be_enabled()


def test_a_key_is_asked_for_kept_and_forgotten(
    keyed_service: KeyedService, open_page: OpenPage, faults: Faults, axe: Axe, shot: Shot
) -> None:
    page = open_page(keyed_service.address + asked(BAN))
    faults.expect(FAILED)
    field = page.get_by_label("API key")
    expect(field).to_be_focused()
    assert axe(page)
    shot(page, "home-key")
    field.fill("pincite_sk_wrong")
    field.press("Enter")
    expect(page.get_by_label("API key")).to_have_accessible_description(re.compile("did not accept this key"))
    expect(page.get_by_label("API key")).to_be_focused()
    page.get_by_label("API key").fill("schlüssel 🔑")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("did not accept this key")
    assert axe(page)

    page.get_by_label("API key").fill(keyed_service.read)
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name=BAN)).to_contain_text("ZTE, a Chinese")
    page.reload()
    expect(page.get_by_role("region", name=BAN)).to_contain_text("ZTE, a Chinese")
    assert keyed_service.read not in page.content()
    assert keyed_service.read not in page.url
    page.get_by_role("button", name="Forget the key").click()
    expect(page.get_by_label("API key")).to_be_focused()
    assert page.evaluate("localStorage.length") == 0
    expect(page.get_by_role("button", name="Forget the key")).to_have_count(0)


def test_a_publishable_key_asks_without_listing(
    own_seeds: Path, start_server: Callable[..., str], open_page: OpenPage, faults: Faults
) -> None:
    key = KeyStore(own_seeds).create("page", origins=frozenset({"https://www.example.org"}))[1]
    page = open_page(start_server(own_seeds) + asked(BAN))
    faults.expect(FAILED)
    page.get_by_label("API key").fill(key)
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name=BAN)).to_contain_text("ZTE, a Chinese")
    page.get_by_role("button", name="Options").click()

    expect(page.locator(".options")).to_contain_text("The documents cannot be listed with this key.")
    expect(page.get_by_role("combobox", name="Collection")).to_have_count(0)


def test_nothing_indexed_says_how_to_begin(
    empty_data: Path, start_server: Callable[..., str], open_page: OpenPage, faults: Faults, *, axe: Axe, shot: Shot
) -> None:
    key = KeyStore(empty_data).create("admin", Role.ADMIN)[1]
    page = open_page(start_server(empty_data))
    faults.expect(FAILED)
    page.get_by_label("API key").fill(key)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Nothing is indexed yet")).to_be_visible()
    expect(page.get_by_text("pincite index PATH", exact=True)).to_be_visible()
    assert axe(page)
    shot(page, "home-nothing")

    notes = empty_data / "notes.md"
    notes.write_text("# Canteen\n\nThe canteen opens at noon.\n", encoding="utf-8")
    build(Collection(empty_data, "laws"), [notes], Settings().model, Silent())
    page.reload()
    box = page.get_by_role("textbox", name="Your question")
    box.fill("When does the canteen open?")
    box.press("Enter")
    expect(page.get_by_role("region", name="When does the canteen open?")).to_contain_text("The canteen opens at noon.")


def test_a_collection_that_is_not_there_is_named(library: str, open_page: OpenPage, faults: Faults, axe: Axe) -> None:
    page = open_page(library + asked(BAN, collection="laws"))
    faults.expect(FAILED)
    expect(page.get_by_role("heading", name="There is no collection “laws”")).to_be_visible()
    expect(page.get_by_text("pincite index --collection laws PATH", exact=True)).to_be_visible()
    assert axe(page)

    page.get_by_role("combobox", name="Collection").select_option("default")
    expect(page.get_by_role("region", name=BAN)).to_contain_text("ZTE, a Chinese")


@pytest.mark.parametrize(("status", "kind"), [(500, "internal-error"), (503, "index-damaged")])
def test_what_the_service_says_is_said(
    library: str, open_page: OpenPage, faults: Faults, axe: Axe, *, status: int, kind: str
) -> None:
    page = open_page(library)
    problem = {
        "type": f"urn:pincite:problem:{kind}",
        "detail": "Ask whoever runs it.",
        "request_id": "abc123",
        "status": status,
    }
    page.route(
        "**/v1/ask", lambda route: route.fulfill(status=status, json=problem, content_type="application/problem+json")
    )
    box = page.get_by_role("textbox", name="Your question")
    box.fill(BAN)
    box.press("Enter")
    faults.expect(FAILED)

    expect(page.get_by_role("region", name=BAN)).to_contain_text("Ask whoever runs it.")
    expect(page.get_by_role("region", name=BAN)).to_contain_text("Request abc123")
    assert axe(page)

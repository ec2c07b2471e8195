"""What the viewer says where it may not, or cannot, show a document."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import KeyedService, OpenPage
from tests.browser.faults import Faults
from tests.browser.viewer.conftest import Archive, shown

Axe = Callable[[Page], int]
Shot = Callable[..., Path]

SPUTNIK = "/documents/chinas-sputnik-moment"
REFUSED = "^console error: Failed to load resource"
STORED = "localStorage.getItem('pincite-key')"


def _answering(status: int, kind: str = "", headers: dict[str, str] | None = None) -> Callable[[Route], None]:
    problem = {"type": f"urn:pincite:problem:{kind}", "status": status, "detail": "Said so.", "request_id": "r-1"}
    return lambda route: route.fulfill(
        status=status, json=problem, headers=headers, content_type="application/problem+json"
    )


def _refused(open_page: OpenPage, archive: Archive, answer: Callable[[Route], None]) -> Page:
    page = open_page("about:blank")
    page.route("**/v1/documents/rules", answer)
    page.goto(archive.url("rules", "#c=0-7"))
    return shown(page)


def test_a_key_is_asked_for_kept_and_forgotten(
    keyed_service: KeyedService, open_page: OpenPage, faults: Faults, axe: Axe, shot: Shot
) -> None:
    faults.expect(REFUSED)
    page = shown(open_page(keyed_service.address + SPUTNIK + "#c=0-8"))
    field = page.get_by_label("Key", exact=True)

    expect(page.get_by_role("heading", name="This document takes a key")).to_be_visible()
    expect(field).to_be_focused()
    assert axe(page)
    shot(page, "viewer-key")

    field.fill("pincite_sk_aaaaaaaa_wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("That key does not open this document.")
    expect(field).to_have_attribute("aria-invalid", "true")
    assert axe(page)
    assert page.evaluate(STORED) is None

    field.fill(keyed_service.read)
    page.get_by_role("button", name="Open").click()
    expect(page.locator("mark")).to_have_text("The best")
    assert page.evaluate(STORED) == keyed_service.read

    page.reload()
    expect(page.locator("mark")).to_have_text("The best")
    assert axe(page)
    page.get_by_role("button", name="Forget it").click()
    expect(field).to_be_visible()
    assert page.evaluate(STORED) is None


def test_a_publishable_key_in_the_address_opens_a_document_and_is_not_kept(
    keyed_service: KeyedService, open_page: OpenPage
) -> None:
    key = keyed_service.publishable
    page = shown(open_page(f"{keyed_service.address}{SPUTNIK}#c=0-8&key={key}"))

    expect(page.locator("mark")).to_have_text("The best")
    assert page.evaluate(STORED) is None
    page.get_by_role("link", name="Improbable partners").click()  # which is another address, without the key
    page.evaluate("location.hash = '#c=0-3'")
    expect(page.locator("mark")).to_have_text("The")


def test_a_publishable_key_does_not_take_the_place_of_the_one_that_is_kept(
    keyed_service: KeyedService, open_page: OpenPage
) -> None:
    page = open_page("about:blank")
    page.goto(f"{keyed_service.address}/docs")
    page.evaluate(f"localStorage.setItem('pincite-key', '{keyed_service.read}')")
    page.goto(f"{keyed_service.address}{SPUTNIK}#key={keyed_service.publishable}")
    shown(page)

    expect(page.get_by_role("heading", level=1)).to_contain_text("Sputnik")
    assert page.evaluate(STORED) == keyed_service.read


def test_a_secret_key_in_an_address_is_not_used(
    keyed_service: KeyedService, open_page: OpenPage, faults: Faults
) -> None:
    faults.expect(REFUSED)
    page = shown(open_page(f"{keyed_service.address}{SPUTNIK}#key={keyed_service.read}"))

    expect(page.get_by_label("Key", exact=True)).to_be_visible()


def test_the_key_goes_along_to_the_other_documents_of_an_answer(
    keyed_service: KeyedService, open_page: OpenPage
) -> None:
    page = shown(open_page(f"{keyed_service.address}{SPUTNIK}#key={keyed_service.publishable}"))
    references = page.evaluate(
        """async (key) => {
          const body = JSON.stringify({question: "What did ZTE's ban cause? What does ganchao mean?", k: 3});
          const headers = {"Content-Type": "application/json", "X-API-Key": key};
          return (await (await fetch("/v1/ask", {method: "POST", body, headers})).json()).citations;
        }""",
        keyed_service.publishable,
    )
    first, other = references[0], references[-1]
    assert first["document_id"] != other["document_id"]
    together = f"{first['reference']},{other['reference']}"
    page.goto(
        f"{keyed_service.address}/documents/{first['document_id']}?collection=default&lang=de"
        f"#c={first['start']}-{first['end']}&with={together}&key={keyed_service.publishable}"
    )
    page.get_by_role("button", name="Nächster Beleg").click()

    expect(page.locator(".count")).to_have_text("Beleg 2 von 2")
    expect(page.locator("mark").first).to_be_in_viewport()
    assert page.url.split("#")[0].endswith(f"/documents/{other['document_id']}?collection=default&lang=de")
    assert f"key={keyed_service.publishable}" in page.url


def test_a_document_that_is_not_there_is_said(
    archive: Archive, open_page: OpenPage, faults: Faults, axe: Axe, shot: Shot
) -> None:
    faults.expect(REFUSED)
    page = shown(open_page(archive.url("<b>none</b>")))

    expect(page.get_by_role("heading", name="There is no such document")).to_be_visible()
    expect(page.get_by_text("The collection holds no document “<b>none</b>”.")).to_be_visible()
    assert axe(page)
    shot(page, "viewer-none")


def test_too_many_requests_are_told_with_how_long_to_wait(
    archive: Archive, open_page: OpenPage, faults: Faults, axe: Axe
) -> None:
    faults.expect(REFUSED)
    page = _refused(open_page, archive, _answering(429, "too-many-requests", {"Retry-After": "17"}))

    expect(page.get_by_role("alert")).to_contain_text("Too many requests")
    expect(page.get_by_role("alert")).to_contain_text("Try again in 17 seconds.")
    assert axe(page)


def test_a_damaged_index_and_other_faults_are_told_with_the_number_of_the_request(
    archive: Archive, open_page: OpenPage, faults: Faults, axe: Axe, shot: Shot
) -> None:
    faults.expect(REFUSED)
    page = _refused(open_page, archive, _answering(503, "index-damaged"))
    expect(page.get_by_role("alert")).to_contain_text("The index is damaged")
    expect(page.get_by_role("alert")).to_contain_text("Request r-1")
    assert axe(page)
    shot(page, "viewer-damaged")

    page = _refused(open_page, archive, _answering(503, "overloaded"))
    expect(page.get_by_role("alert")).to_contain_text("The document cannot be shown")
    expect(page.get_by_role("alert")).to_contain_text("Said so.")


def test_when_the_connection_is_back_the_document_is_shown(
    archive: Archive, open_page: OpenPage, faults: Faults, axe: Axe, shot: Shot
) -> None:
    faults.expect(REFUSED)
    page = _refused(open_page, archive, lambda route: route.abort("internetdisconnected"))
    expect(page.get_by_role("heading", name="Pincite cannot be reached")).to_be_visible()
    assert axe(page)
    shot(page, "viewer-offline")

    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Pincite cannot be reached")).to_be_focused()
    page.unroute("**/v1/documents/rules")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("mark")).to_be_focused()

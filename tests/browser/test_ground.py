"""What the other tests here stand on: that what they watch for would be seen."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Axe, KeyedService, OpenPage, Shot
from tests.browser.faults import Faults
from tests.browser.host import Host

WIDGET = '<main><h1>A page</h1><script type="module" src="{}/widget.js"></script></main>'
NAMED = """async (path) => {
  const page = await fetch(path);
  const names = [...(await page.text()).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, name]) => new URL(name, page.url));
  return Promise.all(names.map(async (url) => [url.href, (await fetch(url)).status]));
}"""
ASK = "async ([address, key]) => (await fetch(address, {headers: key ? {'X-API-Key': key} : {}})).status"


@pytest.mark.parametrize("path", ["/", "/documents/a", "/documents/a/b", "/documents/a%2Fb/%252F", "/documents//a/"])
def test_what_a_page_names_is_where_a_browser_looks_for_it(service: str, open_page: OpenPage, path: str) -> None:
    found = open_page(service).evaluate(NAMED, path)

    assert len(found) >= 2
    assert [(url, status) for url, status in found if status != 200] == []


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("phone", [False, True])
def test_the_page_is_found_without_fault(
    service: str, open_page: OpenPage, axe: Axe, shot: Shot, *, phone: bool, dark: bool
) -> None:
    page = open_page(service, phone=phone, dark=dark)

    assert axe(page)
    assert shot(page, f"page-{'phone' if phone else 'desktop'}{'-dark' * dark}").stat().st_size > 0


def test_axe_finds_what_is_wrong_in_a_shadow_root_under_a_strict_policy(
    service: str, host: Host, open_page: OpenPage, axe: Axe
) -> None:
    page = open_page(host.add(service, "<main><h1>A page</h1><div></div></main>"))
    assert axe(page)
    page.locator("div").evaluate("(box) => box.attachShadow({mode: 'open'}).append(document.createElement('button'))")

    with pytest.raises(AssertionError, match=r"^button-name \(critical\)"):
        axe(page)


def test_the_widget_loads_on_a_page_of_another_origin_that_lets_in_nothing_else(
    service: str, host: Host, open_page: OpenPage, axe: Axe, shot: Shot
) -> None:
    page = open_page(host.add(service, WIDGET.format(service)))

    assert page.evaluate("customElements.get('pincite-chat') !== undefined")
    assert axe(page)
    assert shot(page, "host-page").is_file()


def test_the_widget_loads_on_a_page_that_isolates_itself(service: str, host: Host, open_page: OpenPage) -> None:
    isolated = {"Cross-Origin-Embedder-Policy": "require-corp", "Cross-Origin-Opener-Policy": "same-origin"}
    page = open_page(host.add(service, WIDGET.format(service), headers=isolated))

    assert page.evaluate("crossOriginIsolated")
    assert page.evaluate("customElements.get('pincite-chat') !== undefined")


def test_the_policy_of_a_page_of_another_origin_holds(
    service: str, host: Host, open_page: OpenPage, faults: Faults
) -> None:
    page = open_page(host.add(service, "<p>before</p><script>document.title = 'inline'</script>"))

    assert page.title() == "A page"
    faults.expect("^policy: script-src")
    faults.expect("^console error: .*inline script")


def test_html_made_of_text_is_stopped_and_seen(service: str, open_page: OpenPage, faults: Faults) -> None:
    page = open_page(service)
    page.locator("main").evaluate("(main) => setTimeout(() => { main.innerHTML = '<b>x</b>'; })")
    faults.expect("^policy: require-trusted-types-for")
    faults.expect("^console error: .*TrustedHTML")
    faults.expect("^uncaught: TypeError")

    assert page.locator("b").count() == 0


def test_what_is_asked_for_elsewhere_is_seen(service: str, host: Host, open_page: OpenPage, faults: Faults) -> None:
    body = "<h1>A page</h1><img src='http://192.0.2.1/x.png' alt=''>"
    open_page(host.add(service, body, headers={"Content-Security-Policy": "img-src http://192.0.2.1"}))
    faults.expect("^request to elsewhere: http://192.0.2.1/x.png")
    faults.expect("^console error: Failed to load resource")


def test_pages_of_the_other_origin_may_ask_and_with_keys_those_alone_that_have_one(
    service: str, keyed_service: KeyedService, host: Host, open_page: OpenPage, faults: Faults
) -> None:
    free, keyed = f"{service}/v1/ask?q=x", f"{keyed_service.address}/v1/ask?q=x"

    assert open_page(host.add(service, "")).evaluate(ASK, [free, None]) == 200
    page = open_page(host.add(keyed_service.address, ""))
    assert page.evaluate(ASK, [keyed, keyed_service.publishable]) == 200
    with pytest.raises(Exception, match="Failed to fetch"):  # the page may not even read that it was refused
        page.evaluate(ASK, [keyed, None])
    faults.expect("^console error: Access to fetch at .* blocked by CORS")
    faults.expect("^console error: Failed to load resource")

"""The widget as whoever builds a page meets it: tags, attributes, methods, events, colours, and what it weighs."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import KeyedService, OpenPage
from tests.browser.faults import Faults
from tests.browser.host import Host
from tests.browser.widget import ANSWER, ANSWERED, UNANSWERED, Chat, OpenChat

Axe = Callable[[Page], int]
Shot = Callable[..., object]
LIMIT = 20_000
"""Bytes that all files of the widget may have together, compressed."""


def test_all_that_is_loaded_weighs_less_than_20_kb(open_chat: OpenChat) -> None:
    chat = open_chat().open()
    chat.answer()
    addresses = chat.page.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")
    scripts = [address for address in addresses if address.endswith(".js")]
    with httpx.Client(headers={"Accept-Encoding": "gzip"}) as client:
        weights = {address: int(client.get(address).headers["Content-Length"]) for address in scripts}

    listed = set(re.findall(r"[a-z-]+\.js", httpx.get(scripts[0]).text))
    assert {address.rpartition("/")[2] for address in scripts[1:]} == listed, (
        "widget.js names all, to have them at once"
    )
    assert sum(weights.values()) < LIMIT, weights


def test_a_tag_without_attributes_only_makes_the_element_known(
    keyed_service: KeyedService, host: Host, open_page: OpenPage
) -> None:
    page = open_page(
        host.add(keyed_service.address, f'<h1>A</h1><script type="module" src="{keyed_service.address}/widget.js">')
    )
    page.evaluate("customElements.whenDefined('pincite-chat').then(() => true)")
    assert page.locator("pincite-chat").count() == 0

    page.evaluate(
        """(key) => {
          const chat = document.createElement("pincite-chat");
          chat.setAttribute("key", key);
          chat.setAttribute("position", "inline");
          document.body.append(chat);
        }""",
        keyed_service.publishable,
    )

    expect(Chat(page).answer()).to_contain_text(ANSWER)


@pytest.mark.parametrize("again", ["", "?again"])
def test_a_tag_that_stands_there_twice_does_no_harm(open_chat: OpenChat, again: str) -> None:
    body = (
        '<main><h1>A page</h1></main><script type="module" src="{service}/widget.js" {attributes}></script>'
        f'<script type="module" src="{{service}}/widget.js{again}" {{attributes}}></script>'
    )
    chat = open_chat(body=body)
    chat.page.wait_for_load_state("networkidle")

    expect(chat.element).to_have_count(1)
    expect(chat.open().answer()).to_contain_text(ANSWER)


def test_in_the_flow_of_the_page_it_is_always_open(open_chat: OpenChat, axe: Axe, shot: Shot) -> None:
    chat = open_chat("data-position='inline' data-title='Help'")
    expect(chat.box).to_be_visible()
    expect(chat.launcher).to_have_count(0)
    expect(chat.dialog).to_have_count(0)
    expect(chat.page.get_by_role("region", name="Help")).to_be_visible()
    chat.answer()
    chat.box.press("Escape")

    expect(chat.box).to_be_visible()
    assert axe(chat.page)
    assert shot(chat.page, "widget-inline")


@pytest.mark.parametrize(("position", "x"), [("bottom-right", 860), ("bottom-left", 20)])
def test_it_is_where_it_is_put(open_chat: OpenChat, position: str, x: int) -> None:
    chat = open_chat(f"data-position='{position}'").open()
    box = chat.dialog.bounding_box()

    assert box is not None
    assert box["x"] == x


def test_attributes_that_change_take_effect_and_what_was_typed_stays(open_chat: OpenChat) -> None:
    chat = open_chat().open()
    chat.box.fill("half a quest")
    chat.element.evaluate(
        "(chat) => { chat.title = 'Other'; chat.lang = 'de'; chat.setAttribute('greeting', 'Grüß Gott'); }"
    )

    expect(chat.page.get_by_role("dialog", name="Other")).to_contain_text("Grüß Gott")
    expect(chat.page.get_by_role("textbox", name="Ihre Frage")).to_have_value("half a quest")
    expect(chat.page.get_by_role("textbox", name="Ihre Frage")).to_be_focused()


def test_a_collection_that_is_not_there_is_told_to_whoever_runs_the_page(open_chat: OpenChat, faults: Faults) -> None:
    chat = open_chat("data-collection='nowhere' data-suggestions=''").open()
    turn = chat.ask(ANSWERED)

    expect(turn).to_contain_text("This chat is not set up correctly.")
    faults.expect("Pincite: there is no collection 'nowhere'")
    faults.expect("status of 404")


def test_a_secret_key_in_a_page_is_refused_and_never_sent(
    open_chat: OpenChat, keyed_service: KeyedService, faults: Faults, axe: Axe, shot: Shot
) -> None:
    chat = open_chat(f"data-key='{keyed_service.read}'", key=None).open()
    expect(chat.dialog).to_contain_text("This chat is not set up correctly.")
    faults.expect("Pincite: the key in this page is not a publishable one.*pincite keys create --publishable")
    chat.box.fill(ANSWERED)
    chat.box.press("Enter")

    assert chat.element.evaluate("(chat) => chat.ask('What?')") is None
    assert "/v1/" not in chat.page.evaluate("performance.getEntriesByType('resource').map((one) => one.name).join()")
    assert axe(chat.page)
    assert shot(chat.page, "widget-secret-key")


def test_where_the_page_may_not_ask_it_says_what_to_look_at(open_chat: OpenChat, faults: Faults) -> None:
    chat = open_chat("data-title='Help'", key=None).open()

    expect(chat.ask(ANSWERED)).to_contain_text("The service cannot be reached.")
    faults.expect("Pincite: nothing was heard of http://127.0.0.1.* key is one for http://localhost")
    faults.expect("blocked by CORS policy")
    faults.expect("ERR_FAILED")


def test_a_host_that_is_no_address_is_said(open_chat: OpenChat, faults: Faults) -> None:
    chat = open_chat("data-host='http://['").open()

    expect(chat.dialog).to_contain_text("This chat is not set up correctly.")
    faults.expect("Pincite: the attribute host is no address")


def test_pages_hear_of_all_that_happens_and_can_do_all_themselves(open_chat: OpenChat, faults: Faults) -> None:
    chat = open_chat()
    chat.listen()
    answer = chat.element.evaluate(f"(chat) => chat.ask({ANSWERED!r})".replace("\\'", "'"))
    assert answer["answer"].startswith(ANSWER)
    chat.citation(1).click()
    chat.button("This helped").click()
    expect(chat.turns.last).to_contain_text("Thank you.")
    chat.reply(500, {"type": "urn:pincite:problem:internal-error", "request_id": "r", "detail": "broken"})
    assert chat.element.evaluate("(chat) => chat.ask('And then?')") is None
    faults.expect("status of 500")
    thread = chat.element.evaluate("(chat) => chat.thread")
    chat.element.evaluate("(chat) => { chat.close(); chat.toggle(); chat.toggle(); chat.clear(); }")

    assert [turn["question"] for turn in thread] == [ANSWERED, "And then?"]
    assert thread[0]["helpful"] is True
    assert thread[1]["answer"] is None
    expect(chat.turns).to_have_count(0)
    assert chat.heard() == [
        "open", "ask", "answer", "citation", "vote", "ask", "error", "close", "open", "close",
    ]  # fmt: skip
    heard = dict(chat.page.evaluate("heard"))
    assert heard["answer"]["answer"]["citations"][0]["id"] == "c1"
    assert heard["citation"]["citation"]["id"] == "c1"
    assert heard["vote"]["helpful"] is True
    assert heard["error"] == {
        "question": "And then?", "status": 500, "kind": "internal-error", "detail": "broken", "requestId": "r", "wait": None,
    }  # fmt: skip


def test_a_question_that_is_asked_while_another_is_takes_its_place(open_chat: OpenChat) -> None:
    chat = open_chat().open()
    chat.hold()
    chat.let_go()
    answer = chat.element.evaluate("(chat, question) => chat.ask(question)", UNANSWERED)

    assert answer["answerable"] is False
    expect(chat.turns.first).to_contain_text("Stopped.")


@pytest.mark.parametrize("accent", ["#ffd400", "#fff", "#000", "#7a1fa2", "#19c37d", "rebeccapurple"])
@pytest.mark.parametrize("dark", [False, True])
def test_any_accent_can_be_read(open_chat: OpenChat, axe: Axe, shot: Shot, accent: str, *, dark: bool) -> None:
    chat = open_chat(f"data-accent='{accent}'", dark=dark).open()
    chat.answer()
    chat.citation(1).click()
    chat.button("This helped").click()

    assert axe(chat.page)
    if accent in {"#ffd400", "#7a1fa2"}:
        assert shot(chat.page, f"widget-accent-{accent[1:]}{'-dark' * dark}")


def test_properties_and_parts_dress_it(open_chat: OpenChat) -> None:
    chat = open_chat()
    chat.page.evaluate(
        """() => {
          const sheet = new CSSStyleSheet();
          sheet.replaceSync(`pincite-chat { --pincite-accent: rgb(1, 2, 3); --pincite-width: 333px; color-scheme: dark; }
            pincite-chat::part(title) { letter-spacing: 3px; }`);
          document.adoptedStyleSheets = [sheet];
        }"""
    )
    chat.open()

    look = "(one) => { const s = getComputedStyle(one); return [s.width, s.backgroundColor, s.letterSpacing]; }"
    assert chat.dialog.evaluate(look)[:2] == ["333px", "rgb(20, 23, 29)"]
    assert chat.button("Ask").evaluate(look)[1] == "rgb(1, 2, 3)"
    assert chat.page.get_by_role("heading", name="Ask the documents").evaluate(look)[2] == "3px"


def test_as_the_service_streams_the_words_are_shown(open_chat: OpenChat, faults: Faults) -> None:
    chat = open_chat().open()
    stream = 'event: message\r\ndata: {"delta":"Half of "}\r\n\r\nevent: message\ndata: {"delta":"it"}\n\n'
    chat.page.evaluate(
        """(text) => {
          const bytes = new TextEncoder().encode(text);
          const body = new ReadableStream({start(to) { for (const byte of bytes) to.enqueue(Uint8Array.of(byte)); window.to = to; }});
          window.fetch = async () => new Response(body, {headers: {"Content-Type": "text/event-stream; charset=utf-8"}});
        }""",
        stream,
    )
    turn = chat.ask(ANSWERED)
    expect(turn).to_contain_text("Half of it")

    chat.page.evaluate("to.close()")
    faults.expect("Pincite: nothing was heard of")

    expect(turn).to_contain_text("The service cannot be reached.")
    expect(turn).not_to_contain_text("Half of it")


def test_once_it_is_open_it_has_asked_for_nothing_but_questions_to_begin_with(open_chat: OpenChat) -> None:
    chat = open_chat().open()
    expect(chat.dialog.get_by_role("listitem").first).to_be_visible()
    names = chat.page.evaluate("performance.getEntriesByType('resource').map((one) => new URL(one.name).pathname)")

    assert [name for name in names if not re.match(r"/widget\.js|/web/", name)] == ["/v1/examples"]

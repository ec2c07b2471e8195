"""The widget in each of its states, on a page of another origin that lets in nothing else: what is there, and axe-core."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.faults import Faults
from tests.browser.widget import ANSWER, ANSWERED, UNANSWERED, Chat, OpenChat

Axe = Callable[[Page], int]
Shot = Callable[..., Path]

LOOKS = [
    pytest.param({}, id="desktop"),
    pytest.param({"dark": True}, id="desktop-dark"),
    pytest.param({"phone": True}, id="phone"),
    pytest.param({"phone": True, "dark": True}, id="phone-dark"),
]


@pytest.fixture(params=LOOKS)
def look(request: pytest.FixtureRequest) -> dict[str, bool]:
    """How the page is looked at."""
    options: dict[str, bool] = request.param
    return options


@pytest.fixture
def seen(axe: Axe, shot: Shot, look: dict[str, bool]) -> Callable[[Chat, str], None]:
    """Check a state with axe-core, and keep a picture of it: ``seen(chat, "open")``."""
    suffix = "-phone" * look.get("phone", False) + "-dark" * look.get("dark", False)

    def check(chat: Chat, state: str) -> None:
        assert shot(chat.page, f"widget-{state}{suffix}").stat().st_size > 0
        assert axe(chat.page)

    return check


Seen = Callable[[Chat, str], None]


def test_closed_it_is_a_button_and_has_asked_the_service_nothing(
    open_chat: OpenChat, look: dict[str, bool], seen: Seen
) -> None:
    chat = open_chat("data-title='Help'", **look)

    expect(chat.launcher).to_have_attribute("aria-expanded", "false")
    expect(chat.dialog).to_be_hidden()
    assert "/v1/" not in chat.page.evaluate("performance.getEntriesByType('resource').map((one) => one.name).join()")
    seen(chat, "closed")


def test_opened_it_offers_questions_of_the_service(open_chat: OpenChat, look: dict[str, bool], seen: Seen) -> None:
    chat = open_chat("data-title='Help'", **look).open()

    expect(chat.dialog).to_have_accessible_name("Help")
    expect(chat.dialog.get_by_role("listitem")).to_have_count(7)
    seen(chat, "open")


def test_while_it_is_asked_the_question_stands_there_and_can_be_stopped(
    open_chat: OpenChat, look: dict[str, bool], seen: Seen
) -> None:
    chat = open_chat(**look).open()
    chat.hold()

    expect(chat.turns.last).to_contain_text("Looking it up…")
    seen(chat, "asking")


def test_an_answer_has_its_citations_in_the_text_and_a_card_for_each(
    open_chat: OpenChat, look: dict[str, bool], seen: Seen
) -> None:
    chat = open_chat(**look).open()
    turn = chat.answer()
    expect(turn).to_contain_text(ANSWER)
    seen(chat, "answer")

    chat.citation(1).click()

    expect(chat.citation(1)).to_have_attribute("aria-expanded", "true")
    card = turn.get_by_role("group", name="Citation 1: How Washington gave China its Sputnik moment")
    expect(card).to_contain_text("Did Washington overreach? · 2026-11-22")
    expect(card.locator("mark")).to_have_text(re.compile(ANSWER + r".*States\.$"))
    link = card.get_by_role("link", name="Open in source")
    expect(link).to_have_attribute("href", re.compile(r"/documents/chinas-sputnik-moment.*#c=\d+-\d+.*key=pincite_pk_"))
    seen(chat, "card")

    chat.button("Close the citation").click()

    expect(card).to_be_hidden()
    expect(chat.citation(1)).to_be_focused()


def test_other_passages_are_folded(open_chat: OpenChat, look: dict[str, bool], seen: Seen) -> None:
    chat = open_chat(**look).open()
    turn = chat.answer()
    passages = turn.locator("details").get_by_role("listitem")
    expect(passages.first).to_be_hidden()

    turn.get_by_text("4 other passages").click()

    expect(passages).to_have_count(4)
    expect(passages.first.get_by_role("link", name="Open in source")).to_be_visible()
    seen(chat, "passages")


def test_what_has_no_answer_says_so_with_the_nearest_passages_and_whom_to_ask(
    open_chat: OpenChat, look: dict[str, bool], seen: Seen
) -> None:
    chat = open_chat("data-contact='mailto:help@example.org' data-contact-label='Ask a person'", **look).open()
    turn = chat.answer(UNANSWERED)

    expect(turn).to_contain_text("The documents hold no answer to this.")
    expect(turn.locator("details").get_by_role("listitem").first).to_be_visible()
    expect(turn.get_by_role("link", name="Ask a person")).to_have_attribute("href", "mailto:help@example.org")
    expect(chat.status).to_have_text("The documents hold no answer to this.")
    seen(chat, "no-answer")


def test_a_fault_of_the_service_names_the_request_and_can_be_tried_again(
    open_chat: OpenChat, look: dict[str, bool], seen: Seen, faults: Faults
) -> None:
    chat = open_chat(**look).open()
    chat.reply(500, {"type": "urn:pincite:problem:internal-error", "request_id": "abc123"})
    turn = chat.ask(ANSWERED)
    expect(turn).to_contain_text("Something went wrong in the service. (abc123)")
    faults.expect("status of 500")
    seen(chat, "error")

    chat.let_go()
    chat.button("Try again").click()

    expect(chat.turns).to_have_count(1)
    expect(chat.turns.last).to_contain_text(ANSWER)


def test_too_many_questions_are_counted_down(
    open_chat: OpenChat, look: dict[str, bool], seen: Seen, faults: Faults
) -> None:
    chat = open_chat(**look)
    chat.page.clock.install()
    chat.open()
    chat.reply(429, {"type": "urn:pincite:problem:too-many-requests"}, **{"Retry-After": "9"})
    turn = chat.ask(ANSWERED)
    expect(turn).to_contain_text("Try again in 9 s.")
    expect(chat.button("Try again")).to_be_disabled()
    faults.expect("status of 429")
    seen(chat, "rate-limited")

    chat.page.clock.run_for(4_000)
    expect(turn).to_contain_text("Try again in 5 s.")
    chat.page.clock.run_for(6_000)
    chat.let_go()
    chat.button("Try again").click()

    expect(chat.turns.last).to_contain_text(ANSWER)


def _ask_offline(chat: Chat, faults: Faults) -> None:
    expect(chat.dialog.get_by_role("listitem").first).to_be_visible()
    chat.page.context.set_offline(True)
    expect(chat.ask(ANSWERED)).to_contain_text("You are offline.")
    faults.expect("ERR_INTERNET_DISCONNECTED")


def test_offline_it_says_so(open_chat: OpenChat, look: dict[str, bool], seen: Seen, faults: Faults) -> None:
    chat = open_chat(**look).open()
    _ask_offline(chat, faults)

    expect(chat.button("Try again")).to_be_enabled()
    seen(chat, "offline")


def test_offline_the_question_waits_for_a_network_if_that_is_wanted(open_chat: OpenChat, faults: Faults) -> None:
    chat = open_chat().open()
    _ask_offline(chat, faults)
    later = chat.button("Ask when I am online again")
    for pressed in ("true", "false", "true"):
        later.click()
        expect(later).to_have_attribute("aria-pressed", pressed)

    chat.page.context.set_offline(False)

    expect(chat.turns.last).to_contain_text(ANSWER)


def test_a_question_can_be_stopped_and_asked_again(open_chat: OpenChat, look: dict[str, bool], seen: Seen) -> None:
    chat = open_chat(**look).open()
    chat.hold()

    chat.button("Stop").click()

    expect(chat.turns.last).to_contain_text("Stopped.")
    expect(chat.box).to_be_focused()
    expect(chat.button("Ask")).to_be_visible()
    seen(chat, "stopped")

    chat.let_go()
    chat.button("Ask again").click()
    expect(chat.turns.last).to_contain_text(ANSWER)


def test_a_key_that_is_not_for_this_page_is_said_plainly_and_to_whoever_runs_it_in_full(
    open_chat: OpenChat, look: dict[str, bool], seen: Seen, faults: Faults
) -> None:
    chat = open_chat(**look).open()
    chat.reply(403, {"type": "urn:pincite:problem:forbidden", "detail": "the key is too small", "request_id": "r1"})

    turn = chat.ask(ANSWERED)

    expect(turn).to_contain_text("This chat is not set up correctly.")
    faults.expect(
        r"Pincite: the key is too small \(request r1\).*pincite keys create --publishable --origin http://localhost"
    )
    faults.expect("status of 403")
    seen(chat, "refused")


def test_a_long_thread(open_chat: OpenChat, look: dict[str, bool], seen: Seen) -> None:
    chat = open_chat(**look).open()
    chat.answer()
    chat.answer(UNANSWERED)
    turn = chat.answer("What did ZTE's ban cause, and which book by Alvin Toffler foretold the Information Age?")

    expect(turn.get_by_role("heading")).to_have_count(3)
    expect(chat.turns).to_have_count(3)
    assert turn.evaluate("(turn) => turn.offsetTop - turn.parentElement.scrollTop") in range(0, 400)
    seen(chat, "thread")
    assert len(json.dumps(chat.element.evaluate("(chat) => chat.thread"))) > 1_000

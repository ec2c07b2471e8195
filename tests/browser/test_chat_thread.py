"""The widget's conversation: kept, begun anew, copied, and judged."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from qa.feedback import FeedbackStore, Vote
from tests.browser.conftest import KeyedService
from tests.browser.faults import Faults
from tests.browser.host import Host
from tests.browser.widget import ANSWER, ANSWERED, BODY, UNANSWERED, Chat, OpenChat

Axe = Callable[[Page], int]


def test_the_thread_is_still_there_on_another_page_with_all_that_can_be_done(
    open_chat: OpenChat, keyed_service: KeyedService, host: Host
) -> None:
    chat = open_chat().open()
    chat.answer()
    chat.answer(UNANSWERED)
    chat.button("This helped").last.click()
    expect(chat.turns.last).to_contain_text("Thank you.")
    attributes = f'data-key="{keyed_service.publishable}"'
    chat.page.goto(host.add(keyed_service.address, BODY.format(service=keyed_service.address, attributes=attributes)))

    expect(chat.dialog).to_be_visible()
    expect(chat.turns).to_have_count(2)
    expect(chat.button("This helped").last).to_have_attribute("aria-pressed", "true")
    chat.citation(1).click()
    expect(chat.turns.first.locator("mark").first).to_contain_text(ANSWER)
    chat.button("Close the chat").click()
    chat.page.reload()
    expect(chat.launcher).to_be_visible()
    expect(chat.dialog).to_be_hidden()


def test_collections_have_threads_of_their_own(open_chat: OpenChat) -> None:
    chat = open_chat().open()
    chat.answer()
    chat.element.evaluate("(chat) => chat.setAttribute('collection', 'default')")

    expect(chat.turns).to_have_count(0)
    chat.element.evaluate("(chat) => chat.removeAttribute('collection')")
    expect(chat.turns).to_have_count(1)


def test_a_question_that_had_no_answer_yet_can_be_asked_after_a_change_of_page(open_chat: OpenChat) -> None:
    chat = open_chat().open()
    chat.hold()
    chat.page.reload()

    expect(chat.turns.last).to_contain_text("Stopped.")
    chat.page.unroute_all(behavior="ignoreErrors")
    chat.button("Ask again").click()
    expect(chat.turns.last).to_contain_text(ANSWER)


def test_no_more_is_kept_than_there_is_room_for(open_chat: OpenChat) -> None:
    chat = open_chat().open()
    chat.answer()
    name = chat.page.evaluate("Object.keys(sessionStorage)[0]")
    kept = json.loads(chat.page.evaluate("(name) => sessionStorage.getItem(name)", name))
    turns = [{**kept["turns"][0], "id": str(number)} for number in range(200)]
    chat.page.evaluate("([name, text]) => sessionStorage.setItem(name, text)", [name, json.dumps({"turns": turns})])
    chat.page.reload()
    chat.open()
    chat.answer(UNANSWERED)

    kept_text = chat.page.evaluate("(name) => sessionStorage.getItem(name)", name)
    assert len(kept_text) <= 400_000
    kept = json.loads(kept_text)
    assert 2 <= len(kept["turns"]) <= 30
    assert kept["turns"][-1]["question"] == UNANSWERED


@pytest.mark.parametrize("kept", ["{", "[]", '{"turns": 7}', '{"turns": [{"question": "q", "answer": {"x": 1}}]}'])
def test_what_cannot_be_read_of_a_kept_thread_is_forgotten(open_chat: OpenChat, kept: str) -> None:
    chat = open_chat().open()
    chat.answer()
    chat.page.evaluate(
        "(text) => { for (const name in sessionStorage) if (name.startsWith('pincite')) sessionStorage[name] = text }",
        kept,
    )
    chat.page.reload()
    chat.open()

    expect(chat.turns).to_have_count(0)
    chat.answer()


def test_without_storage_it_works_all_the_same(open_chat: OpenChat) -> None:
    chat = open_chat()
    chat.page.add_init_script(
        "Object.defineProperty(window, 'sessionStorage', {get() { throw new DOMException('no'); }})"
    )
    chat.page.reload()
    chat.open()

    expect(chat.answer()).to_contain_text(ANSWER)


def test_a_new_conversation_begins_at_the_beginning(open_chat: OpenChat) -> None:
    chat = open_chat("data-suggestions='One?|Two?'").open()
    chat.answer()
    chat.button("New conversation").click()

    expect(chat.turns).to_have_count(0)
    expect(chat.box).to_be_focused()
    expect(chat.dialog.get_by_role("listitem")).to_have_text(["One?", "Two?"])
    expect(chat.button("New conversation")).to_be_hidden()


def test_a_suggested_question_is_asked_and_the_others_go(open_chat: OpenChat) -> None:
    chat = open_chat(f'data-suggestions="{ANSWERED}&#10; Two? |"').open()
    chat.button(ANSWERED).click()

    expect(chat.turns.last).to_contain_text(ANSWER)
    expect(chat.dialog.get_by_text("Two?")).to_have_count(0)


def test_where_the_service_has_no_suggestions_there_are_none(open_chat: OpenChat, faults: Faults) -> None:
    chat = open_chat()
    chat.page.route("**/v1/examples*", lambda route: route.abort())
    chat.open()
    faults.expect("ERR_FAILED")

    expect(chat.answer()).to_contain_text(ANSWER)


def test_votes_reach_the_store_and_can_be_changed(open_chat: OpenChat, keyed_service: KeyedService, axe: Axe) -> None:
    store = FeedbackStore(keyed_service.data_dir)
    question = "Which book by Alvin Toffler foretold the Information Age?"
    before = store.tally("default")
    chat = open_chat().open()
    turn = chat.answer(question)
    chat.button("This helped").click()
    expect(turn).to_contain_text("Thank you.")
    expect(chat.status).to_have_text("Thank you.")
    assert store.tally("default") == (before[0] + 1, before[1] + 1)

    with chat.page.expect_response("**/v1/feedback") as sent:
        chat.button("This did not help").click()
    assert sent.value.status == 204

    expect(chat.button("This helped")).to_have_attribute("aria-pressed", "false")
    expect(chat.button("This did not help")).to_have_attribute("aria-pressed", "true")
    assert store.tally("default") == (before[0], before[1] + 1)
    [vote] = [vote for vote in store.unhelpful("default") if vote.question == question]
    assert isinstance(vote, Vote)
    assert vote.answered
    assert len(vote.citations) == 1
    assert vote.generation
    assert axe(chat.page)


def test_a_vote_that_cannot_be_sent_is_taken_back_and_said(open_chat: OpenChat, faults: Faults) -> None:
    chat = open_chat().open()
    turn = chat.answer()
    chat.page.route("**/v1/feedback", lambda route: route.abort())
    chat.button("This did not help").click()
    faults.expect("ERR_FAILED")

    expect(turn).to_contain_text("This could not be sent. Try again.")
    expect(chat.button("This did not help")).to_have_attribute("aria-pressed", "false")


def _copy(chat: Chat) -> str:
    chat.button("Copy the answer with its citations").click()
    expect(chat.turns.last).to_contain_text("Copied.")
    text: str = chat.page.evaluate("navigator.clipboard.readText()")
    return text


def test_an_answer_is_copied_with_its_citations(open_chat: OpenChat, keyed_service: KeyedService) -> None:
    chat = open_chat().open()
    chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    chat.answer()
    lines = _copy(chat).splitlines()

    assert lines[0] == ANSWERED
    assert lines[2].startswith(ANSWER)
    assert lines[2].endswith("[1]")
    assert lines[4:6] == [
        "Sources",
        "[1] How Washington gave China its Sputnik moment, Did Washington overreach?, 2026-11-22",
    ]
    assert lines[6].strip().startswith(f"{keyed_service.address}/documents/chinas-sputnik-moment")
    assert "pincite_pk_" not in lines[6], "what is handed on has no key"


def test_where_the_clipboard_is_kept_from_pages_the_older_way_is_taken(open_chat: OpenChat) -> None:
    chat = open_chat().open()
    chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    chat.page.evaluate("void (Clipboard.prototype.writeText = () => Promise.reject(new DOMException('no')))")
    chat.answer()

    assert _copy(chat).startswith(ANSWERED)
    expect(chat.button("Copy the answer with its citations")).to_be_focused()

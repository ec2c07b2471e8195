"""The widget over documents that would do harm if any of them were taken for more than text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from api.access.store import KeyStore
from tests.browser import hostile
from tests.browser.conftest import KeyedService
from tests.browser.hostile import Hostile, assert_harmless, build_hostile
from tests.browser.host import Host
from tests.browser.widget import Chat, OpenChat

Shot = Callable[..., object]


@pytest.fixture(scope="module")
def hostile_service(
    seeds_data: Path, start_server: Callable[..., str], host: Host, tmp_path_factory: pytest.TempPathFactory
) -> KeyedService:
    """A service over those documents."""
    data_dir = tmp_path_factory.mktemp("hostile")
    (data_dir / "encoders").symlink_to(seeds_data / "encoders")
    build_hostile(data_dir, tmp_path_factory.mktemp("documents"))
    key = KeyStore(data_dir).create("page", origins=frozenset({host.origin}), rate=1_000_000)[1]
    return KeyedService(data_dir, start_server(data_dir), "", key)


@pytest.fixture
def chat(hostile_service: KeyedService, open_chat: OpenChat) -> Chat:
    """The widget, open, with a contact that is a script."""
    contact = "data-contact='javascript:window.harmed=1'"
    return open_chat(contact, key=hostile_service.publishable, service=hostile_service.address).open()


@pytest.mark.parametrize("document", hostile.ALL, ids=["script", "closing", "turning", "emoji", "long"])
def test_all_of_it_is_text(chat: Chat, shot: Shot, document: Hostile) -> None:
    turn = chat.answer(document.question)
    answer = chat.element.evaluate("(chat) => chat.thread[0].answer")
    chat.citation(1).click()
    turn.locator("summary").click()
    shot(chat.page, f"widget-hostile-{hostile.ALL.index(document)}")

    assert answer["answer"] in document.text
    assert answer["answer"] in str(turn.text_content())
    card = turn.get_by_role("group", name="Citation 1:")
    assert card.locator("mark").text_content() == answer["citations"][0]["cited_text"]
    assert card.locator("blockquote").text_content() == document.text
    assert document.title in str(card.text_content())
    assert document.heading.strip() in str(card.text_content())
    assert chat.dialog.evaluate("(panel) => panel.scrollWidth <= panel.clientWidth")
    assert_harmless(chat.page)
    chat.page.reload()
    expect(chat.turns.last).to_contain_text(answer["answer"][:40])
    assert_harmless(chat.page)


@pytest.mark.parametrize(
    "url", ["javascript:window.harmed=1", "data:text/html,<script>1</script>", " JaVaScRiPt:1", "//x"]
)
def test_only_addresses_of_the_web_become_links(chat: Chat, url: str) -> None:
    def changed(route: Route) -> None:
        response = route.fetch(headers={**route.request.headers, "accept": "application/json"})
        answer = response.json()
        for citation in answer["citations"]:
            citation["url"] = url
        route.fulfill(response=response, json=answer)

    chat.page.route("**/v1/ask", changed)
    turn = chat.answer(hostile.EMOJI.question)
    chat.citation(1).click()

    expect(turn.get_by_role("group", name="Citation 1:").get_by_role("link")).to_have_count(1)
    assert_harmless(chat.page)


def test_a_contact_that_is_a_script_is_no_link(chat: Chat) -> None:
    turn = chat.answer("Who won the football world cup in 1990?")

    expect(turn).to_contain_text("The documents hold no answer to this.")
    assert_harmless(chat.page)

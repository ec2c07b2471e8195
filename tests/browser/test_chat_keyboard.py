"""The widget for who uses no mouse, or hears it, or enlarges it, or writes from right to left."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.widget import ANSWER, ANSWERED, UNANSWERED, Chat, OpenChat

Axe = Callable[[Page], int]
Shot = Callable[..., object]


def _press_until(chat: Chat, key: str, name: str) -> None:
    """Press a key until something has the focus whose name begins so."""
    for _ in range(40):
        chat.page.keyboard.press(key)
        if str(chat.focused()).startswith(name):
            return
    pytest.fail(f"{key} never led to {name!r}")


def test_with_the_keyboard_alone_from_the_page_to_the_source_and_back(open_chat: OpenChat) -> None:
    chat = open_chat()
    keyboard = chat.page.keyboard
    _press_until(chat, "Tab", "Open the chat")
    keyboard.press("Enter")
    assert chat.focused() == "Your question"
    keyboard.type(ANSWERED)
    keyboard.press("Enter")
    expect(chat.turns.last).to_contain_text(ANSWER)
    assert chat.focused() == "Your question", "one can ask on"

    _press_until(chat, "Shift+Tab", "Citation 1:")
    keyboard.press("Enter")
    _press_until(chat, "Tab", "Open in source")
    with chat.page.context.expect_page() as opened:
        keyboard.press("Enter")
    assert "/documents/chinas-sputnik-moment" in opened.value.url
    opened.value.close()

    keyboard.press("Escape")
    assert chat.focused().startswith("Citation 1:"), "Escape closes the card first"
    keyboard.press("Escape")
    expect(chat.dialog).to_be_hidden()
    assert chat.focused() == "Open the chat"


def test_the_focus_stays_inside_while_it_is_open(open_chat: OpenChat) -> None:
    chat = open_chat().open()
    chat.answer()
    seen = []
    for _ in range(30):
        chat.page.keyboard.press("Tab")
        seen.append(chat.focused())

    assert {"New conversation", "Close the chat", "Your question", "Ask", "This helped"} <= set(seen)
    assert not {"a link", "Theirs", "BODY"} & set(seen)
    _press_until(chat, "Shift+Tab", "New conversation")
    chat.page.keyboard.press("Shift+Tab")
    assert chat.focused() == "Ask"


def test_the_focus_goes_back_to_what_opened_it(open_chat: OpenChat) -> None:
    chat = open_chat()
    theirs = chat.button("Theirs")
    theirs.evaluate("(button) => button.addEventListener('click', () => document.querySelector('pincite-chat').open())")
    theirs.click()
    expect(chat.box).to_be_focused()

    chat.page.keyboard.press("Escape")

    expect(theirs).to_be_focused()


def test_opened_again_by_a_change_of_page_it_leaves_the_focus_alone(open_chat: OpenChat) -> None:
    chat = open_chat().open()
    chat.page.reload()

    expect(chat.dialog).to_be_visible()
    assert chat.focused() != "Your question"


def test_each_answer_is_said_once(open_chat: OpenChat) -> None:
    chat = open_chat().open()
    chat.status.evaluate(
        """(status) => {
          window.said = [];
          new MutationObserver(() => said.push(status.textContent)).observe(status, {childList: true, characterData: true});
        }"""
    )
    chat.answer()
    chat.answer(UNANSWERED)
    chat.answer()
    said = chat.page.evaluate("said")

    assert [text.split(",")[0] for text in said] == [
        "Answer with 1 citation: ZTE",
        "The documents hold no answer to this.",
        "Answer with 1 citation: ZTE",
    ]


def test_enter_sends_shift_enter_does_not_nor_does_what_an_input_method_takes(open_chat: OpenChat) -> None:
    chat = open_chat().open()
    box = chat.box
    box.press_sequentially("one")
    box.press("Shift+Enter")
    box.press_sequentially("two")
    expect(box).to_have_value("one\ntwo")
    box.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    box.dispatch_event("keydown", {"key": "Enter", "keyCode": 229})
    expect(chat.turns).to_have_count(0)

    box.press("Enter")

    expect(chat.turns).to_have_count(1)
    expect(box).to_have_value("")


def test_the_box_grows_to_five_lines(open_chat: OpenChat) -> None:
    chat = open_chat().open()
    heights = []
    for lines in (1, 3, 5, 9):
        chat.box.fill("\n".join("x" * lines))
        heights.append(chat.box.evaluate("(box) => box.offsetHeight"))

    assert heights == [44, 92, 140, 140]


def test_too_long_a_question_is_said_before_it_is_sent(open_chat: OpenChat) -> None:
    chat = open_chat().open()
    chat.box.fill("😀" * 1_999)
    expect(chat.dialog).to_contain_text("1999 / 2000")
    expect(chat.box).to_have_attribute("aria-invalid", "false")
    chat.box.fill("😀" * 2_001)
    chat.box.press("Enter")

    expect(chat.box).to_have_accessible_description("A question may have 2000 characters. 2001 / 2000")
    expect(chat.box).to_have_attribute("aria-invalid", "true")
    expect(chat.turns).to_have_count(0)


@pytest.mark.parametrize(
    "size", [(320, 640), (640, 400), (844, 390)], ids=["320px", "200-percent", "phone-on-its-side"]
)
def test_small_windows_show_all_of_it(open_chat: OpenChat, axe: Axe, shot: Shot, size: tuple[int, int]) -> None:
    width, height = size
    chat = open_chat()
    chat.page.set_viewport_size({"width": width, "height": height})
    chat.open()
    chat.answer()
    chat.citation(1).click()

    assert chat.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for part in (chat.dialog, chat.box, chat.button("Ask"), chat.button("Close the chat")):
        box = part.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["y"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= height
    assert chat.dialog.evaluate("(panel) => panel.scrollWidth <= panel.clientWidth")
    assert axe(chat.page)
    assert shot(chat.page, f"widget-card-{width}x{height}")


def test_on_a_phone_it_fills_the_screen_and_does_not_make_it_zoom(open_chat: OpenChat) -> None:
    chat = open_chat(phone=True).open()

    assert chat.dialog.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}
    assert chat.box.evaluate("(box) => parseFloat(getComputedStyle(box).fontSize)") >= 16
    small = chat.dialog.evaluate(
        "(panel) => [...panel.querySelectorAll('button')].filter((one) => one.offsetHeight && one.offsetHeight < 44).length"
    )
    assert small == 0


def test_who_wants_less_motion_gets_none(open_chat: OpenChat) -> None:
    chat = open_chat(reduced_motion=True).open()
    chat.hold()

    running = (
        "(panel) => panel.getAnimations({subtree: true}).filter((one) => one.effect.getTiming().iterations > 1).length"
    )
    assert chat.dialog.evaluate(running) == 0


def test_from_right_to_left(open_chat: OpenChat, axe: Axe, shot: Shot) -> None:
    chat = open_chat("data-title='اسأل الوثائق' data-greeting='اطرح سؤالاً.'", lang="ar", direction="rtl").open()
    box = chat.dialog.bounding_box()
    assert box is not None
    assert box["x"] == 20, "it is at the end of the line"
    close = chat.button("Close the chat").bounding_box()
    assert close is not None
    assert close["x"] < 100
    chat.answer()
    chat.citation(1).click()

    assert axe(chat.page)
    assert shot(chat.page, "widget-card-rtl")


def test_in_another_language(open_chat: OpenChat, axe: Axe, shot: Shot) -> None:
    chat = open_chat(lang="de-AT")
    chat.button("Chat öffnen").click()
    chat.page.get_by_role("textbox", name="Ihre Frage").fill(UNANSWERED)
    chat.page.keyboard.press("Enter")

    expect(chat.turns.last).to_contain_text("Die Dokumente enthalten darauf keine Antwort.")
    expect(chat.page.get_by_role("region", name="Fragen an die Dokumente")).to_have_attribute("lang", "de")
    assert axe(chat.page)
    assert shot(chat.page, "widget-no-answer-german")


def test_with_the_colours_of_the_system(open_chat: OpenChat, axe: Axe, shot: Shot) -> None:
    chat = open_chat()
    chat.page.emulate_media(forced_colors="active")
    chat.open()
    chat.answer()
    chat.citation(1).click()
    chat.button("This helped").click()

    assert chat.button("This helped").evaluate("(button) => getComputedStyle(button).borderTopWidth") == "3px"
    assert axe(chat.page)
    assert shot(chat.page, "widget-card-forced-colours")


def test_styles_of_the_page_do_not_reach_in(open_chat: OpenChat) -> None:
    chat = open_chat().open()
    chat.page.evaluate(
        """() => {
          const sheet = new CSSStyleSheet();
          sheet.replaceSync("html { font-size: 5px } * { letter-spacing: 9px; color: red !important; text-transform: uppercase }");
          document.adoptedStyleSheets = [sheet];
        }"""
    )

    style = chat.box.evaluate(
        "(box) => { const s = getComputedStyle(box); return [s.fontSize, s.letterSpacing, s.textTransform]; }"
    )
    assert style == ["15px", "normal", "none"]

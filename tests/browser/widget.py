"""The chat widget on a page of another origin, as somebody uses it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Locator, Page, Route, expect

BODY = (
    "<main><h1>A page</h1><p>With <a href='#there'>a link</a>.</p><button>Theirs</button></main>"
    '<script type="module" src="{service}/widget.js" {attributes}></script>'
)
ANSWERED = "What did ZTE's ban cause?"
ANSWER = "ZTE, a Chinese telecommunications company, was one casualty"
UNANSWERED = "Who won the football world cup in 1990?"
_DEEPEST = """() => {
  let found = document.activeElement;
  while (found?.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
  return found?.getAttribute("aria-label") || found?.labels?.[0]?.textContent || found?.textContent || found?.tagName;
}"""


@dataclass(frozen=True)
class Chat:
    """The widget of a page.

    Attributes:
        page: The page.
        held: Questions that ``hold`` keeps from the service.
    """

    page: Page
    held: list[Route] = field(default_factory=list)

    @property
    def element(self) -> Locator:
        """The element itself."""
        return self.page.locator("pincite-chat")

    @property
    def launcher(self) -> Locator:
        """The button that opens it."""
        return self.page.get_by_role("button", name="Open the chat")

    @property
    def dialog(self) -> Locator:
        """What it opens."""
        return self.page.get_by_role("dialog")

    @property
    def box(self) -> Locator:
        """Where questions are typed."""
        return self.page.get_by_role("textbox", name="Your question")

    @property
    def turns(self) -> Locator:
        """Questions with what came of them."""
        return self.page.get_by_role("article")

    @property
    def status(self) -> Locator:
        """What is said to who does not see it."""
        return self.page.get_by_role("status")

    def button(self, name: str) -> Locator:
        """A button by its name."""
        return self.page.get_by_role("button", name=name, exact=True)

    def citation(self, number: int) -> Locator:
        """A citation by its number."""
        return self.page.get_by_role("button", name=f"Citation {number}:").last

    def open(self) -> Chat:
        """Open it."""
        self.launcher.click()
        expect(self.box).to_be_focused()
        return self

    def ask(self, question: str) -> Locator:
        """Type and send a question; return its turn."""
        self.box.fill(question)
        self.box.press("Enter")
        turn = self.turns.last
        expect(turn.get_by_role("heading").first).to_have_text(question)
        return turn

    def answer(self, question: str = ANSWERED) -> Locator:
        """Ask, and wait for the answer."""
        turn = self.ask(question)
        expect(turn.get_by_role("button", name="This helped")).to_be_visible()
        return turn

    def hold(self, question: str = ANSWERED) -> Route:
        """Ask, and keep the question from the service until its route is let go on: ``hold().continue_()``."""
        self.page.route("**/v1/ask", lambda route: self.held.append(route))  # noqa: PLW0108 - Playwright takes no built-in
        with self.page.expect_request("**/v1/ask"):
            self.ask(question)
        expect(self.button("Stop")).to_be_visible()
        return self.held[-1]

    def reply(self, status: int, problem: dict[str, object], **headers: str) -> Chat:
        """Answer every question with a problem, in the service's place."""
        sent = {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Expose-Headers": "Retry-After",
            "Content-Type": "application/problem+json",
        }
        self.page.route("**/v1/ask", lambda route: route.fulfill(status=status, json=problem, headers=sent | headers))
        return self

    def let_go(self) -> None:
        """Let questions through again."""
        self.page.unroute("**/v1/ask")

    def focused(self) -> Any:  # noqa: ANN401 - what the script returns
        """Return the name of what has the focus."""
        return self.page.evaluate(_DEEPEST)

    def listen(self) -> None:
        """Note each event of the widget, as ``[name, detail]``, in ``window.heard``."""
        names = ["open", "close", "ask", "answer", "citation", "error", "vote"]
        self.page.evaluate(
            """(names) => {
              window.heard = [];
              for (const name of names) {
                document.addEventListener(`pincite-${name}`, (event) => heard.push([name, event.detail]));
              }
            }""",
            names,
        )

    def heard(self) -> list[str]:
        """Return the names of the events so far."""
        return [name for name, _ in self.page.evaluate("heard")]


OpenChat = Callable[..., Chat]

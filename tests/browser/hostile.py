"""Documents that would do harm if any of them were taken for more than text.

Whatever is run sets ``window.harmed``; ``assert_harmless`` looks for that, and for elements that nobody made.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from index.build import build
from index.collection import Collection
from index.settings import Settings


@dataclass(frozen=True)
class Hostile:
    """A document, and what it is asked.

    Attributes:
        question: Its first sentence answers it.
        title: The title.
        heading: The heading above the text.
        text: One paragraph.
    """

    question: str
    title: str
    heading: str
    text: str


SCRIPT = Hostile(
    "What is the code of the garden gate?",
    '"><img src=x onerror="window.harmed=1">',
    "<script>window.harmed=2</script>",
    "The code of the garden gate is <script>window.harmed=3</script><img src=x onerror=window.harmed=4> 4711. "
    "<a href=\"javascript:window.harmed=5\" onclick='window.harmed=6'>Whoever forgets it</a> rings the bell.",
)
CLOSING = Hostile(
    "Who built the lift of the town hall?",
    "</title></textarea></script></style><svg onload=window.harmed=7>",
    "]]> --> <!-- <template>",
    "The lift of the town hall was built by Otis </p></blockquote></template></textarea></script>"
    "<iframe srcdoc='<script>parent.harmed=8</script>'></iframe> in 1931. "
    "{{constructor.constructor('window.harmed=9')()}} ${window.harmed=10}",
)
TURNING = Hostile(
    "How many days does a refund of the fare take?",
    "\u202eserutcel dna seraf\u2066",
    "\u202b Fares \u2067",
    "A refund of the fare takes 14 days \u202e syad 41 \u2066 and is paid to the account that was used. Nothing is "
    "paid in cash at the counter.",
)
EMOJI = Hostile(
    "When does the summer party on the roof begin?",
    "Party 🎉",
    "🗓️ When",
    "😀😀 Everybody 👩‍👩‍👧‍👦 is welcome. The summer party on the roof begins at 17:30 🕠 on the first Friday of "
    "July 🎆. 😀 Bring a cake 🎂 and a chair 🪑.",
)
LONG = Hostile(
    "What is the name of the longest river of the valley?",
    "W" * 300,
    "H" * 300,
    f"The longest river of the valley is called {'Llanfair' * 40}. It has no bridges.",
)
ALL = (SCRIPT, CLOSING, TURNING, EMOJI, LONG)


class _Silent:
    def step(self, text: str) -> None: ...

    def total(self, count: int) -> None: ...

    def advance(self, count: int) -> None: ...


def build_hostile(data_dir: Path, folder: Path) -> None:
    """Make the default collection of a data folder hold them all.

    Args:
        data_dir: Has the exported encoder already, or it is exported.
        folder: Where the documents are written first.
    """
    lines = [
        {"title": one.title, "text": f"## {_literal(one.heading)}\n\n{_literal(one.text)}", "published": "2026-11-23",
         "url": "https://example.org/a?b=<script>#\"onclick=", "format": "markdown"}
        for one in ALL
    ]  # fmt: skip
    path = folder / "hostile.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    build(Collection(data_dir, "default"), [path], Settings().model, _Silent())


def _literal(text: str) -> str:
    """Return Markdown that says just this."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


def assert_harmless(page: Page) -> None:
    """Check that nothing of the documents was run, and that none of their tags became an element.

    Raises:
        AssertionError: Something was, or some did.
    """
    assert page.evaluate("window.harmed") is None
    made = page.evaluate(
        """() => {
          const shadows = [...document.querySelectorAll("*")].map((one) => one.shadowRoot).filter(Boolean);
          const roots = [document, ...shadows];
          const wrong = "iframe, img, style, base, template, svg[onload], [href^='javascript:'], [onclick], [onerror]";
          return roots.flatMap((root) => [...root.querySelectorAll(wrong)].map((one) => one.outerHTML));
        }"""
    )
    assert made == []

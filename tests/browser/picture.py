"""The README's picture: the widget on a page of another site, an answer with the card of its citation.

``python -m tests.browser.picture`` writes ``docs/images/widget.png``.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import FLAGS
from tests.browser.host import serving
from tests.browser.painted import browser_path, running, sample_data
from tests.browser.widget import ANSWERED
from tests.conftest import ROOT

FILE = ROOT / "docs/images/widget.png"
_PAGE = """<style>
body { margin: 0; font: 16px/1.65 system-ui, sans-serif; color: #30353f; background: #f7f8fa; }
header { padding: 16px 40px; background: #fff; border-bottom: 1px solid #e3e6ec; font-weight: 600; }
main { max-width: 30em; padding: 24px 40px; }
h1 { font-size: 28px; line-height: 1.2; color: #1a1d23; }
</style>
<header>Library of the institute</header>
<main><h1>China's technology policy</h1>
<p>Two essays on where it came from, what it has achieved, and what the answer from Washington did to it.</p>
<p>Ask them something: every answer is in their own words, and each number behind a sentence leads to its place.</p>
</main>
<script type="module" src="{service}/widget.js" data-key="{key}" data-title="Ask the library"></script>"""


def main() -> None:
    """Take the picture."""
    with tempfile.TemporaryDirectory() as folder, serving() as host, sync_playwright() as playwright:
        data_dir = Path(folder)
        key = sample_data(data_dir, host.origin)
        with running(data_dir) as address:
            body = _PAGE.replace("{service}", address).replace("{key}", key)
            url = host.add(address, body, headers={"Content-Security-Policy": "base-uri 'none'"})
            browser = playwright.chromium.launch(executable_path=browser_path(), headless=True, args=FLAGS)
            page = browser.new_page(viewport={"width": 1000, "height": 740}, device_scale_factor=1.5)
            page.goto(url)
            page.get_by_role("button", name="Open the chat").click()
            page.get_by_role("textbox").fill(ANSWERED)
            page.keyboard.press("Enter")
            page.get_by_role("button", name="Citation 1").click()
            page.get_by_role("group", name="Citation 1").wait_for()
            FILE.parent.mkdir(exist_ok=True)
            page.screenshot(path=FILE, animations="disabled")
            browser.close()


if __name__ == "__main__":
    main()

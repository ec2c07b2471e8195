"""How long it takes from the click to the painted answer, and until the widget can be used.

``python -m tests.browser.painted``: service, sample documents and browser are on this machine, so that no network is in
it. A painted answer is one whose frame has been shown: the second frame after the change begins when the first is out.
"""

from __future__ import annotations

import os
import platform
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from api.access.store import KeyStore
from eval.sets import load_set
from index.build import build
from index.collection import Collection
from index.settings import Settings
from tests.browser.conftest import FLAGS, NAMES
from tests.browser.host import serving
from tests.browser.widget import BODY
from tests.conftest import ROOT, SEEDS, Silent, start_service

QUESTIONS = 50
LOADS = 20

_PAINTED = """(question) => new Promise((done) => {
  const root = document.querySelector("pincite-chat").shadowRoot;
  const box = root.querySelector("textarea");
  const count = root.querySelectorAll(".answer").length;
  let clicked = 0;
  const watch = new MutationObserver(() => {
    if (root.querySelectorAll(".answer").length === count) return;
    watch.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - clicked)));
  });
  watch.observe(root, {childList: true, subtree: true});
  box.value = question;
  const button = root.querySelector("[part=send]");
  button.addEventListener("click", () => { clicked = performance.now(); }, {capture: true, once: true});
  button.click();
})"""
_USABLE = """() => new Promise((done) => {
  const look = () => {
    const button = document.querySelector("pincite-chat")?.shadowRoot?.querySelector("[part=launcher]");
    if (button?.offsetWidth) requestAnimationFrame(() => done(performance.now()));
    else requestAnimationFrame(look);
  };
  look();
})"""


def browser_path() -> str:
    """Return where the browser is."""
    return next(filter(None, map(shutil.which, NAMES)))


def sample_data(data_dir: Path, origin: str) -> str:
    """Index the sample documents, and return a publishable key for an origin."""
    build(Collection(data_dir, "default"), [SEEDS], Settings().model, Silent())
    return KeyStore(data_dir).create("page", origins=frozenset({origin}), rate=1_000_000)[1]


@contextmanager
def running(data_dir: Path) -> Iterator[str]:
    """Serve a data folder, and give the address."""
    process, address = start_service(data_dir, stderr=subprocess.DEVNULL)
    yield address
    process.terminate()
    process.wait(timeout=30)


def _line(name: str, values: list[float]) -> str:
    cuts = statistics.quantiles(values, n=20)
    return f"| {name} | {len(values)} | {statistics.median(values):.1f} | {cuts[18]:.1f} | {max(values):.1f} |"


def _ask_all(page: Page, questions: list[str]) -> list[float]:
    page.get_by_role("button", name="Open the chat").click()
    page.evaluate(_PAINTED, "Is it warm?")
    return [page.evaluate(_PAINTED, question) for question in questions]


def main() -> None:
    """Measure, and print a table."""
    questions = list(dict.fromkeys(case.question for case in load_set(ROOT / "eval/sets/seeds.yaml").cases))[:QUESTIONS]
    with tempfile.TemporaryDirectory() as folder, serving() as host, sync_playwright() as playwright:
        data_dir = Path(folder)
        key = sample_data(data_dir, host.origin)
        with running(data_dir) as address:
            url = host.add(address, BODY.format(service=address, attributes=f'data-key="{key}"'))
            browser = playwright.chromium.launch(executable_path=browser_path(), headless=True, args=FLAGS)
            cold: list[float] = []
            warm: list[float] = []
            for _ in range(LOADS):
                page = browser.new_page()
                for loads in (cold, warm):
                    page.goto(url)
                    loads.append(page.evaluate(_USABLE))
                page.close()
            page = browser.new_page()
            page.goto(url)
            painted = _ask_all(page, questions)
            version = browser.version
            browser.close()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Chromium {version}; milliseconds\n")
    print("| from … to | times | median | 95th of 100 | worst |\n|---|---|---|---|---|")
    print(_line("click on Ask to painted answer", painted))
    print(_line("navigation to usable widget, nothing in the cache", cold))
    print(_line("navigation to usable widget, modules in the cache", warm))


if __name__ == "__main__":
    main()

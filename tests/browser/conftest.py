"""A browser, a service for it, pages of another origin, and what keeps watch over them.

The variable ``CHROMIUM`` names the browser, and says that nothing may be skipped for want of one.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from api.access.keys import Role
from api.access.store import KeyStore
from index.build import build
from index.collection import Collection
from index.settings import Settings
from tests.browser.accessibility import AXE, check
from tests.browser.books import BOOKS
from tests.browser.faults import Faults
from tests.browser.host import Host, serving
from tests.browser.widget import BODY, Chat, OpenChat
from tests.conftest import ROOT, Silent

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SCREENSHOTS = ROOT / "build/screenshots"
MILLISECONDS = 15_000
"""What a page may take for one thing: long, since nothing here is timed."""

Axe = Callable[[Page], int]


class Shot(Protocol):
    """Keeps a picture of what is seen of a page, or of the whole of it."""

    def __call__(self, page: Page, name: str, *, whole: bool = False) -> Path: ...


def _missing(what: str) -> None:
    """Skip, or fail where nothing may be skipped."""
    (pytest.fail if os.environ.get("CHROMIUM") else pytest.skip)(what)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium. Its loop runs in this thread, where there can be no other: so it ends before tests of other folders."""
    named = os.environ.get("CHROMIUM")
    path = next(filter(None, map(shutil.which, [named] if named else NAMES)), None)
    if path is None:
        _missing(f"no {named or 'Chromium'} is on the path. Install it: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def host() -> Iterator[Host]:
    """A server of pages of another origin: ``host.add(service, body)`` returns the address of a new one."""
    with serving() as host:
        yield host


def _over_seeds(seeds_data: Path, data_dir: Path) -> Path:
    """Return a data folder over the sample documents that a service may write to."""
    for name in ("collections", "encoders"):
        (data_dir / name).symlink_to(seeds_data / name)
    return data_dir


@pytest.fixture(scope="session")
def service(
    seeds_data: Path, start_server: Callable[..., str], host: Host, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """Address of a service over the sample documents, without keys, that the pages of ``host`` may ask."""
    data_dir = _over_seeds(seeds_data, tmp_path_factory.mktemp("service"))
    return start_server(data_dir, PINCITE_CORS_ORIGINS=host.origin)


@dataclass(frozen=True)
class KeyedService:
    """A service with keys.

    Attributes:
        data_dir: Its data folder; keys that are made there open it at once.
        address: Where it is.
        read: A key that reads.
        publishable: One for the pages of ``host``.
    """

    data_dir: Path
    address: str
    read: str
    publishable: str


@pytest.fixture(scope="session")
def keyed_service(
    seeds_data: Path, start_server: Callable[..., str], host: Host, tmp_path_factory: pytest.TempPathFactory
) -> KeyedService:
    """A service over the sample documents that takes a key, and has questions to begin with."""
    data_dir = _over_seeds(seeds_data, tmp_path_factory.mktemp("keyed-service"))
    keys = KeyStore(data_dir)
    read = keys.create("reader", Role.READ, rate=0)[1]
    publishable = keys.create("page", origins=frozenset({host.origin}), rate=1_000_000)[1]
    address = start_server(data_dir, PINCITE_EXAMPLES=str(ROOT / "eval/sets/seeds.yaml"))
    return KeyedService(data_dir, address, read, publishable)


@pytest.fixture(scope="session")
def library(seeds_data: Path, start_server: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """Address of a service with questions to begin with and two collections: the sample documents, and ``books``."""
    data_dir = tmp_path_factory.mktemp("library")
    (data_dir / "encoders").symlink_to(seeds_data / "encoders")
    (data_dir / "collections").mkdir()
    (data_dir / "collections/default").symlink_to(seeds_data / "collections/default")
    books = data_dir / "books.jsonl"
    books.write_text("".join(json.dumps(book) + "\n" for book in BOOKS), encoding="utf-8")
    build(Collection(data_dir, "books"), [books], Settings().model, Silent())
    return start_server(data_dir, PINCITE_EXAMPLES=str(ROOT / "eval/sets/seeds.yaml"))


@pytest.fixture
def faults() -> Iterator[Faults]:
    """What the browser found wrong, of which nothing may be left at the end that a test did not ``expect``."""
    faults = Faults()
    yield faults
    faults.check()


class OpenPage:
    """Opens a page as somebody has it before them, each in a browser that knows nothing yet."""

    def __init__(self, browser: Browser, faults: Faults) -> None:
        self._browser = browser
        self._faults = faults
        self._contexts: list[BrowserContext] = []

    def __call__(
        self,
        url: str,
        *,
        phone: bool = False,
        dark: bool = False,
        locale: str | None = None,
        reduced_motion: bool = False,
        zoom: float = 1,
    ) -> Page:
        """Open it."""
        width, height = (390, 844) if phone else (1280, 800)
        context = self._browser.new_context(
            viewport={"width": round(width / zoom), "height": round(height / zoom)},
            device_scale_factor=(2 if phone else 1) * zoom,
            is_mobile=phone,
            has_touch=phone,
            color_scheme="dark" if dark else "light",
            locale=locale or "en-GB",
            reduced_motion="reduce" if reduced_motion else "no-preference",
        )
        self._contexts.append(context)
        context.set_default_timeout(MILLISECONDS)
        self._faults.watch(context)
        page = context.new_page()
        page.goto(url)
        return page

    def close(self) -> None:
        """Close all that were opened."""
        for context in self._contexts:
            context.close()


@pytest.fixture
def open_page(browser: Browser, faults: Faults) -> Iterator[OpenPage]:
    """Open pages; see ``OpenPage``."""
    opened = OpenPage(browser, faults)
    yield opened
    opened.close()


@pytest.fixture
def axe() -> Axe:
    """Check pages by axe-core's rules: it fails with all that are broken, and returns how many were kept."""
    if not AXE.is_file():
        _missing("axe-core is not installed. Install it: npm install --no-package-lock --ignore-scripts")
    return check


@pytest.fixture(scope="session")
def shot() -> Shot:
    """Keep a picture of a page: ``shot(page, "open-dark-phone")``."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)

    def keep(page: Page, name: str, *, whole: bool = False) -> Path:
        path = SCREENSHOTS / f"{name}.png"
        page.screenshot(path=path, full_page=whole, animations="disabled")
        return path

    return keep


@pytest.fixture
def open_chat(keyed_service: KeyedService, host: Host, open_page: OpenPage) -> OpenChat:
    """Open a page of another origin with the widget: ``open_chat('data-title="Help"', phone=True)``.

    ``service`` is another than ``keyed_service``, ``key=None`` leaves the key out, ``body`` takes the place of what the
    page holds, ``lang`` and ``direction`` are the page's; all else is as with ``open_page``.
    """

    def opened(
        attributes: str = "",
        *,
        key: str | None = keyed_service.publishable,
        service: str = keyed_service.address,
        body: str = BODY,
        lang: str = "en",
        direction: str = "ltr",
        **options: Any,  # noqa: ANN401 - as open_page takes them
    ) -> Chat:
        given = f'data-key="{key}" {attributes}' if key else attributes
        content = body.format(service=service, attributes=given)
        page = open_page(host.add(service, content, lang=lang, direction=direction), **options)
        page.locator("pincite-chat section").wait_for(state="attached")
        return Chat(page)

    return opened

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.pages import POLICY, Pages
from index.settings import Settings
from tests.conftest import ROOT

STATIC = ROOT / "api/static"
ALL = ["/", "/documents/a", "/documents/a/b", "/widget.js", "/web/{version}/home.js", "/web/{version}/icon.svg"]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client of a service without any documents, which no page has need of."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("pages"))
    with TestClient(create_app(settings), headers={"Accept-Encoding": "identity"}) as client:
        yield client


@pytest.fixture(scope="module")
def version() -> str:
    return Pages.shipped().version


def loaded(page: str) -> list[str]:
    """Return the addresses that a page or script names."""
    return re.findall(r'(?:src=|href=|import |from )"([^"]+)"', page)


@pytest.mark.parametrize(
    "path", ["/", "/documents/a", "/documents/a/b%2Fc/d", "/documents/a/", "/documents/é%20?x=/#/"]
)
@pytest.mark.parametrize("root", ["", "/answers/of ours"])
def test_what_a_page_names_is_there_wherever_the_page_is(path: str, root: str, tmp_path: Path) -> None:
    with TestClient(create_app(Settings(data_dir=tmp_path)), root_path=root) as client:
        page = client.get(root + path)
        named = loaded(page.text)

        assert len(named) >= 2
        for one in named:
            found = client.get(page.url.join(one))
            assert found.status_code == 200, one
            if "/web/" in one:
                assert found.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_the_widget_loads_modules_of_its_own_version(client: TestClient, version: str) -> None:
    (named, *_) = loaded(client.get("/widget.js").text)

    assert named.startswith(f"./web/{version}/")
    assert client.get(named.removeprefix(".")).status_code == 200


@pytest.mark.parametrize("path", ALL)
def test_it_is_sent_compressed_to_those_that_take_it_and_not_again_to_those_that_have_it(
    client: TestClient, version: str, path: str
) -> None:
    path = path.format(version=version)
    plain = client.get(path)
    assert plain.status_code == 200
    assert plain.headers["Vary"] == "Accept-Encoding"
    assert "Content-Encoding" not in plain.headers
    for accepted in ("gzip", "br, GZIP;q=0.5", "deflate,gzip;q=1.0"):
        with client.stream("GET", path, headers={"Accept-Encoding": accepted}) as zipped:
            assert zipped.headers["Content-Encoding"] == "gzip"
            assert zipped.headers["ETag"] == plain.headers["ETag"]
            assert gzip.decompress(b"".join(zipped.iter_raw())) == plain.content
    for refused in ("gzip;q=0", "br, gzip; q=0.00, deflate", "br"):
        assert client.get(path, headers={"Accept-Encoding": refused}).headers.get("Content-Encoding") is None
    for known in (
        plain.headers["ETag"],
        plain.headers["ETag"].removeprefix("W/"),
        f'"x", {plain.headers["ETag"]}',
        "*",
    ):
        again = client.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        for name in ("ETag", "Cache-Control", "Vary"):
            assert again.headers[name] == plain.headers[name]
    assert client.get(path, headers={"If-None-Match": '"x"'}).status_code == 200


@pytest.mark.parametrize("path", ALL)
def test_head_tells_what_get_would_send_and_nothing_else_is_allowed(
    client: TestClient, version: str, path: str
) -> None:
    path = path.format(version=version)
    get, head, post = client.get(path), client.head(path), client.post(path)

    assert (head.status_code, head.content) == (200, b"")
    assert {**head.headers, "x-request-id": ""} == {**get.headers, "x-request-id": ""}
    assert (post.status_code, post.headers["Allow"]) == (405, "GET, HEAD")


def test_a_page_that_was_loaded_before_an_upgrade_gets_the_files_that_there_are_and_keeps_none(
    client: TestClient, version: str
) -> None:
    current, old = client.get(f"/web/{version}/home.js"), client.get("/web/0123456789abcdef/home.js")

    assert old.content == current.content
    assert old.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["/web/{version}/nothing.js", "/web/{version}/..%2Fwidget.js", "/web/{version}/", "/web/x"]
)
def test_there_is_nothing_else(client: TestClient, version: str, path: str) -> None:
    found = client.get(path.format(version=version))

    assert found.status_code == 404
    assert found.headers["Content-Type"] == "application/problem+json"
    assert found.headers["Cache-Control"] == "no-store"


def test_scripts_and_they_alone_are_for_pages_of_every_origin(client: TestClient, version: str) -> None:
    for path in ("/widget.js", f"/web/{version}/home.js"):
        headers = client.get(path, headers={"Origin": "https://www.example.org"}).headers
        assert headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    for path in ("/", "/documents/a", f"/web/{version}/page.css", f"/web/{version}/icon.svg"):
        headers = client.get(path, headers={"Origin": "https://www.example.org"}).headers
        assert "Access-Control-Allow-Origin" not in headers
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/", "/documents/a"])
def test_pages_run_under_a_policy_that_lets_nothing_in(client: TestClient, path: str) -> None:
    page = client.get(path)

    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["Content-Security-Policy"] == POLICY
    assert "unsafe" not in POLICY
    assert "*" not in POLICY


def test_the_version_is_another_as_soon_as_any_file_is(tmp_path: Path) -> None:
    def written(**changed: str) -> str:
        files = {"widget.js": "1", "index.html": "2", "document.html": "3", "web/a.js": "4", "web/b.css": "5"} | changed
        (tmp_path / "web").mkdir(exist_ok=True)
        for name, text in files.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        return Pages(tmp_path).version

    names = ["widget.js", "index.html", "document.html", "web/a.js", "web/b.css", "web/c.js"]
    versions = {written(), *(written(**{name: "changed"}) for name in names)}
    assert len(versions) == 1 + len(names)


@pytest.mark.parametrize("path", sorted(STATIC.rglob("*.html")), ids=lambda path: path.name)
def test_pages_as_they_are_written_have_no_style_or_handler_in_attributes_and_name_nothing_elsewhere(
    path: Path,
) -> None:
    page = path.read_text(encoding="utf-8")

    assert not re.search(r"\s(?:style|on\w+)\s*=", page)
    assert not re.search(r"<style|<script(?![^>]* src=)", page)
    assert [one for one in loaded(page) if not one.startswith("./")] == []


def test_scripts_are_sent_without_what_only_their_readers_need(client: TestClient, version: str) -> None:
    sent = client.get(f"/web/{version}/client.js").text

    assert "/**" not in sent
    assert not re.search(r"^([ \t]|//)", sent, re.MULTILINE)
    assert "async ask(question, {" in sent
    assert "// the browser does not tell pages why" in sent, "behind code they stay"


@pytest.mark.parametrize("path", sorted(STATIC.rglob("*.js")), ids=lambda path: path.name)
def test_scripts_load_modules_alone_that_lie_beside_them_and_make_no_html_of_text(path: Path) -> None:
    script = path.read_text(encoding="utf-8")
    imported = re.findall(r'^(?:import\b[^;"]*|export [^;"()]*\bfrom\s*)"([^"]+)"', script, re.MULTILINE)

    for module in imported + re.findall(r'\bimport\("([^"]+)"\)', script):
        assert module.startswith("./")
        assert (path.parent / module).is_file(), module
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|setHTMLUnsafe|\beval\(", script)

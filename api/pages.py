"""The pages, and the scripts that they and the pages of others load, as they lie in api/static.

They hold nothing of any document, and so need no key: what they show, their scripts ask for with the key of whoever
looks. `widget.js`, and the pages, are asked for anew each time; what lies in `web/` is kept for a year, under a path
that names the version of them all, so that no script that was kept meets a module of another version.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.abc import Traversable
from importlib.resources import files

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from api.access.route import GuardedRoute
from api.document_tags import tag_of
from api.etags import is_known

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "font-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
"""Under which the pages run: no script but ours, and none that can make HTML of a text."""
_MEDIA_TYPES = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml; charset=utf-8",
}
_FOREVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
# Without it, pages of other origins could not load a module, nor those any script that isolate themselves.
_FOR_ALL = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
_WIDGET, _HOME, _DOCUMENT = "widget.js", "index.html", "document.html"
_UNREAD = re.compile(rb"^[ \t]*//[^\n]*\n|^[ \t]+|/\*\*((?!\*/).)*\*/[ \t]*\n?", re.DOTALL | re.MULTILINE)
"""What nobody should wait for: comments, of which our scripts are a third, and indentation."""
_REFUSES_GZIP = re.compile(r"gzip\s*;\s*q=0(\.0*)?\s*(,|$)")

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is sent.

    Attributes:
        content: The bytes.
        gzipped: The same, compressed.
        tag: Names the content; weak, since it is one for both.
        headers: Those that do not depend on the request.
    """

    content: bytes
    gzipped: bytes
    tag: str
    headers: dict[str, str]

    @classmethod
    def of(cls, content: bytes, suffix: str) -> File:
        """Compress and describe a file.

        Raises:
            KeyError: Files of this kind are not served.
        """
        tag = f"W/{tag_of(content)}"
        headers = {"Content-Type": _MEDIA_TYPES[suffix], "ETag": tag, "Vary": "Accept-Encoding"}
        if suffix == "js":
            headers |= _FOR_ALL
            content = _UNREAD.sub(b"", content)
        if suffix == "html":
            headers["Content-Security-Policy"] = POLICY
        return cls(content, gzip.compress(content, mtime=0), tag, headers)

    def response(self, request: Request, cache: str) -> Response:
        """Answer with the file, or with 304 where the client has it."""
        headers = self.headers | {"Cache-Control": cache}
        if is_known(request.headers.get("If-None-Match"), self.tag):
            return Response(status_code=304, headers=headers)
        accepted = request.headers.get("Accept-Encoding", "").lower()
        if "gzip" in accepted and not _REFUSES_GZIP.search(accepted):
            return Response(self.gzipped, headers=headers | {"Content-Encoding": "gzip"})
        return Response(self.content, headers=headers)


class Pages:
    """All files, read and compressed once.

    `widget.js` and the pages are written as if they lay where Pincite is: what begins with `"./` is below it.
    They are served with relative addresses that lead there from wherever they are, behind whichever proxy.

    Args:
        folder: Has `widget.js`, the pages, and the folder `web`.

    Attributes:
        version: Names what all files hold.
        widget: The script that pages of others load.
        web: The files of `web`, by name.
    """

    def __init__(self, folder: Traversable) -> None:
        top = {name: folder.joinpath(name).read_text(encoding="utf-8") for name in (_WIDGET, _HOME, _DOCUMENT)}
        web = {file.name: file.read_bytes() for file in folder.joinpath("web").iterdir() if file.is_file()}
        digest = hashlib.sha256(repr((sorted(top.items()), sorted(web.items()))).encode())
        self.version = digest.hexdigest()[:16]
        self.web = {name: File.of(content, name.rpartition(".")[2]) for name, content in web.items()}
        top = {name: text.replace('"./web/', f'"./web/{self.version}/') for name, text in top.items()}
        self.widget = File.of(top[_WIDGET].encode(), "js")
        self._pages = {name: top[name] for name in (_HOME, _DOCUMENT)}

    @classmethod
    def shipped(cls) -> Pages:
        """Read those that belong to this package."""
        return cls(files("api").joinpath("static"))

    def page(self, name: str, up: int) -> File:
        """Return a page for an address so many folders below where Pincite is."""
        return _below(self._pages[name], up)


@lru_cache(maxsize=16)
def _below(page: str, up: int) -> File:
    return File.of(page.replace('"./', f'"{"../" * up or "./"}').encode(), "html")


def _pages(request: Request) -> Pages:
    pages: Pages = request.app.state.pages
    return pages


@router.get("/")
async def home(request: Request) -> Response:
    """Show the page to ask on."""
    return _pages(request).page(_HOME, 0).response(request, _ASK_AGAIN)


@router.get("/documents/{document_id:path}")
async def document(request: Request, document_id: str) -> Response:
    """Show the source viewer, whether there is such a document or not: its script will know."""
    # A browser counts the slashes that are written as such.
    up = 1 + document_id.count("/") - request.scope["raw_path"].lower().count(b"%2f")
    return _pages(request).page(_DOCUMENT, max(up, 1)).response(request, _ASK_AGAIN)


@router.get("/widget.js")
async def widget(request: Request) -> Response:
    """Give the script that puts Pincite on a page."""
    return _pages(request).widget.response(request, _ASK_AGAIN)


@router.get("/web/{version}/{name}")
async def web(request: Request, version: str, name: str) -> Response:
    """Give a file that the widget or a page loads; to a page of an older or newer version, the one that there is."""
    pages = _pages(request)
    file = pages.web.get(name)
    if file is None:
        raise HTTPException(404)
    return file.response(request, _FOREVER if version == pages.version else _ASK_AGAIN)

"""Pages of another origin than the service's, under as strict a policy as a careful site has."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Host:
    """A server of pages that tests write.

    Attributes:
        origin: Of its pages: another port than the service's, and another name.
        pages: Content and headers by path.
    """

    origin: str
    pages: dict[str, tuple[bytes, Mapping[str, str]]] = field(default_factory=dict)

    def add(
        self,
        service: str,
        body: str,
        *,
        lang: str = "en",
        direction: str = "ltr",
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """Add a page.

        Args:
            service: Address of the service that its scripts may come from, and may ask.
            body: HTML of its body.
            lang: Its language.
            direction: `ltr` or `rtl`.
            headers: Take the place of its policy, which `policy` gives, or are added to it.

        Returns:
            Its address.
        """
        path = f"/{len(self.pages)}"
        page = (
            f'<!doctype html><html lang="{lang}" dir="{direction}"><head><meta charset="utf-8"><title>A page</title>'
            f'<meta name="viewport" content="width=device-width"></head><body>{body}</body></html>'
        )
        sent = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy(service)}
        self.pages[path] = page.encode(), sent | dict(headers or {})
        return f"{self.origin}{path}"


def policy(service: str) -> str:
    """Return the policy of a page that lets in nothing but one service's scripts."""
    return (
        f"default-src 'none'; script-src {service}; connect-src {service}; style-src 'none'; img-src 'none'; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


@contextmanager
def serving() -> Iterator[Host]:
    """Serve from a thread."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content, headers = host.pages.get(self.path, (b"", {}))
            self.send_response(200 if content else 404)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the base class
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        host = Host(f"http://localhost:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield host
        server.shutdown()
        thread.join()

"""What a browser finds wrong with a page: no test passes with any that it did not name."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, WebError

_HERE = {"127.0.0.1", "localhost"}
_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => pinciteViolation(
  `${event.effectiveDirective} ${event.blockedURI} at ${event.sourceFile}:${event.lineNumber} ${event.sample}`));
"""


@dataclass
class Faults:
    """Errors and warnings in the console, errors that nobody caught, what a policy stopped, and requests to elsewhere.

    Attributes:
        found: All, in the order in which they came.
        expected: Patterns of those that a test has named.
    """

    found: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def expect(self, pattern: str) -> None:
        """Expect one or more in which a regular expression is found."""
        self.expected.append(pattern)

    def watch(self, context: BrowserContext) -> None:
        """Note all of a context."""
        context.on("console", self._on_console)
        context.on("weberror", self._on_error)
        context.on("request", self._on_request)
        context.expose_function("pinciteViolation", lambda text: self.found.append(f"policy: {text}"))
        context.add_init_script(_VIOLATIONS)

    def check(self) -> None:
        """Check that all that was found was expected, and the other way round."""
        wrong = [one for one in self.found if not any(re.search(pattern, one) for pattern in self.expected)]
        assert not wrong, "the browser found fault:\n" + "\n".join(wrong)
        missed = [pattern for pattern in self.expected if not any(re.search(pattern, one) for one in self.found)]
        assert not missed, f"the browser did not find {missed}, but {self.found}"

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.found.append(f"console {message.type}: {message.text} at {message.location.get('url')}")

    def _on_error(self, error: WebError) -> None:
        self.found.append(f"uncaught: {error.error.stack or error.error}")

    def _on_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in {"data", "blob", "about"} and address.hostname not in _HERE:
            self.found.append(f"request to elsewhere: {request.url}")

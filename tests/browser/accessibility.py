"""What axe-core finds in a page, whatever policy the page has."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Page

from tests.conftest import ROOT

AXE = ROOT / "node_modules/axe-core/axe.min.js"
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
# Style sheets are not fetched anew to be read: the page's policy would stop it.
_RUN = f"axe.run(document, {{runOnly: {json.dumps(_TAGS)}, resultTypes: ['violations'], preload: false}})"


def check(page: Page) -> int:
    """Check a page and its shadow roots by the rules of WCAG 2.2 AA and of good practice; return how many it passed.

    Raises:
        AssertionError: It breaks some; the message has each with the places where it does.
    """
    session = page.context.new_cdp_session(page)
    try:
        _evaluate(session, AXE.read_text(encoding="utf-8") + "; 0")
        found = _evaluate(session, _RUN)
    finally:
        session.detach()
    assert not found["violations"], "\n".join(map(_told, found["violations"]))
    return len(found["passes"])


def _evaluate(session: Any, script: str) -> Any:  # noqa: ANN401 - what a script returns
    """Run a script as the developer's tools do: no policy forbids it."""
    answer = session.send("Runtime.evaluate", {"expression": script, "awaitPromise": True, "returnByValue": True})
    assert "exceptionDetails" not in answer, answer["exceptionDetails"]
    return answer["result"].get("value")


def _told(violation: dict[str, Any]) -> str:
    places = "".join(f"\n  at {node['target']}: {node['failureSummary']}" for node in violation["nodes"])
    return f"{violation['id']} ({violation['impact']}): {violation['help']}{places}"

"""docs/errors.md tells of every problem that can be sent, and of no others."""

from __future__ import annotations

import re

from api.problems import HTTP_PROBLEMS, KINDS, PROBLEMS
from tests.conftest import ROOT

ROW = re.compile(r"^\| `([a-z0-9-]+)` \| (\d{3}) \| (.+) \| (.+) \|$", re.MULTILINE)


def test_the_page_and_the_tables_are_equal() -> None:
    rows = ROW.findall((ROOT / "docs" / "errors.md").read_text(encoding="utf-8"))

    assert {kind: int(status) for kind, status, _, _ in rows} == KINDS
    assert len(rows) == len(KINDS), "each has one row"
    assert [(int(status), kind) for kind, status, _, _ in rows] == sorted(
        ((int(status), kind) for kind, status, _, _ in rows), key=lambda row: row[0]
    ), "in the order of statuses"


def test_no_two_tables_disagree() -> None:
    stated = [*((kind, status) for status, kind in PROBLEMS.values()), *HTTP_PROBLEMS.items()]
    assert len(dict(stated)) == len(set(stated))

"""The audit fails on a finding, and says when nothing was checked."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from types import ModuleType

import pytest

from tests.conftest import ROOT


@pytest.fixture
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", ROOT / ".ci" / "audit.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def report(*packages: Mapping[str, object]) -> str:
    return json.dumps({"dependencies": packages})


SOUND = {"name": "sound", "version": "1.0", "vulns": []}
UNKNOWN = {"name": "unknown", "skip_reason": "not found"}
BAD = {"name": "bad", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"], "description": "…"}]}


def test_a_finding_fails_and_is_named(audit: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.judge(report(SOUND, UNKNOWN, BAD)) == 1
    assert "bad 1.0: PYSEC-1, fixed in 1.1" in capsys.readouterr().out


def test_none_passes_and_what_was_not_looked_up_is_named(audit: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.judge(report(SOUND, UNKNOWN)) == 0
    assert capsys.readouterr().out == "audit: 0 advisories about 1 packages; not looked up: unknown\n"


def test_that_nothing_was_checked_is_said(audit: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.judge(report(UNKNOWN)) == 0
    assert "SKIPPED, nothing was checked: the advisory service knows none" in capsys.readouterr().out


def test_without_a_network_it_is_skipped_with_the_reason(
    audit: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert audit.main() == 0
    assert "SKIPPED, nothing was checked: the advisory service cannot be reached" in capsys.readouterr().out


def test_pins_that_cannot_be_read_fail(audit: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> None:
    pins = tmp_path_factory.mktemp("pins") / "pins.txt"
    pins.write_text("nonsense==\n", encoding="utf-8")
    assert audit.main(pins) == 1

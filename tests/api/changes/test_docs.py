"""The lines of docs/http.md do what the page says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.api.changes.conftest import eventually, serving
from tests.conftest import ROOT


@pytest.mark.skipif(shutil.which("curl") is None, reason="runs the page's lines, which need curl")
def test_the_lines_of_the_page_run_one_after_the_other(bare_data: Path) -> None:
    page = (ROOT / "docs/http.md").read_text(encoding="utf-8")
    part = page[page.index("## Changing documents") : page.index("## Errors")]
    blocks = re.findall(r"```console\n(.*?)```", part, re.DOTALL)
    assert len(blocks) >= 6
    folder = bare_data.parent / "empty"
    folder.mkdir()
    with serving(bare_data, workers=1) as service:
        key = service.client.headers["authorization"].removeprefix("Bearer ")

        def idle() -> bool:
            listed = service.client.get("/v1/operations").raise_for_status().json()["operations"]
            return all(one["state"] in {"succeeded", "failed"} for one in listed)

        for block in blocks:
            script = block.replace("http://127.0.0.1:8000", str(service.client.base_url).rstrip("/"))
            # Each waits for what was asked for before, as a reader does.
            for command in re.split(r"\n(?=curl|printf)", script):
                done = subprocess.run(
                    ["bash", "-c", f'curl() {{ command curl --fail-with-body "$@"; }}\n{command}'],
                    cwd=folder,
                    env={**os.environ, "KEY": key},
                    capture_output=True,
                    text=True,
                    timeout=60,
                    check=False,
                )
                assert done.returncode == 0, (command, done.stdout, done.stderr)
                eventually(idle)
        listed = service.client.get("/v1/operations", params={"limit": 100}).json()["operations"]
        assert [one for one in listed if one["state"] != "succeeded"] == []
        assert service.ids("default") == ["canteen", "hr/bicycles", "hr/parking", "leave"]
        assert service.text("default", "hr/parking") == "Visitors take the bus."

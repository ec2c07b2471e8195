"""The built wheel holds everything: it is imported and run in an empty folder, with the sources out of reach."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel and unpack it as installing would."""
    folder = tmp_path_factory.mktemp("wheel")
    command = ["pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run([sys.executable, "-m", *command], check=True, timeout=300)
    (wheel,) = folder.glob("pincite-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_all_packages_import_from_the_wheel_in_an_empty_folder(unpacked: Path, tmp_path: Path) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(unpacked)!r})\n"
        "import importlib, pkgutil\n"
        "for package in ('qa', 'index', 'api', 'eval', 'pincite'):\n"
        "    module = importlib.import_module(package)\n"
        f"    assert module.__file__.startswith({str(unpacked)!r}), module.__file__\n"
        "    for found in pkgutil.walk_packages(module.__path__, package + '.'):\n"
        "        if not found.name.endswith('__main__'):\n"
        "            print(importlib.import_module(found.name).__name__)\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )

    assert done.returncode == 0, done.stderr
    assert {"qa.asker", "index.generation", "api.app", "eval.run", "pincite.cli"} <= set(done.stdout.split())


def test_the_wheel_has_every_page_and_script(unpacked: Path) -> None:
    static = ROOT / "api/static"
    ours = {path.relative_to(static): path.read_bytes() for path in static.rglob("*") if path.is_file()}

    assert {path: (unpacked / "api/static" / path).read_bytes() for path in ours} == ours


def test_the_wheel_names_its_command_and_carries_its_licence_but_no_tests_and_no_seeds(unpacked: Path) -> None:
    (info,) = unpacked.glob("pincite-*.dist-info")

    assert "pincite = pincite.cli:main" in (info / "entry_points.txt").read_text(encoding="utf-8")
    assert (info / "licenses" / "LICENSE").is_file()
    assert sorted(path.name for path in unpacked.iterdir() if path != info) == ["api", "eval", "index", "pincite", "qa"]

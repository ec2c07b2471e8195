"""What all tests share: the real model, the sample documents indexed once, the command, and a server on a socket."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from api.access.keys import Role
from api.access.store import KeyStore
from index.build import build
from index.collection import Collection
from index.models import DEFAULT_MODEL, resolve_model
from index.settings import Settings
from qa.asker import Asker
from qa.factory import open_asker

ROOT = Path(__file__).parents[1]
SEEDS = ROOT / "seeds"

Command = Callable[..., "subprocess.CompletedProcess[str]"]


class Silent:
    """Progress that nobody hears."""

    def step(self, text: str) -> None: ...

    def total(self, count: int) -> None: ...

    def advance(self, count: int) -> None: ...


@pytest.fixture(scope="session", autouse=True)
def _own_settings() -> Iterator[None]:
    """Keep the settings of whoever runs the tests out of them."""
    with pytest.MonkeyPatch.context() as patch:
        for variable in [name for name in os.environ if name.startswith("PINCITE_")]:
            patch.delenv(variable)
        patch.setenv("HF_HUB_OFFLINE", "1")
        yield


@pytest.fixture(scope="session", autouse=True)
def _interruptible() -> None:
    """Let processes that tests start hear Ctrl-C, even where the tests run in the background, which ignores it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def seeds_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose default collection holds the sample documents; never change it."""
    data_dir = tmp_path_factory.mktemp("seeds-data")
    build(Collection(data_dir, "default"), [SEEDS], Settings().model, Silent())
    return data_dir


@pytest.fixture(scope="session")
def seeds_asker(seeds_data: Path) -> Asker:
    """Answers from the sample documents."""
    return open_asker(Settings(data_dir=seeds_data))


@pytest.fixture
def data_dir(seeds_data: Path, tmp_path: Path) -> Path:
    """A copy of ``seeds_data`` that a test may change or damage."""
    return Path(shutil.copytree(seeds_data, tmp_path / "data"))


@pytest.fixture
def empty_data(seeds_data: Path, tmp_path: Path) -> Path:
    """A data folder with the exported encoder, so that nothing has to be exported, and no collection."""
    shutil.copytree(seeds_data / "encoders", tmp_path / "empty-data" / "encoders")
    return tmp_path / "empty-data"


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of one narrow layer with random weights that does not normalise its vectors; never change it."""
    import torch
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("models") / "small"
    shutil.copytree(resolve_model(DEFAULT_MODEL).path, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    config = BertConfig(
        vocab_size=30522, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64
    )
    torch.manual_seed(0)
    BertModel(config).save_pretrained(folder)
    modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    kept = [module for module in modules if not module["type"].endswith("Normalize")]
    (folder / "modules.json").write_text(json.dumps(kept), encoding="utf-8")
    pooling = folder / "1_Pooling" / "config.json"
    settings = json.loads(pooling.read_text(encoding="utf-8"))
    pooling.write_text(json.dumps({**settings, "word_embedding_dimension": 32}), encoding="utf-8")
    return folder


def environment(data_dir: Path, **variables: str) -> dict[str, str]:
    """Return the environment of a command: the tests' own, with ``PINCITE_DATA_DIR`` and the given variables."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "PINCITE_DATA_DIR": str(data_dir), "COLUMNS": "120", **variables}


def key_header(data_dir: Path, role: Role = Role.ADMIN) -> dict[str, str]:
    """Make a key in a data folder, and return the header that sends it. From then on, everybody there needs one."""
    return {"Authorization": f"Bearer {KeyStore(data_dir).create('tests', role, rate=0)[1]}"}


@pytest.fixture
def pincite(tmp_path: Path) -> Command:
    """Run the command ``pincite`` in a process of its own: ``pincite(data_dir, "ask", "...", VARIABLE="value")``."""

    def run(data_dir: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-W", "error", "-m", "pincite", *arguments],
            env=environment(data_dir, **variables),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


def start_service(
    data_dir: Path,
    *options: str,
    variables: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stderr: int | None = None,
) -> tuple[subprocess.Popen[str], str]:
    """Start ``pincite serve`` on a free port; return its process, whose standard output is a pipe, and its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pincite", "serve", "--port", "0", *options],
        env=environment(data_dir, **variables or {}),
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )
    assert process.stdout is not None
    first_line = process.stdout.readline()
    found = re.search(r"http://[\d.]+:\d+", first_line)
    assert found, f"no address in {first_line!r}"
    return process, found.group()


@pytest.fixture(scope="session")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """Start ``pincite serve`` on a free port and return its address; every server is stopped at the end.

    ``start_server(data_dir, "--workers", "2", VARIABLE="value")``
    """
    processes: list[subprocess.Popen[str]] = []

    def start(data_dir: Path, *options: str, **variables: str) -> str:
        process, address = start_service(data_dir, *options, variables=variables, cwd=tmp_path_factory.mktemp("server"))
        processes.append(process)
        return address

    yield start
    for process in processes:
        process.terminate()
        assert process.wait(timeout=30) == 0, "the server must end in an orderly way on SIGTERM"
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture(scope="session")
def client(seeds_data: Path, start_server: Callable[[Path], str]) -> Iterator[httpx.Client]:
    """A client of a server over the sample documents."""
    with httpx.Client(base_url=start_server(seeds_data), timeout=30) as client:
        yield client

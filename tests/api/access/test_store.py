"""Keys on disk: what is kept, what is refused, and that changes are seen at once."""

from __future__ import annotations

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.access.keys import Role
from api.access.store import FILE, KeyStore
from index.errors import KeyNotFound, KeysDamaged, SettingsError

ORIGINS = frozenset({"https://www.example.org"})


@pytest.fixture
def store(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "data")


def file_of(store: KeyStore) -> Path:
    return store._path


def test_a_key_is_found_by_itself_and_only_its_hash_is_kept(store: KeyStore) -> None:
    assert store.keys() == {}
    key, text = store.create("desk", Role.WRITE, collections=frozenset({"b", "a"}), rate=7)
    again = KeyStore(file_of(store).parent)

    assert again.find(text) == key == again.keys()[key.id]
    assert (key.role, key.collections, key.rate, key.expires) == (Role.WRITE, frozenset({"a", "b"}), 7, None)
    assert text.startswith(f"pincite_sk_{key.id}_")
    assert len(text.rpartition("_")[2]) >= 1
    assert text.split("_", 3)[3] not in file_of(store).read_text(encoding="utf-8")
    assert store.create("page", origins=ORIGINS)[1].startswith("pincite_pk_")


def test_what_is_not_the_key_finds_nothing(store: KeyStore) -> None:
    key, text = store.create("desk")
    other = store.create("other")[1]
    mixed = f"pincite_sk_{key.id}_{other.split('_', 3)[3]}"
    for wrong in ("", "x", text[:-1], f"{text} ", f"{text}\n", text.upper(), text.replace("_sk_", "_pk_"), mixed, "é"):
        assert store.find(wrong) is None
    assert store.find(text) == key


def test_only_the_owner_may_read_the_file_whatever_the_umask(store: KeyStore) -> None:
    before = os.umask(0)
    try:
        store.create("desk")
        store.create("again")
    finally:
        os.umask(before)
    assert stat.S_IMODE(file_of(store).stat().st_mode) == 0o600
    assert [path.name for path in file_of(store).parent.iterdir() if path.suffix == ".tmp"] == []


def test_a_change_by_another_is_seen_with_the_next_look(store: KeyStore) -> None:
    other = KeyStore(file_of(store).parent)
    key, text = other.create("desk")
    assert store.find(text) == key
    same = store.keys()
    assert store.keys() is same
    other.revoke(key.id)
    assert store.find(text) is None
    assert store.keys() == {}


def test_an_expired_key_is_kept_and_opens_nothing(store: KeyStore) -> None:
    key, text = store.create("desk", days=0)
    lasting, lasting_text = store.create("desk", days=1)
    assert store.find(text) is None
    assert list(store.keys()) == [key.id, lasting.id]
    assert store.find(lasting_text) == lasting


def test_keys_made_at_once_are_all_kept(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda number: KeyStore(tmp_path).create(f"key {number}"), range(24)))
    store = KeyStore(tmp_path)
    assert {key.id for key, _ in made} == set(store.keys())
    assert [store.find(text) for _, text in made] == [key for key, _ in made]


def test_what_is_not_there_cannot_be_revoked(store: KeyStore) -> None:
    store.create("desk")
    with pytest.raises(KeyNotFound, match="pincite keys list"):
        store.revoke("aaaaaaaa")
    assert len(store.keys()) == 1


@pytest.mark.parametrize(
    ("name", "options", "fault"),
    [
        ("", {}, "cannot name a key"),
        ("a" * 65, {}, "cannot name a key"),
        ("a\x1b[2J", {}, "cannot name a key"),
        ("a", {"collections": frozenset({"../up"})}, "cannot name a collection"),
        ("a", {"origins": frozenset({"*"})}, "would let every web page in"),
        ("a", {"origins": frozenset({"https://www.example.org/"})}, "is no origin"),
        ("a", {"origins": ORIGINS, "role": Role.WRITE}, "publishable key"),
        ("a", {"origins": ORIGINS, "rate": 0}, "publishable key"),
    ],
)
def test_what_cannot_be_a_key_is_refused_and_nothing_is_written(
    store: KeyStore, name: str, options: dict[str, object], fault: str
) -> None:
    with pytest.raises(SettingsError, match=fault):
        store.create(name, **options)  # type: ignore[arg-type]
    assert not file_of(store).exists()


def damaged(content: dict[str, object], **changes: object) -> bytes:
    """Return a file whose first key is another in one respect."""
    keys = [{**content["keys"][0], **changes}]  # type: ignore[index]
    return json.dumps({**content, "keys": keys}).encode()


def test_a_damaged_file_is_never_taken_for_no_keys(store: KeyStore) -> None:
    _, text = store.create("desk")
    path = file_of(store)
    good = path.read_bytes()
    content = json.loads(good)
    for bad in (
        b"",
        b"{}",
        good[:-3],
        b"\xff" + good,
        json.dumps({**content, "version": 2}).encode(),
        json.dumps({**content, "more": 1}).encode(),
        json.dumps({**content, "keys": content["keys"] * 2}).encode(),
        damaged(content, colour="red"),
        damaged(content, role="root"),
        damaged(content, collections=["../up"]),
        damaged(content, origins=["*"]),
        damaged(content, expires="tomorrow"),
        damaged(content, sha256="0"),
    ):
        path.write_bytes(bad)
        for ask in (store.keys, lambda: store.find(text), lambda: store.create("more"), lambda: store.revoke("a")):
            with pytest.raises(KeysDamaged) as caught:
                ask()
            assert str(path) in str(caught.value)
            assert content["keys"][0]["sha256"] not in str(caught.value)
        assert path.read_bytes() == bad
    path.write_bytes(good)
    assert store.find(text) is not None


def test_a_file_that_cannot_be_read_is_not_taken_for_none(store: KeyStore) -> None:
    path = file_of(store)
    path.parent.mkdir()
    path.mkdir()
    with pytest.raises(KeysDamaged, match="cannot be read"):
        store.keys()


def test_the_file_holds_what_the_page_says_and_no_more(store: KeyStore) -> None:
    store.create("desk")
    content = json.loads(file_of(store).read_text(encoding="utf-8"))
    fields = {"id", "name", "role", "collections", "origins", "rate", "created", "expires", "sha256"}
    assert (set(content), set(content["keys"][0])) == ({"version", "keys"}, fields)
    assert FILE == "keys.json"

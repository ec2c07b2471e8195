"""Keys in the data folder. Any process may change them; all others go by that with their next request."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from pathlib import Path

from filelock import FileLock

from api.access.key_file import format_keys, parse_keys
from api.access.keys import Key, Role, hash_of, id_in, new_id, new_text
from index.addresses import check_origin
from index.collection import Collection
from index.errors import KeyNotFound, KeysDamaged, SettingsError
from index.files import storage_errors, write_atomically

FILE = "keys.json"
_LONGEST_NAME = 64
_WAIT_SECONDS = 10
_OWNER_ALONE = 0o600


class KeyStore:
    """The keys of one data folder.

    Args:
        data_dir: It need not exist yet.
    """

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._path = data_dir / FILE
        self._stamp: tuple[int, ...] | None = None
        self._keys: Mapping[str, Key] = {}

    def keys(self) -> Mapping[str, Key]:
        """Return all keys by their ids, those that have expired included; the very same object until they change.

        Raises:
            KeysDamaged: The file cannot be read, or is not as it was written. That is never taken for having no keys.
        """
        stamp = self._stamp_of_file()
        if stamp != self._stamp:
            self._keys = self._read() if stamp else {}
            self._stamp = stamp  # of before the reading: what was read may only be newer
        return self._keys

    def find(self, text: str) -> Key | None:
        """Return the key that a text is; none if it is unknown, revoked or expired.

        Raises:
            KeysDamaged: As ``keys``.
        """
        keys = self.keys()
        key_id = id_in(text)
        key = keys.get(key_id) if key_id is not None else None
        return key if key is not None and key.is_of(text) and not key.expired else None

    def create(
        self,
        name: str,
        role: Role = Role.READ,
        *,
        collections: frozenset[str] | None = None,
        origins: frozenset[str] = frozenset(),
        rate: int | None = None,
        days: float | None = None,
    ) -> tuple[Key, str]:
        """Make a key. See ``Key`` for the arguments.

        Args:
            name: What people call it.
            role: What it opens.
            collections: Which collections it opens.
            origins: Which web pages may send it; with any, it is a publishable key.
            rate: Requests a minute and address.
            days: How long it is valid.

        Returns:
            The key's record, and the key, which cannot be had again.

        Raises:
            SettingsError: An argument cannot be used, or they do not go together.
            KeysDamaged: The file cannot be read.
            StorageError: It cannot be written.
        """
        _check(name, role, origins, rate)
        for collection in collections or ():
            Collection(self._data_dir, collection)
        now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
        expires = None if days is None else now + datetime.timedelta(days=days)
        made: list[tuple[Key, str]] = []

        def add(keys: dict[str, Key]) -> None:
            key_id = next(found for found in iter(new_id, None) if found not in keys)
            text = new_text(key_id, publishable=bool(origins))
            key = Key(key_id, name, role, collections, origins, rate, now, expires, hash_of(text))
            keys[key_id] = key
            made.append((key, text))

        self._change(add)
        return made[0]

    def revoke(self, key_id: str) -> Key:
        """Remove a key; it opens nothing from the next request on.

        Raises:
            KeyNotFound: There is none of this id.
            KeysDamaged: The file cannot be read.
            StorageError: It cannot be written.
        """
        removed: list[Key] = []

        def remove(keys: dict[str, Key]) -> None:
            if key_id not in keys:
                raise KeyNotFound(f"there is no key {key_id!r}. `pincite keys list` lists those that there are.")
            removed.append(keys.pop(key_id))

        self._change(remove)
        return removed[0]

    def _change(self, change: Callable[[dict[str, Key]], None]) -> None:
        with storage_errors(self._data_dir):
            self._data_dir.mkdir(parents=True, exist_ok=True)
            with FileLock(self._data_dir / "keys.lock", timeout=_WAIT_SECONDS):
                keys = dict(self.keys())
                change(keys)
                write_atomically(self._path, format_keys(keys), _OWNER_ALONE)

    def _stamp_of_file(self) -> tuple[int, ...]:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise self._unreadable(error) from error
        return found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size

    def _read(self) -> dict[str, Key]:
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise self._unreadable(error) from error
        return parse_keys(content, str(self._path))

    def _unreadable(self, error: OSError) -> KeysDamaged:
        return KeysDamaged(
            f"{self._path} cannot be read ({error.strerror or error}), and nobody is let in until it can. Check its "
            "permissions: it belongs to the user that made the keys, who has to be the one that serves."
        )


def _check(name: str, role: Role, origins: frozenset[str], rate: int | None) -> None:
    if not 1 <= len(name) <= _LONGEST_NAME or not name.isprintable():
        raise SettingsError(f"{name!r} cannot name a key: give it 1 to {_LONGEST_NAME} printable characters.")
    for origin in origins:
        try:
            check_origin(origin)
        except ValueError as error:
            raise SettingsError(f"{error}.") from error
    if origins and role is not Role.READ:
        raise SettingsError("whoever opens the page can read a publishable key: it has the role read, and no other.")
    if origins and rate == 0:
        raise SettingsError("a publishable key always has a limit; leave --rate out for the default.")

"""``keys.json``, as it lies in the data folder: what of it is refused, and how keys are written to it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from api.access.keys import Key, Role
from index.addresses import check_origin
from index.errors import KeysDamaged
from index.settings import COLLECTION_NAME


class _Entry(BaseModel):
    """One key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, StringConstraints(pattern=r"^[0-9a-z]{8}$")]
    name: Annotated[str, StringConstraints(min_length=1)]
    role: Literal["read", "write", "admin"]
    collections: list[Annotated[str, StringConstraints(pattern=COLLECTION_NAME)]] | None
    origins: list[Annotated[str, AfterValidator(check_origin)]]
    rate: Annotated[int, Field(ge=0)] | None
    created: AwareDatetime
    expires: AwareDatetime | None
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]

    @classmethod
    def of(cls, key: Key) -> _Entry:
        return cls(
            id=key.id,
            name=key.name,
            role=key.role.word,
            collections=None if key.collections is None else sorted(key.collections),
            origins=sorted(key.origins),
            rate=key.rate,
            created=key.created,
            expires=key.expires,
            sha256=key.sha256,
        )

    def key(self) -> Key:
        return Key(
            id=self.id,
            name=self.name,
            role=Role[self.role.upper()],
            collections=None if self.collections is None else frozenset(self.collections),
            origins=frozenset(self.origins),
            rate=self.rate,
            created=self.created,
            expires=self.expires,
            sha256=self.sha256,
        )


class _KeyFile(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1]
    keys: list[_Entry]


def parse_keys(content: bytes, place: str) -> dict[str, Key]:
    """Read the file's content.

    Args:
        content: Its bytes.
        place: What to call it in an error.

    Returns:
        Keys by their ids, in the order in which they were made.

    Raises:
        KeysDamaged: It is not as ``format_keys`` writes it.
    """
    try:
        entries = _KeyFile.model_validate_json(content).keys
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]  # what was put in may be a hash
        where = ".".join(str(part) for part in fault["loc"])
        raise KeysDamaged(
            f"{place} does not hold keys as this version writes them ({where or 'the whole'}: {fault['msg']}), and "
            "nobody is let in until it does. Restore it from a backup; or remove it, and make all keys anew."
        ) from error
    keys = {entry.id: entry.key() for entry in entries}
    if len(keys) < len(entries):
        raise KeysDamaged(f"{place} holds two keys of one id. Restore it from a backup.")
    return keys


def format_keys(keys: dict[str, Key]) -> bytes:
    """Return what ``parse_keys`` reads."""
    file = _KeyFile(version=1, keys=[_Entry.of(key) for key in keys.values()])
    return file.model_dump_json(indent=2).encode() + b"\n"


def describe(key: Key) -> dict[str, object]:
    """Return what may be shown of a key: all but its hash."""
    return _Entry.of(key).model_dump(mode="json", exclude={"sha256"})

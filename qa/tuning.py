"""What ``pincite tune`` found to be better for a collection: kept in its folder, and used until it is taken back."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from index.collection import Collection
from index.errors import IndexDamaged
from index.files import write_atomically
from index.manifest import Manifest
from index.seal import seal, unseal
from index.settings import Settings


class Tuning(BaseModel):
    """``tuning.json`` in a collection's folder.

    Attributes:
        dense_weight: In place of the setting's default.
        fingerprint: Of the encoder that it was found for; with another one it does not count.
        set_sha256: Of the question set that it was found on.
        gain: In nDCG@10, on questions held out.
        p_value: How probable such a gain is by chance.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    dense_weight: float
    fingerprint: str
    set_sha256: str
    gain: float
    p_value: float


def _path(collection: Collection) -> Path:
    return collection.folder / "tuning.json"


def read_tuning(collection: Collection) -> Tuning | None:
    """Return what was found for a collection, or None.

    Raises:
        IndexDamaged: The file was changed, or written by another version.
    """
    path = _path(collection)
    if not path.exists():
        return None
    again = f"Run `pincite tune{collection.option}` again, or `pincite tune{collection.option} --reset`."
    try:
        return Tuning.model_validate_json(unseal(path))
    except (IndexDamaged, ValidationError) as error:
        raise IndexDamaged(f"{path} is not the file that `pincite tune` wrote. {again}") from error


def write_tuning(collection: Collection, tuning: Tuning) -> None:
    """Keep a tuning.

    Raises:
        OSError: The folder cannot be written.
    """
    write_atomically(_path(collection), seal(tuning))


def remove_tuning(collection: Collection) -> bool:
    """Take a tuning back; return whether there was one.

    Raises:
        OSError: The folder cannot be written.
    """
    path = _path(collection)
    there = path.exists()
    path.unlink(missing_ok=True)
    return there


def tuned(settings: Settings, collection: Collection, manifest: Manifest) -> Settings:
    """Return the settings with what was found for a collection, unless they state otherwise themselves.

    Raises:
        IndexDamaged: The tuning cannot be read.
    """
    tuning = read_tuning(collection) if "dense_weight" not in settings.model_fields_set else None
    if tuning is None or tuning.fingerprint != manifest.encoder.fingerprint:
        return settings
    return settings.model_copy(update={"dense_weight": tuning.dense_weight})

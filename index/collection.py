"""Where collections live in the data folder, and which generation of each is current.

::

    DATA_DIR/encoders/FINGERPRINT/                    exported encoders, shared by all collections
    DATA_DIR/collections/NAME/CURRENT                 name of the current generation
    DATA_DIR/collections/NAME/generations/GENERATION/ one immutable build
    DATA_DIR/collections/NAME/build.lock              held while building
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from index.errors import CollectionBusy, CollectionNotFound, IndexDamaged, SettingsError
from index.files import write_atomically
from index.settings import COLLECTION_NAME

_BUILDING = ".building-"


@dataclass(frozen=True, slots=True)
class Collection:
    """The folder of one collection; it need not exist yet.

    Raises:
        SettingsError: The name is not fit to be a folder's.
    """

    data_dir: Path
    name: str

    def __post_init__(self) -> None:
        if not re.fullmatch(COLLECTION_NAME, self.name):
            raise SettingsError(
                f"{self.name!r} cannot name a collection: use lower-case letters, digits, - and _, 64 at most."
            )

    @property
    def folder(self) -> Path:
        """Where this collection lives."""
        return self.data_dir / "collections" / self.name

    @property
    def encoders(self) -> Path:
        """Where exported encoders live."""
        return self.data_dir / "encoders"

    @property
    def pointer(self) -> Path:
        """The file that names the current generation."""
        return self.folder / "CURRENT"

    def generation_folder(self, generation: str) -> Path:
        """Where a generation lives."""
        return self.folder / "generations" / generation

    def current(self) -> str:
        """Return the name of the current generation.

        Raises:
            CollectionNotFound: Nothing was ever indexed under this name.
            IndexDamaged: The pointer is unreadable.
        """
        try:
            name = self.pointer.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            option = "" if self.name == "default" else f" --collection {self.name}"
            raise CollectionNotFound(
                f"there is no collection {self.name!r}. Make it with: pincite index{option} PATH (a file or folder of "
                "documents). Collections live in PINCITE_DATA_DIR; `pincite status` shows which that is."
            ) from None
        except (OSError, UnicodeDecodeError) as error:
            raise IndexDamaged(f"{self.pointer} cannot be read. Run `pincite index` again to rebuild it.") from error
        if not re.fullmatch(r"[0-9A-Za-z-]+", name):
            raise IndexDamaged(f"{self.pointer} names no generation. Run `pincite index` again to rebuild it.")
        return name

    def building_folder(self, generation: str) -> Path:
        """Make the folder that a generation is built in, beside its final place; leftovers of a kill are removed.

        Only the holder of the lock may call it.
        """
        generations = self.folder / "generations"
        generations.mkdir(parents=True, exist_ok=True)
        for leftover in generations.glob(f"{_BUILDING}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        folder = generations / f"{_BUILDING}{generation}"
        folder.mkdir()
        return folder

    def point_to(self, generation: str) -> None:
        """Make a generation the current one, in one atomic step."""
        write_atomically(self.pointer, f"{generation}\n".encode("ascii"))

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other builders out.

        Raises:
            CollectionBusy: Another process is building this collection.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.folder / "build.lock", timeout=0)
        try:
            with lock:
                yield
        except Timeout:
            raise CollectionBusy(
                f"another process is indexing the collection {self.name!r}. Wait until it has finished, then run the "
                "command again."
            ) from None


def list_collections(data_dir: Path) -> list[Collection]:
    """Return the collections that have a current generation, by name."""
    folder = data_dir / "collections"
    names = sorted(child.parent.name for child in folder.glob("*/CURRENT")) if folder.is_dir() else []
    return [Collection(data_dir, name) for name in names if re.fullmatch(COLLECTION_NAME, name)]

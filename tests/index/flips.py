"""Flips single bits of every file in a data folder, and tells which flips are refused by name.

    python -m tests.index.flips --flips 300 --seed 1

Of a small file, one bit of every byte is flipped; of a large one, one bit of some bytes. To flip thousands of bits,
each is tried against the check that opening makes of that file; a few of each file are tried by opening the collection.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from index.build import build
from index.collection import Collection
from index.encoder_store import StoredEncoder, read_encoder
from index.errors import IndexDamaged
from index.generation import open_generation, open_verified, verify_encoder
from index.manifest import read_manifest
from index.models import DEFAULT_MODEL
from tests.conftest import SEEDS, Silent

SMALL = 4096
"""Bytes; every byte of a file that has fewer is flipped."""
NOT_READ = frozenset({"build.lock", "export.lock"})
"""Locked, never read."""


@dataclass
class Flips:
    """What came of the flips of one file's bits.

    Attributes:
        file: Relative to the data folder.
        size: Its bytes.
        tried: How many flips were tried against the file's check,
        opened: and how many by opening the collection.
        refused: How many of all these were refused,
        named: and how many of the refusals named the file.
        accepted: Those that were not refused, as byte and bit.
    """

    file: str
    size: int
    tried: int = 0
    opened: int = 0
    refused: int = 0
    named: int = 0
    accepted: list[tuple[int, int]] = field(default_factory=list)

    @property
    def read(self) -> bool:
        """Whether anything ever reads the file."""
        return Path(self.file).name not in NOT_READ


def flip(file: Path, place: int, bit: int) -> None:
    """Flip one bit where it stands; doing it again takes it back."""
    with file.open("r+b") as opened:
        opened.seek(place)
        (byte,) = opened.read(1)
        opened.seek(place)
        opened.write(bytes([byte ^ 1 << bit]))


def places(size: int, count: int, chance: random.Random) -> Iterable[int]:
    """Return every byte of a small file, and some of a large one, its first and its last among them."""
    if size < SMALL:
        return range(size)
    return [0, size - 1, *chance.sample(range(1, size - 1), max(count - 2, 0))]


def check_of(collection: Collection, file: Path) -> Callable[[], object]:
    """Return the check that opening makes of a file, without what it makes of others."""
    manifest = read_manifest(collection.generation_folder(collection.current()))
    if file.parent.parent != collection.encoders:
        return lambda: open_verified(collection, None, lambda _, manifest: manifest)
    stored = read_encoder(collection.encoders, manifest.encoder.fingerprint)
    if file.name not in stored.record.files:
        return lambda: verify_encoder(collection, manifest)
    alone = stored.record.model_copy(update={"files": {file.name: stored.record.files[file.name]}})
    return StoredEncoder(alone, stored.folder).check


def flip_all(collection: Collection, count: int, opened: int, chance: random.Random) -> list[Flips]:
    """Flip bits of every file in a collection's data folder, one at a time.

    Args:
        collection: The only one in its data folder; its files must be its own, no links.
        count: How many flips a large file gets.
        opened: How many flips of each file are tried by opening the collection, too.
        chance: Chooses bytes and bits.
    """
    found = []
    for file in sorted(path for path in collection.data_dir.rglob("*") if path.is_file()):
        line = Flips(file.relative_to(collection.data_dir).as_posix(), file.stat().st_size)
        found.append(line)
        if not line.read:
            continue
        check = check_of(collection, file)
        tries = [(place, check) for place in places(line.size, count, chance)]
        line.tried = len(tries)
        line.opened = min(opened, len(tries))
        tries += [(place, lambda: open_generation(collection)) for place, _ in chance.sample(tries, line.opened)]
        for place, attempt in tries:
            bit = chance.randrange(8)
            flip(file, place, bit)
            try:
                attempt()
            except IndexDamaged as error:
                line.refused += 1
                line.named += str(file) in str(error)
            else:
                line.accepted.append((place, bit))
            finally:
                flip(file, place, bit)
    open_generation(collection)  # all is as it was
    return found


def table(lines: Iterable[Flips]) -> Iterable[str]:
    """Yield the findings as text."""
    lines = list(lines)
    width = max(len(line.file) for line in lines)
    yield f"{'file':<{width}}{'bytes':>10}{'flips':>7}{'opened':>8}{'refused':>9}{'named':>7}"
    for line in lines:
        counts = f"{line.tried:>7}{line.opened:>8}{line.refused:>9}{line.named:>7}" if line.read else "  not read"
        yield f"{line.file:<{width}}{line.size:>10}{counts}"
        if line.accepted:
            yield f"    NOT REFUSED, as byte and bit: {line.accepted}"


def main() -> int:
    """Index the sample documents, flip, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flips", type=int, default=300, help="of a file with 4 kB or more")
    parser.add_argument("--opened", type=int, default=5, help="of any file, tried by opening the collection, too")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    base = Path(tempfile.mkdtemp(prefix="flips-"))
    try:
        collection = Collection(base, "default")
        build(collection, [SEEDS], DEFAULT_MODEL, Silent())
        lines = flip_all(collection, given.flips, given.opened, random.Random(given.seed))  # noqa: S311 - repeatable
    finally:
        shutil.rmtree(base)
    print("\n".join(table(lines)))
    flips = sum(line.tried + line.opened for line in lines)
    accepted, unnamed = sum(len(line.accepted) for line in lines), sum(line.refused - line.named for line in lines)
    print(f"{flips} flips, {accepted} not refused, {unnamed} refused without the file's name")
    return bool(accepted or unnamed)


if __name__ == "__main__":
    sys.exit(main())

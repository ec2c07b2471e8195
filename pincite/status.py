"""``pincite status``: settings, collections, and whether each can answer."""

from __future__ import annotations

from index.collection import Collection, list_collections
from index.errors import IndexUnavailable
from index.generation import Generation, open_generation
from index.settings import Settings
from index.version import VERSION


def run_status(settings: Settings, only: str | None) -> bool:
    """Print the state of things; return whether every collection shown can answer.

    Args:
        settings: All of them.
        only: Show this collection and no other.
    """
    print(f"pincite {VERSION}")
    print("settings")
    for name, value in settings.model_dump().items():
        print(f"  {name} = {value}")
    default = Collection(settings.data_dir, settings.collection)
    collections = [Collection(settings.data_dir, only)] if only else list_collections(settings.data_dir) or [default]
    answers = [_print_collection(collection) for collection in collections]  # every one, even after a bad one
    return all(answers)


def _print_collection(collection: Collection) -> bool:
    print(f"collection {collection.name}")
    try:
        _print_generation(open_generation(collection))
    except IndexUnavailable as error:
        print(f"  cannot answer: {error}")
        return False
    return True


def _print_generation(generation: Generation) -> None:
    manifest = generation.manifest
    counts = manifest.counts
    print("  can answer: every file has the hash that its manifest records")
    print(f"  generation {manifest.generation}, made {manifest.created}")
    print(f"  {counts.documents} documents, {counts.passages} passages, {counts.spans} sentences")
    encoder = manifest.encoder
    print(f"  encoder {encoder.model} ({encoder.serving}; {encoder.reason}), fingerprint {encoder.fingerprint[:16]}")

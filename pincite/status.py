"""``pincite status``: settings, collections, and whether each can answer."""

from __future__ import annotations

from index.collection import Collection, list_collections
from index.errors import IndexUnavailable
from index.generation import Generation
from index.settings import Settings
from index.version import VERSION
from pincite.wording import counted
from qa.factory import open_asker
from qa.tuning import read_tuning


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
    answers = [_print_collection(settings, collection) for collection in collections]  # every one, even after a bad one
    return all(answers)


def _print_collection(settings: Settings, collection: Collection) -> bool:
    print(f"collection {collection.name}")
    try:
        _print_generation(open_asker(settings, collection.name).generation)
        tuning = read_tuning(collection)
    except IndexUnavailable as error:
        print(f"  cannot answer: {error}")
        return False
    if tuning is not None:
        print(f"  tuned: dense_weight {tuning.dense_weight}, unless the settings state it (nDCG@10 {tuning.gain:+.3f})")
    return True


def _print_generation(generation: Generation) -> None:
    manifest = generation.manifest
    counts = manifest.counts
    print("  can answer: every file has the hash that its manifest records")
    print(f"  generation {manifest.generation}, made {manifest.created}")
    print(
        f"  {counted(counts.documents, 'document')}, {counted(counts.passages, 'passage')}, "
        f"{counted(counts.spans, 'sentence')}"
    )
    encoder = manifest.encoder
    print(f"  encoder {encoder.model} ({encoder.serving}; {encoder.reason}), fingerprint {encoder.fingerprint[:16]}")

"""The one place that names the concrete parts of a question's path."""

from __future__ import annotations

import threading

from index.collection import Collection
from index.generation import open_generation
from index.settings import Settings
from qa.asker import Asker
from qa.local_engine import LocalEngine


def open_asker(settings: Settings, collection: str | None = None) -> Asker:
    """Open a collection's current generation for questions.

    Args:
        settings: All of them.
        collection: Name; the settings' own by default.

    Raises:
        CollectionNotFound: There is no such collection.
        IndexDamaged: It cannot be opened.
    """
    generation = open_generation(Collection(settings.data_dir, collection or settings.collection))
    return Asker(generation, LocalEngine(generation), settings.dense_weight, settings.min_confidence)


class Askers:
    """One asker a collection, opened when first needed and again when its current generation has changed.

    A request keeps the asker that it was given to its end, so no answer mixes two generations.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._open: dict[str, Asker] = {}
        self._lock = threading.Lock()

    def get(self, collection: str | None = None) -> Asker:
        """Return the asker of a collection's current generation.

        Raises:
            CollectionNotFound: There is no such collection.
            IndexDamaged: Its current generation cannot be opened.
        """
        name = collection or self.settings.collection
        current = Collection(self.settings.data_dir, name).current()
        asker = self._open.get(name)
        if asker is not None and asker.generation.name == current:
            return asker
        with self._lock:
            asker = self._open.get(name)
            if asker is None or asker.generation.name != current:
                asker = self._open[name] = open_asker(self.settings, name)
            return asker

"""The one place that names the concrete parts of a question's path."""

from __future__ import annotations

import threading
from collections import defaultdict
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from index.collection import Collection
from index.cross_encoder import CrossEncoder
from index.encoder_store import ensure_cross_encoder
from index.errors import EncoderMismatch, ModelError
from index.files import storage_errors
from index.generation import Generation, open_generation
from index.manifest import Manifest
from index.models import HUB_PREFIX, READER_SETTING, RERANKER_SETTING, resolve_model
from index.settings import Settings
from qa.asker import Asker
from qa.confidence import threshold
from qa.cross_encoders import CrossEncoderReader, CrossEncoderReranker
from qa.engine import Engine
from qa.local_engine import LocalEngine
from qa.reader import EvidenceReader, Reader
from qa.reranking import EvidenceReranker, Reranker
from qa.tuning import tuned


def open_asker(settings: Settings, collection: str | None = None, earlier: Generation | None = None) -> Asker:
    """Open a collection's current generation for questions.

    Args:
        settings: All of them.
        collection: Name; the settings' own by default.
        earlier: An open generation, whose encoder is taken over where it is the same one.

    Raises:
        CollectionNotFound: There is no such collection.
        IndexDamaged: It cannot be opened.
        EncoderMismatch: The settings state another model than the one that it was indexed with.
        ModelError: They name a cross-encoder that cannot be used.
    """
    opened = Collection(settings.data_dir, collection or settings.collection)
    generation = open_generation(opened, earlier)
    if "model" in settings.model_fields_set:  # where none is stated, the one that indexed answers
        _check_model(settings.model, opened, generation.manifest)
    return make_asker(generation, LocalEngine(generation), tuned(settings, opened, generation.manifest))


def make_asker(generation: Generation, engine: Engine, settings: Settings) -> Asker:
    """Put the parts of a question's path together.

    Args:
        generation: Open.
        engine: Searches it.
        settings: All of them.

    Raises:
        ModelError: A setting names a cross-encoder that cannot be used.
        StorageError: It cannot be exported, because the data folder cannot be written.
    """
    reranker: Reranker = EvidenceReranker(engine, settings.dense_weight)
    if settings.reranker is not None:
        scorer = _cross_encoder(settings.data_dir, settings.reranker, RERANKER_SETTING)
        reranker = CrossEncoderReranker(reranker, scorer, generation.database)
    reader: Reader = EvidenceReader()
    if settings.reader is not None:
        reader = CrossEncoderReader(_cross_encoder(settings.data_dir, settings.reader, READER_SETTING))
    return Asker(
        generation,
        engine,
        reranker,
        reader,
        dense_weight=settings.dense_weight,
        min_confidence=threshold(settings.max_risk),
    )


@lru_cache(maxsize=2)
def _cross_encoder(data_dir: Path, model: str, setting: str) -> CrossEncoder:
    """Open a cross-encoder, once for all generations and collections; it is exported when it is first used.

    Raises:
        ModelError: There is no such model, or it is none with one label.
        StorageError: The data folder cannot be written.
    """
    encoders = data_dir / "encoders"
    with storage_errors(encoders, "the folder"):
        stored = ensure_cross_encoder(encoders, resolve_model(model, setting))
    return stored.open()


def _check_model(stated: str, collection: Collection, manifest: Manifest) -> None:
    """Refuse to answer where a setting names another model than the one that made the vectors."""
    made = manifest.encoder
    same = stated == made.model
    if not stated.startswith(HUB_PREFIX):  # nothing is fetched to answer a question
        with suppress(ModelError):  # a machine that only serves need not have the model: its name has to do
            same = resolve_model(stated).fingerprint == made.fingerprint
    if not same:
        raise EncoderMismatch(
            f"the collection {collection.name!r} was indexed with the model {made.model} (fingerprint "
            f"{made.fingerprint[:16]}), and PINCITE_MODEL names another, {stated}. Rebuild it with that one: "
            f"PINCITE_MODEL={stated} pincite index{collection.option} PATH (what you indexed before), or take the "
            "setting away to go on with the model that it has."
        )


class Askers:
    """One asker a collection, opened when first needed and again when its current generation has changed.

    A request keeps the asker that it was given to its end, so no answer mixes two generations. One that comes after a
    change waits until the new generation is open, so that none is answered from what has been replaced or deleted.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._open: dict[str, tuple[tuple[int, ...], Asker]] = {}
        self._opening: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def get(self, collection: str | None = None) -> Asker:
        """Return the asker of a collection's current generation.

        Raises:
            CollectionNotFound: There is no such collection.
            IndexDamaged: Its current generation cannot be opened.
            EncoderMismatch: The settings state another model than the one that it was indexed with.
        """
        name = collection or self.settings.collection
        pointed = Collection(self.settings.data_dir, name)
        opened, stamp = self._open.get(name), pointed.stamp()
        if opened is not None and stamp and stamp == opened[0]:
            return opened[1]
        if not stamp:
            self._open.pop(name, None)  # a collection that was deleted: its files are to go, too
            pointed.current()
        with self._opening[name]:
            stamp = pointed.stamp()  # before the pointer is read: what is opened may only be newer
            current = pointed.current()
            asker = self._open[name][1] if name in self._open else None
            if asker is None or asker.generation.name != current:
                asker = open_asker(self.settings, name, asker.generation if asker is not None else None)
            self._open[name] = stamp, asker
            return asker

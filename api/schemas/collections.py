"""Collections and the generations that they keep."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from api.schemas.wire import GENERATION_EXAMPLE, Wire
from index.collection import Collection
from index.errors import IndexDamaged
from index.history import KeptGeneration, Rollback
from index.manifest import Manifest, read_manifest


class ManifestSummary(Wire):
    """What a generation says about itself; all null where that cannot be read."""

    created: str | None = Field(description="When it was made: ISO 8601, UTC.")
    documents: int | None = Field(description="How many it holds.")
    passages: int | None = Field(description="How many it holds.")
    spans: int | None = Field(description="How many sentences it holds.")
    language: str | None = Field(description="ISO 639-1 code of the language of most of its text.", examples=["en"])
    encoder: str | None = Field(description="How questions are encoded.", examples=["all-MiniLM-L6-v2 (int8)"])

    @classmethod
    def fields_of(cls, manifest: Manifest | None) -> dict[str, object]:
        """Return the values of these fields."""
        if manifest is None:
            return dict.fromkeys(ManifestSummary.model_fields)
        return {
            "created": manifest.created,
            **manifest.counts.model_dump(),
            "language": manifest.language,
            "encoder": f"{manifest.encoder.model} ({manifest.encoder.serving})",
        }


class CollectionView(ManifestSummary):
    """A collection, by its current generation."""

    name: str = Field(description="Its name; requests send it as `collection`.", examples=["default"])
    state: Literal["ready", "damaged"] = Field(
        description="`damaged` where its current generation cannot be read; going back to an earlier one may help. Not "
        "every file is looked at."
    )
    generation: str | None = Field(description="The one that answers.", examples=[GENERATION_EXAMPLE])

    @classmethod
    def of(cls, collection: Collection) -> CollectionView:
        """Render a collection.

        Raises:
            CollectionNotFound: There is no such collection.
        """
        generation, manifest = None, None
        try:
            generation = collection.current()
            manifest = read_manifest(collection.generation_folder(generation))
        except IndexDamaged:
            pass
        values = {
            "name": collection.name,
            "state": "ready" if manifest is not None else "damaged",
            "generation": generation,
        }
        return cls.model_validate(values | cls.fields_of(manifest))


class CollectionList(Wire):
    """The collections that the caller may read."""

    collections: list[CollectionView] = Field(description="By name.")


class GenerationView(ManifestSummary):
    """A generation that a collection keeps."""

    name: str = Field(description="When it was made, which tells it from the others.", examples=[GENERATION_EXAMPLE])
    current: bool = Field(description="Whether it answers.")
    bytes: int = Field(description="Size of its files.")

    @classmethod
    def of(cls, kept: KeptGeneration) -> GenerationView:
        """Render a generation."""
        values = {"name": kept.name, "current": kept.current, "bytes": kept.size}
        return cls.model_validate(values | cls.fields_of(kept.manifest))


class GenerationList(Wire):
    """The generations that a collection keeps."""

    collection: str = Field(description="The collection that keeps them.", examples=["default"])
    generations: list[GenerationView] = Field(description="Newest first.")


class RollbackView(Wire):
    """What going back to another generation did."""

    collection: str = Field(description="The collection that has gone back.", examples=["default"])
    generation: str = Field(description="The one that answers now.", examples=[GENERATION_EXAMPLE])
    before: str | None = Field(description="The one that did; null where that could not be read.")
    back: list[str] | None = Field(
        description="Ids of documents that are there again, or in an earlier state; null where that is not known."
    )
    gone: list[str] | None = Field(description="Ids of documents that are not there any more; null likewise.")

    @classmethod
    def of(cls, collection: str, done: Rollback) -> RollbackView:
        """Render what was done."""
        return cls(
            collection=collection,
            generation=done.manifest.generation,
            before=done.before,
            back=None if done.back is None else list(done.back),
            gone=None if done.gone is None else list(done.gone),
        )

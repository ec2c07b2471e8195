"""Public collections in a folder of one's own, indexed to be measured or to learn from.

A collection is a BEIR folder as ``eval.standard.read_beir`` takes it and, where its questions have answers,
``answers.jsonl`` beside it (``_id``, ``answers``, ``is_impossible``).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from eval.standard import StandardCollection, collection_name, read_jsonl
from index.build import Progress, build_documents
from index.collection import Collection
from index.documents import Document
from index.models import DEFAULT_MODEL
from index.settings import Settings
from qa.asker import Asker
from qa.factory import open_asker


class Lines(Progress):
    """Progress as a line a step."""

    def step(self, text: str) -> None:
        """See ``Progress.step``."""
        print(f"{text} ...", flush=True)

    def total(self, count: int) -> None:
        """See ``Progress.total``."""
        print(f"  {count} texts", flush=True)

    def advance(self, count: int) -> None:
        """See ``Progress.advance``; nothing is said."""


def indexed(name: str, documents: Sequence[Document], data_dir: Path) -> Asker:
    """Index documents, unless that is done, and open them; every question is answered.

    So retrieval and quotes are measured apart from refusal.
    """
    collection = Collection(data_dir, collection_name(name))
    build_documents(collection, documents, DEFAULT_MODEL, Lines())
    return open_asker(Settings(data_dir=data_dir, max_risk=1), collection.name)


def accepted_answers(folder: Path) -> dict[str, list[str]]:
    """Return the accepted answers of each question of a folder that has some."""
    lines = read_jsonl(folder / "answers.jsonl")
    return {line["_id"]: line["answers"] for line in lines if not line["is_impossible"]}


def half_of(collection: StandardCollection) -> list[Document]:
    """Return the documents of every second title, by name: questions on the others are then off-corpus."""
    kept = set(sorted({document.title for document in collection.documents})[::2])
    return [document for document in collection.documents if document.title in kept]

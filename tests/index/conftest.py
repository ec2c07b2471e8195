"""What the tests of ``index`` share: cheap copies of the indexed samples, small documents, and a small model."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from index.build import build
from index.collection import Collection
from index.generation import open_generation
from index.models import DEFAULT_MODEL, ModelFolder, resolve_model
from tests.conftest import Silent

SMALL_DOCUMENTS = {
    "bridges.md": "# Bridges\n\nA suspension bridge hangs from cables. The cables are of steel.\n",
    "bread.md": "# Bread\n\nSourdough needs a starter. Bakers feed the starter every day.\n",
    "tides.txt": "The moon pulls the sea twice a day. Fishermen know the tides by heart.\n",
}


def _link_encoder(seeds_data: Path, data_dir: Path) -> Path:
    exported = next(folder for folder in (seeds_data / "encoders").iterdir() if folder.is_dir())
    linked = data_dir / "encoders" / exported.name
    linked.mkdir(parents=True)
    for file in exported.iterdir():
        (linked / file.name).symlink_to(file)
    return data_dir


def _write_documents(folder: Path) -> Path:
    folder.mkdir()
    for name, text in SMALL_DOCUMENTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def nearest(collection: Collection, question: str) -> str:
    """Return the passage whose vector is nearest to a question's: what a whole index answers with."""
    generation = open_generation(collection)
    passages = np.arange(generation.manifest.counts.passages)
    similarities = generation.vectors.similarities(generation.encoder.encode([question])[0], passages)
    return generation.database.passages([int(similarities.argmax())])[0].text


@pytest.fixture
def encoder_data(seeds_data: Path, tmp_path: Path) -> Path:
    """A data folder without collections; its encoder's files are links, to be replaced but never written into."""
    return _link_encoder(seeds_data, tmp_path / "linked-data")


@pytest.fixture
def seeds(seeds_data: Path, encoder_data: Path) -> Collection:
    """The collection of the sample documents, in files that a test may damage (see ``encoder_data``)."""
    shutil.copytree(seeds_data / "collections", encoder_data / "collections")
    return Collection(encoder_data, "default")


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    """A folder of three small documents."""
    return _write_documents(tmp_path / "documents")


@pytest.fixture(scope="session")
def _small_data(seeds_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small-data")
    documents = _write_documents(folder / "documents")
    build(Collection(_link_encoder(seeds_data, folder / "data"), "small"), [documents], DEFAULT_MODEL, Silent())
    return folder / "data"


@pytest.fixture
def small(_small_data: Path, encoder_data: Path) -> Collection:
    """A collection that holds what ``documents`` holds, in files that a test may damage (see ``encoder_data``)."""
    shutil.copytree(_small_data / "collections", encoder_data / "collections")
    return Collection(encoder_data, "small")


@pytest.fixture
def model(small_model: Path, tmp_path: Path) -> ModelFolder:
    """The small model, in a folder that a test may change."""
    return resolve_model(str(shutil.copytree(small_model, tmp_path / "model")))


@pytest.fixture
def encoders(tmp_path: Path) -> Path:
    """Where exported encoders are kept; nothing is there yet."""
    return tmp_path / "encoders"

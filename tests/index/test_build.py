from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from index.build import BuildReport, FileReport, build
from index.collection import Collection
from index.generation import open_generation
from index.models import DEFAULT_MODEL
from tests.conftest import Silent, environment
from tests.index.conftest import SMALL_DOCUMENTS, nearest


class Heard(Silent):
    """Progress that is remembered."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.totals: list[int] = []
        self.advances: list[int] = []

    def step(self, text: str) -> None:
        self.steps.append(text)

    def total(self, count: int) -> None:
        self.totals.append(count)

    def advance(self, count: int) -> None:
        self.advances.append(count)


@pytest.fixture
def collection(encoder_data: Path) -> Collection:
    return Collection(encoder_data, "small")


def index(collection: Collection, *paths: Path) -> BuildReport:
    return build(collection, paths, DEFAULT_MODEL, Silent())


def generations(collection: Collection) -> list[str]:
    return sorted(folder.name for folder in collection.generation_folder("x").parent.iterdir())


def held(collection: Collection) -> dict[str | None, tuple[str, str | None, str]]:
    """Return title, author and text of every document, by file."""
    listed = open_generation(collection).database.documents()
    return {document.source: (document.title, document.author, document.text) for document, _ in listed}


def test_a_new_collection_holds_what_the_paths_hold_and_says_so(collection: Collection, documents: Path) -> None:
    (documents / "private.md").write_text("---\nindex: false\n---\nText.", encoding="utf-8")
    (documents / "picture.png").touch()
    report = index(collection, documents)
    assert report.changed
    files = [FileReport(name, documents=1, passages=1, pages=0) for name in ("bread.md", "bridges.md", "tides.txt")]
    assert list(report.files) == files
    assert [skip.source for skip in report.skipped] == ["picture.png"]
    assert report.left_out == ("private.md",)
    assert report.manifest == open_generation(collection).manifest
    assert report.manifest.collection == "small"
    assert generations(collection) == [report.manifest.generation] == [collection.current()]
    assert (
        nearest(collection, "What do bakers feed?") == "Sourdough needs a starter. Bakers feed the starter every day."
    )
    assert nearest(collection, "What is a bridge made of?").startswith("A suspension bridge")


def test_progress_is_told_in_steps_and_adds_up(collection: Collection, documents: Path) -> None:
    heard = Heard()
    report = build(collection, [documents], DEFAULT_MODEL, heard)
    rows = report.manifest.counts.passages + report.manifest.counts.spans
    assert heard.steps == ["reading documents", "preparing the encoder", "encoding", "writing the index"]
    assert heard.totals == [rows]
    assert sum(heard.advances) == rows


def test_indexing_the_same_thing_twice_changes_nothing(small: Collection, documents: Path) -> None:
    first = small.current()
    before = {path: path.stat().st_mtime_ns for path in small.folder.rglob("*") if path.name != "build.lock"}
    report = index(small, *sorted(documents.iterdir(), reverse=True))
    assert (report.changed, len(report.files), report.manifest.generation) == (False, 3, first)
    after = {path: path.stat().st_mtime_ns for path in small.folder.rglob("*") if path.name != "build.lock"}
    assert after == before


def test_finding_that_nothing_changed_does_not_import_torch(small: Collection, documents: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from index.build import build; from index.collection import Collection\n"
        "from tests.conftest import Silent\n"
        "data, documents, model = sys.argv[1:]\n"
        "assert not build(Collection(Path(data), 'small'), [Path(documents)], model, Silent()).changed\n"
        "print({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules))"
    )
    command = [sys.executable, "-W", "error", "-c", script, str(small.data_dir), str(documents), DEFAULT_MODEL]
    done = subprocess.run(command, env=environment(small.data_dir), capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("set()\n", "", 0)


TEXT = "Bread\n\nSourdough needs a starter. Bakers feed the starter every day."
CHANGES = {
    "a text": ("bread.md", "# Bread\n\nRye keeps.\n", ("Bread", None, "Bread\n\nRye keeps.")),
    "a title": ("bread.md", f"---\ntitle: Baking\n---\n{SMALL_DOCUMENTS['bread.md']}", ("Baking", None, TEXT)),
    "an author": ("bread.md", f"---\nauthor: A\n---\n{SMALL_DOCUMENTS['bread.md']}", ("Bread", "A", TEXT)),
    "a file more": ("rye.txt", "Rye keeps.", ("rye", None, "Rye keeps.")),
    "a file less": ("bread.md", None, None),
}


@pytest.mark.parametrize("change", CHANGES)
def test_any_change_makes_a_new_generation_that_holds_it(small: Collection, documents: Path, change: str) -> None:
    before = open_generation(small).manifest
    expected = held(small)
    name, content, entry = CHANGES[change]
    if content is None or entry is None:
        (documents / name).unlink()
        del expected[name]
    else:
        (documents / name).write_text(content, encoding="utf-8")
        expected[name] = entry
    report = index(small, documents)
    assert report.changed
    assert held(small) == expected
    assert small.current() == report.manifest.generation != before.generation
    assert report.manifest.content != before.content
    assert generations(small) == sorted([before.generation, report.manifest.generation])


def test_another_model_makes_a_new_generation_with_its_vectors(
    small: Collection, documents: Path, small_model: Path
) -> None:
    before = open_generation(small).manifest
    after = build(small, [documents], str(small_model), Silent()).manifest
    assert (after.encoder.model, after.encoder.dimension) == (str(small_model), 32)
    assert after.generation != before.generation
    assert open_generation(small).vectors.dimension == 32


def test_collections_do_not_touch_each_other(small: Collection, documents: Path) -> None:
    before = open_generation(small).manifest
    other = Collection(small.data_dir, "other")
    index(other, documents / "tides.txt")
    assert held(other).keys() == {"tides.txt"}
    assert open_generation(small).manifest == before

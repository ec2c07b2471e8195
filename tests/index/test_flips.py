"""No flipped bit gets past the hashes, no file is read before its hash is checked, and no file can bring code along."""

from __future__ import annotations

import ast
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import faiss
import numpy as np
import pytest

from index.build import build
from index.collection import Collection
from index.deletion import delete_document
from index.earlier import open_earlier
from index.encoder_store import check_file
from index.errors import IndexDamaged
from index.generation import VECTORS, open_generation
from index.history import rollback
from index.models import DEFAULT_MODEL
from tests.conftest import ROOT, Silent
from tests.index.flips import SMALL, flip, flip_all
from tests.index.test_damage import reseal

MODULES = sorted(file for room in ("index", "qa") for file in (ROOT / room).rglob("*.py"))
ARRAYS = [
    "bm25.passages.limits.npy", "bm25.passages.offsets.npy", "bm25.passages.rows.npy", "bm25.passages.weights.npy",
    "neighbours.npy", "profiles.numbers.npy", "profiles.offsets.npy", "profiles.weights.npy", "rows.npy",
    "sequences.numbers.npy", "sequences.offsets.npy", "spans.npy",
]  # fmt: skip


def folder_of(collection: Collection) -> Path:
    return collection.generation_folder(collection.current())


def test_a_flip_of_any_bit_of_any_file_is_refused_and_the_file_is_named(small: Collection) -> None:
    for file in small.data_dir.rglob("*"):
        if file.is_symlink():  # to files that other tests use
            target = file.resolve()
            file.unlink()
            shutil.copyfile(target, file)
    lines = flip_all(small, count=4, opened=1, chance=random.Random(1))  # noqa: S311 - it has to be repeatable
    names = {Path(line.file).name for line in lines if line.read}
    assert names == {"CURRENT", "encoder.json", "model.onnx", "model.int8.onnx", "tokenizer.json"} | {
        file.name for file in folder_of(small).iterdir()
    }
    for line in (line for line in lines if line.read):
        assert line.tried == (line.size if line.size < SMALL else 4), line.file
        assert line.opened == 1, line.file
        assert line.accepted == [], line.file
        assert line.named == line.refused == line.tried + 1, line.file


def test_a_flip_is_one_bit_and_can_be_taken_back(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"abc")
    flip(file, 1, 3)
    assert file.read_bytes() == b"ajc"
    flip(file, 1, 3)
    assert file.read_bytes() == b"abc"


# Order: first the hash, then the reading.


@pytest.fixture
def order(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Every hash that was found right and every file that FAISS was told to read, in order."""
    noted: list[tuple[str, str]] = []
    real_read = faiss.read_index

    def check(path: Path, expected: str | None) -> None:
        check_file(path, expected)
        noted.append(("right", str(path)))

    def read(path: str, *flags: int) -> object:
        noted.append(("read", path))
        return real_read(path, *flags)

    monkeypatch.setattr("index.generation.check_file", check)
    monkeypatch.setattr("index.vectors.faiss.read_index", read)
    return noted


def _open(collection: Collection, documents: Path) -> None:
    open_generation(collection)


def _build(collection: Collection, documents: Path) -> None:
    (documents / "rye.txt").write_text("Rye bread keeps for a week.\n", encoding="utf-8")
    build(collection, [documents], DEFAULT_MODEL, Silent())


def _delete(collection: Collection, documents: Path) -> None:
    delete_document(collection, "bread")


def _roll_back(collection: Collection, documents: Path) -> None:
    _delete(collection, documents)
    _build(collection, documents)
    rollback(collection)
    open_generation(collection)


@pytest.mark.parametrize("work", [_open, _build, _delete, _roll_back])
def test_faiss_reads_a_file_only_once_its_hash_was_found_right(
    small: Collection, documents: Path, order: list[tuple[str, str]], work: Callable[[Collection, Path], None]
) -> None:
    work(small, documents)
    reads = [place for place, (what, _) in enumerate(order) if what == "read"]
    assert reads
    for place in reads:
        before = order[:place]
        assert ("right", order[place][1]) in before
        assert Path(order[place][1]).name == VECTORS


@pytest.mark.parametrize("work", [_open, _delete])
def test_faiss_never_sees_a_file_whose_hash_is_wrong(
    small: Collection, documents: Path, order: list[tuple[str, str]], work: Callable[[Collection, Path], None]
) -> None:
    flip(folder_of(small) / VECTORS, 60, 0)
    with pytest.raises(IndexDamaged, match=VECTORS):
        work(small, documents)
    assert not [path for what, path in order if what == "read"]


def test_one_function_reads_faiss_files_and_only_what_has_checked_hashes_calls_it() -> None:
    reading = {file.name for file in MODULES if "faiss.read_index" in file.read_text(encoding="utf-8")}
    loading = {file.name for file in MODULES if "VectorIndex.load(" in file.read_text(encoding="utf-8")}
    assert (reading, loading) == ({"vectors.py"}, {"generation.py", "earlier.py"})


# No pickle.


class Touch:
    """An object whose pickle makes a file when it is loaded."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
        return Path.touch, (self._file,)


@pytest.mark.parametrize("name", ARRAYS)
def test_a_pickle_in_place_of_an_array_is_refused_even_where_every_hash_is_right(
    seeds: Collection, tmp_path: Path, name: str
) -> None:
    array = np.array([Touch(tmp_path / "touched")], dtype=object)
    np.save(folder_of(seeds) / name, array, allow_pickle=True)
    reseal(seeds)
    with pytest.raises(IndexDamaged, match=r"cannot be opened: .*[Oo]bject"):
        open_generation(seeds)
    assert not (tmp_path / "touched").exists()
    np.load(folder_of(seeds) / name, allow_pickle=True)
    assert (tmp_path / "touched").exists(), "it would have run"


def test_a_pickle_in_place_of_the_keys_is_refused_by_what_takes_over_from_them(
    seeds: Collection, tmp_path: Path
) -> None:
    np.save(folder_of(seeds) / "rows.npy", np.array([Touch(tmp_path / "touched")], dtype=object), allow_pickle=True)
    reseal(seeds)
    with pytest.raises(IndexDamaged, match=r"cannot be opened: .*[Oo]bject"):
        open_earlier(seeds)
    assert not (tmp_path / "touched").exists()


def test_these_are_all_the_arrays_of_a_generation(seeds: Collection) -> None:
    assert sorted(file.name for file in folder_of(seeds).glob("*.npy")) == ARRAYS


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_no_module_can_load_a_pickle(file: Path) -> None:
    unsafe = {"pickle", "cPickle", "_pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert not {alias.name.split(".")[0] for alias in node.names} & unsafe
        elif isinstance(node, ast.ImportFrom):
            assert (node.module or "").split(".")[0] not in unsafe
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in {
            "np.load",
            "np.save",
            "numpy.load",
            "numpy.save",
        }:
            options = {option.arg: ast.unparse(option.value) for option in node.keywords}
            assert options.get("allow_pickle") == "False", ast.unparse(node)
        elif isinstance(node, ast.Call):
            assert ast.unparse(node.func) not in {"torch.load", "torch.save"}
            assert not [option for option in node.keywords if option.arg == "allow_pickle"], ast.unparse(node)

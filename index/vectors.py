"""The one module that knows FAISS: unit vectors, compared by inner product, shared by the processes that open them.

The rows are memory-mapped, so that all processes that open a file share its pages: as float32 where they are few enough
to be compared one and all with every question, else as float16 (cosines then differ by less than 5e-4; by 6e-5 among
real texts). Beside very many rows stands an approximate index, which proposes rows; their cosines come from the rows.

A question takes one thread: several processes share few cores, and threads that wait for each other's work cost more
than they save.
"""

from __future__ import annotations

import math
import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import faiss
import numpy as np
from numpy.typing import NDArray

EXACT = "exact"
"""The kind of search that compares every row."""
RECALL = 0.98
"""The recall at 10 that an approximate index has to reach."""

_SCANNED = 10_000
"""Up to how many rows all cosines cost less than a search and then the cosines of some 2,000 rows (about 0.3 ms)."""
_COMPARED = 100_000
"""Up to how many rows are compared one and all: about 3 ms, or 6 with a filter."""
_GATHERED = 1 / 40
"""Up to which share of the rows a filter's are gathered; FAISS would look at every row's bit to find them."""
_MARGIN = 0.01
"""How far above ``RECALL`` the sample's recall has to be, since another sample's would be a little different."""
_SAMPLE = 400
"""How many questions recall is measured with."""
_MIXED = 3
"""How many rows each of these is made of."""
_FIRST_EFFORT = 8
"""How many lists are looked through at first; doubled until recall suffices."""
_SHORTLIST = 1_600
"""How many rows the approximate index proposes at least."""
_PROPOSED = 3
"""How many rows it proposes for each that is wanted."""
_TRAINED = 50
"""How many rows a list are trained on."""
_FILTERED = 2
"""How many times the effort is made with a filter: the nearest of its rows lie further off, in more of the lists."""
_CACHED = 256
"""How many rows are gathered at a time. They stay in the processor's cache until they are multiplied, and the process
keeps their memory; that of a thousand is taken from the system anew for each question, at five times the cost."""
_BLOCK = 65_536
"""How many rows are added at a time, which bounds the copies made of them."""
_SEED = 1
_HALF_BITS = np.int32(-0x70002000)
"""Sign, and the exponent and mantissa of a float16 moved to where a float32 has them (0x8FFFE000)."""
_HALF_SCALE = np.float32(2.0**112)
"""A float16's exponent counts from -15, a float32's from -127."""
_THREADS = faiss.omp_get_max_threads()


@dataclass(frozen=True, slots=True)
class Nearest:
    """How an index finds the nearest rows, and how well.

    Attributes:
        kind: ``EXACT``, or what FAISS calls the approximate index.
        rows: How many rows it searches.
        effort: How many of the approximate index's lists are looked through for a question (``nprobe``); 0 if exact.
        recall_at_10: Share of the 10 nearest rows that it finds; 1 if exact.
        sample: How many questions this was measured with, made of two rows each, which did not count; 0 if exact.
    """

    kind: str
    rows: int
    effort: int = 0
    recall_at_10: float = 1.0
    sample: int = 0


class VectorIndex:
    """Rows of unit vectors; inner product is cosine similarity.

    FAISS allows any number of searches at once, but none beside an addition: rows are never added after building.
    """

    def __init__(
        self,
        flat: faiss.IndexFlatCodes,
        lists: faiss.IndexIVFPQFastScan | None = None,
        how: Nearest | None = None,
    ) -> None:
        self._flat = flat
        self._lists = lists
        self._how = how or Nearest(EXACT, flat.ntotal)
        self._halved = not isinstance(flat, faiss.IndexFlatIP)
        # A view of FAISS's own memory, in bytes: in a mapped file the rows do not begin at a multiple of their type.
        codes = faiss.rev_swig_ptr(flat.codes.data(), flat.ntotal * flat.code_size)
        self._codes = codes.view(np.uint8).reshape(flat.ntotal, flat.code_size)  # no rows come as no float32
        self._codes.flags.writeable = False

    @classmethod
    def build(
        cls, vectors: NDArray[np.float32], *, scanned: int | None = None, compared: int | None = None
    ) -> VectorIndex:
        """Build from ``(rows, dimension)`` float32 unit vectors; equal ones make equal indexes.

        Where there are very many rows, an approximate index is made beside them (on all cores; some minutes for a
        million rows) and its recall measured. One that does not reach ``RECALL`` is dropped: search stays exact.

        Args:
            vectors: What is searched.
            scanned: Up to how many rows are kept as float32; by default as many as cost less so.
            compared: Up to how many rows are compared one and all; likewise.
        """
        count, dimension = vectors.shape
        flat: faiss.IndexFlatCodes = faiss.IndexFlatIP(dimension)
        if count > (_SCANNED if scanned is None else scanned):
            half = faiss.ScalarQuantizer.QT_fp16
            flat = faiss.IndexScalarQuantizer(dimension, half, faiss.METRIC_INNER_PRODUCT)
        with _threads(_THREADS):
            for block in _blocks(vectors):
                flat.add(block)
        exact = cls(flat)
        if count <= (_COMPARED if compared is None else compared) or dimension % 4:  # four components make one code
            return exact
        kind = f"IVF{2 ** round(math.log2(2 * math.sqrt(count)))},PQ{dimension // 4}x4fsr"
        lists = _lists(kind, vectors)
        mixed = np.random.default_rng(_SEED).choice(count, (min(_SAMPLE, count // _MIXED), _MIXED), replace=False)
        questions = _between(vectors, mixed)
        with _threads(_THREADS):
            expected = flat.search(questions, 10 + _MIXED)
        effort = _FIRST_EFFORT
        while effort <= lists.nlist // 2:
            how = Nearest(kind, count, effort, sample=len(mixed))
            index = cls(flat, lists, how)
            recall = index._recall(mixed, questions, *expected)
            if recall >= RECALL + _MARGIN:
                return cls(flat, lists, Nearest(kind, count, effort, recall, len(mixed)))
            effort *= 2
        return exact

    @property
    def count(self) -> int:
        """How many rows there are."""
        return int(self._flat.ntotal)

    @property
    def dimension(self) -> int:
        """How many components a row has."""
        return int(self._flat.d)

    @property
    def how(self) -> Nearest:
        """How the nearest rows are found; what ``load`` needs to know to find them so again."""
        return self._how

    def nearest(
        self, vector: NDArray[np.float32], count: int, allowed: NDArray[np.bool_] | None = None
    ) -> NDArray[np.int64]:
        """Return the rows nearest to a vector, as ``how`` says; exactly where ``allowed`` leaves few rows.

        Args:
            vector: ``(dimension,)`` float32 unit vector.
            count: How many rows; fewer come back when there are fewer.
            allowed: ``(rows,)`` bool, which rows to look at; all of them if None.

        Returns:
            int64 row numbers, nearest first; of equally near ones the lower first.

        Raises:
            ValueError: The vector's dimension is not the index's, or ``allowed`` has not one entry a row. (FAISS
                itself asserts the one and takes no notice of the other.)
        """
        question = self._question(vector)
        rows = None
        if allowed is not None:
            if allowed.shape != (self.count,):
                raise ValueError(f"allowed has shape {allowed.shape}, the index holds {self.count} rows")
            rows = np.flatnonzero(allowed)
            count = min(count, len(rows))
        count = min(count, self.count)
        if count < 1:
            return np.empty(0, dtype=np.int64)
        cosines = self.scan(vector)
        if cosines is not None:
            return _best(cosines, np.arange(self.count), count) if rows is None else _best(cosines[rows], rows, count)
        if allowed is None or rows is None:
            return self._searched(question, count, self.count, None)
        if len(rows) <= self.count * _GATHERED:
            return _best(self.similarities(vector, rows), rows, count)
        # FAISS declares its C++ signatures; its Python layer takes an array, and fields by name.
        selector = faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))  # type: ignore[call-arg, arg-type]
        return self._searched(question, count, len(rows), selector)

    def scan(self, vector: NDArray[np.float32]) -> NDArray[np.float32] | None:
        """Return the cosines of a ``(dimension,)`` float32 unit vector and all rows, in their order, as float32.

        None where there are so many rows that ``nearest`` and the ``similarities`` of some 2,000 cost less.

        Raises:
            ValueError: The vector's dimension is not the index's.
        """
        question = self._question(vector)
        if not isinstance(self._flat, faiss.IndexFlatIP):
            return None
        return _products(question, self._flat.get_xb(), self.count)

    def similarities(self, vector: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the cosine of a ``(dimension,)`` float32 unit vector and each of the given rows, as float32.

        Raises:
            ValueError: The vector's dimension is not the index's.
            IndexError: There is no such row.
        """
        question = self._question(vector)
        if self._halved:  # one vector is scaled more quickly than all rows
            question = question * _HALF_SCALE
        cosines = np.empty(len(rows), dtype=np.float32)
        for start in range(0, len(rows), _CACHED):
            gathered = self._unscaled(rows[start : start + _CACHED])
            cosines[start : start + _CACHED] = _products(question, faiss.swig_ptr(gathered), len(gathered))
        return cosines

    def rows(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return copies of the given rows, ``(len(rows), dimension)`` float32."""
        gathered = self._unscaled(rows)
        if self._halved:
            gathered *= _HALF_SCALE
        return gathered

    def save(self, path: Path) -> None:
        """Write the rows to a file and, if there is an approximate index, that to one beside it (``.ivf``).

        Raises:
            OSError: They cannot be written; what was written of them is not to be used.
        """
        _write(self._flat, path)
        if self._lists is not None:
            _write(self._lists, _beside(path))

    @classmethod
    def load(cls, path: Path, how: Nearest | None = None) -> VectorIndex:
        """Map what ``save`` wrote; the caller has checked the files' hashes, and leaves them as they are.

        Args:
            path: The file of rows.
            how: ``VectorIndex.how`` of the index that was saved; None opens the rows alone, and searches exactly.

        Raises:
            ValueError: A file holds no such index, or not that many rows.
        """
        flat = _read(path, faiss.IO_FLAG_MMAP_IFC)
        if not isinstance(flat, faiss.IndexFlatIP) and not (
            isinstance(flat, faiss.IndexScalarQuantizer)
            and (flat.sq.qtype, flat.metric_type) == (faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        ):
            raise ValueError(f"{path.name} holds another kind of FAISS index")
        if flat.codes.size() != flat.ntotal * flat.code_size:
            raise ValueError(f"{path.name} holds another number of rows than it says")
        index = cls(flat)
        # One byte of each page maps them all, in 0.1 s a million rows; questions would wait longer for one at a time.
        index._codes.reshape(-1)[:: mmap.PAGESIZE].max(initial=0)
        if how is None or how.kind == EXACT:
            return index
        lists = _read(_beside(path), 0)
        if not isinstance(lists, faiss.IndexIVFPQFastScan):
            raise ValueError(f"{_beside(path).name} holds another kind of FAISS index")  # noqa: TRY004 - a bad file
        if not (lists.ntotal == flat.ntotal == how.rows and lists.d == flat.d and 0 < how.effort <= lists.nlist):
            raise ValueError(f"{_beside(path).name} was not made of the rows in {path.name}")
        return cls(flat, lists, how)

    def _question(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return a vector as FAISS takes it, once its shape is right: FAISS is told where it begins, not its length."""
        if vector.shape != (self.dimension,):
            raise ValueError(f"the vector has shape {vector.shape}, the index holds vectors of {self.dimension}")
        return np.ascontiguousarray(vector, dtype=np.float32)

    def _unscaled(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return copies of rows; where they are stored as float16, 2**112 times too small.

        NumPy makes float32 of float16 one by one, and FAISS does, where it gives rows out; to move the bits takes a
        fifth of the time.
        """
        codes = self._codes[rows]
        if not self._halved:
            return codes.view(np.float32)
        bits = codes.view(np.int16).astype(np.int32)
        bits <<= 13
        bits &= _HALF_BITS
        return bits.view(np.float32)

    def _searched(
        self, question: NDArray[np.float32], count: int, allowed: int, selector: faiss.IDSelector | None
    ) -> NDArray[np.int64]:
        """Search with FAISS among ``allowed`` rows, ``count`` or more, as ``how`` says; exactly if that finds fewer."""
        if self._lists is not None:
            rows, cosines = self._proposed(question, count, allowed, selector)
            if len(rows) >= count:
                return _best(cosines, rows, count)
        parameters = None if selector is None else faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        with _threads(1):
            found = self._flat.search(question[np.newaxis], count, params=parameters)
        cosines, rows = found[0][0], found[1][0]
        return cast("NDArray[np.int64]", rows[np.lexsort((rows, -cosines))])

    def _proposed(
        self, question: NDArray[np.float32], count: int, allowed: int, selector: faiss.IDSelector | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the rows that the approximate index proposes, ascending, and their cosines.

        The smaller the share of rows that a filter leaves, the more lists are looked through.
        """
        lists = cast("faiss.IndexIVFPQFastScan", self._lists)
        wanted = self._how.effort if selector is None else _FILTERED * self._how.effort * self.count / allowed
        effort = min(lists.nlist, math.ceil(wanted))
        parameters = faiss.SearchParametersIVF(nprobe=effort, sel=selector)  # type: ignore[call-arg]
        proposed = min(max(_SHORTLIST, _PROPOSED * count), allowed)
        with _threads(1):
            _, found = lists.search(question[np.newaxis], proposed, params=parameters)
        rows = np.sort(found[0][found[0] >= 0])  # FAISS pads with -1
        return rows, self.similarities(question, rows)

    def _recall(
        self,
        mixed: NDArray[np.int64],
        questions: NDArray[np.float32],
        cosines: NDArray[np.float32],
        expected: NDArray[np.int64],
    ) -> float:
        """Return the share of the 10 rows nearest to questions that is found; rows as near as the tenth count too.

        Args:
            mixed: ``(questions, _MIXED)``, the rows that questions were made of, which do not count.
            questions: ``(questions, dimension)``.
            cosines: ``(questions, 10 + _MIXED)``, of the nearest rows.
            expected: ``(questions, 10 + _MIXED)``, the nearest rows, by an exact search.
        """
        found = 0
        for place, (own, question) in enumerate(zip(mixed, questions, strict=True)):
            tenth = cosines[place][~np.isin(expected[place], own)][:10].min()
            near, likeness = self._proposed(question, 10 + _MIXED, self.count, None)
            found += min(10, int(np.count_nonzero(likeness[~np.isin(near, own)] >= tenth - 1e-5)))
        return found / (10 * len(mixed))


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """Have FAISS use that many threads; it keeps the number for each of Python's threads apart."""
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(count)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def _blocks(vectors: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    for start in range(0, len(vectors), _BLOCK):
        yield np.ascontiguousarray(vectors[start : start + _BLOCK], dtype=np.float32)


def _lists(kind: str, vectors: NDArray[np.float32]) -> faiss.IndexIVFPQFastScan:
    """Make an approximate index; FAISS's own seeds are always the same."""
    lists = cast("faiss.IndexIVFPQFastScan", faiss.index_factory(vectors.shape[1], kind, faiss.METRIC_INNER_PRODUCT))
    lists.cp.max_points_per_centroid = _TRAINED
    trained = min(len(vectors), lists.nlist * _TRAINED)
    chosen = np.sort(np.random.default_rng(_SEED).choice(len(vectors), trained, replace=False))
    with _threads(1):  # of some thousand short steps, more threads make long ones wherever a core is taken
        lists.train(np.ascontiguousarray(vectors[chosen], dtype=np.float32))
    with _threads(_THREADS):
        for block in _blocks(vectors):
            lists.add(block)
    return lists


def _products(question: NDArray[np.float32], rows: object, count: int) -> NDArray[np.float32]:
    """Return the inner products of a question and rows, ``(count, dimension)`` float32, given where they begin.

    The product is FAISS's, since NumPy's would take all cores.
    """
    products = np.empty(count, dtype=np.float32)
    faiss.fvec_inner_products_ny(  # type: ignore[attr-defined]
        faiss.swig_ptr(products), faiss.swig_ptr(question), rows, len(question), count
    )
    return products


def _between(vectors: NDArray[np.float32], mixed: NDArray[np.int64]) -> NDArray[np.float32]:
    """Make questions that lie in the midst of the rows of each of ``(questions, _MIXED)``.

    Rows themselves would be too easy: people's questions lie apart from all texts. At a million rows, where 64, 128
    and 256 lists of 2,048 found .960, .996 and .997 of what is nearest to people's questions, they found .977, .997 and
    .997 of what is nearest to sums of two rows, .948, .978 and .991 for three, and .902, .946 and .962 for four.
    """
    sums = vectors[mixed].sum(axis=1, dtype=np.float32)
    return cast("NDArray[np.float32]", sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9))


def _best(cosines: NDArray[np.float32], rows: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return the ``count`` rows of the highest cosines, highest first; ``rows``, that many or more, are ascending."""
    if count < len(rows):
        least = np.partition(cosines, len(rows) - count)[len(rows) - count]
        above = np.flatnonzero(cosines > least)
        level = np.flatnonzero(cosines == least)[: count - len(above)]
        kept = np.sort(np.concatenate((above, level)))
        cosines, rows = cosines[kept], rows[kept]
    return rows[np.argsort(-cosines, kind="stable")]


def _beside(path: Path) -> Path:
    return path.with_suffix(".ivf")


def _write(index: faiss.Index, path: Path) -> None:
    """Write an index through Python, since FAISS passes over an error that comes as it closes a file."""
    errors: list[OSError] = []
    with path.open("wb") as file:

        def write(data: bytes) -> None:
            try:
                if not errors:
                    file.write(data)
            except OSError as error:  # raised once FAISS is done: not through its C++
                errors.append(error)

        faiss.write_index(index, faiss.PyCallbackIOWriter(write))  # type: ignore[attr-defined]
        if errors:
            raise errors[0]


def _read(path: Path, flags: int) -> faiss.Index:
    try:
        return faiss.read_index(str(path), flags)
    except RuntimeError as error:
        raise ValueError(f"{path.name} is not a FAISS index") from error

"""``pincite index``: a progress bar on a terminal, plain lines elsewhere, then what was done."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from index.build import BuildReport, build
from index.collection import Collection
from index.documents import Document, Passage
from index.formats import NO_READER, SUFFIXES
from index.models import resolve_model
from index.reading import Skipped
from index.segment import segment
from index.settings import Settings
from index.sources import read_sources
from index.tokens import Tokens
from index.worker import ReadLimits
from pincite.wording import counted

_LINE_EVERY = 10  # percent


class _Rate(ProgressColumn):
    """How many texts are encoded a second."""

    def render(self, task: Task) -> Text:
        """Return the column's text."""
        return Text(f"{task.speed:.0f}/s" if task.speed is not None and task.total else "")


class _Bar:
    """Progress on a terminal: steps as lines, encoding as a bar with the rate and the time left."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            _Rate(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def step(self, text: str) -> None:
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task(text, total=None)

    def total(self, count: int) -> None:
        if self._task is not None:
            self._progress.update(self._task, total=count, completed=0)

    def advance(self, count: int) -> None:
        if self._task is not None:
            self._progress.advance(self._task, count)


class _Lines:
    """Progress in a log: a line a step, and one for every tenth of the encoding."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._total = self._done = self._said = 0
        self._began = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def step(self, text: str) -> None:
        self._console.print(f"{text} ...", highlight=False)

    def total(self, count: int) -> None:
        self._total, self._done, self._said = count, 0, 0
        self._began = time.monotonic()

    def advance(self, count: int) -> None:
        self._done += count
        percent = 100 * self._done // self._total
        if percent >= self._said + _LINE_EVERY or self._done == self._total:
            self._said = percent - percent % _LINE_EVERY
            rate = self._done / max(time.monotonic() - self._began, 1e-3)
            left = f", {(self._total - self._done) / rate:.0f} s left" if self._done < self._total else ""
            said = f"encoded {self._done} of {self._total} texts ({percent}%), {rate:.0f} a second{left}"
            self._console.print(f"  {said}", highlight=False)


def _lines_of(report: BuildReport) -> Iterator[str]:
    for file in report.files:
        parts = [counted(file.documents, "document")] if file.documents > 1 else []
        parts += [counted(file.pages, "page")] if file.pages else []
        yield f"  {file.source}: {', '.join([*parts, counted(file.passages, 'passage')])}"
    yield from _not_indexed(report.left_out, report.skipped)
    manifest, counts = report.manifest, report.manifest.counts
    state = "now holds" if report.changed else "already held just this:"
    yield (
        f"Collection {manifest.collection!r} {state} {counted(counts.documents, 'document')}, "
        f"{counted(counts.passages, 'passage')}, {counted(counts.spans, 'sentence')} "
        f"(generation {manifest.generation})."
    )
    if report.changed:
        yield f"  {report.encoded} of {counts.passages + counts.spans} passages and sentences were new, and encoded."
    if not manifest.encoder_knows_language:
        yield (
            f"Warning: most of the text is in {manifest.language!r}, which the model {manifest.encoder.model} does not "
            "know. Only questions that share words with the documents will be answered; for others, set PINCITE_MODEL "
            "to a multilingual sentence-transformers model."
        )
    if manifest.encoder.serving == "sentence-transformers":
        yield f"Questions will be slow: sentence-transformers encodes them, since {manifest.encoder.reason}"


def _not_indexed(left_out: Sequence[str], skipped: Sequence[Skipped]) -> Iterator[str]:
    yield from (f"  {source}: left out (its front matter says index: false)" for source in left_out)
    yield from (f"  {skip.source}: skipped, {skip.reason}" for skip in skipped)
    if any(skip.reason.startswith(NO_READER) for skip in skipped):
        yield f"  (files that can be read: {', '.join(SUFFIXES)})"


def progress_on(console: Console | None = None) -> _Bar | _Lines:
    """Return the progress that suits a console: a bar on a terminal, lines elsewhere; standard error by default."""
    console = console or Console(file=sys.stderr, soft_wrap=True)
    return _Bar(console) if console.is_terminal else _Lines(console)


def run_index(settings: Settings, paths: Sequence[Path], reported: set[str] | None = None) -> bool:
    """Index the paths and report; return whether anything was skipped.

    Args:
        settings: All of them.
        paths: Files and folders of documents.
        reported: Lines of the report before this, which are not printed again; it is changed to those of this one.
    """
    console = Console(file=sys.stderr, soft_wrap=True)
    collection = Collection(settings.data_dir, settings.collection)
    with progress_on(console) as progress:
        report = build(
            collection,
            paths,
            settings.model,
            progress,
            _limits(settings),
            keep=settings.keep_generations,
            wait=settings.lock_seconds,
        )
    lines = list(_lines_of(report))
    for line in lines:
        if not reported or line not in reported:
            console.print(line, highlight=False, markup=False)
    if reported is not None:
        reported.clear()
        reported.update(lines)
    return bool(report.skipped)


def run_dry(settings: Settings, paths: Sequence[Path]) -> bool:
    """Print every document with its passages as they would be cut; return whether anything was skipped."""
    sources = read_sources(paths, _limits(settings), settings.data_dir)
    tokens = Tokens(resolve_model(settings.model))
    for document in sources.documents:
        for line in _as_cut(document, segment(document, tokens)):
            print(line)
    for line in _not_indexed(sources.left_out, sources.skipped):
        print(line, file=sys.stderr)
    return bool(sources.skipped)


def _as_cut(document: Document, passages: Sequence[Passage]) -> Iterator[str]:
    yield f"== {document.id}: {document.title} ({document.source}, {len(passages)} passages)"
    stated = {
        "author": document.author,
        "published": document.published,
        "url": document.url,
        "tags": ", ".join(document.tags),
    }
    yield from (f"{name}: {value}" for name, value in stated.items() if value)
    for number, passage in enumerate(passages, start=1):
        page = f", page {passage.page}" if passage.page is not None else ""
        place = " > ".join(("", *passage.headings)) + page
        yield f"\n[{number}] {passage.start}:{passage.end}{place}\n{passage.text}"
    yield ""


def _limits(settings: Settings) -> ReadLimits:
    return ReadLimits(settings.max_file_mb, settings.max_read_seconds, settings.max_read_memory_mb)

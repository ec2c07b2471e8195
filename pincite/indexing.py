"""``pincite index``: a progress bar on a terminal, plain lines elsewhere, then what was done."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from index.build import BuildReport, build
from index.collection import Collection
from index.settings import Settings

_LINE_EVERY = 10  # percent


class _Bar:
    """Progress on a terminal: steps as lines, encoding as a bar with the time left."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
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

    def advance(self, count: int) -> None:
        self._done += count
        percent = 100 * self._done // self._total
        if percent >= self._said + _LINE_EVERY or self._done == self._total:
            self._said = percent - percent % _LINE_EVERY
            self._console.print(f"  encoded {self._done} of {self._total} texts ({percent}%)", highlight=False)


def _lines_of(report: BuildReport) -> Iterator[str]:
    for source, passages in report.passages.items():
        yield f"  {source}: {passages} passages"
    for source in report.left_out:
        yield f"  {source}: left out (its front matter says index: false)"
    for skip in report.skipped:
        yield f"  {skip.source}: skipped, {skip.reason}"
    manifest, counts = report.manifest, report.manifest.counts
    state = "now holds" if report.changed else "already held just this:"
    yield (
        f"Collection {manifest.collection!r} {state} {counts.documents} documents, {counts.passages} passages, "
        f"{counts.spans} sentences (generation {manifest.generation})."
    )
    if manifest.encoder.serving == "sentence-transformers":
        yield f"Questions will be slow: sentence-transformers encodes them, since {manifest.encoder.reason}"


def progress_on(console: Console | None = None) -> _Bar | _Lines:
    """Return the progress that suits a console: a bar on a terminal, lines elsewhere; standard error by default."""
    console = console or Console(file=sys.stderr, soft_wrap=True)
    return _Bar(console) if console.is_terminal else _Lines(console)


def run_index(settings: Settings, paths: Sequence[Path]) -> bool:
    """Index the paths and report; return whether any file was skipped."""
    console = Console(file=sys.stderr, soft_wrap=True)
    with progress_on(console) as progress:
        report = build(Collection(settings.data_dir, settings.collection), paths, settings.model, progress)
    for line in _lines_of(report):
        console.print(line, highlight=False, markup=False)
    return bool(report.skipped)

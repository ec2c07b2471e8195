"""``pincite serve``: checks that there is something to serve, says where, and serves it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from tempfile import TemporaryDirectory

from api.server import listen, run
from index.errors import IndexUnavailable
from index.settings import Settings
from pincite.applying import ApplyingProcess
from pincite.following import FollowingProcess
from pincite.wording import counted
from qa.factory import Askers


def run_serve(settings: Settings) -> None:
    """Serve until stopped, and follow the folder that the settings name, if any.

    Raises:
        IndexUnavailable: The default collection cannot answer, and neither a folder that is followed nor a change over
            HTTP would mend that.
        SettingsError: The address cannot be bound, or the folder cannot be followed.
    """
    beside: list[AbstractContextManager[object]] = [ApplyingProcess(settings.data_dir)]
    if settings.watch is not None:
        beside.append(FollowingProcess(settings.watch))
    askers = Askers(settings)
    what = _what_is_served(settings, askers)
    listener = listen(settings.host, settings.port)
    host, port = listener.getsockname()[:2]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    print(f"Pincite serves {what} on {address}")
    if settings.watch is not None:
        print(f"It follows the folder {settings.watch}: what changes there is indexed at once.")
    print(f"The API is described at {address}/docs; Ctrl-C stops the service.", flush=True)
    with _shared_metrics(settings.workers):
        from api.app import create_app  # which looks where the numbers go

        run(create_app(settings, askers), listener, settings.workers, _all_of(beside))


@contextmanager
def _all_of(contexts: Sequence[AbstractContextManager[object]]) -> Iterator[None]:
    with ExitStack() as stack:
        for context in contexts:
            stack.enter_context(context)
        yield


@contextmanager
def _shared_metrics(workers: int) -> Iterator[None]:
    """Make a folder in which several workers keep their numbers, unless whoever started this one has."""
    variable = "PROMETHEUS_MULTIPROC_DIR"  # api.metrics.FOLDER, which is not to be imported yet
    if workers == 1 or variable in os.environ:
        yield
        return
    with TemporaryDirectory(prefix="pincite-metrics-") as folder:
        os.environ[variable] = folder
        yield


def _what_is_served(settings: Settings, askers: Askers) -> str:
    """Open the default collection, so that it is open before the first request and before any worker is forked."""
    try:
        asker = askers.get()
    except IndexUnavailable:
        if settings.watch is None and not settings.http_changes:
            raise
        return "nothing until the first index is complete,"
    asker.warm_up()
    counts = asker.generation.manifest.counts
    return f"{counted(counts.documents, 'document')}, {counted(counts.passages, 'passage')},"

"""``pincite serve``: checks that there is something to serve, says where, and serves it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from tempfile import TemporaryDirectory

from api.access.store import KeyStore
from api.server import listen, run
from index.addresses import is_loopback
from index.errors import IndexUnavailable, SettingsError
from index.settings import Settings
from pincite.following import FollowingProcess
from pincite.wording import counted
from qa.factory import Askers


def run_serve(settings: Settings) -> None:
    """Serve until stopped, and follow the folder that the settings name, if any.

    Raises:
        IndexUnavailable: The default collection cannot answer, and no folder is followed that would mend that.
        SettingsError: The address cannot be bound, or is not to be reached by all; or the folder cannot be followed.
        KeysDamaged: The keys cannot be read.
    """
    _check_reach(settings)
    following = FollowingProcess(settings.watch) if settings.watch is not None else nullcontext()
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

        run(create_app(settings, askers), listener, settings.workers, following)


def _check_reach(settings: Settings) -> None:
    """Check that nobody else reaches the service unless there is a key, or the settings say that all may."""
    keys = KeyStore(settings.data_dir).keys()
    if not (keys or settings.open or is_loopback(settings.host)):
        raise SettingsError(
            f"{settings.host} can be reached from other machines, and there is no key: whoever reaches the service "
            "could read everything. Make a key with `pincite keys create --name NAME`; or, if all may read, give "
            "--open or set PINCITE_OPEN=true."
        )


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
        if settings.watch is None:
            raise
        return "nothing until the first index is complete,"
    asker.warm_up()
    counts = asker.generation.manifest.counts
    return f"{counted(counts.documents, 'document')}, {counted(counts.passages, 'passage')},"

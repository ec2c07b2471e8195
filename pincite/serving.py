"""``pincite serve``: checks that there is something to serve, says where, and serves it."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from api.access.keys import Role
from api.access.store import KeyStore
from api.app import create_app
from api.metrics import FOLDER
from api.server import listen, run
from index.addresses import is_loopback
from index.errors import IndexUnavailable, SettingsError
from index.settings import Settings
from pincite.applying import ApplyingProcess
from pincite.following import FollowingProcess
from pincite.wording import counted
from qa.factory import Askers

_METRICS = "pincite-metrics-"
_YOUNG_SECONDS = 60.0
"""A folder may be so old before it is held."""


def run_serve(settings: Settings) -> None:
    """Serve until stopped, and follow the folder that the settings name, if any.

    Raises:
        IndexUnavailable: The default collection cannot answer, and neither a folder that is followed nor a change over
            HTTP would mend that.
        SettingsError: The address cannot be bound, or is not to be reached by all; the folder cannot be followed; or
            the examples cannot be read.
        KeysDamaged: The keys cannot be read.
    """
    _check_reach(settings)
    beside: list[AbstractContextManager[object]] = [ApplyingProcess(settings.data_dir)]
    if settings.watch is not None:
        beside.append(FollowingProcess(settings.watch))
    examples = _examples(settings)
    askers = Askers(settings)
    what = _what_is_served(settings, askers)
    listener = listen(settings.host, settings.port)
    host, port = listener.getsockname()[:2]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    print(f"Pincite serves {what} on {address}")
    if settings.watch is not None:
        print(f"It follows the folder {settings.watch}: what changes there is indexed at once.")
    print(
        f"The page to ask on is {address}/, the API is described at {address}/docs; Ctrl-C stops the service.",
        flush=True,
    )
    with _shared_metrics(settings.workers):
        run(create_app(settings, askers, examples), listener, settings.workers, _all_of(beside))


def _examples(settings: Settings) -> tuple[str, ...]:
    """Return the questions to begin with; where there are none, nothing is loaded of what measures answers."""
    if settings.examples is None:
        return ()
    try:
        from eval.errors import QuestionSetError
        from eval.sets import load_set
        from eval.starters import starters
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"PINCITE_EXAMPLES needs {error.name}. Run: pip install 'pincite[eval]', or take the setting away."
        ) from error
    try:
        return starters(load_set(settings.examples))
    except QuestionSetError as error:
        raise SettingsError(f"PINCITE_EXAMPLES cannot be used: {error}") from error


@contextmanager
def _all_of(contexts: Sequence[AbstractContextManager[object]]) -> Iterator[None]:
    with ExitStack() as stack:
        for context in contexts:
            stack.enter_context(context)
        yield


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
    if workers == 1 or FOLDER in os.environ:
        yield
        return
    with TemporaryDirectory(prefix=_METRICS) as folder:
        # Held by this process and its forks; the system lets go of it when the last of them has ended, however it did.
        import fcntl  # where there are forks, there is this

        held = os.open(folder, os.O_RDONLY)
        fcntl.flock(held, fcntl.LOCK_EX)
        _remove_left_metrics(Path(folder))
        os.environ[FOLDER] = folder
        yield
        os.close(held)


def _remove_left_metrics(ours: Path) -> None:
    """Remove the folders that services have left which were killed."""
    import fcntl

    for folder in ours.parent.glob(f"{_METRICS}*"):
        with suppress(OSError):  # another's, or held: that service lives
            if folder == ours or time.time() - folder.stat().st_mtime < _YOUNG_SECONDS:
                continue
            found = os.open(folder, os.O_RDONLY)
            try:
                fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder)
            finally:
                os.close(found)


def _what_is_served(settings: Settings, askers: Askers) -> str:
    """Open the default collection, so that it is open before the first request and before any worker is forked."""
    try:
        asker = askers.get()
    except IndexUnavailable:
        if settings.watch is None and not _can_be_changed(settings):
            raise
        return "nothing until the first index is complete,"
    asker.warm_up()
    counts = asker.generation.manifest.counts
    return f"{counted(counts.documents, 'document')}, {counted(counts.passages, 'passage')},"


def _can_be_changed(settings: Settings) -> bool:
    """Tell whether somebody has a key with which a collection can be made over HTTP."""
    return any(key.role is Role.ADMIN for key in KeyStore(settings.data_dir).keys().values())

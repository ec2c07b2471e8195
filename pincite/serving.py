"""``pincite serve``: checks that there is something to serve, says where, and serves it."""

from __future__ import annotations

from contextlib import nullcontext

from api.app import create_app
from api.server import listen, run
from index.errors import IndexUnavailable
from index.settings import Settings
from pincite.following import FollowingProcess
from pincite.wording import counted
from qa.factory import Askers


def run_serve(settings: Settings) -> None:
    """Serve until stopped, and follow the folder that the settings name, if any.

    Raises:
        IndexUnavailable: The default collection cannot answer, and no folder is followed that would mend that.
        SettingsError: The address cannot be bound, or the folder cannot be followed.
    """
    following = FollowingProcess(settings.watch) if settings.watch is not None else nullcontext()
    askers = Askers(settings)
    what = _what_is_served(settings, askers)
    listeners = listen(settings.host, settings.port, settings.workers)
    host, port = listeners[0].getsockname()[:2]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    print(f"Pincite serves {what} on {address}")
    if settings.watch is not None:
        print(f"It follows the folder {settings.watch}: what changes there is indexed at once.")
    print(f"The API is described at {address}/docs; Ctrl-C stops the service.", flush=True)
    run(create_app(settings, askers), listeners, following)


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

"""``pincite serve``: checks that there is something to serve, says where, and serves it."""

from __future__ import annotations

from contextlib import ExitStack

from api.server import listen, run
from index.errors import IndexUnavailable
from index.settings import Settings
from pincite.following import FollowingProcess
from pincite.wording import counted
from qa.factory import open_asker


def run_serve(settings: Settings) -> None:
    """Serve until stopped, and follow the folder that the settings name, if any.

    Raises:
        IndexUnavailable: The default collection cannot answer, and no folder is followed that would mend that.
        SettingsError: The address cannot be bound, or the folder cannot be followed.
    """
    following = FollowingProcess(settings.watch) if settings.watch is not None else None
    what = _what_is_served(settings)
    listener = listen(settings.host, settings.port)
    host, port = listener.getsockname()[:2]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    print(f"Pincite serves {what} on {address}")
    if following is not None:
        print(f"It follows the folder {settings.watch}: what changes there is indexed at once.")
    print(f"The API is described at {address}/docs; Ctrl-C stops the service.", flush=True)
    with ExitStack() as stack:
        if following is not None:
            stack.enter_context(following)
        run(listener, settings.workers)


def _what_is_served(settings: Settings) -> str:
    try:
        counts = open_asker(settings).generation.manifest.counts
    except IndexUnavailable:
        if settings.watch is None:
            raise
        return "nothing until the first index is complete,"
    return f"{counted(counts.documents, 'document')}, {counted(counts.passages, 'passage')},"

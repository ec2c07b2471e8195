"""``pincite serve``: checks that there is something to serve, says where, and serves it."""

from __future__ import annotations

from api.server import listen, run
from index.collection import Collection
from index.generation import open_generation
from index.settings import Settings


def run_serve(settings: Settings) -> None:
    """Serve until stopped.

    Raises:
        IndexUnavailable: The default collection is missing or damaged.
        SettingsError: The address cannot be bound.
    """
    manifest = open_generation(Collection(settings.data_dir, settings.collection)).manifest
    listener = listen(settings.host, settings.port)
    host, port = listener.getsockname()[:2]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    counts = manifest.counts
    print(
        f"Pincite serves {counts.documents} documents, {counts.passages} passages, on {address}\n"
        f"The API is described at {address}/docs; Ctrl-C stops the service.",
        flush=True,
    )
    run(listener, settings.workers)

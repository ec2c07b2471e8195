"""How serving processes tell the one that applies changes that there is something to do: by touching a file.

Whoever watches it only asks the system for the file's times, which takes microseconds; and the process that forks the
others must not have a database open.
"""

from __future__ import annotations

from pathlib import Path

from index.files import storage_errors


class Wake:
    """The file ``DATA_DIR/operations.wake``.

    Args:
        data_dir: The data folder.
    """

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "operations.wake"

    def touch(self) -> None:
        """Tell that there is something to do.

        Raises:
            StorageError: The file cannot be written.
        """
        with storage_errors(self._path.parent):
            self._path.touch()

    def stamp(self) -> int:
        """Return what is another after each ``touch``; 0 before the first."""
        try:
            return self._path.stat().st_mtime_ns
        except OSError:
            return 0

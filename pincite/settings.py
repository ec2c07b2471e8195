"""Settings, with what the command line gave in their place."""

from __future__ import annotations

import os

from index.settings import PREFIX, Settings, load_settings


def settings_for(collection: str | None = None, **options: object) -> Settings:
    """Load settings; an option that was given stands for the variable of its name.

    Raises:
        SettingsError: A setting, or an option, cannot be used.
    """
    given = {"collection": collection, **options}
    variables = {f"{PREFIX}{name.upper()}": str(value) for name, value in given.items() if value is not None}
    return load_settings({**os.environ, **variables})

from __future__ import annotations

from pathlib import Path

import pytest

from tests.api.access.world import World


@pytest.fixture(scope="module")
def world(seeds_data: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two collections and their keys, for one module."""
    return World.build(seeds_data / "encoders", tmp_path_factory.mktemp("access"))

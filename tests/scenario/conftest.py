"""One emulator process for all stories; each story gets an empty portal and a suite of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator_process import Emulator
from tests.scenario.world import World


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    with Emulator.start() as running:
        yield running


@pytest.fixture
def world(emulator: Emulator, tmp_path: Path) -> Iterator[World]:
    """Yield a connected suite on an empty portal."""
    stage = World(emulator, tmp_path)
    try:
        yield stage.open()
    finally:
        stage.close()

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
def stage(emulator: Emulator, tmp_path: Path) -> Iterator[World]:
    """Yield a world that the story opens itself, with switches or settings of its own."""
    closed = World(emulator, tmp_path)
    try:
        yield closed
    finally:
        closed.close()


@pytest.fixture
def world(stage: World) -> World:
    """Return a connected suite on an empty portal."""
    return stage.open()

"""One emulator process for the probe's tests; each run begins with an emptied portal."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator_process import Emulator
from tests.probe_bench import Bench


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    with Emulator.start() as running:
        yield running


@pytest.fixture
def bench(emulator: Emulator, tmp_path: Path) -> Iterator[Bench]:
    yield Bench(emulator, tmp_path)
    assert not [each for each in emulator.bench("GET", "/verdict")["reasons"] if "bug" in each]

"""One emulator process for all these tests; each test begins with a fresh portal on a Monday morning."""

from collections.abc import Iterator

import pytest

from tests.contract.emulator.receiver import Receiver
from tests.emulator_process import Emulator


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    with Emulator.start() as running:
        yield running


@pytest.fixture
def zoho(emulator: Emulator) -> Iterator[Emulator]:
    emulator.reset()
    yield emulator
    assert not [each for each in emulator.bench("GET", "/verdict")["reasons"] if "bug" in each]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()

"""The stores that the suite runs against."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from tests.contract.stores.processes import TwoProcesses
from zoho_privacy.adapters.stores.memory import MemoryStore
from zoho_privacy.adapters.stores.sqlite import SqliteStore
from zoho_privacy.ports import Store


@pytest.fixture(scope="session")
def pools() -> Iterator[Sequence[ProcessPoolExecutor]]:
    pair = [ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) for _ in range(2)]
    yield pair
    for pool in pair:
        pool.shutdown()


@pytest.fixture(params=["memory", "sqlite", "sqlite across processes"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
    elif request.param == "sqlite":
        one = SqliteStore(tmp_path / "state.db")
        yield one
        assert one.integrity() == []
        one.close()
    else:
        yield TwoProcesses(str(tmp_path / "state.db"), request.getfixturevalue("pools"))

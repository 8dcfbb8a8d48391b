"""The stores that the suite runs against."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests import cloud
from tests.contract.stores.processes import TwoProcesses
from zoho_privacy.adapters.clock import SystemClock
from zoho_privacy.adapters.stores.dynamodb import SCHEMA, DynamoStore
from zoho_privacy.adapters.stores.memory import MemoryStore
from zoho_privacy.adapters.stores.sqlite import SqliteStore
from zoho_privacy.ports import Store


@pytest.fixture(scope="session")
def pools() -> Iterator[Sequence[ProcessPoolExecutor]]:
    pair = [ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) for _ in range(2)]
    yield pair
    for pool in pair:
        pool.shutdown()


@pytest.fixture(scope="session")
def dynamodb(aws: str) -> Any:
    return cloud.client("dynamodb", aws)


@pytest.fixture
def table(dynamodb: Any) -> Iterator[str]:
    """An empty table, made as the template makes it."""
    name = f"state-{uuid4().hex[:8]}"
    dynamodb.create_table(TableName=name, **SCHEMA)
    yield name
    dynamodb.delete_table(TableName=name)


@pytest.fixture(params=["memory", "sqlite", "sqlite across processes", "dynamodb"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
    elif request.param == "sqlite":
        one = SqliteStore(tmp_path / "state.db")
        yield one
        assert one.integrity() == []
        one.close()
    elif request.param == "dynamodb":
        yield DynamoStore(request.getfixturevalue("dynamodb"), request.getfixturevalue("table"), clock=SystemClock())
    else:
        yield TwoProcesses(str(tmp_path / "state.db"), request.getfixturevalue("pools"))

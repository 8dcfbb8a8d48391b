"""One emulator process for all stories; each story gets an empty portal and a suite of its own."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.official import absence
from tests.conformance.peers import Peers
from tests.emulator_process import Emulator
from tests.scenario.world import World


@pytest.fixture(scope="session", autouse=True)
def peers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peers | None]:
    """Let every emulator of the stories record what passes, where the conformance report asks for the judges.

    None where it does not (`python3 -m tests.conformance --stories` does), or where Zoho's own files are absent.
    """
    counts = os.environ.get("CONFORMANCE_COUNTS")
    if counts is None or absence():
        yield None
        return
    Emulator.records = tmp_path_factory.mktemp("exchanges")
    judges = Peers(Emulator.records)
    yield judges
    Emulator.records = None
    Path(counts).write_text(json.dumps({"looked_at": judges.looked_at, "distinct": judges.distinct}), "utf-8")


@pytest.fixture(scope="module", autouse=True)
def nothing_departs_from_the_official_files(peers: Peers | None) -> Iterator[None]:
    """Judge every exchange of a module's stories, both directions; a departure that no row lists fails the last one."""
    yield
    found = [] if peers is None else peers.new_faults()
    assert not found, "\n".join(["neither Zoho's files nor tests/conformance/deviations.toml know:", *map(str, found)])


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

"""One emulator process for all stories; each story gets an empty portal and a suite of its own."""

import contextlib
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
    """Yield the judges of all that passes between the stories and their emulators.

    Each worker leaves its figures in the folder that CONFORMANCE_COUNTS names (`python3 -m tests.conformance --stories`
    does). None where Zoho's own files are absent.
    """
    if absence():
        yield None
        return
    judges = Peers(tmp_path_factory.mktemp("exchanges"))
    yield judges
    assert not (late := judges.new_faults()), "\n".join(map(str, late))
    if not (folder := os.environ.get("CONFORMANCE_COUNTS")):
        return
    counts = {"looked_at": judges.looked_at, "distinct": judges.distinct, "seconds": round(judges.seconds, 1)}
    (Path(folder) / f"{os.getpid()}.json").write_text(json.dumps(counts), "utf-8")


@pytest.fixture(scope="module", autouse=True)
def recorded(peers: Peers | None) -> Iterator[None]:
    """Let the emulators of these stories record what passes."""
    with _recorded(peers):
        yield


@pytest.fixture(autouse=True)
def exchanges_are_judged(peers: Peers | None) -> Iterator[None]:
    """Judge every exchange of a story, both directions; a departure that no row lists fails it.

    Rows that nothing deviates by any more are not looked for here: no worker sees all stories.
    """
    yield
    found = [] if peers is None else peers.new_faults()
    assert not found, "\n".join(["neither Zoho's files nor tests/conformance/deviations.toml know:", *map(str, found)])


@pytest.fixture(scope="session")
def emulator(peers: Peers | None) -> Iterator[Emulator]:
    with contextlib.ExitStack() as stack:
        with _recorded(peers):
            running = stack.enter_context(Emulator.start())
        yield running


@contextlib.contextmanager
def _recorded(peers: Peers | None) -> Iterator[None]:
    """Let the emulators that start now record what passes; those of other tests, which err on purpose, do not."""
    Emulator.records = None if peers is None else peers.folder
    try:
        yield
    finally:
        Emulator.records = None


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

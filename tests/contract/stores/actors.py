"""Other processes for the SQLite tests: `python -m tests.contract.stores.actors <what> <path> ...`.

Each says on standard output what it has done, so that a test can hold it to its word after killing it.
"""

import os
import resource
import sqlite3
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from zoho_privacy.adapters.stores.sqlite import SqliteStore
from zoho_privacy.domain.errors import Conflict, StoreUnavailable
from zoho_privacy.ports import Item, Put

ORG = "org-1"


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def acknowledge(path: str, start: str) -> None:
    """Commit pairs for ever and name each one only after its commit has returned."""
    store = SqliteStore(path)
    for number in range(int(start), 10**9):
        pair = [Put(Item(ORG, half, f"{number:09d}", {"text": "x" * 200})) for half in ("left", "right")]
        store.commit(pair)
        say(number)


def race(path: str, name: str, rounds: str) -> None:
    """Try to be the first on each id, from when the test says go; name the ones won."""
    store = SqliteStore(path)
    say("ready")
    sys.stdin.readline()
    for number in range(int(rounds)):
        try:
            store.commit([Put(Item(ORG, "race", f"{number:04d}", {"winner": name}))])
        except Conflict:
            continue
        say(number)


def lock(path: str) -> None:
    """Hold the write lock until told to let go."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    say("locked")
    sys.stdin.readline()
    connection.execute("ROLLBACK")
    connection.close()


def outgrow(path: str) -> None:
    """Write until the system refuses to let files grow further, as a full disk or quota would."""
    store = SqliteStore(path)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
    for number in range(1000):
        try:
            store.commit([Put(Item(ORG, "big", f"{number:04d}", {"text": "x" * 5000}))])
        except StoreUnavailable as error:
            say("refused", error)
            return
        say(number)


def read_only(path: str) -> None:
    """Use a file that this user may not write; root becomes nobody first, since nothing is forbidden to root."""
    if os.geteuid() == 0:
        os.seteuid(65534)
    try:
        SqliteStore(path).commit([Put(Item(ORG, "case", "new", {}))])
    except StoreUnavailable as error:
        say("refused", error)
        return
    say("written to", Path(path).name)


ACTORS: Final[Mapping[str, Callable[..., None]]] = {
    "acknowledge": acknowledge,
    "race": race,
    "lock": lock,
    "outgrow": outgrow,
    "read_only": read_only,
}

if __name__ == "__main__":
    ACTORS[sys.argv[1]](*sys.argv[2:])

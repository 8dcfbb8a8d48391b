"""What the SQLite store promises beyond the port: it outlives kills, locks, full disks and other versions."""

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Thread

import pytest

from tests.contract.stores.actors import ORG
from zoho_privacy.adapters.stores import sqlite
from zoho_privacy.adapters.stores.sqlite import SqliteStore
from zoho_privacy.domain.errors import BadInput, Conflict, NeedsHuman, StoreUnavailable
from zoho_privacy.ports import Delete, Item, Put

ROOT = Path(__file__).parents[3]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "suite.db"


@contextmanager
def actor(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Start another process of `actors.py` and see it ended, whatever the test does."""
    command = [sys.executable, "-m", "tests.contract.stores.actors", *map(str, arguments)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def tell(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdin
    process.stdin.write(word + "\n")
    process.stdin.flush()


def put(store: SqliteStore, id_: str, text: str = "", version: int = 0) -> None:
    store.commit([Put(Item(ORG, "case", id_, {"text": text}, version))])


# --------------------------------------------------------------------------------------------------------- kills


@pytest.mark.req("R-PLAN-3")
def test_a_killed_process_loses_no_acknowledged_write_and_leaves_no_half_commit(path: Path) -> None:
    """A webhook is answered with 200 once its event is stored; the sender will not send it again."""
    acknowledged: list[int] = []
    for round_ in range(6):
        with actor("acknowledge", path, len(acknowledged) and acknowledged[-1] + 2) as process:
            acknowledged += [int(line(process)) for _ in range(3 + 17 * round_)]
            process.send_signal(signal.SIGKILL)
            assert process.stdout
            acknowledged += [int(rest) for rest in process.stdout.read().split()]
        with closing(SqliteStore(path)) as store:
            assert store.integrity() == []
            left = {item.id for item in store.find(ORG, "left", limit=10**6)}
            right = {item.id for item in store.find(ORG, "right", limit=10**6)}
            assert left == right
            assert left >= {f"{number:09d}" for number in acknowledged}
            assert len(left) <= len(acknowledged) + round_ + 1, "at most one unacknowledged commit a kill"


def test_a_process_killed_while_it_holds_the_lock_blocks_nobody(path: Path) -> None:
    with closing(SqliteStore(path, timeout_s=5)) as store, actor("lock", path) as process:
        assert line(process) == "locked"
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)
        put(store, "a")
        assert store.get(ORG, "case", "a")


def test_two_processes_race_and_one_wins_each(path: Path) -> None:
    SqliteStore(path).close()
    with actor("race", path, "one", 60) as one, actor("race", path, "two", 60) as two:
        assert (line(one), line(two)) == ("ready", "ready")
        tell(one, "go")
        tell(two, "go")
        won = [process.communicate(timeout=60)[0].split() for process in (one, two)]
    assert sorted(won[0] + won[1]) == sorted(str(number) for number in range(60))
    with closing(SqliteStore(path)) as store:
        stored = {item.id: item.body["winner"] for item in store.find(ORG, "race", limit=100)}
    assert stored == {f"{int(n):04d}": name for name, numbers in zip(("one", "two"), won, strict=True) for n in numbers}


def test_processes_that_create_the_file_together_agree(path: Path) -> None:
    """Switching a new file to the write-ahead log is the one lock SQLite does not wait for."""
    with actor("race", path, "a", 5) as a, actor("race", path, "b", 5) as b, actor("race", path, "c", 5) as c:
        assert [line(process) for process in (a, b, c)] == ["ready"] * 3
    with closing(SqliteStore(path)) as store:
        assert store.integrity() == []


# --------------------------------------------------------------------------------------------- lock, disk, permission


def test_a_lock_held_elsewhere_is_unavailable_not_a_conflict_and_passes(path: Path) -> None:
    """A conflict means decide again, unavailable means do the same again: mixing them up repeats or loses work."""
    with closing(SqliteStore(path, timeout_s=0.1)) as store:
        put(store, "a", "before")
        with actor("lock", path) as process:
            assert line(process) == "locked"
            with pytest.raises(StoreUnavailable, match="SQLITE_BUSY"):
                put(store, "b")
            found = store.get(ORG, "case", "a")
            assert found, "readers are not held up by a writer"
            tell(process, "go on")
            process.wait(timeout=10)
        put(store, "b")
        with pytest.raises(Conflict):
            put(store, "b")


def test_a_short_lock_is_waited_for(path: Path) -> None:
    with closing(SqliteStore(path, timeout_s=10)) as store, actor("lock", path) as process:
        assert line(process) == "locked"
        waiting = Thread(target=put, args=(store, "a"))
        waiting.start()
        waiting.join(timeout=0.3)
        assert waiting.is_alive(), "it waits rather than fails"
        tell(process, "go on")
        waiting.join(timeout=10)
        assert store.get(ORG, "case", "a")


def test_a_full_disk_is_unavailable_writes_nothing_and_passes(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        connection = store._connection()
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 8}")
        landed = 0

        def fill() -> None:
            nonlocal landed
            for landed in range(100):
                store.commit([Put(Item(ORG, half, f"{landed:03d}", {"text": "x" * 3000})) for half in ("l", "r")])

        with pytest.raises(StoreUnavailable, match="SQLITE_FULL"):
            fill()
        assert 0 < landed < 99
        for half in ("l", "r"):
            assert [item.id for item in store.find(ORG, half)] == [f"{n:03d}" for n in range(landed)]
        connection.execute("PRAGMA max_page_count = 100000")
        put(store, "after")
        assert store.integrity() == []


def test_a_system_that_refuses_to_write_is_unavailable(path: Path) -> None:
    """A real refusal by the kernel, in a process whose files may not grow any more."""
    with actor("outgrow", path) as process:
        said = process.communicate(timeout=60)[0].splitlines()
    assert said[-1].startswith("refused the state file cannot be used just now (SQLITE_")
    with closing(SqliteStore(path)) as store:
        assert store.integrity() == []
        assert [item.id for item in store.find(ORG, "big", limit=1000)] == [f"{n:04d}" for n in range(len(said) - 1)]


def test_a_file_that_may_not_be_written_is_unavailable() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "suite.db"
        SqliteStore(path).close()
        path.chmod(0o444)
        Path(folder).chmod(0o555)
        with actor("read_only", path) as process:
            said = process.communicate(timeout=60)[0]
        Path(folder).chmod(0o755)
        assert said.startswith("refused the state file cannot be used just now (SQLITE_")


def test_a_place_that_cannot_be_is_unavailable_and_unnamed(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable) as caught:
        SqliteStore(tmp_path / "file" / "ada.db")
    assert "ada" not in str(caught.value)


# ------------------------------------------------------------------------------------------------ schema and damage


def test_a_file_of_a_newer_version_is_left_alone(path: Path) -> None:
    SqliteStore(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE schema_version SET version = 99")
        connection.commit()
    with pytest.raises(BadInput, match=r"schema 99, this version of the suite knows 1: install"):
        SqliteStore(path)


def test_a_file_that_is_no_database_needs_a_person(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Dear Ada, these are my holiday notes. " * 50)
    with pytest.raises(NeedsHuman, match="SQLITE_NOTADB") as caught:
        SqliteStore(path)
    assert "Ada" not in str(caught.value)
    assert path.read_text().startswith("Dear Ada"), "it is somebody's file"


def test_damage_is_found_and_needs_a_person(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        for number in range(200):
            put(store, f"{number:03d}", "x" * 500)
        store._connection().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        for page in range(5, 25):
            file.seek(page * 4096)
            file.write(os.urandom(4096))
    with closing(SqliteStore(path)) as store:
        try:
            assert store.integrity() != []
        except NeedsHuman as error:
            assert "damaged" in str(error)  # noqa: PT017  either way of finding it is right
        with pytest.raises(NeedsHuman):
            store.find(ORG, "case", limit=1000)


def test_opening_twice_keeps_what_is_there(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        put(store, "a", "kept")
    with closing(SqliteStore(path)) as store:
        found = store.get(ORG, "case", "a")
        assert found
        assert found.body == {"text": "kept"}


def test_a_backup_taken_at_work_is_a_whole_store(path: Path, tmp_path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        put(store, "a", "kept")
        store.back_up(tmp_path / "copy.db")
        put(store, "b", "too late")
    with closing(SqliteStore(tmp_path / "copy.db")) as copy:
        assert copy.integrity() == []
        assert [item.id for item in copy.find(ORG, "case")] == ["a"]
    assert (tmp_path / "copy.db").stat().st_mode & 0o077 == 0


# ------------------------------------------------------------------------------------------------------ how it works


def test_commits_are_flushed_to_the_disk_before_they_return(path: Path) -> None:
    """A kill cannot show the difference that a power cut makes; the settings can."""
    with closing(SqliteStore(path)) as store:
        connection = store._connection()
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA secure_delete").fetchone() == (1,)


def test_nobody_else_may_read_the_state(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        put(store, "a")
        files = list(path.parent.iterdir())
        assert {file.name for file in files} == {"suite.db", "suite.db-wal", "suite.db-shm"}
        assert all(file.stat().st_mode & 0o077 == 0 for file in (*files, path.parent))


def test_what_is_deleted_is_gone_from_the_file(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        put(store, "a", "a-very-unlikely-text")
        store.commit([Delete(Item(ORG, "case", "a", {}, 1))])
        store._connection().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert b"a-very-unlikely-text" not in b"".join(file.read_bytes() for file in path.parent.iterdir())


@pytest.mark.parametrize(
    ("statement", "values", "index"),
    [
        (sqlite.GET, ("o", "t", "i"), "sqlite_autoindex_item_1 (org=? AND tab=? AND id=?)"),
        (sqlite.FIND, ("o", "t", "i", 9), "sqlite_autoindex_item_1 (org=? AND tab=? AND id>?)"),
        (sqlite.FIND_OF, ("o", "t", "p", "i", 9), "item_parent (org=? AND tab=? AND parent=? AND id>?)"),
        (sqlite.DUE, ("t", "2026", 9), "item_due (tab=? AND due<?)"),
    ],
)
def test_every_question_is_answered_by_one_index(path: Path, statement: str, values: tuple[object], index: str) -> None:
    """No scan and no sort, however many cases there are."""
    with closing(SqliteStore(path)) as store:
        steps = store._connection().execute("EXPLAIN QUERY PLAN " + statement, values).fetchall()
    assert [step[3] for step in steps] == [f"SEARCH item USING INDEX {index}"]


def test_whatever_stops_a_transaction_undoes_all_of_it(path: Path) -> None:
    """Also what is no error of SQLite's: an interrupt from the keyboard between two writes, say."""
    with closing(SqliteStore(path)) as store:
        connection = store._connection()

        def stopped() -> None:
            with sqlite._transaction(connection) as db:
                db.execute(sqlite.PUT, (ORG, "case", "half", 1, None, None, "{}"))
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            stopped()
        assert store.get(ORG, "case", "half") is None
        put(store, "a")


def test_connections_of_ended_threads_are_closed(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        for number in range(5):
            thread = Thread(target=put, args=(store, f"{number}"))
            thread.start()
            thread.join()
        assert len(store._open) <= 2
        assert len(store.find(ORG, "case")) == 5


def test_a_closed_store_opens_again_when_it_is_used(path: Path) -> None:
    store = SqliteStore(path)
    put(store, "a")
    store.close()
    assert store.get(ORG, "case", "a")
    store.close()


def test_a_forked_child_opens_a_connection_of_its_own(path: Path) -> None:
    """SQLite forbids carrying a connection over a fork: its locks would not be the child's."""
    with closing(SqliteStore(path)) as store:
        put(store, "a")
        inherited = store._connection()
        child = os.fork()
        if child == 0:
            status = 1
            with suppress(BaseException):
                put(store, "from the child")
                status = int(store._connection() is inherited)
            os._exit(status)
        assert os.waitpid(child, 0)[1] == 0
        put(store, "b")
        assert [item.id for item in store.find(ORG, "case")] == ["a", "b", "from the child"]
        assert store.integrity() == []


def test_a_second_opening_in_one_process_leaves_the_first_its_locks(path: Path) -> None:
    """Otherwise another process that ends believes to be the last, and takes the log away under the first."""
    first = SqliteStore(path)
    first.commit([Put(Item("1", "case", "a", {"n": 1}))])
    second = SqliteStore(path)
    command = (
        "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.execute('SELECT count(*) FROM item').fetchall()"
    )
    subprocess.run([sys.executable, "-c", command + "; db.close()", str(path)], check=True)
    assert path.with_name(path.name + "-wal").exists()
    second.commit([Put(Item("1", "case", "b", {"n": 2}))])
    assert first.get("1", "case", "b") is not None
    first.commit([Put(Item("1", "case", "c", {"n": 3}))])
    assert [item.id for item in second.find("1", "case")] == ["a", "b", "c"]
    assert first.integrity() == []

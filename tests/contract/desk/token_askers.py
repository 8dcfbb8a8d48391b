"""What the processes of the token test run: several threads, each with its own client, on one SQLite file."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from zoho_privacy.adapters.clock import SystemClock
from zoho_privacy.adapters.desk.client import connect
from zoho_privacy.adapters.desk.hosts import DeskConfig
from zoho_privacy.adapters.sealer import AesSealer
from zoho_privacy.adapters.stores.sqlite import SqliteStore


def ask(config: DeskConfig, database: str, threads: int) -> list[str]:
    """Return who the portal says we are, once per thread; all threads start together."""
    store = SqliteStore(Path(database))
    start = threading.Barrier(threads)
    sealer = AesSealer(b"shared-by-all-processes-32-bytes")

    def run(_: int) -> str:
        desk = connect(config, store=store, sealer=sealer, clock=SystemClock(), sleep=time.sleep)
        start.wait()
        return desk.me().id

    try:
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(run, range(threads)))
    finally:
        store.close()

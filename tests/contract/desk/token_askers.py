"""What the processes of the token tests run: a client of its own each, on one SQLite file."""

import time
from pathlib import Path

from zoho_privacy.adapters.clock import HttpClock, SystemClock
from zoho_privacy.adapters.desk.client import connect
from zoho_privacy.adapters.desk.hosts import DeskConfig
from zoho_privacy.adapters.sealer import AesSealer
from zoho_privacy.adapters.stores.sqlite import SqliteStore


def ask(config: DeskConfig, database: str, clock_url: str | None, begin: float) -> str:
    """Return who the portal says we are; starts when the machine's time is `begin`, so that all start together."""
    store = SqliteStore(Path(database), timeout_s=60)
    sealer = AesSealer(b"shared-by-all-processes-32-bytes")
    clock = HttpClock(clock_url) if clock_url else SystemClock()
    desk = connect(config, store=store, sealer=sealer, clock=clock, sleep=time.sleep)
    try:
        time.sleep(max(0.0, begin - time.time()))
        return desk.me().id
    finally:
        store.close()

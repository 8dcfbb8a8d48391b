"""Everything one emulated portal is made of, put together: records, credits, keys, deliveries, the log of calls."""

import json
import threading
from itertools import islice
from pathlib import Path
from typing import Any, Final

import flask

from zoho_emulator.clock import Clock
from zoho_emulator.desk import search, seed, subscriptions, threads, trash
from zoho_emulator.desk.credits import Credits
from zoho_emulator.desk.routes import subject_access
from zoho_emulator.desk.state import World
from zoho_emulator.desk.switches import Switches, mistake_in
from zoho_emulator.desk.webhooks import Deliveries, Keys, Stress
from zoho_emulator.generator import load
from zoho_emulator.generator.spec import Spec
from zoho_emulator.generator.truth import Truth
from zoho_emulator.store import Json, Store

MOST_CALLS: Final = 200_000


class Calls:
    """All calls, in order, with their bodies: the bench shows them, no log line does.

    `record` is a file that also keeps what was answered, a JSON object a line, for whoever judges the exchanges.
    """

    def __init__(self, record: str | None = None) -> None:
        self._lock = threading.Lock()
        self._record = None if record is None else Path(record)
        self._entries: list[Json] = []
        self._seq = 0

    def begin(self, request: flask.Request, now: str) -> Json:
        with self._lock:
            self._seq += 1
            entry: Json = {
                "seq": self._seq,
                "method": request.method,
                "path": request.path,
                "query": request.args.to_dict(),
                "body": _body_of(request),
                "status": None,
                "credits": None,
                "tokenAgent": None,
                "time": now,
            }
            self._entries.append(entry)
            del self._entries[:-MOST_CALLS]
        return entry

    def end(self, entry: Json, response: flask.Response) -> None:
        entry["status"] = response.status_code
        entry["credits"] = response.headers.get("X-Rate-Limit-Request-Weight-v3")
        if self._record is not None:
            line = json.dumps(_exchange(flask.request, response)) + "\n"
            with self._lock, self._record.open("a", encoding="ascii") as handle:
                handle.write(line)

    def since(self, seq: int) -> list[Json]:
        with self._lock:
            return [dict(entry) for entry in self._entries if entry["seq"] > seq]

    def latest(self, count: int, skip: int = 0) -> list[Json]:
        """Return *count* calls, the last first, after leaving out the last *skip*."""
        with self._lock:
            return [dict(entry) for entry in islice(reversed(self._entries), skip, skip + count)]

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()


def _exchange(request: flask.Request, response: flask.Response) -> Json:
    """Return a call and its answer as they went over the wire, without the token and the bytes of files."""
    scheme = request.headers.get("Authorization", "").partition(" ")[0]
    shown = {name.lower(): value for name in ("orgId", "Content-Type") if (value := request.headers.get(name))}
    form = request.mimetype == "multipart/form-data"
    text = response.is_json or (response.mimetype or "").startswith("text/html")
    return {
        "method": request.method,
        "path": request.path,
        "query": request.query_string.decode("latin-1"),
        "headers": shown | ({"authorization": f"{scheme} "} if scheme else {}),
        "body": "" if form else request.get_data().decode("latin-1"),
        "status": response.status_code,
        "answerType": response.headers.get("Content-Type", ""),
        "answer": response.get_data().decode("latin-1") if text else "",
    }


def _body_of(request: flask.Request) -> Any:
    if request.mimetype == "multipart/form-data":
        return {"files": [file.filename for file in request.files.values()]}
    return request.get_json(silent=True)


class Portal:
    def __init__(
        self,
        *,
        state: str | None = None,
        start_ms: int | None = None,
        switches: dict[str, str] | None = None,
        random_seed: int | None = None,
        seed_name: str = "demo",
        record: str | None = None,
        generate: Spec | None = None,
        progress: load.Progress = load.unheard,
    ) -> None:
        """Open or make a portal. *generate* fills a new one with a generated desk in place of sample customers."""
        store = Store(state)
        self.seed_name = seed_name
        self._order, self._progress = generate, progress
        self._truth: Truth | None = None
        kept = store.meta("bench", {})
        values = {name: value for name, value in kept.get("switches", {}).items() if mistake_in(name, value) is None}
        self.world = World(
            store=store, clock=Clock(start_ms), switches=Switches(values | (switches or {})), random_seed=random_seed
        )
        self.world.agenda_handlers |= {
            "index": search.index,
            "purge": trash.purge,
            "reply": threads.leave,
            "sar": subject_access.step,
        }
        self.credits = Credits(self.world)
        self.keys = Keys()
        self.calls = Calls(record)
        self.deliveries = Deliveries(self.world, self.keys)
        self.world.deliver = self.deliveries.accept
        self._resume(kept)
        self._resume_clock(start_ms)

    def _resume_clock(self, start_ms: int | None) -> None:
        kept = self.world.store.meta("clock_ms")
        if kept is not None and start_ms is None and kept > self.world.clock.now_ms():
            self.world.clock.move_to(kept)

    def _resume(self, kept: Json) -> None:
        """Go on as the process before: its keys, faults, orders for the deliveries, credits and verdict."""
        self.world.faults.load(kept.get("faults", []))
        self.world.verdict.reasons += kept.get("verdict", [])
        self.credits.load(kept.get("credits", {}))
        self.deliveries.stress = Stress(**kept.get("stress", {}))
        self.keys.load(kept.get("keys", []))
        self.keys.rotated = self.keep

    def keep(self) -> None:
        """Store what was set and counted beside the records, so that a portal in a file goes on as it was."""
        with self.world.transaction():
            self.world.store.set_meta(
                "bench",
                {
                    "switches": self.world.switches.all(),
                    "faults": self.world.faults.dump(),
                    "verdict": self.world.verdict.reasons,
                    "credits": self.credits.dump(),
                    "stress": self.deliveries.ordered(),
                    "keys": self.keys.dump(),
                },
            )

    def set_switches(self, values: dict[str, str]) -> None:
        """Change switches and do what follows at once. Raises ValueError that names every mistake."""
        before = self.world.switches["search_archived"]
        self.world.switches.change(values)
        with self.world.transaction():
            subscriptions.downgrade(self.world)
            if before != self.world.switches["search_archived"]:
                for each in self.world.store.find("ticket", "archived AND NOT trashed"):
                    search.note(self.world, "tickets", each["id"])
        self.keep()

    def begin(self, base_url: str) -> None:
        """Seed a new portal and start delivering. The address is known only once the server has bound."""
        self.world.base_url = base_url
        if self.world.store.meta("org") is None:
            self._seed()
        self.set_switches({})
        self.deliveries.start()

    def _seed(self) -> None:
        with self.world.transaction(bulk=self._order is not None):
            seed.portal(self.world)
            if self._order:
                load.load(self.world, self._order, self._progress)
            elif self.seed_name == "demo":
                seed.demo(self.world)

    def generate(self, spec: Spec) -> Spec:
        """Add a generated desk to what is there and return its spec, times included. Raises ValueError."""
        with self.world.transaction(bulk=True):
            return load.load(self.world, spec, self._progress)

    def truth(self) -> Truth:
        """Return the truth about the generated desk. Raises LookupError where there is none."""
        if self._truth is None:
            with self.world.transaction():
                self._truth = Truth(self.world)
        return self._truth

    def reset(self, *, start_ms: int | None = None, switches: dict[str, str] | None = None) -> None:
        """Empty and seed again; switches go back to their defaults."""
        self._truth = None
        self.deliveries.clear()
        self.world.switches.reset(switches or {})
        self.world.reset(start_ms=start_ms)
        self.credits.clear()
        self.calls.clear()
        self.keys.slow_seconds, self.keys.down = 0.0, False
        self._seed()
        self.keep()

    def note_clock(self) -> None:
        with self.world.transaction():
            self.world.store.set_meta("clock_ms", self.world.clock.now_ms())
        self.keep()

    def stop(self) -> None:
        self.note_clock()
        self.deliveries.stop()

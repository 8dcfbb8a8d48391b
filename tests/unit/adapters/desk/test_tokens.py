import json
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import responses

from tests.unit.adapters.desk.conftest import config
from zoho_privacy.adapters.clock import FixedClock
from zoho_privacy.adapters.desk.client import connect
from zoho_privacy.adapters.desk.protocol import Answer
from zoho_privacy.adapters.desk.tokens import EARLY, LEASE, MOST_IN_WINDOW, SharedTokens, read_token
from zoho_privacy.adapters.sealer import AesSealer
from zoho_privacy.adapters.stores.memory import MemoryStore
from zoho_privacy.domain.errors import (
    DeskBusy,
    DeskForbidden,
    DeskUnavailable,
    StoreUnavailable,
    Tampered,
    ZohoPrivacyError,
)
from zoho_privacy.ports import Put, Write

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SEALER = AesSealer(b"k" * 32)


class Accounts:
    """An accounts server that numbers its tokens; `answer` replaces the next answers."""

    def __init__(self) -> None:
        self.asked = 0
        self.answer: Answer | None = None
        self.meanwhile: Callable[[], None] = lambda: None

    def __call__(self) -> Answer:
        self.asked += 1
        self.meanwhile()
        return self.answer or given({"access_token": f"1000.planted-{self.asked}", "expires_in": 3600})


class Process:
    """One process of many that share a store, a clock and an accounts server."""

    def __init__(self, store: MemoryStore, clock: FixedClock, accounts: Accounts) -> None:
        self.slept: list[float] = []
        self.tokens = SharedTokens("600", store=store, sealer=SEALER, clock=clock, renewal=accounts, sleep=self.sleep)
        self.on_sleep: Callable[[], object] = lambda: None

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.on_sleep()


def given(body: object, status: int = 200) -> Answer:
    return Answer(status, {}, json.dumps(body).encode())


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
def accounts() -> Accounts:
    return Accounts()


def test_a_token_is_asked_for_once_and_kept(store: MemoryStore, clock: FixedClock, accounts: Accounts) -> None:
    one, two = Process(store, clock, accounts), Process(store, clock, accounts)
    assert one.tokens.current() == one.tokens.current() == two.tokens.current() == "1000.planted-1"
    assert accounts.asked == 1


def test_it_is_renewed_five_minutes_early(store: MemoryStore, clock: FixedClock, accounts: Accounts) -> None:
    process = Process(store, clock, accounts)
    process.tokens.current()
    clock.advance(timedelta(hours=1) - EARLY - timedelta(seconds=1))
    assert process.tokens.current() == "1000.planted-1"
    clock.advance(timedelta(seconds=1))
    assert process.tokens.current() == "1000.planted-2"


@pytest.mark.req("R-SEC-3")
def test_the_store_never_sees_a_token_in_clear(store: MemoryStore, clock: FixedClock, accounts: Accounts) -> None:
    Process(store, clock, accounts).tokens.current()
    item = store.get("600", "desk_tokens", "access")
    assert item is not None
    assert "planted" not in repr(item)
    assert "lease" not in item.body


def test_a_token_sealed_elsewhere_is_not_trusted(store: MemoryStore, clock: FixedClock, accounts: Accounts) -> None:
    Process(store, clock, accounts).tokens.current()
    stranger = SharedTokens(
        "600", store=store, sealer=AesSealer(b"x" * 32), clock=clock, renewal=accounts, sleep=lambda _: None
    )
    with pytest.raises(Tampered):
        stranger.current()


def test_threads_of_one_process_make_one_request(store: MemoryStore, clock: FixedClock, accounts: Accounts) -> None:
    process = Process(store, clock, accounts)
    with ThreadPoolExecutor(25) as pool:
        assert set(pool.map(lambda _: process.tokens.current(), range(25))) == {"1000.planted-1"}
    assert accounts.asked == 1


def test_many_processes_make_one_request(store: MemoryStore, clock: FixedClock, accounts: Accounts) -> None:
    """Each container asking for its own would use up the ten tokens that Zoho gives in ten minutes."""
    start = threading.Barrier(25)
    processes = [Process(store, clock, accounts) for _ in range(25)]

    def run(process: Process) -> str:
        process.on_sleep = partial(time.sleep, 0.01)
        start.wait()
        return process.tokens.current()

    with ThreadPoolExecutor(25) as pool:
        assert set(pool.map(run, processes)) == {"1000.planted-1"}
    assert accounts.asked == 1


def test_a_waiting_process_takes_what_the_other_renewed(
    store: MemoryStore, clock: FixedClock, accounts: Accounts
) -> None:
    first, second = Process(store, clock, accounts), Process(store, clock, accounts)
    got: list[str] = []
    waiting, renewed = threading.Event(), threading.Event()

    def pause() -> None:
        waiting.set()
        assert renewed.wait(5)

    def meanwhile() -> None:
        thread.start()
        assert waiting.wait(5)  # the second process has met the lease

    second.on_sleep = pause
    accounts.meanwhile = meanwhile
    thread = threading.Thread(target=lambda: got.append(second.tokens.current()))
    assert first.tokens.current() == "1000.planted-1"
    renewed.set()
    thread.join(5)
    assert got == ["1000.planted-1"]
    assert accounts.asked == 1


def test_while_another_renews_the_old_token_still_serves(
    store: MemoryStore, clock: FixedClock, accounts: Accounts
) -> None:
    first, second = Process(store, clock, accounts), Process(store, clock, accounts)
    first.tokens.current()
    clock.advance(timedelta(minutes=57))
    got: list[str] = []
    accounts.meanwhile = lambda: got.append(second.tokens.current())
    assert first.tokens.current() == "1000.planted-2"
    assert got == ["1000.planted-1"]
    assert second.slept == []


def test_a_lease_of_a_dead_process_runs_out(store: MemoryStore, clock: FixedClock, accounts: Accounts) -> None:
    """A Lambda may be stopped between taking the lease and storing the token."""

    def die() -> None:
        raise SystemExit

    accounts.meanwhile = die
    with pytest.raises(SystemExit):
        Process(store, clock, accounts).tokens.current()
    accounts.meanwhile = lambda: None
    heir = Process(store, clock, accounts)
    heir.on_sleep = partial(clock.advance, timedelta(seconds=1))
    assert heir.tokens.current() == "1000.planted-2"
    assert len(heir.slept) == LEASE.seconds


def test_a_lease_that_never_ends_is_not_waited_for_forever(
    store: MemoryStore, clock: FixedClock, accounts: Accounts
) -> None:
    accounts.meanwhile = lambda: (_ for _ in ()).throw(SystemExit)
    with pytest.raises(SystemExit):
        Process(store, clock, accounts).tokens.current()
    with pytest.raises(DeskBusy):
        Process(store, clock, accounts).tokens.current()


def test_a_refused_token_is_replaced_once_for_all(store: MemoryStore, clock: FixedClock, accounts: Accounts) -> None:
    """Two processes meet the same 401; the second takes what the first has renewed."""
    one, two = Process(store, clock, accounts), Process(store, clock, accounts)
    refused = one.tokens.current()
    two.tokens.current()
    assert one.tokens.renew(refused) == two.tokens.renew(refused) == "1000.planted-2"
    assert accounts.asked == 2


def test_no_more_than_eight_in_ten_minutes(store: MemoryStore, clock: FixedClock, accounts: Accounts) -> None:
    process = Process(store, clock, accounts)
    token = process.tokens.current()
    for _ in range(MOST_IN_WINDOW - 1):
        clock.advance(timedelta(seconds=10))
        token = process.tokens.renew(token)
    with pytest.raises(DeskBusy) as busy:
        process.tokens.renew(token)
    assert accounts.asked == MOST_IN_WINDOW
    assert busy.value.retry_after_s == 600 - 70
    clock.advance(timedelta(seconds=531))
    assert process.tokens.renew(token) == "1000.planted-9"


def test_a_token_that_still_lives_serves_past_the_bound(
    store: MemoryStore, clock: FixedClock, accounts: Accounts
) -> None:
    """Tokens of four minutes are due for renewal at once; the eighth serves on."""
    process = Process(store, clock, accounts)
    accounts.answer = given({"access_token": "short", "expires_in": 240})
    assert {process.tokens.current() for _ in range(MOST_IN_WINDOW + 4)} == {"short"}
    assert accounts.asked == MOST_IN_WINDOW


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (given({"error": "invalid_code"}), DeskForbidden),
        (given({"error": "invalid_client"}), DeskForbidden),
        (given({"error": "invalid_client_secret"}), DeskForbidden),
        (given({"error": "invalid_scope"}, 400), DeskForbidden),
        (given({"error": {"odd": 1}}), DeskForbidden),
        (given({"error": "general_error"}), DeskUnavailable),
        (given({"error": "Access Denied", "status": "failure"}), DeskBusy),
        (given({"error": "Access Denied", "status": "failure"}, 400), DeskBusy),
        (given({}, 429), DeskBusy),
        (given({}, 503), DeskUnavailable),
        (given({}), DeskUnavailable),
        (given([]), DeskUnavailable),
        (given({"access_token": "", "expires_in": 3600}), DeskUnavailable),
        (given({"access_token": "x", "expires_in": True}), DeskUnavailable),
        (Answer(200, {}, b"<html>"), DeskUnavailable),
    ],
)
def test_a_failure_may_come_with_http_200(answer: Answer, error: type[ZohoPrivacyError]) -> None:
    with pytest.raises(error):
        read_token(answer, NOON)


def test_a_failed_renewal_lets_the_lease_go(store: MemoryStore, clock: FixedClock, accounts: Accounts) -> None:
    process = Process(store, clock, accounts)
    accounts.answer = given({"error": "invalid_code"})
    with pytest.raises(DeskForbidden) as refused:
        process.tokens.current()
    assert refused.value.code == "invalid_code"
    accounts.answer = None
    assert process.tokens.current() == "1000.planted-2"
    assert process.slept == []


def test_without_a_store_nothing_is_asked_for(clock: FixedClock, accounts: Accounts) -> None:
    """Renewing without the lease would be everybody's own renewal."""

    class Locked(MemoryStore):
        def commit(self, writes: Sequence[Write]) -> None:
            raise StoreUnavailable(f"locked, {len(writes)} writes lost")

    with pytest.raises(StoreUnavailable):
        Process(Locked(), clock, accounts).tokens.current()
    assert accounts.asked == 0


def test_a_token_whose_lease_was_lost_is_used_all_the_same(clock: FixedClock, accounts: Accounts) -> None:
    class Usurped(MemoryStore):
        """Somebody else writes between the lease and the token."""

        def commit(self, writes: Sequence[Write]) -> None:
            super().commit(writes)
            item = self.get("600", "desk_tokens", "access")
            if item is not None and item.version == 1:
                super().commit([Put(item)])

    process = Process(Usurped(), clock, accounts)
    assert process.tokens.current() == "1000.planted-1"


def test_a_token_that_could_not_be_stored_is_used_all_the_same(clock: FixedClock, accounts: Accounts) -> None:
    """Throwing it away would spend one of the ten that Zoho gives."""

    class Flaky(MemoryStore):
        def commit(self, writes: Sequence[Write]) -> None:
            if accounts.asked:
                raise StoreUnavailable("disk full")
            super().commit(writes)

    process = Process(Flaky(), clock, accounts)
    assert process.tokens.current() == process.tokens.current() == "1000.planted-1"


def test_a_set_up_anew_forgets_the_old_token(store: MemoryStore, clock: FixedClock, accounts: Accounts) -> None:
    process = Process(store, clock, accounts)
    process.tokens.current()
    process.tokens.forget()
    assert process.tokens.current() == "1000.planted-2"


@pytest.mark.req("R-SEC-8")
def test_secrets_travel_in_the_body(store: MemoryStore, clock: FixedClock) -> None:
    desk = connect(config(), store=store, sealer=SEALER, clock=clock, sleep=lambda _: None)
    with responses.RequestsMock() as http:
        http.post(
            "https://accounts.zoho.eu/oauth/v2/token",
            json={"access_token": "tok", "api_domain": "https://www.zohoapis.eu", "expires_in": 3600},
        )
        http.get("https://desk.zoho.eu/api/v1/myinfo", json={"id": "9", "emailId": "a@example.com"})
        assert desk.me().id == "9"
        asked = http.calls[0].request
    assert asked.url == "https://accounts.zoho.eu/oauth/v2/token"
    assert "Authorization" not in asked.headers
    assert asked.body == (
        "grant_type=refresh_token&refresh_token=1000.planted-refresh&client_id=1000.CLIENT&client_secret=planted-secret"
    )

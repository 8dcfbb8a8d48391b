"""A lease has one holder, and none for ever."""

from datetime import UTC, datetime, timedelta

from zoho_privacy.adapters.stores.memory import MemoryStore
from zoho_privacy.ports import Item
from zoho_privacy.workflows import lease

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LIFE = timedelta(minutes=10)


def acquire(
    store: MemoryStore, holder: str, now: datetime = NOW, org: str = "org-1", name: str = "sweep"
) -> Item | None:
    return lease.acquire(store, org, name, now=now, life=LIFE, holder=holder)


def test_one_holder_at_a_time_per_organisation_and_name() -> None:
    store = MemoryStore()
    assert acquire(store, "one")
    assert acquire(store, "two") is None
    assert acquire(store, "one") is None, "a second run of the same host is a second run"
    assert acquire(store, "two", org="org-2")
    assert acquire(store, "two", name="retention")


def test_a_lease_that_ran_out_is_the_next_ones() -> None:
    store = MemoryStore()
    first = acquire(store, "one")
    assert first
    assert acquire(store, "two", NOW + LIFE - timedelta(microseconds=1)) is None
    second = acquire(store, "two", NOW + LIFE)
    assert second
    assert lease.until(second) == NOW + 2 * LIFE
    assert lease.renew(store, first, now=NOW + LIFE, life=LIFE) is None
    assert lease.release(store, first) is False, "nobody gives back what is another's"
    assert acquire(store, "three", NOW + LIFE) is None


def test_a_renewed_lease_lasts_longer() -> None:
    store = MemoryStore()
    first = acquire(store, "one")
    assert first
    longer = lease.renew(store, first, now=NOW + LIFE / 2, life=LIFE)
    assert longer
    assert acquire(store, "two", NOW + LIFE) is None
    assert lease.release(store, longer)


def test_a_released_lease_is_free_at_once() -> None:
    store = MemoryStore()
    first = acquire(store, "one")
    assert first
    assert lease.release(store, first)
    assert lease.release(store, first) is False
    assert acquire(store, "two")

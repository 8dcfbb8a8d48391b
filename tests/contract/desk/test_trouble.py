"""The client while Zoho is slow, busy, out of credits, dropping connections or tired of its token."""

import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from tests.contract.desk.conftest import ADA, Office, office_at
from tests.contract.desk.token_askers import ask
from tests.emulator_process import Emulator
from zoho_privacy.adapters.desk.tokens import LEASE
from zoho_privacy.domain.errors import (
    Ambiguous,
    DeskBusy,
    DeskForbidden,
    DeskUnavailable,
)
from zoho_privacy.domain.records import TicketPatch
from zoho_privacy.workflows import queue

PRIVACY = "privacy@desk.example.com"


def test_a_burst_is_waited_out(office: Office) -> None:
    made = office.ticket()
    office.fault("busy", "/tickets/", times=3)
    assert office.read.ticket(made["id"]).id == made["id"]
    assert len(office.slept) == 3
    assert office.slept == sorted(office.slept)


def test_a_burst_that_does_not_end_is_handed_back(office: Office) -> None:
    made = office.ticket()
    office.fault("busy", "/tickets/", times=100)
    with pytest.raises(DeskBusy) as busy:
        office.read.ticket(made["id"])
    assert busy.value.retry_after_s is None
    assert sum(office.slept) <= 20


@pytest.mark.req("R-PLAN-5")
def test_spent_credits_stop_the_run_at_once(office: Office) -> None:
    made = office.ticket()
    office.read.ticket(made["id"])
    office.zoho.bench("POST", "/credits", {"remaining": 0})
    with pytest.raises(DeskBusy) as busy:
        office.read.ticket(made["id"])
    assert busy.value.retry_after_s is not None
    assert busy.value.retry_after_s > 60
    assert office.slept == []
    assert office.desk.credits.remaining() == 0
    office.zoho.bench("POST", "/credits", {"remaining": None})


def test_our_count_of_credits_is_the_portals(office: Office) -> None:
    made = office.ticket(threads=[{"content": "<div>x</div>"}])
    before = office.zoho.bench("GET", "/credits")["used"]
    with office.desk.credits.flow("export"):
        office.read.ticket(made["id"])
        list(office.read.threads(made["id"]))
    with office.desk.credits.flow("erasure"):
        office.write.trash_tickets([made["id"]])
        office.write.purge([made["id"]])
    used = office.zoho.bench("GET", "/credits")
    assert office.desk.credits.by_flow() == {"export": 4.0, "erasure": 12.0}
    assert office.desk.credits.spent() == used["used"] - before
    assert office.desk.credits.remaining() == used["remaining"]


def test_an_error_before_anything_happened_is_repeated(office: Office) -> None:
    made = office.ticket()
    office.fault("error500", "/tickets/", times=2)
    office.write.update_ticket(made["id"], TicketPatch(subject="New"))
    assert office.read.ticket(made["id"]).subject == "New"


@pytest.mark.parametrize("kind", ["error500_after_write", "drop_after_write", "drop_before"])
def test_an_absolute_write_that_landed_may_be_repeated(office: Office, kind: str) -> None:
    made = office.ticket()
    office.fault(kind, "/tickets/", method="PATCH")
    office.write.update_ticket(made["id"], TicketPatch(subject="New"))
    assert office.read.ticket(made["id"]).subject == "New"
    office.fault(kind, "/associateTag", method="POST")
    office.write.add_tags(made["id"], ["privacy-access"])
    assert office.read.tags(made["id"]) == {"privacy-access"}


@pytest.mark.parametrize("kind", ["error500_after_write", "drop_after_write"])
def test_a_delete_that_landed_is_done(office: Office, kind: str) -> None:
    """The repeat finds nothing, which is what was asked for."""
    made = office.ticket(comments=[{"content": "x"}])
    office.fault(kind, "/comments/", method="DELETE")
    office.write.delete_comment(made["id"], made["commentIds"][0])
    assert list(office.read.comments(made["id"])) == []


@pytest.mark.parametrize("kind", ["error500_after_write", "drop_after_write"])
def test_a_reply_that_landed_is_not_sent_again(office: Office, kind: str) -> None:
    made = office.zoho.mail(sender=ADA, to=PRIVACY)
    office.fault(kind, "/sendReply")
    with pytest.raises(Ambiguous):
        office.write.send_reply(made["ticketId"], from_address=PRIVACY, to=ADA, html="<p>x</p>", in_reply_to=None)
    assert len(office.zoho.outbox(to=ADA)) == 1
    out = [thread for thread in office.read.threads(made["ticketId"]) if thread.direction == "out"]
    assert len(out) == 1


@pytest.mark.parametrize("kind", ["error500", "drop_before"])
def test_a_note_that_did_not_land_is_not_sent_again_either(office: Office, kind: str) -> None:
    """From here both look the same; whoever asked reads back and decides."""
    made = office.ticket()
    office.fault(kind, "/comments", method="POST")
    with pytest.raises(Ambiguous):
        office.write.add_comment(made["id"], "note")
    assert len(office.sent("POST", "/comments")) == 1
    assert list(office.read.comments(made["id"])) == []


@pytest.mark.parametrize("kind", ["error500_after_write", "drop_after_write"])
def test_a_trash_call_that_landed_leaves_the_ticket_in_the_bin(office: Office, kind: str) -> None:
    """Whether a repeat is accepted or refused as already done, the caller learns nothing wrong."""
    made = office.ticket()
    office.fault(kind, "/moveToTrash")
    with suppress(Ambiguous):
        office.write.trash_tickets([made["id"]])
    assert [item.id for item in office.read.bin_items()] == [made["id"]]


def test_a_slow_answer_ends_in_time(emulator: Emulator, office: Office) -> None:
    made = office.ticket()
    hasty = office_at(emulator, read_timeout_s=0.2, retry_budget_s=1.5)
    hasty.desk.tags(made["id"])
    office.fault("slow", "/tickets/", times=100, seconds=0.6)
    start = time.monotonic()
    with pytest.raises(DeskUnavailable):
        hasty.desk.ticket(made["id"])
    assert time.monotonic() - start < 5
    with pytest.raises(Ambiguous):
        hasty.desk.add_comment(made["id"], "note")
    emulator.bench("DELETE", "/faults")


def test_a_slow_answer_within_the_timeout_is_an_answer(office: Office) -> None:
    made = office.ticket()
    office.fault("slow", "/tickets/", seconds=0.3)
    assert office.read.ticket(made["id"]).id == made["id"]
    assert office.slept == []


def test_no_portal_is_unavailable_not_wrong() -> None:
    with Emulator.start() as other:
        gone = office_at(other)
        gone.desk.me()
    with pytest.raises(DeskUnavailable):
        gone.desk.me()


# -------------------------------------------------------------------------------------------------------------- token


def test_a_token_that_ends_mid_run_is_replaced(office: Office) -> None:
    made = office.ticket(threads=[{"content": "<div>x</div>"}])
    threads = office.read.threads(made["id"])
    office.fault("unauthorised", "/threads")
    assert len(list(threads)) == 1
    office.fault("unauthorised", "/comments", method="POST")
    office.write.add_comment(made["id"], "once")
    assert len(list(office.read.comments(made["id"]))) == 1


def test_an_expired_token_is_renewed_before_it_is_refused(office: Office) -> None:
    office.read.me()
    office.zoho.advance(3500)
    office.clock.advance(timedelta(seconds=3500))
    office.read.me()
    assert [call["status"] for call in office.sent("GET", "/myinfo")] == [200, 200]


def test_a_token_the_accounts_server_forgot_is_replaced(office: Office) -> None:
    """Ours believes in an hour, the portal has moved on by two."""
    office.read.me()
    office.zoho.advance(7200)
    office.read.me()
    assert [call["status"] for call in office.sent("GET", "/myinfo")] == [200, 401, 200]


def test_a_revoked_refresh_token_needs_a_person(emulator: Emulator, office: Office) -> None:
    made = emulator.bench("POST", "/oauth", {})
    fresh = office_at(emulator, refresh_token=made["refreshToken"])
    fresh.desk.me()
    wrong = office_at(emulator, refresh_token="1000.never-issued")
    with pytest.raises(DeskForbidden) as refused:
        wrong.desk.me()
    assert refused.value.code == "invalid_code"
    with pytest.raises(DeskForbidden):
        office_at(emulator, client_secret="mistyped").desk.me()
    with pytest.raises(DeskForbidden):
        office_at(emulator, client_id="1000.OTHER").desk.me()
    assert office.slept == []


def test_a_missing_scope_needs_a_person(emulator: Emulator, office: Office) -> None:
    made = emulator.bench("POST", "/oauth", {"scopes": ["Desk.basic.READ", "Desk.settings.READ"]})
    poor = office_at(emulator, refresh_token=made["refreshToken"])
    poor.desk.departments()
    with pytest.raises(DeskForbidden) as refused:
        poor.desk.ticket(office.ticket()["id"])
    assert refused.value.code == "SCOPE_MISMATCH"


def test_the_wrong_organisation_needs_a_person(emulator: Emulator, office: Office) -> None:
    stranger = office_at(emulator, org="1")
    with pytest.raises(DeskForbidden) as refused:
        stranger.desk.departments()
    assert refused.value.code == "OAUTH_ORG_MISMATCH"
    assert office.slept == []


@pytest.mark.parametrize("status", ["400", "200"])
def test_a_throttled_accounts_server_is_left_alone(emulator: Emulator, office: Office, status: str) -> None:
    office.switch(token_throttle_status=status)
    for _ in range(10):
        emulator.forget_token()
        emulator.token()
    with pytest.raises(DeskBusy) as busy:
        office.read.me()
    assert busy.value.retry_after_s == 600
    assert office.slept == []


def asked_for_tokens(zoho: Emulator, fault_id: str) -> int:
    return int(next(each["hits"] for each in zoho.bench("GET", "/faults") if each["faultId"] == fault_id))


def processes() -> Any:
    """Return processes that begin with everything imported: 25 of them start within seconds."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.contract.desk.token_askers"])
    return context


def test_25_processes_that_start_at_once_make_one_request(office: Office, tmp_path: Path) -> None:
    """Each a real process with a client of its own, one store between them, a slow accounts server."""
    counter = office.fault("slow", "/oauth/v2/token", times=100, seconds=0.5)
    database, begin = str(tmp_path / "state.db"), time.time() + 4
    with ProcessPoolExecutor(25, mp_context=processes()) as pool:
        jobs = [pool.submit(ask, office.desk.config, database, None, begin) for _ in range(25)]
        agents = [job.result(timeout=120) for job in jobs]
    assert agents == [office.info["agents"][0]["id"]] * 25
    assert asked_for_tokens(office.zoho, counter) == 1


def test_a_process_that_dies_while_it_renews_holds_the_others_up_for_one_lease_only(
    office: Office, tmp_path: Path
) -> None:
    """It is killed while the accounts server has its request in hand; its lease runs out, and one other takes over."""
    stall = office.fault("stall_before", "/oauth/v2/token")
    clock, database, context = f"{office.zoho.url}/_bench/clock", str(tmp_path / "state.db"), processes()
    victim = context.Process(target=ask, args=(office.desk.config, database, clock, 0.0))
    victim.start()
    office.zoho.wait_for_hits(stall, 1, patience_s=30)
    victim.kill()
    victim.join()
    office.zoho.bench("DELETE", f"/faults/{stall}")
    counter = office.fault("slow", "/oauth/v2/token", times=100, seconds=0.2)
    with ProcessPoolExecutor(6, mp_context=context) as pool:
        jobs = [pool.submit(ask, office.desk.config, database, clock, 0.0) for _ in range(6)]
        time.sleep(2)
        assert not any(job.done() for job in jobs)
        assert asked_for_tokens(office.zoho, counter) == 0
        office.zoho.advance(LEASE.total_seconds() + 1)
        assert {job.result(timeout=60) for job in jobs} == {office.info["agents"][0]["id"]}
    assert asked_for_tokens(office.zoho, counter) == 1


@pytest.mark.req("R-PLAN-5")
def test_an_event_that_meets_a_pause_of_hours_is_due_after_it_and_has_lost_no_attempt(
    office: Office,
) -> None:
    """Credits are gone until midnight: however often that happens, the event never comes among the dead letters."""
    office.zoho.bench("POST", "/credits", {"remaining": 0})
    with pytest.raises(DeskBusy) as busy:
        office.read.me()
    asked = queue.asked_pause(busy.value)
    assert asked is not None
    assert asked > timedelta(hours=1)
    office.store.commit([queue.add("1", "event", "e", {"type": "x"}, due=office.clock.now())])
    for _ in range(queue.MAX_ATTEMPTS + 2):
        (item,) = queue.claim(office.store, "event", office.clock.now(), lease=LEASE, worker="w")
        office.store.commit([queue.postpone(item, until=office.clock.now() + asked)])
        assert not queue.claim(office.store, "event", office.clock.now(), lease=LEASE, worker="w")
        office.clock.advance(asked)
    assert list(queue.dead_letters(office.store, "1")) == []
    office.zoho.bench("POST", "/credits", {"remaining": None})


def test_25_threads_that_meet_a_dead_token_make_one_more(office: Office) -> None:
    counter = office.fault("slow", "/oauth/v2/token", times=100, seconds=0.1)
    office.read.me()
    office.zoho.advance(7200)
    start = threading.Barrier(25)

    def run(_: int) -> str:
        start.wait()
        return office.read.me().id

    with ThreadPoolExecutor(25) as pool:
        assert len(set(pool.map(run, range(25)))) == 1
    assert asked_for_tokens(office.zoho, counter) == 2

"""Mail as people really wrote it, through the emulated portal into the running suite: letters and ordinary tickets.

Nothing may fail, whatever stands in a mail; each is looked at once; what is understood has its dates; what is ordinary
stays untouched. How well mail is understood is printed per language and source; the floors only catch a fall.
"""

import json
import math
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import pytest

from tests.emulator_process import ROOT, Emulator
from zoho_privacy import bootstrap
from zoho_privacy.domain.model import Case, Kind, State
from zoho_privacy.local import portals, status
from zoho_privacy.local.host import Host
from zoho_privacy.local.trial import settings_from_emulator
from zoho_privacy.local.worker import Worker
from zoho_privacy.workflows import casebook, inbox, ledger
from zoho_privacy.workflows.context import App

DATA: Final = ROOT.parent / "shared" / "data"
SAMPLE: Final = 200
SENDERS: Final = 4
PATIENCE_S: Final = 240.0
LETTER, ORDINARY = "letter", "ordinary"
MEANT: Final[Mapping[str, frozenset[Kind]]] = {
    "access": frozenset({Kind.ACCESS, Kind.KNOW_CATEGORIES, Kind.KNOW_SPECIFIC, Kind.RECIPIENT_LIST}),
    "portability": frozenset({Kind.PORTABILITY}),
    "correction": frozenset({Kind.CORRECTION}),
    "deletion": frozenset({Kind.DELETION}),
    "restriction": frozenset({Kind.RESTRICTION}),
    "objection": frozenset({Kind.OBJECTION}),
    "opt_out_sale": frozenset({Kind.OPT_OUT_SALE}),
    "limit_sensitive": frozenset({Kind.LIMIT_SENSITIVE}),
    "withdraw_consent": frozenset({Kind.WITHDRAW_CONSENT}),
    "complaint": frozenset({Kind.COMPLAINT}),
    "agent": frozenset(Kind),  # who writes for somebody asks for something besides
}


@dataclass(frozen=True)
class Mail:
    """One mail of the material and what it became in the portal."""

    sort: str
    language: str
    source: str
    rights: tuple[str, ...]
    order: Mapping[str, Any]
    on_file: bool
    ticket_id: str = ""
    thread_id: str = ""


@dataclass(frozen=True)
class Outcome:
    """What the suite made of a mail: cases it is sure of, and cases a person is asked about."""

    mail: Mail
    certain: tuple[Case, ...]
    possible: tuple[Case, ...]

    @property
    def main_right(self) -> bool:
        """Tell whether the right that comes first in the label is among the certain cases."""
        return any(case.kind in MEANT[self.mail.rights[0]] for case in self.certain)


def material() -> Sequence[Mail]:
    """Return all letters, and ordinary tickets spread over sources and languages, each from an address of its own."""
    letters, ordinary = (_rows(name) for name in ("privacy-requests-dev.jsonl", "ordinary-tickets-dev.jsonl"))
    return [
        *(_mail(LETTER, row, number) for number, row in enumerate(letters)),
        *(_mail(ORDINARY, row, number) for number, row in enumerate(_spread(ordinary))),
    ]


def _rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


def _spread(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a fixed sample: of each source and language its share, at least one, evenly spread."""
    groups = defaultdict(list)
    for row in rows:
        groups[row["source"], row["lang"]].append(row)
    wanted = {key: math.ceil(len(members) * SAMPLE / len(rows)) for key, members in groups.items()}
    return [members[i * len(members) // wanted[key]] for key, members in groups.items() for i in range(wanted[key])]


def _mail(sort: str, row: Mapping[str, Any], number: int) -> Mail:
    address = f"{sort}.{number}@example.net"
    to = "privacy@desk.example.com" if number % 3 == 0 else "support@desk.example.com"
    order = {"from": address, "fromName": f"Writer {number}", "to": to, "subject": row["subject"], "text": row["body"]}
    return Mail(sort, row["lang"], row["source"], tuple(row["rights"]), order, on_file=number % 2 == 0)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sequence[Outcome], App, Emulator]]:
    """Send everything and wait until all is handled."""
    if not DATA.is_dir():
        pytest.skip("the reference mail is not beside the project")
    state = tmp_path_factory.mktemp("real-mail") / "state"
    with Emulator.start(now=None) as zoho:
        settings = settings_from_emulator(zoho.url, state_dir=state, port=0).model_copy(update={"clock_url": None})
        host = Host(settings, app=bootstrap.build(settings))
        second = Worker(host.app, {"inbox": inbox.drain})  # two pairs of hands must not do a thing twice
        host.start()
        second.start()
        try:
            (org,) = host.app.desks
            portals.set_up(host.app, org, change=True)
            zoho.bench("POST", "/webhooks/stress", {"batch": 8})  # several events a delivery, as on a busy morning
            mails = material()
            _put_on_file(zoho, mails)
            sent = _send(zoho, mails)
            _rest(zoho, host.app)
            yield [_outcome(host.app, org, mail) for mail in sent], host.app, zoho
        finally:
            assert all([second.stop(), host.stop()])


def _put_on_file(zoho: Emulator, mails: Sequence[Mail]) -> None:
    """Make half of the senders known before they write."""
    known = [mail.order["from"] for mail in mails if mail.on_file]
    people = [{"lastName": "Writer", "email": each, "createdTime": "2024-05-01T09:00:00.000Z"} for each in known]
    zoho.bench("POST", "/seed", {"contacts": people})


def _send(zoho: Emulator, mails: Sequence[Mail]) -> list[Mail]:
    """Let several people write at once."""

    def some(start: int) -> list[Mail]:
        line = zoho.fresh()
        try:
            return [_sent(line, mail) for mail in mails[start::SENDERS]]
        finally:
            line.hang_up()

    with ThreadPoolExecutor(SENDERS) as pool:
        return [mail for part in pool.map(some, range(SENDERS)) for mail in part]


def _sent(line: Emulator, mail: Mail) -> Mail:
    made = line.bench("POST", "/mail", dict(mail.order))
    return Mail(**{**vars(mail), "ticket_id": made["ticketId"], "thread_id": made["threadId"]})


def _rest(zoho: Emulator, app: App) -> None:
    """Wait until every delivery has arrived and nothing is left to do. Looking costs, so it looks seldom."""
    until = time.monotonic() + PATIENCE_S
    while not (zoho.bench("GET", "/state/idle")["idle"] and status.snapshot(app)["idle"]):
        assert time.monotonic() < until, f"it did not come to rest: {status.snapshot(app)}"
        time.sleep(1.0)


def _outcome(app: App, org: str, mail: Mail) -> Outcome:
    cases = casebook.cases_of_ticket(app.store, org, mail.ticket_id)
    doubtful = tuple(case for case in cases if case.reason == "possible request")
    return Outcome(mail, tuple(case for case in cases if case not in doubtful), doubtful)


Everything = tuple[Sequence[Outcome], App, Emulator]


@pytest.mark.shared
@pytest.mark.timeout(400)
def test_no_mail_makes_anything_fail(outcomes: Everything) -> None:
    found, app, zoho = outcomes
    (org,) = app.desks
    assert status.snapshot(app)["dead_letters"] == 0
    assert ledger.verify_all(app.store, org) == []
    assert not zoho.bench("GET", "/verdict")["failed"]
    assert len(found) >= SAMPLE


@pytest.mark.shared
@pytest.mark.req("R-INTAKE-4", "R-INTAKE-1")
def test_each_mail_is_handled_once_and_a_request_is_answered_once(outcomes: Everything) -> None:
    """Whatever mailbox it came to, though Desk announces ticket and thread apart; who may ask is asked back at most."""
    found, app, zoho = outcomes
    (org,) = app.desks
    for mail in (each.mail for each in found):
        looked_at = [item.id for item in casebook.every(app.store, org, "message", parent=mail.ticket_id)]
        assert looked_at == [mail.thread_id]
    replies = Counter(mail["ticketId"] for mail in zoho.outbox() if mail["kind"] == "reply")
    certain = {each.mail.ticket_id for each in found if each.certain}
    asked = replies.keys() - certain
    assert set(replies.values()) == {1}
    assert certain <= replies.keys()
    assert asked <= {each.mail.ticket_id for each in found if each.possible}
    ordinary = [each for each in found if each.mail.sort == ORDINARY]
    assert sum(each.mail.ticket_id in asked for each in ordinary) <= len(ordinary) // 100


@pytest.mark.shared
@pytest.mark.req("R-CLOCK-1", "R-CLOCK-10", "R-CLASS-3", "R-INTAKE-2")
def test_what_is_understood_has_its_dates_and_its_sentence(outcomes: Everything) -> None:
    """A clock runs for each case from the day the mail came, also where only a person can tell what it is."""
    found, app, _ = outcomes
    (org,) = app.desks
    flagged = _flagged(outcomes)
    for each in found:
        message = app.store.get(org, "message", each.mail.thread_id)
        assert message is not None
        concerns_us = bool(each.certain or each.possible or each.mail.ticket_id in flagged)
        assert (message.body["result"] == "request") is concerns_us
        for case in (*each.certain, *each.possible):
            assert case.due.received.date() <= case.due.due <= case.due.received.date() + timedelta(days=31)
            assert len(case.due.why) >= 3
            assert case.sentence_hash
            assert case.state is not State.RECEIVED


@pytest.mark.shared
@pytest.mark.req("R-TAG-1")
def test_ordinary_tickets_are_not_touched(outcomes: Everything) -> None:
    """Beyond the tickets of cases, false alarms included, Desk has seen nothing from us but reading."""
    found, _, zoho = outcomes
    ours = {each.mail.ticket_id for each in found if each.certain or each.possible}
    flagged = _flagged(outcomes)
    written: set[str] = set()
    for call in zoho.bench("GET", "/calls"):
        match = re.search(r"/tickets/(\d+)", call["path"])
        if call["method"] != "GET" and match:
            written.add(match[1])
    assert written == ours | flagged


def _flagged(outcomes: Everything) -> set[str]:
    """Return the tickets that carry a flag without a case: they look like spam."""
    found, app, _ = outcomes
    (org,) = app.desks
    items = ((each.mail.ticket_id, app.store.get(org, "ticket", each.mail.ticket_id)) for each in found)
    return {ticket_id for ticket_id, item in items if item and item.body.get("flags")}


FLOORS: Final = {"recall": 0.9, "main right": 0.85, "false alarms": 0.03}


@pytest.mark.shared
@pytest.mark.req("R-CLASS-1", "R-CLASS-3")
def test_most_letters_are_understood(outcomes: Everything, capsys: pytest.CaptureFixture[str]) -> None:
    """Shows the table; a fall below the floors means that something broke, no more."""
    found, _, _ = outcomes
    letters = [each for each in found if each.mail.sort == LETTER]
    ordinary = [each for each in found if each.mail.sort == ORDINARY]
    tables = [[*_letters_table(letters, name), *_ordinary_table(ordinary, name)] for name in ("language", "source")]
    with capsys.disabled():
        sys.stdout.write("\n".join(["", *tables[0], *tables[1], ""]))
    assert share(letters, lambda each: bool(each.certain)) >= FLOORS["recall"]
    assert share(letters, lambda each: each.main_right) >= FLOORS["main right"]
    assert share(ordinary, lambda each: bool(each.certain)) <= FLOORS["false alarms"]


def share(found: Sequence[Outcome], holds: Callable[[Outcome], bool]) -> float:
    return sum(holds(each) for each in found) / len(found)


def _letters_table(found: Sequence[Outcome], name: str) -> Iterator[str]:
    yield f"{'letters by ' + name:44} {'mails':>6} {'certain':>8} {'possible':>9} {'missed':>7} {'main right':>11}"
    for group, members in [*_groups(found, name), ("all", list(found))]:
        missed = sum(not (each.certain or each.possible) for each in members)
        doubtful = sum(bool(each.possible) and not each.certain for each in members)
        certain, right = share(members, lambda each: bool(each.certain)), share(members, lambda each: each.main_right)
        yield f"{group:44} {len(members):6} {certain:8.0%} {doubtful:9} {missed:7} {right:11.0%}"


def _ordinary_table(found: Sequence[Outcome], name: str) -> Iterator[str]:
    yield f"{'ordinary tickets by ' + name:44} {'mails':>6} {'false alarms':>13} {'asked about':>12}"
    for group, members in [*_groups(found, name), ("all", list(found))]:
        alarms, asked = sum(bool(each.certain) for each in members), sum(bool(each.possible) for each in members)
        yield f"{group:44} {len(members):6} {alarms:13} {asked:12}"


def _groups(found: Sequence[Outcome], name: str) -> Sequence[tuple[str, list[Outcome]]]:
    groups = defaultdict(list)
    for each in found:
        groups[getattr(each.mail, name)].append(each)
    return sorted(groups.items())

"""Questions about webhooks: validation, signature, what is sent when, what follows a failure.

Events are waited for with a fence where that is possible: a later change that surely is announced. Where an event does
not come although its fence did, the answer is that it is not sent.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from zoho_privacy.adapters.desk import calls, replies
from zoho_privacy.adapters.desk import probe_calls as p
from zoho_privacy.domain.profile import Evidence
from zoho_privacy.local.probe.guard import Seen
from zoho_privacy.local.probe.lab import Lab
from zoho_privacy.local.probe.receiver import Receiver
from zoho_privacy.local.probe.records import Basis

AFTER_FENCE_S: Final = 5.0
MILLISECONDS: Final = 1e11
AGREE_S: Final = 600.0
BURST: Final = 12
FAILURES: Final = 4
SLOW_S: Final = 1.0
SOURCE: Final = "6f2b1a70-5c1e-4d0a-9c53-0d5c6f4e7a11"
DELIVERY: Final = "POST receiver"


@dataclass
class Hooks:
    """The receiver and the subscriptions of this run."""

    lab: Lab
    receiver: Receiver
    key_set: Callable[[], tuple[int, float]]

    @property
    def everything(self) -> Mapping[str, Any]:
        """What the main subscription asks for, of the test department as far as Desk can filter."""
        ours = {"departmentIds": [self.lab.department]}
        return {
            "Ticket_Add": ours,
            "Ticket_Update": ours,
            "Ticket_Thread_Add": ours,
            "Ticket_Comment_Add": ours,
            "Ticket_Delete": None,
        }

    def subscribe(self, hook: str, events: Mapping[str, Any], **options: Any) -> Seen:
        """Make a subscription; its name is the mark."""
        mark = self.lab.mark("webhook")
        return self.lab.guard.make(p.subscribe(mark, self.receiver.url(hook), events, **options), "webhook", mark)

    @contextmanager
    def subscribed(self, hook: str, events: Mapping[str, Any], **options: Any) -> Iterator[Seen]:
        """Make a subscription for as long as the block lasts."""
        seen = self.subscribe(hook, events, **options)
        try:
            yield seen
        finally:
            if seen.ok and seen.text("id"):
                self.lab.ask(calls.delete_webhook(seen.text("id")))

    def came(self, hook: str, type_: str, record_id: str, *, more_than: int = 0) -> bool:
        """Wait until an event about a record has come."""

        def look() -> bool | None:
            return self.receiver.count(hook, type_, record_id) > more_than or None

        return self.lab.watch(look, limit_s=self.lab.event_patience_s).got is not None

    def fence(self, hook: str, ticket: str) -> bool:
        """Write a note and wait for its event, then a little longer; False where even that does not come."""
        before = self.receiver.count(hook, "Ticket_Comment_Add", ticket)
        self.lab.comment(ticket)
        if not self.came(hook, "Ticket_Comment_Add", ticket, more_than=before):
            return False
        self.lab.wait(AFTER_FENCE_S)
        return True


def look(lab: Lab, hooks: Hooks, basis: Basis, *, may_trash: bool) -> None:
    """Subscribe, cause events and see what comes; `may_trash` tells whether records may be deleted for it."""
    with hooks.subscribed("main", hooks.everything) as made:
        if not made.ok:
            for name in ("webhook_validation", "jwt_time_unit", "tag_event", "ticket_delete_event", "webhook_failure"):
                lab.notes.unclear(name, f"no webhook could be made: {made.code or made.status}", made.told())
            return
        _validation(lab, hooks, made)
        ticket = lab.ticket(basis.contact, name="a")
        if not hooks.came("main", "Ticket_Add", ticket):
            lab.notes.unclear("opening_thread_event", "nothing was delivered", made.told())
            return
        _added(lab, hooks, ticket)
        _signature(lab, hooks, ticket)
        _tags(lab, hooks, ticket)
        _batch(lab, hooks, basis)
        if may_trash:
            _deleted(lab, hooks, basis, ticket)
        _copies(lab, hooks)
    _accepted(lab, hooks)
    _source(lab, hooks, basis)
    _failures(lab, hooks, basis)
    _key_set(lab, hooks)


def _validation(lab: Lab, hooks: Hooks, made: Seen) -> None:
    first = next((each for each in hooks.receiver.arrivals if each.hook == "main"), None)
    if first is None:
        lab.notes.unclear("webhook_validation", "the address was not tried out", made.told())
        return
    answer = {"GET": "get_first", "HEAD": "head_first"}.get(first.method, first.method)
    told = Evidence(f"{first.method} receiver", "200", "the first request after POST /webhooks")
    lab.notes.note("webhook_validation", answer, made.told(), told)
    lab.notes.note("webhook_validation_jwt", "present" if first.jwt_header else "absent", told)


def _added(lab: Lab, hooks: Hooks, ticket: str) -> None:
    told = Evidence(DELIVERY, "200", "Ticket_Add of our ticket")
    carried = [
        each.carries for each in hooks.receiver.events("main") if each.type == "Ticket_Add" and each.id == ticket
    ]
    if lab.opening(ticket) is None:
        lab.notes.unclear("opening_thread_event", "a ticket made by call has no thread", told)
        return
    first = any("firstThread" in each for each in carried)
    lab.notes.note("ticket_add_first_thread", "yes" if first else "no", told)
    if not hooks.fence("main", ticket):
        lab.notes.unclear("opening_thread_event", "no later event came either", told)
        return
    sent = hooks.receiver.has("main", "Ticket_Thread_Add", ticket)
    told = Evidence(DELIVERY, "200", "Ticket_Thread_Add of our ticket's first thread, with a later event as fence")
    lab.notes.note("opening_thread_event", "sent" if sent else "absent", told)


def _signature(lab: Lab, hooks: Hooks, ticket: str) -> None:
    signed = [each for each in hooks.receiver.arrivals if each.hook == "main" and each.events and each.jwt_header]
    if not signed:
        lab.notes.unclear("jwt_time_unit", "deliveries carry no signature", Evidence(DELIVERY, "200"))
        return
    told = Evidence(DELIVERY, "200", "iat of the signature")
    lab.notes.note("webhook_header", signed[0].jwt_header, Evidence(DELIVERY, "200", "name of the header"))
    issued = signed[0].issued
    lab.notes.note("jwt_time_unit", "milliseconds" if issued > MILLISECONDS else "seconds", told)
    seconds = issued / 1000 if issued > MILLISECONDS else issued
    seen = lab.ask(calls.ticket(ticket))
    try:
        portal = datetime.fromisoformat(seen.text("createdTime")).timestamp()
    except ValueError:
        return
    beside = Evidence(DELIVERY, "200", "iat beside createdTime of the ticket")
    lab.notes.note("jwt_clock", "portal" if abs(seconds - portal) < AGREE_S else "real", beside)


def _tags(lab: Lab, hooks: Hooks, ticket: str) -> None:
    hooks.fence("main", ticket)
    before = hooks.receiver.count("main", "Ticket_Update", ticket)
    name = f"probe-{lab.run}"
    added = lab.ask(calls.associate_tags(ticket, [name]))
    lab.guard.journal.intend("tag", name)
    fenced = hooks.fence("main", ticket)
    after = hooks.receiver.count("main", "Ticket_Update", ticket)
    lab.ask(calls.dissociate_tags(ticket, [name]))
    if not (added.ok and fenced):
        lab.notes.unclear("tag_event", "the tag, or the event after it, did not come", added.told())
        return
    told = Evidence(DELIVERY, "200", "Ticket_Update between the tag and a later event")
    lab.notes.note("tag_event", "Ticket_Update" if after > before else "none", added.told(), told)


def _batch(lab: Lab, hooks: Hooks, basis: Basis) -> None:
    """Change several tickets of ours by one call, and count how many events come together at most."""
    burst = min(BURST, lab.notes.number("mass_limit") or BURST)
    tickets = [lab.ticket(basis.contact, name="a") for _ in range(burst)]
    changed = lab.ask(p.update_many(tickets, "phone", "+44 1632 960143"))
    lab.watch(
        lambda: sum(hooks.receiver.has("main", "Ticket_Update", each) for each in tickets) == burst or None,
        limit_s=lab.event_patience_s,
    )
    most = max((each.count for each in hooks.receiver.arrivals if each.hook == "main"), default=0)
    told = Evidence(DELIVERY, "200", f"most events in one delivery after one change of {burst} tickets")
    if most == 0 or not changed.ok:
        lab.notes.unclear("webhook_batch", "nothing was delivered", changed.told())
    elif most >= burst:
        lab.notes.unclear("webhook_batch", f"{most} or more", told)
    else:
        lab.notes.note("webhook_batch", str(most), changed.told(), told)


def _deleted(lab: Lab, hooks: Hooks, basis: Basis, fence: str) -> None:
    ticket = lab.ticket(basis.contact, name="a")
    hooks.came("main", "Ticket_Add", ticket)
    trashed = lab.ask(calls.trash_tickets([ticket])[0])
    fenced = hooks.fence("main", fence)
    told = Evidence(DELIVERY, "200", "Ticket_Delete, after the trash and after the bin's delete")
    on_trash = hooks.receiver.has("main", "Ticket_Delete", ticket)
    if not on_trash:
        entry = lab.watch(
            lambda: lab.bin_entry(ticket), limit_s=lab.patience_s, what="the bin does not show the ticket yet"
        ).got
        if entry is None or not fenced:
            lab.notes.unclear("ticket_delete_event", "no event, and the ticket could not be deleted", trashed.told())
            return
        lab.delete_for_good({ticket: entry})
        hooks.fence("main", fence)
    if hooks.receiver.has("main", "Ticket_Delete", ticket):
        lab.notes.note("ticket_delete_event", "on_trash" if on_trash else "on_permanent", trashed.told(), told)
        carried = [each.carries for each in hooks.receiver.events("main") if each.type == "Ticket_Delete"]
        whole = any({"subject", "departmentId"} & each for each in carried)
        lab.notes.note("delete_event_payload", "record" if whole else "id", told)
    else:
        lab.notes.unclear("ticket_delete_event", "neither the trash nor the bin's delete was announced", trashed.told())


def _copies(lab: Lab, hooks: Hooks) -> None:
    """Count how often the same event came to a subscription that answered 200."""
    events = hooks.receiver.events("main")
    each = [events.count(event) for event in set(events)]
    told = Evidence(DELIVERY, "200", "same type, id and eventTime")
    if each:
        lab.notes.note("webhook_duplicates", str(sorted(each)[len(each) // 2] - 1), told)


def _accepted(lab: Lab, hooks: Hooks) -> None:
    """Find out which odd subscriptions are taken."""
    with hooks.subscribed("odd", {"Ticket_Delete": {}}) as seen:
        answer = "accepted" if seen.ok else str(seen.status)
        lab.notes.note("webhook_empty_filter", answer, seen.told("Ticket_Delete with {}"))
    fields = [replies.field_info(row).api_name for row in lab.ask(calls.fields("tickets")).rows()]
    custom = next((name for name in fields if name.startswith("cf_")), None)
    if custom is None:
        lab.notes.unclear("webhook_custom_field", "the portal has no custom ticket field")
        return
    wanted = {"Ticket_Update": {"departmentIds": [lab.department], "fields": [custom]}}
    with hooks.subscribed("odd", wanted) as seen:
        answer = "accepted" if seen.ok else str(seen.status)
        lab.notes.note("webhook_custom_field", answer, seen.told("fields with a custom field"))


def _source(lab: Lab, hooks: Hooks, basis: Basis) -> None:
    """Try ignoreSourceId, and whether the header of that name makes Desk recognise our own call."""
    wanted = {name: hooks.everything[name] for name in ("Ticket_Update", "Ticket_Comment_Add")}
    with hooks.subscribed("source", wanted, ignore_source=SOURCE) as seen:
        lab.notes.note("webhook_ignore_source_id", "works" if seen.ok else str(seen.status), seen.told("a UUID"))
        if not seen.ok:
            lab.notes.skip("webhook_source_header", "a subscription cannot ignore a source")
            return
        ticket = lab.ticket(basis.contact, name="a")
        lab.ask(p.patch_ticket(ticket, {"phone": "+44 1632 960144"}, source=SOURCE))
        if hooks.fence("source", ticket):
            heard = hooks.receiver.has("source", "Ticket_Update", ticket)
            told = Evidence(
                DELIVERY, "200", "Ticket_Update caused with the header sourceId, with a later event as fence"
            )
            lab.notes.note("webhook_source_header", "no" if heard else "yes", told)
        else:
            lab.notes.unclear("webhook_source_header", "no later event came either", seen.told())


def _failures(lab: Lab, hooks: Hooks, basis: Basis) -> None:
    """Refuse deliveries: is the same one sent again, is the subscription switched off?"""
    ticket = lab.ticket(basis.contact, name="a")
    copies = 1 + (lab.notes.number("webhook_duplicates") or 0)
    hooks.receiver.refusing["fail"] = copies
    with hooks.subscribed("fail", {"Ticket_Comment_Add": hooks.everything["Ticket_Comment_Add"]}) as made:
        if not made.ok:
            lab.notes.unclear("webhook_failure", "no webhook could be made", made.told())
            return
        hook, sent = made.text("id"), 0

        def outcome() -> str | None:
            events = hooks.receiver.events("fail")
            if any(events.count(each) > copies for each in set(events)):
                return "retry"
            off = lab.ask(calls.webhook(hook))
            if off.status == 404 or off.record.get("isEnabled") is False:
                refused = sum(each.refused for each in hooks.receiver.arrivals if each.hook == "fail")
                return f"disable_after_{3 if refused - copies < 3 <= refused else refused}"  # one may be under way
            return None

        for _ in range(FAILURES):
            before = len(hooks.receiver.events("fail"))
            lab.comment(ticket)
            sent += 1
            if not _more(lab, hooks, before) or outcome():
                break
        found = lab.watch(outcome, limit_s=lab.retry_patience_s, what="is a refused delivery sent again")
        told = Evidence(DELIVERY, "500", f"{sent} deliveries refused; copies of them, and isEnabled, {found.says()}")
        if not hooks.receiver.events("fail"):
            lab.notes.unclear("webhook_failure", "nothing was delivered", made.told())
        elif found.got is None:
            lab.notes.note("webhook_failure", "no_retry", told, says=f"none within {found.seconds} s")
        else:
            lab.notes.note("webhook_failure", found.got, told)


def _more(lab: Lab, hooks: Hooks, before: int) -> bool:
    """Wait until more events than before came to the hook that refuses."""

    def look() -> bool | None:
        return len(hooks.receiver.events("fail")) > before or None

    return lab.watch(look, limit_s=lab.event_patience_s).got is not None


def _key_set(lab: Lab, hooks: Hooks) -> None:
    status, seconds = hooks.key_set()
    answer = "down" if status != 200 else ("slow" if seconds > SLOW_S else "up")
    lab.notes.note("webhook_jwks", answer, Evidence("GET /.well-known/jwks.json", str(status), f"{seconds:.1f} s"))

"""Zoho's own subject access requests, tried on a contact of ours and a ticket: export, then erase."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from zoho_privacy.adapters.desk import calls
from zoho_privacy.adapters.desk import probe_calls as p
from zoho_privacy.adapters.desk.hosts import DeskConfig
from zoho_privacy.adapters.desk.protocol import Call
from zoho_privacy.domain.profile import Evidence
from zoho_privacy.local.probe.binning import gone
from zoho_privacy.local.probe.guard import Seen, shape
from zoho_privacy.local.probe.journal import Made
from zoho_privacy.local.probe.lab import Lab

ENDED: Final = frozenset({"COMPLETED", "EXPORTED", "PARTIALLY_COMPLETED", "PARTIALLY_EXPORTED", "FAILED", "CANCELED"})


def look(lab: Lab, config: DeskConfig) -> None:
    """Export and erase our own records by Zoho's own means, and look what became of them."""
    person = lab.contact("d")
    ticket = lab.ticket(person, name="d")
    exported = _begin(lab, "export", [ticket, person])
    if not exported.ok:
        lab.notes.unclear("sar_download", "an export was refused", exported.told())
        lab.notes.unclear("sar_erase_effect", "subject access requests are refused", exported.told())
        return
    _times(lab, exported)
    done = _finish(lab, exported, measure=True)
    if done is not None:
        _download(lab, config, done)
    effect = _erased(lab, ticket, calls.ticket, {"subject": lab.guard.journal.made[ticket].mark})
    if effect is None:
        return
    lab.notes.note("sar_erase_effect", effect[0], *effect[1])
    of_contact = _erased(lab, person, calls.contact, {"lastName": lab.guard.journal.made[person].mark})
    if of_contact is not None:
        lab.notes.note("sar_erase_contact", "same" if of_contact[0] == effect[0] else of_contact[0], *of_contact[1])


def _erased(
    lab: Lab, record: str, read: Callable[[str], Call], before: Mapping[str, Any]
) -> tuple[str, tuple[Evidence, ...]] | None:
    """Have Zoho erase one record of ours, alone, and return what became of it, with the evidence."""
    begun = _begin(lab, "erase", [record])
    if not begun.ok:
        lab.notes.unclear("sar_erase_effect", "an erasure was refused", begun.told())
        return None
    if begun.weight is not None:
        lab.notes.note("sar_credits", f"{begun.weight:g}", begun.told("X-Rate-Limit-Request-Weight-v3"))
    ended = _finish(lab, begun, measure=False)
    if ended is None:
        lab.notes.unclear("sar_erase_effect", f"not finished within {lab.patience_s:.0f} s", begun.told())
        return None
    effect = _effect(lab, record, read, before)
    told = Evidence(shape(read(record)), effect, f"own record after status {ended.text('status')}")
    return effect, (begun.told(), told)


def _begin(lab: Lab, verb: str, ids: list[str]) -> Seen:
    seen = lab.ask(p.subject_request(verb, lab.address("d"), ids))
    if seen.ok and seen.text("id"):
        lab.guard.journal.note(Made("request", seen.text("id"), ""))
    return seen


def _times(lab: Lab, seen: Seen) -> None:
    at = seen.record.get("createdTime")
    digits = isinstance(at, int) or (isinstance(at, str) and at.isdigit())
    lab.notes.note("sar_times", "epoch_ms" if digits else "iso", seen.told("createdTime"))


def _finish(lab: Lab, begun: Seen, *, measure: bool) -> Seen | None:
    """Wait for the end of a request; measure how long it stays in its first status."""
    request, first = begun.text("id"), begun.text("status")

    def moved() -> Seen | None:
        seen = lab.ask(p.subject_status(request))
        return seen if seen.text("status") != first else None

    limit = lab.patience_s
    seen = lab.watch(moved, limit_s=limit, what=f"the request is {first}")
    if measure and seen.got is None:
        lab.notes.more_than("sar_step_seconds", seen.seconds, begun.told(first))
    elif measure and seen.got is not None:
        through = seen.got.text("status") in ENDED and seen.seconds > 0
        seconds = seen.seconds // 2 if through else seen.seconds
        lab.notes.note("sar_step_seconds", str(seconds), seen.got.told(f"left {first} {seen.says()}"))
    if seen.got is None:
        return None

    def over() -> Seen | None:
        now = lab.ask(p.subject_status(request))
        return now if now.text("status") in ENDED else None

    return lab.watch(over, limit_s=limit, what="the request is under way").got


def _download(lab: Lab, config: DeskConfig, done: Seen) -> None:
    url = done.text("downloadURL")
    path = config.file_path(url) if url else None
    if path is None:
        says = "the download lies on a host that must not see a token" if url else "there is no downloadURL"
        lab.notes.unclear("sar_download", says, done.told())
        return
    seen = lab.ask(p.download(path))
    answer = "opens" if seen.ok else ("web_session" if 300 <= seen.status < 400 else f"{seen.status} {seen.code}")
    lab.notes.note("sar_download", answer, Evidence("GET downloadURL", str(seen.status)))


def _effect(lab: Lab, record: str, read: Callable[[str], Call], before: Mapping[str, Any]) -> str:
    """Return what became of a record: in the bin, gone, blank or as it was; the bin is given its time."""
    seen = lab.ask(read(record))
    if seen.ok and not gone(seen) and seen.record.get("isTrashed") is not True:
        told = ("subject", "description", "email", "lastName", "firstName")
        same = all(seen.record.get(name) == before[name] for name in told if before.get(name))
        return "nothing" if same else "blank"
    delay = lab.notes.number("bin_delay_seconds")
    patience = 120.0 if delay is None else delay + 10.0
    binned = lab.watch(lambda: lab.bin_entry(record), limit_s=patience, what="is it in the bin").got
    if binned is not None or seen.record.get("isTrashed") is True:
        return "trash"
    lab.guard.journal.note_gone(record)
    return "permanent"

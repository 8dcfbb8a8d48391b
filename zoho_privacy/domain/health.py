"""How an installation stands: what was found out about a portal or the state folder -> green, yellow or red. Pure.

Red means that people are not served, or may not be; yellow that somebody should know. Each but green says in one
sentence how it is mended. Texts hold ids, counts and codes only. What is found out, and how, is `local/health.py`.
Sources: Zoho Desk webhook guide (editions), API guide (rate limits).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from zoho_privacy.domain.errors import (
    DeskBusy,
    DeskForbidden,
    DeskRejected,
    DeskUnauthorised,
    DeskUnavailable,
    ZohoPrivacyError,
)
from zoho_privacy.domain.profile import Profile
from zoho_privacy.domain.tags import ACTION_FIELD, Command

SKEW_S: Final = 60.0
SKEW_RED_S: Final = 300.0
RECEIPT_DAYS: Final = 14
SCOPES: Final = frozenset(
    f"Desk.{each}"
    for each in (
        "tickets.READ", "tickets.CREATE", "tickets.UPDATE", "tickets.DELETE",
        "contacts.READ", "contacts.UPDATE", "contacts.DELETE",
        "basic.READ", "search.READ",
        "settings.READ", "settings.CREATE", "settings.UPDATE", "settings.DELETE",
        "events.READ", "events.CREATE", "events.UPDATE", "events.DELETE",
        "tasks.READ", "tasks.DELETE", "calls.READ", "calls.DELETE",
        "activities.tasks.READ", "activities.tasks.DELETE", "activities.calls.READ", "activities.calls.DELETE",
        "activities.events.READ", "activities.events.DELETE",
    )
)  # fmt: skip
UNREACHABLE: Final = "unreachable"
WEBHOOKS_BY_EDITION: Final[Mapping[str, int]] = {
    "FREE": 0,
    "STANDARD": 0,
    "PROFESSIONAL": 5,
    "ENTERPRISE": 10,
    "ULTIMATE": 20,
}
MEND_BY_CODE: Final[Mapping[str, str]] = {
    "invalid_client": "check client_id and client_secret, and that data_centre is the one the self client was made in",
    "invalid_code": "the refresh token was revoked or belongs to another data centre: make a new one (docs/runbook.md)",
    "SCOPE_MISMATCH": "make a new refresh token with all the scopes listed in docs/runbook.md",
    "OAUTH_ORG_MISMATCH": "check the portal's org and data_centre: the token belongs to another organisation",
    "LICENSE_ACCESS_LIMITED": "the portal's edition does not offer this: choose a higher one",
}
OTHERWISE: Final = "give the suite's agent a profile that allows this, in every department (docs/runbook.md)"


class Colour(StrEnum):
    """How bad it is."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `code` is for logs and scripts, `mend` one sentence, empty where nothing is to be done."""

    name: str
    colour: Colour
    says: str
    mend: str = ""
    code: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return the check for machines."""
        return {
            "check": self.name,
            "colour": self.colour.value,
            "says": self.says,
            "mend": self.mend,
            "code": self.code,
        }


@dataclass(frozen=True, slots=True)
class Health:
    """All checks of one portal; `org` is empty for those of the installation."""

    org: str
    checks: tuple[Check, ...]

    @property
    def red(self) -> tuple[Check, ...]:
        """The checks that say people are not served."""
        return tuple(check for check in self.checks if check.colour is Colour.RED)

    @property
    def unreachable(self) -> bool:
        """Tell whether Desk did not answer, so that nothing more is known than that."""
        return any(check.code == UNREACHABLE for check in self.checks)

    @property
    def title(self) -> str:
        """Whose checks these are."""
        return f"portal {self.org}" if self.org else "installation"

    def summary(self) -> str:
        """Return the counts as a line, the red ones by name."""
        counts = ", ".join(f"{sum(c.colour is each for c in self.checks)} {each}" for each in Colour)
        named = f": {', '.join(check.name for check in self.red)}" if self.red else ""
        return f"{self.title}: {counts}{named}"

    def as_dict(self) -> dict[str, Any]:
        """Return the checks for machines."""
        return {
            "org": self.org,
            "red": len(self.red),
            "unreachable": self.unreachable,
            "checks": [check.as_dict() for check in self.checks],
        }


def green(name: str, says: str) -> Check:
    """Return a check with nothing to mend."""
    return Check(name, Colour.GREEN, says)


def yellow(name: str, says: str, mend: str, code: str) -> Check:
    """Return a check that somebody should know of."""
    return Check(name, Colour.YELLOW, says, mend, code)


def red(name: str, says: str, mend: str, code: str) -> Check:
    """Return a check that needs somebody."""
    return Check(name, Colour.RED, says, mend, code)


def failed(name: str, problem: ZohoPrivacyError) -> Check:
    """Return what an error says about the thing that was being looked at."""
    match problem:
        case DeskUnauthorised():
            return red(name, "Desk refuses the token, even a fresh one", MEND_BY_CODE["invalid_code"], "token_refused")
        case DeskForbidden(code=code) | DeskRejected(code=code):
            return red(name, f"Zoho refused: {code or 'no code'}", MEND_BY_CODE.get(code, OTHERWISE), code or "refused")
        case DeskBusy() | DeskUnavailable():
            return red(name, "Zoho did not answer, or asked to wait", "try again later", UNREACHABLE)
        case _:
            return red(name, str(problem), "see the error's name in docs/runbook.md", type(problem).__name__)


def missing(name: str, sentences: Iterable[str], *, fine: str, code: str) -> Check:
    """Return red with what somebody must still do, or green."""
    found = tuple(sentences)
    return red(name, f"{len(found)} missing", "; ".join(found), code) if found else green(name, fine)


def edition(name: str) -> Check:
    """Say whether an edition, as Desk names it, has webhooks."""
    allowed = WEBHOOKS_BY_EDITION.get(name.upper())
    if allowed is None:
        return yellow("edition", f"{name or 'unknown'}: whether it has webhooks is not known", "try setup", "unknown")
    if not allowed:
        mend = "choose Professional or a higher edition; until then only the sweep finds requests, every ten minutes"
        return red("edition", f"{name} has no webhooks", mend, "no_webhooks")
    return green("edition", f"{name} has {allowed} webhooks")


def credits_left(left: int | None, *, reserve: float) -> Check:
    """Compare the day's remaining API credits with what is left to other integrations."""
    if left is None:
        return yellow("credits", "Desk did not say how many are left", "look into Desk's API usage page", "unknown")
    says = f"{left} left today, {reserve:.0f} are reserved"
    if left < reserve:
        mend = "wait for the next day, or set daily_credits and credit_reserve to what the edition has"
        return red("credits", f"{says}: sweep and retention pause", mend, "reserve_reached")
    return green("credits", says)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A webhook as far as it matters here; `ours` says that it has our address."""

    id: str
    enabled: bool
    ours: bool


def webhook(known: Iterable[str], found: Sequence[Subscription]) -> Check:
    """Judge the portal's webhooks: `known` are the ids whose deliveries are believed (none: any), `found` what exists.

    At least one must be switched on and have our address, and be believed; a believed one that is gone is red too.
    """
    believed = frozenset(known)
    ours = [each for each in found if each.ours]
    gone = sorted(believed - {each.id for each in found})
    if gone:
        mend = "run `zoho-privacy setup` and put the id it prints into webhook_ids"
        return red("webhook", f"{', '.join(gone)} is gone", mend, "webhook_gone")
    if not ours:
        return red("webhook", "none has this service's address", "run `zoho-privacy setup`", "webhook_missing")
    working = [each for each in ours if each.enabled]
    if not working:
        says = f"{', '.join(each.id for each in ours)} is switched off"
        return red("webhook", says, "mend what made Desk switch it off, then run `zoho-privacy setup`", "webhook_off")
    heard = [each for each in working if not believed or each.id in believed]
    if not heard:
        says = f"{', '.join(each.id for each in working)} is not believed"
        return red("webhook", says, "put this id into the portal's webhook_ids", "webhook_not_believed")
    return green("webhook", f"{', '.join(each.id for each in heard)} is switched on")


def missing_actions(values: Iterable[str]) -> tuple[str, ...]:
    """Return the commands that the action field's pick list does not offer, in their order."""
    there = frozenset(values)
    return tuple(command.value for command in Command if command.value not in there)


def actions_mend(absent: Sequence[str]) -> str:
    """Return what to do about them."""
    return f"add to the pick list {ACTION_FIELD}: {', '.join(absent)}"


def closed_statuses(values: Iterable[tuple[str, str]]) -> Check:
    """Say whether Desk tells which statuses count as closed; `values` are (name, status type) pairs."""
    count = sum(kind == "closed" for _, kind in values)
    if not count:
        mend = "give the ticket field Status at least one value of the type Closed"
        return red("closed statuses", "none is known", mend, "no_closed_status")
    return green("closed statuses", f"{count} known")


def skew(ours: datetime, desks: datetime | None) -> Check:
    """Compare the clocks; due dates, tokens and signatures rely on them."""
    if desks is None:
        return yellow("clock", "Desk's answer had no date", "check that this machine's clock is kept by NTP", "unknown")
    seconds = abs((ours - desks).total_seconds())
    if seconds > SKEW_RED_S:
        mend = "keep this machine's clock by NTP: deliveries are refused and due dates are wrong meanwhile"
        return red("clock", f"{seconds:.0f} s apart from Desk's", mend, "clock_skew")
    if seconds > SKEW_S:
        return yellow("clock", f"{seconds:.0f} s apart from Desk's", "keep this machine's clock by NTP", "clock_skew")
    return green("clock", f"{seconds:.0f} s apart from Desk's")


def scopes(held: frozenset[str]) -> Check:
    """Compare the scopes that came with the token with all that the suite's calls need."""
    if not held:
        mend = "compare the scopes of the self client with the list in docs/runbook.md"
        return yellow("scopes", "Zoho did not name the token's scopes", mend, "unknown")
    absent = sorted(each for each in SCOPES - held if f"{each.rpartition('.')[0]}.ALL" not in held)
    if absent:
        mend = f"make a new refresh token with all the scopes of docs/runbook.md; absent: {', '.join(absent)}"
        return red("scopes", f"{len(absent)} of {len(SCOPES)} are missing", mend, "SCOPE_MISMATCH")
    beyond = sorted(held - SCOPES)
    if beyond:
        mend = f"make a new refresh token without what no call needs: {', '.join(beyond)}"
        return yellow("scopes", f"all {len(SCOPES)}, and {len(beyond)} more than needed", mend, "scopes_beyond")
    return green("scopes", f"all {len(SCOPES)} and no more")


def agent_departments(all_ids: Iterable[str], ours: frozenset[str] | None) -> Check:
    """Say whether the suite's agent belongs to every department: what it does not see nobody exports or erases."""
    there = frozenset(all_ids)
    if ours is None:
        return yellow("agent departments", "Desk did not say which", OTHERWISE, "unknown")
    absent = sorted(there - ours)
    if absent:
        mend = f"add the suite's agent to the departments {', '.join(absent)} (Setup > Users > Agents)"
        return red("agent departments", f"{len(there) - len(absent)} of {len(there)}", mend, "agent_departments")
    return green("agent departments", f"all {len(there)}")


def data_centre(name: str, host: str, home: str) -> Check:
    """Compare the configured data centre's `host` with the host that the portal says it lives on."""
    there = re.sub(r"^https?://", "", home.casefold()).partition("/")[0].partition(":")[0]
    known = there.startswith("desk.")
    if known and there != host.casefold():
        mend = f"set the portal's data_centre to the one of {there}"
        return red("data centre", f"{name} is set, the portal lives on {there}", mend, "data_centre")
    return green("data centre", f"{name}, {host}")


def portal_profile(known: Profile | None, *, org: str, data_centre: str, now: datetime) -> Check:
    """Judge the portal's profile: one of another portal is not obeyed, an old one should be made anew."""
    mend = "run `zoho-privacy probe` on a test department and put the file into profile_file"
    if known is None:
        return yellow("profile", "the portal was never probed: caution rules every doubt", mend, "no_profile")
    if known.org != org:
        return yellow("profile", f"is of organisation {known.org} and not obeyed", mend, "profile_of_another")
    if data_centre and known.data_centre != data_centre:
        return yellow("profile", f"was made in the data centre {known.data_centre}", mend, "profile_of_another")
    days = (now - known.probed).days
    if known.old(now):
        return yellow("profile", f"{days} days old: Zoho may have changed since", mend, "profile_old")
    return green("profile", f"{len(known.behaviour)} answers, {max(days, 0)} days old")


def late_tasks(names: Iterable[str]) -> Check:
    """Judge the tasks without success for more than two of their intervals."""
    found = tuple(sorted(names))
    if found:
        mend = "start `zoho-privacy serve`, or see in `zoho-privacy status` why they fail"
        return red("tasks", f"late: {', '.join(found)}", mend, "tasks_late")
    return green("tasks", "none is late")


def dead_letters(count: int) -> Check:
    """Judge the work that rests after its last attempt."""
    if count:
        mend = "see `zoho-privacy dead-letters list`, mend the cause, then replay or drop"
        return red("dead letters", f"{count} rest", mend, "dead_letters")
    return green("dead letters", "none")


def overdue(case_ids: Iterable[str]) -> Check:
    """Judge the open cases past their date."""
    found = tuple(sorted(case_ids))
    if found:
        return red("overdue", ", ".join(found), "answer these people today: `zoho-privacy cases list`", "overdue")
    return green("overdue", "no case")


def holds(hold_ids: Iterable[str]) -> Check:
    """Judge the legal holds past their review date: they stay in force, and somebody must say whether they should."""
    found = tuple(sorted(hold_ids))
    if found:
        mend = "review or lift them: `zoho-privacy hold review`, `zoho-privacy hold lift`"
        return red("holds", f"past the review date: {', '.join(found)}", mend, "hold_overdue")
    return green("holds", "none is past its review date")


def retention(waits: str, failure: str) -> Check:
    """Judge whether retention runs get on: `waits` says what changed rules wait for, `failure` what the canary found.

    Either stops every write of a run (R-PLAN-4, R-RETAIN-12), so people's data stays beyond its period meanwhile.
    """
    if failure:
        mend = "look for the mark in Desk and mend the cause (docs/runbook.md, the canary); the next run goes on"
        return red("retention", f"stopped: the canary failed: {failure}", mend, "canary_failed")
    if waits:
        what, _, step = waits.rpartition(": ")
        return yellow("retention", what, step, "schedule_waits")
    return green("retention", "nothing keeps its runs from writing")


def receipts(case_ids: Iterable[str]) -> Check:
    """Judge the answered erasures that recipients have not confirmed for more than RECEIPT_DAYS (R-PROP-4)."""
    found = tuple(sorted(case_ids))
    if found:
        says = f"outstanding for more than {RECEIPT_DAYS} days: {', '.join(found)}"
        return yellow("receipts", says, "ask whom `zoho-privacy receipt CASE` names, and record the answer", "receipts")
    return green("receipts", f"none outstanding for more than {RECEIPT_DAYS} days")


def anchor_place(*, inside: bool) -> Check:
    """Judge where the ledger's heads are left (R-EVID-3)."""
    if inside:
        mend = "make anchors.jsonl a link to another machine's share (docs/runbook.md, anchors elsewhere)"
        return yellow("anchors", "they lie in the state folder, beside what they guard", mend, "anchor_inside")
    return green("anchors", "they lie outside the state folder")


def integrity(findings: Sequence[str]) -> Check:
    """Judge what SQLite finds wrong with its file."""
    if findings:
        mend = "stop the suite and restore a backup (docs/runbook.md)"
        return red("database", f"{len(findings)} findings", mend, "database_damaged")
    return green("database", "sound")


def key_ages(ages: Mapping[str, int], most: int) -> Check:
    """Judge how old secrets are; `ages` are days since each was first seen as it is (R-SEC-7)."""
    old = [f"{name} ({days} days)" for name, days in sorted(ages.items()) if days > most]
    if old:
        mend = f"make them anew as docs/runbook.md says under keys: older than {most} days"
        return yellow("keys", ", ".join(old), mend, "keys_old")
    return green("keys", f"{len(ages)}, the oldest unchanged for {max(ages.values(), default=0)} days")


def store_location(place: str) -> Check:
    """Say where the suite's own store lies, as far as it was declared (R-XFER-2)."""
    if not place:
        mend = "put country and region of state, files and backups into policy.store_location"
        return yellow("location", "where state, files and backups lie is not declared", mend, "no_location")
    return green("location", f"state, files and backups lie in {place}")


def breaches(open_ones: Mapping[str, str]) -> Check:
    """Say which breaches are open; values tell since when and which times run (R-BREACH-2, R-BREACH-3)."""
    if open_ones:
        mend = "a person decides whom to tell; then `zoho-privacy breach close ID`"
        return red("breaches", "; ".join(f"{key}: {said}" for key, said in open_ones.items()), mend, "breach_open")
    return green("breaches", "none is open")

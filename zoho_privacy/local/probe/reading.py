"""Questions that reading answers: edition, routes, search parameters, whether subject access requests are offered."""

from collections.abc import Callable
from typing import Final

from zoho_privacy.adapters.desk import calls
from zoho_privacy.adapters.desk import probe_calls as p
from zoho_privacy.local.probe.guard import Seen
from zoho_privacy.local.probe.lab import Lab

DEEPEST: Final = 100_000
DEEP: Final = 3_000
NO_LICENCE: Final = "LICENSE_ACCESS_LIMITED"


def look(lab: Lab, org: str) -> None:
    """Answer what needs no record of ours."""
    _places(lab)
    _lists(lab)
    _edition(lab, org)
    seen = lab.ask(calls.fields_older("tickets"))
    lab.notes.note("old_fields_route", "on" if seen.ok else str(seen.status), seen.told())
    _unknown_parameter(lab)
    _ceiling(lab)
    _subject_requests(lab)


def _places(lab: Lab) -> None:
    """Find out whether lists count from 0 or 1."""
    zero = lab.guard.ask(calls.departments().page(0, 10))
    one = zero if zero.ok else lab.guard.ask(calls.departments().page(1, 10))
    if one.ok:
        lab.notes.note("default_from", "0" if zero.ok else "1", zero.told("from=0"))
    else:
        lab.notes.unclear("default_from", "the list of departments was refused", one.told())


def _lists(lab: Lab) -> None:
    """Find out how an empty list comes, and what a deep one costs."""
    empty = lab.ask(p.search({"email": lab.address("a")}).page(0, 10))
    answer = "204" if empty.status == 204 else ("200" if empty.ok and not empty.rows() else str(empty.status))
    lab.notes.note("empty_list", answer, empty.told("search for an address that nobody has"))
    deep = lab.guard.ask(p.newest_contacts(DEEP))
    prices = {10: "guide", 5: "second_hand"}
    if deep.ok and deep.weight is not None:
        told = deep.told(f"X-Rate-Limit-Request-Weight-v3 of from={DEEP}")
        lab.notes.note("depth_credits", prices.get(int(deep.weight), f"{deep.weight:g} credits"), told)
    else:
        lab.notes.unclear("depth_credits", "a deep list was refused, or told no price", deep.told())


def _edition(lab: Lab, org: str) -> None:
    seen = lab.ask(calls.organizations())
    ours = next((row for row in seen.rows() if str(row.get("id")) == org), {})
    lab.notes.note("edition", str(ours.get("edition") or "unknown").upper(), seen.told("edition of our organisation"))


def _unknown_parameter(lab: Lab) -> None:
    wanted = {"departmentId": lab.department, "closedTimeRange": "2020-01-01T00:00:00.000Z,2020-01-02T00:00:00.000Z"}
    seen = lab.ask(p.search(wanted).page(0, 1))
    answer = "ignored" if seen.ok else str(seen.status)
    lab.notes.note("search_unknown_param", answer, seen.told("closedTimeRange, which no page documents"))


def _ceiling(lab: Lab) -> None:
    """Find the last `from` that a search takes: the two documented ones first, then by halves."""
    asked: dict[int, Seen] = {}

    def taken(start: int) -> bool:
        if start not in asked:
            asked[start] = lab.guard.ask(p.search({"departmentId": lab.department}).page(start, 1))
        return asked[start].ok

    low, high = 0, DEEPEST
    if taken(999):
        low, high = (4999, DEEPEST) if taken(4999) else (999, 4999)
    else:
        high = 999
    if low == 999 and not taken(1000):
        high = 1000
    if low == 4999 and not taken(5000):
        high = 5000
    if high == DEEPEST and taken(DEEPEST):
        lab.notes.unclear("search_from_ceiling", f"a search took from={DEEPEST}", asked[DEEPEST].told())
        return
    last = last_taken(taken, low, high)
    if not taken(last):
        lab.notes.unclear("search_from_ceiling", "no search was answered", asked[last].told())
        return
    refused = asked.get(last + 1)
    lab.notes.note(
        "search_from_ceiling", str(last), *([refused.told(f"from={last + 1}; {last} is taken")] if refused else [])
    )


def last_taken(taken: Callable[[int], bool], low: int, high: int) -> int:
    """Return the largest number that is taken, where `low` is and `high` is not."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if taken(middle) else (low, middle)
    return low


def _subject_requests(lab: Lab) -> None:
    seen = lab.ask(calls.subject_count(lab.address("a"), "tickets"))
    answer = "allowed" if seen.ok else ("403" if seen.code == NO_LICENCE else f"{seen.status} {seen.code}")
    lab.notes.note("sar_edition", answer, seen.told("of an address that nobody has"))
    seen = lab.ask(p.subject_entities(lab.address("a")))
    lab.notes.note("sar_entities_route", "404" if seen.status == 404 else "on", seen.told())

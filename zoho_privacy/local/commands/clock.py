"""`zoho-privacy clock`: every date of a request, each with its reason; works without settings or network."""

import argparse
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, TypeVar

from zoho_privacy.local.console import Exit, command, show, table

if TYPE_CHECKING:  # --help answers at once
    from zoho_privacy.domain.model import DueDates, Kind, Law
    from zoho_privacy.domain.rules import Rules

TEXT: Final = """Says when a request must be answered and why: the law's day, the promised one, what is warned of and
when, and whether the law knows an extension or a pause. Several laws: the earliest day counts. Without a law, all
those that may apply to somebody whose residence is not known.

  zoho-privacy clock --law ccpa --received 2026-01-31T23:30-08:00
  zoho-privacy clock --law uk_gdpr --kind deletion --received 2026-01-31T23:30Z
  zoho-privacy clock --law gdpr --law ccpa --kind access --received 2026-01-31T23:30Z --timezone Europe/Berlin
  zoho-privacy clock --law us_state --state IA --kind deletion --received 2026-01-31T12:00Z

Not legal advice: the tables are zoho_privacy/rules/clocks.toml."""

Word = TypeVar("Word", bound=StrEnum)


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = command(subparsers, "clock", run, summary="when a request is due, and why", text=TEXT, settings=False)
    parser.add_argument("--law", action="append", default=[], help="a law that applies; may be given several times")
    parser.add_argument("--kind", default="access", help="what was asked for, such as deletion; access otherwise")
    parser.add_argument("--received", required=True, metavar="TIME", help="ISO 8601 with a time zone")
    parser.add_argument("--timezone", default="", help="the zone whose calendar days count; otherwise that of TIME")
    parser.add_argument("--state", metavar="XX", help="the person's US state, by its postal code")


def run(args: argparse.Namespace) -> int:
    """Print the dates.

    Raises:
        BadInput: A word is not in the tables, or the time has no zone; the text lists the choices.
    """
    from zoho_privacy.adapters.ruletables import load_rules  # noqa: PLC0415  --help answers at once
    from zoho_privacy.domain import deadline  # noqa: PLC0415
    from zoho_privacy.domain.model import Kind, Law  # noqa: PLC0415

    rules = load_rules()
    laws = tuple(dict.fromkeys(_word(Law, "law", each) for each in args.law)) or rules.unknown_residence
    kind, state = _word(Kind, "kind", args.kind), _state(rules, args.state)
    received = _moment(args.received)
    timezone = args.timezone or _own_zone(received)
    dates = deadline.due_dates(rules, received=received, kind=kind, laws=laws, timezone=timezone, state=state)
    found = {
        "kind": kind.value,
        "laws": [law.value for law in laws],
        "state": state,
        "timezone": timezone,
        "received": dates.received.isoformat(),
        "due": dates.due.isoformat(),
        "acknowledge_due": dates.acknowledge_due.isoformat(),
        "promise_due": dates.promise_due.isoformat(),
        "legal_due": dates.legal_due.isoformat(),
        "why": list(dates.why),
        "escalations": [
            {"days_before": step, "on": (dates.due - timedelta(days=step)).isoformat()}
            for step in sorted(deadline.ESCALATION_DAYS, reverse=True)
        ],
        "extension": _extension(rules, dates, kind, laws, timezone=timezone, state=state),
        "pauses": _pauses(rules, kind, laws),
    }
    show(args, found, _lines(found))
    return Exit.OK


def _word(words: type[Word], what: str, given: str) -> Word:
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415

    try:
        return words(given.strip().lower().replace("-", "_"))
    except ValueError:
        raise BadInput(f"there is no {what} {given!r}; choose from {', '.join(words)}") from None


def _state(rules: "Rules", given: str | None) -> str | None:
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415
    from zoho_privacy.domain.rules import state_code  # noqa: PLC0415

    found = state_code(rules, given)
    if given is not None and found is None:
        raise BadInput(f"there is no state {given!r} in the tables; choose from {', '.join(sorted(rules.states))}")
    return found


def _moment(given: str) -> datetime:
    from zoho_privacy.adapters.ruletables import YEARS  # noqa: PLC0415
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415

    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        raise BadInput("--received is not a time; write it like 2026-01-31T23:30-08:00") from None
    if found.tzinfo is None:
        raise BadInput("--received needs a time zone; write it like 2026-01-31T23:30-08:00 or 2026-02-01T07:30Z")
    if found.year not in YEARS:
        raise BadInput(f"--received lies outside the calendars, which cover {YEARS.start} to {YEARS.stop - 1}")
    return found


def _own_zone(received: datetime) -> str:
    """Return the zone of a moment's own offset, half an hour rounded to the west, where a day never begins earlier."""
    hours = (received.utcoffset() or timedelta()) // timedelta(hours=1)
    return f"Etc/GMT{-hours:+d}" if hours else "UTC"


def _extension(
    rules: "Rules", dates: "DueDates", kind: "Kind", laws: "tuple[Law, ...]", *, timezone: str, state: str | None
) -> Mapping[str, Any]:
    """Return the longest day an extension allows, or the rule that forbids one."""
    from zoho_privacy.domain import deadline  # noqa: PLC0415
    from zoho_privacy.domain.errors import NotAllowed  # noqa: PLC0415

    try:
        longer = deadline.extension(
            rules,
            dates,
            kind=kind,
            laws=laws,
            today=dates.legal_due,
            reason="asked by a command",
            timezone=timezone,
            state=state,
        )
    except NotAllowed as problem:
        return {"allowed": False, "until": None, "notice_by": None, "why": str(problem)}
    return {
        "allowed": True,
        "until": longer.legal_due.isoformat(),
        "notice_by": dates.legal_due.isoformat(),
        "why": longer.why[-1],
    }


def _pauses(rules: "Rules", kind: "Kind", laws: "tuple[Law, ...]") -> Mapping[str, str]:
    """Return what waiting does to the clock, by reason; a pause needs all of the laws (R-CLOCK-6)."""
    from zoho_privacy.domain.deadline import rows_for  # noqa: PLC0415
    from zoho_privacy.domain.rules import Pause  # noqa: PLC0415

    rows = rows_for(rules, kind, laws)
    return {
        reason.value: "; ".join(f"{row.article}: {row.pauses[reason].value}" for row in rows)
        for reason in Pause
        if all(reason in row.pauses for row in rows)
    }


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"{found['kind']} under {', '.join(found['laws'])}: due {found['due']}"
    yield ""
    yield from found["why"]
    yield ""
    yield from table(
        ("warned", "on"), [(f"{each['days_before']} days before", each["on"]) for each in found["escalations"]]
    )
    yield ""
    extension = found["extension"]
    if extension["allowed"]:
        yield f"extension: until {extension['until']}, with a reason and a notice by {extension['notice_by']}"
    else:
        yield f"extension: none; {extension['why']}"
    if found["pauses"]:
        yield from (f"pause for {reason}: {effect}" for reason, effect in found["pauses"].items())
    else:
        yield "pauses: none"

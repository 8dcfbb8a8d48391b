"""Which system is done, which is exempt and why, which is another's to empty: one row per system (R-PLAN-6). Pure.

Everything is read from the register, the plan and its journal; intentions do not count. A row that is `open` means that
the case is not complete. Systems the suite cannot reach are external, each with its owner (R-PROP-4, R-PROP-5); whether
that owner has acted is told by the recipients' receipts (R-PROP-3).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from zoho_privacy.domain.model import ActionType, Form, Plan, Receipt
from zoho_privacy.domain.rules import Rules
from zoho_privacy.domain.sources import Amended, split

DESK: Final = "desk"
OWN: Final = "suite"
SUITE: Final = "this suite"
RECIPIENT: Final = "recipient:"
SOURCE: Final = "source:"
NOT_REACHED: Final = "the suite does not reach it: its owner acts and keeps the receipt"
AMENDED: Final = "record_amended"
"""The ledger's word for what a case did to a record beside the desk."""
CORRECTED: Final = "corrected"
OPTED_OUT: Final = "opted_out"
DID: Final[Mapping[str, str]] = MappingProxyType({CORRECTED: "corrected", OPTED_OUT: "marked as opted out"})
REFUSED: Final = "it refused the suite: its owner acts and keeps the receipt"
NONE: Final[Mapping[str, Receipt]] = MappingProxyType({})
NOT_ERASED: Final = frozenset({Form.EXPIRES, Form.DISPROPORTIONATE})


class Cover(StrEnum):
    """What became of one system."""

    DONE = "done"
    EXEMPT = "exempt"
    EXTERNAL = "external"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Place:
    """A system or recipient of the register as far as a coverage statement needs it.

    `months`: how long a minimal record stays. `receipt` is what a recipient is asked for, "" for systems;
    `expires_days` above 0 says that what it holds ends by itself.
    """

    id: str
    title: str
    owner: str
    automated: bool
    personal_data: bool
    months: int = 0
    receipt: str = ""
    expires_days: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One system of the statement."""

    system: str
    state: Cover
    owner: str
    reason: str


@dataclass(frozen=True, slots=True)
class Step:
    """How one action of a plan stands in the journal: started, done, skipped or failed. `at` is ISO text."""

    key: str
    result: str
    code: str = ""
    at: str = ""


def places(rules: Rules) -> tuple[Place, ...]:
    """Return the register's systems in its order, then the recipients that the policy names."""
    systems = tuple(
        Place(
            key,
            system.title,
            system.owner,
            system.automated,
            not system.recipients or any(rules.recipients[each].personal_data for each in system.recipients),
            rules.numbers.ledger_months if key == OWN else 0,
        )
        for key, system in rules.systems.items()
    )
    recipients = tuple(
        Place(
            RECIPIENT + key,
            entry.name,
            entry.acts,
            entry.acts == SUITE,
            entry.personal_data,
            receipt=entry.receipt,
            expires_days=entry.expires_days,
        )
        for key, entry in rules.recipients.items()
    )
    return systems + recipients


def coverage(
    rules: Rules,
    plan: Plan | None,
    steps: Mapping[str, Step],
    *,
    answered: bool = False,
    receipts: Mapping[str, Receipt] = NONE,
    amended: Iterable[Amended] = (),
    copies: int = 0,
) -> tuple[Row, ...]:
    """Return a row for each system and each recipient of the register.

    `steps` is the journal of the plan by action key, `receipts` what recipients answered, by their id. `answered` says
    that a case without a plan was answered, which is all that a right other than erasure asks of the desk. `amended`
    is what such a case did to records beside the desk. `copies` counts the sealed copies of deleted tickets that a
    legal hold keeps from ending with the case.
    """
    return statement(places(rules), plan, steps, answered=answered, receipts=receipts, amended=amended, copies=copies)


def statement(
    register: Sequence[Place],
    plan: Plan | None,
    steps: Mapping[str, Step],
    *,
    answered: bool = False,
    receipts: Mapping[str, Receipt] = NONE,
    amended: Iterable[Amended] = (),
    copies: int = 0,
) -> tuple[Row, ...]:
    """Return what `coverage` returns, from a register that was written down."""
    systems = [_row(place, plan, steps, answered=answered, copies=copies) for place in register if not place.receipt]
    desk = next((row.state for row in systems if row.system == DESK), Cover.OPEN)
    return (
        *systems,
        *_sources(plan, steps),
        *_amended(tuple(amended)),
        *(_recipient(place, receipts, plan, desk) for place in register if place.receipt),
    )


def complete(rows: Iterable[Row]) -> bool:
    """Tell whether every system is done, exempt or external (R-PLAN-6)."""
    return all(row.state is not Cover.OPEN for row in rows)


def _row(place: Place, plan: Plan | None, steps: Mapping[str, Step], *, answered: bool, copies: int) -> Row:
    def row(state: Cover, reason: str) -> Row:
        return Row(place.id, state, place.owner, reason)

    if not place.personal_data:
        return row(Cover.EXEMPT, "holds no personal data")
    if not place.automated:
        return row(Cover.EXTERNAL, NOT_REACHED)
    if place.id == OWN:
        stays = f"a record in ids and keyed hashes stays as proof for {place.months} months"
        held = f"; a legal hold keeps sealed copies of {copies} deleted tickets" if copies else ""
        return row(Cover.EXEMPT, stays + held)
    if place.id != DESK:
        return row(Cover.OPEN, "no plan reaches this system")
    if plan is None:
        return row(Cover.DONE, "answered from here") if answered else row(Cover.OPEN, "not answered yet")
    return row(*_desk(plan, steps))


def _sources(plan: Plan | None, steps: Mapping[str, Step]) -> Iterable[Row]:
    """Yield a row for each system beside the desk that a plan names; a CRM that is not connected is its owner's."""
    if plan is None:
        return
    mine = [each for each in plan.actions if each.type is ActionType.ERASE_SOURCE_RECORD]
    stays = [each for each in plan.kept if each.type == "source"]
    targets = [each.target for each in mine] + [each.target for each in stays]
    for name in dict.fromkeys(split(target)[0] for target in targets):
        part = replace(
            plan,
            actions=tuple(each for each in mine if split(each.target)[0] == name),
            kept=tuple(each for each in stays if split(each.target)[0] == name),
        )
        state, reason = _writes(part, steps)
        yield Row(SOURCE + name, state, "privacy team", reason)
    if any(each.type == "crm" for each in plan.kept):
        yield Row(SOURCE + "crm", Cover.EXTERNAL, "its owner", NOT_REACHED)


def _amended(found: Sequence[Amended]) -> Iterable[Row]:
    """Yield a row for each system beside the desk that a correction or an opt-out went to."""
    for name in sorted({each.source for each in found}):
        mine = [each for each in found if each.source == name]
        outside = sorted({each.code for each in mine if each.result == "external"})
        done = Counter(each.act for each in mine if each.result == "done" and each.record and not each.code)
        said = [f"{count} records {DID[act]}" for act, count in sorted(done.items())]
        if any(each.result == "started" for each in mine):
            yield Row(SOURCE + name, Cover.OPEN, "privacy team", "; ".join([*said, "still to come"]))
        elif outside:
            why = REFUSED if "refused" in outside else NOT_REACHED
            yield Row(SOURCE + name, Cover.EXTERNAL, "its owner", "; ".join([*said, why]))
        else:
            yield Row(SOURCE + name, Cover.DONE, "privacy team", "; ".join(said) or "nothing of the person to change")


def _recipient(place: Place, receipts: Mapping[str, Receipt], plan: Plan | None, desk: Cover) -> Row:
    """Return what became of the data with one recipient; only an erasure asks them for anything."""
    receipt = receipts.get(place.id.removeprefix(RECIPIENT))
    if place.automated:
        return Row(place.id, desk, place.owner, place.receipt)
    if not place.personal_data:
        return Row(place.id, Cover.EXEMPT, place.owner, "holds no personal data")
    if place.expires_days:
        return Row(place.id, Cover.EXEMPT, place.owner, f"ends by itself within {place.expires_days} days")
    if plan is None:
        return Row(place.id, Cover.EXEMPT, place.owner, "nothing is asked of it")
    if receipt is None:
        return Row(place.id, Cover.OPEN, place.owner, f"told; outstanding: {place.receipt}")
    said = f"{receipt.form} of {receipt.at:%Y-%m-%d} by {receipt.by}"
    said += f" ({receipt.reference})" if receipt.reference else ""
    said += f": {receipt.reason}" if receipt.reason else ""
    return Row(place.id, Cover.EXEMPT if receipt.form in NOT_ERASED else Cover.DONE, place.owner, said)


def _desk(plan: Plan, steps: Mapping[str, Step]) -> tuple[Cover, str]:
    actions = tuple(each for each in plan.actions if each.type is not ActionType.ERASE_SOURCE_RECORD)
    kept = tuple(each for each in plan.kept if each.type != "source")
    return _writes(replace(plan, actions=actions, kept=kept), steps)


def _writes(plan: Plan, steps: Mapping[str, Step]) -> tuple[Cover, str]:
    ended = [steps.get(action.key) for action in plan.actions]
    done = sum(step is not None and step.result == "done" for step in ended)
    failed = Counter(step.code for step in ended if step and step.result == "failed")
    waiting = sum(step is None or step.result == "started" for step in ended)
    stays = Counter(kept.code for kept in plan.kept)
    stays += Counter(step.code for step in ended if step and step.result == "skipped")
    said = [f"{done} of {len(plan.actions)} writes done"]
    said += [f"{waiting} still to come"] if waiting else []
    said += [f"failed: {_counts(failed)}"] if failed else []
    said += [f"stays: {_counts(stays)}"] if stays else []
    state = Cover.OPEN if failed or waiting else Cover.EXEMPT if stays else Cover.DONE
    return state, "; ".join(said)


def _counts(codes: Counter[str]) -> str:
    return ", ".join(f"{code or 'unnamed'} {count}" for code, count in sorted(codes.items()))

"""Which live rules are in force, and the two steps a change of them takes first: a simulation, and somebody's yes.

What counts is the `effect` of a schedule: a comment or a rule on trial changes nothing. A portal's first live rules
come into force once they were tried out whole, which shows all they would do. From then on, other live rules act only
after exactly this change, from the effect in force to the new one, was simulated and approved; until then nothing is
written, since rules that an operator has replaced may have been wrong (R-PLAN-4, R-POLICY-4). A schedule without live
rules needs no leave.

Tables: retention (id "in_force": the live rules), simulation (id: old and new effect; figures, approval).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from zoho_privacy.domain.errors import BadInput
from zoho_privacy.domain.retention import NOTHING_ACTS, Schedule
from zoho_privacy.domain.schedule_file import rule_of
from zoho_privacy.domain.simulate import Difference
from zoho_privacy.ports import Item
from zoho_privacy.workflows.casebook import Change, transact
from zoho_privacy.workflows.context import App


def in_force(app: App, org: str) -> Schedule | None:
    """Return the live rules in force, None before the first."""
    item = _item(app, org)
    if item is None:
        return None
    ends = {account: date.fromisoformat(day) for account, day in item.body["contracts"].items()}
    return Schedule(tuple(map(rule_of, item.body["rules"])), version=item.body["version"], contracts=ends)


def waits_for(app: App, org: str, schedule: Schedule) -> str:
    """Return what a schedule's live rules wait for in this portal, "" where they may act."""
    item = _item(app, org)
    if item is None or schedule.effect in {NOTHING_ACTS, item.body["effect"]}:
        return ""
    old, new = item.body["effect"], schedule.effect
    known = app.store.get(org, "simulation", _name(old, new))
    if known is None:
        step = "simulate the change (zoho-privacy retention simulate --new FILE), then approve it"
    elif "approved" not in known.body:
        step = "the change is simulated: approve it (zoho-privacy retention approve FILE --as AGENT)"
    else:
        return ""
    return f"the live rules changed ({old[:12]} -> {new[:12]}) and nothing is written: {step}"


def simulated(app: App, org: str, old: Schedule, new: Schedule, found: Difference) -> None:
    """Note that this change was simulated; an approval given before stands only for the same figures."""
    figures = {
        "tickets": found.tickets,
        "people": found.people,
        "old": sum(found.old.values()),
        "new": sum(found.new.values()),
    }
    name = _name(old.effect, new.effect)

    def make() -> Change:
        change = Change(app.store, org, app.clock.now())
        known = app.store.get(org, "simulation", name)
        earlier = dict(known.body) if known and {**known.body, **figures} == known.body else {}
        change.put("simulation", name, {**earlier, **figures, "at": change.now.isoformat()}, was=known)
        told = {key: str(value) for key, value in figures.items()}
        change.log("zoho_privacy", "retention_simulated", why="R-PLAN-4", result=name, **told)
        return change

    transact(make)


def approve(app: App, org: str, new: Schedule, *, who: str) -> str:
    """Bring a simulated change into force; return its name.

    Raises:
        BadInput: Nothing is in force that could change, or exactly this change was not simulated.
    """
    current = _item(app, org)
    if current is None:
        raise BadInput("no live rule is in force yet: the first ones need a dry run, not an approval")
    name = _name(current.body["effect"], new.effect)

    def make() -> Change:
        change = Change(app.store, org, app.clock.now())
        known = app.store.get(org, "simulation", name)
        if known is None:
            raise BadInput(f"portal {org}: this change ({name}) was not simulated from the rules in force")
        approval = {"approved": change.now.isoformat(), "by": who}
        change.put("simulation", name, {**known.body, **approval}, was=known)
        change.log(f"agent:{who}", "retention_approved", why="R-PLAN-4", result=name)
        return change

    transact(make)
    return name


def settle(app: App, org: str, schedule: Schedule) -> None:
    """Note that these live rules, which may act, are those in force."""
    if schedule.effect == NOTHING_ACTS:
        return

    def make() -> Change | None:
        item = _item(app, org)
        if item and item.body["effect"] == schedule.effect:
            return None
        change = Change(app.store, org, app.clock.now())
        change.put("retention", "in_force", _body(schedule), was=item)
        change.log("zoho_privacy", "retention_in_force", why="R-PLAN-4", result=schedule.effect[:16])
        return change

    transact(make)


def _item(app: App, org: str) -> Item | None:
    return app.store.get(org, "retention", "in_force")


def _name(old: str, new: str) -> str:
    return f"{old[:16] or 'nothing'}-{new[:16] or 'nothing'}"


def _body(schedule: Schedule) -> Mapping[str, Any]:
    return {
        "effect": schedule.effect,
        "version": schedule.version,
        "rules": [rule.as_dict() for rule in schedule.rules if rule.mode == "live" or rule.action == "keep"],
        "contracts": {account: day.isoformat() for account, day in schedule.contracts.items()},
    }

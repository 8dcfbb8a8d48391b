"""Each run first proves itself on a person of its own: a contact and a ticket made, judged, erased and looked for.

A live run that cannot erase a record it made itself, or that would erase it by the schedule at once, stops before it
touches anybody's (R-RETAIN-12). The canary has a keyed mark instead of a name, and no address, so nobody is written to.
Its time is up by a rule of its own, a day after its closing, and the run judges it as of the day after. A canary that a
killed run left is found by its mark and erased first; the search, which lags, is asked at the next run.

Table: canary (id "last": mark, ids, how far it is, what failed).
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from zoho_privacy.domain import plan as planning
from zoho_privacy.domain.errors import BadInput, DeskForbidden, DeskRejected, NeedsHuman, NotFound
from zoho_privacy.domain.model import Action, ActionType
from zoho_privacy.domain.records import NewTicket, Ticket
from zoho_privacy.domain.retention import Decision, Due, Rule, Schedule
from zoho_privacy.ports import Item, TicketQuery
from zoho_privacy.workflows import casebook, erasure
from zoho_privacy.workflows.casebook import Change, transact
from zoho_privacy.workflows.context import App, Desk
from zoho_privacy.workflows.writes import CANARY

RULE: Final = Rule(
    "canary", "P8-end", "legitimate interests", "erase", period_days=1, mode="live", reason="proves the run"
)
AGED: Final = timedelta(days=2)
FAILED: Final = "failed"
LOOK_BACK: Final = 200
"""How many of the newest records are looked through for one whose making was begun."""

Judge = Callable[[Ticket, Schedule, datetime], Decision]


def failure(app: App, org: str) -> str:
    """Return what was wrong with the last canary, "" where it got through or none has flown."""
    item = app.store.get(org, "canary", "last")
    return str(item.body.get(FAILED, "")) if item else ""


@dataclass
class Canary:
    """One flight of the canary in one portal. `judge` is the run's own judgement of a ticket at a moment."""

    app: App
    org: str
    judge: Judge
    rules: Schedule

    @property
    def desk(self) -> Desk:
        """The portal."""
        return self.app.desks[self.org]

    def fly(self) -> None:
        """Make, judge, erase and look for the canary; where one was left behind, that one.

        Raises:
            NeedsHuman: The run would not treat it as it must, or a trace of it is left.
            Retryable: Desk failed; the next run goes on with it.
        """
        item = self._item()
        if item is None or item.body["phase"] == "gone":
            self._search(item)
            stamp = f"{self.org}:{self.app.clock.now().isoformat()}"
            mark = f"{CANARY}{self.app.keyring.pseudonym('canary', stamp)[:12]}"
            item = self._note({"mark": mark, "phase": "begun", "again": False}, was=item)
        else:
            item = self._note({**item.body, "again": True}, was=item)
        if "plan" not in item.body:
            item = self._planned(self._made(item))
        plan = casebook.plan(self.app.store, self.org, item.body["plan"])
        if plan is None:
            raise NeedsHuman("the canary's plan is not in the store")
        report = erasure.execute_plan(self.app, self.org, plan, approved_hash=plan.hash)
        if report.done != report.planned:
            self._note({name: value for name, value in item.body.items() if name != "plan"}, was=item)
            self._alarm(f"{report.planned} writes planned, {report.done} done: {', '.join(sorted(report.codes))}")
        found = ", ".join(self._traces(item))
        if found:
            self._alarm(f"still found by {found}")
        sound = {name: value for name, value in item.body.items() if name != FAILED}
        self._note({**sound, "phase": "gone"}, was=item, log="gone")

    # ---------------------------------------------------------------------------------------------------- the making

    def _made(self, item: Item) -> Item:
        """Make contact and ticket as far as they are not there, and close the ticket."""
        mark, again = item.body["mark"], item.body["again"]
        if "contact" not in item.body:
            newest = self.desk.read.newest_contacts() if again else iter(())
            known = [each.id for _, each in zip(range(LOOK_BACK), newest, strict=False) if each.last_name == mark]
            made = known[0] if known else self.desk.write.make_canary(mark)
            item = self._note({**item.body, "contact": made}, was=item)
        if "ticket" not in item.body:
            contact, department = item.body["contact"], self._department()
            mine = self.desk.read.newest_tickets(contact, department) if again else iter(())
            known = [each.id for each in mine if each.subject == mark]
            new = NewTicket(department, contact, mark, mark)
            made = known[0] if known else self.desk.write.make_canary_ticket(new)
            item = self._note({**item.body, "ticket": made}, was=item)
        with suppress(NotFound):  # an earlier run was stopped after its end
            self.desk.write.close_canary_ticket(item.body["ticket"], self._closed_status())
        return item

    def _department(self) -> str:
        """Return where it is made: not where every ticket is a privacy matter, if there is another place."""
        enabled = [each.id for each in self.desk.read.departments() if each.enabled]
        return min(enabled, key=lambda each: each == self.desk.settings.privacy_department_id)

    def _closed_status(self) -> str:
        """Return a status that closes, asked for once."""
        known = self.app.store.get(self.org, "canary", "status")
        if known is not None:
            return str(known.body["name"])
        fields = [each for each in self.desk.read.fields("tickets") if each.api_name == "status"]
        closing = (name for each in fields for name, kind in each.values if kind.casefold() == "closed")
        name = next(closing, "Closed")
        self._leave("status", {"name": name}, None)
        return name

    # -------------------------------------------------------------------------------------------------- the judgement

    def _planned(self, item: Item) -> Item:
        """Let the run judge the ticket by the schedule and by the canary's own rule, and plan its end."""
        try:
            actions = [self._judged(self.desk.read.ticket(item.body["ticket"]))]
        except NotFound:  # an earlier run was stopped in between
            actions = []
        contact = Action(
            key=f"erase_contact:{item.body['contact']}",
            type=ActionType.ERASE_CONTACT,
            target=item.body["contact"],
            parent=None,
            before="",
            rule=RULE.id,
            clause=RULE.clause,
            reason=RULE.reason,
            credits=planning.CREDITS[ActionType.ERASE_CONTACT],
        )
        plan = planning.make_plan(
            org=self.org, plan_id="canary", case_id="", purpose="canary", created=self.app.clock.now(),
            proposer="zoho_privacy", actions=[*actions, contact],
        )  # fmt: skip

        def make() -> Change:
            change = Change(self.app.store, self.org, self.app.clock.now())
            change.put_once("plan", plan.hash, casebook.to_body(plan))
            change.put("canary", "last", {**item.body, "plan": plan.hash}, was=item)
            return change

        transact(make)
        return self._item() or item

    def _judged(self, ticket: Ticket) -> Action:
        own = replace(self.rules, rules=(RULE,))
        closed = ticket.closed or ticket.created
        if isinstance(self.judge(ticket, self.rules, self.app.clock.now()), Due):
            self._alarm("the schedule would erase a ticket that was just made")
        if isinstance(self.judge(ticket, own, closed), Due):
            self._alarm("its own rule finds it due too early")
        if not isinstance(self.judge(ticket, own, closed + AGED), Due):
            self._alarm("its own rule does not find it due")
        return planning.ticket_action(
            ticket,
            ActionType.ERASE_TICKET,
            self.app.keyring,
            rule=RULE.id,
            clause=RULE.clause,
            reason=RULE.reason,
        )

    def _alarm(self, what: str) -> None:
        """Leave a line in the ledger, remember it until a canary gets through, and stop the run.

        Raises:
            NeedsHuman: Always.
        """

        def make() -> Change:
            change = Change(self.app.store, self.org, self.app.clock.now())
            item = self._item()
            if item is not None:
                change.put("canary", "last", {**item.body, FAILED: what}, was=item)
            change.log("zoho_privacy", "canary_failed", why="R-RETAIN-12", result=what)
            return change

        transact(make)
        raise NeedsHuman(f"retention stops, nothing else was touched: the canary failed: {what}")

    # ------------------------------------------------------------------------------------------------- the looking back

    def _traces(self, item: Item) -> Iterator[str]:
        """Yield each path that still shows the canary."""
        contact, ticket, mark = (item.body[name] for name in ("contact", "ticket", "mark"))
        read = self.desk.read
        reads: tuple[tuple[str, Callable[[], Any]], ...] = (
            ("ticket", lambda: read.ticket(ticket)),
            ("contact", lambda: read.contact(contact)),
            ("list of its tickets", lambda: tuple(read.contact_tickets(contact))),
        )
        for path, look in reads:
            try:
                if look() != ():
                    yield path
            except NotFound:
                continue
        if {contact, ticket} & {each.id for each in read.bin_items()}:
            yield "recycle bin"
        newest = zip(range(LOOK_BACK), read.newest_contacts(), strict=False)
        if any(each.last_name == mark or each.id == contact for _, each in newest):
            yield "list of contacts"

    def _search(self, last: Item | None) -> None:
        """Ask the search, which has caught up by now, for the canary of the run before."""
        if last is None:
            return
        try:
            hits = [each.id for each in self.desk.read.search_tickets(TicketQuery(text=last.body["mark"]))]
        except (BadInput, DeskForbidden, DeskRejected):
            return
        for each in hits:
            try:
                self.desk.read.ticket(each)
            except NotFound:
                continue
            self._alarm("the canary of the run before is still found by the search")

    # ------------------------------------------------------------------------------------------------------ the memory

    def _item(self) -> Item | None:
        return self.app.store.get(self.org, "canary", "last")

    def _note(self, body: dict[str, Any], *, was: Item | None, log: str = "") -> Item:
        self._leave("last", body, was, log)
        found = self._item()
        if found is None:
            raise NeedsHuman("the store lost the canary")
        return found

    def _leave(self, name: str, body: dict[str, Any], was: Item | None, log: str = "") -> None:
        change = Change(self.app.store, self.org, self.app.clock.now())
        change.put("canary", name, body, was=was)
        if log:
            change.log("zoho_privacy", "canary", why="R-RETAIN-12", result=log)
        change.commit()

"""One pass of the retention schedule over a portal: find, decide, plan, execute through the gate, read back, count.

Desk knows no filter by close date, so closed tickets are walked by the time they were created, up to the moment from
which nothing can be due yet; archived tickets are listed per department. Tags and the full record are read only where
a rule may be due. The schedule itself is the standing approval of its plans; a live rule that is new or changed is
tried out once before it acts (R-RETAIN-7). A run that is out of time or credits leaves a cursor and the next goes on.

Tables: pin (id: ticket), rule (id: rule), masked and refused (id: ticket), retention (ids cursor, plan), heartbeat.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from zoho_privacy.domain import plan as planning
from zoho_privacy.domain import tags
from zoho_privacy.domain.errors import (
    BadInput,
    CreditsLow,
    DeskForbidden,
    DeskRejected,
    NeedsHuman,
    NotFound,
    Retryable,
)
from zoho_privacy.domain.gate import TICKET_ACTIONS
from zoho_privacy.domain.model import Action, ActionType, Kept, Plan
from zoho_privacy.domain.records import Activity, Ticket
from zoho_privacy.domain.retention import Decision, Due, Keep, Rule, Schedule, Skip, TicketFacts, decide, may_be_due
from zoho_privacy.domain.simulate import overdue_since
from zoho_privacy.ports import Item, Spending, TicketQuery
from zoho_privacy.workflows import casebook, erasure, lease
from zoho_privacy.workflows.casebook import Change, transact
from zoho_privacy.workflows.context import App, Desk
from zoho_privacy.workflows.together import gather
from zoho_privacy.workflows.writes import tags_of

LEASE: Final = timedelta(minutes=30)
FIRST_YEAR: Final = 2010
BATCH: Final = 400  # writes per plan: a plan is one document of the store
Progress = Callable[[int, int], None]
Source = tuple[str, Callable[[], Iterator[Ticket]]]


@dataclass(frozen=True, slots=True)
class RuleCount:
    """What one rule came to: `due` counts tickets, the others writes."""

    mode: str
    due: int = 0
    done: int = 0
    skipped: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class RetentionReport:
    """One pass over one portal. planned = done + skipped + failed once `finished` (R-RETAIN-11).

    `rules` counts per rule id, `skips` the tickets left alone per reason code, `outcomes` the codes of the writes;
    credits are API credits, estimated for what was planned and as spent by the pass. `stopped` says why a pass
    that is not finished ended, `retry_after_s` when trying again makes sense.
    """

    org: str
    version: str
    dry_run: bool
    seen: int = 0
    planned: int = 0
    done: int = 0
    skipped: int = 0
    failed: int = 0
    rules: Mapping[str, RuleCount] = field(default_factory=dict)
    skips: Mapping[str, int] = field(default_factory=dict)
    outcomes: Mapping[str, int] = field(default_factory=dict)
    credits_estimated: float = 0.0
    credits_spent: float = 0.0
    plans: tuple[str, ...] = ()
    finished: bool = True
    stopped: str = ""
    retry_after_s: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the report for machines."""
        return asdict(self)

    def summary(self) -> str:
        """Return one line for people and logs."""
        counts = f"planned {self.planned} = done {self.done} + skipped {self.skipped} + failed {self.failed}"
        if self.dry_run:
            counts = f"would plan {self.planned} writes for about {self.credits_estimated:g} credits"
        elif not self.finished:
            counts = counts.replace(" = ", ", so far ")
        return f"retention: {self.seen} tickets seen, {counts}{self.stopped and '; ' + self.stopped}"


def run(
    app: App,
    org: str,
    schedule: Schedule,
    *,
    dry_run: bool = False,
    deadline: datetime | None = None,
    progress: Progress | None = None,
) -> RetentionReport:
    """Apply the schedule to one portal; a dry run reads and counts, and writes nothing to Desk.

    `progress` hears (writes ended, writes planned) of the plan in hand. Only one run per portal works at a time.

    Raises:
        NeedsHuman: The counts do not add up; the journal has the truth.
    """
    held = lease.acquire(app.store, org, "retention", now=app.clock.now(), life=LEASE, holder="retention")
    if held is None:
        return RetentionReport(org, schedule.version, dry_run, finished=False, stopped="another run is under way")
    work = _Run(app, org, app.desks[org], schedule, dry_run, deadline, progress, held)
    try:
        with work.desk.credits.flow("retention"), work.desk.credits.run() as work.spending:
            work.go()
    except CreditsLow as low:
        work.stopped = str(low)
    except Retryable as problem:
        work.stopped, work.retry_after_s = str(problem), problem.retry_after_s or 60.0
    finally:
        lease.release(app.store, work.lease)
    return work.report()


def history(app: App, org: str, schedules: Sequence[Schedule]) -> Iterator[TicketFacts]:
    """Yield what is known of every closed ticket, archived ones too, from lists alone; nothing is written.

    Tags are asked of the search, one query per tag that a rule speaks of.
    """
    dry = replace(schedules[0], rules=tuple(rule for each in schedules for rule in each.rules))
    work = _Run(app, org, app.desks[org], dry, True, None, None, Item(org, "lease", "retention", {}))
    names = sorted({name for rule in dry.rules for name in rule.tags})
    tagged = {name: {each.id for each in work.desk.read.search_tickets(TicketQuery(tag=name))} for name in names}
    with work.desk.credits.flow("retention"):
        for _, tickets in work.sources(app.clock.now()):
            for ticket in tickets():
                if ticket.id not in work.known:
                    work.known.add(ticket.id)
                    found = frozenset(name for name in names if ticket.id in tagged[name])
                    yield replace(work.facts(ticket), tags=found)


def judge(app: App, org: str, schedule: Schedule, ticket_id: str) -> Decision:
    """Return what a schedule says of one ticket as Desk shows it now; nothing is written.

    Raises:
        NotFound: There is no such ticket.
    """
    work = _Run(app, org, app.desks[org], schedule, True, None, None, Item(org, "lease", "retention", {}))
    facts = work.facts(work.desk.read.ticket(ticket_id), found=work.desk.read.tags(ticket_id), whole=True)
    return decide(facts, schedule, casebook.holds(app.store, org), app.clock.now())


@dataclass
class _Run:
    app: App
    org: str
    desk: Desk
    schedule: Schedule
    dry_run: bool
    deadline: datetime | None
    progress: Progress | None
    lease: Item
    seen: int = 0
    planned: int = 0
    results: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    skips: Counter[str] = field(default_factory=Counter)
    due: Counter[str] = field(default_factory=Counter)
    by_rule: dict[str, Counter[str]] = field(default_factory=dict)
    estimate: float = 0.0
    spending: Spending = field(default_factory=Spending)
    plans: list[str] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    held: frozenset[str] | None = None
    stopped: str = ""
    retry_after_s: float | None = None

    # ------------------------------------------------------------------------------------------------------- the pass

    def go(self) -> None:
        if not self.dry_run and (unfinished := self._unfinished()) is not None:
            self.planned += len(unfinished.actions)
            self._execute(unfinished)
        shortest = self.schedule.shortest
        if shortest is None or self._has_stopped():
            return
        rules = self._effective()
        self.held = self._held_by_tag()
        sources = self.sources(self.app.clock.now() - shortest)
        names = [name for name, _ in sources]
        cursor = None if self.dry_run else self.app.store.get(self.org, "retention", "cursor")
        first = names.index(cursor.body["next"]) if cursor and cursor.body["next"] in names else 0
        for number in range(first, len(sources)):
            if self._is_out_of_time() or self._is_out_of_credits():
                return
            with self.desk.credits.reserve(self._reserve):
                self._look(sources[number][1], rules)
            last = number + 1 == len(sources)
            if self.actions and not self.dry_run and (last or len(self.actions) >= BATCH):
                self._carry_out()
            if self._has_stopped():
                return
            if not self.dry_run and not self.actions:
                self._remember("cursor", {"next": "" if last else names[number + 1]})
        self._rehearsed()
        self._say_done()

    def sources(self, until: datetime) -> list[Source]:
        """Closed tickets by year of creation, then the archive of each department."""

        def created(start: datetime, end: datetime) -> Callable[[], Iterator[Ticket]]:
            return lambda: self.desk.read.search_tickets(TicketQuery(closed_only=True, created=(start, end)))

        def archived(department: str) -> Callable[[], Iterator[Ticket]]:
            return lambda: iter(tuple(self.desk.read.archived_tickets(department)))

        starts = [datetime(1970, 1, 1, tzinfo=UTC)]
        starts += [datetime(year, 1, 1, tzinfo=UTC) for year in range(FIRST_YEAR, until.year + 1)]
        ends = [start - timedelta(milliseconds=1) for start in starts[1:]] + [until]
        found = [(str(end.year), created(start, end)) for start, end in zip(starts, ends, strict=True)]
        departments = sorted(each.id for each in self.desk.read.departments())
        return found + [(f"archive {each}", archived(each)) for each in departments]

    def _look(self, tickets: Callable[[], Iterator[Ticket]], rules: Schedule) -> None:
        """Decide about every ticket of one source and collect actions, which are carried out when they fill a plan.

        Reads many tickets at once. A source lists a window whole before its first ticket is touched, so what goes
        meanwhile shifts nothing, and the most overdue of it goes first (R-PLAN-5).
        """
        at_once = self.desk.read.at_once
        with (
            closing(gather(partial(self._whole, rules), self._candidates(tickets(), rules), at_once=at_once)) as found,
            closing(gather(self._with_activities, self._due(found, rules), at_once=at_once)) as due,
        ):
            for ticket, rule, kind, activities in due:
                self.actions += self._actions(ticket, rule, kind, activities)
                if len(self.actions) >= BATCH and not self.dry_run:
                    self._carry_out()
                    if self._has_stopped():
                        return

    def _candidates(self, tickets: Iterable[Ticket], rules: Schedule) -> Iterator[Ticket]:
        """Yield the tickets for which a rule may be due, the most overdue first; counts the others."""
        found: list[tuple[datetime, Ticket]] = []
        for ticket in tickets:
            if ticket.id in self.known:
                continue
            self.known.add(ticket.id)
            self.seen += 1
            facts = self.facts(ticket)
            now = self.app.clock.now()
            if may_be_due(facts, rules, now):
                found.append((overdue_since(facts, rules, now), ticket))
            else:
                decision = decide(facts, rules, (), now)
                self.skips[decision.code if isinstance(decision, Skip) else "kept"] += 1
        yield from (ticket for _, ticket in sorted(found, key=lambda each: (each[0], each[1].id)))

    def _whole(self, rules: Schedule, listed: Ticket) -> tuple[Ticket, frozenset[str] | None] | None:
        """Read the ticket itself and its tags, None where it is gone."""
        try:
            ticket = replace(self.desk.read.ticket(listed.id), archived=listed.archived)
        except NotFound:
            return None
        return ticket, None if ticket.trashed else self._tags(ticket, rules)

    def _due(
        self, found: Iterable[tuple[Ticket, frozenset[str] | None] | None], rules: Schedule
    ) -> Iterator[tuple[Ticket, Rule, ActionType]]:
        """Decide on what is true now; yields what is due and counts the rest."""
        for each in found:
            if each is None:
                self.skips["gone"] += 1
                continue
            ticket, read = each
            facts = self.facts(ticket, found=read, whole=True)
            decision = decide(facts, rules, casebook.holds(self.app.store, self.org), self.app.clock.now())
            match decision:
                case Skip(code, reason):
                    self.skips[code] += 1
                    self.kept.append(Kept(ticket.id, "ticket", code, reason))
                case Keep(rule):
                    self.skips["kept"] += 1
                    self.kept.append(Kept(ticket.id, "ticket", "kept", rule.reason))
                case Due(rule, action):
                    self.due[rule.id] += 1
                    yield ticket, rule, planning.WAYS[action]

    def _with_activities(
        self, due: tuple[Ticket, Rule, ActionType]
    ) -> tuple[Ticket, Rule, ActionType, Sequence[Activity]]:
        ticket, _, kind = due
        return *due, () if kind is ActionType.MASK_TICKET else self.desk.read.activities(ticket.id)

    def _tags(self, ticket: Ticket, rules: Schedule) -> frozenset[str]:
        """Return the tags that decide about a ticket; those of a hold are read again by the gate before any write.

        Reading them costs as much as three tickets, so they are asked for only where they can matter: where a rule
        speaks of tags, or where the search knows a tag of a hold on this ticket.
        """
        by_rule = any(rule.tags for rule in rules.rules)
        if by_rule or ticket.archived or self.held is None or ticket.id in self.held:
            return tags_of(self.desk.read, ticket)
        return frozenset()

    def _held_by_tag(self) -> frozenset[str] | None:
        """Return the tickets on which the search knows a tag of a hold, None where it cannot be asked for them."""
        names = {tags.HOLD} | {hold.tag for hold in casebook.holds(self.app.store, self.org) if hold.tag}
        try:
            queries = [TicketQuery(tag=name) for name in sorted(names)]
            return frozenset(each.id for query in queries for each in self.desk.read.search_tickets(query))
        except (BadInput, DeskForbidden, DeskRejected):
            return None

    def facts(self, ticket: Ticket, *, found: frozenset[str] | None = None, whole: bool = False) -> TicketFacts:
        store, org = self.app.store, self.org
        contacts = frozenset({ticket.contact_id or "", *ticket.secondary_contact_ids}) - {""}
        twin = store.get(org, "twin_ticket", ticket.id)  # a copy is as old as what it stands for
        return TicketFacts(
            id=ticket.id,
            status_type=ticket.status_type,
            created=_at(twin, "created") or ticket.created,
            closed=ticket.closed,
            pinned_closed=_at(twin, "closed") or self._pinned(ticket),
            twin=twin is not None,
            category=ticket.category,
            department_id=ticket.department_id,
            account_id=ticket.account_id,
            contact_ids=contacts,
            tags=found,
            trashed=ticket.trashed,
            spam=ticket.spam,
            archived=ticket.archived,
            open_case=whole and any(map(casebook.is_open, casebook.cases_of_ticket(store, org, ticket.id))),
            restricted=whole and any(store.get(org, "restriction", each) for each in contacts),
            masked=whole and store.get(org, "masked", ticket.id) is not None,
            refused=whole and store.get(org, "refused", ticket.id) is not None,
        )

    def _pinned(self, ticket: Ticket) -> datetime | None:
        """Return the close date as first seen; remembers it, and anew only after the customer wrote again."""
        pin = self.app.store.get(self.org, "pin", ticket.id)
        went_on = pin is not None and ticket.thread_count > pin.body["threads"]
        if pin is not None and not (went_on and ticket.closed):
            return datetime.fromisoformat(pin.body["closed"])
        if ticket.closed is None or ticket.status_type != "closed":
            return None
        if not self.dry_run:
            body = {"closed": ticket.closed.isoformat(), "threads": ticket.thread_count}
            self._write("pin", ticket.id, body)
        return ticket.closed

    def _actions(self, ticket: Ticket, rule: Rule, kind: ActionType, activities: Sequence[Activity]) -> list[Action]:
        reason = f"{rule.reason} ({rule.period_days} days from {rule.start})"
        main = planning.ticket_action(ticket, kind, self.app.keyring, rule=rule.id, clause=rule.clause, reason=reason)
        if kind is ActionType.MASK_TICKET:
            return [main]
        children = [
            Action(
                key=f"erase_activity:{activity.id}",
                type=ActionType.ERASE_ACTIVITY,
                target=f"{activity.kind}/{activity.id}",
                parent=ticket.id,
                before="",
                rule=rule.id,
                clause=rule.clause,
                reason=f"linked to ticket {ticket.number}, goes before it",
                credits=planning.CREDITS[ActionType.ERASE_ACTIVITY],
            )
            for activity in activities
        ]
        return [*children, main]

    # ------------------------------------------------------------------------------------------------------- the plan

    def _carry_out(self) -> None:
        """Seal the collected actions into a plan, store it and execute it."""
        actions, self.actions = self._affordable(self.actions), []
        if not actions:
            return
        now = self.app.clock.now()
        plan = planning.make_plan(
            org=self.org,
            plan_id=f"retention-{now.date().isoformat()}",
            case_id="",
            purpose="retention",
            created=now,
            proposer="zoho_privacy",
            actions=actions,
            kept=self.kept[:BATCH],
        )
        self.kept = self.kept[BATCH:]
        self.planned += len(plan.actions)
        self.estimate += plan.credits
        self.plans.append(erasure.write_plan_file(self.app, plan))

        def make() -> Change:
            change = Change(self.app.store, self.org, self.app.clock.now())
            change.put_once("plan", plan.hash, casebook.to_body(plan))
            at = change.now.isoformat()
            change.put_once("approval", plan.hash, {"at": at, "who": f"schedule:{self.schedule.version[:16]}"})
            current = self.app.store.get(self.org, "retention", "plan")
            change.put("retention", "plan", {"hash": plan.hash}, was=current)
            counts = {"actions": str(len(plan.actions)), "credits": f"{plan.credits:g}"}
            change.log("zoho_privacy", "retention_planned", why="R-PLAN-1", result=plan.hash, **counts)
            return change

        transact(make)
        self._execute(plan)

    def _affordable(self, actions: Sequence[Action]) -> list[Action]:
        """Return the actions that the credits above the reserve pay for; a ticket goes with its children or not."""
        left = self._credits_left()
        if left is None or sum(action.credits for action in actions) <= left:
            return list(actions)
        chosen: list[Action] = []
        group: list[Action] = []
        for action in actions:
            group.append(action)
            if action.type is ActionType.ERASE_ACTIVITY:
                continue
            left -= sum(each.credits for each in group)
            if left < 0:
                break
            chosen, group = chosen + group, []
        self.stopped = "API credits are at the reserve"
        return chosen

    def _execute(self, plan: Plan) -> None:
        """Run a plan to its end or to the deadline, and check what the journal says of it."""
        report = erasure.execute_plan(
            self.app, self.org, plan, approved_hash=plan.hash, deadline=self.deadline, progress=self._progress
        )
        self.outcomes.update(report.codes)
        steps = [
            item.body
            for item in casebook.every(self.app.store, self.org, "step", parent=plan.hash)
            if item.body["result"] != "started"
        ]
        rule_of = {(action.type.value, action.target): action.rule for action in plan.actions}
        for body in steps:
            self.results[body["result"]] += 1
            self.by_rule.setdefault(rule_of[body["type"], body["target"]], Counter())[body["result"]] += 1
        if not report.finished:
            self.stopped = "out of time"
            return
        self._learn(steps)
        if Counter(body["result"] for body in steps).total() != len(plan.actions):
            raise NeedsHuman(
                f"retention plan {plan.hash[:12]}: {len(plan.actions)} planned, {len(steps)} in the journal"
            )
        self._forget("plan")

    def _learn(self, steps: Sequence[Mapping[str, Any]]) -> None:
        """Remember what was masked and which archived tickets Desk refuses to change."""
        for body in steps:
            if body["type"] == ActionType.MASK_TICKET and body["result"] == "done":
                self._write("masked", body["target"], {"at": body["at"]})
            elif body["type"] in TICKET_ACTIONS and body["result"] == "failed" and self._is_archived(body["target"]):
                self._write("refused", body["target"], {"at": body["at"], "code": body["code"]})

    def _is_archived(self, ticket_id: str) -> bool:
        try:
            return self.desk.read.ticket(ticket_id).archived
        except NotFound:
            return False

    def _unfinished(self) -> Plan | None:
        item = self.app.store.get(self.org, "retention", "plan")
        return casebook.plan(self.app.store, self.org, item.body["hash"]) if item and item.body["hash"] else None

    # ------------------------------------------------------------------------------------------------------- the rules

    def _effective(self) -> Schedule:
        """The rules as they count today: a dry run shows all at work, a live rule not yet tried out is tried out."""
        if self.dry_run:
            return replace(self.schedule, rules=tuple(replace(rule, mode="live") for rule in self.schedule.rules))
        rules = (
            replace(rule, mode="live" if rule.mode == "live" and self._was_tried(rule) else "dry-run")
            for rule in self.schedule.rules
        )
        return replace(self.schedule, rules=tuple(rules))

    def _was_tried(self, rule: Rule) -> bool:
        item = self.app.store.get(self.org, "rule", rule.id)
        return item is not None and item.body["fingerprint"] == rule.fingerprint

    def _rehearsed(self) -> None:
        for rule in self.schedule.rules:
            if rule.action != "keep" and not self._was_tried(rule):
                self._write("rule", rule.id, {"fingerprint": rule.fingerprint})

    # ------------------------------------------------------------------------------------------------- time and credits

    def _has_stopped(self) -> bool:
        return bool(self.stopped)

    def _is_out_of_time(self) -> bool:
        if self.deadline is not None and self.app.clock.now() >= self.deadline:
            self.stopped = "out of time"
        self._renew()
        return bool(self.stopped)

    def _credits_left(self) -> float | None:
        left = self.desk.credits.remaining()
        return None if left is None else left - self._reserve

    @property
    def _reserve(self) -> float:
        return self.app.policy.credit_reserve * self.app.policy.daily_credits

    def _is_out_of_credits(self) -> bool:
        left = self._credits_left()
        if left is not None and left <= 0:
            self.stopped = "API credits are at the reserve"
        return bool(self.stopped)

    def _progress(self, ended: int, planned: int) -> None:
        if ended % 20 == 0:
            self._renew()
        if self.progress:
            self.progress(ended, planned)

    def _renew(self) -> None:
        renewed = lease.renew(self.app.store, self.lease, now=self.app.clock.now(), life=LEASE)
        if renewed is None:
            raise Retryable("another retention run took over")
        self.lease = renewed

    # ----------------------------------------------------------------------------------------------------- bookkeeping

    def _write(self, table: str, name: str, body: Mapping[str, Any]) -> None:
        def make() -> Change:
            change = Change(self.app.store, self.org, self.app.clock.now())
            change.put(table, name, body, was=self.app.store.get(self.org, table, name))
            return change

        transact(make)

    def _remember(self, name: str, body: Mapping[str, Any]) -> None:
        self._write("retention", name, body)

    def _forget(self, name: str) -> None:
        self._write("retention", name, {"hash": ""})

    def _say_done(self) -> None:
        """Leave a heartbeat and, for a pass that could write, a line in the ledger."""
        if self.dry_run:
            return
        report = self.report()

        def make() -> Change:
            change = Change(self.app.store, self.org, self.app.clock.now())
            beat = self.app.store.get(self.org, "heartbeat", "retention")
            change.put("heartbeat", "retention", {"at": change.now.isoformat(), "result": report.summary()}, was=beat)
            change.log(
                "zoho_privacy",
                "retention_run",
                why="R-RETAIN-11",
                result=report.summary(),
                schedule=self.schedule.version[:16],
            )
            return change

        transact(make)

    def report(self) -> RetentionReport:
        modes = {rule.id: rule.mode for rule in self.schedule.rules}
        counts = {
            rule: RuleCount(mode, self.due[rule], **{name: tally[name] for name in ("done", "skipped", "failed")})
            for rule, mode in modes.items()
            for tally in [self.by_rule.get(rule, Counter())]
        }
        if self.dry_run:
            self.planned, self.estimate = len(self.actions), sum(action.credits for action in self.actions)
        return RetentionReport(
            org=self.org,
            version=self.schedule.version,
            dry_run=self.dry_run,
            seen=self.seen,
            planned=self.planned,
            done=self.results["done"],
            skipped=self.results["skipped"],
            failed=self.results["failed"],
            rules=counts,
            skips=dict(self.skips),
            outcomes=dict(self.outcomes),
            credits_estimated=self.estimate,
            credits_spent=self.spending.credits,
            plans=tuple(self.plans),
            finished=not self.stopped,
            stopped=self.stopped,
            retry_after_s=self.retry_after_s,
        )


def _at(item: Item | None, name: str) -> datetime | None:
    return datetime.fromisoformat(item.body[name]) if item is not None and item.body.get(name) else None

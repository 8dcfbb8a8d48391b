"""One pass of the retention schedule over a portal: find, decide, plan, execute through the gate, read back, count.

Desk knows no filter by close date, so closed tickets are walked by the time they were created, up to the moment from
which nothing can be due yet; archived tickets are listed per department. What may be due is worked off most overdue
first (`backlog.py`); tags and the full record are read only there. The schedule itself is the standing approval of its
plans; a live rule that is new or changed is tried out once before it acts (R-RETAIN-7), a change of the live rules
waits for its simulation and somebody's yes (`schedules.py`), and a run that may write proves itself first
(`canary.py`). A run that is out of time or credits leaves a cursor and the next goes on.

Tables: pin (id: ticket), rule (id: rule), masked and refused (id: ticket), retention (ids cursor, plan, pace),
heartbeat.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
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
from zoho_privacy.domain.forecast import READING, Forecast, Pace, forecast, usable, work_of
from zoho_privacy.domain.gate import REMOVES_TICKET, TICKET_ACTIONS
from zoho_privacy.domain.model import Action, ActionType, Kept, Plan
from zoho_privacy.domain.records import Activity, Contact, Ticket
from zoho_privacy.domain.retention import (
    Decision,
    Due,
    Keep,
    Mode,
    PersonFacts,
    Rule,
    Schedule,
    Skip,
    TicketFacts,
    decide,
    overdue_since,
)
from zoho_privacy.domain.rules import applicable
from zoho_privacy.domain.simulate import Past
from zoho_privacy.ports import Item, Put, Spending, TicketQuery
from zoho_privacy.workflows import backlog, casebook, erasure, lease, people, schedules, skeletons, undo
from zoho_privacy.workflows.backlog import Backlog
from zoho_privacy.workflows.canary import Canary
from zoho_privacy.workflows.casebook import Change, transact
from zoho_privacy.workflows.context import App, Desk
from zoho_privacy.workflows.together import gather
from zoho_privacy.workflows.writes import FILE_ACTIONS, identifiers, tags_of

LEASE: Final = timedelta(minutes=30)
FIRST_YEAR: Final = 2010
BATCH: Final = 400  # writes per plan: a plan is one document of the store
Progress = Callable[[int, int], None]
Source = tuple[str, Callable[[datetime | None], Iterator[Ticket]]]
RESERVED: Final = "API credits are at the reserve"
LOOKS: Final = 100
"""Listed tickets after which a run looks at the clock."""


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
    `people` counts records of people that were looked at, are due, and stay, by code;
    credits are API credits, estimated for what was planned and as spent by the pass. `stopped` says why a pass
    that is not finished ended, `waits` what its live rules wait for before they act, `retry_after_s` when trying again
    makes sense.
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
    people: Mapping[str, int] = field(default_factory=dict)
    finished: bool = True
    stopped: str = ""
    waits: str = ""
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
        seen = f"{self.seen} tickets seen" + (f", {self.people['looked']} people" if self.people.get("looked") else "")
        return f"retention: {seen}, {counts}" + "".join(f"; {each}" for each in (self.stopped, self.waits) if each)


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
        NeedsHuman: The counts do not add up, the journal has the truth; or the canary failed, nothing was touched.
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
    with work.desk.credits.flow("retention"):
        tagged = {name: {each.id for each in work.desk.read.search_tickets(TicketQuery(tag=name))} for name in names}
        homes = {each.id: work.laws_of(each) for each in work.desk.read.newest_contacts()} if dry.speaks_of_laws else {}
        ends = work.relationships() if dry.uses("relationship-end") else {}
        for _, tickets in work.sources(app.clock.now()):
            for ticket in tickets(None):
                if ticket.id not in work.known:
                    work.known.add(ticket.id)
                    facts = work.facts(ticket)
                    people = [ends.get(each, facts.relationship_end) for each in facts.contact_ids]
                    last = max((each for each in people if each), default=facts.relationship_end)
                    yield replace(
                        facts,
                        tags=frozenset(name for name in names if ticket.id in tagged[name]),
                        laws=frozenset(law for each in facts.contact_ids for law in homes.get(each, ())),
                        relationship_end=None if None in people else last,
                    )


def pasts(app: App, org: str, schedules: Sequence[Schedule]) -> Iterator[Past]:
    """Yield what lists tell of every person's record, where one of the schedules has a rule for them."""
    rule = next((each.people for each in schedules if each.people), None)
    if rule is None:
        return
    work = _Run(app, org, app.desks[org], schedules[0], True, None, None, Item(org, "lease", "retention", {}))
    with work.desk.credits.flow("retention"):
        ends = work.relationships()
        for each in people.Round(app, org, rule, kept=False).listed():
            facts = PersonFacts(each.created, trashed=each.trashed, in_crm=each.crm_id is not None)
            yield Past(each.id, facts, busy=each.id in ends and ends[each.id] is None)


def pace(app: App, org: str) -> Pace:
    """Return what the last runs cost, against what was expected."""
    item = app.store.get(org, "retention", "pace")
    return Pace(**item.body) if item else Pace()


def predict(app: App, org: str, schedule: Schedule, *, others: float = 0.0) -> Forecast:
    """Say when what is due will be done, from lists and what runs cost so far; `others` use so many credits a day."""
    now, desk, policy = app.clock.now(), app.desks[org], app.policy
    with desk.credits.run() as spending:
        work = work_of(history(app, org, (schedule,)), schedule, now)
    looked = Backlog(app, org, schedule.digest, kept=True).looked_through
    known = replace(pace(app, org), look=0.0 if looked else spending.credits)
    left = desk.credits.remaining()
    today = None if left is None else left - policy.credit_reserve * policy.daily_credits
    daily = usable(policy.daily_credits, policy.credit_reserve, others)
    return forecast(work, today=now.date(), daily=daily, pace=known, today_left=today)


def judge(app: App, org: str, schedule: Schedule, ticket_id: str) -> Decision:
    """Return what a schedule says of one ticket as Desk shows it now; nothing is written.

    Raises:
        NotFound: There is no such ticket.
    """
    work = _Run(app, org, app.desks[org], schedule, True, None, None, Item(org, "lease", "retention", {}))
    facts = work.facts(work.desk.read.ticket(ticket_id), found=work.desk.read.tags(ticket_id), whole=True)
    return decide(facts, schedule, casebook.holds(app.store, org), app.clock.now())


@dataclass(frozen=True, slots=True)
class _Parts:
    """What goes before a ticket: activities of one that is deleted, files of one that is masked."""

    activities: Sequence[Activity] = ()
    files: Sequence[planning.FileView] = ()


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
    bones: dict[str, Ticket] = field(default_factory=dict)
    parting: dict[str, datetime] = field(default_factory=dict)
    people: Counter[str] = field(default_factory=Counter)
    ends: dict[str, datetime | None] = field(default_factory=dict)
    homes: dict[str, frozenset[str]] = field(default_factory=dict)
    cut: str = ""
    looking: float = 0.0
    stopped: str = ""
    waits: str = ""
    retry_after_s: float | None = None

    # ------------------------------------------------------------------------------------------------------- the pass

    def go(self) -> None:
        self.waits = schedules.waits_for(self.app, self.org, self.schedule)
        rules = self._effective()
        writes = not self.dry_run and not self.waits
        if writes and any(rule.mode == "live" and rule.action != "keep" for rule in rules.everything):
            with self.desk.credits.reserve(self._reserve):
                Canary(self.app, self.org, self._judged, rules).fly()
        if writes and (unfinished := self._unfinished()) is not None:
            self._supersede(unfinished)
            self.planned += len(unfinished.actions)
            self._execute(unfinished)
        if self.schedule.shortest is None or self._has_stopped():
            return
        found = Backlog(self.app, self.org, self.schedule.digest, kept=not self.dry_run)
        if not found.looked_through:
            before = self.spending.credits
            self._look(found, rules, self.schedule.shortest)
            self.looking = self.spending.credits - before
        if self._has_stopped():
            return
        self.held = self._held_by_tag()
        self._work_off(found, rules)
        if self._has_stopped():
            return
        found.end()
        self._let_people_go(rules)
        if self._has_stopped():
            return
        self._rehearsed()
        if not self.waits and all(self._was_tried(rule) for rule in self.schedule.everything if rule.action != "keep"):
            schedules.settle(self.app, self.org, self.schedule)
        self._say_done()

    def sources(self, until: datetime, *, closed_only: bool = True) -> list[Source]:
        """Closed tickets by year of creation, from some moment on where one is given, and each department's archive.

        What we wrote anew is older than Desk knows, so it is listed by itself.
        """

        def created(start: datetime, end: datetime) -> Callable[[datetime | None], Iterator[Ticket]]:
            def search(since: datetime | None) -> Iterator[Ticket]:
                window = (max(start, since or start), end)
                return self.desk.read.search_tickets(TicketQuery(closed_only=closed_only, created=window))

            return search

        def archived(department: str) -> Callable[[datetime | None], Iterator[Ticket]]:
            return lambda _: iter(tuple(self.desk.read.archived_tickets(department)))

        starts = [datetime(1970, 1, 1, tzinfo=UTC)]
        starts += [datetime(year, 1, 1, tzinfo=UTC) for year in range(FIRST_YEAR, until.year + 1)]
        ends = [start - timedelta(milliseconds=1) for start in starts[1:]] + [until]
        found = [(str(end.year), created(start, end)) for start, end in zip(starts, ends, strict=True)]
        departments = sorted(each.id for each in self.desk.read.departments())
        found += [(f"archive {each}", archived(each)) for each in departments]
        placeholder = self.app.store.get(self.org, "placeholder", "contact")
        return [*found, ("copies", lambda _: self._written_anew(placeholder, closed_only))] if placeholder else found

    def _written_anew(self, placeholder: Item, closed_only: bool) -> Iterator[Ticket]:  # noqa: FBT001  passed on
        with suppress(NotFound):
            for ticket in self.desk.read.contact_tickets(str(placeholder.body.get("id", ""))):
                if not ticket.trashed and (ticket.status_type == "closed" or not closed_only):
                    yield ticket

    def _look(self, found: Backlog, rules: Schedule, shortest: timedelta) -> None:
        """List what may be due, stretch by stretch, from where the last run left off."""
        sources = self.sources(self.app.clock.now() - shortest)
        names = [name for name, _ in sources]
        first = names.index(found.next) if found.next in names else 0
        for (name, tickets), following in list(zip(sources, [*names[1:], ""], strict=True))[first:]:
            if self._is_out_of_time() or self._is_out_of_credits():
                return
            lines: list[str] = []
            last, ended = found.since, False
            try:
                with self.desk.credits.reserve(self._reserve):
                    for number, ticket in enumerate(tickets(found.since), 1):
                        lines += self._line(ticket, rules)
                        last = ticket.created
                        if number % LOOKS == 0 and self._is_out_of_time():
                            break
                    else:
                        ended = True
            finally:
                since = last if name.isdigit() and not ended else None  # archives are short, and listed whole
                found.add(lines, following=following if ended else name, since=since)
            if self._has_stopped():
                return

    def _line(self, ticket: Ticket, rules: Schedule) -> list[str]:
        """Return the line of a listed ticket for which a rule may be due; counts the others."""
        if ticket.id in self.known:
            return []
        self.known.add(ticket.id)
        self.seen += 1
        facts = self.facts(ticket)
        now = self.app.clock.now()
        since = overdue_since(facts, rules, now)
        if since is not None:
            return [backlog.line(since, ticket.id, archived=ticket.archived)]
        decision = decide(facts, rules, (), now)
        self.skips[decision.code if isinstance(decision, Skip) else "kept"] += 1
        return []

    def _work_off(self, found: Backlog, rules: Schedule) -> None:
        """Decide about the tickets that may be due, a plan's worth at a time, and carry out what is (R-PLAN-5)."""
        lines = found.lines()
        before, estimated, done, first = self.spending.credits, self.estimate, self.results["done"], found.at
        while found.at < len(lines) and not (self._is_out_of_time() or self._is_out_of_credits()):
            size = self._affordable_tickets()
            if not size:
                self.stopped = RESERVED
                break
            batch = [backlog.read(each) for each in lines[found.at : found.at + size]]
            with self.desk.credits.reserve(self._reserve):
                self._decide(batch, rules)
            if self.actions and not self.dry_run and not self._has_stopped():
                self._carry_out()
            ids = [each.id for each in batch]
            if self.cut in ids:
                found.move(found.at + ids.index(self.cut))
            if self._has_stopped():
                break
            found.move(found.at + len(batch))
        if not self.dry_run and self.results["done"] > done:
            spent = self.spending.credits - before
            expected = self.estimate - estimated + READING * (max(found.at, first + 1) - first)
            body = pace(self.app, self.org).after(spent, expected, overhead=before - self.looking)
            self._remember("pace", body.as_dict())

    def _affordable_tickets(self) -> int:
        """Return how many tickets are worth reading now: as many as a plan holds and the credits pay for."""
        left = self._credits_left()
        if left is None or self.dry_run:
            return BATCH
        acting = [
            planning.expected(each.action, each.undo_days) for each in self.schedule.rules if each.action != "keep"
        ]
        return min(BATCH, int(left // (READING + max(acting))))

    def _decide(self, batch: Sequence[backlog.Waiting], rules: Schedule) -> None:
        """Decide about tickets as they are now and collect actions. Reads many at once."""
        at_once = self.desk.read.at_once
        with (
            closing(gather(partial(self._whole, rules), batch, at_once=at_once)) as read,
            closing(gather(self._with_parts, self._due(read, rules), at_once=at_once)) as due,
        ):
            for ticket, rule, kind, parts in due:
                self.actions += self._actions(ticket, rule, kind, parts)
                if rule.skeleton and kind in REMOVES_TICKET:
                    self.bones[ticket.id] = ticket
                if self.schedule.people and kind in REMOVES_TICKET:
                    self._part(ticket)
                if len(self.actions) >= BATCH and not self.dry_run:
                    self._carry_out()
                    if self._has_stopped():
                        return

    def _part(self, ticket: Ticket) -> None:
        """Remember until when the relationship with a ticket's people went, before the ticket goes."""
        closed = self._pinned(ticket) or ticket.closed or ticket.created
        for each in {ticket.contact_id or "", *ticket.secondary_contact_ids} - {""}:
            self.parting[each] = max(closed, self.parting.get(each, closed))

    def _let_people_go(self, rules: Schedule) -> None:
        """Plan and carry out the end of records of people whose tickets are all gone (R-RETAIN-3)."""
        rule = rules.people
        if rule is None:
            return
        walk = people.Round(self.app, self.org, rule, kept=not self.dry_run)
        self.people = walk.counts
        if walk.is_over:
            return
        with self.desk.credits.reserve(self._reserve):
            for due, last in walk.pages():
                self.due[rule.id] += len(due)
                if rule.mode == "live":
                    self.actions += [action for contact in due for action in walk.actions(contact)]
                if self.actions and not self.dry_run:
                    self._carry_out()
                if self._has_stopped() or self._is_out_of_time():
                    return
                walk.move(last)

    def _whole(self, rules: Schedule, listed: backlog.Waiting) -> tuple[Ticket, frozenset[str] | None] | None:
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

    def _with_parts(self, due: tuple[Ticket, Rule, ActionType]) -> tuple[Ticket, Rule, ActionType, _Parts]:
        """Read what goes before the ticket itself: what hangs on one that is deleted, the files of one that stays."""
        ticket, rule, kind = due
        if kind is not ActionType.MASK_TICKET:
            return ticket, rule, kind, _Parts(activities=self.desk.read.activities(ticket.id))
        if not ticket.attachment_count:
            return ticket, rule, kind, _Parts()
        policy, others = self.schedule.ways.files, bool(ticket.secondary_contact_ids)
        person = self._person_of(ticket)
        files = erasure.files_of(
            self.app, self.desk, ticket, person, "hold" if others and policy == "delete" else policy, only_contact=False
        )
        return ticket, rule, kind, _Parts(files=files)

    def _person_of(self, ticket: Ticket) -> Mapping[str, str]:
        try:
            return identifiers(self.desk.read.contact(ticket.contact_id) if ticket.contact_id else None)
        except NotFound:
            return {}

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

    def _judged(self, ticket: Ticket, rules: Schedule, at: datetime) -> Decision:
        """Say what is to happen to a ticket as it was just read, at a moment; nothing is remembered."""
        facts = self.facts(ticket, found=tags_of(self.desk.read, ticket), whole=True, pin=False)
        return decide(facts, rules, casebook.holds(self.app.store, self.org), at)

    def facts(
        self, ticket: Ticket, *, found: frozenset[str] | None = None, whole: bool = False, pin: bool = True
    ) -> TicketFacts:
        """Return what rules ask of a ticket; what needs more calls, or the store, only of a `whole` one.

        A relationship that was not looked at ends no earlier than the ticket.
        """
        store, org = self.app.store, self.org
        contacts = frozenset({ticket.contact_id or "", *ticket.secondary_contact_ids}) - {""}
        twin = store.get(org, "twin_ticket", ticket.id)  # a copy is as old as what it stands for
        closed = _at(twin, "closed") or self._pinned(ticket, pin=pin)
        ended = closed or ticket.closed
        if whole and twin is None and self.schedule.uses("relationship-end"):
            ended = self._relationship(ticket, ended, contacts)
        return TicketFacts(
            id=ticket.id,
            status_type=ticket.status_type,
            created=_at(twin, "created") or ticket.created,
            closed=ticket.closed,
            pinned_closed=closed,
            last_message=ticket.customer_wrote,
            relationship_end=ended,
            contract_end=self._contract_end(ticket),
            laws=self._laws(contacts) if whole and self.schedule.speaks_of_laws else None,
            twin=twin is not None and not twin.body.get("whole"),
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
            brought_back=whole and undo.is_spared(store, org, ticket.id, self.app.clock.now()),
        )

    def _contract_end(self, ticket: Ticket) -> datetime | None:
        day = self.schedule.contracts.get(ticket.account_id or "")
        return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1) if day else None

    def _laws(self, contacts: Iterable[str]) -> frozenset[str]:
        """Return the laws of the places where a ticket's people live, all where a place is not known (R-CLOCK-6)."""
        for each in set(contacts) - set(self.homes):
            try:
                self.homes[each] = self.laws_of(self.desk.read.contact(each))
            except NotFound:
                self.homes[each] = self.laws_of(None)
        return frozenset(law for each in contacts for law in self.homes[each])

    def laws_of(self, contact: Contact | None) -> frozenset[str]:
        """Return the laws of the place where somebody lives, as far as their record says."""
        country, state = (contact.country, contact.state) if contact else (None, None)
        default = self.desk.settings.default_country
        found = applicable(self.app.rules, country=country, state=state, default_country=default)
        return frozenset(law.value for law in found)

    def _relationship(self, ticket: Ticket, ended: datetime | None, contacts: Iterable[str]) -> datetime | None:
        """Return when the last ticket of a ticket's people was closed, None while one is open (R-RETAIN-2)."""
        for each in set(contacts) - set(self.ends):
            try:
                tickets = [one for one in self.desk.read.contact_tickets(each) if not one.trashed]
            except NotFound:
                tickets = []
            self.ends[each] = _last_closed(tickets, self._pinned, ended or ticket.created)
        ends = [ended, *(self.ends[each] for each in contacts)]
        return None if None in ends else max(each for each in ends if each)

    def relationships(self) -> dict[str, datetime | None]:
        """Return for every contact when their last ticket was closed, None while one is open."""
        ends: dict[str, datetime | None] = {}
        for _, tickets in self.sources(self.app.clock.now(), closed_only=False):
            for ticket in tickets(None):
                closed = self._pinned(ticket) if ticket.status_type == "closed" else None
                for each in {ticket.contact_id or "", *ticket.secondary_contact_ids} - {""}:
                    known = ends.get(each, closed)
                    ends[each] = max(known, closed) if known and closed else None
        return ends

    def _pinned(self, ticket: Ticket, *, pin: bool = True) -> datetime | None:
        """Return the close date as first seen; remembers it, and anew only after the customer wrote again."""
        seen = self.app.store.get(self.org, "pin", ticket.id)
        went_on = seen is not None and ticket.thread_count > seen.body["threads"]
        if seen is not None and not (went_on and ticket.closed):
            return datetime.fromisoformat(seen.body["closed"])
        if ticket.closed is None or ticket.status_type != "closed":
            return None
        if pin and not self.dry_run:
            body = {"closed": ticket.closed.isoformat(), "threads": ticket.thread_count}
            self._write("pin", ticket.id, body)
        return ticket.closed

    def _actions(self, ticket: Ticket, rule: Rule, kind: ActionType, parts: _Parts) -> list[Action]:
        reason = f"{rule.reason} ({rule.period_days} days from {rule.start})"
        main = planning.ticket_action(ticket, kind, self.app.keyring, rule=rule.id, clause=rule.clause, reason=reason)
        if kind is ActionType.MASK_TICKET:
            files, kept = planning.plan_files(ticket, parts.files, person=None, rule=rule.id, clause=rule.clause)
            self.kept += kept
            return [*files, main]
        if rule.undo_days:
            main = planning.undoable(main, ticket, rule.undo_days)
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
            for activity in parts.activities
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
        bones, self.bones = self.bones, {}
        skeletons.note(self.app, self.org, plan, bones)
        parting, self.parting = self.parting, {}
        people.note(self.app, self.org, parting)

        def make() -> Change:
            change = Change(self.app.store, self.org, self.app.clock.now())
            change.put_once("plan", plan.hash, casebook.to_body(plan))
            at = change.now.isoformat()
            who = f"schedule:{self.schedule.version[:16]}"
            change.put_once("approval", plan.hash, {"at": at, "who": who, "digest": self.schedule.digest})
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
            if action.type in people.CHILDREN | FILE_ACTIONS:
                continue
            left -= sum(each.credits for each in group)
            if left < 0:
                self.cut = action.target
                break
            chosen, group = chosen + group, []
        self.stopped = RESERVED
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
        """Remember what was masked, what stays for counts, and which archived tickets Desk refuses to change."""
        ended = ((body["target"], body["result"]) for body in steps if body["type"] in REMOVES_TICKET)
        skeletons.settle(self.app, self.org, ended)
        gone = [body["target"] for body in steps if body["type"] == ActionType.ERASE_CONTACT]
        people.forget(self.app, self.org, gone)
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

    def _supersede(self, plan: Plan) -> None:
        """Skip what a plan of an earlier schedule has not begun: those rules are not in force any more."""
        approval = self.app.store.get(self.org, "approval", plan.hash)
        if approval is None or approval.body.get("digest") == self.schedule.digest:
            return
        for action in plan.actions:
            name = erasure.step_id(plan, action)
            if self.app.store.get(self.org, "step", name) is None:
                ended = {
                    "result": "skipped", "code": "schedule-changed", "reason": "the schedule was changed meanwhile",
                    "left": [], "type": action.type, "target": action.target, "at": self.app.clock.now().isoformat(),
                }  # fmt: skip
                self.app.store.commit([Put(Item(self.org, "step", name, ended, parent=plan.hash))])

    def _unfinished(self) -> Plan | None:
        item = self.app.store.get(self.org, "retention", "plan")
        return casebook.plan(self.app.store, self.org, item.body["hash"]) if item and item.body["hash"] else None

    # ------------------------------------------------------------------------------------------------------- the rules

    def _effective(self) -> Schedule:
        """The rules as they count today: a dry run shows all at work, a live rule not yet tried out is tried out.

        While a changed schedule waits for its approval, all of it is tried out.
        """
        if self.dry_run:
            return self._with_modes(lambda _: "live")
        may = not self.waits
        return self._with_modes(
            lambda rule: "live" if may and rule.mode == "live" and self._was_tried(rule) else "dry-run"
        )

    def _with_modes(self, mode: Callable[[Rule], Mode]) -> Schedule:
        rules = tuple(replace(rule, mode=mode(rule)) for rule in self.schedule.rules)
        person = self.schedule.people
        return replace(self.schedule, rules=rules, people=replace(person, mode=mode(person)) if person else None)

    def _was_tried(self, rule: Rule) -> bool:
        item = self.app.store.get(self.org, "rule", rule.id)
        return item is not None and item.body["fingerprint"] == rule.fingerprint

    def _rehearsed(self) -> None:
        for rule in self.schedule.everything:
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
            self.stopped = RESERVED
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
        modes = {rule.id: rule.mode for rule in self.schedule.everything}
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
            people=dict(self.people),
            finished=not self.stopped,
            stopped=self.stopped,
            waits=self.waits,
            retry_after_s=self.retry_after_s,
        )


def _at(item: Item | None, name: str) -> datetime | None:
    return datetime.fromisoformat(item.body[name]) if item is not None and item.body.get(name) else None


def _last_closed(
    tickets: Iterable[Ticket], closed: Callable[[Ticket], datetime | None], first: datetime
) -> datetime | None:
    """Return the latest close date, at least `first`, None where a ticket is open."""
    last = first
    for ticket in tickets:
        at = closed(ticket) if ticket.status_type == "closed" else None
        if at is None:
            return None
        last = max(last, at)
    return last

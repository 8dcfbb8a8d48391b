"""The portal on which credits are counted: an emulated one, the real suite beside it, people with a past.

Everything is planted the same way each time, so the counts are the same each time. A flow runs from the customer's
word to rest; its calls are those the portal itself logged, with the price it charged. Invented people only.
"""

import base64
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tests.scenario.world import ADA, World
from zoho_privacy.domain.retention import Rule, Schedule
from zoho_privacy.workflows import retention

NOW: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
CHUNK: Final = 100
PLENTY: Final = 10_000_000
DELETE_ALL: Final = "Hello, please delete all personal data you hold about me. Kind regards, Ada Moss"
COPY_ALL: Final = "Hello, please send me a copy of all personal data you hold about me. Kind regards, Ada Moss"
CORRECT: Final = "Hello, please correct my personal data: my last name is wrong in your records. Regards, Ada Moss"
SCHEDULE: Final = Schedule(
    (Rule("tickets", "P8-tickets", "contract", "erase", period_days=1095, mode="live", reason="over"),),
    version="2" * 64,
)
_ID: Final = re.compile(r"/[0-9]{6,}")
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Shape:
    """What hangs on one ticket. `thread_files` lie in its messages, `files` on the ticket itself."""

    threads: int
    public_comments: int = 0
    notes: int = 0
    thread_files: int = 0
    files: int = 0
    tags: int = 0
    tasks: int = 0
    time_entries: int = 0
    resolution: bool = False


def shapes(count: int) -> tuple[Shape, ...]:
    """Return tickets as desks have them: 2 to 7 messages, some notes and files, a tag on every fourth."""
    return tuple(
        Shape(
            threads=2 + n % 6,
            public_comments=n % 4 == 1,
            notes=n % 3 == 0,
            thread_files=n % 3,
            files=n % 5 == 2,
            tags=n % 4 == 0,
            tasks=n % 10 == 3,
            time_entries=n % 5 == 0,
            resolution=n % 2 == 0,
        )
        for n in range(count)
    )


def order(number: int, shape: Shape, contact: str, closed: datetime) -> dict[str, Any]:
    """Return the bench's order for a closed ticket of this shape."""
    opened = closed - timedelta(days=3)

    def at(step: int) -> str:
        return f"{opened + timedelta(hours=step):%Y-%m-%dT%H:%M:%S.000Z}"

    def file(name: str) -> dict[str, str]:
        return {"name": f"{name}-{number}.log", "contentBase64": base64.b64encode(b"a line of a log\n" * 20).decode()}

    threads: list[dict[str, Any]] = [
        {
            "direction": "out" if n % 2 else "in",
            "content": f"<div>Message {n} about printer {number}.<br>It is on the second floor.</div>",
            "createdTime": at(n),
            **({"attachments": [file(f"message{n}")]} if n < shape.thread_files else {}),
        }
        for n in range(shape.threads)
    ]
    comments = [
        {"content": f"Looked at printer {number}", "isPublic": n < shape.public_comments, "createdTime": at(12 + n)}
        for n in range(shape.public_comments + shape.notes)
    ]
    return {
        "contact": contact,
        "subject": f"Printer {number} prints nothing",
        "createdTime": at(0),
        "closedTime": f"{closed:%Y-%m-%dT%H:%M:%S.000Z}",
        "threads": threads,
        "comments": comments,
        "attachments": [file(f"ticket{n}") for n in range(shape.files)],
        "tags": [f"printer-{n}" for n in range(shape.tags)],
        "tasks": [{"subject": f"Order a part {n}"} for n in range(shape.tasks)],
        "timeEntries": [{"description": "on site"}] * shape.time_entries,
        **({"resolution": "Cleaned it"} if shape.resolution else {}),
    }


def plant(world: World, orders: Sequence[Mapping[str, Any]], progress: Progress | None = None) -> None:
    """Put tickets into the portal's past and let the search index see them."""
    for start in range(0, len(orders), CHUNK):
        world.zoho.bench("POST", "/seed", {"tickets": list(orders[start : start + CHUNK])})
        if progress:
            progress(min(start + CHUNK, len(orders)), len(orders))
    world.advance(timedelta(seconds=700))


def ada(world: World, tickets: int) -> tuple[Shape, ...]:
    """Put Ada Moss on file with this many closed tickets of the last years; return their shapes."""
    person = {
        "firstName": "Ada", "lastName": "Moss", "email": ADA, "phone": "+44 1632 960142", "country": "Germany",
        "createdTime": "2020-02-01T08:00:00.000Z", "comments": [{"content": "prefers the phone"}], "portalUser": True,
    }  # fmt: skip
    world.seed([person])
    found = shapes(tickets)
    plant(world, [order(n, each, ADA, NOW - timedelta(days=40 + 20 * n)) for n, each in enumerate(found)])
    return found


def crowd(world: World, tickets: int, progress: Progress | None = None) -> tuple[Shape, ...]:
    """Put this many closed tickets of a tenth as many people into the portal, all older than the schedule allows."""
    people = max(1, tickets // 10)
    contacts = [
        {"firstName": "Kim", "lastName": f"Field{n}", "email": f"kim.field{n}@example.net"} for n in range(people)
    ]
    for start in range(0, people, CHUNK):
        world.zoho.bench("POST", "/seed", {"contacts": contacts[start : start + CHUNK]})
    found = shapes(tickets)
    minute = timedelta(days=700) / tickets
    plant(
        world,
        [
            order(n, each, f"kim.field{n % people}@example.net", NOW - timedelta(days=1100) - n * minute)
            for n, each in enumerate(found)
        ],
        progress,
    )
    return found


@dataclass(frozen=True, slots=True)
class Spent:
    """What a flow cost: by the portal's own log, per route, and by our meter, per label."""

    credits: float
    calls: Mapping[str, tuple[int, float]]
    meter: Mapping[str, float] = field(default_factory=dict)

    @property
    def metered(self) -> float:
        """Return what our meter counted in all."""
        return sum(self.meter.values())

    def table(self) -> str:
        """Return the calls, dearest first, a line each."""
        rows = sorted(self.calls.items(), key=lambda pair: -pair[1][1])
        return "\n".join(f"{cost:10g}  {count:7} x {route}" for route, (count, cost) in rows)


def sure(holds: bool, what: object) -> None:  # noqa: FBT001  reads like an assertion, and survives `python -O`
    """Stop where a flow did not do its work: its price would mean nothing."""
    if not holds:
        raise SystemExit(f"the flow did not do its work: {what}")


def measure(world: World, run: Callable[[], object]) -> Spent:
    """Run something and return what the portal charged meanwhile."""
    since, meter = world.last_call(), dict(world.app.desks[world.org].credits.by_flow())
    run()
    after = world.app.desks[world.org].credits.by_flow()
    counts: Counter[str] = Counter()
    costs: Counter[str] = Counter()
    for call in world.calls(since):
        route = f"{call['method']} {_ID.sub('/{id}', str(call['path']).removeprefix('/api/v1'))}"
        counts[route] += 1
        costs[route] += float(call["credits"] or 0)  # type: ignore[assignment]  # a price may be a fraction
    spent = {label: cost - meter.get(label, 0) for label, cost in after.items() if cost != meter.get(label, 0)}
    return Spent(float(sum(costs.values())), {route: (counts[route], costs[route]) for route in counts}, spent)


# -------------------------------------------------------------------------------------------------- the suite's flows


def rich(world: World) -> None:
    """Give the portal more credits than a day has: the price of a job is counted, not how many days it takes."""
    world.zoho.bench("POST", "/credits", {"remaining": PLENTY})


def intake(world: World) -> Spent:
    """A known customer asks to be deleted: from the mail to the letter that asks for proof, all events worked off."""
    return measure(world, lambda: world.mail(DELETE_ALL, subject="Delete my data"))


def verification(world: World) -> Spent:
    """The customer answers with the code: from the mail to the case being verified and with a person."""
    ticket_id = world.mail(CORRECT, subject="My name")["ticketId"]
    (code,) = re.findall(r">(\w{5}-\w{5})<", world.letters()[-1]["content"])
    world.advance(timedelta(hours=1))
    return measure(world, lambda: world.mail(f"My code is {code}", subject="Re: My name", inReplyToTicketId=ticket_id))


def export(world: World) -> Spent:
    """A verified person gets their data: from the confirmation to the letter with the link."""
    world.mail(COPY_ALL, subject="My data")
    spent = measure(world, world.confirm)
    sure(world.states() == {"access": "closed"}, world.states())
    return spent


def erasure(world: World) -> Spent:
    """A verified person is erased: plan, approval, execution, letter, the record, the request, both looks back."""
    ticket_id = world.mail(DELETE_ALL, subject="Delete my data")["ticketId"]

    def run() -> None:
        world.confirm()
        world.approve(ticket_id)
        world.settle(within=timedelta(days=200))

    spent = measure(world, run)
    sure(world.states() == {"deletion": "closed"}, world.states())
    return spent


def retire(world: World, progress: Progress | None = None) -> Spent:
    """One live run of the schedule over tickets that are all due."""
    app = replace(world.app, schedule=SCHEDULE)
    found: list[retention.RetentionReport] = []

    def run() -> None:
        found.append(retention.run(app, world.org, SCHEDULE, progress=progress))

    spent = measure(world, run)
    (report,) = found
    sure(report.finished and report.done == report.planned, report.summary())
    return spent


def contact_id(world: World) -> str:
    """Return Ada's contact id, by the bench."""
    found = world.zoho.get("/contacts/search", email=ADA).json()["data"]
    return str(next(each["id"] for each in found if each["email"] == ADA))

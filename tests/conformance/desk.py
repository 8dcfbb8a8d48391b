"""The emulator inside this process, seeded with one of everything, and a hand that writes down what it asks.

No socket but the receiver that a webhook's URL is checked against. Every person is invented.
"""

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final

from flask.testing import FlaskClient

from tests.conformance.exchange import Exchange, Side
from tests.conformance.official import API
from tests.contract.emulator.receiver import Receiver
from zoho_emulator.app import create_app
from zoho_emulator.clock import parse
from zoho_emulator.portal import Portal

NOW: Final = "2026-01-05T09:00:00.000Z"
ADA: Final = "ada.moss@example.net"
PRIVACY: Final = "privacy@desk.example.com"
FILE: Final = {"name": "note.txt", "contentBase64": "aGVsbG8=", "contentType": "text/plain"}
BASE: Final = "http://127.0.0.1"


@dataclass
class Desk:
    """One seeded portal. `ids` are the seeded records by the names that paths use: `ticket`, `thread`, ..."""

    portal: Portal
    client: FlaskClient
    receiver: Receiver
    ids: dict[str, str] = field(default_factory=dict)
    token: str = ""
    log: list[Exchange] = field(default_factory=list)

    # -------------------------------------------------------------------------------------------------------- the bench

    def bench(self, method: str, path: str, order: Any = None) -> Any:
        """Give the bench an order. Raises AssertionError where it refuses."""
        answer = self.client.open(f"/_bench{path}", method=method, json=order)
        assert answer.status_code == 200, f"bench {method} {path}: {answer.status_code}"
        return answer.get_json()

    def sign_in(self, scopes: list[str] | None = None) -> str:
        """Return an access token, of all scopes unless told otherwise."""
        order = {} if scopes is None else {"scopes": scopes or ["Desk.nothing.READ"]}
        form = {
            "grant_type": "refresh_token",
            "refresh_token": self.bench("POST", "/oauth", order)["refreshToken"],
            "client_id": "1000.EMULATOR",
            "client_secret": "emulator-secret",
        }
        return str(self.client.post("/oauth/v2/token", data=form).get_json()["access_token"])

    # ----------------------------------------------------------------------------------------------------------- asking

    def ask(
        self,
        rule: str,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        *,
        file: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        judge: tuple[Side, ...] = ("answer",),
    ) -> Exchange:
        """Call `GET /tickets/{ticket}`, say, write the exchange down and return it."""
        method, _, path = rule.partition(" ")
        path = path.format_map(self.ids)
        sent = {"Authorization": f"Zoho-oauthtoken {self.token}", "orgId": self.ids["org"], **(headers or {})}
        options: dict[str, Any] = {}
        if file is not None:
            options = {"data": {"file": (BytesIO(file), "note.txt")}, "content_type": "multipart/form-data"}
        elif isinstance(body, bytes):
            options = {"data": body, "content_type": "application/json"}
        elif body is not None:
            options = {"json": body}
        answer = self.client.open(API + path, method=method, query_string=query, headers=sent, **options)
        kind = "multipart/form-data" if file is not None else "application/json"
        made = Exchange(
            method=method,
            path=path,
            query=tuple((query or {}).items()),
            headers={"content-type": kind, **{name.lower(): value for name, value in sent.items()}},
            body=body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode(),
            status=answer.status_code,
            answer_type=answer.headers.get("Content-Type", ""),
            answer=answer.get_data(),
            judge=judge,
        )
        self.log.append(made)
        return made

    def id_of(self, exchange: Exchange) -> str:
        """Return the id of the record that an answer shows."""
        assert exchange.status == 200, f"{exchange.name}: {exchange.status}"
        return str(exchange.returned["id"])


@contextlib.contextmanager
def opened(**switches: str) -> Iterator[Desk]:
    """Yield a seeded portal and end it."""
    values = {"search_lag_seconds": "0", "edition": "ENTERPRISE"} | switches
    portal = Portal(start_ms=parse(NOW), seed_name="empty", random_seed=7, switches=values)
    client = create_app(portal).test_client()
    receiver = Receiver()
    portal.begin(BASE)
    try:
        desk = Desk(portal, client, receiver)
        _seed(desk)
        yield desk
    finally:
        portal.stop()
        receiver.close()


def _seed(desk: Desk) -> None:
    info = desk.bench("GET", "/info")
    made = desk.bench("POST", "/seed", {"contacts": _contacts(), "tickets": _tickets()})
    ada, ben, spammer, twin, gone, *_ = (each["id"] for each in made["contacts"])
    first, *others = made["tickets"]
    desk.ids |= {
        "org": info["orgId"],
        "department": info["departments"][0]["id"],
        "privacy": info["departments"][1]["id"],
        "agent": info["agents"][0]["id"],
        "leaver": info["agents"][2]["id"],
        "contact": ada,
        "second_contact": ben,
        "spam_contact": spammer,
        "twin": twin,
        "trash_contact": gone,
        "contact_comment": made["contacts"][0]["commentIds"][0],
        "contact_file": made["contacts"][0]["attachmentIds"][0],
        "user": made["contacts"][0]["portalUserId"],
        "ticket": first["id"],
        "thread": first["threadIds"][0],
        "answer": first["threadIds"][1],
        "comment": first["commentIds"][0],
        "file": first["attachmentIds"][0],
        "entry": first["timeEntryIds"][0],
        **dict(zip(("task", "call", "event"), first["activityIds"], strict=True)),
        **dict(zip(("closed", "archived", "spam", "merged", "trashed", "moved", "bare"),
                   (each["id"] for each in others), strict=True)),
    }  # fmt: skip
    mail = {
        "from": ADA,
        "fromName": "Ada Moss",
        "to": PRIVACY,
        "subject": "A file for you!",
        "text": "Please see the attachment!" + " It is long." * 300,
        "headers": {"X-Mailer": "Example"},
        "attachments": [FILE],
    }
    received = desk.bench("POST", "/mail", mail)
    desk.ids |= {"mail": received["ticketId"], "mail_thread": received["threadId"]}
    desk.token = desk.sign_in()
    threads = desk.client.get(
        f"{API}/tickets/{desk.ids['mail']}/threads/{desk.ids['mail_thread']}",
        headers={"Authorization": f"Zoho-oauthtoken {desk.token}"},
    ).get_json()
    desk.ids["mail_file"] = threads["attachments"][0]["id"]
    desk.bench("POST", "/macro", {"ticketIds": [first["id"]], "name": "Escalate", "fields": {"priority": "High"}})


def _contacts() -> list[dict[str, Any]]:
    ada = {
        "firstName": "Ada", "lastName": "Moss", "email": ADA, "secondaryEmail": "ada@example.org",
        "phone": "+44 1632 960142", "mobile": "+44 1632 960143", "city": "Bath", "country": "United Kingdom",
        "comments": [{"content": "prefers mail"}], "attachments": [FILE], "photoBase64": "aGVsbG8=",
        "portalUser": True, "createdTime": "2024-02-01T08:00:00.000Z",
    }  # fmt: skip
    others = ("ben.orlov@example.org", "win@example.com", "twin@example.com", "gone@example.com")
    return [ada, *({"lastName": address.partition("@")[0].title(), "email": address} for address in others)]


def _tickets() -> list[dict[str, Any]]:
    thread = {"direction": "in", "content": "<div>It sleeps for ever.</div>", "attachments": [FILE]}
    answer = {"direction": "out", "content": "<div>Hold the power button.</div>"}
    full = {
        "contact": ADA, "subject": "Laptop will not wake up", "description": "It sleeps for ever.", "email": ADA,
        "phone": "+44 1632 960142", "priority": "Low", "createdTime": "2025-03-01T08:00:00.000Z",
        "secondaryContacts": ["ben.orlov@example.org"], "threads": [thread, answer],
        "comments": [{"content": "new text", "isPublic": False, "earlierContents": ["old text"]}],
        "tags": ["privacy-access", "laptop"], "attachments": [FILE], "resolution": "<div>Woken.</div>",
        **{kind: [{"subject": kind, "description": "short", "comments": [{"content": "done"}]}]
           for kind in ("tasks", "calls", "events")},
        "timeEntries": [{"description": "looked at it"}], "approvals": [{"subject": "Swap the board?"}],
    }  # fmt: skip
    plain = {"contact": ADA, "email": ADA, "threads": [thread], "createdTime": "2025-04-01T08:00:00.000Z"}
    closed = plain | {"status": "Resolved", "closedTime": "2025-04-03T08:00:00.000Z"}
    return [
        full,
        closed,
        closed | {"archived": True},
        {"contact": "win@example.com", "spam": True, "createdTime": "2025-05-01T08:00:00.000Z"},
        *(plain | {"subject": name} for name in ("merged", "trashed", "moved")),
        {"contact": "ben.orlov@example.org", "createdTime": "2025-05-01T08:00:00.000Z"},
    ]

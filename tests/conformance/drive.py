"""Visits every route of the emulator: once or more as it should be, and in every way it can be wrong.

A route that is not visited is a mistake of this file, and `unvisited` names it. What is destroyed is destroyed last.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.conformance.desk import ADA, PRIVACY, Desk, opened
from tests.conformance.exchange import Exchange
from tests.conformance.official import operation_of
from zoho_emulator.desk.routes import all_routes
from zoho_emulator.desk.routing import Route

PARAMETER: Final = re.compile(r"<(?:id:)?(\w+)>")
UNKNOWN: Final = "999999999999999999"
TEXT: Final = {"content": "noted", "contentType": "plainText"}
REPLY: Final = {
    "channel": "EMAIL", "fromEmailAddress": PRIVACY, "to": ADA, "contentType": "html", "content": "<p>Hello!</p>",
    "isForward": False,
}  # fmt: skip
EVENTS: Final = {"Ticket_Add": None, "Ticket_Update": {"includePrevState": False}, "Contact_Delete": None}
ACTIVITIES: Final[Mapping[str, Mapping[str, Any]]] = {
    "task": {},
    "call": {"startTime": "2026-01-06T09:00:00.000Z", "direction": "inbound", "status": "Scheduled"},
    "event": {"startTime": "2026-01-06T09:00:00.000Z", "duration": "60"},
}
FORBIDDEN: Final = ("/tickets/emptySpam", "/recycleBin/deleteAll", "/recycleBin/restoreAll")


@dataclass(frozen=True)
class Visit:
    """One correct call. Names in braces, also in the body, are seeded ids."""

    rule: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    file: bytes | None = None


def _get(path: str, **query: str) -> Visit:
    return Visit(f"GET {path}", {name.rstrip("_"): value for name, value in query.items()})


READS: Final = (
    _get("/organizations"), _get("/accessibleOrganizations"), _get("/organizations/{org}"), _get("/licenses/plan"),
    _get("/myinfo"), _get("/agents", limit="200"), _get("/agents/{agent}"), _get("/departments", limit="200"),
    _get("/departments/{department}"), _get("/departments/{department}/agents"),
    *(_get(path, module=module) for path in ("/organizationFields", "/fields") for module in ("tickets", "contacts")),
    _get("/mailReplyAddress", departmentId="{department}"),
    _get("/tickets/{ticket}", include="contacts,products,departments,team,assignee,contract,isRead,skills"),
    _get("/tickets/{closed}"), _get("/tickets/{archived}"),
    _get("/tickets", departmentId="{department}", departmentIds="{department}", limit="100",
         include="contacts,products,departments,team,assignee"),
    _get("/tickets/search", _all="sleep"), _get("/tickets/search", email=ADA, limit="100", sortBy="createdTime"),
    _get("/tickets/search", subject="nothing that anybody wrote"),
    _get("/tickets/archivedTickets", departmentId="{department}"),
    _get("/contacts/{contact}/tickets", departmentId="{department}"),
    _get("/tickets/{ticket}/History", limit="50"), _get("/tickets/{ticket}/history", limit="50"),
    _get("/tickets/{mail}/History"),
    _get("/tickets/{ticket}/resolution"), _get("/tickets/{bare}/resolution"),
    _get("/tickets/{ticket}/resolutionHistory"), _get("/tickets/{ticket}/metrics"),
    _get("/tickets/{ticket}/blueprint"), _get("/tickets/{ticket}/followers"),
    _get("/ticketsCount", departmentId="{department}"), _get("/ticketsCount"),
    _get("/tickets/{ticket}/threads", sortBy="sendDateTime", limit="200"),
    _get("/tickets/{ticket}/threads/{thread}", include="plainText"),
    _get("/tickets/{mail}/threads/{mail_thread}"), _get("/tickets/{mail}/threads/{mail_thread}/fullContent"),
    _get("/tickets/{mail}/threads/{mail_thread}/originalContent"), _get("/tickets/{ticket}/latestThread"),
    _get("/tickets/{ticket}/conversations", limit="200"),
    _get("/tickets/{ticket}/comments", sortBy="commentedTime", limit="100", include="mentions,plainText"),
    _get("/tickets/{ticket}/comments/{comment}"), _get("/tickets/{ticket}/comments/{comment}/history"),
    _get("/tickets/{ticket}/attachments", limit="100", include="creator"),
    _get("/tickets/{ticket}/attachments/{file}/content"),
    _get("/tickets/{mail}/threads/{mail_thread}/attachments/{mail_file}/content"),
    _get("/tickets/{ticket}/tags"), _get("/ticketTags", departmentId="{department}"),
    _get("/tags/search", departmentId="{department}", searchVal="laptop"), _get("/tags/{tag}/tickets"),
    _get("/tickets/{ticket}/timeEntry"), _get("/tickets/{ticket}/timeEntry/{entry}"),
    _get("/tickets/{ticket}/approvals"), _get("/tickets/{ticket}/activities"),
    *(_get(f"/tickets/{{ticket}}/{kind}s") for kind in ("task", "call", "event")),
    *(_get(f"/{kind}s/{{{kind}}}") for kind in ("task", "call", "event")),
    *(_get(f"/{kind}s/{{{kind}}}/comments") for kind in ("task", "call", "event")),
    _get("/contacts/{contact}", include="accounts,owner"), _get("/contacts", limit="100", sortBy="createdTime"),
    _get("/contacts/search", email=ADA), _get("/contacts/search", _all="moss", limit="100"),
    _get("/contacts/contactsByIds", ids="{contact},{second_contact}"), _get("/contacts/count"),
    *(_get(f"/contacts/{{contact}}/{part}") for part in (
        "history", "statistics", "products", "accounts", "profiles", "timeEntry", "followers", "comments",
        "helpCenters", "attachments", "photo", "comments/{contact_comment}", "attachments/{contact_file}/content",
    )),
    *(_get(f"/{kind}s", limit="50") for kind in ("task", "call", "event")),
    *(_get(f"/{kind}s/{{{kind}}}/comments/{{{kind}_comment}}") for kind in ("task", "call", "event")),
    *(_get(f"/{module}/search", subject=text) for module, text in (
        ("tasks", "tas*"), ("calls", "cal*"), ("events", "eve*"), ("activities", "tas*"))),
    _get("/accounts/search", accountName="acme"),
    _get("/users/{user}"), _get("/recycleBin"),
    _get("/webhooks"),
    *(_get("/subjectAccessRequests/fieldsAndConditions", module=module)
      for module in ("tickets", "contacts", "allEntities")),
    _get("/subjectAccessRequests"),
)  # fmt: skip

WRITES: Final = (
    Visit("POST /tickets", body={"subject": "New", "departmentId": "{department}", "contactId": "{contact}"}),
    Visit("PATCH /tickets/{ticket}", {"disableClosureNotification": "true"},
          {"subject": "Laptop", "phone": "", "cf": {"cf_privacy_state": "open"}}),
    Visit("POST /closeTickets", body={"ids": ["{moved}"]}),
    Visit("POST /tickets/updateMany",
          body={"ids": ["{moved}"], "fieldName": "subject", "isCustomField": False, "fieldValue": "Other"}),
    Visit("POST /tickets/{moved}/move", body={"departmentId": "{privacy}"}),
    Visit("POST /tickets/{ticket}/merge", body={"ids": ["{merged}"]}),
    Visit("POST /tickets/markSpam", body={"ids": ["{spam}"], "isSpam": True, "contactSpam": False}),
    Visit("POST /tickets/{ticket}/markAsRead"), Visit("POST /tickets/{ticket}/markAsUnRead"),
    Visit("PATCH /tickets/{ticket}/resolution", body={"content": "Woken.", "isNotifyContact": False}),
    Visit("POST /tickets/{ticket}/sendReply", {"isPrivate": "false", "sendImmediately": "true"},
          REPLY | {"inReplyToThreadId": "{thread}"}),
    Visit("POST /tickets/{ticket}/comments", body=TEXT | {"isPublic": False}),
    Visit("PATCH /tickets/{ticket}/comments/{comment}", body={"content": "changed"}),
    Visit("POST /tickets/{ticket}/attachments", {"isPublic": "false"}, file=b"hello"),
    Visit("PATCH /tickets/{ticket}/attachments/{file}", body={"isPublic": False}),
    Visit("POST /tickets/{ticket}/associateTag", body={"tags": ["another-tag"]}),
    Visit("POST /tickets/{ticket}/dissociateTag", body={"tags": ["another-tag"]}),
    Visit("PUT /tickets/{ticket}/timeEntry/{entry}", body={"description": "looked again"}),
    *(Visit(f"PATCH /{kind}s/{{{kind}}}", body={"subject": "other"}) for kind in ("task", "call", "event")),
    *(Visit(f"PUT /{kind}s/{{{kind}}}/comments/{{{kind}_comment}}", body={"content": "changed"})
      for kind in ("task", "call", "event")),
    *(Visit(f"POST /{kind}s",
            body={"subject": "Call back", "departmentId": "{department}", "ticketId": "{ticket}", **more})
      for kind, more in ACTIVITIES.items()),
    *(Visit(f"POST /{kind}s/{{{kind}}}/comments", body=TEXT) for kind in ACTIVITIES),
    Visit("POST /contacts/{trash_contact}/inviteAsEndUser"),
    Visit("POST /contacts", body={"lastName": "Vale", "email": "vale@example.com"}),
    Visit("PATCH /contacts/{contact}", body={"firstName": "A.", "phone": ""}),
    Visit("POST /contacts/{second_contact}/merge", body={"ids": ["{twin}"]}),
    Visit("POST /contacts/markSpam", body={"ids": ["{spam_contact}"], "isSpam": True}),
    Visit("POST /contacts/{contact}/comments", body=TEXT),
    Visit("PUT /contacts/{contact}/comments/{contact_comment}", body={"content": "prefers letters"}),
    Visit("POST /contacts/{contact}/attachments", file=b"hello"),
    Visit("POST /subjectAccessRequests/count", body={"contactEmailId": ADA, "module": "tickets"}),
    Visit("POST /subjectAccessRequests/exportAll", body={"contactEmailId": ADA, "module": "tickets"}),
    Visit("POST /subjectAccessRequests/export", body={"contactEmailId": ADA, "ids": ["{ticket}"]}),
    _get("/subjectAccessRequests", from_="1"), _get("/tickets/{ticket}/latestThread"),
    _get("/tickets/{ticket}/threads", limit="200"), _get("/tickets/{ticket}/History", limit="50"),
)  # fmt: skip

DELETES: Final = (
    Visit("DELETE /tickets/{ticket}/comments/{comment}"), Visit("DELETE /tickets/{ticket}/attachments/{file}"),
    Visit("DELETE /tickets/{ticket}/resolution"), Visit("DELETE /tickets/{ticket}/timeEntry/{entry}"),
    Visit("DELETE /contacts/{contact}/comments/{contact_comment}"),
    Visit("DELETE /contacts/{contact}/attachments/{contact_file}"), Visit("DELETE /contacts/{contact}/photo"),
    Visit("POST /users/{user}/anonymize", body={"anonymizedName": "Guest User 001"}),
    *(Visit(f"POST /{kind}s/moveToTrash", body={"entityIds": [f"{{{kind}}}"]}) for kind in ("task", "call", "event")),
    Visit("POST /tickets/moveToTrash", body={"ticketIds": ["{trashed}"]}),
    Visit("POST /contacts/moveToTrash", body={"contactIds": ["{trash_contact}"]}),
    _get("/recycleBin", limit="100", include="department,deletedBy", sortBy="deletedTime"),
    Visit("POST /recycleBin/restore", body={"ids": ["{trashed}"], "isChildNeedToBeRestored": True}),
    Visit("POST /recycleBin/delete", body={"ids": ["{trash_contact}", UNKNOWN]}),
    Visit("POST /tickets/deleteSpam", body={"ticketIds": ["{spam}", "{ticket}"]}),
    Visit("POST /contacts/deleteSpam", body={"contactIds": ["{spam_contact}", "{contact}"]}),
    Visit("POST /subjectAccessRequests/erase", body={"contactEmailId": ADA, "ids": ["{closed}"]}),
    Visit("POST /subjectAccessRequests/eraseAll", body={"contactEmailId": ADA, "module": "tickets"}),
    Visit("DELETE /webhooks/{webhook}"),
)  # fmt: skip


def drive() -> list[Exchange]:
    """Return the exchanges of every visit, right and wrong."""
    with opened(sar_entities_route="on") as desk:
        _learn(desk)
        for visit in READS:
            go(desk, visit)
        _drafts(desk)
        _webhooks(desk)
        _together(desk)
        for visit in (*WRITES, *DELETES):
            go(desk, visit)
        _requests(desk)
        desk.bench("POST", "/agent/leave", {"agentId": desk.ids["leaver"]})
        desk.ask("POST /deletedAgents/{leaver}/anonymize", body={"anonymizedName": "Former agent"})
        for path in FORBIDDEN:
            desk.ask(f"POST {path}", body={"departmentId": desk.ids["department"]})
        _wrong(desk)
        return desk.log


def go(desk: Desk, visit: Visit) -> Exchange:
    """Make a visit."""
    query = {name: _filled(desk, value) for name, value in visit.query.items()}
    return desk.ask(visit.rule, query, _filled(desk, visit.body), file=visit.file)


def _filled(desk: Desk, value: Any) -> Any:
    if isinstance(value, str):
        return re.sub(r"\{(\w+)\}", lambda found: desk.ids[found[1]], value)
    if isinstance(value, dict):
        return {name: _filled(desk, each) for name, each in value.items()}
    return [_filled(desk, each) for each in value] if isinstance(value, list) else value


def _learn(desk: Desk) -> None:
    """Find ids that only an answer tells."""
    desk.ids["tag"] = desk.ask("GET /tickets/{ticket}/tags").returned["tags"][0]["id"]
    for kind in ("task", "call", "event"):
        listed = desk.ask(f"GET /{kind}s/{{{kind}}}/comments").returned["data"]
        desk.ids[f"{kind}_comment"] = listed[0]["id"]


def _drafts(desk: Desk) -> None:
    """Write, change, file, send and drop drafts; fail one and send it again."""
    draft = desk.ids["draft"] = desk.id_of(desk.ask("POST /tickets/{ticket}/draftReply", body=REPLY))
    desk.ask("PATCH /tickets/{ticket}/draftReply/{draft}", body={"content": "<p>Hello again</p>", "channel": "EMAIL"})
    desk.ask("POST /tickets/{ticket}/threads/{draft}/sendForReview")
    desk.ask("POST /tickets/{ticket}/draftReply", body=REPLY | {"channel": "PHONE"})
    uploaded = desk.ask("POST /uploads", file=b"hello")
    desk.ids["upload"] = desk.id_of(uploaded)
    desk.ask("GET /uploads/{upload}/contents")
    desk.ask("POST /tickets/{ticket}/sendDraft", {"draftThreadId": draft, "sendImmediately": "true"})
    other = desk.ask("POST /tickets/{ticket}/draftReply", body=REPLY | {"attachmentIds": [desk.ids["upload"]]})
    desk.ids["other"] = desk.id_of(other)
    if files := other.returned.get("attachments"):
        desk.ids["draft_file"] = files[0]["id"]
        desk.ask("DELETE /tickets/{ticket}/threads/{other}/attachments/{draft_file}")
    desk.ask("DELETE /tickets/{ticket}/draftReply/{other}")
    desk.ids["noted"] = desk.id_of(desk.ask("POST /tickets/{ticket}/comments", body=TEXT | {"isPublic": False}))
    uploaded = desk.ask("POST /uploads", file=b"hello")
    body = TEXT | {"isPublic": False, "attachmentIds": [desk.id_of(uploaded)]}
    with_file = desk.ask("POST /tickets/{ticket}/comments", body=body)
    desk.ids |= {"filed": desk.id_of(with_file), "comment_file": with_file.returned["attachments"][0]["id"]}
    desk.ask("GET /tickets/{ticket}/comments/{filed}/attachments/{comment_file}/content")
    desk.bench("POST", "/switches", {"reply_outcome": "failed"})
    failed = desk.ask("POST /tickets/{ticket}/sendReply", {"sendImmediately": "true"}, REPLY)
    desk.bench("POST", "/switches", {"reply_outcome": "sent"})
    desk.ask("POST /tickets/{ticket}/resendFailedThread", {"threadId": desk.id_of(failed)})


def _together(desk: Desk) -> None:
    """Follow, ask for approval, book time, split, count, chat, and let an agent go."""
    followers = {"followerIds": [desk.ids["agent"]]}
    for owner in ("/tickets/{ticket}", "/contacts/{contact}"):
        desk.ask(f"POST {owner}/addFollowers", body=followers)
        desk.ask(f"GET {owner}/followers")
        desk.ask(f"POST {owner}/removeFollowers", body=followers)
    asked = desk.ask("POST /tickets/{ticket}/approvals", body={"subject": "Pay?", "approverIds": [desk.ids["agent"]]})
    desk.ids["approval"] = asked.returned["approvals"][0]["id"]
    desk.ask("GET /tickets/{ticket}/approvals/{approval}")
    desk.ask("PATCH /tickets/{ticket}/approvals/{approval}", body={"status": "Approved"})
    desk.ask("POST /tickets/{ticket}/timeEntry", body={"description": "looked at it", "minutesSpent": "5"})
    desk.ask("POST /tickets/{ticket}/threads/{answer}/split")
    for name in ("status", "channel"):
        desk.ask("GET /ticketsCountByFieldValues", {"field": name, "departmentId": desk.ids["department"]})
    desk.ask("GET /search", {"searchStr": "sleep", "module": "tickets"})
    body = {"ids": [desk.ids["second_contact"]], "fieldName": "title", "isCustomField": False, "fieldValue": "Dr"}
    desk.ask("POST /contacts/updateMany", body=body)
    desk.ids["chat"] = desk.bench("POST", "/chat", {"contactId": desk.ids["contact"], "subject": "Hello"})["sessionId"]
    desk.ask("GET /im/sessions")
    desk.ask("GET /im/sessions/{chat}")
    desk.bench("POST", "/switches", {"status_change": "blueprint"})
    desk.ask("GET /tickets/{ticket}/blueprint")
    desk.ask("POST /tickets/{ticket}/revokeBlueprint")
    desk.bench("POST", "/switches", {"status_change": "allowed", "edition": "STANDARD"})
    for path in ("/organizations", "/accessibleOrganizations", "/organizations/{org}"):
        desk.ask(f"GET {path}")
    desk.bench("POST", "/switches", {"edition": "ENTERPRISE"})
    tags = desk.ask("POST /tickets/{mail}/associateTag", body={"tags": ["one-tag", "other-tag"]}).returned["data"]
    desk.ids |= {"one_tag": tags[0]["id"], "other_tag": tags[1]["id"]}
    desk.ask("PATCH /tags/{one_tag}/replace", body={"id": desk.ids["other_tag"]})


def _webhooks(desk: Desk) -> None:
    body = {"name": "n", "url": desk.receiver.url, "isEnabled": True, "includeEventsFrom": ["AUTOMATION"]}
    desk.ids["webhook"] = desk.id_of(desk.ask("POST /webhooks", body=body | {"subscriptions": EVENTS}))
    desk.ask("GET /webhooks")
    desk.ask("GET /webhooks/{webhook}")
    desk.ask("PATCH /webhooks/{webhook}", body={"isEnabled": True, "subscriptions": EVENTS})


def _requests(desk: Desk) -> None:
    """Follow subject access requests until they are done."""
    listed = desk.ask("GET /subjectAccessRequests", {"from": "1", "limit": "100"}).returned["data"]
    desk.bench("POST", "/clock", {"advanceSeconds": 300})
    for each in listed:
        desk.ids["request"] = each["id"]
        desk.ask("GET /subjectAccessRequests/{request}", {"include": "createdBy,modifiedBy"})
        desk.ask("GET /subjectAccessRequests/{request}/download")
    body = {"contactEmailId": ADA, "module": "tickets", "from": 1, "limit": 10}
    desk.ask("POST /subjectAccessRequests/entities", body=body)


# ---------------------------------------------------------------------------------------------------------- going wrong


def filled(route: Route, ids: Mapping[str, str], *, unknown: bool = False) -> str:
    """Return a route's path with the seeded ids that its parameters mean, or with ids that nobody has."""
    value = PARAMETER.sub(
        lambda found: UNKNOWN if unknown else ids.get(found[1].removesuffix("_id"), UNKNOWN), route.path
    )
    return f"{route.method} {value}"


def _wrong(desk: Desk) -> None:
    """Ask every route in the ways that the guide names an error for."""
    narrow = desk.sign_in([])
    for route in all_routes():
        body = {"unknown": "member"} if route.method in {"POST", "PATCH", "PUT"} else None
        rule = filled(route, desk.ids)
        desk.ask(rule, body=body, headers={"Authorization": "Zoho-oauthtoken nobody"})
        desk.ask(rule, body=body, headers={"orgId": "1"})
        if route.scopes:
            desk.ask(rule, body=body, headers={"Authorization": f"Zoho-oauthtoken {narrow}"})
        if "<" in route.path:
            desk.ask(filled(route, desk.ids, unknown=True), body=body)
        if body and route.path not in FORBIDDEN:
            desk.ask(rule, body=body)
            desk.ask(rule)
            desk.ask(rule, body=b"{")
        if route.method == "GET":
            desk.ask(rule, {"limit": "100000", "from": "100000"})
        _faulty(desk, route, rule)


def _faulty(desk: Desk, route: Route, rule: str) -> None:
    for kind in ("error500", "busy", "credits_gone"):
        desk.bench("POST", "/faults", {"kind": kind, "match": {"method": route.method, "pathRegex": "."}, "times": 1})
        desk.ask(rule)


# ------------------------------------------------------------------------------------------------------------- coverage


def unvisited(exchanges: Iterable[Exchange]) -> list[str]:
    """Return the routes that no visit got a good answer from, apart from those that must never be called."""
    good = [(each.method, each.path) for each in exchanges if 200 <= each.status < 400]
    return [
        f"{route.method} {route.path}"
        for route in all_routes()
        if route.path not in FORBIDDEN
        and not any(method == route.method and _matches(route, path) for method, path in good)
    ]


def _matches(route: Route, path: str) -> bool:
    return re.fullmatch(PARAMETER.sub("[0-9]+", route.path), path) is not None


def served() -> set[str]:
    """Return the names of the official operations that the emulator serves."""
    found = (operation_of(route.method, PARAMETER.sub("1", route.path)) for route in all_routes())
    return {each.name for each in found if each is not None and not each.newest}

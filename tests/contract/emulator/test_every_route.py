"""Every route of the emulator is called once and gives its documented answer; a new route needs its row here.

Rows name records by `$word`; what a word stands for is made when a row asks for it. Status codes: API reference,
sections 6 to 15.
"""

import base64
import re
from collections.abc import Callable
from typing import Any

from tests.contract.emulator.receiver import Receiver, subscribe
from tests.emulator_process import Emulator
from zoho_emulator.desk.routes import all_routes

FILE = {"name": "note.txt", "contentBase64": base64.b64encode(b"Ada").decode(), "contentType": "text/plain"}
WORD = re.compile(r"\$\w+")
MAIL = {
    "channel": "EMAIL", "fromEmailAddress": "privacy@desk.example.com", "to": "ada@example.net", "content": "Hello",
}  # fmt: skip
SAR = {"contactEmailId": "$email", "module": "tickets"}
SOME = {"contactEmailId": "$email", "ids": ["$ticket"]}
HOOK = {"url": "$url", "subscriptions": {"Ticket_Add": None}}
TASK = {"subject": "Call back", "departmentId": "$home", "ticketId": "$ticket"}

# rule -> what it answers; reads with a query in the rule itself
READS: dict[str, int] = {
    "/organizations": 200,
    "/accessibleOrganizations": 200,
    "/organizations/$org": 200,
    "/licenses/plan": 200,
    "/myinfo": 200,
    "/agents": 200,
    "/agents/$agent": 200,
    "/departments": 200,
    "/departments/$home": 200,
    "/departments/$home/agents": 200,
    "/organizationFields?module=tickets": 200,
    "/fields?module=contacts": 200,
    "/mailReplyAddress?departmentId=$home": 200,
    "/tickets/$ticket?include=contacts,products,assignee,departments,contract,isRead,team,skills": 200,
    "/tickets?fields=modifiedTime,cf_privacy_action&include=contacts": 200,
    "/tickets/search?subject=question": 200,
    "/tickets/archivedTickets?departmentId=$home": 204,
    "/contacts/$contact/tickets": 200,
    "/tickets/$ticket/history": 200,
    "/tickets/$ticket/History?eventFilter=CommentHistory": 200,
    "/tickets/$ticket/resolution": 200,
    "/tickets/$ticket/resolutionHistory": 200,
    "/tickets/$ticket/metrics": 200,
    "/tickets/$ticket/blueprint": 204,
    "/search?searchStr=question": 200,
    "/ticketsCount?departmentId=$home": 200,
    "/ticketsCountByFieldValues?field=statusType": 200,
    "/tickets/$ticket/threads?sortBy=sendDateTime": 200,
    "/tickets/$ticket/threads/$thread?include=plainText": 200,
    "/tickets/$ticket/threads/$thread/fullContent": 200,
    "/tickets/$ticket/threads/$thread/originalContent": 200,
    "/tickets/$ticket/latestThread?needIncomingThread=true": 200,
    "/tickets/$ticket/conversations": 200,
    "/tickets/$ticket/comments?include=mentions,plainText": 200,
    "/tickets/$ticket/comments/$comment": 200,
    "/tickets/$ticket/comments/$comment/history": 200,
    "/tickets/$ticket/attachments?include=creator": 200,
    "/tickets/$ticket/attachments/$file/content": 200,
    "/tickets/$ticket/comments/$filed_comment/attachments/$comment_file/content": 200,
    "/tickets/$ticket/threads/$thread/attachments/$thread_file/content": 200,
    "/uploads/$upload/contents": 200,
    "/contacts/$contact/attachments": 200,
    "/contacts/$contact/attachments/$contact_file/content": 200,
    "/contacts/$contact/photo": 200,
    "/tickets/$ticket/tags": 200,
    "/ticketTags?departmentId=$home": 200,
    "/tags/search?departmentId=$home&searchVal=priv": 200,
    "/tags/$tag/tickets": 200,
    "/tickets/$ticket/timeEntry": 200,
    "/tickets/$ticket/timeEntry/$entry": 200,
    "/tickets/$ticket/approvals": 200,
    "/tickets/$ticket/approvals/$approval": 200,
    "/tickets/$ticket/activities": 200,
    **{
        path: 200
        for one in ("task", "call", "event")
        for path in (
            f"/tickets/$ticket/{one}s", f"/{one}s", f"/{one}s/${one}", f"/{one}s/${one}/comments",
            f"/{one}s/${one}/comments/${one}_comment", f"/{one}s/search?subject=look",
        )
    },
    "/activities/search?_all=look": 200,
    "/tickets/$ticket/followers": 204,
    "/contacts/$contact/followers": 204,
    "/contacts/$contact/timeEntry": 200,
    "/im/sessions?contactId=$contact": 204,
    "/im/sessions/$chat": 200,
    "/contacts/$contact?include=accounts,owner": 200,
    "/contacts?sortBy=lastName": 200,
    "/contacts/search?email=$email": 200,
    "/contacts/contactsByIds?ids=$contact": 200,
    "/contacts/count": 200,
    "/contacts/$contact/history": 200,
    "/contacts/$contact/statistics": 200,
    "/contacts/$contact/products": 204,
    "/contacts/$contact/accounts": 204,
    "/contacts/$contact/profiles": 204,
    "/contacts/$contact/comments": 200,
    "/contacts/$contact/comments/$note": 200,
    "/contacts/$contact/helpCenters": 200,
    "/accounts/search?accountName=acme": 204,
    "/users/$user": 200,
    "/recycleBin?include=department,deletedBy": 204,
    "/subjectAccessRequests/fieldsAndConditions?module=tickets": 200,
    "/subjectAccessRequests/$sar?include=createdBy,modifiedBy": 200,
    "/subjectAccessRequests/$sar/download": 302,
    "/subjectAccessRequests": 200,
    "/webhooks": 204,
    "/webhooks/$webhook": 200,
}  # fmt: skip

# rule -> (body, what it answers)
WRITES: dict[str, tuple[Any, int]] = {
    "POST /tickets": ({"subject": "New", "departmentId": "$home", "contactId": "$contact"}, 200),
    "PATCH /tickets/$ticket?disableClosureNotification=true": ({"status": "Resolved"}, 200),
    "POST /closeTickets": ({"ids": ["$ticket"]}, 200),
    "POST /tickets/updateMany": ({"ids": ["$ticket"], "fieldName": "subject", "fieldValue": "New"}, 204),
    "POST /tickets/$ticket/move": ({"departmentId": "$other_home"}, 200),
    "POST /tickets/$ticket/merge": ({"ids": ["$second"]}, 200),
    "POST /tickets/moveToTrash": ({"ticketIds": ["$ticket"]}, 204),
    "POST /tickets/markSpam": ({"ids": ["$ticket"], "isSpam": True, "contactSpam": False}, 200),
    "POST /tickets/deleteSpam": ({"ticketIds": ["$ticket"]}, 200),
    "POST /tickets/emptySpam": ({"departmentId": "$home"}, 202),
    "POST /tickets/$ticket/markAsRead": (None, 200),
    "POST /tickets/$ticket/markAsUnRead": (None, 204),
    "PATCH /tickets/$ticket/resolution": ({"content": "Done", "isNotifyContact": False}, 200),
    "DELETE /tickets/$ticket/resolution": (None, 204),
    "POST /tickets/$ticket/sendReply?sendImmediately=true": (MAIL, 200),
    "POST /tickets/$ticket/draftReply": (MAIL, 200),
    "PATCH /tickets/$ticket/draftReply/$draft": ({"content": "Better"}, 200),
    "DELETE /tickets/$ticket/draftReply/$draft": (None, 200),
    "POST /tickets/$ticket/sendDraft?draftThreadId=$draft": (None, 200),
    "POST /tickets/$ticket/resendFailedThread?threadId=$failed": (None, 200),
    "POST /tickets/$ticket/threads/$draft/sendForReview": (None, 200),
    "DELETE /tickets/$ticket/threads/$draft/attachments/$draft_file": (None, 200),
    "POST /tickets/$ticket/threads/$reply/split": (None, 200),
    "POST /tickets/$ticket/revokeBlueprint": (None, 422),
    "POST /tickets/$ticket/comments": ({"content": "Note", "contentType": "plainText", "isPublic": False}, 200),
    "PATCH /tickets/$ticket/comments/$comment": ({"content": "Other"}, 200),
    "DELETE /tickets/$ticket/comments/$comment": (None, 200),
    "POST /tickets/$ticket/attachments?isPublic=false": ("file", 200),
    "PATCH /tickets/$ticket/attachments/$file": ({"isPublic": False}, 200),
    "DELETE /tickets/$ticket/attachments/$file": (None, 200),
    "POST /uploads": ("file", 200),
    "POST /contacts/$contact/attachments": ("file", 200),
    "DELETE /contacts/$contact/attachments/$contact_file": (None, 200),
    "DELETE /contacts/$contact/photo": (None, 204),
    "POST /tickets/$ticket/associateTag": ({"tags": ["more"]}, 200),
    "POST /tickets/$ticket/dissociateTag": ({"tags": ["privacy"]}, 200),
    "PATCH /tags/$tag/replace": ({"id": "$other_tag"}, 204),
    "POST /tickets/$ticket/timeEntry": ({"description": "Talked", "minutesSpent": "5"}, 200),
    "PUT /tickets/$ticket/timeEntry/$entry": ({"description": "Talked"}, 200),
    "DELETE /tickets/$ticket/timeEntry/$entry": (None, 200),
    "POST /tickets/$ticket/approvals": ({"subject": "May we?", "approverIds": ["$agent"]}, 200),
    "PATCH /tickets/$ticket/approvals/$approval": ({"status": "Approved"}, 200),
    "POST /tickets/$ticket/addFollowers": ({"followerIds": ["$agent"]}, 204),
    "POST /tickets/$ticket/removeFollowers": ({"followerIds": ["$agent"]}, 204),
    "POST /contacts/$contact/addFollowers": ({"followerIds": ["$agent"]}, 204),
    "POST /contacts/$contact/removeFollowers": ({"followerIds": ["$agent"]}, 204),
    **{f"POST /{one}s": (TASK, 200) for one in ("task", "call", "event")},
    **{f"PATCH /{one}s/${one}": ({"subject": "Other"}, 200) for one in ("task", "call", "event")},
    **{f"POST /{one}s/moveToTrash": ({"entityIds": [f"${one}"]}, 204) for one in ("task", "call", "event")},
    **{f"POST /{one}s/${one}/comments": ({"content": "Note"}, 200) for one in ("task", "call", "event")},
    **{f"PUT /{one}s/${one}/comments/${one}_comment": ({"content": "Other"}, 200) for one in ("task", "call", "event")},
    "POST /contacts": ({"lastName": "New"}, 200),
    "PATCH /contacts/$contact": ({"lastName": "Redacted"}, 200),
    "POST /contacts/updateMany": ({"ids": ["$contact"], "fieldName": "city", "fieldValue": "Ulm"}, 200),
    "POST /contacts/$contact/merge": ({"ids": ["$other_contact"]}, 422),
    "POST /contacts/moveToTrash": ({"contactIds": ["$contact"]}, 204),
    "POST /contacts/markSpam": ({"ids": ["$contact"], "isSpam": True, "handleExistingTickets": False}, 200),
    "POST /contacts/deleteSpam": ({"contactIds": ["$contact"]}, 200),
    "POST /contacts/$contact/comments": ({"content": "Note"}, 200),
    "PUT /contacts/$contact/comments/$note": ({"content": "Other"}, 200),
    "DELETE /contacts/$contact/comments/$note": (None, 200),
    "POST /contacts/$other_contact/inviteAsEndUser": (None, 204),
    "POST /users/$user/anonymize": ({"anonymizedName": "Guest User 001"}, 204),
    "POST /deletedAgents/$agent/anonymize": ({"anonymizedName": "Former agent"}, 422),
    "POST /recycleBin/delete": ({"ids": ["$binned"]}, 200),
    "POST /recycleBin/restore": ({"ids": ["$binned"], "isChildNeedToBeRestored": True}, 200),
    "POST /recycleBin/deleteAll": ({"departmentId": "$home"}, 202),
    "POST /recycleBin/restoreAll": ({"departmentId": "$home"}, 202),
    "POST /subjectAccessRequests/count": (SAR, 200),
    "POST /subjectAccessRequests/entities": (SAR | {"from": 1, "limit": 10}, 404),
    "POST /subjectAccessRequests/export": (SOME, 200),
    "POST /subjectAccessRequests/exportAll": (SAR, 200),
    "POST /subjectAccessRequests/erase": (SOME, 200),
    "POST /subjectAccessRequests/eraseAll": (SAR, 200),
    "POST /webhooks": (HOOK, 200),
    "PATCH /webhooks/$webhook": (HOOK, 200),
    "DELETE /webhooks/$webhook": (None, 200),
}


class Scene:
    """One person with a ticket that has everything; the rest is made when a word asks for it."""

    def __init__(self, zoho: Emulator, receiver: Receiver, number: int) -> None:
        self.zoho, self.receiver = zoho, receiver
        self.email = f"ada{number}@example.net"
        activity = {"subject": "A look", "comments": [{"content": "Said"}]}
        ticket = {
            "contact": self.email, "threads": [{"content": "Hello", "attachments": [FILE]},
                                               {"direction": "out", "content": "Hello back"}],
            "comments": [{"content": "Note", "earlierContents": ["Before"]}], "attachments": [FILE],
            "tags": ["privacy"], "resolution": "Done", "tasks": [activity], "calls": [activity], "events": [activity],
            "timeEntries": [{"description": "Talked"}], "approvals": [{"subject": "May we?"}],
        }  # fmt: skip
        person = {"lastName": "Moss", "email": self.email, "comments": [{"content": "Kind"}], "attachments": [FILE],
                  "photoBase64": FILE["contentBase64"], "portalUser": True}  # fmt: skip
        made = zoho.bench("POST", "/seed", {"contacts": [person], "tickets": [ticket]})
        self.contact, self.ticket = made["contacts"][0], made["tickets"][0]
        self.path = f"/tickets/{self.ticket['id']}"
        self.known: dict[str, str] = {}

    def __getitem__(self, word: str) -> str:
        if word not in self.known:
            self.known[word] = str(WORDS[word](self))
        return self.known[word]

    def fill(self, value: Any) -> Any:
        """Put what the words stand for in their places."""
        if isinstance(value, dict):
            return {name: self.fill(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self.fill(each) for each in value]
        return WORD.sub(lambda found: self[found[0]], value) if isinstance(value, str) else value

    def first(self, path: str, **query: Any) -> Any:
        return self.zoho.get(path, **query).json()["data"][0]["id"]

    def made(self, path: str, body: Any) -> Any:
        answer = self.zoho.post(path, body)
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()["id"]

    def upload(self) -> str:
        return str(self.zoho.api("POST", "/uploads", files={"file": ("a.txt", b"Ada", "text/plain")}).json()["id"])

    def failed(self) -> str:
        self.zoho.switch(reply_outcome="failed")
        thread = self.zoho.post(f"{self.path}/sendReply", MAIL, sendImmediately="true").json()["id"]
        self.zoho.switch(reply_outcome="sent")
        return str(thread)

    def second(self) -> str:
        order = {"contact": self.email, "subject": "Second"}
        return str(self.zoho.bench("POST", "/seed", {"tickets": [order]})["tickets"][0]["id"])

    def binned(self) -> str:
        self.zoho.post("/tickets/moveToTrash", {"ticketIds": [self["$ticket"]]})
        return self["$ticket"]

    def thread_file(self) -> str:
        return str(self.zoho.get(f"{self.path}/threads/{self['$thread']}").json()["attachments"][0]["id"])

    def chat(self) -> str:
        order = {"contactId": self["$contact"], "subject": "Quick question"}
        return str(self.zoho.bench("POST", "/chat", order)["sessionId"])


def _activity(kind: str) -> Callable[[Scene], Any]:
    return lambda scene: scene.ticket["activityIds"][("task", "call", "event").index(kind)]


WORDS: dict[str, Callable[[Scene], Any]] = {
    "$org": lambda scene: scene.zoho.info()["orgId"],
    "$agent": lambda scene: scene.zoho.info()["agents"][0]["id"],
    "$home": lambda scene: scene.zoho.info()["departments"][0]["id"],
    "$other_home": lambda scene: scene.zoho.info()["departments"][1]["id"],
    "$email": lambda scene: scene.email,
    "$url": lambda scene: scene.receiver.url,
    "$ticket": lambda scene: scene.ticket["id"],
    "$second": Scene.second,
    "$contact": lambda scene: scene.contact["id"],
    "$other_contact": lambda scene: scene.made("/contacts", {"lastName": "Orlov", "email": f"b.{scene.email}"}),
    "$thread": lambda scene: scene.ticket["threadIds"][0],
    "$reply": lambda scene: scene.ticket["threadIds"][1],
    "$draft": lambda scene: scene.made(f"{scene.path}/draftReply", MAIL | {"attachmentIds": [scene["$upload"]]}),
    "$draft_file": lambda scene: scene["$upload"],
    "$failed": Scene.failed,
    "$comment": lambda scene: scene.ticket["commentIds"][0],
    "$filed_comment": lambda scene: scene.made(
        f"{scene.path}/comments", {"content": "See", "isPublic": False, "attachmentIds": [scene["$comment_file"]]}
    ),
    "$comment_file": Scene.upload,
    "$upload": Scene.upload,
    "$file": lambda scene: scene.ticket["attachmentIds"][0],
    "$thread_file": Scene.thread_file,
    "$contact_file": lambda scene: scene.contact["attachmentIds"][0],
    "$note": lambda scene: scene.contact["commentIds"][0],
    "$user": lambda scene: scene.contact["portalUserId"],
    "$tag": lambda scene: scene.zoho.get(f"{scene.path}/tags").json()["tags"][0]["id"],
    "$other_tag": lambda scene: scene.zoho.post(
        f"/tickets/{scene['$second']}/associateTag", {"tags": [f"other-{scene['$second']}"]}
    ).json()["data"][0]["id"],
    "$entry": lambda scene: scene.ticket["timeEntryIds"][0],
    "$approval": lambda scene: scene.first(f"{scene.path}/approvals"),
    **{f"${kind}": _activity(kind) for kind in ("task", "call", "event")},
    "$task_comment": lambda scene: scene.first(f"/tasks/{scene['$task']}/comments"),
    "$call_comment": lambda scene: scene.first(f"/calls/{scene['$call']}/comments"),
    "$event_comment": lambda scene: scene.first(f"/events/{scene['$event']}/comments"),
    "$chat": Scene.chat,
    "$sar": lambda scene: scene.made("/subjectAccessRequests/export", scene.fill(SOME)),
    "$webhook": lambda scene: subscribe(scene.zoho, scene.receiver, {"Ticket_Add": None}).json()["id"],
    "$binned": Scene.binned,
}  # fmt: skip


def test_every_read_answers(zoho: Emulator, receiver: Receiver) -> None:
    """Lists that stay empty answer 204; the rest show what was planted."""
    zoho.switch(search_lag_seconds="0")
    scene = Scene(zoho, receiver, 1)
    statuses = {path: zoho.api("GET", scene.fill(path), allow_redirects=False).status_code for path in READS}
    assert statuses == READS


def test_every_write_answers(zoho: Emulator, receiver: Receiver) -> None:
    """Each write has a person of its own, so that none disturbs another."""
    zoho.switch(duplicate_contact_email="allowed")
    zoho.bench("POST", "/credits", {"remaining": 10**9})
    statuses = {}
    for number, (rule, (body, _)) in enumerate(WRITES.items()):
        scene = Scene(zoho, receiver, number)
        method, _, path = scene.fill(rule).partition(" ")
        files = {"files": {"file": ("a.txt", b"Ada", "text/plain")}} if body == "file" else {}
        answer = zoho.api(method, path, None if files else scene.fill(body), **files)
        statuses[rule] = answer.status_code
        if answer.status_code == 200 and "results" in answer.text:
            expected = "/deleteSpam" not in path
            assert all(each["success"] is expected for each in answer.json()["results"]), rule
    assert statuses == {rule: status for rule, (_, status) in WRITES.items()}


def test_every_route_has_a_row() -> None:
    rows = [f"GET {path}" for path in READS] + list(WRITES)
    shapes = {WORD.sub("{}", row.partition("?")[0]) for row in rows}
    routes = {f"{route.method} {re.sub(r'<id:[^>]*>', '{}', route.path)}" for route in all_routes()}
    assert (routes - shapes, shapes - routes) == (set(), set())


def test_a_thread_that_is_split_off_stands_in_two_tickets(zoho: Emulator) -> None:
    """A copy of personal data that nobody who only knows the first ticket would find."""
    made = zoho.mail(text="I live in Lindenweg 7")
    more = zoho.mail(text="My number is 5550100", inReplyToTicketId=made["ticketId"], attachments=[FILE])
    path = f"/tickets/{made['ticketId']}/threads"
    assert zoho.post(f"{path}/{made['threadId']}/split").status_code == 422
    split = zoho.post(f"{path}/{more['threadId']}/split").json()
    assert split["contactId"] == made["contactId"]
    assert split["id"] != made["ticketId"]
    holders = {each["recordId"] for each in zoho.stored("5550100") if each["recordType"] == "thread"}
    copy = zoho.get(f"/tickets/{split['id']}/threads").json()["data"][0]
    assert holders >= {more["threadId"], copy["id"]}
    assert (copy["isDescriptionThread"], copy["hasAttach"]) == (True, True)
    assert zoho.get(f"{path}/{more['threadId']}").status_code == 200


def test_followers_approvals_and_chats_are_read_back(zoho: Emulator) -> None:
    made, agents = zoho.mail(), zoho.info()["agents"]
    path = f"/tickets/{made['ticketId']}"
    kim = agents[1]["id"]
    zoho.post(f"{path}/addFollowers", {"followerIds": [kim]})
    zoho.post(f"{path}/addFollowers", {"followerIds": [kim]})
    assert [each["id"] for each in zoho.get(f"{path}/followers").json()["data"]] == [kim]
    assert zoho.get(path).json()["followerCount"] == "1"
    zoho.post(f"{path}/removeFollowers", {"followerIds": [kim]})
    assert zoho.get(f"{path}/followers").status_code == 204
    approval = zoho.post(f"{path}/approvals", {"subject": "May we?", "approverIds": [kim]}).json()["approvals"][0]
    assert zoho.patch(f"{path}/approvals/{approval['id']}", {"status": "Rejected"}).json()["status"] == "Rejected"
    assert zoho.get(path).json()["approvalCount"] == "1"
    order = {"contactId": made["contactId"], "ticketId": made["ticketId"], "subject": "Quick question"}
    chat = zoho.bench("POST", "/chat", order)["sessionId"]
    zoho.post("/tickets/moveToTrash", {"ticketIds": [made["ticketId"]]})
    zoho.post("/recycleBin/delete", {"ids": [made["ticketId"]]})
    assert zoho.get(f"/im/sessions/{chat}").json()["subject"] == "Quick question"
    assert [each["id"] for each in zoho.get("/im/sessions", contactId=made["contactId"]).json()["data"]] == [chat]


def test_a_blueprint_is_revoked_before_the_status_changes(zoho: Emulator) -> None:
    zoho.switch(status_change="blueprint")
    path = f"/tickets/{zoho.mail()['ticketId']}"
    assert zoho.patch(path, {"status": "Resolved"}).status_code == 422
    assert zoho.post(f"{path}/revokeBlueprint").status_code == 200
    assert zoho.get(f"{path}/blueprint").status_code == 204
    assert zoho.patch(path, {"status": "Resolved"}).status_code == 200


def test_an_agent_who_left_can_be_anonymised(zoho: Emulator) -> None:
    kim = zoho.info()["agents"][1]
    zoho.bench("POST", "/agent/leave", {"agentId": kim["id"]})
    path = f"/deletedAgents/{kim['id']}/anonymize"
    assert zoho.post(path, {"anonymizedName": "Former agent"}).status_code == 204
    assert zoho.get(f"/agents/{kim['id']}").json()["emailId"] == ""
    assert zoho.get("/agents", searchStr=kim["email"]).status_code == 204

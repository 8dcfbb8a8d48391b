"""Conversations: nothing that was sent or received can be changed; only drafts can."""

import base64
from typing import Any

import pytest

from tests.emulator_process import Emulator

REPLY = {
    "channel": "EMAIL",
    "fromEmailAddress": "privacy@desk.example.com",
    "to": "ada.moss@example.net",
    "contentType": "html",
    "content": "<p>Hello Ada</p>",
}


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
def test_a_thread_cannot_be_changed(zoho: Emulator, method: str) -> None:
    made = zoho.mail(text="A secret")
    answer = zoho.api(method, f"/tickets/{made['ticketId']}/threads/{made['threadId']}", {"content": ""})
    assert (answer.status_code, answer.json()["errorCode"]) == (405, "METHOD_NOT_ALLOWED")
    assert not zoho.bench("GET", "/verdict")["failed"]


def test_lists_summarise_and_reads_have_html(zoho: Emulator) -> None:
    made = zoho.mail(text="Line 1\nLine <2>")
    path = f"/tickets/{made['ticketId']}/threads"
    item = zoho.get(path).json()["data"][0]
    assert (item["summary"], item["direction"], item["isDescriptionThread"]) == ("Line 1 Line <2>", "in", True)
    assert "content" not in item
    thread = zoho.get(f"{path}/{made['threadId']}", include="plainText").json()
    assert (thread["contentType"], thread["content"]) == ("text/html", "<div>Line 1<br />Line &lt;2&gt;</div>")
    assert thread["author"]["type"] == "END_USER"
    assert "plainText" in thread
    zoho.switch(thread_plain_text="422")
    assert zoho.get(f"{path}/{made['threadId']}", include="plainText").status_code == 422


def test_long_content_is_cut_until_full_content_is_asked_for(zoho: Emulator) -> None:
    zoho.switch(truncate_thread_at="200")
    made = zoho.mail(text="x" * 500)
    path = f"/tickets/{made['ticketId']}/threads/{made['threadId']}"
    cut = zoho.get(path).json()
    assert cut["isContentTruncated"]
    assert len(cut["content"]) == 200
    assert cut["fullContentURL"].endswith("/fullContent")
    assert "x" * 500 in zoho.get(f"{path}/fullContent").json()["content"]


def test_the_raw_mail_keeps_the_headers_that_tell_machines_from_people(zoho: Emulator) -> None:
    headers = {
        "Auto-Submitted": "auto-replied",
        "List-Id": "<news.example.org>",
        "Return-Path": "<>",
        "Authentication-Results": "mx; spf=pass",
    }
    made = zoho.mail(headers=headers, html="<p>Out of office</p>")
    original = zoho.get(f"/tickets/{made['ticketId']}/threads/{made['threadId']}/originalContent").json()
    assert original["returnPath"] == "<>"
    for line in ("Auto-Submitted: auto-replied", "List-Id: <news.example.org>", "Authentication-Results: mx; spf=pass"):
        assert line in original["content"]


def test_a_reply_waits_unless_sent_at_once(zoho: Emulator) -> None:
    made = zoho.mail()
    thread = zoho.post(f"/tickets/{made['ticketId']}/sendReply", REPLY).json()
    path = f"/tickets/{made['ticketId']}/threads/{thread['id']}"
    assert (thread["status"], zoho.outbox()) == ("PENDING", [])
    zoho.advance(21)
    assert zoho.get(path).json()["status"] == "SUCCESS"
    assert [mail["subject"] for mail in zoho.outbox()] == [f"Re: [## {made['ticketNumber']} ##] A question"]


def test_a_reply_may_fail_to_leave(zoho: Emulator) -> None:
    made = zoho.mail()
    zoho.switch(reply_outcome="failed")
    zoho.post(f"/tickets/{made['ticketId']}/sendReply", REPLY, sendImmediately="true")
    assert zoho.get(f"/tickets/{made['ticketId']}/latestThread", threadStatus="failed").json()["status"] == "FAILED"
    assert zoho.outbox() == []


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"fromEmailAddress": "unverified.privacy@desk.example.com"}, "/fromEmailAddress"),
        ({"fromEmailAddress": "nobody@example.com"}, "/fromEmailAddress"),
        ({"channel": None}, "/channel"),
        ({"content": ""}, "/content"),
        ({"to": "nobody"}, "/to"),
        ({"attachmentIds": ["417000000000001"]}, "/attachmentIds"),
        ({"ticketStatus": "Closed"}, "/ticketStatus"),
    ],
)
def test_a_reply_is_checked(zoho: Emulator, change: dict[str, Any], pointer: str) -> None:
    made = zoho.mail()
    answer = zoho.post(f"/tickets/{made['ticketId']}/sendReply", {**REPLY, **change})
    assert (answer.status_code, answer.json()["errors"][0]["fieldName"]) == (422, pointer)


def test_a_reply_may_change_the_status_and_carry_files(zoho: Emulator) -> None:
    made = zoho.mail()
    upload = zoho.api("POST", "/uploads", files={"file": ("export.json", b'{"a": 1}', "application/json")}).json()
    body = {**REPLY, "attachmentIds": [upload["id"]], "ticketStatus": "On Hold"}
    thread = zoho.post(f"/tickets/{made['ticketId']}/sendReply", body, sendImmediately="true").json()
    assert thread["attachments"][0]["name"] == "export.json"
    href = thread["attachments"][0]["href"].partition("/api/v1")[2]
    assert zoho.get(href).content == b'{"a": 1}'
    assert zoho.get(f"/tickets/{made['ticketId']}").json()["statusType"] == "On Hold"
    assert zoho.outbox()[0]["attachments"] == ["export.json"]


def test_only_drafts_can_be_edited_and_deleted(zoho: Emulator) -> None:
    made = zoho.mail()
    path = f"/tickets/{made['ticketId']}"
    draft = zoho.post(f"{path}/draftReply", REPLY).json()
    assert (draft["status"], {each["rel"] for each in draft["actions"]}) == ("DRAFT", {"send", "update", "delete"})
    assert (
        zoho.patch(f"{path}/draftReply/{draft['id']}", {"content": "<p>Better</p>"}).json()["content"]
        == "<p>Better</p>"
    )
    assert zoho.delete(f"{path}/draftReply/{made['threadId']}").status_code == 422
    other = zoho.post(f"{path}/draftReply", REPLY).json()
    assert zoho.delete(f"{path}/draftReply/{other['id']}").status_code == 200
    assert (
        zoho.post(f"{path}/sendDraft", draftThreadId=draft["id"], sendImmediately="true").json()["status"] == "SUCCESS"
    )
    assert [mail["content"] for mail in zoho.outbox()] == ["<p>Better</p>"]


def test_patching_the_description_leaves_its_thread_alone(zoho: Emulator) -> None:
    made = zoho.mail(text="I live in Lindenweg 7")
    path = f"/tickets/{made['ticketId']}"
    zoho.patch(path, {"description": "[redacted]"})
    assert "Lindenweg" in zoho.get(f"{path}/threads/{made['threadId']}").json()["content"]
    zoho.switch(patch_description_changes_thread="yes")
    zoho.patch(path, {"description": "[gone]"})
    assert zoho.get(f"{path}/threads/{made['threadId']}").json()["content"] == "[gone]"


def test_conversations_mix_threads_and_comments(zoho: Emulator) -> None:
    made = zoho.mail()
    zoho.advance(1)
    zoho.post(f"/tickets/{made['ticketId']}/comments", {"content": "Note", "isPublic": False})
    items = zoho.get(f"/tickets/{made['ticketId']}/conversations").json()["data"]
    assert [(each["type"], "content" in each, "summary" in each) for each in items] == [
        ("comment", True, False),
        ("thread", False, True),
    ]


def test_files_of_a_mail_belong_to_its_thread(zoho: Emulator) -> None:
    files = [
        {
            "name": "Pässport.txt",
            "contentBase64": base64.b64encode(b"Ada Moss, born 1990").decode(),
            "contentType": "text/plain",
        }
    ]
    made = zoho.mail(attachments=files)
    path = f"/tickets/{made['ticketId']}"
    thread = zoho.get(f"{path}/threads/{made['threadId']}").json()
    file = thread["attachments"][0]
    assert (thread["hasAttach"], file["name"], file["size"]) == (True, "Pässport.txt", "19")
    assert file["href"].startswith(zoho.url)
    assert zoho.get(file["href"].partition("/api/v1")[2]).content == b"Ada Moss, born 1990"
    assert zoho.delete(f"{path}/threads/{made['threadId']}/attachments/{file['id']}").status_code == 422
    assert zoho.get(f"{path}/attachments").status_code == 204
    zoho.switch(thread_files_in_ticket_attachments="yes", attachment_href_host="zoho")
    listed = zoho.get(f"{path}/attachments").json()["data"][0]
    assert listed["id"] == file["id"]
    assert listed["href"].startswith("https://desk.zoho.eu/api/v1/")
    assert {place["field"] for place in zoho.stored("born 1990")} == {"content", "source"}


def test_a_comment_edit_keeps_the_old_text(zoho: Emulator) -> None:
    made = zoho.mail()
    path = f"/tickets/{made['ticketId']}/comments"
    comment = zoho.post(path, {"content": "Ada is difficult", "contentType": "plainText", "isPublic": False}).json()
    edited = zoho.patch(f"{path}/{comment['id']}", {"content": "[redacted]"}).json()
    assert (edited["content"], edited["isPublic"]) == ("[redacted]", False)
    assert zoho.get(f"{path}/{comment['id']}/history").json()["data"][0]["content"] == "Ada is difficult"
    assert zoho.delete(f"{path}/{comment['id']}").status_code == 200
    assert zoho.get(path).status_code == 204
    assert {place["where"] for place in zoho.stored("Ada is difficult")} == {"history", "comment-history"}


def test_anothers_comment_may_be_closed_to_edits(zoho: Emulator) -> None:
    made = zoho.mail()
    comment = zoho.bench("POST", "/agent/comment", {"ticketId": made["ticketId"], "content": "Mine"})["commentId"]
    path = f"/tickets/{made['ticketId']}/comments/{comment}"
    assert zoho.patch(path, {"content": "Ours"}).status_code == 200
    zoho.switch(foreign_comment_edit="403")
    assert zoho.patch(path, {"content": "Yours"}).json()["errorCode"] == "FORBIDDEN"


def test_a_deleted_file_is_in_the_bin_first(zoho: Emulator) -> None:
    made = zoho.mail()
    path = f"/tickets/{made['ticketId']}/attachments"
    file = zoho.api("POST", path, params={"isPublic": "false"}, files={"file": ("id.txt", b"Ada Moss")}).json()
    assert zoho.delete(f"{path}/{file['id']}").status_code == 200
    assert zoho.get(path).status_code == 204
    assert [(each["type"], each["id"]) for each in zoho.get("/recycleBin").json()["data"]] == [
        ("Attachments", file["id"])
    ]
    zoho.post("/recycleBin/delete", {"ids": [file["id"]]})
    names = [each["eventName"] for each in zoho.get(f"/tickets/{made['ticketId']}/History").json()["data"]]
    assert names[:3] == ["AttachmentDeletedRB", "AttachmentDeleted", "AttachmentAdded"]
    assert not [
        place
        for place in zoho.stored("Ada Moss")
        if place["field"] == "content" and place["recordType"] == "attachment"
    ]


def test_a_file_above_twenty_megabytes_is_refused(zoho: Emulator) -> None:
    answer = zoho.api("POST", "/uploads", files={"file": ("big.bin", b"x" * (20 * 1024 * 1024 + 1))})
    assert (answer.status_code, answer.json()["errorCode"]) == (413, "RESOURCE_SIZE_EXCEEDED")


def test_tags_have_their_own_key_and_may_be_repeated(zoho: Emulator) -> None:
    made = zoho.mail()
    path = f"/tickets/{made['ticketId']}"
    assert zoho.get(f"{path}/tags").status_code == 204
    for _ in range(2):
        assert zoho.post(f"{path}/associateTag", {"tags": ["privacy-erasure"]}).status_code == 200
    tags = zoho.get(f"{path}/tags").json()["tags"]
    assert [(each["name"], each["tagType"]) for each in tags] == [("privacy-erasure", "MANUAL")]
    assert zoho.get(path).json()["tagCount"] == "1"
    assert zoho.get(f"/tags/{tags[0]['id']}/tickets").json()["data"][0]["id"] == made["ticketId"]
    for _ in range(2):
        assert zoho.post(f"{path}/dissociateTag", {"tags": ["privacy-erasure"]}).status_code == 200
    names = [each["eventName"] for each in zoho.get(f"{path}/History").json()["data"]]
    assert names == ["TagsRemoved", "TagsAdded", "TicketCreated"]

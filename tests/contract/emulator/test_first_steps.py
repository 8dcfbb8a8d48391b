"""The emulator as a person meets it first: start, sign in, let a customer write, answer, look."""

from collections.abc import Iterator

import pytest

from tests.emulator_process import Emulator


@pytest.fixture(scope="module")
def zoho() -> Iterator[Emulator]:
    with Emulator.start() as running:
        yield running


def test_a_mail_becomes_a_ticket_and_a_reply_reaches_the_outbox(zoho: Emulator) -> None:
    made = zoho.mail(subject="Please delete my data", text="All of it.\nAda")
    ticket = zoho.get(f"/tickets/{made['ticketId']}", include="contacts").json()
    assert ticket["subject"] == "Please delete my data"
    assert ticket["contact"]["email"] == "ada.moss@example.net"
    answer = zoho.post(
        f"/tickets/{made['ticketId']}/sendReply",
        {
            "channel": "EMAIL",
            "fromEmailAddress": "privacy@desk.example.com",
            "to": "ada.moss@example.net",
            "contentType": "html",
            "content": "<p>We received it.</p>",
        },
        sendImmediately="true",
    )
    assert answer.status_code == 200
    assert answer.json()["status"] == "SUCCESS"
    assert [mail["content"] for mail in zoho.outbox("ADA.moss@example.net")] == ["<p>We received it.</p>"]
    threads = zoho.get(f"/tickets/{made['ticketId']}/threads").json()["data"]
    assert [thread["direction"] for thread in threads] == ["out", "in"]
    assert "content" not in threads[0]

"""The redacted twin: the work stays readable, the people are gone, and what would leak is not written."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.builders import a_ticket
from zoho_privacy.domain import tags
from zoho_privacy.domain.records import Attachment, Comment, Contact, Thread
from zoho_privacy.domain.twin import (
    COMMENT_CHARS,
    Original,
    Twin,
    finds,
    mark,
    participants,
    residual,
    twin,
    with_homes,
)
from zoho_privacy.workflows.writes import identifiers

ADA = {"firstName": "Ada", "lastName": "Moss", "email": "ada.moss@example.net", "phone": "+44 20 7946 0991"}
BEN = {"firstName": "Ben", "lastName": "Carter", "email": "ben.carter@example.org"}
START = datetime(2025, 1, 2, 14, 2, tzinfo=UTC)


def a_thread(number: int, content: str, **members: Any) -> Thread:
    thread = Thread(
        id=f"t{number}",
        ticket_id="7100",
        direction="in",
        channel="EMAIL",
        author_type="END_USER",
        author_email="ada.moss@example.net",
        author_name="Ada Moss",
        created=START + timedelta(hours=number),
        content=content,
    )
    return replace(thread, **members)


def an_original(*threads: Thread, **members: Any) -> Original:
    ticket = a_ticket(
        subject="Printer of Ada Moss offline since 1.19.2",
        description="<p>The printer HP-4200 prints <b>E-0x8007</b>.<br>Call me: +44 20 7946 0991.</p>",
        channel="Email",
        created=START,
        custom={"cf_product": "HP 4200", "cf_owner": "ada.moss@example.net"},
        raw={"category": "Hardware", "subCategory": None, "priority": "High"},
    )
    given = {"comments": (), "tags": frozenset({"printer", "privacy-hold"}), "persons": (ADA,)} | members
    return Original(ticket=ticket, threads=threads, **given)


def made(original: Original, *, keep_others: bool = False, **members: Any) -> Twin:
    return twin(original, reference="copy 7f3a", keep_others=keep_others, **members)


@pytest.mark.req("R-ERASE-1", "R-ERASE-2")
def test_the_work_stays_and_the_person_is_gone() -> None:
    threads = (
        a_thread(1, "Hi,\nit still prints E-0x8007 after driver 1.19.2.\n\nRegards\nAda Moss\nada.moss@example.net"),
        a_thread(2, "Dear Ada,\nplease run <code>lpstat -t</code>.", direction="out", author_type="AGENT",
                 author_email="support@desk.example.com", author_name="Kim Agent"),
    )  # fmt: skip
    result = made(an_original(*threads), custom=("cf_product", "cf_owner"))
    text = "\n".join(result.texts)
    for gone in ("Ada", "Moss", "ada.moss", "7946"):
        assert gone not in text
    for stays in ("HP-4200", "E-0x8007", "driver 1.19.2", "lpstat -t", "since 1.19.2"):
        assert stays in text
    assert result.subject.endswith("[copy 7f3a]")
    assert result.fields == {"category": "Hardware", "priority": "High"}
    assert result.custom["cf_product"] == "HP 4200"
    assert "ada" not in result.custom["cf_owner"]
    assert result.tags == {"printer", tags.REDACTED}
    assert not finds(result, an_original(*threads), keep_others=False)


def test_messages_are_in_order_with_time_role_and_number() -> None:
    note = Comment(id="c1", ticket_id="7100", content="<p>Ordered a fuser.</p>", public=False,
                   created=START + timedelta(hours=2))  # fmt: skip
    threads = (
        a_thread(3, "Works.", author_email="ben.carter@example.org", author_name="Ben Carter"),
        a_thread(1, "Broken."),
    )
    result = made(an_original(*threads, comments=(note,), persons=(ADA, BEN)))
    assert [text.split("\n\n") for text in result.messages] == [
        ["[1/3] 2025-01-02 15:02 UTC, customer, email", "Broken."],
        ["[2/3] 2025-01-02 16:02 UTC, note", "Ordered a fuser."],
        ["[3/3] 2025-01-02 17:02 UTC, customer 2, email", "Works."],
    ]


def test_the_same_value_has_the_same_placeholder_in_every_message() -> None:
    threads = (
        a_thread(1, "Write to vera.holt@example.com or tom.ash@example.com."),
        a_thread(2, "As said: tom.ash@example.com."),
    )
    first, second = made(an_original(*threads)).messages
    assert "[email 2 removed]" in first
    assert "[email 2 removed]" in second
    assert "[email removed]" not in second


def test_dates_counts_and_channel_are_told() -> None:
    file = Attachment(id="a1", name="ada-moss.pdf", size=10, href="/x")
    result = made(an_original(a_thread(1, "See the file.", attachments=(file,))))
    assert "opened 2025-01-02 14:02 UTC, closed 2025-01-05 00:00 UTC, by Email" in result.description
    assert "1 messages, 0 notes, 1 files deleted" in result.description
    assert "ada-moss" not in "\n".join(result.texts)


@pytest.mark.req("R-ERASE-2")
def test_on_a_ticket_of_others_only_the_erased_goes() -> None:
    threads = (
        a_thread(1, "Ada Moss here, with Ben Carter (ben.carter@example.org)."),
        a_thread(2, "Ben Carter again.", author_email="ben.carter@example.org", author_name="Ben Carter"),
    )
    original = an_original(*threads, persons=(ADA, BEN))
    result = made(original, keep_others=True)
    text = "\n".join(result.texts)
    assert "Ben Carter" in text
    assert "ben.carter@example.org" in text
    assert "Moss" not in text
    assert not result.anonymous
    assert not finds(result, original, keep_others=True)


@pytest.mark.req("R-ERASE-1", "R-ERASE-2")
def test_where_the_erased_lives_goes_too_and_where_others_live_stays() -> None:
    """What somebody was the first to write is theirs, also where another quotes it or an agent notes it down."""
    ben = {"author_email": BEN["email"], "author_name": "Ben Carter"}
    threads = (
        a_thread(1, "Please send it to 14 Meadow Way, Bristol BS1 4ST.\nAda Moss"),
        a_thread(2, "Mine: 9 Orchard Lane, York YO1 7HH.\n> Please send it to 14 Meadow Way, Bristol BS1 4ST.", **ben),
        a_thread(3, "As Ben said: 9 Orchard Lane, York YO1 7HH."),
    )  # fmt: skip
    note = Comment(id="c1", ticket_id="7100", content="Sent to 14 Meadow Way, Bristol BS1 4ST", public=False,
                   created=START + timedelta(hours=9))  # fmt: skip
    original = with_homes(an_original(*threads, comments=(note,), persons=(ADA, BEN)))
    result = made(original, keep_others=True)
    text = "\n".join(result.texts)
    assert "Meadow" not in text
    assert text.count("[address removed]") == 3
    assert text.count("9 Orchard Lane, York YO1 7HH") == 2
    assert not finds(result, original, keep_others=True)
    left = replace(result, messages=("[1/1] 14 meadow way, Bristol BS1 4ST",))
    assert finds(left, original, keep_others=True) == ("ADDRESS known: homes",)


@pytest.mark.req("R-ERASE-1", "R-ERASE-2")
def test_the_address_on_record_goes_whoever_wrote_it() -> None:
    """A copy no longer tells who wrote what; the record does."""
    record = {"street": "9 Orchard Lane", "zip": "YO1 7HH", "city": "York"}
    contact = Contact("1", "Ada", "Moss", ADA["email"], details=record)
    assert contact.homes == ("9 Orchard Lane, YO1 7HH York", "9 Orchard Lane")
    ben = {"author_email": BEN["email"], "author_name": "Ben Carter"}
    said = a_thread(1, "Send it to 9 Orchard Lane, YO1 7HH York, not to 14 Meadow Way, Bristol BS1 4ST.", **ben)
    original = with_homes(an_original(said, persons=(identifiers(contact), BEN)))
    text = "\n".join(made(original, keep_others=True).texts)
    assert "Orchard" not in text
    assert "14 Meadow Way, Bristol BS1 4ST" in text
    assert replace(contact, details={"street": "Main Street"}).homes == ()


def test_a_long_message_is_cut_below_what_desk_takes() -> None:
    result = made(an_original(a_thread(1, "log line\n" * 8_000)))
    assert len(result.messages) == 3
    assert all(len(text) < COMMENT_CHARS + 100 for text in result.messages)
    assert [text.split()[0] for text in result.messages] == [mark(number, 3) for number in (1, 2, 3)]


@pytest.mark.req("R-ERASE-1")
def test_anonymised_is_said_only_where_the_residual_test_finds_nothing() -> None:
    original = an_original(a_thread(1, "It prints again."))
    assert made(original).anonymous
    named = replace(made(original), messages=("[1/1] Call 020 7946 0991 or vera.holt@example.com",))
    assert residual(named, (ADA,))
    firm = {**ADA, "accountName": "Northwind Example Ltd"}
    employer = an_original(a_thread(1, "All printers of Northwind Example Ltd are offline."), persons=(ADA, firm))
    assert residual(replace(made(original), messages=("Northwind Example Ltd",)), (firm,)) == ("ORGANISATION",)
    assert made(employer).anonymous == (not residual(made(employer), employer.persons))


@pytest.mark.req("R-ERASE-4")
def test_the_second_reader_sees_what_was_left() -> None:
    original = an_original(a_thread(1, "x"))
    left = replace(made(original), description="From: ada.moss@example.net")
    assert finds(left, original, keep_others=False)
    assert finds(left, original, keep_others=True)


def test_participants_are_everybody_in_the_headers_once() -> None:
    threads = (
        a_thread(1, "x", to='"Support" <support@desk.example.com>, "Carter, Ben" <ben.carter@example.org>'),
        a_thread(2, "y", cc="ada.moss@example.net", author_name="Ada"),
    )
    found = {person["email"]: person for person in participants(threads)}
    assert set(found) == {"ada.moss@example.net", "support@desk.example.com", "ben.carter@example.org"}
    assert found["ada.moss@example.net"]["lastName"] == "Moss"

"""What headers say: results of our own server only, signs of machines, where answers are wanted."""

from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoho_privacy.domain.mailheaders import auth_results, headers, is_automatic, reply_to

OURS = "mx.example.com"


def mail(*lines: str, body: str = "Auto-Submitted: auto-replied") -> str:
    return "\r\n".join([*lines, "", body])


# ------------------------------------------------------------------------------------------------------------- results


@pytest.mark.req("R-VERIFY-5")
def test_results_of_our_own_server_are_read() -> None:
    raw = mail(
        "Authentication-Results: MX.example.com 1;",
        "\tdkim=pass (2048-bit; comment (nested; spf=fail)) header.d=example.net;",
        "\tspf=SoftFail smtp.mailfrom=ada.moss@example.net; dmarc = fail (p=none) header.from=example.net",
        "From: ada.moss@example.net",
    )
    assert auth_results(raw, OURS) == {"dkim": "pass", "spf": "softfail", "dmarc": "fail"}


@pytest.mark.req("R-VERIFY-5")
def test_only_the_topmost_line_of_our_own_server_is_believed() -> None:
    """A sender can put any line into a mail, but not above the one that our server adds."""
    raw = mail(
        "Authentication-Results: relay.example.org; dmarc=pass",
        f"Authentication-Results: {OURS}; spf=fail; dkim=none; dmarc=fail",
        "Received: from somewhere",
        f"Authentication-Results: {OURS}; spf=pass; dkim=pass; dmarc=pass",
    )
    assert auth_results(raw, OURS) == {"spf": "fail", "dkim": "none", "dmarc": "fail"}


@pytest.mark.parametrize(
    "line",
    [
        "Authentication-Results: mx.example.com.attacker.example; dmarc=pass",
        "Authentication-Results: spf=pass smtp.mailfrom=example.net; dmarc=pass",
        "Authentication-Results:",
        "Authentication-Results: ;",
        f"X-Authentication-Results: {OURS}; dmarc=pass",
        f"Authentication-Results: {OURS}; none",
        f'Authentication-Results: {OURS}; x-other=pass; reason="spf=pass; dmarc=pass"',
        f"Authentication-Results: {OURS}; header.dmarc=pass; dmarc pass; dmarc=",
    ],
)
def test_other_lines_prove_nothing(line: str) -> None:
    assert auth_results(mail(line), OURS) == {}


@pytest.mark.parametrize("trusted", [None, ""])
def test_without_a_server_of_our_own_nothing_is_believed(trusted: str | None) -> None:
    assert auth_results(mail(f"Authentication-Results: {OURS}; dmarc=pass"), trusted) == {}


def test_one_good_signature_of_several_is_enough_and_text_after_the_headers_is_not_read() -> None:
    raw = mail(f"Authentication-Results: {OURS}; dkim=fail header.d=list.example.org; dkim=pass header.d=example.net")
    assert auth_results(raw, OURS) == {"dkim": "pass"}
    assert auth_results(mail("From: x@example.com", body=f"Authentication-Results: {OURS}; dmarc=pass"), OURS) == {}


# ------------------------------------------------------------------------------------------------------------ machines


@pytest.mark.parametrize(
    ("line", "sign"),
    [
        ("Auto-Submitted: auto-replied", "auto_submitted"),
        ("auto-submitted: Auto-Generated; type=x", "auto_submitted"),
        ("X-Autoreply: yes", "auto_reply"),
        ("X-Loop: support@example.org", "auto_reply"),
        ("X-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent", "auto_reply"),
        ("X-Vacation: active", "auto_reply"),
        ("X-Autorespond: out of office", "auto_reply"),
        ("X-Auto-Response-Suppress: DR, OOF, AutoReply", "auto_reply"),
        ("X-Auto-Response-Suppress: All", "auto_reply"),
        ("Precedence: auto_reply", "auto_reply"),
        ("Precedence: BULK", "bulk"),
        ("Precedence: junk", "bulk"),
        ("Precedence: list", "list"),
        ("List-Id: News <news.example.com>", "list"),
        ("Return-Path: <>", "bounce"),
        ("Return-Path:", "bounce"),
        ("X-Failed-Recipients: somebody@example.com", "bounce"),
        ('Content-Type: multipart/report; boundary="b"', "bounce"),
        ("Content-Type:\r\n multipart/report;\r\n report-type=delivery-status", "bounce"),
    ],
)
@pytest.mark.req("R-INTAKE-1")
def test_a_sign_of_a_machine_has_a_name(line: str, sign: str) -> None:
    assert is_automatic(mail(line, "From: x@example.com"), "x@example.com") == sign


@pytest.mark.parametrize(
    "line",
    [
        "Auto-Submitted: no",
        "Auto-Submitted: no (a person)",
        "Auto-Submitted:",
        "X-Autoreply: no",
        "X-Auto-Response-Suppress: DR, RN, NRN",
        "Precedence: first-class",
        "Return-Path: <ada.moss@example.net>",
        "Content-Type: multipart/alternative; boundary=x",
        "Subject: Auto-Submitted: auto-replied",
    ],
)
def test_ordinary_headers_are_no_sign(line: str) -> None:
    assert is_automatic(mail(line), "ada.moss@example.net") is None


@pytest.mark.parametrize(
    ("sender", "machine"),
    [
        ("MAILER-DAEMON@example.com", True),
        ("Postmaster <postmaster@example.com>", True),
        ("no-reply@example.com", True),
        ("noreply+123@example.com", True),
        ("do_not_reply@example.com", True),
        ("bounces-77@example.com", True),
        ("autoreply@example.com", True),
        ("noreen@example.com", False),
        ("postmasters.club@example.com", False),
        ("ada.noreply@example.com", False),
        ("", False),
        (None, False),
    ],
)
def test_some_addresses_are_machines(sender: str | None, machine: bool) -> None:  # noqa: FBT001
    assert is_automatic(mail("From: x@example.com"), sender) == ("machine_sender" if machine else None)


# ------------------------------------------------------------------------------------------------------------ reply-to


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ("Reply-To: Ada Moss <Ada.Moss@Example.net>", "ada.moss@example.net"),
        ("reply-to: ada.moss@example.net", "ada.moss@example.net"),
        ('Reply-To: "other@example.org" <ada.moss@example.net>', "ada.moss@example.net"),
        ("Reply-To:\r\n\t<ada.moss@example.net>", "ada.moss@example.net"),
        ("Reply-To: nobody", None),
        ("From: ada.moss@example.net", None),
    ],
)
@pytest.mark.req("R-VERIFY-5")
def test_reply_to_is_the_address_that_answers_would_reach(line: str, address: str | None) -> None:
    assert reply_to(mail(line)) == address


# -------------------------------------------------------------------------------------------------------------- parser


def test_fields_of_a_mail_as_the_library_writes_it_come_back() -> None:
    message = EmailMessage()
    message["Subject"] = "A rather long subject " * 8
    message["To"] = "privacy@example.com"
    message.set_content("Hello\n\nList-Id: no header")
    found = dict(headers(message.as_string()))
    assert found["subject"] == str(message["Subject"]).strip()
    assert "list-id" not in found


@given(st.text(), st.text(max_size=40))
@settings(max_examples=100, deadline=None)
def test_no_text_breaks_the_reader(raw: str, sender: str) -> None:
    """Headers come from anybody."""
    result = auth_results(raw, OURS)
    assert set(result) <= {"spf", "dkim", "dmarc", "arc"}
    is_automatic(raw, sender)
    address = reply_to(raw)
    assert address is None or "@" in address


@given(st.text(alphabet='();"\\=spf dkimarc.\t', max_size=200))
@settings(max_examples=100, deadline=None)
def test_no_comment_or_quote_breaks_the_reader(rest: str) -> None:
    found = auth_results(f"Authentication-Results: {OURS};{rest}\n\n", OURS)
    assert all(value.isalpha() for value in found.values())


@pytest.mark.parametrize("piece", ["(", '"', ";", " \n ", "a@", "Reply-To: <", "spf=pass;"])
@pytest.mark.timeout(10)
def test_hostile_lengths_are_read_quickly(piece: str) -> None:
    raw = f"Authentication-Results: {OURS};" + piece * 200_000
    auth_results(raw, OURS)
    is_automatic(raw, piece * 100_000)
    reply_to("Reply-To: " + piece * 200_000)

import pytest

from zoho_privacy.adapters.rulesets import lexicon
from zoho_privacy.domain.mailtext import (
    MAX_LINES,
    MAX_SENTENCE,
    Role,
    full_text,
    is_html,
    reading_text,
    sentences,
    split,
    visible,
    without_prefixes,
)

WORDS = lexicon().mail
REPLY_LINES = (
    "On Mon, 2 Mar 2026 at 10:02, Support <support@example.com> wrote:",
    "Am 02.03.2026 um 10:02 schrieb Support <support@example.com>:",
    "Le lun. 2 mars 2026 à 10:02, Support <support@example.com> a écrit :",
    "El lun, 2 mar 2026 a las 10:02, Support (<support@example.com>) escribió:",
    "Op ma 2 mrt 2026 om 10:02 schreef Support <support@example.com>:",
    "Il giorno lun 2 mar 2026 alle ore 10:02 Support <support@example.com> ha scritto:",
    "2026年3月2日(月) 10:02 Support <support@example.com>:",
)
HEADER_BLOCKS = (
    "From: Support <support@example.com>\nSent: 2 March 2026 10:02\nTo: Ida\nSubject: ticket",
    "Von: Support <support@example.com>\nGesendet: Montag, 2. März 2026 10:02\nAn: Ida\nBetreff: Ticket",
    "De : Support <support@example.com>\nEnvoyé : lundi 2 mars 2026 10:02\nÀ : Ida\nObjet : ticket",
    "Da: Support <support@example.com>\nInviato: lunedì 2 marzo 2026 10:02\nA: Ida\nOggetto: ticket",
)


@pytest.mark.req("R-CLASS-4")
@pytest.mark.parametrize("introduction", [*REPLY_LINES, *HEADER_BLOCKS])
def test_what_a_reply_quotes_is_history(introduction: str) -> None:
    mail = split(f"Thanks, that works now for me.\n\n{introduction}\n\nold words", subject="Re: ticket", words=WORDS)
    assert mail.own == "Thanks, that works now for me."
    assert "old words" in mail.text(Role.HISTORY)


@pytest.mark.req("R-CLASS-4")
@pytest.mark.parametrize("block", HEADER_BLOCKS)
def test_what_a_forward_carries_is_forwarded(block: str) -> None:
    mail = split(f"see below\n\n{block}\n\nnew words", subject="Fwd: ticket", words=WORDS)
    assert mail.text(Role.FORWARDED) == "new words"


def test_arrows_are_quotes() -> None:
    mail = split("I agree with all of this.\n> old words\n>> older words", words=WORDS)
    assert mail.own == "I agree with all of this."
    assert "old words" in mail.text(Role.HISTORY)


def test_a_signature_and_a_legal_notice_are_footers() -> None:
    notice = "This e-mail is confidential. If you are not the recipient, delete it."
    body = f"The beamer is broken.\n\n-- \nIda Holm\n\n{notice}"
    mail = split(body, words=WORDS)
    assert mail.own == "The beamer is broken."
    assert "delete it" in mail.text(Role.FOOTER)


def test_a_postscript_below_the_signature_is_said() -> None:
    mail = split("The beamer is broken.\n\n-- \nIda\n\nPS: please call me", words=WORDS)
    assert "please call me" in mail.own


def test_inline_tags_join_and_blocks_part() -> None:
    assert reading_text("<p>de<b>le</b>te it</p><p>now</p>").split() == ["delete", "it", "now"]
    assert "\n" in reading_text("<div>one</div><div>two</div>").strip()


def test_hidden_elements_are_not_read() -> None:
    page = '<div style="display:none">delete my data</div><style>p{}</style><p>hello</p>'
    assert reading_text(page).strip() == "hello"


def test_quote_blocks_of_pages_are_quotes() -> None:
    page = "<div>I agree with all of this.</div><blockquote><div>old words</div></blockquote>"
    mail = split(page, subject="Re: x", words=WORDS)
    assert mail.own == "I agree with all of this."
    assert "old words" in mail.text(Role.HISTORY)


@pytest.mark.parametrize(
    ("text", "page"), [("a < b and c > d", False), ("<p>a</p>", True), ("<user@example.com>", False)]
)
def test_pages_are_told_from_text(text: str, page: bool) -> None:  # noqa: FBT001  a table of two columns
    assert is_html(text) is page


def test_invisible_characters_vanish() -> None:
    assert visible("de\u200ble\u00adte\u00a0me") == "delete me"


@pytest.mark.parametrize("subject", ["Re: Fwd: my data", "AW: WG: my data", "RE: [12]: my data", "my data"])
def test_prefixes_are_dropped(subject: str) -> None:
    assert without_prefixes(subject, WORDS).endswith("my data")


def test_sentences_survive_abbreviations_and_wrapped_lines() -> None:
    text = "I ask under Art. 17 GDPR to erase my data, which is\nlong overdue by now. Thanks, Dr. Holm"
    assert sentences(text)[0].startswith("I ask under Art. 17 GDPR to erase my data, which is long")


def test_sentences_are_bounded() -> None:
    assert all(len(piece) <= MAX_SENTENCE for piece in sentences("word " * 2_000 + "x" * 5_000))


def test_a_very_long_body_keeps_its_beginning_and_end() -> None:
    text = reading_text("first\n" + "log\n" * 50_000 + "last")
    assert text.count("\n") <= MAX_LINES + 1
    assert (text[:5], text[-4:]) == ("first", "last")


def test_deeply_nested_pages_are_read() -> None:
    assert "end" in reading_text("<div>" * 20_000 + "end")


def test_the_full_text_has_every_line_of_a_log() -> None:
    log = "\n".join(f"{number:05d}\tERROR  at 0x{number:08x}" for number in range(9_000))
    assert full_text(log) == log
    page = f"<p>Log:</p><pre>{log}</pre><p>Regards</p>"
    assert full_text(page).split("\n")[-1] == "Regards"
    assert "08999 ERROR at 0x00002327" in full_text(page).split("\n")


def test_the_full_text_of_hostile_listings_takes_no_longer_than_they_are_long() -> None:
    assert full_text("<pre>" * 20_000 + "x").endswith("x")
    assert full_text("<p>a</p>" + "</pre>\n" * 20_000 + "y").endswith("y")

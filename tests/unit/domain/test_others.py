"""Whose value it is decides whether it stays."""

import re
from dataclasses import replace

import pytest

from zoho_privacy.domain.collected import Decisions, Known
from zoho_privacy.domain.mailtext import full_text
from zoho_privacy.domain.model import Law
from zoho_privacy.domain.others import Masker
from zoho_privacy.domain.redact import find_personal_data
from zoho_privacy.domain.roster import Roster

ADA = Known("1", frozenset({"ada.moss@example.net"}), frozenset({"49305550142"}), team=frozenset({"help@example.com"}))


@pytest.fixture
def masker() -> Masker:
    return Masker(ADA, Law.GDPR, find_personal_data, names=["Bob Stone"], links="https://privacy.example.com")


@pytest.mark.req("R-ACCESS-4")
@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("ada.moss@example.net wrote", "ada.moss@example.net wrote"),
        ("ADA.MOSS@EXAMPLE.NET wrote", "ADA.MOSS@EXAMPLE.NET wrote"),
        ("help@example.com", "help@example.com"),
        ("bob@example.org, ada.moss@example.net", "[email removed], ada.moss@example.net"),
        ("not-ada.moss@example.net", "[email removed]"),
        ("ring +49 30 5550142", "ring +49 30 5550142"),
        ("ring 030 5550142", "ring 030 5550142"),
        ("ring +44 20 7946 0958", "ring [phone removed]"),
        ("> Lumen 6, +39 06 5550 100009\n> +39 06 5550 100141", "> Lumen 6, [phone removed]\n> [phone removed]"),
        ("says BOB STONE.", "says [name removed]."),
        ("Bob Stonehenge", "Bob Stonehenge"),
        ("see https://privacy.example.com/proof/AbC_9-x now", "see [secret removed] now"),
        ("version 1.2.3, order 20260302", "version 1.2.3, order 20260302"),
    ],
)
def test_only_others_go(masker: Masker, text: str, masked: str) -> None:
    assert masker.text(text, "r") == masked


@pytest.mark.req("R-ACCESS-6")
@pytest.mark.parametrize(
    "text",
    [
        "my security question answer is {}",
        "Security question: first pet? Answer: {}. Thank you",
        "The answer to my security question is {}.",
        "<p>Secret question</p><p>Which street?</p><p>Answer: <b>{}</b></p>",
        "security answer = {}",
        "Sicherheitsfrage: Haustier?\nAntwort: {}",
        "question de sécurité : quel animal ? Réponse : {}",
        "Pregunta secreta: ¿mascota? Respuesta: {}",
        "Bezpečnostní otázka: pes? Odpověď: {}",
        "Ερώτηση ασφαλείας: σκύλος; Απάντηση: {}",
    ],
)
def test_what_answers_a_security_question_is_a_secret(masker: Masker, text: str) -> None:
    masked, _ = masker.body(text.format("Rubbleheap"), "r")
    assert "Rubbleheap" not in masked
    assert {mask.label for mask in masker.masks} == {"SECRET"}


@pytest.mark.req("R-ACCESS-4")
def test_an_address_that_begins_with_a_known_name_goes_whole() -> None:
    """Two findings that overlap mask what either of them covers."""
    masker = Masker(ADA, Law.GDPR, find_personal_data, roster=Roster(["Carol Jones"]))
    masked = masker.text("Carol Jones of 17 Elm Street, 10115 Berlin called.", "r")
    assert masked == "[name removed][address removed] called."
    shown = Decisions(show=frozenset({masker.spots[-1].value.strip().casefold()}))
    masker = Masker(ADA, Law.GDPR, find_personal_data, roster=Roster(["Carol Jones"]), decisions=shown)
    masked = masker.text("Carol Jones of 17 Elm Street, 10115 Berlin called.", "r")
    assert masked == "[name removed] of 17 Elm Street, 10115 Berlin called."


def test_who_only_asks_about_a_security_question_tells_no_secret(masker: Masker) -> None:
    text = "I have a security question about my answer, please call. What is a secret question? She is new here."
    assert masker.text(text, "r") == text


@pytest.mark.req("R-ACCESS-6")
@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("bank account number 000123456789", "bank account number [iban removed]"),
        ("routing: 021000021, checking acct 12345678", "routing: [iban removed], checking acct [iban removed]"),
        ("my health insurance member ID is XEH123456789.", "my health insurance member ID is [id removed]."),
        ("medical plan policy no. HP-99812-33", "medical plan policy no. [id removed]"),
        ("our health plan of 2026-2027", "our health plan of 2026-2027"),
    ],
)
def test_numbers_of_money_and_health_are_held_back_where_the_law_says_so(text: str, masked: str) -> None:
    """Accounts and health insurance are named beside the social security number (11 CCR 7024(d))."""
    assert Masker(ADA, Law.CCPA, find_personal_data).text(text, "r") == masked
    own = Masker(ADA, Law.GDPR, find_personal_data).text(text, "r")
    assert "[iban removed]" not in own
    assert "[id removed]" not in own


@pytest.mark.req("R-ACCESS-4", "R-ACCESS-6")
@pytest.mark.parametrize(
    ("on_file", "text", "kept"),
    [
        ("place du Marché 4\n33757\nAnnecy", "place du Marché 4, 33757 Annecy", True),
        ("place du Marché 4\nAnnecy", "place du Marché 4, 33757 Annecy", True),
        ("place du Marché 4\n33757\nAnnecy", "place du Marché 4, 33757 Annecy\ncalle Nueva 12, 97109 Cádiz", False),
        ("place du Marché 4\nAnnecy", "place du Marché 4, 33757 Annecy\ncalle Nueva 12, 97109 Cádiz", False),
        ("33757\nAnnecy", "calle Nueva 12, 97109 Cádiz", False),
    ],
)
def test_the_own_address_stays_and_does_not_keep_a_neighbours(on_file: str, text: str, *, kept: bool) -> None:
    """One finding may run over two addresses that stand one below the other."""
    masker = Masker(replace(ADA, address=on_file), Law.GDPR, find_personal_data)
    masked = masker.text(text, "r")
    assert (masked == text) is kept
    assert kept or not {"Nueva", "97109", "Cádiz"} & set(re.findall(r"\w+", masked))


@pytest.mark.req("R-ACCESS-4")
@pytest.mark.parametrize(
    "page",
    [
        "<p>bob@exa<wbr>mple.org</p>",
        "<p>bob&#64;example.org</p>",
        "<p>bob&#x40;example&period;org</p>",
        "<a href='mailto:bob%40example.org'>write</a>",
        "<p>b<b>ob</b>@example.org</p>",
        "<p>bob@<span></span>example.org</p>",
        "<img alt='bob@example.org' src=x>",
        "<!-- bob@example.org --><p>x</p>",
        "<p>bob&amp;#64;example.org</p>",
        "<p>bob\u200b@example.org</p>",
    ],
)
def test_no_notation_hides_an_address(masker: Masker, page: str) -> None:
    masked, _ = masker.body(page, "r")
    for reading in (masked, full_text(masked)):
        assert "bob" not in reading.casefold()
        assert "example.org" not in reading


def test_the_own_address_stays_in_markup(masker: Masker) -> None:
    page = "<p>I am <a href='mailto:ada.moss@example.net'>ada.moss@exa<wbr>mple.net</a></p>"
    assert masker.body(page, "r") == (page, False)
    assert masker.masks == ()


def test_masking_twice_is_masking_once(masker: Masker) -> None:
    page = "<p>bob@example.org password: Tr0ub4dor&amp;3</p>"
    once, _ = masker.body(page, "r")
    assert masker.body(once, "r") == (once, False)


def test_headers_name_only_the_known(masker: Masker) -> None:
    header = '"Ada Moss" <ada.moss@example.net>, "Bob Stone" <bob@example.org>, help@example.com'
    assert masker.addresses(header, "r") == '"Ada Moss" <ada.moss@example.net>, [another person], help@example.com'
    assert masker.addresses("", "r") == ""


def test_each_mask_is_counted_with_its_reason(masker: Masker) -> None:
    masker.text("bob@example.org carol@example.org password=Hunter2!x", "message 7")
    counted = {(m.record, m.label, m.reason, m.count) for m in masker.masks}
    assert counted == {("message 7", "EMAIL", "others", 2), ("message 7", "SECRET", "secret", 1)}


def test_ids_in_records_are_left_alone() -> None:
    """Eighteen digits of an id may pass for a card number."""
    masker = Masker(ADA, Law.CCPA, find_personal_data)
    record = {"id": "4111111111111111", "contactId": "4111111111111111", "note": "4111 1111 1111 1111"}
    assert masker.tree(record, "r") == {**record, "note": "[card removed]"}


def test_a_long_body_is_read_to_its_end() -> None:
    assert full_text("x" * 900_000 + " end").endswith(" end")

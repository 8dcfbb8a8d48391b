"""From a mail to a case: what is recognised, what is written on the ticket, what is answered, what is left alone."""

from datetime import date, datetime

import pytest

from tests.scenario.world import (
    ADA,
    CODE,
    COPY_ALL,
    DELETE_ALL,
    FIELD,
    PRIVACY,
    SUPPORT,
    VERIFY,
    World,
    get,
    old_ticket,
)
from zoho_privacy.config import ClientConfig
from zoho_privacy.domain.model import Kind, Level, Role, State

PLEAS = {
    "en": "Hello, please delete all personal data you hold about me. Thank you.",
    "de": "Guten Tag, bitte löschen Sie alle personenbezogenen Daten, die Sie über mich gespeichert haben. Danke.",
    "fr": "Bonjour, veuillez supprimer toutes les données personnelles que vous détenez à mon sujet. Merci.",
    "es": "Buenos días, por favor eliminen todos mis datos personales. Gracias.",
    "nl": "Goedendag, verwijder alstublieft alle persoonsgegevens die u over mij bewaart. Dank u wel.",
    "it": "Buongiorno, vi prego di cancellare tutti i dati personali che conservate su di me. Grazie.",
}
ORDINARY = {
    "driver": ("Printer driver", "Hi, please delete the old printer driver from my laptop, it keeps popping up."),
    "negation": ("Account locked", "My account is locked. Please do not delete my personal data, just unlock it."),
    "footer": (
        "Toner",
        "We need new toner.\n\nAda Moss\n\n--\nPrivacy notice: you have the right to erasure of your personal data.",
    ),
    "drive": ("Laufwerk", "Seit heute habe ich keinen Zugriff auf meine Daten auf Laufwerk T:. Bitte prüfen. Danke"),
    "nothing": ("(no subject)", ""),
}
CALIFORNIA = {"country": "United States", "state": "California"}


@pytest.mark.req("R-INTAKE-1", "R-INTAKE-2", "R-CLASS-1", "R-CLOCK-1", "R-TAG-1")
@pytest.mark.parametrize("queue", [PRIVACY, SUPPORT])
def test_a_request_in_any_queue_becomes_one_case_with_its_dates(world: World, queue: str) -> None:
    world.ada()
    made = world.mail(DELETE_ALL, subject="Delete my data", to=queue)
    case = world.case()
    thread = world.zoho.get(f"/tickets/{made['ticketId']}/threads/{made['threadId']}").json()
    assert (case.kind, case.state, case.contact_id) == (Kind.DELETION, State.AWAITING_PROOF, made["contactId"])
    assert case.due.received == datetime.fromisoformat(thread["createdTime"])
    assert (case.due.promise_due, case.due.due) == (date(2026, 2, 4), date(2026, 2, 4))
    assert case.due.legal_due >= case.due.promise_due
    assert world.tags(made["ticketId"]) == {"privacy-awaiting-proof", "privacy-kind-deletion"}
    assert world.field(made["ticketId"]) == "awaiting_proof"
    (letter,) = world.letters()
    assert letter["ticketId"] == made["ticketId"]
    assert world.zoho.outbox() == [letter]


@pytest.mark.req("R-LANG-1", "R-CLOCK-2")
@pytest.mark.parametrize("language", PLEAS)
def test_the_one_answer_is_in_the_language_of_the_mail(world: World, language: str) -> None:
    world.ada()
    world.mail(PLEAS[language], subject="...")
    (letter,) = world.letters()
    assert f'<div lang="{language}">' in letter["content"]
    assert CODE.search(letter["content"])
    assert f'<html lang="{language}"' in get(world.found(VERIFY)).text
    assert world.case().language == language


@pytest.mark.req("R-VERIFY-1", "R-VERIFY-2", "R-VERIFY-4", "R-VERIFY-8")
@pytest.mark.parametrize(
    ("home", "text", "level", "asked"),
    [
        ({"country": "Germany"}, DELETE_ALL, Level.V1, []),
        ({"country": "Germany"}, COPY_ALL, Level.V1, []),
        (CALIFORNIA, DELETE_ALL, Level.V1, ["ticket_number"]),
        (CALIFORNIA, COPY_ALL, Level.V2, ["ticket_number", "phone", "declared"]),
        ({"country": ""}, COPY_ALL, Level.V1, []),
    ],
    ids=["eu-deletion", "eu-copy", "california-deletion", "california-copy", "unknown-home"],
)
def test_no_more_proof_is_asked_than_the_law_allows(
    world: World, home: dict[str, str], text: str, level: Level, asked: list[str]
) -> None:
    world.ada(**home)
    world.mail(text)
    assert world.case().level is level
    assert FIELD.findall(get(world.found(VERIFY)).text) == asked
    letter = world.letters()[-1]["content"].casefold()
    assert not [word for word in ("passport", "identity card", "driving licence", "notar") if word in letter]


@pytest.mark.req("R-VERIFY-7", "R-OPTOUT-1", "R-OPTOUT-2", "R-CONSENT-2")
@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.OPT_OUT_SALE, "As a California resident I direct you not to sell or share my personal information."),
        (Kind.LIMIT_SENSITIVE, "I want you to limit the use of my sensitive personal information."),
        (Kind.WITHDRAW_CONSENT, "I withdraw my consent to the processing of my data for your newsletter."),
    ],
)
def test_what_needs_no_proof_is_done_at_once(world: World, kind: Kind, text: str) -> None:
    """One letter that says it is done, no code, no page; and the wish is stored where own jobs look."""
    contact_id = world.ada(**CALIFORNIA)
    ticket_id = world.mail(text)["ticketId"]
    case = world.case()
    assert (case.kind, case.level, case.state) == (kind, Level.V0, State.CLOSED)
    (letter,) = world.letters()
    assert not CODE.search(letter["content"])
    assert "/verify/" not in letter["content"]
    assert world.app.store.get(world.org, "suppression", f"{contact_id}:{kind}") is not None
    assert world.tags(ticket_id) == {"privacy-closed", f"privacy-kind-{kind.value.replace('_', '-')}"}


@pytest.mark.req("R-CLASS-4", "R-TAG-1")
@pytest.mark.parametrize("mail", ORDINARY)
def test_ordinary_mail_is_left_exactly_as_it_was(world: World, mail: str) -> None:
    world.ada()
    subject, text = ORDINARY[mail]
    made = world.mail(text, subject=subject, to=SUPPORT, settle=False)
    before, seen = world.stored(made["ticketId"]), world.last_call()
    world.settle()
    reads = [call["path"] for call in world.calls(seen)]
    assert reads, "nobody looked at the ticket"
    assert world.stored(made["ticketId"]) == before
    assert world.writes(seen) == []
    assert world.zoho.outbox() == []
    assert world.cases == ()


@pytest.mark.req("R-CLASS-3")
def test_a_doubtful_mail_is_tagged_for_a_person_with_the_clock_running(world: World) -> None:
    world.ada()
    ticket_id = world.mail("Please close my account.", subject="Account")["ticketId"]
    case = world.case()
    assert (case.state, case.due.due) == (State.WITH_PERSON, date(2026, 2, 4))
    assert world.tags(ticket_id) == {"privacy-possible", "privacy-with-person", "privacy-kind-deletion"}
    assert len(world.notes(ticket_id)) == 1
    assert world.sent() == {"possible": 1}
    world.reply(ticket_id, "Yes")
    assert (world.case().state, world.case().due) == (State.AWAITING_PROOF, case.due)


@pytest.mark.req("R-CLASS-2")
def test_two_rights_in_one_mail_are_two_cases_and_one_answer(world: World) -> None:
    world.ada()
    text = "Please send me a copy of all my personal data. After that, please delete all personal data about me."
    ticket_id = world.mail(text)["ticketId"]
    assert world.states() == {"access": "awaiting_proof", "deletion": "awaiting_proof"}
    assert len({case.due.received for case in world.cases}) == 1
    assert len(world.letters()) == 1
    assert {"privacy-kind-access", "privacy-kind-deletion"} <= world.tags(ticket_id)


@pytest.mark.req("R-CLASS-5")
def test_a_reminder_joins_the_open_case(world: World) -> None:
    """No second case and no new clock; but it is urgent now, and the person hears that it is not forgotten."""
    world.ada()
    first = world.mail(DELETE_ALL, subject="Delete my data")["ticketId"]
    due = world.case().due
    world.reply(first, "Once more: please delete all personal data you hold about me.")
    case = world.case()
    assert (case.due, case.urgency) == (due, 1)
    assert "privacy-urgent" in world.tags(first)
    assert len(world.letters()) == 2


@pytest.mark.req("R-INTAKE-2", "R-VERIFY-12")
def test_mail_from_before_the_installation_is_never_answered(world: World) -> None:
    """Whoever installs the suite must not send letters about years of old tickets."""
    world.seed([{"firstName": "Ada", "lastName": "Moss", "email": ADA}], [old_ticket(ADA, "Delete me", DELETE_ALL)])
    ticket_id = next(iter(world.zoho.get("/tickets/search", email=ADA).json()["data"]))["id"]
    world.touch(ticket_id)
    world.settle()
    assert world.cases == ()
    assert world.zoho.outbox() == []


@pytest.mark.req("R-CHILD-1")
def test_a_childs_mail_goes_to_a_person_at_once(world: World) -> None:
    text = "I am 11 years old and I have an account at your portal. Please delete my data. Iris"
    ticket_id = world.mail(text, sender="iris.fields@example.com", name="Iris Fields")["ticketId"]
    assert {case.state for case in world.cases} == {State.WITH_PERSON}
    assert "privacy-urgent" in world.tags(ticket_id)
    (letter,) = world.letters("iris.fields@example.com")
    assert not CODE.search(letter["content"])


@pytest.mark.req("R-PROC-1")
def test_a_clients_employee_is_sent_to_the_client(stage: World) -> None:
    account = "417000000000000001"
    stage.portal = {"processor_accounts": {account: ClientConfig(name="Northwind Example Ltd")}}
    world = stage.open()
    world.ada(accountId=account)
    ticket_id = world.mail(DELETE_ALL)["ticketId"]
    assert (world.case().state, world.case().processor_for) == (State.ROUTED, "Northwind Example Ltd")
    assert "privacy-routed" in world.tags(ticket_id)
    (letter,) = world.letters()
    assert "Northwind Example Ltd" in letter["content"]
    assert not CODE.search(letter["content"])


@pytest.mark.req("R-PROC-2", "R-PROC-3", "R-PROC-5", "R-PROC-6")
def test_a_request_about_our_data_and_a_clients_is_walked_to_both_ends(stage: World) -> None:
    """A letter to the person, one to the client's contact, unseen on the ticket; its word is read before it counts."""
    account, privacy = "417000000000000001", "privacy@northwind.example.com"
    client = ClientConfig(name="Northwind Example Ltd", role=Role.BOTH, contact=privacy, contract="MSA-12", days=5)
    stage.portal = {"processor_accounts": {account: client}}
    world = stage.open()
    world.ada(accountId=account)
    ticket_id = world.mail(DELETE_ALL, cc="boss@northwind.example.com")["ticketId"]
    assert {case.mixed: case.state for case in world.cases} == {False: State.ROUTED, True: State.AWAITING_PROOF}
    assert [len(world.letters(who)) for who in (ADA, privacy, "boss@northwind.example.com")] == [1, 1, 0]
    assert all(word in world.letters(privacy)[0]["content"] for word in (ADA, "MSA-12", "10 January 2026"))
    world.confirm()
    ours, theirs = (next(case for case in world.cases if case.mixed is mixed) for mixed in (True, False))
    assert (ours.state, theirs.state) == (State.WITH_PERSON, State.ROUTED)
    assert theirs.due.due < ours.due.due
    world.reply(ticket_id, "Please delete everything about her.", sender=privacy, name="Northwind")
    assert {case.state for case in world.cases} == {State.WITH_PERSON}
    assert any("The client's contact has answered" in note for note in world.notes(ticket_id))
    assert world.app.store.find(world.org, "plan") == []


@pytest.mark.req("R-VERIFY-5")
def test_mail_from_a_machine_gets_no_answer(world: World) -> None:
    """Two systems that answer each other would never stop."""
    world.ada()
    ticket_id = world.mail(DELETE_ALL, headers={"Auto-Submitted": "auto-generated"})["ticketId"]
    assert world.case().state is State.WITH_PERSON
    assert world.zoho.outbox() == []
    assert "Nobody was answered" in world.notes(ticket_id)[0]

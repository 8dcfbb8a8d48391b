import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.unit.domain.understanding_cases import Example, examples, share
from zoho_privacy.adapters.rulesets import lexicon
from zoho_privacy.adapters.understanding import classify
from zoho_privacy.domain.classify import understand
from zoho_privacy.domain.model import Kind, Law, Understanding

ALL = tuple(examples())
TUNED = tuple(example for example in ALL if not example.held_out)
HELD_OUT = tuple(example for example in ALL if example.held_out)
# Two misspellings go further than one slip in a short word; they stay as a reminder of where tolerance ends.
BEYOND = frozenset({"en-31", "fr-21"})
DATA = Path(__file__).parents[4] / "shared" / "data"


def read(text: str, subject: str = "") -> Understanding:
    return understand(subject, text, lexicon=lexicon())


def kinds(text: str, subject: str = "") -> set[str]:
    return {kind.value for kind in read(text, subject).kinds}


@pytest.mark.req("R-CLASS-1", "R-CLASS-4")
@pytest.mark.parametrize("example", [e for e in TUNED if e.name not in BEYOND], ids=lambda e: e.name)
def test_a_known_wording_is_understood(example: Example) -> None:
    assert example.met_by(read(example.text, example.subject))


@pytest.mark.req("R-CLASS-1")
def test_held_out_requests_are_found() -> None:
    """Nobody tuned on these; the floor is a little under what was measured (docs/decisions/0003)."""
    requests = [each for each in HELD_OUT if each.expect not in {"", "doubtful", "reminder"}]
    assert share(bool(read(each.text, each.subject).labels) for each in requests) >= 0.9
    assert share(each.met_by(read(each.text, each.subject)) for each in requests) >= 0.8


@pytest.mark.req("R-CLASS-4")
def test_held_out_lookalikes_stay_quiet() -> None:
    """These are the hardest look-alikes we could think of, not ordinary mail."""
    lookalikes = [each for each in HELD_OUT if not each.expect]
    assert share(not read(each.text, each.subject).labels for each in lookalikes) >= 0.9


@pytest.mark.req("R-CLASS-3")
def test_each_label_carries_the_sentence_that_caused_it() -> None:
    found = read("The scanner is slow. Please delete all personal data you hold about me. Thanks!")
    assert [(label.kind, label.sentence) for label in found.labels] == [
        (Kind.DELETION, "Please delete all personal data you hold about me.")
    ]
    assert 0.5 <= found.labels[0].confidence < 1.0


@pytest.mark.req("R-CLASS-2")
def test_one_mail_may_ask_for_several_things() -> None:
    text = "Please send me a copy of all the data you hold about me. I also withdraw my consent to the use of my photo."
    assert kinds(text) == {"access", "withdraw_consent"}


@pytest.mark.req("R-CLASS-4")
def test_a_forwarded_request_counts_and_is_marked() -> None:
    text = (
        "FYI, please handle.\n\n---------- Forwarded message ---------\nFrom: Ida Holm <ida.holm@example.org>\n"
        "Date: Mon, 2 Mar 2026 at 09:00\nSubject: data\n\nPlease erase all my personal data.\nIda"
    )
    (label,) = read(text, "Fwd: data").labels
    assert (label.kind, label.quoted) == (Kind.DELETION, True)


@pytest.mark.req("R-CLASS-4")
def test_quoted_history_does_not_count() -> None:
    quote = "On Mon, 2 Mar 2026 at 09:00, Ida <ida@example.org> wrote:\n> Delete all my personal data."
    text = f"Thanks, that works.\n\n{quote}"
    assert not read(text, "Re: data").labels


@pytest.mark.req("R-CLASS-5")
def test_a_reminder_opens_no_complaint_of_its_own() -> None:
    found = read("I asked you three weeks ago to delete my personal data and have still not received an answer.")
    assert found.reminder
    assert found.kinds == (Kind.DELETION,)


@pytest.mark.req("R-CLASS-5")
def test_a_reminder_that_goes_to_the_authority_is_a_complaint() -> None:
    text = (
        "I asked you a month ago to delete my personal data and have received no answer. "
        "I am now filing a complaint with the supervisory authority."
    )
    assert Kind.COMPLAINT in read(text).kinds


@pytest.mark.req("R-AGENT-1")
def test_somebody_writing_for_another_is_told_with_the_address() -> None:
    found = read("On behalf of my client (ida.holm@example.org) I request the erasure of all personal data about her.")
    assert (found.by_agent, found.about) == (True, ("ida.holm@example.org",))
    assert not read("Please delete my personal data, ida.holm@example.org").by_agent


@pytest.mark.req("R-CHILD-1")
def test_a_parents_report_is_one_report_and_no_deletion_by_the_parent() -> None:
    found = read("My daughter is 11 and has signed up at your portal. Please remove her data.")
    assert (found.child, found.kinds) == (True, (Kind.CHILD_REPORT,))


@pytest.mark.req("R-VERIFY-7")
def test_an_objection_to_marketing_is_told_from_other_objections() -> None:
    assert read("I object to the use of my personal data for direct marketing.").marketing
    other = read("I object to the processing of my personal data under Article 21(1) GDPR.")
    assert (other.kinds, other.marketing) == ((Kind.OBJECTION,), False)


@pytest.mark.parametrize(
    ("text", "law"),
    [
        ("Under the GDPR, please delete my personal data.", Law.GDPR),
        ("Under the UK GDPR, please delete my personal data.", Law.UK_GDPR),
        ("I am a California resident. Please delete my personal data.", Law.CCPA),
        ("Com base na LGPD, apaguem os meus dados pessoais.", Law.LGPD),
        ("I live in Colorado. Please delete my personal data.", Law.US_STATE),
        ("As a resident of Canada I ask you to delete my personal data.", Law.PIPEDA),
    ],
)
def test_laws_and_residence_are_read(text: str, law: Law) -> None:
    assert read(text).laws == (law,)


def test_sensitive_and_client_data_are_signals() -> None:
    assert read("Please delete my personal data, above all the notes about my diagnosis and health.").sensitive
    assert read(
        "I left the company you host for: please delete my personal data, my employer is your client."
    ).client_data


@pytest.mark.req("R-CLASS-6")
def test_spam_is_a_verdict_of_its_own() -> None:
    found = read("We offer SEO services and guest post backlinks. Earn bitcoin now! Buy followers and rank on Google.")
    assert not found.labels


@pytest.mark.parametrize("text", ["", " \n\t", "\x00", "😀" * 50, "?" * 500])
def test_nothing_asks_for_nothing(text: str) -> None:
    found = read(text, text)
    assert (found.labels, found.doubtful, found.reminder) == ((), (), False)


def test_the_stable_call_names_every_kind_and_the_agent() -> None:
    found = classify("", "Please delete all my personal data.")
    assert found.keys() == {*(kind.value for kind in Kind), "agent"}
    assert found["deletion"] >= 0.5 > found["access"]


def test_the_stable_call_counts_narrower_questions_as_access() -> None:
    found = classify("", "Under the CCPA, disclose the categories of personal information about me.")
    assert found["access"] >= found["know_categories"] >= 0.5


@pytest.mark.req("R-CLASS-1")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Please don't use my details for anything until this is settled, just keep them stored.", "restriction"),
        ("I don't want my messages to be used for training your model.", "objection"),
        ("There should be no trace of me left in your records.", "deletion"),
        ("Bei Ihnen darf keine Spur mehr von mir bleiben.", "deletion"),
        ("Which other companies got my details from you?", "recipient_list"),
        ("Geen reclamemails meer, alstublieft.", "objection"),
        ("Μετακομίζω σε άλλον πάροχο, δώστε μου τα δεδομένα μου σε αρχείο που να πάρω μαζί μου.", "portability"),
    ],
)
def test_what_is_to_be_done_is_read_without_legal_words(text: str, expected: str) -> None:
    assert kinds(text) == {expected}


@pytest.mark.req("R-CLASS-1")
@pytest.mark.parametrize(
    "text",
    [
        "Please give me the list of all third parties that receive my data.",
        "Bitte geben Sie mir die Liste aller Dritten, die meine Daten erhalten.",
        "Donnez-moi la liste de tous les tiers qui reçoivent mes données.",
    ],
)
def test_a_list_of_those_who_receive_data_is_no_copy_of_the_data(text: str) -> None:
    assert kinds(text) == {"recipient_list"}


@pytest.mark.req("R-CLASS-1")
@pytest.mark.parametrize(
    "text",
    [
        "Please send me a list of third parties and a copy of my data.",
        "Send me all my data, including who received it and the recipients.",
    ],
)
def test_a_copy_asked_for_beside_the_recipients_is_access(text: str) -> None:
    assert kinds(text) == {"access"}


@pytest.mark.req("R-CLASS-1", "R-CLASS-4")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("My name is spelled wrong in your system.", {"correction"}),
        ("You have me as Meier, it is Maier. Please change it.", {"correction"}),
        ("My name is Anna, please change the password.", set()),
        ("My name is wrong on the Outlook server, please correct it.", set()),
        ("Could you correct how the server is named?", set()),
    ],
)
def test_a_wrong_name_is_corrected_only_where_it_is_the_writers(text: str, expected: set[str]) -> None:
    assert kinds(text) == expected


@pytest.mark.req("R-CLASS-1", "R-CONSENT-1")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I no longer allow you to record my calls.", {"withdraw_consent"}),
        ("Ich erlaube Ihnen nicht mehr, meine Anrufe aufzuzeichnen.", {"withdraw_consent"}),
        ("We no longer allow USB sticks on our laptops.", set()),
        ("I no longer allow my laptop to install updates.", set()),
        ("How do I no longer allow apps to use my data?", set()),
    ],
)
def test_permission_ends_only_for_what_concerns_the_writer(text: str, expected: set[str]) -> None:
    assert kinds(text) == expected


OUTLOOK = """<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style><!-- p.MsoNormal {{margin:0cm;
font-family:"Calibri",sans-serif;}} --></style></head><body lang="EN-GB" link="#0563C1"><div class="WordSection1">
<p class="MsoNormal">{said}<o:p></o:p></p><p class="MsoNormal"><o:p>&nbsp;</o:p></p><div><div style="border:none;
border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal"><b><span lang="EN-US">From:</span></b>
<span lang="EN-US"> Helpdesk &lt;help@example.com&gt; <br><b>Sent:</b> Monday, 9 March 2026 10:12<br><b>To:</b> Ann Reed
&lt;ann@example.org&gt;<br><b>Subject:</b> Re: Printer<o:p></o:p></span></p></div></div>
<p class="MsoNormal">{quoted}<o:p></o:p></p></div></body></html>"""
GMAIL = """<div dir="ltr"><div>{said}</div><div><br></div></div><br><div class="gmail_quote gmail_quote_container"><div
 dir="ltr" class="gmail_attr">On Mon, Mar 9, 2026 at 10:12&#8239;AM Helpdesk &lt;<a href="mailto:help@example.com"
>help@example.com</a>&gt; wrote:<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:
1px solid rgb(204,204,204);padding-left:1ex"><div dir="ltr">{quoted}</div></blockquote></div>"""
APPLE = """<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head><body
 style="overflow-wrap: break-word; -webkit-nbsp-mode: space;">{said}<br id="lineBreakAtBeginningOfMessage"><div><br>
<blockquote type="cite"><div>On 9 Mar 2026, at 10:12, Helpdesk &lt;help@example.com&gt; wrote:</div>
<br class="Apple-interchange-newline"><div><div>{quoted}</div></div></blockquote></div><br></body></html>"""
ASKED = 'Hi, it works again, thanks. Please <span style="color:red">delete everything</span>&nbsp;you hold about me.'


@pytest.mark.req("R-CLASS-3", "R-CLASS-4")
@pytest.mark.parametrize("page", [OUTLOOK, GMAIL, APPLE], ids=["outlook", "gmail", "apple"])
def test_a_mail_that_is_one_page_of_html_is_told_from_what_it_quotes(page: str) -> None:
    earlier = "Please delete all the personal data you hold about me."
    asked = read(page.format(said=ASKED, quoted="Your printer has been mended."), "Re: Printer")
    assert [(each.kind, each.sentence) for each in asked.labels] == [
        (Kind.DELETION, "Please delete everything you hold about me.")
    ]
    assert read(page.format(said="Thanks, all good now.", quoted=earlier), "Re: Printer").kinds == ()
    assert classify("Re: Printer", page.format(said=ASKED, quoted=earlier))["deletion"] >= 0.5


@pytest.mark.req("R-CLASS-1", "R-CONSENT-1")
def test_consent_given_in_one_sentence_is_taken_back_in_the_next() -> None:
    assert kinds("I once agreed to be filmed for your page. I take that back.") == {"withdraw_consent"}
    assert not kinds("I once agreed to be filmed for your page. I will be there at ten.")


@pytest.mark.req("R-CLASS-3")
@pytest.mark.parametrize(
    "text",
    [
        "Please close my account.",
        "I'd like to close the account I have with you.",
        "We have moved, our new address is 5 Mill Lane, Leeds.",
        "I changed my address, please update: 4 Elm Street",
        "Meine Adresse hat sich geändert.",
        "Mon adresse a changé.",
        "Mi dirección ha cambiado.",
        "A minha morada mudou.",
        "Închideți-mi contul.",
        "Zavřete můj účet.",
        "Megváltozott a címem.",
        "Мой адрес изменился.",
        "アカウントを閉じてください。",
        "我想注销账号。",
        "주소가 바뀌었습니다.",
        "أغلقوا حسابي من فضلكم.",
    ],
)
def test_a_possible_request_is_raised_for_a_person(text: str) -> None:
    found = read(text)
    assert (found.labels, bool(found.doubtful)) == ((), True)


@pytest.mark.req("R-CLASS-4")
def test_a_paragraph_of_other_peoples_rights_asks_for_nothing_beside_an_ordinary_one() -> None:
    rights = "You may at any time ask for access to your data, have them erased, or complain to the authority."
    ticket = "Hello,\n\nmy screen flickers since Monday, could somebody have a look?"
    assert not kinds(f"{ticket}\n\n{rights}")
    assert kinds(f"Hello,\n\nplease erase all data you hold about me.\n\n{rights}") == {"deletion"}


@pytest.mark.req("R-CLASS-4")
def test_what_nobody_wants_erased_yet_is_not_erased() -> None:
    assert not kinds("Verwijder nog niets van mij, ik heb de mailbox tot vrijdag nodig.")
    assert not kinds("No borren todavía nada mío, necesito el buzón hasta el viernes.")


@pytest.mark.req("R-CLASS-7")
def test_reading_a_mail_opens_no_connection_and_starts_no_program() -> None:
    """An audit hook sees every socket and every process that Python opens, whoever asks for it."""
    script = (
        "import sys\n"
        "seen = []\n"
        "sys.addaudithook(lambda name, _: seen.append(name))\n"
        "from zoho_privacy import classify\n"
        "assert classify('', 'Please delete all my personal data.')['deletion'] >= 0.5\n"
        "outside = ('socket.', 'subprocess.', 'os.system', 'os.exec', 'urllib.')\n"
        "print([name for name in seen if name.startswith(outside)])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def shared(name: str) -> list[dict[str, Any]]:
    file = DATA / name
    if not file.exists():
        pytest.skip("the developer set is not beside the project")
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.mark.shared
@pytest.mark.req("R-CLASS-1")
def test_request_letters_are_found() -> None:
    rows = shared("privacy-requests-dev.jsonl")
    understood = [(row, read(row["body"] or "", row["subject"] or "")) for row in rows]
    assert share(bool(found.labels) for _, found in understood) >= 0.97
    main = [row["rights"][0] in kinds_of(found) for row, found in understood if row["rights"][0] != "agent"]
    assert share(main) >= 0.95


def kinds_of(found: Understanding) -> set[str]:
    named = {kind.value for kind in found.kinds}
    return named | {"access"} if named & {"know_categories", "know_specific", "recipient_list"} else named


@pytest.mark.shared
@pytest.mark.req("R-CLASS-4")
def test_ordinary_tickets_stay_quiet() -> None:
    rows = shared("ordinary-tickets-dev.jsonl")
    assert share(not read(row["body"] or "", row["subject"] or "").labels for row in rows) >= 0.997


@pytest.mark.req("R-CLASS-1")
@pytest.mark.parametrize(
    "text",
    [
        "Buongiorno, come posso esportare la mia rubrica in un file CSV?",
        "How can I export my address book to a CSV file?",
        "Wie exportiere ich meinen Kalender als Datei?",
    ],
)
def test_how_a_program_is_used_is_no_request(text: str) -> None:
    assert kinds(text) == set()

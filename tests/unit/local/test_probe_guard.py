"""The guard: nothing that names anything but records of this run is sent."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoho_privacy.adapters.desk import calls
from zoho_privacy.adapters.desk import probe_calls as p
from zoho_privacy.adapters.desk.protocol import Answer, Call
from zoho_privacy.domain.errors import BadInput, NotAllowed
from zoho_privacy.local.probe.guard import Guard, address
from zoho_privacy.local.probe.journal import Journal, Made

RUN, HOME = "0a1b2c3d4e5f6071", "417000000007061"
OURS, THEIRS = "417000000123001", "417000000123999"


@dataclass
class Wire:
    """Keeps what is sent and answers with a record."""

    sent: list[Call] = field(default_factory=list)

    def send(self, call: Call) -> Answer:
        self.sent.append(call)
        return Answer(200, body=b'{"id": "417000000555001"}')


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    journal = Journal.begin(tmp_path / "j.jsonl", run=RUN, department=HOME, domain="probe.example.com")
    journal.note(Made("ticket", OURS, "mark"))
    return Guard(Wire(), journal, hook_prefix="http://127.0.0.1:9/probe/s/")


def mail(to: str) -> Call:
    return p.reply(OURS, sender="help@desk.example.com", to=to, html="<p>x</p>", immediately=True)


FOREIGN = [
    p.patch_ticket(THEIRS, {"phone": "1"}),
    p.patch_ticket(OURS, {"contactId": THEIRS}),
    p.patch_ticket(OURS, {"secondaryContacts": [OURS, THEIRS]}),
    p.patch_ticket(OURS, {"email": "ada.moss@example.net"}),
    p.purge_list([OURS, THEIRS]),
    p.update_many([OURS, THEIRS], "phone", "1"),
    p.merge(OURS, THEIRS),
    p.merge(THEIRS, OURS),
    p.mark_spam(THEIRS, spam=True),
    p.subject_request("erase", address(RUN, "a", "probe.example.com"), [THEIRS]),
    p.subject_request("erase", "ada.moss@example.net", [OURS]),
    p.create_ticket({"subject": "x", "departmentId": "417000000007999", "contactId": OURS}),
    p.create_ticket({"subject": "x", "departmentId": HOME, "contact": {"email": "ada.moss@example.net"}}),
    p.subscribe("x", "https://elsewhere.example.org/", {"Ticket_Delete": None}),
    p.subscribe("x", "http://127.0.0.1:9/probe/s/a", {"Ticket_Add": {"departmentIds": ["417000000007999"]}}),
    calls.delete_webhook(THEIRS),
    calls.delete_comment(OURS, THEIRS),
    calls.trash_contacts([THEIRS])[0],
    calls.anonymise_user(THEIRS, "x"),
    calls.update_webhook(OURS, {}),
    mail("ada.moss@example.net"),
    Call("POST", "/recycleBin/deleteAll", json={}),
    Call("POST", "/tickets/emptySpam", json={"departmentId": HOME}),
    Call("POST", "/subjectAccessRequests/eraseAll", json={"contactEmailId": address(RUN, "a", "probe.example.com")}),
]


@pytest.mark.parametrize("call", FOREIGN, ids=lambda call: f"{call.method} {call.path}")
def test_a_write_on_what_is_not_ours_is_not_sent(guard: Guard, call: Call) -> None:
    with pytest.raises(NotAllowed):
        guard.ask(call)
    assert isinstance(guard.sender, Wire)
    assert guard.sender.sent == []


@pytest.mark.parametrize(
    "call",
    [
        p.patch_ticket(OURS, {"phone": "+44 1632 960142"}),
        p.purge_list([OURS, OURS]),
        p.subscribe("x", "http://127.0.0.1:9/probe/s/a", {"Ticket_Add": {"departmentIds": [HOME]}}),
        mail(address(RUN, "a", "probe.example.com")),
        calls.ticket(THEIRS),
        calls.subject_count("ada.moss@example.net", "tickets"),
    ],
    ids=lambda call: f"{call.method} {call.path}",
)
def test_our_own_and_reading_pass(guard: Guard, call: Call) -> None:
    assert guard.ask(call).ok


def test_what_a_call_makes_is_ours_from_then_on(guard: Guard) -> None:
    guard.make(p.create_contact({"lastName": "m", "email": address(RUN, "a", "probe.example.com")}), "contact", "m")
    assert guard.ask(calls.trash_contacts(["417000000555001"])[0]).ok


@given(name=st.text(max_size=60) | st.just(f"[zoho-privacy probe {RUN}] ticket 1"))
def test_only_an_announced_mark_makes_a_found_record_ours(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    """A bounce of our mail quotes the mark; a person may use the same words."""
    path = tmp_path_factory.mktemp("j") / "j.jsonl"
    journal = Journal.begin(path, run=RUN, department=HOME, domain="probe.example.com")
    mark = f"[zoho-privacy probe {RUN}] ticket 1"
    journal.intend("ticket", mark)
    guard = Guard(Wire(), journal)
    for shown in (name, f"Re: {mark}", mark + " "):
        found = guard.adopt("ticket", {"id": THEIRS, "subject": shown}, "subject")
        assert (found is None) == (shown != mark)
        if shown != mark:
            assert THEIRS not in journal.made or name == mark


def test_the_journal_survives_a_cut_off_line(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    journal = Journal.begin(path, run=RUN, department=HOME, domain="probe.example.com")
    journal.intend("ticket", "m")
    journal.note(Made("ticket", OURS, "m"))
    with path.open("a", encoding="utf-8") as file:
        file.write('{"intent": "ti')
    again = Journal.load(path)
    assert again is not None
    assert (again.run, again.marks, list(again.made)) == (RUN, {"m": "ticket"}, [OURS])


def test_a_run_does_not_begin_before_the_last_one_is_cleaned_up(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    Journal.begin(path, run=RUN, department=HOME, domain="probe.example.com")
    with pytest.raises(BadInput, match="--cleanup"):
        Journal.begin(path, run=RUN, department=HOME, domain="probe.example.com")


def test_nothing_in_the_probe_reaches_desk_past_the_guard() -> None:
    """`send` of a transport is called by the guard, and by what only reads with a token of its own."""
    room = Path(__file__).parents[3] / "zoho_privacy" / "local" / "probe"
    users = {path.name for path in room.glob("*.py") if ".send(" in path.read_text("utf-8")}
    assert users == {"guard.py", "connect.py"}
    text = (room / "connect.py").read_text("utf-8")
    assert text.count(".send(") == 1
    assert ".send(calls.my_info())" in text

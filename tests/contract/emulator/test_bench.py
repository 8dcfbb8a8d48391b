"""The bench itself: time, the oracle, old data, restarts. Other tests believe what it says."""

import base64
import io
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.contract.emulator.receiver import Receiver, subscribe
from tests.emulator_process import ROOT, Emulator
from zoho_emulator.app import create_app
from zoho_emulator.clock import Clock, parse
from zoho_emulator.desk.state import World
from zoho_emulator.desk.switches import Switches
from zoho_emulator.portal import Portal
from zoho_emulator.store import Store

DAY = 86_400


def test_the_clock_ticks_and_only_moves_forwards(zoho: Emulator) -> None:
    assert zoho.now().startswith("2026-01-05T09:00:")
    assert zoho.advance(60).startswith("2026-01-05T09:01:")
    assert zoho.bench("POST", "/clock", {"now": "2026-02-01T00:00:00.000Z"})["now"].startswith("2026-02-01T00:00:0")
    back = requests.post(f"{zoho.url}/_bench/clock", json={"now": "2026-01-01T00:00:00.000Z"}, timeout=10)
    assert back.status_code == 400


def test_the_oracle_reads_through_every_disguise(zoho: Emulator) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", "<w:t>Lindenweg 7</w:t>")
    file = {"name": "letter.docx", "contentBase64": base64.b64encode(packed.getvalue()).decode()}
    texts = ("LINDENWEG 7", "Lindenweg%207", "Lindenweg&nbsp;7", "<b>Lindenweg</b> <i>7</i>")
    for text in texts:
        made = zoho.mail(html=f"<p>{text}</p>", text="see html", sender=f"p{len(text)}@example.net")
        assert any(place["recordId"] == made["threadId"] for place in zoho.stored("lindenweg 7")), text
    made = zoho.mail(attachments=[file])
    places = [place for place in zoho.stored("lindenweg 7") if place["recordType"] == "attachment"]
    assert [place["field"] for place in places] == ["content"]
    assert zoho.stored("a text that nobody wrote") == []


def test_the_oracle_needs_a_needle(zoho: Emulator) -> None:
    assert requests.get(f"{zoho.url}/_bench/stored", timeout=10).status_code == 400


def test_old_data_is_dated_back_and_silent(zoho: Emulator) -> None:
    order: dict[str, Any] = {
        "contacts": [{"lastName": "Moss", "email": "ada.moss@example.net", "createdTime": "2020-01-01T00:00:00.000Z"}],
        "tickets": [
            {
                "contact": "ada.moss@example.net",
                "subject": "Old question",
                "createdTime": "2020-02-01T10:00:00.000Z",
                "closedTime": "2020-02-03T10:00:00.000Z",
                "threads": [
                    {"content": "<div>Help</div>"},
                    {"direction": "out", "content": "<div>Done</div>", "createdTime": "2020-02-02T10:00:00.000Z"},
                ],
                "comments": [
                    {"content": "now", "earlierContents": ["before"], "createdTime": "2020-02-02T11:00:00.000Z"}
                ],
                "tags": ["legal-hold"],
                "secondaryContacts": [{"lastName": "Orlov", "email": "ben.orlov@example.org"}],
            }
        ],
    }
    made = zoho.bench("POST", "/seed", order)["tickets"][0]
    ticket = zoho.get(f"/tickets/{made['id']}").json()
    assert ticket["createdTime"] == "2020-02-01T10:00:00.000Z"
    assert (ticket["closedTime"], ticket["status"]) == ("2020-02-03T10:00:00.000Z", "Resolved")
    assert ticket["customerResponseTime"] == "2020-02-01T10:00:00.000Z"
    assert (ticket["threadCount"], ticket["commentCount"], ticket["tagCount"]) == ("2", "1", "1")
    assert len(ticket["secondaryContacts"]) == 1
    events = zoho.get(f"/tickets/{made['id']}/History").json()["data"]
    assert {each["eventTime"][:7] for each in events} == {"2020-02"}
    assert zoho.outbox() == []
    assert zoho.get("/tickets/search", subject="old question").json()["count"] == 1
    comment = zoho.get(f"/tickets/{made['id']}/comments/{made['commentIds'][0]}/history").json()["data"]
    assert [each["content"] for each in comment] == ["before"]


def test_agents_reply_close_and_reopen_by_hand(zoho: Emulator) -> None:
    made = zoho.mail()
    order = {"ticketId": made["ticketId"]}
    zoho.bench("POST", "/agent/reply", order | {"content": "<p>Hi</p>"})
    zoho.bench("POST", "/agent/close", order)
    assert zoho.get(f"/tickets/{made['ticketId']}").json()["statusType"] == "Closed"
    zoho.bench("POST", "/agent/reopen", order)
    zoho.bench("POST", "/agent/tag", order | {"add": ["vip"]})
    assert [mail["kind"] for mail in zoho.outbox()] == ["reply", "closure"]
    author = zoho.get(f"/tickets/{made['ticketId']}/latestThread").json()["author"]
    assert (author["name"], author["type"]) == ("Kim Berg", "AGENT")


def test_unknown_switches_and_faults_are_refused(zoho: Emulator) -> None:
    for path, order in (
        ("switches", {"serach_lag": "1"}),
        ("switches", {"bin_id": "maybe"}),
        ("faults", {"kind": "flood"}),
    ):
        assert requests.post(f"{zoho.url}/_bench/{path}", json=order, timeout=10).status_code == 400


def test_a_state_file_outlives_the_process(tmp_path: Path, receiver: Receiver) -> None:
    """Records, clock, switches, faults, keys, credits, verdict, and deliveries that had not arrived."""
    state = tmp_path / "portal.sqlite"
    with Emulator.start(state=state, now="2026-01-05T09:00:00.000Z") as first:
        made = first.mail(subject="Still here")
        token = first.token()
        first.advance(60)
        subscribe(first, receiver, {"Ticket_Add": None})
        first.switch(bin_id="different", webhook_delay_ms="60000", webhook_failure="retry")
        fault = {"match": {"pathRegex": "/agents"}, "kind": "busy", "times": 2}
        first.bench("POST", "/faults", fault)
        assert first.get("/agents").status_code == 429
        first.bench("POST", "/webhooks/stress", {"duplicate": 1})
        first.mail(subject="On its way")
        first.bench("POST", "/credits", {"remaining": 50})
        first.get("/tickets/emptyBin")
        keys = published(first)
        assert receiver.events() == []
    with Emulator.start(state=state, now="2026-01-05T09:02:00.000Z", switches={"webhook_delay_ms": "0"}) as second:
        second._token = token
        assert second.bench("GET", "/credits")["remaining"] <= 50
        switches = second.bench("GET", "/switches")
        assert (switches["bin_id"], switches["webhook_delay_ms"]) == ("different", "0")
        assert [second.get("/agents").status_code for _ in range(2)] == [429, 200]
        assert second.bench("GET", "/verdict")["reasons"] == ["unknown route: GET /api/v1/tickets/emptyBin"]
        second.settle()
        assert [each["payload"]["subject"] for each in receiver.events()] == ["On its way"] * 2
        assert published(second) == keys
        assert second.get(f"/tickets/{made['ticketId']}").json()["subject"] == "Still here"
        again = second.mail(subject="Next")
        assert int(again["ticketNumber"]) == int(made["ticketNumber"]) + 2
        assert int(again["ticketId"]) > int(made["ticketId"])
        second.settle()
        assert len(receiver.events()) == 4
    with Emulator.start(state=state, now=None) as third:
        assert third.info()["departments"]


def published(zoho: Emulator) -> Any:
    return requests.get(f"{zoho.url}/.well-known/jwks.json", timeout=10).json()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(["zoho_emulator", "--help"], "1000.emulator-refresh"),
     (["zoho_privacy", "emulator", "--list-switches"], "webhook_loss_percent = 0 | 20 | 100 | any whole number")],
)  # fmt: skip
def test_the_command_teaches(arguments: list[str], told: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert told in done.stdout


def test_without_its_packages_it_says_what_to_run() -> None:
    """`-S` hides site-packages: the machine that has only Python."""
    done = subprocess.run(
        [sys.executable, "-S", "-m", "zoho_emulator"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode != 0
    assert done.stderr.strip().splitlines() == [done.stderr.strip()]
    assert "python3 -m zoho_privacy emulator" in done.stderr


def test_options_files_and_profiles_are_joined_the_most_particular_last(tmp_path: Path) -> None:
    profile, switches = tmp_path / "portal-profile.toml", tmp_path / "switches.toml"
    profile.write_text('[portal]\norg = "1"\n[behaviour]\nbin_id = "different"\nsar_times = "iso"\n', encoding="utf-8")
    switches.write_text('sar_times = "epoch_ms"\nsearch_lag_seconds = 7\n', encoding="utf-8")
    command = ["--profile", str(profile), "--switches", str(switches), "--switch", "search_lag_seconds=9"]
    with Emulator.start(options=command) as zoho:
        found = zoho.bench("GET", "/switches")
    assert [found[name] for name in ("bin_id", "sar_times", "search_lag_seconds")] == ["different", "epoch_ms", "9"]


def test_a_bad_switch_on_the_command_line_is_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "zoho_emulator", "--switch", "nope=1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (2, "error: no switch is called nope\n")


def test_ids_repeat_with_a_random_seed_only() -> None:
    def first_ids(seed: int | None) -> tuple[str, str]:
        world = World(store=Store(), clock=Clock(), switches=Switches(), random_seed=seed)
        return world.new_id(), world.new_id()

    assert first_ids(7) == first_ids(7)
    assert first_ids(None) != first_ids(None)


def test_every_bench_route_is_documented(zoho: Emulator) -> None:
    told = (ROOT / "zoho_emulator" / "README.md").read_text(encoding="utf-8")
    code = (ROOT / "zoho_emulator" / "bench.py").read_text(encoding="utf-8")
    for path in re.findall(r'"(?:GET|POST|DELETE) (/[a-z/-]*[a-z])', code):
        assert f"/_bench{path}" in told or f"`{path}`" in told or f"`/{path.rpartition('/')[2]}`" in told, path
    assert zoho.url


def test_agents_trash_merge_move_and_archive_by_hand(zoho: Emulator) -> None:
    support = zoho.info()["departments"][0]["id"]
    first, second, third = zoho.mail(subject="One"), zoho.mail(subject="Two"), zoho.mail(subject="Three")
    zoho.bench("POST", "/agent/merge", {"ticketId": first["ticketId"], "ids": [second["ticketId"]]})
    zoho.bench("POST", "/agent/move", {"ticketId": first["ticketId"], "departmentId": support})
    zoho.bench("POST", "/agent/trash", {"ticketId": third["ticketId"]})
    assert zoho.get(f"/tickets/{second['ticketId']}").status_code == 404
    assert zoho.get(f"/tickets/{third['ticketId']}").json()["isTrashed"]
    zoho.bench("POST", "/agent/archive", {"ticketIds": [first["ticketId"]]})
    assert zoho.get("/tickets/archivedTickets", departmentId=support).json()["data"][0]["id"] == first["ticketId"]


def test_a_mail_can_answer_by_header_and_a_trashed_ticket_gets_none(zoho: Emulator) -> None:
    made = zoho.mail()
    zoho.bench("POST", "/agent/reply", {"ticketId": made["ticketId"], "content": "Hi"})
    sent = zoho.outbox()[0]["messageId"]
    assert zoho.mail(headers={"In-Reply-To": sent})["ticketId"] == made["ticketId"]
    zoho.bench("POST", "/agent/trash", {"ticketId": made["ticketId"]})
    assert zoho.mail(headers={"In-Reply-To": sent})["ticketId"] != made["ticketId"]


def test_the_address_picks_the_department(zoho: Emulator) -> None:
    support, privacy = (each["id"] for each in zoho.info()["departments"])

    def home(**order: str) -> str:
        return str(zoho.get(f"/tickets/{zoho.mail(**order)['ticketId']}").json()["departmentId"])

    assert home(to='"Acme" <PRIVACY@desk.example.com>') == privacy
    assert home(to="support@desk.example.com", cc="privacy@desk.example.com") == support
    assert home(to="someone@example.org", cc="privacy@desk.example.com") == privacy
    assert home(to="") == support
    lost = requests.post(f"{zoho.url}/_bench/mail", json={"from": "a@example.net", "to": "b@example.org"}, timeout=10)
    assert lost.status_code == 400


def test_a_bounce_looks_like_one(zoho: Emulator) -> None:
    headers = {
        "Content-Type": 'multipart/report; report-type=delivery-status; boundary="b"',
        "X-Failed-Recipients": "ada.moss@example.net",
        "Received": ["from mx1.example.org", "from mx2.example.org"],
    }
    made = zoho.mail(sender="mailer-daemon@mail.example.org", headers=headers)
    source = zoho.get(f"/tickets/{made['ticketId']}/threads/{made['threadId']}/originalContent").json()["content"]
    assert "Content-Type: multipart/report; report-type=delivery-status" in source
    assert source.count("Received: from") == 2


def test_the_portals_own_acknowledgement_is_a_switch(zoho: Emulator) -> None:
    zoho.switch(auto_acknowledge="yes")
    zoho.mail()
    assert [mail["kind"] for mail in zoho.outbox()] == ["acknowledgement"]


def test_a_sample_portal_has_mail_that_no_person_wrote() -> None:
    """Whoever tries the suite sees at once that it does not answer machines."""
    with Emulator.start(seed="demo", now=None) as zoho:
        opened = {each["subject"]: each["id"] for each in zoho.get("/tickets").json()["data"]}
        sources = {}
        for subject, ticket_id in opened.items():
            thread = zoho.get(f"/tickets/{ticket_id}/threads").json()["data"][-1]["id"]
            sources[subject] = zoho.get(f"/tickets/{ticket_id}/threads/{thread}/originalContent").json()
    assert sources["Undelivered mail"]["returnPath"] == "<>"
    assert "Auto-Submitted: auto-replied" in sources["Automatic reply: your ticket"]["content"]
    assert "List-Id:" in sources["What is new this month"]["content"]
    assert {"Wrong invoice", "Password reset"} < set(opened)


def test_a_mistake_of_its_own_is_an_internal_error_and_spoils_the_verdict() -> None:
    """It must not look like a caller's mistake, or stories would work around it."""
    portal = Portal(start_ms=parse("2026-01-05T09:00:00.000Z"), seed_name="empty", random_seed=1)
    client = create_app(portal).test_client()
    portal.begin("http://127.0.0.1:1")
    try:

        def break_down(_: World, ref: str) -> None:
            raise ArithmeticError(ref)

        portal.world.agenda_handlers["broken"] = break_down
        portal.world.plan_in("broken", "of one record", seconds=60)
        answer = client.post("/_bench/clock", json={"advanceSeconds": 120})
        assert (answer.status_code, answer.get_json()["errorCode"]) == (500, "INTERNAL_SERVER_ERROR")
        assert "of one record" not in answer.get_data(as_text=True)
        assert portal.world.verdict.reasons == ["the emulator itself failed: POST /_bench/clock"]
    finally:
        portal.stop()

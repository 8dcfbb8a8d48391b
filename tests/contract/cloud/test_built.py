"""The built package's content under Lambda's runtime client: every handler, real event shapes, a story, and what fails.

One stage for the module: the template's functions in processes of their own that see the unpacked package and what the
runtime brings, an AWS and an emulated Desk on loopback. The whole story is `python3 -m zoho_privacy demo --on
aws-emulated`.
"""

import json
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from tests.contract.cloud.conftest import forget
from zoho_privacy.adapters.ruletables import load_rules
from zoho_privacy.adapters.stores.dynamodb import SCHEMA, DynamoStore
from zoho_privacy.adapters.stores.sqlite import SqliteStore
from zoho_privacy.bootstrap import DATABASE
from zoho_privacy.domain.model import Case
from zoho_privacy.local.aws import machine
from zoho_privacy.local.aws.glue import http_event
from zoho_privacy.local.aws.runtime import Function, FunctionFailed
from zoho_privacy.local.aws.stage import NAME
from zoho_privacy.local.aws.template import read
from zoho_privacy.local.cli import main
from zoho_privacy.local.demo.aws_stage import AwsStage
from zoho_privacy.local.replaying import REPLAYED
from zoho_privacy.ports import Item, Put
from zoho_privacy.workflows import casebook, ledger

pytestmark = pytest.mark.timeout(600)  # processes start, on a machine that may be busy

ADA: Final = {"firstName": "Ada", "lastName": "Moss", "email": "ada.moss@example.net", "country": "Germany"}
TRIAL_CLOCK: Final = "ZOHO_PRIVACY_CLOCK_URL"
HOUR: Final = timedelta(hours=1)
MARKER: Final = "ada@example.com"
NO_EVENTS: Final[tuple[Any, ...]] = (
    *(None, [], MARKER, {"Records": None}, {"version": "2.0", "body": MARKER}),
    {"version": "2.0", "requestContext": {"http": {"method": "GET"}}, "rawPath": "/", "headers": [MARKER]},
)
HEAVY: Final = {
    "aws_lambda_powertools",
    "cryptography",
    "holidays",
    "jinja2",
    "jwt",
    "pydantic",
    "pydantic_settings",
    "requests",
    "selectolax",
}
HEAVY_OF_OURS: Final = {
    "zoho_privacy.bootstrap",
    "zoho_privacy.config",
    "zoho_privacy.domain.records",
    "zoho_privacy.workflows.context",
}

STAGE_CHECKS: Final = ("alarms", "anchors", "backups", "buckets", "dead messages", "logs", "schedules", "secret")
NOT_FOR_ONE_EVENT: Final = {"Cryptodome", "boto3", "jwt", "pyzipper", "re2", "zcrmsdk"}
"""What only some of a worker's events need: letters, packages, redaction, a CRM."""

LOOK: Final = """
import sys
from {module} import handler as real
def handler(event, context):
    answer = real(event, context)
    files = sorted({{str(m.__file__) for m in list(sys.modules.values()) if getattr(m, "__file__", None)}})
    return {{"answer": answer, "modules": sorted(sys.modules), "files": files}}
"""
RULES: Final = """
def handler(event, context):
    from zoho_privacy.adapters.ruletables import load_rules
    return {key: sorted(map(str, each.holidays)) for key, each in load_rules().calendars.items()}
"""


@pytest.fixture(scope="module")
def stage(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsStage]:
    before = dict(os.environ)
    made = AwsStage(tmp_path_factory.mktemp("stage"), datetime(2026, 1, 5, 9, tzinfo=UTC), package=built)
    try:
        forget()
        made.open()
        made.bench("POST", "seed", {"contacts": [ADA], "tickets": []})
        made.open_suite()
        yield made
    finally:
        made.close()
        os.environ.clear()
        os.environ.update(before)
        forget()


def function(stage: AwsStage, name: str) -> Function:
    assert stage.functions
    return stage.functions.functions[name]


def like(other: Function, name: str, source: str) -> Function:
    """Return a function with package and environment of another and a handler of ours, which looks around inside."""
    (other.root / f"{name}.py").write_text(source)
    deployed = {key: value for key, value in other.environment.items() if key != TRIAL_CLOCK}
    return Function(name, f"{name}.handler", other.root, other.runtime, deployed, other.timeout_s)


def cases(stage: AwsStage) -> list[Case]:
    return list(casebook.all_cases(stage.app().store, str(stage.info["orgId"])))


def mail(stage: AwsStage, text: str, subject: str = "Delete my data") -> str:
    order = {"from": ADA["email"], "fromName": "Ada Moss", "to": "support@desk.example.com"}
    made = stage.bench("POST", "mail", {**order, "subject": subject, "text": text})
    return str(made["ticketId"])


# ------------------------------------------------------------------------------------------------------- each handler


def test_every_function_of_the_template_answers_its_events(stage: AwsStage) -> None:
    """HTTP API 2.0, SQS and Scheduler, as the platform sends them."""
    page = http_event("GET", "/verify/of-nobody?x=1", {"Accept-Language": "de"}, b"", client="192.0.2.7")
    answer = function(stage, "pages").invoke(page)
    assert (answer["statusCode"], 'lang="de"' in answer["body"]) == (404, True)
    hook = http_event("POST", "/hooks/guessed/desk", {}, b"[]", client="192.0.2.7")
    assert function(stage, "desk").invoke(hook)["statusCode"] == 404
    poison = {"messageId": "m-1", "receiptHandle": "r", "body": "{}", "attributes": {}, "eventSource": "aws:sqs"}
    failed = function(stage, "worker").invoke({"Records": [poison]})
    assert failed == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}
    told = read(machine.TEMPLATE, {})
    assert {each.name for each in told.functions} == set(stage.functions.functions if stage.functions else ())
    for schedule in told.schedules:
        found = function(stage, schedule.function).invoke(schedule.event)
        assert (found["task"], found.get("failed")) == (schedule.event["task"], None)


def test_an_event_that_is_none_is_an_error_with_a_name_and_the_function_lives_on(stage: AwsStage) -> None:
    before = function(stage, "tasks").cold_starts
    with pytest.raises(FunctionFailed) as told:
        function(stage, "tasks").invoke({"task": "unknown"})
    assert told.value.kind == "BadInput"
    assert function(stage, "tasks").invoke({"task": "outbox"})["task"] == "outbox"
    assert function(stage, "tasks").cold_starts == before


@pytest.mark.req("R-SEC-6", "R-SEC-8")
@pytest.mark.parametrize("name", ["desk", "pages", "widget", "worker", "tasks"])
def test_what_is_no_event_is_told_as_a_line_and_quotes_nobody(stage: AwsStage, name: str) -> None:
    chosen = function(stage, name)
    for event in NO_EVENTS:
        if name in {"worker", "tasks"}:
            told, lines = failing(chosen, event)
            assert (told.kind, MARKER in str(told)) == ("BadInput", False)
            assert [line["level"] for line in lines if "failed: BadInput" in line["message"]] == ["ERROR"]
        else:
            answer = chosen.invoke(event)
            assert (answer["statusCode"], MARKER in answer["body"]) == (400, False)
    assert chosen.log
    assert MARKER not in chosen.log.read_text("utf-8")


@pytest.mark.req("R-SEC-8")
@pytest.mark.parametrize(
    "body",
    [
        MARKER,
        "[" * 100_000,
        '{"org": [], "items": []}',
        '{"org": "ORG", "items": "ada@example.com"}',
        '{"org": "ORG", "items": [["event"]]}',
        '{"org": "ORG", "items": [[[], "x", null, {}]]}',
        '{"org": "ORG", "items": [["event", 5, null, {}]]}',
        '{"org": "ORG", "items": [["event", "", null, {}]]}',
        '{"org": "ORG", "items": [["event", "x", 7, {}]]}',
        '{"org": "ORG", "items": [["case", "x", null, {}]]}',
    ],
    ids=[
        "no json",
        "deep",
        "org",
        "items",
        "short",
        "table",
        "number",
        "empty",
        "parent",
        "of another kind",
    ],
)
def test_a_message_that_no_receiver_sends_fails_alone(stage: AwsStage, body: str) -> None:
    worker = function(stage, "worker")
    org = str(stage.info["orgId"])
    poison = {"messageId": "bad", "receiptHandle": "r", "attributes": {}, "eventSource": "aws:sqs"}
    copy = {**poison, "messageId": "good", "body": json.dumps({"org": org, "items": []})}
    before = lines_of(worker)
    answer = worker.invoke({"Records": [{**poison, "body": body.replace("ORG", org)}, copy]})
    assert answer == {"batchItemFailures": [{"itemIdentifier": "bad"}]}
    said = [line["message"] for line in lines_of(worker)[len(before) :] if "not stored" in line["message"]]
    assert [each.partition(" at ")[0] for each in said] == ["message bad not stored: BadInput"]
    assert MARKER not in json.dumps(said)


@pytest.mark.req("R-SEC-6", "R-SEC-8")
@pytest.mark.parametrize("lacking", ["PRIVACY_SECRET", "PRIVACY_TABLE", "PRIVACY_PORTALS"])
@pytest.mark.parametrize("name", ["pages", "worker", "tasks"])
def test_a_function_whose_places_are_not_there_asks_for_a_person(stage: AwsStage, name: str, lacking: str) -> None:
    """As an answer or as an error of a known kind; in each case as a line that an alarm counts."""
    other = function(stage, name)
    environment = {**other.environment, lacking: f"never-made-{MARKER}"}
    log = stage.folder / f"{name}-{lacking}.log"
    broken = Function(name, other.handler, other.root, other.runtime, environment, other.timeout_s, log=log)
    message = {"messageId": "m", "receiptHandle": "r", "attributes": {}, "eventSource": "aws:sqs"}
    body = json.dumps({"org": str(stage.info["orgId"]), "items": [["event", "never-stored", None, {}]]})
    try:
        if name == "pages":
            page = http_event("GET", "/verify/of-nobody", {}, b"", client="192.0.2.7")
            assert broken.invoke(page)["statusCode"] == 500
        elif (name, lacking) == ("worker", "PRIVACY_TABLE"):
            answer = broken.invoke({"Records": [{**message, "body": body}]})
            assert answer == {"batchItemFailures": [{"itemIdentifier": "m"}]}
        else:
            told, _ = failing(broken, {"task": "outbox", "Records": [{**message, "body": '{"task": "outbox"}'}]})
            assert told.kind == "NeedsHuman"
        assert [line["level"] for line in lines_of(broken) if line["level"] == "ERROR"]
    finally:
        broken.stop()
    assert MARKER not in log.read_text("utf-8")


def failing(chosen: Function, event: Any) -> tuple[FunctionFailed, list[dict[str, Any]]]:
    """Return what a function ended with, and the lines that it wrote meanwhile."""
    before = lines_of(chosen)
    with pytest.raises(FunctionFailed) as told:
        chosen.invoke(event)
    return told.value, lines_of(chosen)[len(before) :]


def lines_of(chosen: Function) -> list[dict[str, Any]]:
    """Return the lines of a function that an alarm's filter can read."""
    assert chosen.log
    if not chosen.log.is_file():
        return []
    return [json.loads(line) for line in chosen.log.read_text("utf-8").splitlines() if line.startswith("{")]


def test_the_webhooks_function_loads_next_to_nothing(stage: AwsStage) -> None:
    """Somebody waits for its cold start; what runs comes from the package, the runtime and Python, nowhere else."""
    desk = function(stage, "desk")
    probe = like(desk, "look_desk", LOOK.format(module="zoho_privacy.cloud.receiver"))
    secret = stage.settings().hook_secret.get_secret_value()
    try:
        found = probe.invoke(http_event("POST", f"/hooks/{secret}/desk", {"x-zdesk-jwt": "a.b.c"}, b"[{}]", client="x"))
    finally:
        probe.stop()
    assert found["answer"]["statusCode"] == 401, "the whole path up to the signature was walked"
    assert HEAVY & {name.partition(".")[0] for name in found["modules"]} == set()
    assert HEAVY_OF_OURS & set(found["modules"]) == set()
    inside = (str(desk.root), str(desk.runtime), str(Path(os.__file__).parent))
    links = {str(name.resolve()) for name in desk.runtime.iterdir()}
    strangers = [each for each in found["files"] if not each.startswith((*inside, *links))]
    assert strangers == []
    assert any(each.startswith(str(desk.root / "webhooks")) for each in found["files"])


def test_the_workers_function_loads_what_any_event_needs_and_the_rest_later(stage: AwsStage) -> None:
    worker = function(stage, "worker")
    probe = like(worker, "look_worker", LOOK.format(module="zoho_privacy.cloud.worker"))
    record = {"messageId": "m1", "receiptHandle": "r", "body": "{}", "attributes": {}, "eventSource": "aws:sqs"}
    stage.settle()
    item = ["event", "probe", None, {"type": "Ticket_Update", "ticket_id": "417000000999999", "contact_id": None}]
    real = json.dumps({"org": str(stage.info["orgId"]), "items": [item]})
    try:
        first = probe.invoke({"Records": [record]})
        second = probe.invoke({"Records": [{**record, "body": real}]})
    finally:
        probe.stop()
    assert first["answer"] == {"batchItemFailures": [{"itemIdentifier": "m1"}]}, "the message was read"
    tops = {name.partition(".")[0] for name in first["modules"]}
    assert (HEAVY - {"aws_lambda_powertools"}) & tops == set(), "nothing was due: the suite was not loaded"
    assert {*HEAVY_OF_OURS, "zoho_privacy.workflows.inbox"} & set(first["modules"]) == set()
    assert second["answer"] == {"batchItemFailures": []}
    assert {*HEAVY_OF_OURS, "zoho_privacy.workflows.inbox"} <= set(second["modules"]), "an event was looked at"
    assert NOT_FOR_ONE_EVENT & {name.partition(".")[0] for name in second["modules"]} == set()


@pytest.mark.req("R-CLOCK-2")
def test_the_package_knows_the_same_days_off(stage: AwsStage) -> None:
    """Calendars of other countries were left out of it."""
    probe = like(function(stage, "worker"), "look_rules", RULES)
    try:
        found = probe.invoke({})
    finally:
        probe.stop()
    assert found == {key: sorted(map(str, each.holidays)) for key, each in load_rules().calendars.items()}


def test_a_handler_that_cannot_be_imported_or_takes_too_long_is_told_apart(stage: AwsStage) -> None:
    desk = function(stage, "desk")
    for source, kind in (
        ("import nothing_of_that_name", "Runtime"),
        ("import time\nhandler = lambda *_: time.sleep(60)", "Sandbox.Timedout"),
    ):
        probe = like(desk, f"broken_{kind.partition('.')[2].lower() or 'import'}", source)
        try:
            with pytest.raises(FunctionFailed) as told:
                probe.invoke({}, timeout_s=3)
        finally:
            probe.stop()
        assert told.value.kind.startswith(kind)


# ------------------------------------------------------------------------------------------------ a story, and faults


@pytest.mark.req("R-DEV-2", "R-INTAKE-4", "R-EVID-3")
def test_a_deletion_from_mail_to_proof_with_a_crash_and_copies(stage: AwsStage) -> None:
    """Deliveries come three times, all functions are killed while they work: same end, each effect once."""
    stage.bench("POST", "webhooks/stress", {"duplicate": 3})
    ticket = mail(stage, "Hello, please delete all personal data you hold about me. Kind regards, Ada Moss")
    stage.crash()
    stage.settle()
    stage.bench("POST", "webhooks/stress", {})
    (case,) = cases(stage)
    assert (case.ticket_id, case.state) == (ticket, "awaiting_proof")
    letters = stage.letters(ADA["email"])
    assert len(letters) == 1
    assert stage.confirm(ADA["email"], {}) == 200
    stage.settle()
    stage.pass_time(3 * HOUR)
    stage.macro(ticket, "Approve plan", agent=1)
    stage.crash()
    stage.settle()
    for _ in range(2):
        stage.pass_time(HOUR)
        stage.settle()
    (case,) = cases(stage)
    assert case.state in {"fulfilled", "closed"}
    assert case.outcome == "erased"
    assert stage.bench("GET", "verdict")["reasons"] == []
    assert not ledger.verify_all(stage.app().store, case.org)
    assert stage.functions
    assert stage.functions.waiting("DeadLetters") == 0


def test_a_poisoned_message_comes_to_rest_and_is_listed_and_replayed(
    stage: AwsStage, capsys: pytest.CaptureFixture[str]
) -> None:
    """It fails alone until the queue moves it; then a command lists it, and sends it back once it can be understood."""
    assert stage.functions
    assert stage.functions.loop
    queues, known, loop = stage.functions.client("sqs"), stage.functions.known, stage.functions.loop
    (source,) = [replace(each, hidden_s=0) for each in loop.sources if each.function.name == "worker"]
    loop.stop()
    poison = json.dumps({"org": "1", "items": []})
    queues.send_message(QueueUrl=known["Arrivals"], MessageBody=poison)
    for _ in range(20):
        loop.take(source)
    assert (stage.functions.waiting("Arrivals"), stage.functions.waiting("DeadLetters")) == (0, 1)
    with stage_command():
        assert main(["dead-letters", "list", "--json", "--stage", NAME]) == 1
        (letter,) = json.loads(capsys.readouterr().out)
        assert (letter["table"], letter["reason"]) == ("arrivals", "tried 5 times")
        assert poison not in json.dumps(letter)
        assert main(["dead-letters", "replay", letter["id"], "--json", "--stage", NAME]) == 0
        assert json.loads(capsys.readouterr().out) == {"replayed": 1, "stuck": []}
    assert (stage.functions.waiting("Arrivals"), stage.functions.waiting("DeadLetters")) == (1, 0)
    queues.purge_queue(QueueUrl=known["Arrivals"])


@pytest.mark.usefixtures("stage")
def test_doctor_looks_at_a_stage(capsys: pytest.CaptureFixture[str]) -> None:
    with stage_command():
        status = main(["doctor", "--json", "--stage", NAME])
        said = capsys.readouterr()
        assert said.out, said.err
        found = {each["check"]: each for part in json.loads(said.out) for each in part["checks"]}
        assert main(["doctor", "--stage", "never-made"]) == 2
    assert status in {0, 1}
    assert {found[name]["colour"] for name in ("access", "webhook", *STAGE_CHECKS)} == {"green"}
    assert "never-made" in capsys.readouterr().err


@pytest.mark.req("R-ERASE-7", "R-EVID-2")
def test_a_restored_table_is_brought_up_to_what_happened_since(
    stage: AwsStage, capsys: pytest.CaptureFixture[str]
) -> None:
    """A table is restored beside the stage's; what was done after that second stands again in it, once."""
    assert stage.functions
    assert stage.functions.loop
    stage.functions.loop.stop()
    tables, own, org = stage.functions.client("dynamodb"), stage.functions.known["Table"], str(stage.info["orgId"])
    held = list(tables.get_paginator("scan").paginate(TableName=own))
    tables.create_table(TableName="restored", **SCHEMA)
    for row in (row for page in held for row in page["Items"]):
        tables.put_item(TableName="restored", Item=row)
    change = casebook.Change(stage.app().store, org, stage.app().clock.now())
    change.put("tombstone", "since", {"plan": "p"}, was=None)
    change.log("zoho_privacy", "erased", why="R-EVID-2")
    change.commit()

    def replay(table: str) -> tuple[int, Any, str]:
        with stage_command():
            status = main(["backup", "replay", table, "--json", "--stage", NAME])
        told = capsys.readouterr()
        return status, json.loads(told.out) if told.out else None, told.err

    restored = DynamoStore(tables, "restored", clock=stage.app().clock)
    assert restored.get(org, "tombstone", "since") is None
    status, told, said = replay("restored")
    assert (status, told and told["entries"]) == (0, 1), said
    assert restored.get(org, "tombstone", "since") is not None
    assert not ledger.verify_all(restored, org)
    assert [entry.what for entry in ledger.entries(restored, org)][-2:] == ["erased", REPLAYED]
    assert replay("restored")[1] == {"carried": 0, "ended": 0, "entries": 0}
    for wrong in (own, "never-made"):
        status, told, said = replay(wrong)
        assert (status, told) == (2, None), said


def test_a_command_moves_state_to_this_machine_and_back(stage: AwsStage, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is lost, nothing is written twice, and a side that holds something else is refused."""
    assert stage.functions
    assert stage.functions.loop
    stage.functions.loop.stop()
    here = stage.folder / "state"
    known = [replace(each, version=0) for each in cases(stage)]
    org = str(stage.info["orgId"])

    def migrate(way: str, folder: Path = here) -> tuple[int, dict[str, int], str]:
        with stage_command():
            status = main(["migrate", way, NAME, "--json", "--trial", stage.url, "--state", str(folder)])
        told = capsys.readouterr()
        return status, json.loads(told.out) if told.out else {}, told.err

    status, moved, _ = migrate("--from-stage")
    assert (status, moved["new_items"], moved["new_heads"]) == (0, moved["items"], moved["heads"])
    assert moved["items"] > len(known)
    with closing(SqliteStore(here / DATABASE)) as store:
        assert [replace(each, version=0) for each in casebook.all_cases(store, org)] == known
        assert not ledger.verify_all(store, org)
        store.commit([Put(Item(org, "pin", "made-here", {"closed": "2026-01-05T09:00:00+00:00", "threads": 1}))])
    assert migrate("--from-stage")[1]["new_items"] == 0
    status, back, _ = migrate("--to-stage")
    assert (status, back["new_items"], back["items"]) == (0, 1, moved["items"] + 1)
    assert stage.app().store.get(org, "pin", "made-here") is not None
    with closing(SqliteStore(here / DATABASE)) as store:
        store.commit([Put(Item(org, "pin", "made-here", {"closed": "other", "threads": 2}, version=1))])
    status, _, said = migrate("--to-stage")
    assert (status, "not empty" in said) == (2, True)
    status, _, said = migrate("--from-stage", stage.folder / "elsewhere")
    assert (status, "another installation secret" in said) == (2, True)


@contextmanager
def stage_command() -> Iterator[None]:
    """Give back the environment that a command for a stage takes over."""
    before = dict(os.environ)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)

"""Generated desks: what their truth says is what is there, the same seed makes the same desk, and lists and searches
on them are right.

Later proofs about erasure and export stand on this truth, so it is held against a reading of everything stored that
knows nothing of how the desk was made.
"""

import email
import email.policy
import html
import json
import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ahocorasick_rs
import pytest
import requests

from tests.emulator_process import Emulator
from zoho_emulator import oracle
from zoho_emulator.clock import parse
from zoho_emulator.desk import search, threads
from zoho_emulator.desk.state import World
from zoho_emulator.generator.desk import HOLD_TAG, Desk, Made, moment
from zoho_emulator.generator.languages import CODES, languages
from zoho_emulator.generator.load import load
from zoho_emulator.generator.people import Person, Population
from zoho_emulator.generator.spec import Spec
from zoho_emulator.generator.truth import Truth, write
from zoho_emulator.portal import Portal

NOW = "2026-01-05T09:00:00.000Z"
SPEC = Spec(tickets=2_000, people=200, seed=7)
ASKED = 12


def portal_with(spec: Spec) -> Portal:
    portal = Portal(start_ms=parse(NOW), random_seed=1, seed_name="empty", generate=spec)
    portal.begin("http://127.0.0.1")
    return portal


@pytest.fixture(scope="module")
def portal() -> Iterator[Portal]:
    made = portal_with(SPEC)
    yield made
    made.stop()


@pytest.fixture
def world(portal: Portal) -> World:
    return portal.world


@pytest.fixture
def truth(portal: Portal) -> Truth:
    return portal.truth()


def asked_about(truth: Truth) -> list[Person]:
    """Return some people of every kind: customers, colleagues and those who are only talked about."""
    return truth.desk.population.people[:ASKED]


def spelled(text: str) -> str:
    return html.unescape(text).casefold()


# truth


def test_the_truth_is_what_a_reading_of_everything_finds(world: World, truth: Truth) -> None:
    """Every document and file is read whole; nothing of the generator or the oracle helps."""
    values = [(each.number, value.casefold()) for each in asked_about(truth) for _, value in each.needles()]
    found: set[tuple[int, str, str, str]] = set()
    for table, text in world.store.texts(oracle.TABLES):
        whole = spelled(text)
        there = [(number, value) for number, value in values if value in whole]
        if not there:
            continue
        document = json.loads(text)
        for path, leaf in _leaves(document, ""):
            read = spelled(leaf)
            found |= {(number, table, document["id"], path) for number, value in there if value in read}
    for blob_id, data in world.store.blobs():
        read = data.decode("utf-8", "replace").casefold()
        found |= {(number, "attachment", blob_id, "content") for number, value in values if value in read}
    found = {place for place in found if place[3] != threads.LATER}
    told = {place for place in unique_places(truth) if place[3] != "source"}
    assert found == told
    assert len(found) > 1_000


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _leaves(each, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from _leaves(each, f"{path}[{place}]")
    elif isinstance(value, str):
        yield path, value


def unique_places(truth: Truth) -> set[tuple[int, str, str, str]]:
    return {
        (row["person"], row["recordType"], row["recordId"], row["field"])
        for each in asked_about(truth)
        for row in truth.about(each)["places"]
        if row["unique"]
    }


def test_the_oracle_finds_the_truth_and_nothing_else(world: World, truth: Truth) -> None:
    owner = {value: each.number for each in asked_about(truth) for _, value in each.needles()}
    with world.transaction():
        places = oracle.places(world, list(owner))
    found = {(owner[each["needle"]], each["recordType"], each["recordId"], each["field"]) for each in places}
    assert found == unique_places(truth)


def test_the_source_of_a_mail_says_what_the_truth_says(world: World, truth: Truth) -> None:
    """The source is written when it is asked for; the oracle and the truth must speak of the very same mail."""
    values = [(each.number, value.casefold()) for each in asked_about(truth) for _, value in each.needles()]
    told = {(place[0], place[2]) for place in unique_places(truth) if place[3] == "source"}
    chance = random.Random(3)
    with_file = [each["_owner"] for each in world.store.find("attachment", limit=60)]
    everywhere = [each["id"] for each in chance.sample(world.store.find("thread"), 150)]
    for thread_id in {*with_file, *everywhere, *chance.sample(sorted({thread for _, thread in told}), 100)}:
        thread = world.store.get("thread", thread_id)
        if thread is None or thread["channel"] != "EMAIL":
            continue
        ticket = world.need("ticket", thread["ticketId"])
        source = threads.source_of(world, ticket, thread)
        assert source == threads.source_of(world, ticket, thread)
        read = _decoded(source)
        found = {number for number, value in values if value in read}
        assert found == {number for number, place in told if place == thread_id}


def _decoded(source: bytes) -> str:
    parts = []
    for part in email.message_from_bytes(source, policy=email.policy.default).walk():
        parts += [str(value) for value in part.values()]
        payload = part.get_payload(decode=True)
        parts += [spelled(payload.decode("utf-8", "replace"))] if isinstance(payload, bytes) else []
    return spelled("\n".join(parts))


def test_no_value_of_a_person_is_part_of_anything_else() -> None:
    """Else a search for one person would find another, or a phrase that everybody writes."""
    people = Population(Spec(people=3_000, seed=5), 10**17).people
    values = [(value.casefold(), each.number) for each in people for _, value in each.needles()]
    automaton = ahocorasick_rs.AhoCorasick([value for value, _ in values])
    everything = "\n".join(value for value, _ in values)
    assert len(automaton.find_matches_as_indexes(everything, overlapping=True)) == len(values)
    phrases = "\n".join(
        fixed for each in languages() for texts in each.texts.values() for text in texts for fixed, _ in text
    )
    shared = "\n".join(value for each in people for _, value in each.shared())
    homes = {value.casefold() for each in people if each.shares_home for kind, value in each.shared()}
    assert homes.isdisjoint(value for value, _ in values)
    assert automaton.find_matches_as_indexes(f"{phrases}\n{shared}".casefold()) == []


def test_people_share_what_people_share(truth: Truth) -> None:
    people = truth.desk.population.people
    surnames = Counter(str(each.last) for each in people)
    assert max(surnames.values()) > 1
    assert [each for each in people if each.shares_home]
    firm = next(each.firm for each in people if each.firm)
    colleagues = [each for each in people if each.firm is firm]
    assert all(
        ("domain", firm.domain) in each.shared() and ("head_office", firm.phone) in each.shared() for each in colleagues
    )
    assert all(firm.phone not in dict(each.needles()).values() for each in colleagues)


def test_the_table_in_a_file_is_the_whole_truth(tmp_path: Path) -> None:
    small = portal_with(Spec(tickets=60, people=30, seed=2))
    told = small.truth()
    rows = write(told, tmp_path / "truth.sqlite")
    with sqlite3.connect(tmp_path / "truth.sqlite") as table:
        assert table.execute("SELECT count(*) FROM place").fetchone() == (rows,)
        for each in told.desk.population.people[:10]:
            wanted = {(row["recordId"], row["field"], row["kind"], row["how"]) for row in told.about(each)["places"]}
            query = "SELECT recordId, field, kind, how FROM place WHERE person = ?"
            assert set(table.execute(query, (each.number,))) == wanted
    table.close()
    small.stop()


# the same seed, the same desk


def stored(spec: Spec) -> dict[str, list[str]]:
    made = portal_with(spec)
    kept = {table: [text for _, text in made.world.store.texts([table])] for table in oracle.TABLES}
    kept["blob"] = [f"{blob_id} {data!r}" for blob_id, data in made.world.store.blobs()]
    made.stop()
    return kept


def test_one_seed_makes_one_desk() -> None:
    spec = Spec(tickets=150, people=40, seed=11)
    first = stored(spec)
    assert first == stored(spec)
    other = stored(Spec(tickets=150, people=40, seed=12))
    ids = [{json.loads(text)["id"] for text in each["thread"]} for each in (first, other)]
    assert ids[0].isdisjoint(ids[1])


def test_what_is_marked_says_the_same_as_what_is_stored() -> None:
    """Loading leaves the marks out to be quick; the texts may not depend on that."""
    spec = Spec(tickets=40, people=30, seed=4, until_ms=parse(NOW))
    marked, plain = Desk(spec), Desk(spec, marked=False)
    for place in range(spec.tickets):
        assert json.dumps(marked.ticket(place).records) == json.dumps(plain.ticket(place).records)


@pytest.mark.parametrize("order", ["tickets=0", "people=5", "people=100000", "colour=3", "tickets", "seed=x"])
def test_a_desk_that_cannot_be_made_is_refused(order: str) -> None:
    with pytest.raises(ValueError, match=r"tickets|people|described"):
        Spec.parse(order)


def test_a_second_desk_in_a_portal_is_refused(world: World) -> None:
    with pytest.raises(ValueError, match="already"), world.transaction(bulk=True):
        load(world, Spec(tickets=10, people=20))
    assert world.store.count("ticket") == SPEC.tickets
    kept = world.store.find("contact", limit=1)[0]
    assert world.store.first("ticket", "contact = ? AND NOT trashed", kept["id"])


# realistic


def tickets_of(truth: Truth) -> list[Made]:
    return [truth.desk.ticket(place) for place in range(truth.desk.spec.tickets)]


def test_a_desk_has_everything_that_makes_work(truth: Truth) -> None:
    made = tickets_of(truth)
    tables = Counter(table for each in made for table, _ in each.records)
    assert 4.8 < tables["thread"] / len(made) < 5.3
    for table in ("attachment", "comment", "comment_version", "resolution_version", "activity", "activity_comment",
                  "time_entry", "ticket_tag", "secondary_contact"):  # fmt: skip
        assert tables[table] > 10, table
    marks = Counter(
        {
            "trashed": sum(each.ticket["isTrashed"] for each in made),
            "spam": sum(each.ticket["isSpam"] for each in made),
            "archived": sum(each.ticket["isArchived"] for each in made),
            "closed": sum(each.ticket["closedTime"] is not None for each in made),
            "shared": sum(len(each.writers) > 1 for each in made),
            "held": sum(HOLD_TAG in each.tags for each in made),
        }
    )
    assert all(marks[name] > 10 for name in marks), marks
    assert {each.ticket["language"] for each in made} == set(CODES)
    events = Counter(d["event"]["eventName"] for each in made for table, d in each.records if table == "history")
    assert {"TicketCreated", "ThreadAdded", "TicketUpdated", "TagsAdded", "CommentAdded", "CommentEdited",
            "TicketMergedMaster", "TicketDeleted", "AttachmentAdded"} <= set(events)  # fmt: skip
    ages = [parse(each.ticket["createdTime"]) for each in made]
    assert max(ages) - min(ages) > 5.9 * 365 * 86_400_000
    assert ages == sorted(ages)
    ways = Counter(row["how"] for each in asked_about(truth) for row in truth.about(each)["places"])
    assert {"author", "quoted", "signature", "mentioned", "history", "attachment_content", "attachment_name", "contact",
            "recipient", "sender", "source", "copy", "description"} <= set(ways)  # fmt: skip


def test_time_runs_forwards_in_every_ticket(truth: Truth) -> None:
    for made in tickets_of(truth)[:300]:
        times = [d["event"]["eventTime"] for table, d in made.records if table == "history"]
        assert times == sorted(times)
        assert made.ticket["createdTime"] <= made.ticket["modifiedTime"] <= moment(truth.desk.spec.until_ms)
        assert (made.ticket["closedTime"] is not None) is (made.ticket["statusType"] == "Closed")


# over HTTP


@pytest.fixture(scope="module")
def desk() -> Iterator[Emulator]:
    with Emulator.start(generate="tickets=600,people=60,seed=3", now=NOW) as running:
        running.bench("POST", "/credits", {"remaining": 1_000_000})
        yield running


@pytest.fixture(scope="module")
def expected() -> list[Made]:
    whole = Desk(Spec(tickets=600, people=60, seed=3, until_ms=parse("2026-01-05T00:00:00.000Z")))
    return [whole.ticket(place) for place in range(600)]


def pages(desk: Emulator, path: str, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        answer = desk.get(path, **{**query, "from": len(found), "limit": 100})
        if answer.status_code == 204:
            return found
        assert answer.status_code == 200, answer.text
        found += answer.json()["data"]


def test_lists_show_every_ticket_once(desk: Emulator, expected: list[Made]) -> None:
    shown = [
        each.ticket["id"]
        for each in expected
        if not (each.ticket["isTrashed"] or each.ticket["isArchived"] or each.ticket["isSpam"])
    ]
    assert [each["id"] for each in pages(desk, "/tickets")] == shown[::-1]
    archived = {e.ticket["id"] for e in expected if e.ticket["isArchived"] and not e.ticket["isTrashed"]}
    homes = desk.bench("GET", "/info")["departments"]
    listed = [each["id"] for home in homes for each in pages(desk, "/tickets/archivedTickets", departmentId=home["id"])]
    assert sorted(listed) == sorted(archived)


def test_searches_find_what_a_reading_of_all_tickets_finds(desk: Emulator, expected: list[Made]) -> None:
    there = [each for each in expected if not (each.ticket["isArchived"] or each.ticket["isTrashed"])]
    low, high = "2021-03-01T00:00:00.000Z", "2022-08-01T00:00:00.000Z"
    tests: dict[str, tuple[str, Callable[[Made], bool]]] = {
        "createdTimeRange": (f"{low},{high}", lambda e: low <= e.ticket["createdTime"] <= high),
        "modifiedTimeRange": (f"{low},{high}", lambda e: low <= e.ticket["modifiedTime"] <= high),
        "customerResponseTimeRange": (f"{low},{high}", lambda e: low <= e.ticket["customerResponseTime"] <= high),
        "status": ("${CLOSED}", lambda e: e.ticket["statusType"] == "Closed"),
        "tag": ("legal", lambda e: HOLD_TAG in e.tags),
        "category": ("Bill*", lambda e: e.ticket["category"] == "Billing"),
        "contactId": (there[5].contact_id, lambda e: e.contact_id == there[5].contact_id),
        "subject": ("INVOICE", lambda e: "invoice" in e.ticket["subject"].lower()),
        "contactName": (there[5].customer.name, lambda e: e.customer is there[5].customer),
        "phone": ("*55*", lambda e: "55" in (e.ticket["phone"] or "")),
    }
    for name, (value, wanted) in tests.items():
        found = [each["id"] for each in pages(desk, "/tickets/search", **{name: value})]
        assert sorted(found) == sorted(each.ticket["id"] for each in there if wanted(each)), name
        assert found, name
    both = pages(desk, "/tickets/search", status="${CLOSED}", createdTimeRange=f"{low},{high}", sortBy="createdTime")
    assert [each["id"] for each in both] == [
        e.ticket["id"] for e in there if e.ticket["statusType"] == "Closed" and low <= e.ticket["createdTime"] <= high
    ]


def test_a_person_is_found_by_address_and_by_truth(desk: Emulator, expected: list[Made]) -> None:
    told = desk.bench("GET", "/truth", person=str(expected[3].customer.email))
    number = told["person"]["person"]
    assert number == expected[3].customer.number
    mine = [each for each in expected if each.customer.number == number]
    assert sorted(told["tickets"]["primary"]) == sorted(each.ticket["id"] for each in mine)
    searched = {each["id"] for each in pages(desk, "/tickets/search", email=str(expected[3].customer.email))}
    assert searched >= {e.ticket["id"] for e in mine if not (e.ticket["isArchived"] or e.ticket["isTrashed"])}
    again = desk.bench("POST", "/truth", {"people": [str(number), *told["person"]["contactIds"]]})["people"]
    assert all(each == told for each in again)
    listed = desk.bench("GET", "/truth/people", limit=1000)
    assert listed["count"] == len(listed["people"]) == 60
    assert listed["people"][number] == told["person"]


def test_many_questions_have_the_answers_of_one_at_a_time(desk: Emulator) -> None:
    values = [each["value"] for each in desk.bench("GET", "/truth", person="0")["person"]["values"]]
    many = desk.bench("POST", "/stored", {"needles": [*values, "nobody ever wrote this"]})
    singly = [place for value in values for place in desk.bench("GET", "/stored", needle=value)["places"]]

    def key(place: dict[str, str]) -> tuple[str, ...]:
        return tuple(place[name] for name in ("needle", "recordType", "recordId", "field", "where"))

    assert sorted(map(key, many["places"])) == sorted(map(key, singly))
    assert many["count"] == len(singly) > 0


@pytest.mark.parametrize("body", [{}, {"needles": []}, {"needles": "text"}, {"needles": [""]}])
def test_many_questions_need_texts(desk: Emulator, body: dict[str, Any]) -> None:
    assert requests.post(f"{desk.url}/_bench/stored", json=body, timeout=10).status_code == 400


def test_an_erased_ticket_is_gone_and_search_lags_behind(desk: Emulator, expected: list[Made]) -> None:
    """A generated record behaves like any other: it can be changed, found late, and deleted with its files."""
    chosen = next(
        e for e in expected if e.blobs and not (e.ticket["isArchived"] or e.ticket["isTrashed"] or e.ticket["isSpam"])
    )
    ticket_id = chosen.ticket["id"]
    assert desk.patch(f"/tickets/{ticket_id}", {"subject": "Zebrafinch"}).status_code == 200
    assert desk.get("/tickets/search", subject="zebrafinch").status_code == 204
    desk.advance(61)
    assert [each["id"] for each in desk.get("/tickets/search", subject="zebrafinch").json()["data"]] == [ticket_id]
    full = desk.get(f"/tickets/{ticket_id}").json()
    assert full["layoutId"]
    assert int(full["threadCount"]) == sum(table == "thread" for table, _ in chosen.records)
    assert desk.post("/tickets/moveToTrash", {"ticketIds": [ticket_id]}).status_code == 204
    assert desk.post("/recycleBin/delete", {"ids": [ticket_id]}).json()["results"][0]["success"]
    left = desk.bench("GET", f"/stored/ticket/{ticket_id}")
    assert left["ticket"] is None
    assert not any(left[table] for table in ("thread", "history", "attachment", "comment"))
    assert desk.stored("Zebrafinch") == []


def test_bin_holds_what_was_trashed(desk: Emulator, expected: list[Made]) -> None:
    trashed = {each.ticket["id"]: each.ticket["subject"] for each in expected if each.ticket["isTrashed"]}
    found = {each["id"]: each["displayName"] for each in pages(desk, "/recycleBin", module="tickets")}
    assert found == trashed


def test_a_portal_in_a_file_is_back_as_it_was(tmp_path: Path) -> None:
    state = tmp_path / "portal.sqlite"
    with Emulator.start(generate="tickets=50,people=20,seed=9", state=state, now=NOW) as first:
        before = first.get("/tickets", limit=50).json()["data"]
        told = first.bench("GET", "/truth", person="1")
    with Emulator.start(generate="tickets=50,people=20,seed=9", state=state, now=None) as second:
        after = second.get("/tickets", limit=50).json()["data"]
        assert [each["id"] for each in after] == [each["id"] for each in before]
        assert second.bench("GET", "/truth", person="1") == told
        mail = second.mail(sender="new.person@example.net", subject="Hello", text="x")
        assert int(mail["ticketId"]) > int(before[0]["id"])
        assert int(mail["ticketNumber"]) > int(before[0]["ticketNumber"])


def test_a_portal_without_a_generated_desk_has_no_truth(emulator: Emulator) -> None:
    emulator.reset()
    answer = requests.get(f"{emulator.url}/_bench/truth", params={"person": "1"}, timeout=10)
    assert answer.status_code == 400
    made = emulator.bench("POST", "/generate", {"tickets": 20, "people": 20, "seed": 1})
    assert made["tickets"] == 20
    assert emulator.bench("GET", "/truth", person="1")["person"]["person"] == 1
    emulator.reset()


def test_an_address_finds_near_misses_as_before(world: World, truth: Truth) -> None:
    """The quick way to an address may not forget what the slow way would find."""
    addresses = {entry["id"]: entry["emails"] for entry in world.store.find("search_document", "module = 'tickets'")}
    for person in asked_about(truth):
        local = str(person.email).partition("@")[0]
        near = {
            key
            for key, emails in addresses.items()
            if any(each.partition("@")[0] == local or each.startswith(f"{local}+") or str(person.email) in each
                   for each in emails.split())
        }  # fmt: skip
        trashed = {each["id"] for each in world.store.find("ticket", "trashed")}
        found: set[str] = set()
        count = 1
        while len(found) < count and count:
            page, count = search.run(
                world, "tickets", {"email": str(person.email), "from": str(len(found)), "limit": "100"}
            )
            found |= {each["id"] for each in page}
        assert found == near - trashed


@pytest.mark.parametrize("text_from", [1, 10**9])
def test_capitals_of_every_script_are_found_in_any_case(text_from: int) -> None:
    """With and without the index of all letters: SQLite by itself knows the case of ASCII alone."""
    world = portal_with(Spec(tickets=30, people=20, seed=5)).world
    with world.transaction():
        world.store.text_from = text_from
        entry = search.run(world, "tickets", {"limit": "1"})[0][0]
        for said in ("Zugang für Étienne Rousselin", "ÖL, МАСЛО"):
            entry["doc"]["description"] = said
            world.store.put("search_document", entry)
            for word in (said, said.lower(), said.upper()):
                for field in ("_all", "description"):
                    assert search.run(world, "tickets", {field: f"*{word}*"})[1] == 1, (field, word)


def test_the_index_of_all_letters_finds_what_looking_at_everything_finds() -> None:
    """It only narrows: what is found, how much of it, and what changes after it was made are the same without it."""
    made = portal_with(Spec(tickets=120, people=30, seed=5))
    world, person = made.world, made.truth().desk.population.people[3]
    texts = (str(person.last), f"{str(person.first)[:3]}*", "INVOICE", "e", "*a*st*", 'say "x"', "nobody wrote this")
    asked = [("tickets", {"_all": each}) for each in texts if len(each.strip("*")) > 2]
    asked += [("contacts", {"_all": str(person.email)}), ("contacts", {"lastName": str(person.last)})]
    asked += [("tickets", {"description": each}) for each in texts]

    def found() -> list[tuple[list[str], int]]:
        hits = [search.run(world, module, {**query, "limit": "100"}) for module, query in asked]
        return [([each["id"] for each in page], count) for page, count in hits]

    with world.transaction():
        slowly = found()
        world.store.text_from = 1
        assert found() == slowly
        assert sum(count for _, count in slowly) > 20
        entry = search.run(world, "tickets", {"limit": "1"})[0][0]
        entry["doc"]["description"] = "Zebrafinch"
        world.store.put("search_document", entry)
        world.store.put("search_document", entry)
        for word in ("zebrafinch", "*zEBRA*finch*"):
            assert [each["id"] for each in search.run(world, "tickets", {"_all": word})[0]] == [entry["id"]]
        world.store.remove("search_document", "id = ?", entry["id"])
        assert search.run(world, "tickets", {"_all": "zebrafinch"}) == ([], 0)
    made.stop()

"""The files a person gets: they fit their schema, their sums are right, and nothing in them can do harm."""

import csv
import hashlib
import io
import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from zoho_privacy.adapters.ruletables import load_rules
from zoho_privacy.domain import package
from zoho_privacy.domain.answer import answer
from zoho_privacy.domain.collected import (
    Author,
    Code,
    Collected,
    Conversation,
    FileCopy,
    Mask,
    Message,
    Note,
    Omission,
    Person,
    Relation,
    Step,
    Tally,
)
from zoho_privacy.domain.errors import BadInput
from zoho_privacy.domain.export_page import LANGUAGES, LAYERED, pages, render
from zoho_privacy.domain.model import Kind, Law
from zoho_privacy.workflows.exports import look, schema

RULES = load_rules()
AT = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&"


def a_message(**members: Any) -> Message:
    base = Message(
        id="11", at=AT, by=Author.SUBJECT, direction="in", channel="EMAIL", sender="ada.moss@example.net",
        to="help@example.com", cc="", visibility="public", status="SUCCESS", is_description=False,
        content_type="text/html", content="<p>Hello</p>", text="Hello",
    )  # fmt: skip
    return replace(base, **members)


def a_talk(**members: Any) -> Conversation:
    base = Conversation(
        id="7", number="101", relation=Relation.OWN, subject="Printer", status="Open", status_type="open",
        department="Support", channel="Email", created=AT, modified=None, closed=None, description="", email=None,
        phone=None, category=None, resolution=None, trashed=False, archived=False, messages=(a_message(),),
    )  # fmt: skip
    return replace(base, **members)


def found(**members: Any) -> Collected:
    person = Person(
        id="1", name="Ada Moss", first_name="Ada", last_name="Moss", email="ada.moss@example.net",
        secondary_email=None, phone=None, mobile=None, country="Germany", state=None, account=None, created=AT,
        modified=None,
    )  # fmt: skip
    base = Collected(
        org="60001", case_id="c1", ticket_number="5127", kind=Kind.ACCESS, law=Law.GDPR, language="en", at=AT,
        person=person, conversations=(a_talk(),),
    )  # fmt: skip
    return replace(base, **members)


def everything() -> Collected:
    copy = FileCopy("21", "log.txt", "files/101/001-log.txt", 3, "a" * 64, "files/21", "message", Author.SUBJECT, "11")
    team = replace(copy, id="22", by=Author.TEAM, path="files/101/002-log.txt")
    talk = a_talk(
        messages=(a_message(file_ids=("21",)), a_message(id="12", by=Author.TEAM, direction="out", file_ids=("22",))),
        notes=(Note("13", AT, Author.TEAM, public=False, content="note", text="note"),),
        steps=(Step(AT, "TicketUpdated", Author.TEAM, (("Status", "Open", None),)),),
        custom={"cf_device": "LaserJet", "cf_empty": None},
        tags=("printer",),
        time_entries=({"id": "88"},),
        activities=({"kind": "tasks", "id": "89"},),
        metrics={"x": 1},
        resolution="done",
    )
    return found(
        conversations=(talk,),
        files=(copy, team),
        omissions=(Omission("file", Code.OTHERS_FILE, "23", "101"), Omission("rating", Code.NOT_READABLE, count=0)),
        masks=(Mask("message 11", "EMAIL", "others", 2), Mask("message 11", "SECRET", "secret", 1)),
        tallies=(Tally("ticket", "search", 1, 1), Tally("ticket", "subject_count", None, 1)),
    )


def page(data: Collected) -> str:
    told = answer(data, RULES)
    return render(data, told, look(), controller="OpenTech Support", contact="privacy@example.com")


def every_page(data: Collected) -> Mapping[str, Callable[[], str]]:
    return pages(data, answer(data, RULES), look(), controller="OpenTech Support", contact="privacy@example.com")


def only(tree: LexborHTMLParser, selector: str) -> LexborNode:
    found_nodes = tree.css(selector)
    assert found_nodes, selector
    return found_nodes[0]


def made(data: Collected) -> dict[str, package.PackageFile]:
    told = answer(data, RULES).data()
    return {each.path: each for each in package.files(data, every_page(data), schema(), told)}


@pytest.mark.req("R-PORT-1")
@pytest.mark.parametrize("data", [found(), everything(), package.scope(replace(everything(), kind=Kind.PORTABILITY))])
def test_every_json_file_fits_the_published_schema(data: Collected) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(schema()))
    documents = [each for path, each in made(data).items() if path.endswith(".json") and "schema/" not in path]
    assert len(documents) == 10
    for each in documents:
        validator.validate(json.loads(each.data))


def test_the_schema_refuses_what_it_does_not_know() -> None:
    validator = jsonschema.Draft202012Validator(json.loads(schema()))
    document = json.loads(made(found())["data/tickets.json"].data)
    for change in ({"surprise": 1}, {"schema": "export-2"}, {"tickets": [{"id": 5}]}):
        assert not validator.is_valid({**document, **change})


@pytest.mark.req("R-ACCESS-7")
def test_the_manifest_has_the_sum_of_every_file() -> None:
    package_files = made(everything())
    manifest = json.loads(package_files["manifest.json"].data)
    assert {each["path"] for each in manifest["files"]} == package_files.keys() - {"manifest.json"}
    for each in manifest["files"]:
        held = package_files[each["path"]]
        if not held.blob:
            assert (each["sha256"], each["size"]) == (hashlib.sha256(held.data).hexdigest(), len(held.data))


def test_the_same_data_gives_the_same_bytes() -> None:
    assert made(everything()) == made(everything())


@pytest.mark.parametrize(
    "value", ["=1+1", "+49 30", "-2", "@cmd", "\t=1", "\r=1", " =1", "\uff1d1", "=HYPERLINK(1)", "\n=1"]
)
def test_no_cell_is_taken_for_a_formula(value: str) -> None:
    data = found(conversations=(a_talk(subject=value, messages=(a_message(text=value),)),))
    for name, column in (("tickets", "subject"), ("messages", "text")):
        text = made(data)[f"data/{name}.csv"].data.decode("utf-8-sig")
        row = next(csv.DictReader(io.StringIO(text, newline="")))
        assert row[column] == f"'{value}"


def test_csv_holds_every_character_and_custom_fields() -> None:
    data = found(conversations=(a_talk(subject='a "b", c;\nd مرحبا', custom={"cf_device": "LaserJet"}),))
    raw = made(data)["data/tickets.csv"].data
    assert raw.startswith(b"\xef\xbb\xbf")
    row = next(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert (row["subject"], row["cf_device"]) == ('a "b", c;\nd مرحبا', "LaserJet")


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_content_is_shown_as_text(language: str) -> None:
    talk = a_talk(
        subject=HOSTILE, status=HOSTILE, custom={HOSTILE: HOSTILE}, tags=(HOSTILE,), resolution="done",
        messages=(a_message(text=HOSTILE, to=HOSTILE, cc=HOSTILE, file_ids=("21",)),),
    )  # fmt: skip
    copy = FileCopy("21", HOSTILE, "files/101/001-x", 3, "a" * 64, "files/21", "message", Author.SUBJECT)
    data = found(conversations=(talk,), files=(copy,), language=language)
    data = replace(data, person=replace(data.person, name=HOSTILE, account=HOSTILE))
    tree = LexborHTMLParser(page(data))
    assert not tree.css("script,img,iframe,object,form,link,base,[onerror],[onload]")
    assert only(tree, "div.text").text() == HOSTILE
    assert {(node.attributes.get("href") or "").partition(":")[0] for node in tree.css("a")} <= {
        "https", "files/101/001-x", "#main", "#answer", "#contact", "#tickets", "#files", "#missing", "#about", "#t7",
        "contact.vcf",
    }  # fmt: skip


def test_right_to_left_text_is_isolated() -> None:
    data = found(conversations=(a_talk(subject="مرحبا", messages=(a_message(text="شكرا\u202e abc"),)),))
    tree = LexborHTMLParser(page(data))
    assert only(tree, "div.text").attributes["dir"] == "auto"
    assert [node.text() for node in tree.css("h3 bdi")] == ["مرحبا"]


@pytest.mark.parametrize("language", [*LANGUAGES, "pt-BR", "ja"])
def test_the_page_speaks_the_persons_language(language: str) -> None:
    tree = LexborHTMLParser(page(found(language=language)))
    wanted = look().language(language)
    assert only(tree, "html").attributes["lang"] == wanted
    assert only(tree, "h1").text() == look().words[wanted]["words"]["title"]
    assert wanted == (short if (short := language[:2]) in LANGUAGES else "en")


def test_every_language_has_the_same_words() -> None:
    folder = files("zoho_privacy.rules") / "export"
    tables = [tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8")) for name in LANGUAGES]
    shapes = [{name: set(table) for name, table in each.items()} for each in tables]
    assert all(shape == shapes[0] for shape in shapes)


def test_every_rule_and_code_has_a_word() -> None:
    """A category, system, owner or reason without a word would be shown by its key."""
    rules, words = RULES, look().words["en"]
    assert rules.categories.keys() <= words["categories"].keys()
    assert rules.external_systems.keys() <= words["systems"].keys()
    assert {system.owner for system in rules.external_systems.values()} <= words["owners"].keys()
    assert set(map(str, Code)) <= words["reasons"].keys()
    assert {entry.safeguard for entry in rules.recipients.values() if entry.personal_data} <= words["safeguards"].keys()


@pytest.mark.req("R-ACCESS-3", "R-PROP-5", "R-PROP-6", "R-XFER-1", "R-SCOPE-3")
def test_the_answer_holds_every_item_of_the_law() -> None:
    text = LexborHTMLParser(page(everything())).text()
    words = look().words["en"]["words"]
    for item in ("categories_h", "purposes", "bases", "recipients_h", "period_h", "rights_h", "complaint_h", "source"):
        assert words[item] in text
    for item in ("automated_text", "transfers_text", "sold_text", "withheld_h"):
        assert words[item] in text
    for named in ("Zoho Desk", "OpenAI", "standard contractual clauses", "AI assistant", "website team"):
        assert named in text


@pytest.mark.req("R-CCPA-1", "R-CCPA-2")
def test_california_gets_its_headings_and_no_one_else_does() -> None:
    words = look().words["en"]
    californian = page(found(law=Law.CCPA, kind=Kind.KNOW_SPECIFIC))
    assert all(heading in californian for heading in words["headings"].values())
    assert words["words"]["lookback"] in californian
    assert words["words"]["know_h"] not in page(found(law=Law.GDPR))


@pytest.mark.req("R-PORT-1", "R-SCOPE-3")
def test_portability_holds_what_the_person_provided() -> None:
    data = package.scope(replace(everything(), kind=Kind.PORTABILITY))
    talk = data.conversations[0]
    assert ([m.id for m in talk.messages], talk.notes, talk.steps, talk.time_entries) == (["11"], (), (), ())
    assert [f.id for f in data.files] == ["21"]
    assert (talk.resolution, talk.metrics, talk.custom["cf_device"]) == (None, None, "LaserJet")
    left = {(o.what, o.count) for o in data.omissions if o.code is Code.NOT_PROVIDED}
    assert {("message", 1), ("comment", 1), ("history", 1), ("file", 1)} <= left
    lines = answer(data, RULES).categories
    assert lines
    assert all("portability" in line.rights for line in lines)


@pytest.mark.req("R-ACCESS-7")
def test_many_conversations_stand_on_pages_of_their_own() -> None:
    """Summary first, then the parts: every link of the overview leads to where the conversation is."""
    talks = tuple(a_talk(id=str(each), number=str(each)) for each in range(LAYERED + 20))
    copy = FileCopy("21", "log.txt", "files/0/001.txt", 3, "a" * 64, "files/21", "message", Author.SUBJECT, "11")
    talks = (replace(talks[0], messages=(a_message(file_ids=("21",)),)), *talks[1:])
    layered = {
        path: LexborHTMLParser(make()) for path, make in every_page(found(conversations=talks, files=(copy,))).items()
    }
    index = layered.pop("index.html")
    assert not index.css("section.ticket")
    places = [str(node.attributes["href"]).partition("#") for node in index.css("tbody th a[href^='conversations/']")]
    assert len(places) == len(talks)
    assert all(layered[path].css_first(f"section[id='{part}']") for path, _, part in places)
    assert only(layered["conversations/001.html"], "ul.files a").attributes["href"] == "../files/0/001.txt"
    assert list(every_page(found())) == ["index.html"]


@pytest.mark.req("R-CCPA-1", "R-PROP-6", "R-ACCESS-3")
@pytest.mark.parametrize("kind", sorted(package.ANSWER_ALONE))
def test_explanations_come_without_a_copy(kind: Kind) -> None:
    data = package.scope(replace(everything(), kind=kind, law=Law.CCPA))
    files_made = made(data)
    assert set(files_made) == {"index.html", "data/answer.json", "schema/export-1.json", "manifest.json"}
    items = {each["item"]: each for each in json.loads(files_made["data/answer.json"].data)["answer"]}
    assert "Zoho Desk" in {each["name"] for each in items["recipients"]["recipients"]}
    assert len(items["california_categories"]["headings"]) == len(look().words["en"]["headings"])
    text = files_made["index.html"].data.decode()
    assert (look().words["en"]["words"]["categories_h"] + "</h3>" in text) == (kind is Kind.KNOW_CATEGORIES)
    assert "Zoho Desk" in text
    assert not LexborHTMLParser(text).css("section.ticket, #contact")
    validator = jsonschema.Draft202012Validator(json.loads(schema()))
    validator.validate(json.loads(files_made["data/answer.json"].data))
    validator.validate(json.loads(files_made["manifest.json"].data))


def test_other_kinds_have_no_package() -> None:
    with pytest.raises(BadInput):
        package.scope(found(kind=Kind.DELETION))


@pytest.mark.req("R-ACCESS-1", "R-ACCESS-4")
def test_what_is_missing_or_masked_is_said() -> None:
    document = json.loads(made(everything())["omissions.json"].data)
    assert document["complete"] is True
    assert document["omissions"][0] == {
        "what": "file", "reason": "others_file", "id": "23", "ticket_number": "101", "count": 1,
    }  # fmt: skip
    assert {"record": "message 11", "class": "SECRET", "reason": "secret", "count": 1} in document["masked"]
    gap = replace(everything(), omissions=(Omission("ticket", Code.UNREADABLE, "9"),))
    assert json.loads(made(gap)["omissions.json"].data)["complete"] is False
    assert look().words["en"]["words"]["incomplete"] in page(gap)


@pytest.mark.req("R-PORT-2")
def test_what_was_stored_can_be_read_back_exactly() -> None:
    """Line ends, quotes and every alphabet survive the JSON; a lone surrogate does not break it."""
    odd = 'line\r\n\ttab \u2028 \x07 \U0001f5a8 مرحبا \\ "'
    data = found(conversations=(a_talk(subject=odd, messages=(a_message(content=odd), a_message(content="\ud800"))),))
    messages = json.loads(made(data)["data/messages.json"].data)["messages"]
    assert messages[0]["content"] == odd
    assert messages[1]["content"] == "?"

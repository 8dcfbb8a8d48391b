"""What is collected about a person, what is left out, and when it may not be called complete."""

from dataclasses import replace

import pytest

from tests.builders import NOW, a_case
from tests.fakes.desk import FakeDesk
from tests.fakes.people import ADA, BOB, TEAM, Life, adas_life
from tests.fakes.suite import a_suite
from zoho_privacy.domain import records as r
from zoho_privacy.domain.collected import Author, Code, Collected, Relation
from zoho_privacy.domain.errors import DeskForbidden, DeskUnavailable, NotFound
from zoho_privacy.domain.model import Case, Kind, Law
from zoho_privacy.workflows.collect import collect
from zoho_privacy.workflows.vault import Vault


@pytest.fixture
def life() -> Life:
    return adas_life()


def run(desk: FakeDesk, case: Case) -> Collected:
    app = a_suite(desk)
    vault = Vault(app.blobs, app.sealer, "exports/test")
    return collect(app, app.desks[desk.org], contact_id=case.contact_id or "", case=case, vault=vault, at=NOW)


def access(life: Life, **members: object) -> Collected:
    return run(life.desk, a_case(kind=Kind.ACCESS, contact_id=life.ada.id, **members))


def codes(found: Collected) -> set[Code]:
    return {each.code for each in found.omissions}


def texts(found: Collected) -> str:
    return "\n".join(m.content + m.text + m.to + m.cc + m.sender for c in found.conversations for m in c.messages)


@pytest.mark.req("R-ACCESS-1")
def test_everything_of_an_own_ticket_is_collected(life: Life) -> None:
    talk = next(c for c in access(life).conversations if c.id == life.own.id)
    assert [m.by for m in talk.messages] == [Author.SUBJECT, Author.TEAM, Author.OTHER]
    assert [n.public for n in talk.notes] == [False, True]
    assert (talk.tags, talk.custom, talk.department) == (("printer",), {"cf_device": "LaserJet"}, "Support")
    assert talk.steps[0].by is Author.SUBJECT
    assert talk.time_entries[0]["description"] == "spoke with [email removed]"


@pytest.mark.req("R-ACCESS-1")
def test_archived_tickets_are_found_in_each_department(life: Life) -> None:
    assert life.old.id in {c.id for c in access(life).conversations}


def test_a_ticket_in_the_bin_is_still_held(life: Life) -> None:
    gone = life.desk.add_ticket(contact_id=life.ada.id, subject="Binned", trashed=True)
    life.desk.bin.append(r.BinItem(gone.id, "Tickets", NOW))
    assert next(c for c in access(life).conversations if c.id == gone.id).trashed


@pytest.mark.req("R-ACCESS-4")
def test_of_anothers_ticket_only_the_own_words_go_in(life: Life) -> None:
    found = access(life)
    talk = next(c for c in found.conversations if c.id == life.bobs.id)
    assert (talk.relation, talk.subject) == (Relation.SHARED, "")
    assert [m.text for m in talk.messages] == ["I can confirm the VPN is down."]
    left = next(o for o in found.omissions if o.code is Code.OTHERS_TICKET)
    assert (left.ticket, left.count) == (life.bobs.number, 1)


@pytest.mark.parametrize("path", ["secondary", "history"])
def test_anothers_ticket_is_also_found_without_search(life: Life, path: str) -> None:
    """Search does not look into copies; the contact's own lists may know better."""
    life.desk.hide.add(life.bobs.id)
    assert life.bobs.id not in {c.id for c in access(life).conversations}
    if path == "secondary":
        life.desk.lists_secondary = True
    else:
        life.desk.contacts[life.ada.id].history.append({"eventName": "Replied", "ticketId": life.bobs.id})
    assert life.bobs.id in {c.id for c in access(life).conversations}


def test_a_mere_mention_is_listed_and_not_handed_out(life: Life) -> None:
    named = life.desk.add_ticket(contact_id=life.bob.id, subject="Again", description=f"ask {ADA}")
    found = access(life)
    assert named.id not in {c.id for c in found.conversations}
    assert named.number in {o.ticket for o in found.omissions if o.code is Code.OTHERS_TICKET}


def test_a_near_miss_of_the_search_leaves_no_trace(life: Life) -> None:
    near = life.desk.add_ticket(contact_id=life.bob.id, subject="Near", email="ada.moss@example.com")
    near_text = life.desk.add_ticket(contact_id=life.bob.id, subject="Near", description=f"x{ADA}")
    found = access(life)
    traces = {c.id for c in found.conversations} | {o.ticket for o in found.omissions} | {o.id for o in found.omissions}
    assert not traces & {near.id, near.number, near_text.id, near_text.number}


@pytest.mark.req("R-ACCESS-4")
def test_others_are_masked_and_each_mask_has_a_reason(life: Life) -> None:
    found = access(life)
    said = texts(found)
    assert BOB not in said
    assert "Bob Stone" not in said
    assert "7946" not in said
    assert "+49 30 5550142" in said
    assert TEAM in said
    assert {m.reason for m in found.masks if m.label in {"EMAIL", "PHONE", "PERSON"}} == {"others"}


@pytest.mark.req("R-ACCESS-6")
def test_a_secret_in_a_text_file_is_masked_in_the_copy(life: Life) -> None:
    app = a_suite(life.desk)
    vault = Vault(app.blobs, app.sealer, "exports/test")
    case = a_case(kind=Kind.ACCESS, contact_id=life.ada.id)
    found = collect(app, app.desks[life.desk.org], contact_id=life.ada.id, case=case, vault=vault, at=NOW)
    log = next(f for f in found.files if f.name == "router.log")
    assert log.masked
    assert vault.load(log.blob) == b"user [email removed] password=[secret removed]\n"


@pytest.mark.req("R-ACCESS-6")
@pytest.mark.parametrize(("law", "shown"), [(Law.GDPR, True), (Law.CCPA, False), (Law.NONE, False)])
def test_a_social_security_number_is_held_back_where_the_law_says_so(life: Life, law: Law, *, shown: bool) -> None:
    life.desk.add_thread(life.own.id, content="<p>My SSN is 536-90-4399.</p>")
    found = access(life, law=law)
    assert ("536-90-4399" in texts(found)) is shown
    assert bool([m for m in found.masks if m.reason == "law"]) is not shown


@pytest.mark.req("R-ACCESS-6")
def test_our_own_links_are_secrets(life: Life) -> None:
    """The request's own ticket holds the mails with links that prove identity."""
    life.desk.add_thread(
        life.own.id, direction="out", to=ADA, content="<a href='https://privacy.example.com/proof/abc-DEF_1'>here</a>"
    )
    assert "abc-DEF_1" not in texts(access(life))


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [("bob.pdf", b"%PDF bob", Code.OTHERS_FILE), ("notes.docx", b"internal", Code.INTERNAL_FILE)],
)
def test_files_that_may_show_others_stay_out(life: Life, name: str, data: bytes, code: Code) -> None:
    found = access(life)
    assert name not in {f.name for f in found.files}
    assert code in codes(found)
    assert len(data) not in {f.size for f in found.files}


@pytest.mark.req("R-ACCESS-2")
def test_nothing_missing_is_complete(life: Life) -> None:
    life.desk.subject_counts[ADA, "tickets"] = 2
    found = access(life)
    assert found.gaps == ()
    assert found.complete


@pytest.mark.req("R-ACCESS-2")
@pytest.mark.parametrize("counter", ["thread_count", "comment_count", "attachment_count"])
def test_a_counter_above_what_was_read_is_a_gap(life: Life, counter: str) -> None:
    life.desk.counts[life.own.id] = {counter: 9}
    found = access(life)
    assert [(o.code, o.ticket) for o in found.gaps] == [(Code.COUNT_DIFFERS, life.own.number)]


@pytest.mark.req("R-ACCESS-2", "R-API-2")
def test_zohos_own_count_above_ours_is_a_gap(life: Life) -> None:
    life.desk.subject_counts[ADA, "tickets"] = 7
    assert [(o.what, o.code, o.count) for o in access(life).gaps] == [("ticket", Code.COUNT_DIFFERS, 5)]


@pytest.mark.req("R-ACCESS-2")
def test_one_path_alone_is_not_enough(life: Life) -> None:
    life.desk.fail["search_tickets"] = [DeskForbidden("no search scope")]
    assert Code.PATH_MISSING in {o.code for o in access(life).gaps}


@pytest.mark.req("R-ACCESS-2")
def test_an_archive_that_cannot_be_listed_is_a_gap(life: Life) -> None:
    life.desk.fail["archived_tickets"] = [DeskForbidden("not this department")]
    assert [o.what for o in access(life).gaps] == ["path_archive"]


@pytest.mark.req("R-ACCESS-2")
@pytest.mark.parametrize(
    "method",
    [
        "thread",
        "history",
        "tags",
        "resolution",
        "metrics",
        "activities",
        "time_entries",
        "comment_history",
        "contacts_by_email",
    ],
)
def test_what_cannot_be_read_is_a_gap_and_the_rest_is_there(life: Life, method: str) -> None:
    life.desk.fail[method] = [NotFound("gone")]
    found = access(life)
    assert [o.code for o in found.gaps] == [Code.UNREADABLE]
    assert len(found.conversations) == 3


@pytest.mark.req("R-ACCESS-2")
def test_anothers_ticket_whose_messages_are_refused_is_a_gap(life: Life) -> None:
    """Whether it concerns the person, only its messages would have told."""
    other = life.desk.add_ticket(contact_id=life.bob.id, subject="Routers")
    life.desk.add_thread(other.id, content=f"<p>{'x' * 120} ask {ADA}</p>")
    life.desk.fail["thread"] = [DeskForbidden("not this one")] * 50
    assert other.number in {o.ticket for o in access(life).gaps}


@pytest.mark.req("R-ACCESS-2")
def test_a_bin_that_is_refused_is_a_gap(life: Life) -> None:
    """Nothing else shows what lies in it."""
    life.desk.fail["bin_items"] = [DeskForbidden("no recycle bin")]
    assert [(o.what, o.code) for o in access(life).gaps] == [("path_bin", Code.UNREADABLE)]


@pytest.mark.req("R-ACCESS-4")
def test_an_agent_is_not_named_who_is_only_mentioned(life: Life) -> None:
    """Roles are named and not people, also where they wrote nothing in the ticket; a reviewer need not look at it."""
    life.desk.add_thread(life.own.id, direction="out", to=ADA, content="<p>Sam Agent will call you.</p>")
    found = access(life)
    assert "Sam Agent" not in texts(found)
    assert "agent" in {mask.reason for mask in found.masks}
    assert "Sam Agent" not in {spot.value for spot in found.spots if spot.reason == "others"}


def test_a_file_of_another_size_is_a_gap(life: Life) -> None:
    for href in life.desk.files:
        life.desk.files[href] = life.desk.files[href][:-1]
    assert {o.code for o in access(life).gaps} == {Code.FILE_DIFFERS}


def test_a_second_contact_with_the_address_needs_a_person(life: Life) -> None:
    life.desk.add_contact(last_name="Moss", email="home@example.net", secondary_email=ADA)
    assert {o.code for o in access(life).gaps} == {Code.TWIN_CONTACT}


@pytest.mark.req("R-ACCESS-2")
def test_a_custom_field_hidden_from_our_access_is_named(life: Life) -> None:
    life.desk.field_list["tickets"] = [
        r.FieldInfo("cf_device", "Device", "Text", custom=True),
        r.FieldInfo("cf_hidden", "Hidden", "Text", custom=True),
    ]
    hidden = [o.id for o in access(life).omissions if o.code is Code.FIELD_HIDDEN]
    assert hidden == ["tickets.cf_hidden"]


def test_people_in_the_raw_record_are_withheld(life: Life) -> None:
    held = life.desk.tickets[life.own.id]
    raw = {
        **held.ticket.raw,
        "assignee": {"id": "700", "email": "sam.agent@desk.example.com", "firstName": "Sam"},
        "contact": {"id": life.ada.id, "email": ADA},
        "secondaryContacts": [life.bob.id],
        "apiToken": "abcdef",
    }
    held.ticket = replace(held.ticket, raw=raw)
    record = next(c for c in access(life).conversations if c.id == life.own.id).record
    assert record["assignee"] == record["secondaryContacts"][0] == {"withheld": "[another person]"}
    assert record["contact"] == {"id": life.ada.id, "email": ADA}
    assert record["apiToken"] == "[secret removed]"


def test_a_killed_run_goes_on_where_it_was(life: Life) -> None:
    """Reading is what costs credits: tickets read before the kill are not read again unless they changed."""
    app = a_suite(life.desk)
    vault = Vault(app.blobs, app.sealer, "exports/test")
    case = a_case(kind=Kind.ACCESS, contact_id=life.ada.id)

    def go() -> Collected:
        return collect(app, app.desks[life.desk.org], contact_id=life.ada.id, case=case, vault=vault, at=NOW)

    life.desk.fail["comments"] = [DeskUnavailable("500")]
    with pytest.raises(DeskUnavailable):
        go()
    first = go()
    downloads = life.desk.calls["download"]
    life.desk.add_thread(life.old.id, content="<p>One more thing.</p>")
    second = go()
    assert life.desk.calls["download"] == downloads
    added = {c.id: len(c.messages) for c in second.conversations}
    assert added == {c.id: len(c.messages) + (c.id == life.old.id) for c in first.conversations}


def test_progress_is_told_and_may_stop(life: Life) -> None:
    told: list[tuple[int, int]] = []
    app = a_suite(life.desk)
    vault = Vault(app.blobs, app.sealer, "exports/test")
    case = a_case(kind=Kind.ACCESS, contact_id=life.ada.id)
    desk = app.desks[life.desk.org]
    collect(app, desk, contact_id=life.ada.id, case=case, vault=vault, at=NOW, progress=lambda *pair: told.append(pair))
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.req("R-ACCESS-1", "R-ACCESS-4")
def test_headers_of_the_persons_own_mails_are_theirs_and_others_in_them_are_masked(life: Life) -> None:
    """Routes, programs and addresses are data about the person; who else was addressed is not."""
    (first, *_) = (each for each in life.desk.tickets[life.own.id].threads if each.direction == "in")
    source = f"Received: from laptop (192.0.2.7)\nFrom: {ADA}\nTo: help@example.com, {BOB}\nX-Mailer: Kite 4\n\nbody"
    life.desk.add_mail(life.own.id, first.id, source)
    got = access(life)
    headers = next(m.headers for c in got.conversations for m in c.messages if m.id == first.id)
    assert {("Received", "from laptop (192.0.2.7)"), ("From", ADA), ("X-Mailer", "Kite 4")} <= set(headers)
    assert BOB not in repr(headers)


@pytest.mark.req("R-PROC-5", "R-ACCESS-4")
@pytest.mark.parametrize("wrote", [1, 0])
def test_a_copy_does_not_tell_a_colleague_that_somebody_else_has_asked_for_their_rights(life: Life, wrote: int) -> None:
    """Bob was copied on Ada's request, and may have written there: neither kind, tag nor word of hers goes to him."""
    ask = life.desk.add_ticket(
        contact_id=life.ada.id, subject="Please delete my data", secondary_contact_ids=(life.bob.id,)
    )
    life.desk.add_thread(ask.id, content="<p>Please delete all personal data you hold about me. Copied: Bob Stone</p>")
    life.desk.tickets[ask.id].tags.update({"privacy-awaiting-proof", "privacy-kind-deletion"})
    life.desk.add_comment(ask.id, f"deletion: the export for {BOB} is not meant", public=False)
    if wrote:
        life.desk.add_thread(ask.id, content="<p>Fine with me.</p>", author_email=BOB)
    life.desk.lists_secondary = True
    found = run(life.desk, a_case(kind=Kind.ACCESS, contact_id=life.bob.id))
    talks = [each for each in found.conversations if each.id == ask.id]
    assert len(talks) == wrote
    assert [m.text for each in talks for m in each.messages] == ["Fine with me."] * wrote
    told = f"{talks} {[o for o in found.omissions if o.ticket == ask.number]}".casefold()
    for word in ("privacy", "delet", "erasure", "export for", "my data", "moss"):
        assert word not in told


@pytest.mark.req("R-ACCESS-4")
def test_a_document_that_tells_of_others_is_given_as_its_masked_text(life: Life) -> None:
    """Masking never justifies withholding the whole; a document about nobody else is left as it is."""
    life.desk.add_contact(first_name="Reinout", last_name="Haverkamp", email="reinout@example.org")
    both, own = (
        b"%PDF stream\nBT (Ada Moss, Reinout Haverkamp) Tj ET\nendstream",
        b"%PDF stream\n(Ada Moss) Tj\nendstream",
    )
    life.desk.add_thread(life.own.id, content="<p>lists</p>", files={"both.pdf": both, "own.pdf": own})
    app = a_suite(life.desk)
    case, vault = a_case(kind=Kind.ACCESS, contact_id=life.ada.id), Vault(app.blobs, app.sealer, "exports/test")
    found = collect(app, app.desks[life.desk.org], contact_id=life.ada.id, case=case, vault=vault, at=NOW)
    copies = {each.name: each for each in found.files}
    masked = copies["both.pdf.txt"]
    assert (vault.load(masked.blob), masked.masked) == (b"Ada Moss, [name removed]", True)
    assert masked.path.endswith(".txt")
    assert (vault.load(copies["own.pdf"].blob), copies["own.pdf"].masked) == (own, False)
    listed = {o.id: o.code for o in found.omissions if o.what == "file"}
    assert listed[masked.id] is Code.TEXT_INSTEAD
    assert copies["own.pdf"].id not in listed


@pytest.mark.req("R-ACCESS-4")
def test_names_and_places_of_others_are_masked_and_the_own_stay(life: Life) -> None:
    """A name without a sign of being one is known from the desk; an address is theirs where it is on file."""
    life.desk.add_contact(first_name="Reinout", last_name="Haverkamp", email="reinout@example.org")
    held = life.desk.contacts[life.ada.id]
    raw = {**held.contact.raw, "street": "Lindenweg 3", "zip": "20038", "city": "Hamburg"}
    held.contact = replace(held.contact, raw=raw)
    text = (
        "Reinout Haverkamp heeft hetzelfde. Ada Moss, Lindenweg 3, 20038 Hamburg. Send it to Wilgenlaan 5, 41676 Venlo."
    )
    life.desk.add_thread(life.own.id, content=f"<p>{text}</p>")
    talk = next(c for c in access(life).conversations if c.id == life.own.id)
    read = talk.messages[-1].text
    assert "[name removed] heeft hetzelfde. Ada Moss, Lindenweg 3, 20038 Hamburg." in read
    assert "Wilgenlaan" not in read


@pytest.mark.req("R-ACCESS-1")
def test_words_in_a_colleagues_deleted_ticket_are_found() -> None:
    desk = FakeDesk()
    ada = desk.add_contact(first_name="Ada", last_name="Moss", email=ADA, account_id="9")
    bob = desk.add_contact(first_name="Bob", last_name="Stone", email=BOB, account_id="9")
    desk.add_thread(desk.add_ticket(contact_id=ada.id, account_id="9").id)
    theirs = desk.add_ticket(contact_id=bob.id, account_id="9", trashed=True)
    desk.add_thread(theirs.id, content="<p>Hello</p>")
    said = desk.add_thread(theirs.id, author_email=ADA, content="<p>I agree</p>")
    desk.bin.append(r.BinItem(theirs.id, "Tickets", None))
    found = run(desk, a_case(kind=Kind.ACCESS, contact_id=ada.id))
    assert [m.id for c in found.conversations if c.id == theirs.id for m in c.messages] == [said.id]


@pytest.mark.req("R-ACCESS-1")
@pytest.mark.parametrize("readable", [True, False])
def test_a_photo_is_taken_or_said_to_be_unreadable(*, readable: bool) -> None:
    desk = FakeDesk()
    ada = desk.add_contact(first_name="Ada", last_name="Moss", email=ADA, has_photo=True)
    if readable:
        desk.files[f"contacts/{ada.id}/photo"] = b"\x89PNG picture"
    found = run(desk, a_case(kind=Kind.ACCESS, contact_id=ada.id))
    assert [each.path for each in found.files] == (["files/contact/photo.png"] if readable else [])
    assert ("photo" in {o.what for o in found.omissions}) is not readable
    assert found.person.file_ids == tuple(each.id for each in found.files)

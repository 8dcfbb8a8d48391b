"""Laws of an export: everything the person wrote is in it, and no address of anybody else."""

import csv
import io
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import a_case
from tests.fakes.desk import FakeDesk
from tests.fakes.handing import fetched, let_out
from tests.fakes.suite import a_suite
from zoho_privacy.domain.collected import Known
from zoho_privacy.domain.model import Kind, Law
from zoho_privacy.domain.others import Masker
from zoho_privacy.domain.package import _cell, _csv
from zoho_privacy.domain.redact import find_personal_data
from zoho_privacy.workflows import exports

ADA = "ada.moss@example.net"
LOCAL = st.from_regex(r"[a-z]{3,8}[.][a-z]{3,8}", fullmatch=True)
OTHER = LOCAL.map("{}@example.org".format)
PLAIN = st.text(st.characters(codec="utf-8", categories=["L", "Nd", "Zs"]), min_size=1, max_size=30)
NOTATION = st.sampled_from(
    [
        "{}",
        "<a href='mailto:{}'>write</a>",
        "<b>{}</b>",
        '<img alt="{}">',
        "<!-- {} -->",
        "&lt;{}&gt;",
        '<span title="{}">x</span>',
        "<td>{}</td>",
    ]
)
CUT = st.sampled_from([lambda a: a, lambda a: a.replace("@", "&#64;"), lambda a: a.replace("@", "<wbr>@"), str.upper])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(OTHER, NOTATION, CUT, st.booleans()), min_size=1, max_size=4), st.integers(0, 3))
def test_no_address_of_another_and_every_own_word(mentions: list[tuple[str, str, object, bool]], copied: int) -> None:
    """Whatever the notation and whoever wrote it, others' addresses stay inside; every own message comes out."""
    desk = FakeDesk()
    ada = desk.add_contact(first_name="Ada", last_name="Moss", email=ADA)
    ticket = desk.add_ticket(contact_id=ada.id, subject=f"From {mentions[0][0]}")
    written = []
    for index, (address, notation, cut, own) in enumerate(mentions):
        assert callable(cut)
        marker = f"zebra{index}word"
        author = ADA if own else address
        desk.add_thread(
            ticket.id,
            author_email=author,
            content=f"<p>{marker} {notation.format(cut(address))} {ADA}</p>",
            cc=", ".join(each for each, *_ in mentions[:copied]),
        )
        written += [marker] if own else []
    desk.add_comment(ticket.id, f"told {mentions[0][0]}")
    app = a_suite(desk)
    export = exports.build(app, app.desks[desk.org], a_case(kind=Kind.ACCESS, contact_id=ada.id))
    with fetched(app, let_out(app, export)) as package:
        whole = "\n".join(package.read(name).decode() for name in package.namelist())
        messages = json.loads(package.read("data/messages.json"))["messages"]
    assert len(messages) == len(mentions)
    assert all(ADA in each["text"] for each in messages)
    assert all(any(marker in each["text"] for each in messages) for marker in written)
    for address, *_ in mentions:
        assert address not in whole.casefold()
        assert address.replace("@", "&#64;") not in whole.casefold()


def masker() -> Masker:
    return Masker(Known("1", frozenset({ADA})), Law.GDPR, find_personal_data)


@settings(max_examples=100)
@given(before=PLAIN, address=OTHER, after=PLAIN)
def test_no_address_survives_in_text(before: str, address: str, after: str) -> None:
    assert address not in masker().text(f"{before} {address} {after}", "r")


@settings(max_examples=100)
@given(before=PLAIN, address=OTHER, after=PLAIN)
def test_masking_twice_is_masking_once(before: str, address: str, after: str) -> None:
    once = masker().text(f"{before} {address} {ADA} {after}", "r")
    assert masker().text(once, "r") == once


@settings(max_examples=100)
@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), max_size=5))
def test_no_cell_starts_a_formula_and_every_cell_can_be_read_back(rows: list[list[str]]) -> None:
    cells = [[_cell(value) for value in row] for row in rows]
    read = list(csv.reader(io.StringIO(_csv(cells).decode("utf-8-sig"), newline="")))
    assert read == [[cell.encode("utf-8", "replace").decode() for cell in row] for row in cells]
    assert not any(cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r")) for row in read for cell in row)

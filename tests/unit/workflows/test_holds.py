"""Holds from the command line: they need a ground and a scope, are unique by matter, and leave a trace."""

from datetime import timedelta
from typing import Any

import pytest

from tests.builders import NOW, ORG
from tests.fakes.receiving import make
from zoho_privacy.domain.errors import BadInput, NotFound
from zoho_privacy.workflows import casebook, holds, ledger
from zoho_privacy.workflows.holds import Order


def an_order(**members: Any) -> Order:
    return Order(**{"matter": "2026-014", "owner": "counsel", "reason": "claim", "tag": "claim-14", **members})


@pytest.mark.req("R-HOLD-3")
def test_a_hold_is_stored_whole_and_written_down() -> None:
    app = make(ORG).app
    placed = holds.place(app, ORG, an_order(ticket_ids=frozenset({"2", "1"}), contact_ids=frozenset({"9"})))
    assert casebook.holds(app.store, ORG) == (placed,)
    assert (placed.start, placed.review) == (NOW.date(), NOW.date() + timedelta(days=180))
    (entry,) = ledger.entries(app.store, ORG)
    assert (entry.who, entry.what, entry.result) == ("owner:counsel", "hold_placed", "2 tickets, 1 contacts, a tag")


@pytest.mark.req("R-HOLD-3")
@pytest.mark.parametrize("missing", [{"tag": None}, {"matter": " "}, {"owner": ""}, {"reason": ""}])
def test_a_hold_without_scope_or_ground_is_refused(missing: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        holds.place(make(ORG).app, ORG, an_order(**missing))


def test_a_matter_is_held_once() -> None:
    app = make(ORG).app
    holds.place(app, ORG, an_order())
    with pytest.raises(BadInput, match="held already"):
        holds.place(app, ORG, an_order(tag="another"))


@pytest.mark.req("R-HOLD-6")
def test_lifting_names_who_did_it() -> None:
    app = make(ORG).app
    placed = holds.place(app, ORG, an_order())
    holds.lift(app, ORG, placed.id, who="417")
    assert casebook.holds(app.store, ORG) == ()
    assert [entry.who for entry in ledger.entries(app.store, ORG)] == ["owner:counsel", "agent:417"]
    with pytest.raises(NotFound):
        holds.lift(app, ORG, placed.id, who="417")

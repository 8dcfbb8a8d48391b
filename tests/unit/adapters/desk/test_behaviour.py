"""What a probe has found out is obeyed by the client: no second try where the first is known to work."""

import json

import pytest

from tests.unit.adapters.desk.conftest import API, Bench
from zoho_privacy.domain.errors import NotFound
from zoho_privacy.domain.profile import Behaviour
from zoho_privacy.domain.records import TicketPatch


@pytest.mark.parametrize(("known", "sent"), [("null", [None]), ("empty_string", [""]), ("both", ["", None])])
def test_a_field_is_cleared_the_way_that_works(bench: Bench, known: str, sent: list[str | None]) -> None:
    """The portal here shows the old value again, as one does that ignores what it was sent."""
    bench.desk.behaviour = Behaviour({"clear_with": known})
    bench.http.patch(f"{API}/tickets/1", json={"id": "1", "phone": "+44 1632 960142"})
    bench.desk.update_ticket("1", TicketPatch(phone=""))
    assert [json.loads(call.request.body or b"{}")["phone"] for call in bench.http.calls] == sent


def test_the_older_way_to_fields_is_left_alone_where_it_is_gone(bench: Bench) -> None:
    bench.http.get(f"{API}/organizationFields", json={"errorCode": "URL_NOT_FOUND", "message": "x"}, status=404)
    bench.desk.behaviour = Behaviour({"old_fields_route": "404"})
    with pytest.raises(NotFound):
        bench.desk.fields("tickets")
    assert bench.sent("GET", "/fields") == 0

"""A probe never writes on what it did not make, whatever the portal does, whenever it is killed; and it tidies up."""

import tempfile
from pathlib import Path
from typing import Final

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.emulator_process import Emulator
from tests.probe_bench import CHEAP, Bench, Killed, ids_of
from zoho_emulator.desk.switches import SWITCHES

ODD: Final = (
    "bin_id", "bin_delay_seconds", "get_trashed_ticket", "contact_delete_takes_tickets", "get_purged_ticket",
    "get_merged_ticket", "duplicate_contact_email", "sar_erase_effect", "default_from", "mass_limit",
    "activities_trashed_with_ticket",
)  # fmt: skip
PORTALS: Final = st.fixed_dictionaries({name: st.sampled_from(SWITCHES[name].values) for name in ODD})
STEPS: Final = CHEAP - {"archive", "webhooks", "macro", "customer", "second-agent"}
ENDS: Final = st.tuples(st.integers(1, 70), st.booleans())


@settings(
    max_examples=6,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(portal=PORTALS, end=ENDS)
def test_a_killed_probe_spares_others_and_is_cleaned_up_after(
    emulator: Emulator, portal: dict[str, str], end: tuple[int, bool]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(emulator, Path(folder))
        bench.open({**portal, "search_lag_seconds": "0"}, busy=True)
        foreign, since = bench.foreign(), bench.last_call()
        try:
            bench.probe(STEPS, kill=end)
        except Killed:
            left = bench.clean_up()
            assert left == []
        assert not bench.journal.exists()
        assert bench.left() == []
        assert not [call for call in bench.written(since) if ids_of(call) & foreign]
        assert foreign <= bench.foreign()


def test_a_webhook_is_removed_after_a_kill(bench: Bench) -> None:
    """It would go on sending events of the department to an address where nobody listens."""
    bench.open({}, busy=True)
    before = bench.zoho.get("/webhooks").text
    journal_seen = False
    for dies_at in (35, 45, 55):
        bench.zoho.advance(700)  # the accounts server counts tokens
        try:
            bench.probe(["records", "webhooks"], kill=(dies_at, True))
        except Killed:
            journal_seen = journal_seen or "webhook" in bench.journal.read_text("utf-8")
            assert bench.clean_up() == []
            assert bench.zoho.get("/webhooks").text == before
    assert journal_seen

"""`clock`: every date with its reason, whether it may move, and a sentence for what is not in the tables."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from zoho_privacy.domain.model import Kind, Law
from zoho_privacy.local import cli
from zoho_privacy.local.console import Exit

LATE = "2026-01-31T23:30-08:00"
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    """Run the command for machines and return what it found."""

    def call(*argv: str, kind: str = "deletion", received: str = LATE, zone: str = "UTC") -> dict[str, Any]:
        zoned = ("--timezone", zone) if zone else ()
        assert cli.main(["clock", "--kind", kind, "--received", received, "--json", *zoned, *argv]) == Exit.OK
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    return call


@pytest.mark.req("R-CLOCK-1", "R-CLOCK-10")
def test_the_day_of_receipt_is_the_controllers(ask: Ask) -> None:
    """Half past eleven at night in California is the next day in Berlin, and every date moves with it."""
    home, abroad = ask("--law", "ccpa", zone=""), ask("--law", "ccpa")
    assert ask("--law", "ccpa", zone="America/Los_Angeles")["legal_due"] == home["legal_due"]
    assert ask("--law", "ccpa", received="2026-01-31T00:15+05:30", zone="")["timezone"] == "Etc/GMT-5"
    assert (home["legal_due"], abroad["legal_due"]) == ("2026-03-17", "2026-03-18")
    assert (home["due"], home["promise_due"]) == ("2026-03-02", "2026-03-02")
    assert [line.partition(" ")[0] for line in home["why"]] == ["acknowledge_due", "promise_due", "legal_due"]
    assert "11 CCR 7021" in home["why"][2]
    assert "from receipt on 2026-01-31" in home["why"][2]


@pytest.mark.req("R-CLOCK-10")
def test_a_law_and_a_moment_are_enough_for_every_date_and_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["clock", "--law", "ccpa", "--received", LATE]) == Exit.OK
    said = capsys.readouterr().out
    for name in ("acknowledge_due", "promise_due", "legal_due"):
        assert f"{name} 2026-" in said
    assert said.startswith("access under ccpa: due 2026-03-02")
    assert "extension: until 2026-05-01" in said
    assert "pauses: none" in said


@pytest.mark.req("R-CLOCK-7")
def test_warnings_count_back_from_the_due_day(ask: Ask) -> None:
    found = ask("--law", "ccpa")
    assert found["due"] == "2026-03-03"
    assert [(each["days_before"], each["on"]) for each in found["escalations"]] == [
        (10, "2026-02-21"),
        (5, "2026-02-26"),
        (2, "2026-03-01"),
    ]


@pytest.mark.req("R-CLOCK-6")
def test_of_several_laws_the_earliest_day_counts_and_all_must_allow_more_time(ask: Ask) -> None:
    both = ask("--law", "gdpr", "--law", "lgpd")
    assert both["laws"] == ["gdpr", "lgpd"]
    assert both["legal_due"] == ask("--law", "lgpd")["legal_due"] == "2026-02-16"
    assert not both["extension"]["allowed"]
    assert "LGPD 19" in both["extension"]["why"]
    assert both["pauses"] == {}


@pytest.mark.req("R-CLOCK-3", "R-CLOCK-4")
def test_what_a_law_allows_is_told_with_its_limits(ask: Ask) -> None:
    found = ask("--law", "gdpr")
    assert found["extension"] == {
        "allowed": True,
        "until": "2026-05-01",
        "notice_by": "2026-03-01",
        "why": found["extension"]["why"],
    }
    assert found["pauses"] == {"identity": "GDPR 12(3)-(4): suspend"}


def test_without_a_law_the_strictest_reading_is_shown(ask: Ask) -> None:
    assert ask()["legal_due"] == ask("--law", "lgpd")["legal_due"]


def test_a_state_may_give_more_time(ask: Ask) -> None:
    iowa, unread = ask("--law", "us_state", "--state", "iowa"), ask("--law", "us-state")
    assert (iowa["state"], unread["state"]) == ("IA", None)
    assert iowa["legal_due"] > unread["legal_due"]


@pytest.mark.parametrize("law", Law)
@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_its_dates_under_every_law(ask: Ask, law: Law, kind: Kind) -> None:
    found = ask("--law", law.value, kind=kind.value.replace("_", "-"))
    assert found["due"] <= found["promise_due"]
    assert len(found["why"]) == 3


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"--law": "gdrp"}, "choose from gdpr, uk_gdpr, ccpa"),
        ({"--kind": "forget"}, "choose from access, portability"),
        ({"--state": "ZZ"}, "choose from"),
        ({"--received": "2026-01-31"}, "needs a time zone"),
        ({"--received": "yesterday"}, "is not a time"),
        ({"--received": "9999-12-31T00:00Z"}, "2020 to 2045"),
        ({"--timezone": "Mars/Olympus"}, "unknown time zone"),
    ],
)
def test_what_is_not_in_the_tables_is_a_sentence(
    changed: dict[str, str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = {"--law": "ccpa", "--kind": "deletion", "--received": LATE, **changed}
    assert cli.main(["clock", *(part for pair in words.items() for part in pair)]) == Exit.USAGE
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(("law", "said"), [("gdpr", "pause for identity"), ("ccpa", "pauses: none")])
def test_people_read_it_in_lines(law: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["clock", "--law", law, "--kind", "access", "--received", LATE, "--timezone", "UTC"]) == Exit.OK
    out = capsys.readouterr().out
    assert out.startswith(f"access under {law}: due 2026-03-0")
    assert said in out
    assert "extension: until" in out

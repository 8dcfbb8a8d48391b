"""What was found out -> green, yellow or red: each colour has its reason, and each but green its mend."""

from datetime import UTC, datetime, timedelta

import pytest

from zoho_privacy.domain import health
from zoho_privacy.domain.errors import (
    DeskBusy,
    DeskForbidden,
    DeskRejected,
    DeskUnauthorised,
    DeskUnavailable,
    NeedsHuman,
    StoreUnavailable,
    ZohoPrivacyError,
)
from zoho_privacy.domain.health import Check, Colour, Health, Subscription
from zoho_privacy.domain.tags import Command

NOW = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "colour"),
    [("Free", "red"), ("STANDARD", "red"), ("Professional", "green"), ("ENTERPRISE", "green"), ("EXPRESS", "yellow")],
)
def test_an_edition_has_webhooks_or_not(name: str, colour: str) -> None:
    """Express is in no table of Zoho's: nobody knows, so nobody is alarmed."""
    assert health.edition(name).colour == colour


@pytest.mark.parametrize(
    ("left", "colour"), [(None, "yellow"), (0, "red"), (14_999, "red"), (15_000, "green"), (75_000, "green")]
)
def test_credits_are_held_against_the_reserve(left: int | None, colour: str) -> None:
    assert health.credits_left(left, reserve=15_000).colour == colour


ON, OFF = Subscription("1", enabled=True, ours=True), Subscription("1", enabled=False, ours=True)
OTHER = Subscription("2", enabled=True, ours=False)


@pytest.mark.parametrize(
    ("known", "found", "code"),
    [
        ([], [ON], ""),
        (["1"], [ON, OTHER], ""),
        ([], [OFF, Subscription("3", enabled=True, ours=True)], ""),
        ([], [], "webhook_missing"),
        ([], [OTHER], "webhook_missing"),
        (["2"], [OTHER], "webhook_missing"),
        (["1"], [], "webhook_gone"),
        (["1", "9"], [ON], "webhook_gone"),
        ([], [OFF], "webhook_off"),
        (["1"], [OFF], "webhook_off"),
        (["2"], [ON, OTHER], "webhook_not_believed"),
    ],
)
@pytest.mark.req("R-SEC-6")
def test_a_webhook_works_only_if_it_is_on_ours_and_believed(
    known: list[str], found: list[Subscription], code: str
) -> None:
    check = health.webhook(known, found)
    assert check.code == code
    assert (check.colour is Colour.GREEN) == (code == "")


@pytest.mark.req("R-TAG-2")
def test_missing_actions_are_named_as_they_must_be_written() -> None:
    everything = [command.value for command in Command]
    assert health.missing_actions([*everything, "Another"]) == ()
    assert health.missing_actions(everything[2:]) == tuple(everything[:2])
    assert "Send verification" in health.actions_mend(everything[:1])


@pytest.mark.parametrize(
    ("values", "colour"), [([("Open", "open"), ("Done", "closed")], "green"), ([("Open", "open")], "red"), ([], "red")]
)
def test_some_status_must_count_as_closed(values: list[tuple[str, str]], colour: str) -> None:
    assert health.closed_statuses(values).colour == colour


@pytest.mark.parametrize(
    ("seconds", "colour"), [(0, "green"), (60, "green"), (-60, "green"), (61, "yellow"), (-61, "yellow")]
)
def test_clocks_may_be_a_minute_apart_either_way(seconds: int, colour: str) -> None:
    assert health.skew(NOW, NOW + timedelta(seconds=seconds)).colour == colour


def test_an_answer_without_a_date_leaves_the_clock_unknown() -> None:
    assert health.skew(NOW, None).colour is Colour.YELLOW


@pytest.mark.parametrize(
    ("problem", "code", "mend"),
    [
        (DeskUnavailable("GET /x: 500"), health.UNREACHABLE, "later"),
        (DeskBusy("slow"), health.UNREACHABLE, "later"),
        (DeskUnauthorised("GET /x"), "token_refused", "refresh token"),
        (DeskForbidden("accounts", code="invalid_client"), "invalid_client", "data_centre"),
        (DeskForbidden("GET /x", code="SCOPE_MISMATCH"), "SCOPE_MISMATCH", "scopes"),
        (DeskForbidden("GET /x", code="FORBIDDEN"), "FORBIDDEN", "profile"),
        (DeskForbidden("a webhook came without its id"), "refused", "profile"),
        (DeskRejected("INVALID_DATA", status=422), "INVALID_DATA", "profile"),
        (NeedsHuman("the state file is damaged"), "NeedsHuman", "runbook"),
        (StoreUnavailable("locked"), "StoreUnavailable", "runbook"),
    ],
)
def test_an_error_becomes_a_red_check_that_says_what_to_do(problem: ZohoPrivacyError, code: str, mend: str) -> None:
    check = health.failed("access", problem)
    assert (check.colour, check.code) == (Colour.RED, code)
    assert mend in check.mend


@pytest.mark.parametrize(
    "check",
    [
        health.edition("FREE"),
        health.edition(""),
        health.credits_left(1, reserve=2),
        health.credits_left(None, reserve=2),
        health.webhook([], []),
        health.closed_statuses([]),
        health.skew(NOW, None),
        health.late_tasks(["sweep"]),
        health.dead_letters(1),
        health.overdue(["7001-access"]),
        health.receipts(["7001-deletion"]),
        health.anchor_place(inside=True),
        health.integrity(["a page is wrong"]),
        health.missing("fields", ["create it"], fine="there", code="field_missing"),
    ],
    ids=lambda check: f"{check.name} {check.code}",
)
def test_whatever_is_not_green_has_a_code_and_a_mend(check: Check) -> None:
    assert check.colour is not Colour.GREEN
    assert check.code
    assert check.mend


@pytest.mark.parametrize(
    "check",
    [
        health.late_tasks([]),
        health.dead_letters(0),
        health.overdue([]),
        health.receipts([]),
        health.anchor_place(inside=False),
        health.integrity([]),
        health.missing("fields", [], fine="there", code="field_missing"),
    ],
    ids=lambda check: check.name,
)
def test_nothing_found_is_green(check: Check) -> None:
    assert (check.colour, check.mend, check.code) == (Colour.GREEN, "", "")


def test_a_report_counts_and_names_what_is_red() -> None:
    report = Health("60001", (health.green("access", "open"), health.edition("EXPRESS"), health.dead_letters(2)))
    assert report.summary() == "portal 60001: 1 green, 1 yellow, 1 red: dead letters"
    assert [check.name for check in report.red] == ["dead letters"]
    assert (report.as_dict()["red"], report.unreachable) == (1, False)
    assert Health("", ()).title == "installation"

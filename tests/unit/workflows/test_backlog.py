"""The backlog of a pass: ordered by urgency, kept between runs, begun anew with another schedule."""

from datetime import timedelta

import pytest

from tests.builders import NOW, ORG
from tests.fakes.suite import a_suite
from zoho_privacy.workflows.backlog import Backlog, Waiting, by_urgency, line, read


@pytest.mark.req("R-PLAN-5")
def test_lines_sort_by_urgency_and_name_each_ticket_once() -> None:
    lines = [
        line(NOW, "3", archived=False),
        line(NOW - timedelta(days=900), "2", archived=True),
        line(NOW - timedelta(days=900), "2", archived=False),
        line(NOW - timedelta(days=2), "1", archived=True),
    ]
    assert [read(each) for each in by_urgency(lines)] == [
        Waiting("2", archived=False),
        Waiting("1", archived=True),
        Waiting("3", archived=False),
    ]


def test_a_kept_backlog_goes_on_in_another_process_and_leaves_no_file_behind() -> None:
    app = a_suite()
    first = Backlog(app, ORG, "a", kept=True)
    first.add(["2024-01-02T00:00:00 7"], following="2025", since=None)
    first.add([], following="2025", since=NOW)
    again = Backlog(app, ORG, "a", kept=True)
    assert (again.next, again.since, again.looked_through, again.lines()) == (
        "2025", NOW, False, ["2024-01-02T00:00:00 7"],
    )  # fmt: skip
    many = [f"2023-01-01T00:00:00 {number:05d}" for number in range(25_000)]
    again.add(many, following="", since=None)
    again.move(12)
    last = Backlog(app, ORG, "a", kept=True)
    assert (last.looked_through, last.at, len(last.lines())) == (True, 12, 25_001)
    last.end()
    assert app.blobs.names("retention/") == []
    assert not Backlog(app, ORG, "a", kept=True).looked_through


def test_another_schedule_begins_anew_and_a_dry_run_leaves_nothing() -> None:
    app = a_suite()
    Backlog(app, ORG, "a", kept=True).add(["2024-01-02T00:00:00 7"], following="", since=None)
    other = Backlog(app, ORG, "b", kept=True)
    assert (other.looked_through, other.lines()) == (False, [])
    dry = Backlog(app, ORG, "c", kept=False)
    dry.add(["2024-01-02T00:00:00 8"], following="", since=None)
    assert dry.lines() == ["2024-01-02T00:00:00 8"]
    assert Backlog(app, ORG, "a", kept=True).looked_through

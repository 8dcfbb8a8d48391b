"""What every anchor promises (`ports.Anchor`): what was left is there, and stays as it was."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest

from tests import cloud
from zoho_privacy.adapters.anchor import FileAnchor, MemoryAnchor
from zoho_privacy.adapters.clock import SystemClock
from zoho_privacy.adapters.s3 import S3Anchor
from zoho_privacy.domain.errors import StoreUnavailable, Tampered
from zoho_privacy.domain.ledger import Head

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


Keeper = FileAnchor | MemoryAnchor | S3Anchor


@pytest.fixture(params=["file", "memory", "s3"])
def anchor(request: pytest.FixtureRequest, tmp_path: Path) -> Keeper:
    if request.param == "s3":
        client = cloud.client("s3", request.getfixturevalue("aws"))
        return S3Anchor(client, cloud.bucket(client), clock=SystemClock())
    return FileAnchor(tmp_path / "anchors" / "heads.jsonl") if request.param == "file" else MemoryAnchor()


@pytest.mark.req("R-EVID-3")
def test_heads_come_back_in_the_order_they_were_left(anchor: Keeper) -> None:
    assert anchor.heads("org-1") == []
    for number in (3, 7, 7, 5):
        anchor.leave("org-1", number, f"{number:064x}", AT + timedelta(days=number))
    anchor.leave("org-2", 1, "aa", AT)
    assert anchor.heads("org-1") == [Head("org-1", number, f"{number:064x}") for number in (3, 7, 7, 5)]
    assert anchor.heads("org-2") == [Head("org-2", 1, "aa")]


@pytest.mark.req("R-EVID-3")
def test_a_later_head_leaves_the_earlier_bytes_alone(tmp_path: Path) -> None:
    path = tmp_path / "heads.jsonl"
    for number in range(3):
        before = path.read_bytes() if path.exists() else b""
        FileAnchor(path).leave("org-1", number, "aa", AT)
        after = path.read_bytes()
        assert after.startswith(before)
        assert after.count(b"\n") == number + 1
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_line_cut_short_by_a_crash_is_passed_over(tmp_path: Path) -> None:
    """Half a line was never acknowledged; the next head must neither be glued to it nor lost with it."""
    path = tmp_path / "heads.jsonl"
    anchor = FileAnchor(path)
    anchor.leave("org-1", 1, "aa", AT)
    whole = path.read_bytes()
    for length in range(1, len(whole) - 1):
        path.write_bytes(whole + whole[:length])
        anchor.leave("org-1", 2, "bb", AT)
        assert anchor.heads("org-1") == [Head("org-1", 1, "aa"), Head("org-1", 2, "bb")]


@pytest.mark.parametrize("line", [b'{"org": "org-1"}', b"{broken}", b'{"org":"o","sequence":"x","hash":"a"}'])
def test_a_whole_line_that_cannot_be_read_needs_a_person(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "heads.jsonl"
    anchor = FileAnchor(path)
    anchor.leave("org-1", 1, "aa", AT)
    path.write_bytes(path.read_bytes() + line + b"\n")
    with pytest.raises(Tampered, match="line 2"):
        anchor.heads("org-1")


def test_threads_do_not_mix_their_lines(tmp_path: Path) -> None:
    anchors = [FileAnchor(tmp_path / "heads.jsonl") for _ in range(4)]
    leave = [
        Thread(target=lambda a=a, n=n: [a.leave("org-1", n * 10 + i, "aa", AT) for i in range(10)])
        for n, a in enumerate(anchors)
    ]
    for thread in leave:
        thread.start()
    for thread in leave:
        thread.join()
    assert sorted(head.sequence for head in anchors[0].heads("org-1")) == list(range(40))


def test_a_place_that_cannot_be_written_is_unavailable_and_unnamed(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable) as caught:
        FileAnchor(tmp_path / "file" / "ada.jsonl").leave("org-1", 1, "aa", AT)
    assert "ada" not in str(caught.value)

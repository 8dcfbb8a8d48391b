"""Several callers at once: nothing is lost, nothing breaks, and answers stay quick."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import requests

from tests.emulator_process import Emulator


def test_callers_do_not_disturb_each_other(zoho: Emulator) -> None:
    """Eight at a time write tickets, change them, trash half: the counts add up and no answer is a 500."""
    zoho.token()
    statuses: list[int] = []
    lock = threading.Lock()

    def work(number: int) -> None:
        own = zoho.fresh()
        made = own.mail(sender=f"person{number}@example.net", name=f"Person {number}", subject=f"Number {number}")
        path = f"/tickets/{made['ticketId']}"
        answers = [
            own.patch(path, {"subject": f"Changed {number}"}),
            own.post(f"{path}/associateTag", {"tags": ["shared-tag"]}),
            own.get(f"{path}/History", limit=50),
        ]
        if number % 2:
            answers.append(own.post("/tickets/moveToTrash", {"ticketIds": [made["ticketId"]]}))
        own.hang_up()
        with lock:
            statuses.extend(each.status_code for each in answers)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(40)))
    assert set(statuses) == {200, 204}
    assert zoho.get("/ticketsCount").json() == {"count": "20"}
    assert len(zoho.get("/recycleBin", limit=100).json()["data"]) == 20
    assert zoho.bench("GET", "/verdict")["reasons"] == []


def test_reads_by_id_are_quick(zoho: Emulator) -> None:
    """The demo makes thousands of calls; half of them must be quick even on a busy machine."""
    path = f"/tickets/{zoho.mail()['ticketId']}"
    spans = []
    for _ in range(31):
        started = time.monotonic()
        zoho.get(path)
        spans.append(time.monotonic() - started)
    assert sorted(spans)[15] < 0.1


def test_a_browser_finds_a_page_and_breaks_nothing(zoho: Emulator) -> None:
    assert "emulated Zoho Desk" in requests.get(zoho.url, timeout=10).text
    requests.get(f"{zoho.url}/favicon.ico", timeout=10)
    assert not zoho.bench("GET", "/verdict")["failed"]

"""A client of a portal whose HTTP is answered by `responses`, whose tokens are counted and whose pauses are written
down instead of slept."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import responses

from zoho_privacy.adapters.desk.client import DeskClient
from zoho_privacy.adapters.desk.hosts import DeskConfig

API = "https://desk.zoho.eu/api/v1"


class CountedTokens:
    """Hands out `t1`; every renewal of the current one makes the next."""

    def __init__(self) -> None:
        self.number = 1

    def current(self) -> str:
        return f"t{self.number}"

    def renew(self, refused: str) -> str:
        if refused == self.current():
            self.number += 1
        return self.current()


@dataclass
class Bench:
    """One client and everything about it that a test may look at."""

    desk: DeskClient
    tokens: CountedTokens
    http: responses.RequestsMock
    slept: list[float] = field(default_factory=list)

    def sent(self, method: str, path: str) -> int:
        """Return how often a call went out."""
        return sum(
            call.request.method == method and (call.request.url or "").split("?")[0] == API + path
            for call in self.http.calls
        )


def config(**changes: object) -> DeskConfig:
    values: dict[str, object] = {
        "org": "600123456",
        "client_id": "1000.CLIENT",
        "client_secret": "planted-secret",
        "refresh_token": "1000.planted-refresh",
        "data_centre": "eu",
    }
    return DeskConfig(**(values | changes))  # type: ignore[arg-type]  # tests name fields freely


@pytest.fixture
def bench() -> Iterator[Bench]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as http:
        slept: list[float] = []
        tokens = CountedTokens()
        desk = DeskClient(config(), tokens, sleep=slept.append)
        yield Bench(desk, tokens, http, slept)

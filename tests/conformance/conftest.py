"""Everything here is skipped, with its reason, where Zoho's own files are not beside the project."""

import pytest

from tests.conformance.drive import drive
from tests.conformance.exchange import Exchange
from tests.conformance.judge import Finding, judged
from tests.conformance.official import absence


@pytest.fixture(autouse=True)
def official() -> None:
    """Skip without the official files."""
    if reason := absence():
        pytest.skip(reason)


@pytest.fixture(scope="session")
def departures(visits: list[Exchange]) -> set[Finding]:
    """Return everything that the judges find in those answers, listed or not."""
    return {each for exchange in visits for each in judged(exchange, closed=True)}


@pytest.fixture(scope="session")
def visits() -> list[Exchange]:
    """Return what every route of the emulator answered, right and wrong."""
    return drive()

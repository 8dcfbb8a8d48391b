"""An AWS of our own, empty at first, one for all suites of a run that need it."""

from collections.abc import Iterator

import pytest

from tests import cloud


@pytest.fixture(scope="session")
def aws() -> Iterator[str]:
    """The address of it."""
    with cloud.serving() as url:
        yield url

"""The client against a Desk that nobody here wrote: a Prism mock of the official files."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance import client, prism

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Iterator[prism.Smoke]:
    if reason := prism.absence():
        pytest.skip(reason)
    folder: Path = tmp_path_factory.mktemp("prism")
    with prism.mock(folder) as url:
        yield prism.smoke(url)


def test_a_planted_fault_is_reported_for_every_operation(smoke: prism.Smoke) -> None:
    """Prism can skip a schema without a word; an operation whose fault it does not see was not tested."""
    assert smoke.silent == smoke.bare
    assert smoke.operations >= client.called()


def test_every_request_is_accepted_or_its_refusal_is_listed(smoke: prism.Smoke) -> None:
    assert smoke.refused == set()
    assert smoke.accepted > smoke.requests * 0.9


def test_the_client_survives_answers_it_did_not_invent(smoke: prism.Smoke) -> None:
    """Times as numbers, missing members, other people's examples: an error of our own is an answer, a crash is none."""
    assert smoke.crashed == {}
    assert len(smoke.typed) < smoke.methods / 3

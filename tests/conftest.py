"""What holds for every test: properties are judged by their law, not by how busy the machine is."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")

TESTS = Path(__file__).resolve().parent
LONG = (
    "scenario/test_real_mail.py",
    "scenario/test_kill.py",
    "contract/cloud/test_built.py",
    "scenario/test_serve.py",
    "scenario/test_erasure_proof.py",
    "contract/probe/test_finds.py",
    "scenario/test_export_truth.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no worker is left alone with it at the end or sets its stage up twice."""
    places = {TESTS / name: number for number, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path, len(LONG)))

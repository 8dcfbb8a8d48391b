"""The governor against a portal that counts: one short read in bulk, beside another integration in its second half."""

from benchmarks.governor import real
from tests.emulator_process import Emulator


def test_a_bulk_read_hardly_trips_the_portal(emulator: Emulator) -> None:
    """The limit of ten is found and half of it given up, in 240 calls; how fast is the benchmark's to say."""
    found = real(emulator, 10, 5, "comes", 240)
    assert 0 < found.refused < 0.08
    assert found.rate > 0

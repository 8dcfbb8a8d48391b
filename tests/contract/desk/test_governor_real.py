"""The governor against a portal that counts: one short read in bulk, beside another integration in its second half."""

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.governor import Bench, real
from tests.emulator_process import Emulator
from zoho_privacy.adapters.desk.governor import Governor, Turn


class Heedless(Governor):
    """Learns nothing: as many calls leave at once as there are threads."""

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """Let the call leave."""
        yield Turn(alone=False)


def test_a_bulk_read_hardly_trips_the_portal(emulator: Emulator) -> None:
    """Half of ten is given up when refused: far fewer refusals than by a client that goes on; and all is read."""
    found = real(emulator, 10, 20, "comes", 240)
    bench = Bench(emulator)
    bench.prepare(10, 20)
    client = bench.client()
    client.transport.governor = Heedless(10)
    with bench.intruder(5):
        before = bench.refused()
        bench.read(client, 40)
        heedless = bench.refused() - before
    assert 0 < found.refused < heedless / (40 + heedless) / 2
    assert found.rate > 0

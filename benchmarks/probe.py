"""Runs the probe on ten emulated portals and prints what was set beside what was found: `python -m benchmarks.probe`.

The first portal has every default, the others each question's values by a fixed seed. Waiting passes on the portals'
own clocks. Exit status 1 where something that can be seen was found wrong, or anything was left behind.
"""

import logging
import random
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from tests.emulator_process import Emulator
from tests.probe_bench import EVERY, Bench, ids_of
from tests.probe_expect import hidden, same
from zoho_emulator.desk.switches import SWITCHES
from zoho_privacy.domain.profile import QUESTIONS

PORTALS = 10


def switches(number: int) -> dict[str, str]:
    """Return one portal's switches: the defaults for 0, else values drawn by this number."""
    values = {name: switch.default for name, switch in SWITCHES.items()}
    if number:
        draw = random.Random(number)
        values |= {name: draw.choice(SWITCHES[name].values) for name in sorted(QUESTIONS) if name in SWITCHES}
        values["edition"] = draw.choice(("ENTERPRISE", "ENTERPRISE", "PROFESSIONAL", "STANDARD"))
        values["sar_edition"] = draw.choice(("allowed", "allowed", "403"))
    return values


def probe(bench: Bench, chosen: Mapping[str, str]) -> tuple[int, dict[str, str], int, int, list[str]]:
    """Probe one portal; return how much was found, what was wrong, writes, those on what is not ours, what is left."""
    bench.open(chosen, busy=True)
    foreign, since = bench.foreign(), bench.last_call()
    result = bench.probe(EVERY)
    found = {each.name: each.shown() for each in result.findings}
    unseen = hidden(chosen)
    asked = {name: same(name, value, chosen) for name, value in chosen.items() if name in found and name not in unseen}
    wrong = {name: f"set {value}, found {found[name]}" for name, value in asked.items() if found[name] != value}
    written = bench.written(since)
    touched = [call for call in written if ids_of(call) & foreign]
    return len(asked) - len(wrong), wrong, len(written), len(touched), [each.line() for each in result.left]


def main() -> int:
    """Print the report."""
    logging.disable(logging.WARNING)
    bad = 0
    print("portal  found  wrong  cannot be seen  writes  on others' records  left  seconds")  # noqa: T201  the report
    with Emulator.start() as zoho, tempfile.TemporaryDirectory() as folder:
        bench = Bench(zoho, Path(folder))
        for number in range(PORTALS):
            chosen, began = switches(number), time.monotonic()
            right, wrong, writes, touched, left = probe(bench, chosen)
            unseen = len(hidden(chosen) & set(QUESTIONS) & set(chosen))
            took = time.monotonic() - began
            cells = f"{number:6}  {right:5}  {len(wrong):5}  {unseen:14}  {writes:6}  {touched:19}"
            print(f"{cells}  {len(left):4}  {took:7.1f}")  # noqa: T201  the report
            for name, text in wrong.items():
                print(f"        {name}: {text}")  # noqa: T201  the report
            for line in left:
                print(f"        left: {line}")  # noqa: T201  the report
            bad += len(wrong) + touched
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

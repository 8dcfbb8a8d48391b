"""`zoho-privacy emulator`: starts the Zoho emulator as a process of its own; the suite only ever talks HTTP to it."""

import signal
import subprocess
import sys
from typing import Any

from zoho_privacy.local.console import command


def add_parser(subparsers: Any) -> None:
    """Describe the command; its own --help is the emulator's."""
    command(
        subparsers,
        "emulator",
        lambda _args: pass_on([]),
        summary="run an emulated Zoho Desk for trials; all arguments are its own",
        text="Arguments go to `python3 -m zoho_emulator`.",
        settings=False,
    )


def pass_on(argv: list[str]) -> int:
    """Run the emulator until it ends; a signal to stop reaches it too."""
    child = subprocess.Popen([sys.executable, "-m", "zoho_emulator", *argv])  # noqa: S603  our own module
    before = {each: signal.signal(each, lambda number, _: child.send_signal(number)) for each in (signal.SIGTERM,)}
    try:
        return child.wait()
    except KeyboardInterrupt:  # the terminal has sent it to the child as well
        return child.wait()
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)

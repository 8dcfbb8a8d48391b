"""`zoho-privacy COMMAND`: finds the commands in `local/commands`, runs one, turns errors into a sentence and a status.

A command is a module with `add_parser(subparsers)`, which sets `run(args) -> int`; a module with `pass_on(argv)`
takes its arguments as they are. Nobody edits a list of commands.
"""

import argparse
import pkgutil
import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Final

from zoho_privacy.domain.errors import NeedsHuman, Rejected, Retryable
from zoho_privacy.hosting.dispatch import whereabouts
from zoho_privacy.local import commands, logs
from zoho_privacy.local.console import Exit, complain

ABOUT: Final = """Runs a support desk's privacy work: recognises requests in Zoho Desk, verifies, exports, erases,
and proves it.

Start here:
  zoho-privacy demo                 an invented customer asks for deletion; no account needed
  zoho-privacy serve                the service, with the settings in ZOHO_PRIVACY_* (see docs/settings.md)
  zoho-privacy cases list           what is open, and what comes next
  zoho-privacy approve CASE --plan HASH --as AGENT

Exit status: 0 done, 1 something was found or the answer is no, 2 wrong input, 3 try again later, 4 a person is needed.
"""


def main(argv: list[str] | None = None) -> int:
    """Run a command and return its exit status; without arguments those of the process are used."""
    argv = sys.argv[1:] if argv is None else argv
    names = available()
    first = argv[0].replace("-", "_") if argv else ""
    modules = [_load(first)] if first in names else [_load(name) for name in names]
    if first in names and hasattr(modules[0], "pass_on"):
        return _guarded(lambda: int(modules[0].pass_on(argv[1:])))
    parser = argparse.ArgumentParser(
        prog="zoho-privacy", description=ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--verbose", action="store_true", help="say more on standard error")
    subparsers = parser.add_subparsers(metavar="COMMAND", title="commands")
    for module in modules:
        module.add_parser(subparsers)
    try:
        args = parser.parse_args(argv)
    except SystemExit as end:  # argparse has said what is wrong, or has shown the help
        return int(end.code or 0)
    if not hasattr(args, "run"):
        parser.print_help()
        return Exit.USAGE
    logs.configure(verbose=args.verbose)
    return _guarded(lambda: int(args.run(args)))


def available() -> tuple[str, ...]:
    """Return the names of the command modules."""
    return tuple(sorted(each.name for each in pkgutil.iter_modules(commands.__path__) if not each.name.startswith("_")))


def _load(name: str) -> ModuleType:
    return import_module(f"{commands.__name__}.{name}")


def _guarded(work: Callable[[], int]) -> int:
    try:
        return work()
    except Rejected as problem:
        complain(str(problem))
        return Exit.USAGE
    except Retryable as problem:
        complain(f"{problem}. Nothing is lost; try again in a moment.")
        return Exit.TRY_AGAIN
    except NeedsHuman as problem:
        complain(f"{problem}. A person has to look at this.")
        return Exit.PERSON_NEEDED
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return Exit.OK
    except Exception as problem:  # noqa: BLE001  a traceback may quote somebody's words (R-SEC-8)
        complain(f"Something unexpected happened: {whereabouts(problem)}. This is a mistake in the suite.")
        return Exit.PERSON_NEEDED

"""`zoho-privacy probe`: finds out by experiment what a portal does, and writes `portal-profile.toml`."""

import argparse
import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from zoho_privacy.local.console import Exit, command, complain, settings_of, show, table

if TYPE_CHECKING:  # --help answers at once
    from zoho_privacy.local.probe.run import Step
    from zoho_privacy.local.probe.work import Outcome

TEXT: Final = """Settles by experiment what Zoho does not document about a portal: how long search lags, what the bin
does, which events come, what the native erase takes. Needs a test department. It makes contacts, tickets and
webhooks of its own, writes on nothing else, and deletes them for good at the end, also after a crash (--cleanup).
Each step that changes anything asks first; without consent its questions stay "not tried".

  zoho-privacy probe --department 4170001 --domain probe.example.com
  zoho-privacy probe --department 4170001 --yes records --yes bin --yes mail
  zoho-privacy probe --department 4170001 --consent steps.toml    # consent = ["records", "bin"]
  zoho-privacy probe --cleanup                                    # after a run that was killed
  zoho-privacy probe --list                                       # the steps and their questions

Webhooks need a receiver that Desk reaches: --receiver is its public address, which your proxy passes to
127.0.0.1 at --listen. With a desk on this machine none is needed. A full run waits for some ten minutes, the step
tokens for thirty more. The result goes to portal-profile.toml (or --out): put its path into the setting
profile_file, and the suite obeys it. See docs/portal-profile.md.

Exit status: 0 every question tried was answered, 1 some are unclear, 3 Desk did not answer, 4 something could not be
cleaned up (it is listed; repeat --cleanup later)."""

ALL: Final = "all"


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = command(
        subparsers, "probe", run, summary="find out what a portal really does, on a test department", text=TEXT
    )
    parser.add_argument("--org", help="the portal, where several are configured")
    parser.add_argument("--department", metavar="ID", help="the test department's id")
    parser.add_argument("--domain", default="example.com", help="where the test contacts have addresses; one you own")
    parser.add_argument("--yes", action="append", default=[], metavar="STEP", help="consent to a step, or to `all`")
    parser.add_argument("--consent", type=Path, metavar="FILE", help="a TOML file with `consent = [steps]`")
    parser.add_argument("--out", type=Path, default=Path("portal-profile.toml"), help="the file to write")
    parser.add_argument("--receiver", metavar="URL", default="", help="public address of this probe's receiver")
    parser.add_argument("--listen", type=int, default=0, metavar="PORT", help="where the receiver listens")
    parser.add_argument(
        "--second-token-env",
        metavar="NAME",
        help="variable with another agent's refresh token, scopes Desk.tickets.READ,Desk.tickets.UPDATE only",
    )
    parser.add_argument("--patience", type=float, default=300, metavar="S", help="longest wait for Desk, in seconds")
    parser.add_argument("--hand-patience", type=float, default=600, metavar="S", help="longest wait for you")
    parser.add_argument("--cleanup", action="store_true", help="only remove what an earlier run left")
    parser.add_argument("--list", action="store_true", help="only list the steps and their questions")


def run(args: argparse.Namespace) -> int:
    """Probe one portal, clean up, write the profile."""
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415  --help answers at once
    from zoho_privacy.local.probe import work  # noqa: PLC0415
    from zoho_privacy.local.probe.run import STEPS  # noqa: PLC0415

    if args.list:
        show(args, _steps_shown(STEPS), _steps_lines(STEPS))
        return Exit.OK
    known = {step.name for step in STEPS}
    granted = _granted(args)
    if stray := sorted(granted - known - {ALL}):
        raise BadInput(f"there is no step called {', '.join(stray)}; see --list")
    quiet = logging.getLogger("zoho_privacy.adapters.desk.transport")
    quiet.setLevel(logging.ERROR)  # refusals are what a probe is after
    settings = settings_of(args)
    portal = work.chosen(settings, args.org)
    say = _say(args)
    if args.cleanup:
        left = work.clean_up(settings, portal, say=say)
        show(args, {"left": left}, left or ["nothing is left of an earlier run"])
        return Exit.PERSON_NEEDED if left else Exit.OK
    if not args.department:
        raise BadInput("name the test department: --department ID")
    token = os.environ.get(args.second_token_env, "") if args.second_token_env else ""
    if args.second_token_env and not token:
        raise BadInput(f"the variable {args.second_token_env} is empty")
    outcome = work.probe(
        settings,
        portal,
        work.Wish(
            department=args.department,
            domain=args.domain,
            consent=_consent(granted),
            receiver=args.receiver.rstrip("/"),
            listen=args.listen,
            second_token=token,
            patience_s=args.patience,
            hand_patience_s=args.hand_patience,
        ),
        say=say,
        out=args.out,
    )
    show(args, outcome.as_dict(), _lines(outcome))
    return outcome.exit


def _granted(args: argparse.Namespace) -> frozenset[str]:
    """Return the steps consented to beforehand; raises BadInput where the file is wrong."""
    from zoho_privacy.local.probe import work  # noqa: PLC0415

    return frozenset(args.yes) | (work.consents(args.consent) if args.consent else frozenset())


def _consent(granted: frozenset[str]) -> "Callable[[Step], bool]":
    """Return who is asked: what was granted, else whoever sits at a terminal; a script without either says no."""

    def asked(step: "Step") -> bool:
        if ALL in granted or step.name in granted:
            return True
        if granted or not sys.stdin.isatty():
            return False
        complain(f"\nStep {step.name}: the probe {step.explains}.")
        sys.stderr.write("Do this? [y/N] ")
        sys.stderr.flush()
        return sys.stdin.readline().strip().lower() in {"y", "yes"}

    return asked


def _say(args: argparse.Namespace) -> Callable[[str], None]:
    """Return where progress goes: standard error, so that --json stays clean."""
    del args
    return complain


def _steps_shown(steps: "Sequence[Step]") -> list[Mapping[str, Any]]:
    from zoho_privacy.domain.profile import QUESTIONS  # noqa: PLC0415

    return [
        {"step": s.name, "explains": s.explains, "questions": [q.name for q in QUESTIONS.values() if q.step == s.name]}
        for s in steps
    ]


def _steps_lines(steps: "Sequence[Step]") -> Iterator[str]:
    for each in _steps_shown(steps):
        yield f"{each['step']}: {each['explains']}"
        yield f"    {', '.join(each['questions'])}"


def _lines(outcome: "Outcome") -> Iterator[str]:
    rows = [(each.name, each.shown(), each.says) for each in outcome.findings]
    yield from table(("question", "found", ""), rows)
    yield ""
    yield from (f"not removed: {line}" for line in outcome.left)
    if outcome.stopped:
        yield f"stopped early: {outcome.stopped}"
    yield f"{outcome.summary()}; written to {outcome.path}; {outcome.writes} writes, {outcome.credits:g} credits"

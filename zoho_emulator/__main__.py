"""`python3 -m zoho_emulator`: an emulated Zoho Desk portal on this machine, for trials and tests without an account.

It listens on loopback only. Talk to it as to Zoho: accounts server, Desk API and key set share one address.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

try:
    from zoho_emulator.clock import parse
    from zoho_emulator.desk.switches import SWITCHES
    from zoho_emulator.generator.spec import Spec
    from zoho_emulator.generator.truth import write
    from zoho_emulator.portal import Portal
    from zoho_emulator.run import serve
    from zoho_emulator.switch_file import read_profile, read_switches
except ModuleNotFoundError as missing:
    sys.exit(f"The package {missing.name} is not installed here. Run: python3 -m zoho_privacy emulator")

EPILOG = """\
examples:
  python3 -m zoho_emulator --port 8025
  python3 -m zoho_emulator --state /tmp/portal.sqlite --switch search_lag_seconds=600 --switch bin_id=different
  python3 -m zoho_emulator --generate tickets=20000,people=2000,seed=7 --truth /tmp/truth.sqlite
  python3 -m zoho_emulator --generate tickets=200000,people=20000,seed=7 --state /tmp/large.sqlite
  python3 -m zoho_emulator --switches stress.toml           lines like   webhook_loss_percent = 20
  python3 -m zoho_emulator --profile portal-profile.toml    behave as the real portal did that was probed

signing in (published trial values):
  POST {url}/oauth/v2/token  grant_type=refresh_token  refresh_token=1000.emulator-refresh
       client_id=1000.EMULATOR  client_secret=emulator-secret
  then send the header   Authorization: Zoho-oauthtoken <access_token>
  GET  {url}/_bench/info names the organisation, departments, agents and addresses

playing customer, agent and time:
  POST {url}/_bench/mail   {"from": "ada@example.net", "to": "support@desk.example.com", "subject": "Hi", "text": "..."}
  POST {url}/_bench/clock  {"advanceSeconds": 86400}
  GET  {url}/_bench/stored?needle=ada@example.net      where a text is really still stored
  zoho_emulator/README.md lists every bench route.
"""


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python3 -m zoho_emulator",
        description="An emulated Zoho Desk portal on this machine: OAuth, the Desk API v1, webhooks and a test bench.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--host", choices=["127.0.0.1"], default="127.0.0.1", help="loopback, and nothing else")
    made.add_argument("--port", type=int, default=8025, help="0 takes a free one (default: 8025)")
    made.add_argument("--state", metavar="FILE", help="keep the portal in this file, its switches too")
    made.add_argument("--seed", choices=["demo", "empty"], default="demo", help="with or without sample customers")
    made.add_argument(
        "--generate",
        metavar="DESK",
        help="fill a new portal: tickets=N,people=N,seed=N,years=N; the same seed, the same desk",
    )
    made.add_argument(
        "--truth", metavar="FILE", type=Path, help="write whose data stands where on the generated desk, as SQLite"
    )
    made.add_argument("--now", metavar="ISO", help="the portal's time at the start; it ticks on from there")
    made.add_argument("--random-seed", type=int, metavar="N", help="make ids and chance repeatable")
    made.add_argument("--switch", action="append", default=[], metavar="NAME=VALUE", help="set a behaviour; repeatable")
    made.add_argument("--switches", metavar="FILE", type=Path, help='TOML with lines NAME = "VALUE"; --switch wins')
    made.add_argument(
        "--profile", metavar="FILE", type=Path, help="the table [behaviour] of a portal profile; --switches wins"
    )
    made.add_argument("--list-switches", action="store_true", help="explain the switches and stop")
    made.add_argument("--record", metavar="FILE", help="write every Desk call with its answer there, a JSON line each")
    made.add_argument("--ready-file", metavar="FILE", help='write {"url", "pid"} there once it answers')
    return made


def main(argv: list[str]) -> int:
    options = parser().parse_args(argv)
    if options.list_switches:
        for switch in SWITCHES.values():
            values = " | ".join(switch.values) + (" | any whole number" if switch.numeric else "")
            print(f"{switch.name} = {values}\n    {switch.meaning}")
        return 0
    try:
        switches = _switches(options)
        portal = Portal(
            state=options.state,
            start_ms=parse(options.now) if options.now else None,
            switches=switches,
            random_seed=options.random_seed,
            seed_name=options.seed,
            record=options.record,
            generate=_desk(options),
            progress=_progress("tickets made"),
        )
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2

    def ready(url: str) -> None:
        if options.truth:
            with portal.world.transaction():
                rows = write(portal.truth(), options.truth, _progress("tickets looked through"))
            print(f"truth: {rows} places in {options.truth}", flush=True)
        print(f"Zoho Desk emulator at {url}  (client 1000.EMULATOR, help: --help, stop: Ctrl-C)", flush=True)
        print(f"In a browser: {url}/_console/", flush=True)
        if options.ready_file:
            target = Path(options.ready_file)
            partial = target.with_suffix(".partial")
            partial.write_text(json.dumps({"url": url, "pid": os.getpid()}), encoding="utf-8")
            partial.replace(target)

    try:
        serve(portal, port=options.port, ready=ready)
    except LookupError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"error: port {options.port} cannot be used: {error.strerror}", file=sys.stderr)
        return 1
    return 0


def _progress(what: str) -> Callable[[int, int], None]:
    """Return what reports long work on a terminal, ten times in all."""

    def report(done: int, total: int) -> None:
        if total >= 10_000 and done % (total // 10) < 1000:
            print(f"{done:,} of {total:,} {what}", file=sys.stderr, flush=True)

    return report


def _switches(options: argparse.Namespace) -> dict[str, str]:
    """Return the switches that were asked for, the most particular source last. Raises ValueError."""
    found = read_profile(options.profile) if options.profile else {}
    found |= read_switches(options.switches) if options.switches else {}
    return found | dict(_pair(each) for each in options.switch)


def _desk(options: argparse.Namespace) -> Spec | None:
    """Return what desk to generate. Raises ValueError."""
    if options.truth and not (options.generate or options.state):
        raise ValueError("--truth is about a generated desk: say --generate as well")
    return Spec.parse(options.generate) if options.generate else None


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError("--switch takes NAME=VALUE")
    return name, value


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
